"""Point clouds from what SDKs hand out in memory: arrays of any library, records, dictionaries, clouds and meshes.

Nothing is imported for it: objects are told by what they have, as Open3D, trimesh, PyVista, laspy and pandas name it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError, one_line
from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import as_unit_rgb
from cg3d_runtime.scans.named import choose, from_array, read_named
from cg3d_runtime.scans.shapes import is_picture

_NAMES = {  # what objects call them; the first that an object has
    "xyz": ("xyz", "points", "vertices"),
    "rgb": ("colors", "vertex_colors"),
    "faces": ("faces", "triangles"),
}
_TENSORS = (  # and where Open3D's tensor geometry keeps them
    ("xyz", "point", "positions"),
    ("xyz", "vertex", "positions"),
    ("rgb", "point", "colors"),
    ("rgb", "vertex", "colors"),
    ("faces", "triangle", "indices"),
)


def cloud_of(given: Any) -> PointCloud:
    """The points of anything in memory, z up.

    Args:
        given: a PointCloud; an array of (N, 3) xyz or more columns, of which 4 to 6 are colours where they can be (0 to 1, or
            0 to 255); organised, (H, W, 3) or (H, W, 4); records with x, y and z; rows of numbers; a dictionary or DataFrame
            of named arrays; a tensor of another library on any device; a sensor_msgs/PointCloud2; a cloud or mesh of Open3D,
            trimesh or PyVista (the surface of a mesh is sampled).
    Raises:
        ScanError: it is none of these, or not of points; what it is, and what is needed.
    """
    if isinstance(given, PointCloud):
        return given
    if hasattr(given, "point_step"):
        from cg3d_runtime.scans.pointcloud2 import to_point_cloud

        return to_point_cloud(given)
    try:
        xyz, rgb, notes = _reading(given)
        return PointCloud(xyz, None if rgb is None else as_unit_rgb(rgb), notes=notes)
    except ScanError as error:
        raise ScanError(f"the {type(given).__name__} {error}") from error


def is_one_scan(given: Any) -> bool:
    """Whether something is a scan itself, rather than many to iterate over."""
    if isinstance(given, (str, bytes, os.PathLike, PointCloud, Mapping)) or not hasattr(given, "__iter__"):
        return True
    kind = getattr(getattr(given, "dtype", None), "kind", "f")
    if getattr(given, "ndim", 0) == 3:
        return is_picture(_as_array(given))
    return (getattr(given, "ndim", 3) <= 2 and kind not in "OUS") or bool(_parts(given))


def _reading(given: Any) -> Reading:
    if isinstance(given, (list, tuple)) and any(isinstance(item, (str, os.PathLike, PointCloud)) for item in given[:1]):
        raise ScanError(f"holds {len(given)} scans; one is needed. answer_all names many.")
    if hasattr(given, "to_mesh"):  # a scene of trimesh, of which the parts have places
        given = given.to_mesh()
    if hasattr(given, "to_records"):  # of pandas
        given = given.to_records(index=False)
    if isinstance(given, Mapping):
        named = {str(name): _as_array(array) for name, array in given.items()}
        return read_named(named, choose(named))
    if not isinstance(given, np.ndarray) and (parts := _parts(given)):
        named = {name: _as_array(part) for name, part in parts.items()}
        return read_named(named, choose(named))
    return from_array(_as_array(given))


def _parts(given: Any) -> dict[str, Any]:
    """Points, colours and faces of an object of another library, as far as it has any."""
    parts = {}
    for part, names in _NAMES.items():
        if name := next((name for name in names if hasattr(given, name)), None):
            parts[part] = getattr(given, name)
    for part, holder, name in _TENSORS:
        if name in getattr(given, holder, ()):
            parts[part] = getattr(given, holder)[name]
    visual: Any = getattr(given, "visual", None)
    if getattr(visual, "kind", None) == "vertex":
        parts["rgb"] = visual.vertex_colors
    return parts if "xyz" in parts else {}


def _as_array(given: Any) -> np.ndarray:
    """A numpy array of the same numbers; masks stay."""
    if isinstance(given, np.ndarray):
        return given
    try:
        for step in ("detach", "cpu", "numpy"):  # of tensors
            given = getattr(given, step)() if hasattr(given, step) else given
        if hasattr(given, "__dlpack__") and not hasattr(given, "__array__"):
            return np.from_dlpack(given)
        return np.asarray(given)
    except Exception as error:  # of whatever library made it
        raise ScanError(f"cannot become an array of numbers: {one_line(error, 200)}") from error
