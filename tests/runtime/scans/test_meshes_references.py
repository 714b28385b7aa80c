"""What a mesh may refer to: pictures without Ghostscript, files beside it and no others, nothing that never ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.meshes.references import read_reference

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\nshowpage\n%%EOF\n"
PATCH = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl a\nf 1/1 2/2 3/3\n"


def obj(folder: Path, library: str = "a.mtl", picture: str = "tex.png") -> Path:
    (folder / "a.mtl").write_text(f"newmtl a\nmap_Kd {picture}\n")
    (folder / "scan.obj").write_text(f"mtllib {library}\n{PATCH}")
    return folder / "scan.obj"


def gltf(folder: Path, buffer: str = "scan.bin", picture: str = "tex.png") -> Path:
    corners = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0]]).tobytes()
    (folder / "scan.bin").write_bytes(corners + np.zeros((3, 2), np.float32).tobytes())
    tree = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"uri": picture}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC2"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 24}],
        "buffers": [{"byteLength": 60, "uri": buffer}],
    }
    (folder / "scan.gltf").write_text(json.dumps(tree))
    return folder / "scan.gltf"


def glb(folder: Path) -> Path:
    """The picture is in the file."""
    tree = json.loads(gltf(folder).read_text())
    binary = (folder / "scan.bin").read_bytes() + EPS.ljust(100)
    tree["bufferViews"].append({"buffer": 0, "byteOffset": 60, "byteLength": 100})
    tree["images"] = [{"bufferView": 2, "mimeType": "image/png"}]
    tree["buffers"] = [{"byteLength": 160}]
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = len(text).to_bytes(4, "little") + b"JSON" + text + (160).to_bytes(4, "little") + b"BIN\0" + binary
    (folder / "scan.glb").write_bytes(
        b"glTF" + (2).to_bytes(4, "little") + (12 + len(chunks)).to_bytes(4, "little") + chunks
    )
    return folder / "scan.glb"


@pytest.mark.parametrize("make", [obj, gltf, glb])
def test_no_picture_starts_ghostscript(tmp_path: Path, make: object) -> None:
    """Pillow would start `gs` for an EPS file under any name."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gs").write_text(f"#!/bin/sh\necho called > {tmp_path}/called\n")
    (programs / "gs").chmod(0o755)
    (tmp_path / "tex.png").write_bytes(EPS)
    path = make(tmp_path)  # type: ignore[operator]
    program = f"from cg3d_runtime.scans import read_scan; print(read_scan({str(path)!r}).notes)"
    search = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    result = subprocess.run([sys.executable, "-c", program], env=search, capture_output=True, text=True, check=True)
    assert "texture that cannot be read, so its colour is missing" in result.stdout
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    "name", ["secret", "../secret", "{folder}/secret", "link", "below/../../secret", "/dev/zero", "fifo", "below", ""]
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inbox"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(bytes(100))
    (folder / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "fifo")
    name = name.format(folder=tmp_path)
    with pytest.raises(
        ScanError,
        match=r"scan\.gltf: refers to .*, which (is not beside it|lies outside its folder|is no regular file)",
    ):
        read_scan(gltf(folder, buffer=name))
    assert read_scan(gltf(folder, picture=name or "none")).rgb is None
    for path in (obj(folder, library=name or "none"), obj(folder, picture=name or "none")):
        cloud = read_scan(path)
        assert cloud.rgb is None and len(cloud.notes) == 1


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "y/" * 3000 + "z", "..", ".", "~/secret", "loop", "//x//"])
def test_names_that_are_no_names(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ScanError) as error:
        read_reference(tmp_path / "scan.obj", name)
    assert "\n" not in str(error.value)


def test_a_link_to_the_folder_is_followed_and_one_inside_it_is(tmp_path: Path) -> None:
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "door").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "below" / "a.bin").write_bytes(b"content")
    (tmp_path / "real" / "b.bin").symlink_to(tmp_path / "real" / "below" / "a.bin")
    for name in ("below/a.bin", "b.bin", "./below//a.bin"):
        assert read_reference(tmp_path / "door" / "scan.obj", name) == b"content"


def test_data_inside_the_name(tmp_path: Path) -> None:
    assert read_reference(tmp_path / "a.gltf", "data:;base64,AAE%3D") == b"\0\1"
    assert read_reference(tmp_path / "a.gltf", "data:text/plain,a%20b") == b"a b"
    with pytest.raises(ScanError, match="is no base64"):
        read_reference(tmp_path / "a.gltf", "data:;base64,A")


def test_a_huge_reference_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ScanError, match=r"refers to huge\.bin, which holds more than the \d+ bytes that are read"):
        read_scan(gltf(tmp_path, buffer="huge.bin"))
    with (tmp_path / "huge.obj").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ScanError, match=r"huge\.obj: has 1099511627776 bytes; at most"):
        read_scan(tmp_path / "huge.obj")
