"""What `cg3d-detect` writes beside its answers: every point's object, as colours and as numbers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.pictures import SceneGallery, check_picture_path
from cg3d_runtime.pictures.gallery import picture_paths
from cg3d_runtime.pictures.object_colours import point_colours
from cg3d_runtime.scenes.scene import Scene


class Outputs:
    """The files that a run writes beside its answers.

    Attributes:
        need_points: whether any of them shows the points of a scene.
    """

    def __init__(
        self, ply: Path | None, segments: Path | None, page: Path | None, image: Path | None, count: int | None
    ) -> None:
        """Check what can be checked before the work.

        Args:
            ply: of one scene alone.
            segments: folder, made where there is none.
            page, image: of all scenes, see `pictures.SceneGallery`.
            count: of scenes, None where nobody knows.
        Raises:
            Cg3dError: what could not be written after the work.
        """
        if ply and count != 1:
            raise Cg3dError(
                f"--save-ply goes with one scene, got {'a stream' if count is None else count}; use --save-segments."
            )
        if ply:
            check_picture_path(ply, (".ply",))
        self._ply, self._segments = ply, segments
        self._pictures, self._gallery = picture_paths(page, image), SceneGallery()
        self.need_points = bool(ply or self._pictures)

    def add(self, name: str, scene: Scene) -> None:
        """Take in a scene, which kept its cloud where points are needed, and write what is of it alone.

        Raises:
            Cg3dError: a file cannot be written.
        """
        if self._pictures:
            self._gallery.add(name, scene.cloud, scene, None)
        if self._ply and scene.cloud is not None:
            save_ply(self._ply, scene.cloud.xyz, scene)
        if self._segments:
            save_segments(self._segments, scene, _stem(name, scene))

    def fail(self, name: str, error: str) -> None:
        """Take in what is wrong with a scene."""
        if self._pictures:
            self._gallery.add(name, None, None, error)

    def write(self) -> None:
        """Write what is of all scenes.

        Raises:
            Cg3dError: a file cannot be written.
        """
        for path in self._pictures:
            self._gallery.write(path)


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Cg3dError(f"{folder}: cannot be made ({error.strerror or error}).") from error
    content = io.BytesIO()
    np.save(content, scene.segments)
    _write(folder / f"{name}.segments.npy", content.getvalue())


def _stem(name: str, scene: Scene) -> str:
    """What the files of a scene begin with; of one bag there are many scenes, which their stamps tell apart."""
    if scene.file is None or scene.recorded is None:
        return Path(name).stem
    return f"{Path(scene.file).stem}.{scene.recorded.seconds}"


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise Cg3dError(f"{path}: cannot be written ({error.strerror or error}).") from error
