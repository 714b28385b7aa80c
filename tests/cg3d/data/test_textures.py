"""Textures that cannot be read cost an object its colour, not unnoticed, and never the object."""

from __future__ import annotations

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
from cg3d.data.pictures import read_picture
from cg3d.data.samples import SampleSpec
from cg3d.data.surface import Surface
from cg3d_runtime.errors import DataError

PNG = b"\x89PNG\r\n\x1a\n"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\nshowpage\n%%EOF\n"
VERTICES = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 0 1\n"
TETRAHEDRON = f"{VERTICES}usemtl m\nf 1/1 2/2 3/3\nf 1/1 2/2 4/3\nf 1/1 3/2 4/3\n"


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


def surfaces(folder: Path) -> list[Surface]:
    return [each.surface(50, np.random.default_rng(0)) for each in read_objects(str(folder))]


def test_a_damaged_texture_costs_the_colour(tmp_path: Path, textured: trimesh.Trimesh) -> None:
    content = textured.export(file_type="glb")
    path = in_folder(tmp_path, "bad.glb", damaged(content))
    in_folder(tmp_path, "good.glb", content)
    bad, good = surfaces(tmp_path)
    assert good.rgb is not None and good.lost_colour == ""
    assert bad.rgb is None and bad.lost_colour.startswith(f"{path}: texture ") and "not an image" in bad.lost_colour
    np.testing.assert_array_equal(bad.xyz, good.xyz)


def test_one_of_several_textures_costs_the_whole_colour(tmp_path: Path) -> None:
    """Half of an object in the colour of no material would be learned as its colour."""
    path = in_folder(
        tmp_path, "a.obj", f"mtllib a.mtl\n{VERTICES}usemtl m\nf 1/1 2/2 3/3\nusemtl n\nf 1/1 2/2 4/3\n".encode()
    )
    in_folder(
        tmp_path, "a.mtl", b"newmtl m\nmap_Kd skin.png\nnewmtl n\nmap_Kd gone.png\nnewmtl unused\nmap_Kd none.png\n"
    )
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(path.parent / "skin.png")
    (surface,) = surfaces(tmp_path)
    assert surface.rgb is None and surface.lost_colour == f"{path}: texture gone.png is not beside it."
    (path.parent / "a.mtl").write_bytes((path.parent / "a.mtl").read_bytes().replace(b"gone.png", b"skin.png"))
    (surface,) = surfaces(tmp_path)
    assert surface.rgb is not None and surface.lost_colour == ""


def test_without_its_materials_it_is_plain_geometry(tmp_path: Path) -> None:
    in_folder(tmp_path, "a.obj", f"mtllib a.mtl\n{TETRAHEDRON}".encode())
    (surface,) = surfaces(tmp_path)
    assert surface.rgb is None and surface.lost_colour == ""


@pytest.mark.parametrize(
    "name", ["../secret.png", "/dev/zero", "link.png", "pipe.png", "eps.png", "huge.bmp", "x" * 300]
)
def test_what_is_never_opened_costs_the_colour(tmp_path: Path, name: str) -> None:
    path = in_folder(tmp_path, "a.obj", f"mtllib a.mtl\n{TETRAHEDRON}".encode())
    in_folder(tmp_path, "a.mtl", f"newmtl m\nmap_Kd {name}\n".encode())
    Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    (path.parent / "link.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(path.parent / "pipe.png")
    (path.parent / "eps.png").write_bytes(EPS)
    header = (
        b"BM" + bytes(8) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little") + (9000).to_bytes(4, "little") * 2
    )
    (path.parent / "huge.bmp").write_bytes(header + b"\1\0\x18\0" + bytes(24))
    (surface,) = surfaces(tmp_path)
    assert surface.rgb is None and surface.lost_colour.startswith(f"{path}: texture ")


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


def test_pictures_of_a_data_set_start_no_program(three_objects: Path) -> None:
    with pytest.raises(DataError, match=r"tex\.png: is no picture that can be decoded .*format EPS or PostScript"):
        read_picture(three_objects / "eps" / "tex.png")
    assert read_picture(three_objects / "good" / "tex.png").shape == (8, 8, 3)


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
    assert dataset.index["colourless"]["bare-a"].endswith("a.obj: texture tex.png is not beside it.")
    assert not list((tmp_path / "out").glob("*.colourless.json"))


def test_the_command_counts_them_in_one_line(three_objects: Path, tmp_path: Path) -> None:
    options = ["--points", "32", "--views", "1", "--image-size", "16", "--device", "cpu", "--workers", "1"]
    told = CliRunner().invoke(data_app, ["pack", str(three_objects), "--out", str(tmp_path / "out"), *options])
    assert told.exit_code == 0
    (line,) = [line for line in told.stderr.splitlines() if "colour" in line]
    assert line.startswith("2 objects lost the colour: ") and "texture tex.png is not beside it." in line
    shown = CliRunner().invoke(data_app, ["show", str(tmp_path / "out"), "--objects", "0"])
    assert shown.exit_code == 0 and "2 objects lost the colour: " in shown.stdout
