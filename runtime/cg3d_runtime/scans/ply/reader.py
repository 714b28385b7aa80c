"""PLY: points, or a mesh where the file has faces.

Own code, because the library for it (plyfile) is under the GPL, allocates whatever a header claims, and takes more than
a second for a text file of 100,000 points.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_TRIANGLES, require_at_most
from cg3d_runtime.scans.arrays import Reading, find_columns, find_rgb, stack
from cg3d_runtime.scans.measured import as_unit_rgb
from cg3d_runtime.scans.meshes.surface import Mesh, sample_mesh_file
from cg3d_runtime.scans.ply.lists import Lists
from cg3d_runtime.scans.ply.splats import are_packed, are_splats, unpack, without_floaters
from cg3d_runtime.scans.ply.tables import Table, read_tables

_HEAD_BYTES = 1 << 12


def read_ply(path: Path) -> Reading:
    """Read the vertices, or samples of the surface where the file has faces; of Gaussian splats those that can be seen."""
    tables = read_tables(path, names=("vertex", "face", "tristrips", "chunk"))
    if "vertex" not in tables:
        raise ScanError("has no vertex element; it holds neither points nor a mesh.")
    vertex = _scalars(tables["vertex"])
    if are_packed(vertex):
        return unpack(vertex, _scalars(tables.get("chunk", {})))
    xyz_names, rgb_names = find_columns(vertex, "vertex", "property")
    xyz = stack(vertex, xyz_names)
    rgb = stack(vertex, rgb_names) if rgb_names else None
    if are_splats(vertex):
        return without_floaters(vertex, xyz, rgb)
    mesh = _mesh(xyz, rgb, tables.get("face", {})) or _strip_mesh(xyz, rgb, tables.get("tristrips", {}))
    if mesh is None:
        return Reading(xyz, rgb)
    return Reading(*sample_mesh_file([mesh]), _texture_notes(path) if mesh.corner_rgb is None else ())


def _texture_notes(path: Path) -> tuple[str, ...]:
    """MeshLab, OpenMVS and Metashape name the picture in a comment."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).partition(b"end_header")[0]
    return ("has its colours in a texture, which is not read; export it as OBJ or GLB for them.",) * (
        b"TextureFile" in head
    )


def _scalars(table: Table) -> dict[str, np.ndarray]:
    return {name: column for name, column in table.items() if isinstance(column, np.ndarray)}


def _mesh(xyz: np.ndarray, rgb: np.ndarray | None, face: Table) -> Mesh | None:
    polygons = face.get("vertex_indices", face.get("vertex_index"))
    if not isinstance(polygons, Lists):
        return None
    faces, polygon = _fans(polygons)
    if len(faces) == 0:
        return None
    if rgb is not None:
        return _coloured(xyz, rgb, faces)
    face_rgb = find_rgb(_scalars(face))
    if face_rgb:
        rgb = as_unit_rgb(stack(_scalars(face), face_rgb))[polygon]
        return Mesh(xyz, faces, corner_rgb=np.repeat(rgb[:, None], 3, axis=1))
    return Mesh(xyz, faces)


def _strip_mesh(xyz: np.ndarray, rgb: np.ndarray | None, tristrips: Table) -> Mesh | None:
    strips = tristrips.get("vertex_indices", tristrips.get("vertex_index"))
    faces = _strip_triangles(strips) if isinstance(strips, Lists) else np.empty((0, 3), np.int32)
    if len(faces) == 0:
        return None
    return Mesh(xyz, faces) if rgb is None else _coloured(xyz, rgb, faces)


def _coloured(xyz: np.ndarray, rgb: np.ndarray, faces: np.ndarray) -> Mesh:
    mesh = Mesh(xyz, faces)  # refuses corners that are no vertex
    return replace(mesh, corner_rgb=as_unit_rgb(rgb)[faces])


def _fans(polygons: Lists) -> tuple[np.ndarray, np.ndarray]:
    """Cut each polygon into triangles that share its first corner: (F, 3) vertices, and the (F,) polygon of each."""
    corners = polygons.lengths.astype(np.int64)
    triangles = np.maximum(corners - 2, 0)
    require_at_most(int(triangles.sum()), MOST_TRIANGLES, "triangles")
    first = np.repeat(np.cumsum(corners) - corners, triangles)
    nth = np.arange(len(first)) - np.repeat(np.cumsum(triangles) - triangles, triangles)  # within its polygon
    vertices = _indices(polygons.values)
    faces = np.empty((len(first), 3), dtype=np.int32)
    for corner, positions in enumerate((0, nth + 1, nth + 2)):
        faces[:, corner] = vertices[first + positions]
    return faces, np.repeat(np.arange(len(corners), dtype=np.int32), triangles)


def _strip_triangles(strips: Lists) -> np.ndarray:
    """The triangles of strips, each of three corners that follow each other; -1 ends a strip and begins another."""
    corners = _indices(strips.values)
    require_at_most(len(corners), MOST_TRIANGLES, "corners of triangle strips")
    strip = np.repeat(np.arange(len(strips.lengths)), strips.lengths.astype(np.int64))
    faces: np.ndarray = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
    kept: np.ndarray = faces[(strip[:-2] == strip[2:]) & (faces >= 0).all(axis=1)]
    return kept


def _indices(values: np.ndarray) -> np.ndarray:
    """Indices of vertices as int32; what it cannot hold becomes one that is not there."""
    with np.errstate(invalid="ignore"):  # nan in a text file
        indices: np.ndarray = values.astype(np.int64).clip(-1, np.iinfo(np.int32).max).astype(np.int32)
    return indices
