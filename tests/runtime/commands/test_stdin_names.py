"""Names on stdin: lines, NULs of `find -print0`, and what people pipe in instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d_runtime import ScanError, read_scan
from cg3d_runtime.commands.stdin_names import LONGEST, names_on_stdin


def names_in(content: bytes) -> list[str]:
    """The names found where `content` is stdin."""
    with TemporaryFile() as file, mock.patch.object(sys, "stdin", file):
        file.write(content)
        file.seek(0)
        return list(names_on_stdin())


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"", []),
        (b"mug.ply", ["mug.ply"]),
        (b"mug.ply\n\ntwo words.ply\r\nc.npy", ["mug.ply", "two words.ply", "c.npy"]),
        (b"mug.ply\0two\nlines.ply\0", ["mug.ply", "two\nlines.ply"]),
        (b"mug.ply\0bowl.ply", ["mug.ply", "bowl.ply"]),
        (b"mug.ply\na\0b.ply\nbowl.ply\n", ["mug.ply", "a\0b.ply", "bowl.ply"]),
        (b"a\0b.ply\nbowl.ply\n", ["a\0b.ply", "bowl.ply"]),
        (b"\x1b]0;owned\x07.ply\nmug.ply\n", ["\x1b]0;owned\x07.ply", "mug.ply"]),
        (b"readme\nmug.ply\n", ["readme", "mug.ply"]),
        (b"sc\xe4n.ply\n", ["sc\udce4n.ply"]),
        (b"folder\n#2.ply\n", ["folder", "#2.ply"]),
    ],
)
def test_names_are_lines_or_end_with_nul(content: bytes, names: list[str]) -> None:
    assert names_in(content) == names


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=20), st.sampled_from([b"\n", b"\0"]))
@settings(max_examples=60)
def test_names_come_out_as_they_went_in(names: list[bytes], end: bytes) -> None:
    clean = [name.translate(None, b"\r\n\0") + b".ply" for name in names]
    found = names_in(b"".join(name + end for name in [b"first.ply", *clean]))
    assert [os.fsencode(name) for name in found] == [b"first.ply", *clean]


def contents() -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(0)
    noise = rng.bytes(3000)
    yield "ply", b"ply\nformat binary_little_endian 1.0\n" + noise
    yield "ply of Windows", b"ply\r\nformat ascii 1.0\r\n"
    yield "pcd", b"# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\n"
    yield "npy", b"\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n" + noise
    yield "npz", b"PK\x03\x04\x2d\0\0\0\0\0" + noise
    yield "glb", b"glTF\x02\0\0\0\x10\x0f\0\0JSON" + noise
    yield "gltf", b'{\n  "asset": {"version": "2.0"}\n}'
    yield "las", b"LASF\0\0\0\0" + noise
    yield "e57", b"ASTM-E57\x01\0\0\0" + noise
    yield "bag", b"#ROSBAG V2.0\n" + noise
    yield "mcap", b"\x89MCAP0\r\n\x01" + noise
    yield "db3", b"SQLite format 3\0\x10\0" + noise
    yield "stl", b"solid cube\n facet normal 0 0 1\n"
    yield "binary stl", b"Exported from Blender-3.6".ljust(80, b"\0") + b"\x0c\0\0\0" + noise
    yield "stl of zeros", bytes(100) + noise
    yield "obj", b"# Blender v3.6\no Cube\nv 1 1 1\n"
    yield "obj of vertices", b"v 0.1 0.2 0.3\nv 0.1 0.2 0.4\n"
    yield "off", b"OFF\n8 6 12\n"
    yield "xyz", b"0.113 -0.2 0.345\n0.1 0.2 0.3\n"
    yield "csv", b"x,y,z\n0.1,0.2,0.3\n"
    yield "csv of numbers", b"1.5,2.5,3.5\n"
    yield "png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    yield "jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"
    yield "zeros", bytes(3 * LONGEST)
    yield "no line end", b"a" * (3 * LONGEST)


@pytest.mark.parametrize(("content"), [pytest.param(content, id=name) for name, content in contents()])
def test_the_bytes_of_a_scan_are_told(content: bytes) -> None:
    with pytest.raises(ScanError, match="stdin takes names of files, one a line; got the bytes of a scan: write it to"):
        names_in(content)


def test_each_name_comes_before_the_next_one() -> None:
    read, write = os.pipe()
    with os.fdopen(read) as pipe, mock.patch.object(sys, "stdin", pipe):
        names = names_on_stdin()
        for name in ("a.ply", "b.ply"):
            os.write(write, f"{name}\n".encode())
            assert next(names) == name
        os.close(write)
        assert list(names) == []


def test_a_folder_as_stdin_is_an_error(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    stdin = mock.patch.object(sys, "stdin", mock.Mock(fileno=lambda: folder))
    with stdin, pytest.raises(ScanError, match="stdin cannot be read: Is a directory"):
        list(names_on_stdin())
    os.close(folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a\0b.ply", "holds a NUL, which no name of a file can"),
        ("x" * 300 + ".ply", "cannot be read: File name too long"),
        ("x" * 300, "File name too long"),
        ("none/" * 1000 + "x.ply", "File name too long"),
        ("file.ply/below.ply", "cannot be read: Not a directory"),
        ("loop.ply", "cannot be read: Too many levels of symbolic links"),
    ],
)
def test_names_that_cannot_be_looked_at_are_scan_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str, make_scan: Callable[..., Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.ply").touch()
    Path("loop.ply").symlink_to("loop.ply")
    with pytest.raises(ScanError, match=message) as told:
        read_scan(name)
    assert len(str(told.value)) < 700
