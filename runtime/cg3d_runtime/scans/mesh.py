"""OBJ, STL, OFF and glTF meshes, read with trimesh (the extra `mesh`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.arrays import as_unit_rgb
from cg3d_runtime.scans.surface import Mesh, linear_to_srgb, sample_mesh_file

MESH_SUFFIXES = (".obj", ".stl", ".off", ".glb", ".gltf")


def read_mesh_samples(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read a mesh as samples of its surface."""
    return sample_mesh_file(read_mesh(path))


def read_mesh(path: Path) -> list[Mesh]:
    """Read the parts of a mesh file, one for each material and place, all in the file's frame.

    Colours come from vertices, faces, materials and their textures; transparency is ignored.

    Raises:
        ScanError: trimesh is missing or cannot read the file, or it holds no triangles.
    """
    try:
        import trimesh
    except ImportError as error:
        raise ScanError(f'reading {path.suffix} needs trimesh: pip install "cg3d-runtime[mesh]"') from error
    try:
        # Without `process` vertices stay apart where their colours differ.
        scene: Any = trimesh.load(path, force="scene", process=False)
        parts = [_part(geometry) for geometry in scene.dump() if isinstance(geometry, trimesh.Trimesh)]
    except (ScanError, OSError):
        raise
    except Exception as error:  # whatever a parser meets in a damaged file comes out of trimesh as it is
        raise ScanError(f"trimesh cannot read it as {path.suffix[1:].upper()}: {error!r}.") from error
    if not any(len(part.faces) for part in parts):
        raise ScanError("holds no triangles; points without faces need a point format such as .ply.")
    return parts


def _part(geometry: Any) -> Mesh:
    mesh = Mesh(np.asarray(geometry.vertices), np.asarray(geometry.faces))
    visual = geometry.visual
    if visual.kind == "vertex":
        return replace(mesh, corner_rgb=as_unit_rgb(visual.vertex_colors[:, :3])[mesh.faces])
    if visual.kind == "face":
        return replace(mesh, corner_rgb=np.repeat(as_unit_rgb(visual.face_colors[:, None, :3]), 3, axis=1))
    if visual.kind == "texture":
        return _with_material(mesh, visual)
    return mesh


def _with_material(mesh: Mesh, visual: Any) -> Mesh:
    material = visual.material
    is_gltf = hasattr(material, "baseColorFactor")
    image = material.baseColorTexture if is_gltf else material.image
    if image is not None and visual.uv is not None:
        mesh = replace(mesh, corner_uv=visual.uv[mesh.faces], texture=np.asarray(image.convert("RGB")))
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
