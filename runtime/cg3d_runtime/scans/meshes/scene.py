"""Parts in one frame, with their colours, from what trimesh reads."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.measured import as_unit_rgb
from cg3d_runtime.scans.meshes.handed import PICTURE_KEY, Handed, Picture
from cg3d_runtime.scans.meshes.surface import Mesh, linear_to_srgb

# A file may place one part many times. Beyond this it is refused before it fills the memory.
_MOST_COPIED_TRIANGLES = 1_000_000
_SILENT = logging.NullHandler()


def import_trimesh(suffix: str) -> Any:
    """The library, silenced.

    Raises:
        ScanError: it is not installed.
    """
    try:
        import trimesh
    except ImportError as error:
        raise ScanError(f'reading {suffix} needs trimesh: pip install trimesh pillow (the extra "mesh")') from error
    # Else its log, tracebacks and all, reaches stderr through logging's last resort.
    logging.getLogger("trimesh").addHandler(_SILENT)
    return trimesh


def read_parts(trimesh: Any, handed: Handed) -> tuple[list[Mesh], Reading, tuple[str, ...]]:
    """The parts of a file at each of their places, the points of one without triangles, and what is odd."""
    scene = _load(trimesh, handed)
    parts = _parts(trimesh, scene, handed)
    found = sum(len(part.faces) for part in parts)
    if handed.triangles not in (None, found):
        raise ScanError(f"has {handed.triangles} triangles, of which {found} can be read; it is damaged.")
    points = Reading(np.empty((0, 3))) if found else _points(trimesh, scene, handed)
    notes = ("holds points without faces, which are read as a point cloud.",) if len(points.xyz) else ()
    return parts, points, handed.notes + notes + _bare_notes(scene, handed)


def _load(trimesh: Any, handed: Handed) -> Any:
    content = io.BytesIO(handed.content)
    try:
        # Without `process` vertices stay apart where their colours differ.
        return trimesh.load(content, file_type=handed.file_type, resolver=handed.files, force="scene", process=False)
    except IndexError as error:
        raise ScanError("has faces that refer to vertices which are not there; it is damaged.") from error


def _parts(trimesh: Any, scene: Any, handed: Handed) -> list[Mesh]:
    """Every mesh of a scene at each of its places. (`scene.dump` would copy them.)"""
    meshes = {
        name: _part(geometry, handed)
        for name, geometry in scene.geometry.items()
        if isinstance(geometry, trimesh.Trimesh)
    }
    places = [scene.graph[node] for node in scene.graph.nodes_geometry]
    held = sum(len(mesh.faces) for mesh in meshes.values())
    placed = sum(len(meshes[name].faces) for _, name in places if name in meshes)
    if placed - held > _MOST_COPIED_TRIANGLES:
        raise ScanError(f"places its {held} triangles so often that there are {placed}.")
    return [
        replace(meshes[name], vertices=trimesh.transform_points(meshes[name].vertices, matrix))
        for matrix, name in places
        if name in meshes
    ]


def _bare_notes(scene: Any, handed: Handed) -> tuple[str, ...]:
    visuals = [getattr(geometry, "visual", None) for geometry in scene.geometry.values()]
    bare = (visual for visual in visuals if getattr(visual, "kind", "") == "texture" and _is_bare(visual, handed))
    note = "has parts with a texture but without texture coordinates, so their colour is missing."
    return (note,) if any(True for _ in bare) else ()


def _is_bare(visual: Any, handed: Handed) -> bool:
    """Whether a part has a picture that nothing places. trimesh before 4.8 leaves the coordinates of quads out."""
    return visual.uv is None and _picture(visual.material, handed) is not None


def _points(trimesh: Any, scene: Any, handed: Handed) -> Reading:
    """The vertices of a scene without triangles, coloured where all are."""
    places = [scene.graph[node] for node in scene.graph.nodes_geometry]
    clouds = [(scene.geometry[name], matrix) for matrix, name in places]
    if not clouds:
        return Reading(np.empty((0, 3)))
    xyz = np.concatenate([trimesh.transform_points(np.asarray(cloud.vertices), matrix) for cloud, matrix in clouds])
    if handed.vertex_rgb is not None:
        return Reading(xyz, handed.vertex_rgb)
    colours = [np.asarray(getattr(cloud, "colors", np.empty((0, 4)))) for cloud, _ in clouds]
    rgb = np.concatenate([each[:, :3] for each in colours if each.ndim == 2] or [np.empty((0, 3))])
    return Reading(xyz, rgb if len(rgb) == len(xyz) else None)


def _part(geometry: Any, handed: Handed) -> Mesh:
    faces = np.asarray(geometry.faces) if len(geometry.faces) else np.empty((0, 3), np.int64)  # none have any shape
    mesh = Mesh(np.asarray(geometry.vertices), faces)
    if mesh.vertices.shape[1:] != (3,) or mesh.faces.shape[1:] != (3,):
        raise ScanError(
            f"vertices and faces must have three columns, got shapes {mesh.vertices.shape} and {mesh.faces.shape}."
        )
    if handed.vertex_rgb is not None or handed.face_rgb is not None:
        return _with_given_colours(mesh, handed)
    visual = geometry.visual
    if visual.kind == "vertex":
        return replace(mesh, corner_rgb=as_unit_rgb(visual.vertex_colors[:, :3])[mesh.faces])
    if visual.kind == "face":
        return replace(mesh, corner_rgb=np.repeat(as_unit_rgb(visual.face_colors[:, None, :3]), 3, axis=1))
    if visual.kind == "texture":
        return _with_material(mesh, visual, handed)
    return mesh


def _with_given_colours(mesh: Mesh, handed: Handed) -> Mesh:
    if handed.face_rgb is not None:
        return replace(mesh, corner_rgb=np.repeat(as_unit_rgb(handed.face_rgb)[:, None], 3, axis=1))
    assert handed.vertex_rgb is not None  # one of them is given
    return replace(mesh, corner_rgb=as_unit_rgb(handed.vertex_rgb)[mesh.faces])


def _with_material(mesh: Mesh, visual: Any, handed: Handed) -> Mesh:
    material = visual.material
    is_gltf = hasattr(material, "baseColorFactor")
    if not is_gltf and PICTURE_KEY not in material.kwargs:
        return mesh  # the grey of a material that is not there
    picture = _picture(material, handed)
    if _is_bare(visual, handed):
        return mesh
    if picture is not None and np.shape(visual.uv) == (len(mesh.vertices), 2):
        if picture.texels is None:
            return mesh
        mesh = replace(mesh, corner_uv=_coordinates(visual.uv, picture)[mesh.faces], texture=picture.texels)
    if is_gltf:
        return replace(mesh, corner_rgb=_gltf_tint(mesh, visual))
    if mesh.texture is None:
        diffuse = as_unit_rgb(material.diffuse[:3])
        return replace(mesh, corner_rgb=np.broadcast_to(diffuse, (len(mesh.faces), 3, 3)))
    return mesh


def _picture(material: Any, handed: Handed) -> Picture | None:
    """An OBJ material keeps words that it does not know; a glTF material keeps its name."""
    name = material.name if hasattr(material, "baseColorFactor") else " ".join(material.kwargs.get(PICTURE_KEY, ()))
    return handed.pictures.get(name)


def _coordinates(uv: np.ndarray, picture: Picture) -> np.ndarray:
    if picture.scale == (1.0, 1.0) and picture.offset == (0.0, 0.0):
        return uv
    return uv * picture.scale + picture.offset


def _gltf_tint(mesh: Mesh, visual: Any) -> np.ndarray | None:
    """Base colour times vertex colours, both linear in glTF, as sRGB; None where there is neither."""
    factor = visual.material.baseColorFactor
    colours = visual.vertex_attributes.get("color")
    if factor is None and colours is None:
        return None
    light = np.ones((len(mesh.faces), 3, 3)) if colours is None else as_unit_rgb(colours[:, :3])[mesh.faces]
    return linear_to_srgb(light if factor is None else light * (factor[:3] / 255.0))
