"""What `cg3d-detect` writes beside its answers: every point's object, as colours and as numbers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.pictures.object_colours import point_colours
from cg3d_runtime.scenes.scene import Scene


def save_ply(path: Path, xyz: np.ndarray, scene: Scene) -> None:
    """Write the scene's points in their order, coloured by object, as binary PLY.

    Args:
        xyz: (N, 3), as read; rows that are not finite stay.
    Raises:
        Cg3dError: it cannot be written.
    """
    colours = point_colours(scene.segments, len(scene.objects))
    rows = np.empty(len(xyz), dtype=[("xyz", "<f4", 3), ("rgb", "u1", 3), ("object", "<i4")])
    rows["xyz"], rows["rgb"], rows["object"] = xyz, colours, scene.segments
    properties = [f"property float {axis}" for axis in "xyz"]
    properties += [f"property uchar {channel}" for channel in ("red", "green", "blue")] + ["property int object"]
    head = ["ply", "format binary_little_endian 1.0", f"element vertex {len(xyz)}", *properties, "end_header", ""]
    _write(path, "\n".join(head).encode() + rows.tobytes())


def save_segments(folder: Path, scene: Scene, name: str) -> None:
    """Write NAME.segments.npy: (N,) int32, of every point the number of its object, -1 for none.

    Raises:
        Cg3dError: it cannot be written.
    """
    content = io.BytesIO()
    np.save(content, scene.segments)
    _write(folder / f"{name}.segments.npy", content.getvalue())


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise Cg3dError(f"{path}: cannot be written ({error.strerror or error}).") from error
