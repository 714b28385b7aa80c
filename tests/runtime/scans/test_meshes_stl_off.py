"""STL and OFF as programs write them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.meshes.reader import read_mesh

TRIANGLES = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 0, 1], [0, 1, 1]]], np.float32)


def binary(header: bytes = b"", triangles: np.ndarray = TRIANGLES) -> bytes:
    facets = b"".join(struct.pack("<12fH", 0, 0, 1, *triangle.reshape(-1), 0) for triangle in triangles)
    return header.ljust(80, b"\0") + struct.pack("<I", len(triangles)) + facets


def text(name: str = "part", triangles: np.ndarray = TRIANGLES) -> str:
    lines = [f"solid {name}"]
    for triangle in triangles:
        lines += ["facet normal 0 0 1", " outer loop"]
        lines += ["  vertex {:.4e} {:.4e} {:.4e}".format(*corner) for corner in triangle]
        lines += [" endloop", "endfacet"]
    return "\n".join([*lines, f"endsolid {name}", ""])


def corners(path: Path) -> np.ndarray:
    return np.concatenate([part.vertices[part.faces] for part in read_mesh(path)])


def refusal(path: Path) -> str:
    with pytest.raises(ScanError) as error:
        read_scan(path)
    assert "\n" not in str(error.value) and "Error(" not in str(error.value)
    return str(error.value).removeprefix(f"{path.parent}/")


@pytest.mark.parametrize(
    "content",
    [
        binary(),
        binary(b"solid part"),
        binary(b"solid facet normal"),
        binary() + b"bytes after the last triangle",
        binary(b"solid part") + bytes(7),
        text().encode(),
        text().upper().encode(),
        text().replace("\n", "\r\n").encode(),
        text().replace("\n", "\r").encode(),
        text().replace("\n", " ").encode(),
        text().replace("  ", "\t").encode(),
        text("Größe").encode("latin-1"),
        text("模型").encode("gbk"),
        b"\xef\xbb\xbf" + text().encode(),
        text().encode("utf-16"),
        text("a vertex with a normal").encode(),
        text("").encode(),
        (text("a", TRIANGLES[:1]) + text("b", TRIANGLES[1:])).encode(),
        ("\n\n " + text()).encode(),
    ],
)
def test_stl_as_programs_write_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.stl").write_bytes(content)
    np.testing.assert_allclose(corners(tmp_path / "a.stl"), TRIANGLES, atol=1e-6)


def test_stl_that_is_truncated(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    path.write_bytes(binary()[:-20])
    assert refusal(path) == "a.stl: is truncated: its header claims 2 triangles, and 1 are there. Copy it again."
    path.write_text(text()[:-40])
    assert "is truncated: it ends before its endsolid" in refusal(path)


def test_stl_that_was_not_finished(tmp_path: Path) -> None:
    content = binary()
    (tmp_path / "a.stl").write_bytes(content[:80] + bytes(4) + content[84:])
    assert "claims 0 triangles in its header, and 2 follow" in refusal(tmp_path / "a.stl")


def test_stl_of_blank_lines_takes_no_time(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_text(text().replace("\n", "\n" * 100_000, 1))
    np.testing.assert_allclose(corners(tmp_path / "a.stl"), TRIANGLES, atol=1e-6)


def test_stl_text_that_stops_making_sense(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    path.write_text(text().replace("1.0000e+00 0.0000e+00 1.0000e+00", "-1.#IND 0 1"))
    assert "it is damaged" in refusal(path)
    path.write_text(
        text().replace("  vertex 0.0000e+00 1.0000e+00 1.0000e+00\n", "  vertex 0 1 1\n  vertex 1 1 1\n" * 2)
    )
    assert "it is damaged" in refusal(path)
    path.write_text(text().replace("0.0000", "0,0000"))
    assert 'has a comma in "vertex 0,0000e+00' in refusal(path)


def test_stl_facets_that_are_not_numbers_are_left_out(tmp_path: Path) -> None:
    bad = TRIANGLES.copy()
    bad[0] = np.nan
    for content in (binary(b"", bad), text("a", bad).encode()):
        (tmp_path / "a.stl").write_bytes(content)
        cloud = read_scan(tmp_path / "a.stl")
        assert (cloud.xyz[:, 2] == 1).all()


def test_stl_with_colours_is_noted(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_bytes(binary(b"COLOR=\xff\0\0\xff"))
    assert read_scan(tmp_path / "a.stl").notes == ("has colours in the facets of a binary STL, which are not read.",)


VERTICES = "0 0 1\n1 0 1\n1 1 1\n0 1 1\n"
SQUARE = np.array([[[0, 0, 1], [1, 0, 1], [1, 1, 1]], [[0, 0, 1], [1, 1, 1], [0, 1, 1]]])


def same_square(path: Path) -> bool:
    found = corners(path).tolist()
    return sorted(sorted(t) for t in found) == sorted(sorted(t) for t in SQUARE.tolist())


@pytest.mark.parametrize(
    "text",
    [
        f"OFF\n4 1 0\n{VERTICES}4 0 1 2 3\n",
        f"OFF 4 1 0\n{VERTICES}4 0 1 2 3\n",
        f"off\n4 1 0\n{VERTICES}4 0 1 2 3\n",
        f"OFF4 1 0\n{VERTICES}4 0 1 2 3\n",
        f"4 1 0\n{VERTICES}4 0 1 2 3\n",
        f"OFF\n4 1\n{VERTICES}4 0 1 2 3\n",
        f"\ufeffOFF\r\n4 1 0\r\n{VERTICES}4 0 1 2 3\r\n".replace("\n", "\r\n"),
        f"# Größe\nOFF # a square\n\n4 1 0\n\n{VERTICES}# faces\n4 0 1 2 3 # one\n",
        f"NOFF\n4 1 0\n{VERTICES.replace('1' + chr(10), '1 0 0 1' + chr(10))}4 0 1 2 3\n",
        f"OFF\n4 2 0\n{VERTICES}3 0 1 2\n3 0 2 3\n",
        f"OFF\n4 1 0\n{VERTICES}\t4\t0 1 2 3\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_off_as_programs_write_it(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "a.off").write_bytes(text.encode(encoding, errors="ignore"))
    assert same_square(tmp_path / "a.off")


@pytest.mark.parametrize("red", ["255 0 51", "255 0 51 255", "1.0 0.0 0.2 1.0"])
def test_off_colours_of_vertices_and_faces(tmp_path: Path, red: str) -> None:
    path = tmp_path / "a.off"
    coloured = VERTICES.replace("1\n", f"1 {red}\n")
    for content in (f"COFF\n4 1 0\n{coloured}4 0 1 2 3\n", f"OFF\n4 1 0\n{VERTICES}4 0 1 2 3 {red}\n"):
        path.write_text(content)
        cloud = read_scan(path)
        assert cloud.rgb is not None and same_square(path)
        np.testing.assert_allclose(cloud.rgb, np.broadcast_to([1, 0, 0.2], cloud.rgb.shape), atol=1e-6)


def test_off_colours_stay_with_their_faces(tmp_path: Path) -> None:
    """Squares before and after a triangle: trimesh puts triangles first."""
    path = tmp_path / "a.off"
    path.write_text(
        "OFF\n11 3 0\n"
        "0 0 0\n1 0 0\n1 1 0\n0 1 0\n0 0 1\n1 0 1\n1 1 1\n0 0 2\n1 0 2\n1 1 2\n0 1 2\n"
        "4 0 1 2 3 255 0 0\n3 4 5 6 0 255 0\n4 7 8 9 10 0 0 255\n"
    )
    cloud = read_scan(path)
    assert cloud.rgb is not None
    np.testing.assert_array_equal(cloud.rgb, np.eye(3)[cloud.xyz[:, 2].astype(int)])


def test_off_points(tmp_path: Path) -> None:
    (tmp_path / "a.off").write_text(f"COFF\n4 0 0\n{VERTICES.replace(chr(10), ' 255 0 0' + chr(10))}")
    cloud = read_scan(tmp_path / "a.off")
    assert len(cloud) == 4 and cloud.rgb is not None and (cloud.rgb == [1, 0, 0]).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"4OFF\n1 0 0\n0 0 0 1\n", "is 4OFF, whose points have not three coordinates"),
        (b"nOFF\n3\n1 0 0\n0 0 0\n", "is nOFF, whose points have not three coordinates"),
        (b"OFF BINARY\n" + bytes(40), "is binary OFF, which is not read. Write it as text."),
        (b"ply\nformat ascii 1.0\n", "is no OFF: its first line is neither OFF nor"),
        (b"OFF\n", "names no numbers of vertices and faces after OFF"),
        (f"OFF\n4 2 0\n{VERTICES}4 0 1 2 3\n".encode(), "holds 1 of the 2 faces that its header names"),
        (b"OFF\n4 2 0\n0 0 1\n", "holds 1 of the 4 vertices that its header names"),
        (f"OFF\n4 1 0\n{VERTICES}4 0 1 2 9\n".encode(), "damaged"),
        (f"OFF\n4 1 0\n{VERTICES.replace('1 1 1', '1,0 1,0 1')}4 0 1 2 3\n".encode(), "has a comma in"),
    ],
)
def test_off_that_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.off").write_bytes(content)
    assert reason in refusal(tmp_path / "a.off") or "but there are 4 vertices" in refusal(tmp_path / "a.off")
