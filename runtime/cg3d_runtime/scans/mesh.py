"""OBJ, STL, OFF and glTF meshes, read with trimesh (the extra `mesh`)."""

from __future__ import annotations

import io
import json
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.measured import as_unit_rgb
from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.surface import Mesh, linear_to_srgb, sample_mesh_file

MESH_SUFFIXES = (".obj", ".stl", ".off", ".glb", ".gltf")

# A file may name one part, or one stretch of bytes, many times. Beyond these it is refused before it fills the memory.
_MOST_COPIED_TRIANGLES = 1_000_000
_MOST_TEXELS = 2 * 8192 * 8192
_MOST_BYTES_A_BYTE = 16  # that accessors read from one byte of a glTF file
_ACCESSOR_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_ACCESSOR_COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}

_SILENT = logging.NullHandler()


def read_mesh_samples(path: Path) -> Reading:
    """Read a mesh as samples of its surface."""
    return Reading(*sample_mesh_file(read_mesh(path)))


def read_mesh(path: Path) -> list[Mesh]:
    """Read the parts of a mesh file, one for each material and place, all in the file's frame.

    Colours come from vertices, faces, materials and their textures; transparency is ignored.

    Raises:
        ScanError: trimesh is missing or cannot read the file, or it holds no triangles.
    """
    trimesh = _trimesh(path.suffix)
    try:
        with np.errstate(all="ignore"):
            parts = _parts(trimesh, _load_scene(trimesh, path))
    except (ScanError, OSError):
        raise
    except Exception as error:  # whatever a parser meets in a damaged file comes out of trimesh as it is
        raise ScanError(f"trimesh cannot read it as {path.suffix[1:].upper()}: {error!r}.") from error
    if not any(len(part.faces) for part in parts):
        raise ScanError("holds no triangles; points without faces need a point format such as .ply.")
    return parts


def _trimesh(suffix: str) -> Any:
    try:
        import trimesh
    except ImportError as error:
        raise ScanError(f'reading {suffix} needs trimesh: pip install "cg3d-runtime[mesh]"') from error
    # Else its log, tracebacks and all, reaches stderr through logging's last resort.
    logging.getLogger("trimesh").addHandler(_SILENT)
    return trimesh


def _load_scene(trimesh: Any, path: Path) -> Any:
    """What trimesh makes of a file."""
    content = path.read_bytes()  # from a file trimesh would allocate whatever length a chunk claims
    if path.suffix.lower() in (".glb", ".gltf"):
        _check_accessors(content, path)
    resolver = trimesh.resolvers.FilePathResolver(str(path))
    # Without `process` vertices stay apart where their colours differ.
    return trimesh.load(
        io.BytesIO(content), file_type=path.suffix[1:].lower(), resolver=resolver, force="scene", process=False
    )


def _check_accessors(content: bytes, path: Path) -> None:
    """Refuse glTF accessors that claim far more bytes than there are: without a buffer, or over the same bytes again."""
    is_binary = content[:4] == b"glTF"
    tree = json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")] if is_binary else content)
    uris = [buffer["uri"] for buffer in tree.get("buffers", []) if "uri" in buffer]
    held = len(content) + sum(
        (path.parent / unquote(uri)).stat().st_size for uri in uris if not uri.startswith("data:")
    )
    claimed = sum(
        accessor["count"] * _ACCESSOR_COLUMNS[accessor["type"]] * _ACCESSOR_BYTES[accessor["componentType"]]
        for accessor in tree.get("accessors", [])
    )
    if not claimed <= _MOST_BYTES_A_BYTE * held:
        raise ScanError(f"accessors claim {claimed} bytes, but the file holds {held}; its header is wrong.")


def _parts(trimesh: Any, scene: Any) -> list[Mesh]:
    """Every mesh of a scene at each of its places. (`scene.dump` would copy the pictures for each place.)"""
    textures = _textures(scene.geometry.values())
    meshes = {
        name: _part(geometry, textures)
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


def _textures(geometries: Iterable[Any]) -> dict[int, np.ndarray]:
    """The pictures of the base colours, (H, W, 3) uint8 by the `id` of the PIL image: parts share them."""
    found = (_image(getattr(geometry.visual, "material", None)) for geometry in geometries)
    images = {id(image): image for image in found if image is not None}
    texels = sum(math.prod(image.size) for image in images.values())  # known before any is decoded
    if texels > _MOST_TEXELS:
        raise ScanError(f"has textures of {texels} pixels; at most {_MOST_TEXELS} are read. Scale them down.")
    return {key: np.asarray(image.convert("RGB")) for key, image in images.items()}


def _image(material: Any) -> Any:
    """The picture of the base colour, a PIL image that may not be decoded yet, or None."""
    return getattr(material, "baseColorTexture" if hasattr(material, "baseColorFactor") else "image", None)


def _part(geometry: Any, textures: Mapping[int, np.ndarray]) -> Mesh:
    faces = np.asarray(geometry.faces) if len(geometry.faces) else np.empty((0, 3), np.int64)  # none have any shape
    mesh = Mesh(np.asarray(geometry.vertices), faces)
    if mesh.vertices.shape[1:] != (3,) or mesh.faces.shape[1:] != (3,):
        raise ScanError(
            f"vertices and faces must have three columns, got shapes {mesh.vertices.shape} and {mesh.faces.shape}."
        )
    visual = geometry.visual
    if visual.kind == "vertex":
        return replace(mesh, corner_rgb=as_unit_rgb(visual.vertex_colors[:, :3])[mesh.faces])
    if visual.kind == "face":
        return replace(mesh, corner_rgb=np.repeat(as_unit_rgb(visual.face_colors[:, None, :3]), 3, axis=1))
    if visual.kind == "texture":
        return _with_material(mesh, visual, textures)
    return mesh


def _with_material(mesh: Mesh, visual: Any, textures: Mapping[int, np.ndarray]) -> Mesh:
    material = visual.material
    is_gltf = hasattr(material, "baseColorFactor")
    image = _image(material)
    if image is not None and np.shape(visual.uv) == (len(mesh.vertices), 2):
        mesh = replace(mesh, corner_uv=visual.uv[mesh.faces], texture=textures[id(image)])
    if is_gltf:
        return replace(mesh, corner_rgb=_gltf_tint(mesh, visual))
    if mesh.texture is None:
        diffuse = as_unit_rgb(material.diffuse[:3])
        return replace(mesh, corner_rgb=np.broadcast_to(diffuse, (len(mesh.faces), 3, 3)))
    return mesh


def _gltf_tint(mesh: Mesh, visual: Any) -> np.ndarray | None:
    """Base colour times vertex colours, both linear in glTF, as sRGB; None where there is neither."""
    factor = visual.material.baseColorFactor
    colours = visual.vertex_attributes.get("color")
    if factor is None and colours is None:
        return None
    light = np.ones((len(mesh.faces), 3, 3)) if colours is None else as_unit_rgb(colours[:, :3])[mesh.faces]
    return linear_to_srgb(light if factor is None else light * (factor[:3] / 255.0))
