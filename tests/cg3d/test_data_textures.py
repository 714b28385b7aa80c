"""Textures that cannot be read cost an object its colour, not unnoticed, and never the object."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from typer.testing import CliRunner

from cg3d.data.cli import data_app
from cg3d.data.formats.objects import read_objects
from cg3d.data.pack import list_objects, pack
from cg3d.data.samples import SampleSpec
from cg3d.data.textures import lost_textures
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
    assert lost_textures(in_folder(tmp_path, "good.glb", content)) == []
    (lost,) = lost_textures(in_folder(tmp_path, "bad.glb", damaged(content)))
    assert lost.startswith("texture ") and "is not an image that Pillow can read" in lost
    bad, good = (each.surface(50, np.random.default_rng(0)) for each in read_objects(str(tmp_path)))
    assert good.rgb is not None and good.lost_colour == ""
    assert bad.rgb is None and bad.lost_colour == f"{tmp_path / 'box' / 'bad.glb'}: {lost}"
    np.testing.assert_array_equal(bad.xyz, good.xyz)


def test_gltf_with_files_beside_it(tmp_path: Path, textured: trimesh.Trimesh) -> None:
    files = trimesh.exchange.gltf.export_gltf(trimesh.Scene(textured), embed_buffers=True)
    header = json.loads(files["model.gltf"])
    picture = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(picture, "PNG")
    header["images"] = [{"uri": "a%20b.png"}]
    path = in_folder(tmp_path, "model.gltf", json.dumps(header).encode())
    assert lost_textures(path) == ["texture a b.png is not there. Put it beside the mesh."]
    (path.parent / "a b.png").write_bytes(picture.getvalue())
    assert lost_textures(path) == []
    (path.parent / "a b.png").write_bytes(picture.getvalue()[:30])
    assert lost_textures(path)[0].startswith("texture a b.png is not an image that Pillow can read")


def test_pictures_that_are_no_base_colour_do_not_matter(tmp_path: Path) -> None:
    header = {"materials": [{"normalTexture": {"index": 0}}], "textures": [{"source": 0}], "images": [{"uri": "x.png"}]}
    assert lost_textures(in_folder(tmp_path, "model.gltf", json.dumps(header).encode())) == []


def test_obj_with_materials(tmp_path: Path) -> None:
    path = in_folder(tmp_path, "a.obj", b"mtllib a.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    assert lost_textures(path) == []  # without its material file it is plain geometry
    in_folder(tmp_path, "a.mtl", b"newmtl m\nmap_Kd -s 1 1 1 skin.png\n")
    assert lost_textures(path) == ["texture skin.png is not there. Put it beside the mesh."]
    for written in ("./a.mtl", "sub/b.mtl"):
        other = in_folder(tmp_path, "b.obj", f"mtllib {written}\nv 0 0 0\n".encode())
        (path.parent / "sub").mkdir(exist_ok=True)
        (path.parent / "sub" / "b.mtl").write_text("newmtl m\nmap_Kd skin.png\n")
        assert lost_textures(other) == ["texture skin.png is not there. Put it beside the mesh."]
    in_folder(tmp_path, "skin.png", b"nothing")
    assert lost_textures(path)[0].startswith("texture skin.png is not an image that Pillow can read")
    Image.new("RGB", (4, 4), "red").save(path.parent / "skin.png")
    assert lost_textures(path) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../secret.png", "texture ../../secret.png lies outside of the folder of its mesh"),
        ("/dev/zero", "texture /dev/zero lies outside of the folder of its mesh"),
        ("link.png", "texture link.png lies outside of the folder of its mesh"),
        ("pipe.png", "texture pipe.png cannot be read: Not a regular file."),
        ("eps.png", "texture eps.png is a file of the format EPS or PostScript, which is not read as an image"),
        ("x" * 300, f"texture {'x' * 300} cannot be read: File name too long."),
        ("a\0b.png", "texture a\ufffdb.png cannot be read: "),
        ("huge.bmp", "texture huge.bmp has 9000 x 9000 pixels, above the limit of 33554432; scale it down."),
    ],
)
def test_what_is_never_opened(tmp_path: Path, name: str, reason: str) -> None:
    path = in_folder(tmp_path, "a.obj", b"mtllib a.mtl\nv 0 0 0\n")
    in_folder(tmp_path, "a.mtl", f"newmtl m\nmap_Kd {name}\n".encode())
    Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    (path.parent / "link.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(path.parent / "pipe.png")
    (path.parent / "eps.png").write_bytes(EPS)
    header = (
        b"BM" + bytes(8) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little") + (9000).to_bytes(4, "little") * 2
    )
    (path.parent / "huge.bmp").write_bytes(header + b"\1\0\x18\0" + bytes(24))
    (lost,) = lost_textures(path)
    assert lost.startswith(reason)


@pytest.mark.parametrize(
    "header", [{"materials": 3}, {"materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 5}}}]}]
)
def test_materials_of_another_form(tmp_path: Path, header: dict) -> None:
    with pytest.raises(DataError, match=r"model\.gltf: its materials cannot be read .*Export it again"):
        lost_textures(in_folder(tmp_path, "model.gltf", json.dumps(header).encode()))


def test_files_without_textures(tmp_path: Path) -> None:
    assert lost_textures(in_folder(tmp_path, "a.stl", b"solid")) == []
    assert lost_textures(in_folder(tmp_path, "b.glb", trimesh.creation.box().export(file_type="glb"))) == []


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\nshowpage\n%%EOF\n"
VERTICES = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 0 1\n"
TETRAHEDRON = f"{VERTICES}usemtl m\nf 1/1 2/2 3/3\nf 1/1 2/2 4/3\nf 1/1 3/2 4/3\n"


@pytest.fixture
def three_objects(tmp_path: Path) -> Path:
    """One with its texture, one whose texture is not there, one whose texture is EPS."""
    folder = tmp_path / "things"
    for name in ("good", "bare", "eps"):
        (folder / name).mkdir(parents=True)
        (folder / name / "a.obj").write_text(f"mtllib a.mtl\n{TETRAHEDRON}")
        (folder / name / "a.mtl").write_text("newmtl m\nmap_Kd tex.png\n")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(
        folder / "good" / "tex.png"
    )
    (folder / "eps" / "tex.png").write_bytes(EPS)
    return folder


SPEC = SampleSpec(points=32, views=1, image_size=16, drawn_points=32)


def test_lost_textures_cost_the_colour_and_are_counted(
    three_objects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    (tmp_path / "bin" / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    dataset = pack(list_objects(str(three_objects), "objects"), tmp_path / "out", SPEC, workers=1)

    assert not (tmp_path / "started").exists()
    assert {sample.label: sample.has_colour for sample in dataset} == {"good": True, "bare": False, "eps": False}
    assert dataset.index["skipped"] == {} and dataset.index["colour"] == {"fill": 2, "own": 1}
    assert list(dataset.index["colourless"]) == ["bare-a", "eps-a"]
    assert dataset.index["colourless"]["bare-a"].endswith(
        "a.obj: texture tex.png is not there. Put it beside the mesh."
    )
    assert not list((tmp_path / "out").glob("*.colourless.json"))


def test_the_command_counts_them_in_one_line(three_objects: Path, tmp_path: Path) -> None:
    options = ["--points", "32", "--views", "1", "--image-size", "16", "--device", "cpu", "--workers", "1"]
    told = CliRunner().invoke(data_app, ["pack", str(three_objects), "--out", str(tmp_path / "out"), *options])
    assert told.exit_code == 0
    (line,) = [line for line in told.stderr.splitlines() if "colour" in line]
    assert line.startswith("2 objects lost the colour: ") and "texture tex.png is not there." in line
    shown = CliRunner().invoke(data_app, ["show", str(tmp_path / "out"), "--objects", "0"])
    assert shown.exit_code == 0 and "2 objects lost the colour: " in shown.stdout
