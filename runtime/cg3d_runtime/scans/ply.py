"""PLY: points, or a mesh where the file has faces.

Own code, because the library for it (plyfile) is under the GPL, allocates whatever a header claims, and takes more than
a second for a text file of 100,000 points.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.measured import as_unit_rgb
from cg3d_runtime.scans.arrays import Reading, find_columns, find_rgb, stack
from cg3d_runtime.scans.ply_tables import Lists, Table, read_tables
from cg3d_runtime.scans.surface import Mesh, sample_mesh_file


def read_ply(path: Path) -> Reading:
    """Read the vertices, or samples of the surface where the file has faces."""
    tables = read_tables(path, names=("vertex", "face"))
    if "vertex" not in tables:
        raise ScanError("has no vertex element; it holds neither points nor a mesh.")
    vertex = _scalars(tables["vertex"])
    xyz_names, rgb_names = find_columns(vertex, "vertex", "property")
    xyz = stack(vertex, xyz_names)
    rgb = stack(vertex, rgb_names) if rgb_names else None
    mesh = _mesh(xyz, rgb, tables.get("face", {}))
    return Reading(xyz, rgb) if mesh is None else Reading(*sample_mesh_file([mesh]))


def _scalars(table: Table) -> dict[str, np.ndarray]:
    return {name: column for name, column in table.items() if isinstance(column, np.ndarray)}


def _mesh(xyz: np.ndarray, rgb: np.ndarray | None, face: Table) -> Mesh | None:
    polygons = face.get("vertex_indices", face.get("vertex_index"))
    if not isinstance(polygons, Lists):
        return None
    faces, polygon = _fans(polygons)
    if len(faces) == 0:
        return None
    mesh = Mesh(xyz, faces)
    if rgb is not None:
        return replace(mesh, corner_rgb=as_unit_rgb(rgb)[faces])
    face_rgb = find_rgb(_scalars(face))
    if face_rgb:
        rgb = as_unit_rgb(stack(_scalars(face), face_rgb))[polygon]
        return replace(mesh, corner_rgb=np.repeat(rgb[:, None], 3, axis=1))
    return mesh


def _fans(polygons: Lists) -> tuple[np.ndarray, np.ndarray]:
    """Cut each polygon into triangles that share its first corner: (F, 3) vertices, and the (F,) polygon of each."""
    corners = polygons.lengths.astype(np.int64)
    first = np.cumsum(corners) - corners
    triangles = np.maximum(corners - 2, 0)
    polygon = np.repeat(np.arange(len(corners)), triangles)
    nth = np.arange(len(polygon)) - np.repeat(np.cumsum(triangles) - triangles, triangles)  # within its polygon
    positions = first[polygon, None] + np.stack([np.zeros_like(nth), nth + 1, nth + 2], axis=1)
    with np.errstate(invalid="ignore"):  # nan in a text file becomes a vertex that is not there
        return polygons.values.astype(np.int64)[positions], polygon
