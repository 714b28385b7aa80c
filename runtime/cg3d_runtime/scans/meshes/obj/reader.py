"""OBJ files: plain text and a library without pictures for trimesh; the pictures for us."""

from __future__ import annotations

import re
from pathlib import Path

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.handed import Handed
from cg3d_runtime.scans.meshes.obj.materials import library_text, picture_of, read_libraries
from cg3d_runtime.scans.meshes.obj.text import plain_text
from cg3d_runtime.scans.meshes.textures import Textures

_LIBRARY = "materials.mtl"
_MOST_SEARCHED = 2_000_000_000  # vertices by materials: trimesh searches all of them for each, and makes a part of each
_FEW_VERTICES = 400_000


def hand_obj(path: Path, content: bytes) -> Handed:
    """Make an OBJ file plain and read its materials.

    Raises:
        ScanError: decimal commas, or a face refers to no vertex.
    """
    text = plain_text(content)
    used = {name.strip() for name in re.findall(r"\nusemtl +([^\n]*)", text)}
    if len(used) * max(text.count("\nv "), _FEW_VERTICES) > _MOST_SEARCHED:
        raise ScanError(f"uses {len(used)} materials, more than are read. Join them.")
    libraries = re.findall(r"\nmtllib +([^\n]*)", text) if "\nmtllib " in text else []
    if not libraries:
        return Handed(text.encode(), "obj")
    materials, notes = read_libraries(path, dict.fromkeys(name.strip() for name in libraries))
    if _has_vertex_colours(text):  # which say more than one colour for all
        used = {name for name in used if name in materials and materials[name].picture}
    materials = {name: each for name, each in materials.items() if name in used and (each.diffuse or each.picture)}
    textures = Textures()
    pictures = {name: picture_of(path, each, textures) for name, each in materials.items() if each.picture}
    content = f"mtllib {_LIBRARY}{text}".encode()
    return Handed(
        content,
        "obj",
        {_LIBRARY: library_text(materials)},
        pictures,
        notes=notes + textures.notes(),
        lost_textures=textures.lost(),
    )


def _has_vertex_colours(text: str) -> bool:
    first = re.search(r"\nv ([^\n]*)", text)
    return first is not None and len(first[1].split()) >= 6
