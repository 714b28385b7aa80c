"""Coordinates and colours from named arrays: the members of an .npz file, the fields of a record, a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.arrays import Reading, find_columns, find_rgb, stack, unpack_column, xyz_rgb_from_table
from cg3d_runtime.scans.measured import as_unit_rgb
from cg3d_runtime.scans.meshes.surface import Mesh, sample_mesh_file
from cg3d_runtime.scans.shapes import Shaped, is_cloud

_XYZ = ("xyz", "points", "positions", "position", "vertices", "coords", "pc", "point_cloud", "pointcloud")
_RGB = ("rgb", "colors", "colours", "color", "vertex_colors")
_PACKED = ("rgb", "rgba")
_FACES = ("faces", "triangles")
_MATRICES = ((3, 3), (3, 4), (4, 4))  # of cameras and poses
_OTHERS = ("normals", "normal", "vertex_normals")  # (N, 3) like points


class Names(NamedTuple):
    """Which arrays are what.

    Attributes:
        xyz: one name, or those of x, y and z.
        rgb: likewise, or one name of packed colours; or none.
        faces: one name, or none.
    """

    xyz: tuple[str, ...]
    rgb: tuple[str, ...] = ()
    faces: tuple[str, ...] = ()


def from_array(array: np.ndarray) -> Reading:
    """The points of an array with or without names.

    Raises:
        ScanError: it is none of points.
    """
    if array.dtype.names is None:
        return xyz_rgb_from_table(array)
    records = array.reshape(-1)
    fields = {name: records[name] for name in array.dtype.names}
    if tuple(fields) == ("f0", "f1", "f2"):  # pyrealsense2's get_vertices()
        fields = dict(zip("xyz", fields.values(), strict=True))
    return read_named(fields, choose(fields))


def choose(arrays: Mapping[str, Shaped]) -> Names:
    """Find out by name and shape what is what.

    Raises:
        ScanError: no array, or more than one, can be the points.
    """
    lower = {name.lower(): name for name in arrays}
    rgb = _rgb_names(arrays)
    if {"x", "y", "z"} <= lower.keys():
        return Names(tuple(find_columns(arrays, "it", "array")[0]), rgb)
    xyz = next((lower[name] for name in _XYZ if name in lower), None) or _only_cloud(arrays)
    faces = tuple(lower[name] for name in _FACES if name in lower and arrays[lower[name]].dtype.kind in "iu")
    return Names((xyz,), rgb, faces[:1])


def read_named(arrays: Mapping[str, np.ndarray], names: Names) -> Reading:
    """The points that `choose` found in some arrays, or samples of the surface where faces belong to them.

    Raises:
        ScanError: shapes that do not fit each other.
    """
    if len(names.xyz) == 3:
        xyz, rgb = _side_by_side(arrays, names.xyz), None
    else:
        xyz, rgb, _ = from_array(arrays[names.xyz[0]])
    if names.rgb:
        rgb = _colours(arrays, names.rgb, xyz.shape)
    return sampled(xyz, rgb, arrays[names.faces[0]]) if names.faces else Reading(xyz, rgb)


def sampled(xyz: np.ndarray, rgb: np.ndarray | None, faces: np.ndarray) -> Reading:
    """Samples of the surface of triangles (F, 3), also as PyVista writes them: 3 a b c 3 a b c ...; the points if F is 0.

    Raises:
        ScanError: faces that are no triangles, or have corners that are none of the points.
    """
    if faces.size == 0:
        return Reading(xyz, rgb)
    if faces.ndim == 1 and faces.size % 4 == 0 and (faces[::4] == 3).all():
        faces = faces.reshape(-1, 4)[:, 1:]
    if faces.ndim != 2 or faces.shape[1] != 3:
        raise ScanError(
            f"has faces of shape {faces.shape}; triangles of shape (F, 3) are needed. Triangulate it first."
        )
    return Reading(*sample_mesh_file([Mesh(xyz, faces, None if rgb is None else as_unit_rgb(rgb)[faces])]))


def _rgb_names(arrays: Mapping[str, Shaped]) -> tuple[str, ...]:
    lower = {name.lower(): name for name, array in arrays.items() if array.dtype.kind in "fiu"}
    named = [lower[name] for name in (*_RGB, *_PACKED) if name in lower]
    return tuple(named[:1]) or tuple(find_rgb(arrays) or ())


def _only_cloud(arrays: Mapping[str, Shaped]) -> str:
    unclaimed = {name: array for name, array in arrays.items() if name.lower() not in (*_RGB, *_FACES, *_OTHERS)}
    clouds = [name for name, array in unclaimed.items() if _can_be_points(array)]
    if len(arrays) == len(unclaimed) == 1:
        return next(iter(unclaimed))  # what is wrong with it is told when it is read
    if len(clouds) != 1:
        which = "more than one array that can be the points, and none is called" if clouds else "no array"
        raise ScanError(f"has {which} xyz or points. Arrays found: {', '.join(arrays) or 'none'}.")
    return clouds[0]


def _can_be_points(array: Shaped) -> bool:
    if array.shape in _MATRICES:
        return False
    return is_cloud(array) or {"x", "y", "z"} <= {name.lower() for name in array.dtype.names or ()}


def _side_by_side(arrays: Mapping[str, np.ndarray], names: Iterable[str]) -> np.ndarray:
    columns = {name: np.ravel(arrays[name]) for name in names}
    if len({column.shape for column in columns.values()}) != 1 or any(
        c.dtype.kind not in "fiu" for c in columns.values()
    ):
        found = ", ".join(f"{name} {arrays[name].dtype} {arrays[name].shape}" for name in columns)
        raise ScanError(f"has columns that are no numbers, or not equally many: {found}.")
    return stack(columns, list(columns))


def _colours(arrays: Mapping[str, np.ndarray], names: tuple[str, ...], shape: tuple[int, ...]) -> np.ndarray | None:
    """Red, green and blue (N, 3) of the points; None where the array of that name is empty, as libraries leave it."""
    if len(names) == 3:
        rgb = _side_by_side(arrays, names)
    else:
        array = arrays[names[0]]
        if array.size == 0:
            return None
        if array.dtype.kind in "fiu" and array.size == shape[0]:
            rgb = unpack_column(array.reshape(-1), names[0])
        else:
            rgb = array.reshape(-1, array.shape[-1])[:, :3] if array.ndim > 1 else array  # the fourth is alpha
    if rgb.dtype.kind not in "fiu" or rgb.shape != shape:
        raise ScanError(f"colours must be numbers of shape {shape} like xyz, got {rgb.dtype} of shape {rgb.shape}.")
    return rgb
