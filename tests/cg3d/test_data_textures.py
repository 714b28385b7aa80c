"""Textures that do not decode stop an object from losing its colour unnoticed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from cg3d.data.formats.objects import read_objects
from cg3d.data.textures import require_textures
from cg3d_runtime.errors import DataError

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def textured() -> trimesh.Trimesh:
    """A box with a texture of noise."""
    mesh = trimesh.creation.box()
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8))
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=picture)
    mesh.visual = trimesh.visual.TextureVisuals(np.random.default_rng(1).random((8, 2)), material=material)
    return mesh


def damaged(content: bytes) -> bytes:
    """The file with its only PNG overwritten."""
    start = content.index(PNG)
    return content[:start] + b"\0" * 40 + content[start + 40 :]


def in_folder(folder: Path, name: str, content: bytes) -> Path:
    (folder / "box").mkdir(exist_ok=True)
    (folder / "box" / name).write_bytes(content)
    return folder / "box" / name


def test_binary_gltf(tmp_path: Path, textured: trimesh.Trimesh) -> None:
    content = textured.export(file_type="glb")
    require_textures(in_folder(tmp_path, "good.glb", content))
    with pytest.raises(
        DataError,
        match=r"bad\.glb: texture .* does not decode .it is of no known picture format.*Mend it, or remove it",
    ):
        require_textures(in_folder(tmp_path, "bad.glb", damaged(content)))
    bad, good = read_objects(str(tmp_path))
    assert good.surface(50, np.random.default_rng(0)).rgb is not None
    with pytest.raises(DataError, match=r"bad\.glb: texture"):
        bad.surface(50, np.random.default_rng(0))


def test_gltf_with_files_beside_it(tmp_path: Path, textured: trimesh.Trimesh) -> None:
    files = trimesh.exchange.gltf.export_gltf(trimesh.Scene(textured), embed_buffers=True)
    header = json.loads(files["model.gltf"])
    picture = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(picture, "PNG")
    header["images"] = [{"uri": "a%20b.png"}]
    path = in_folder(tmp_path, "model.gltf", json.dumps(header).encode())
    with pytest.raises(DataError, match=r"model\.gltf: texture a b\.png is not there"):
        require_textures(path)
    (path.parent / "a b.png").write_bytes(picture.getvalue())
    require_textures(path)
    (path.parent / "a b.png").write_bytes(picture.getvalue()[:30])
    with pytest.raises(DataError, match=r"texture a b\.png does not decode"):
        require_textures(path)


def test_pictures_that_are_no_base_colour_do_not_matter(tmp_path: Path, textured: trimesh.Trimesh) -> None:
    header = {"materials": [{"normalTexture": {"index": 0}}], "textures": [{"source": 0}], "images": [{"uri": "x.png"}]}
    require_textures(in_folder(tmp_path, "model.gltf", json.dumps(header).encode()))


def test_obj_with_materials(tmp_path: Path) -> None:
    path = in_folder(tmp_path, "a.obj", b"mtllib a.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    require_textures(path)  # without its material file it is plain geometry
    in_folder(tmp_path, "a.mtl", b"newmtl m\nmap_Kd -s 1 1 1 skin.png\n")
    with pytest.raises(DataError, match=r"a\.mtl: texture skin\.png is not there"):
        require_textures(path)
    for written in ("./a.mtl", "sub/b.mtl"):
        other = in_folder(tmp_path, "b.obj", f"mtllib {written}\nv 0 0 0\n".encode())
        (path.parent / "sub").mkdir(exist_ok=True)
        (path.parent / "sub" / "b.mtl").write_text("newmtl m\nmap_Kd skin.png\n")
        with pytest.raises(DataError, match=r"texture skin\.png is not there"):
            require_textures(other)
    in_folder(tmp_path, "skin.png", b"nothing")
    with pytest.raises(DataError, match=r"a\.obj: texture skin\.png does not decode"):
        require_textures(path)


@pytest.mark.parametrize(
    "header", [{"materials": 3}, {"materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 5}}}]}]
)
def test_materials_of_another_form(tmp_path: Path, header: dict) -> None:
    with pytest.raises(DataError, match=r"model\.gltf: its materials cannot be read .*Export it again"):
        require_textures(in_folder(tmp_path, "model.gltf", json.dumps(header).encode()))


def test_files_without_textures(tmp_path: Path) -> None:
    require_textures(in_folder(tmp_path, "a.stl", b"solid"))
    require_textures(in_folder(tmp_path, "b.glb", trimesh.creation.box().export(file_type="glb")))
