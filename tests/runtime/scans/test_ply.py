"""PLY as found in the wild: encodings, number types, names, lists, faces, and what is wrong with broken files."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.ply.lists import Lists
from cg3d_runtime.scans.ply.tables import read_tables

XYZ = np.array([[0.5, -1, 2], [3, 4.25, 5], [-6, 7, 8e-3]])
RGB = np.array([[255, 0, 51], [0, 102, 0], [1, 2, 3]])

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: bytes) -> Path:
        path = tmp_path / "scan.ply"
        path.write_bytes(content)
        return path

    return write_file


def header(lines: list[str], encoding: str = "ascii", newline: str = "\n") -> bytes:
    return newline.join(["ply", f"format {encoding} 1.0", *lines, "end_header", ""]).encode()


def vertex_lines(count: int, number: str = "float", colour: str | None = None, prefix: str = "") -> list[str]:
    lines = [f"element vertex {count}", *(f"property {number} {axis}" for axis in "xyz")]
    return lines + [f"property {colour} {prefix}{name}" for name in ("red", "green", "blue") if colour]


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("number", ["float", "float32", "double", "float64"])
@pytest.mark.parametrize("colour", [None, "uchar", "float"])
def test_encodings_and_types(write: Write, encoding: str, number: str, colour: str | None) -> None:
    order = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}[encoding]
    size = "f8" if number in ("double", "float64") else "f4"
    layout = [(axis, order + size) for axis in "xyz"]
    layout += [(name, "u1" if colour == "uchar" else f"{order}f4") for name in "rgb" if colour]
    rows = np.zeros(3, dtype=layout)
    for axis, values in zip("xyz", XYZ.T, strict=True):
        rows[axis] = values
    for name, values in zip("rgb" if colour else "", RGB.T, strict=False):
        rows[name] = values if colour == "uchar" else values / 255
    body = (
        rows.tobytes() if encoding != "ascii" else "\n".join(" ".join(map(str, row)) for row in rows.tolist()).encode()
    )
    cloud = read_scan(write(header(vertex_lines(3, number, colour), encoding) + body))
    np.testing.assert_array_equal(cloud.xyz, XYZ.astype(np.float32))
    assert cloud.up == "z"
    if colour:
        assert cloud.rgb is not None
        np.testing.assert_allclose(cloud.rgb, RGB / 255, atol=1e-7)
    else:
        assert cloud.rgb is None


@pytest.mark.parametrize(
    "names",
    ["diffuse_red diffuse_green diffuse_blue", "r g b", "Red Green Blue", "ambient_red ambient_green ambient_blue"],
)
def test_colour_names_in_the_wild(write: Write, names: str) -> None:
    lines = vertex_lines(1) + [f"property uchar {name}" for name in names.split()]
    assert read_scan(write(header(lines) + b"1 2 3 255 0 51\n")).rgb.tolist() == [[1, 0, pytest.approx(0.2)]]  # type: ignore[union-attr]


def test_comments_windows_line_ends_and_blank_lines(write: Write) -> None:
    lines = ["comment made by hand", "obj_info num_cols 2", "", *vertex_lines(2), "comment the end"]
    cloud = read_scan(write(header(lines, newline="\r\n") + b"1 2 3\r\n\r\n4 5 6"))
    assert cloud.xyz.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_integers_and_other_properties(write: Write) -> None:
    lines = [
        "element vertex 2",
        *(f"property {kind}" for kind in ("int x", "uchar flag", "short y", "uint8 label", "int16 z", "uint64 time")),
    ]
    rows = np.array([(-7, 1, 8, 2, 9, 3), (10, 1, 11, 2, -12, 4)], dtype="<i4,u1,<i2,u1,<i2,<u8")
    cloud = read_scan(write(header(lines, "binary_little_endian") + rows.tobytes()))
    assert cloud.xyz.tolist() == [[-7, 8, 9], [10, 11, -12]] and cloud.rgb is None


def test_not_a_number_is_kept(write: Write) -> None:
    cloud = read_scan(write(header(vertex_lines(2)) + b"nan nan nan\n1 2 3\n"))
    assert np.isnan(cloud.xyz[0]).all()


@pytest.mark.parametrize(
    "word", ["nan", "NaN", "-nan", "-nan(ind)", "1.#QNAN", "-1.#IND", "-1.#IND00", "1.#INF", "inf", "-Inf"]
)
@pytest.mark.parametrize("has_lists", [False, True])
def test_words_for_no_number(write: Write, word: str, has_lists: bool) -> None:
    lines = [*vertex_lines(3), "property float quality", *(["property list uchar int views"] if has_lists else [])]
    rows = [f"1 2 3 {word}", f"{word} {word} {word} 0", "4 5 6 0"]
    content = "".join(row + (" 2 7 8\n" if has_lists else "\n") for row in rows)
    cloud = read_scan(write(header(lines) + content.encode()))
    assert cloud.xyz[[0, 2]].tolist() == [[1, 2, 3], [4, 5, 6]] and not np.isfinite(cloud.xyz[1]).any()


@pytest.mark.parametrize("encoding", ["ascii", "binary_big_endian"])
def test_lists_of_any_length_and_elements_before_the_vertices(write: Write, encoding: str) -> None:
    lines = ["element camera 2", "property list uchar short ids", "property float focal"]
    lines += ["element vertex 2", *(f"property float {axis}" for axis in "xyz"), "property list ushort uchar tags"]
    text = b"3 1 2 3 0.5\n0 0.25\n1 2 3 1 9\n4 5 6 2 8 9\n"
    binary = b"".join(
        [
            b"\x03\x00\x01\x00\x02\x00\x03", np.array(0.5, ">f4").tobytes(), b"\x00", np.array(0.25, ">f4").tobytes(),
            np.array([1, 2, 3], ">f4").tobytes(), b"\x00\x01\x09", np.array([4, 5, 6], ">f4").tobytes(), b"\x00\x02\x08\x09",
        ]
    )  # fmt: skip
    cloud = read_scan(write(header(lines, encoding) + (text if encoding == "ascii" else binary)))
    assert cloud.xyz.tolist() == [[1, 2, 3], [4, 5, 6]]


def square(encoding: str, faces: list[list[int]], vertex_colour: bool = False, face_colour: bool = False) -> bytes:
    """The unit square at z = 1 with its left half red, right half green where coloured."""
    corners = [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
    colours = [[255, 0, 0], [0, 255, 0], [0, 255, 0], [255, 0, 0]]
    lines = vertex_lines(4, colour="uchar" if vertex_colour else None)
    lines += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
    lines += [f"property uchar {name}" for name in ("red", "green", "blue") if face_colour]
    body = b""
    for corner, colour in zip(corners, colours, strict=True):
        row = colour if vertex_colour else []
        if encoding == "ascii":
            body += " ".join(map(str, corner + row)).encode() + b"\n"
        else:
            body += np.array(corner, "<f4").tobytes() + bytes(row)
    for face in faces:
        row = [0, 0, 255] if face_colour else []
        if encoding == "ascii":
            body += " ".join(map(str, [len(face), *face, *row])).encode() + b"\n"
        else:
            body += bytes([len(face)]) + np.array(face, "<i4").tobytes() + bytes(row)
    return header(lines, encoding) + body


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
@pytest.mark.parametrize(
    "faces", [[[0, 1, 2], [0, 2, 3]], [[0, 1, 2, 3]], [[3, 0, 1, 2], [0, 1], []], [[0, 1, 2], [0, 2, 3, 3]]]
)
def test_faces_make_a_surface(write: Write, encoding: str, faces: list[list[int]]) -> None:
    cloud = read_scan(write(square(encoding, faces)))
    assert len(cloud) == 20_000 and cloud.rgb is None
    assert (cloud.xyz[:, 2] == 1).all()
    np.testing.assert_allclose(cloud.xyz[:, :2].mean(axis=0), 0.5, atol=0.01)
    np.testing.assert_allclose(cloud.xyz[:, :2].var(axis=0), 1 / 12, atol=0.01)


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
def test_mesh_colours(write: Write, encoding: str) -> None:
    triangles = [[0, 1, 2], [0, 2, 3]]
    cloud = read_scan(write(square(encoding, triangles, vertex_colour=True, face_colour=True)))
    assert cloud.rgb is not None
    np.testing.assert_allclose(cloud.rgb[:, 1], cloud.xyz[:, 0], atol=1e-6)
    blue = read_scan(write(square(encoding, triangles, face_colour=True))).rgb
    assert blue is not None and (blue == [0, 0, 1]).all()


def test_no_faces_means_points(write: Write) -> None:
    assert len(read_scan(write(square("binary_little_endian", [])))) == 4


def test_georeferenced_doubles_keep_their_shape(write: Write) -> None:
    xyz = np.add(XYZ, [431_000.0, 5_411_000.0, 120.0])
    cloud = read_scan(write(header(vertex_lines(3, "double"), "binary_little_endian") + xyz.astype("<f8").tobytes()))
    np.testing.assert_allclose(cloud.xyz, XYZ - XYZ.min(axis=0), atol=1e-6)


LITTLE = "binary_little_endian"
BROKEN = {
    "vertex has x, y only; a z property is needed. Fields found: x, y, intensity.": header(
        ["element vertex 1", "property float x", "property float y", "property float intensity"]
    )
    + b"1 2 3\n",
    "vertex has no coordinates; an x, a y and a z property is needed. Fields found: s.": header(
        ["element vertex 1", "property float s"]
    )
    + b"1\n",
    "is not a PLY file: its first line is not `ply`.": b"\x89PNG\r\n\x1a\n",
    "header has no end_header line; the file is truncated or not a PLY file.": b"ply\nformat ascii 1.0\n",
    "header has no format line; one of ascii, binary_little_endian, binary_big_endian is needed.": b"ply\nend_header\n",
    "header line 'format ascii' is not valid PLY.": b"ply\nformat ascii\nend_header\n",
    "header line 'property quad x' has a type that PLY does not know.": header(["element vertex 1", "property quad x"]),
    "header line 'element vertex -1' is not valid PLY.": header(["element vertex -1"]),
    f"header line 'element vertex {'9' * 65}' is not valid PLY.": header([f"element vertex {'9' * 5000}"]),
    "element vertex has no properties; the header is malformed.": header(["element vertex 1"]),
    "has no vertex element; it holds neither points nor a mesh.": header(["element lamp 0", "property int i"]),
    "holds 0 points.": header(vertex_lines(0)),
    "header claims 1000000000000 vertex rows, at least 12000000000000 bytes, but 5 bytes follow; the file is truncated "
    "or its header is wrong.": header(vertex_lines(10**12), LITTLE) + b"12345",
    "header claims 1000000000000 vertex rows, at least 6000000000000 bytes, but 6 bytes follow; the file is truncated "
    "or its header is wrong.": header(vertex_lines(10**12)) + b"1 2 3\n",
    "vertex has 1 rows of 3 numbers, its header says 2 rows of 3; the file is truncated or malformed.": header(
        vertex_lines(2)
    )
    + b"1.000000 2.00000 3.0000\n",
    "row 1, column 2: 'two' is no number; every line must hold equally many numbers.": header(vertex_lines(1))
    + b"1 two 3\n",
    "face row '3 0 one 2' does not fit the header.": square("ascii", [[0, 1, 2]]).replace(b"3 0 1 2", b"3 0 one 2"),
    "ends before the last of 2 face rows; the file is truncated.": square("ascii", [[0, 1, 2], [0, 2, 3]])[:-8]
    + b"\n" * 8,
    "ends before the last of 1 face rows; the file is truncated.": square(LITTLE, [[0, 1, 2]])[:-1],
    "faces refer to vertices 0 to 7, but there are 4 vertices, counted from 0.": square(LITTLE, [[0, 1, 7]]),
    "its 1 triangles have no area.": square("ascii", [[0, 1, 1]]),
}


@pytest.mark.parametrize("message", BROKEN, ids=range(len(BROKEN)))
def test_broken_files(write: Write, message: str) -> None:
    with pytest.raises(ScanError) as error:
        read_scan(write(BROKEN[message]))
    assert str(error.value).endswith(f"scan.ply: {message}")


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("polygons", [[[0, 1, 2]] * 7, [[0, 1, 2], [0, 1, 2, 3]]])
def test_plyfile_writes_what_we_read(tmp_path: Path, encoding: str, polygons: list[list[int]]) -> None:
    plyfile = pytest.importorskip("plyfile")
    rng = np.random.default_rng(0)
    vertex = np.zeros(
        500, dtype=[("x", "f4"), ("y", "f8"), ("z", "f4"), ("red", "u1"), ("green", "u1"), ("blue", "u1")]
    )
    for name in vertex.dtype.names:  # type: ignore[union-attr]
        vertex[name] = rng.integers(0, 256, 500) if vertex.dtype[name] == np.uint8 else rng.normal(size=500)
    face = np.empty(len(polygons), dtype=[("vertex_indices", "O")])
    face["vertex_indices"] = [np.array(polygon, dtype="i4") for polygon in polygons] + []
    elements = [plyfile.PlyElement.describe(vertex, "vertex"), plyfile.PlyElement.describe(face, "wire")]
    order = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}[encoding]
    plyfile.PlyData(elements[::-1], text=encoding == "ascii", byte_order=order).write(str(tmp_path / "scan.ply"))
    cloud = read_scan(tmp_path / "scan.ply")
    np.testing.assert_allclose(cloud.xyz, np.stack([vertex["x"], vertex["y"], vertex["z"]], axis=1), rtol=1e-6)
    assert cloud.rgb is not None
    np.testing.assert_allclose(cloud.rgb[:, 1] * 255, vertex["green"], atol=1e-4)


def test_shared_scans(shared_data: Path) -> None:
    plyfile = pytest.importorskip("plyfile")
    with (shared_data / "scans" / "scans.csv").open(newline="") as table:
        files = [row["file"] for row in csv.DictReader(table) if row["file"].endswith(".ply")]
    assert len(files) >= 5
    for file in files:
        cloud = read_scan(shared_data / "scans" / file)
        vertex = plyfile.PlyData.read(str(shared_data / "scans" / file))["vertex"]
        np.testing.assert_array_equal(cloud.xyz, np.stack([vertex[axis] for axis in "xyz"], axis=1))
        if "red" in vertex:
            assert cloud.rgb is not None
            np.testing.assert_allclose(cloud.rgb[:, 0], vertex["red"] / 255, atol=1e-6)


def polygons(lengths: list[int], index: str, order: str, seed: int = 0) -> tuple[list[list[int]], bytes]:
    """Polygons among 300 vertices, and how a binary file holds them."""
    rng = np.random.default_rng(seed)
    corners = [rng.integers(0, 300, length).tolist() for length in lengths]
    return corners, b"".join(bytes([len(c)]) + np.array(c, order + index).tobytes() for c in corners)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("index", ["u2", "i4"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_lists_of_any_length_one_by_one(tmp_path: Path, order: str, index: str, lengths: list[int]) -> None:
    """Two lists and two numbers a row, against reading them one by one."""
    corners, _ = polygons(lengths, index, order)
    tags, _ = polygons(lengths[::-1], index, order, seed=1)
    kind = {"u2": "ushort", "i4": "int"}[index]
    lines = [f"element face {len(lengths)}", "property float before", f"property list uchar {kind} vertex_indices"]
    lines += ["property short between", f"property list uint {kind} tags", "property double after"]
    body = b"".join(
        np.array(i, order + "f4").tobytes() + bytes([len(corner)]) + np.array(corner, order + index).tobytes()
        + np.array(-i, order + "i2").tobytes() + np.array(len(tag), order + "u4").tobytes()
        + np.array(tag, order + index).tobytes() + np.array(i / 2, order + "f8").tobytes()
        for i, (corner, tag) in enumerate(zip(corners, tags, strict=True))
    )  # fmt: skip
    path = tmp_path / "scan.ply"
    encoding = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    path.write_bytes(header([*lines, "element end 1", "property char one"], encoding) + body + b"\x07")
    tables = read_tables(path, ("face", "end"))
    face = tables["face"]
    for name, lists in (("vertex_indices", corners), ("tags", tags)):
        assert isinstance(face[name], Lists)
        assert face[name].lengths.tolist() == list(map(len, lists)) and face[name].values.tolist() == list(
            chain(*lists)
        )
    for name, sign in (("before", 1), ("between", -1), ("after", 0.5)):
        assert np.asarray(face[name]).tolist() == [sign * i for i in range(len(lengths))]
    assert np.asarray(tables["end"]["one"]).tolist() == [7]


def test_a_list_at_every_vertex_is_read_in_time(write: Write) -> None:
    """As OpenMVS writes view_indices; row by row with slices of bytes it took 169 times as long as without."""
    count, rng = 60_000, np.random.default_rng(0)
    xyz, views = rng.normal(size=(count, 3)).astype("<f4"), rng.integers(1, 6, count)
    body = b"".join(row.tobytes() + bytes([n]) + bytes(4 * n) for row, n in zip(xyz, views.tolist(), strict=True))
    lines = [*vertex_lines(count), "property list uchar uint view_indices"]
    path = write(header(lines, LITTLE) + body)
    started = perf_counter()
    np.testing.assert_array_equal(read_scan(path).xyz, xyz)
    assert perf_counter() - started < 1.0


@pytest.mark.parametrize("encoding", ["ascii", LITTLE])
@pytest.mark.parametrize(
    "strips", [[[0, 1, 3, 2]], [[0, 1, 3, -1, 1, 3, 2]], [[0, 1, 3], [3, 2, 1]], [[0, 1, 3, 3, 2, 1]]]
)
def test_triangle_strips_make_a_surface(write: Write, encoding: str, strips: list[list[int]]) -> None:
    content = square(encoding, []).replace(b"element face 0", b"element tristrips %d" % len(strips))
    content = content.replace(b"list uchar int", b"list int int")
    for strip in strips:
        row = [len(strip), *strip]
        content += (" ".join(map(str, row)) + "\n").encode() if encoding == "ascii" else np.array(row, "<i4").tobytes()
    cloud = read_scan(write(content))
    assert len(cloud) == 20_000
    np.testing.assert_allclose(cloud.xyz[:, :2].mean(axis=0), 0.5, atol=0.01)
    np.testing.assert_allclose(cloud.xyz[:, :2].var(axis=0), 1 / 12, atol=0.01)


@pytest.mark.parametrize("encoding", ["ascii", LITTLE])
def test_a_name_that_stands_there_twice(write: Write, encoding: str) -> None:
    content = header([*vertex_lines(1), "property float x"], encoding) + b"1 2 3 4 5 6 7 8 \n"
    with pytest.raises(ScanError, match=r"vertex has more than one property x; which one is meant cannot be told"):
        read_scan(write(content))


def test_other_names_may_stand_there_twice(write: Write) -> None:
    content = header([*vertex_lines(1), "property float quality", "property float quality"]) + b"1 2 3 4 5\n"
    assert len(read_scan(write(content))) == 1


@pytest.mark.filterwarnings("error")
def test_mixed_types_and_signalling_nan_without_a_warning(write: Write) -> None:
    lines = ["element vertex 3", "property int x", "property float y", "property float z"]
    signalling = np.array([0x7F800001], "<u4").tobytes()
    rows = [np.array(x, "<i4").tobytes() + np.array([8, 9], "<f4").tobytes() for x in (7, -7)]
    cloud = read_scan(write(header(lines, LITTLE) + b"".join(rows) + rows[0][:4] + signalling * 2))
    assert cloud.xyz[:2].tolist() == [[7, 8, 9], [-7, 8, 9]] and np.isnan(cloud.xyz[2, 1:]).all()


def test_text_keeps_digits_that_its_type_does_not(write: Write) -> None:
    some = np.random.default_rng(0).uniform(0, 0.1, (80, 3)).round(6)
    xyz = some + np.array([386_341.812345, 5_819_822.612345, 34.5])
    text = "".join(f"{x!r} {y!r} {z!r}\n" for x, y, z in xyz.tolist()).encode()
    cloud = read_scan(write(header(vertex_lines(80)) + text))
    np.testing.assert_allclose(cloud.xyz, xyz - xyz.min(axis=0), atol=1e-6)
    assert cloud.notes == ()


CEILINGS: dict[str, bytes] = {
    "holds 25000001 vertex rows; at most 25000000 are read. Cut out the object, or thin the scan.": header(
        ["element vertex 25000001", *(f"property char {axis}" for axis in "xyz")], LITTLE
    )
    + bytes(75_000_003),
    "holds 20000001 face rows; at most 16777216 are read. Cut out the object, or thin the scan.": header(
        [*vertex_lines(0), "element face 20000001", "property list uchar uchar vertex_indices"], LITTLE
    )
    + bytes(20_000_001),
    "holds 17710000 triangles; at most 16777216 are read. Cut out the object, or thin the scan.": header(
        [*vertex_lines(0), "element face 70000", "property list uchar uchar vertex_indices"], LITTLE
    )
    + (b"\xff" + bytes(255)) * 70_000,
}


@pytest.mark.parametrize("message", CEILINGS, ids=range(len(CEILINGS)))
def test_ceilings(write: Write, message: str) -> None:
    with pytest.raises(ScanError) as error:
        read_scan(write(CEILINGS[message]))
    assert str(error.value).endswith(f"scan.ply: {message}")


def test_many_properties_are_looked_through_in_no_time(tmp_path: Path) -> None:
    lines = "".join(f"property uchar p{i}\n" for i in range(20_000))
    (tmp_path / "scan.ply").write_text(f"ply\nformat binary_little_endian 1.0\nelement vertex 9\n{lines}end_header\n")
    started = time.process_time()
    with pytest.raises(ScanError, match="header claims 9 vertex rows"):
        read_scan(tmp_path / "scan.ply")
    assert time.process_time() - started < 5
