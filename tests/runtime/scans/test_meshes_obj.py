"""OBJ as programs write it: each file must give the triangles of the plainest way to write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.meshes.obj.faces import absolute_triangles
from cg3d_runtime.scans.meshes.reader import read_mesh

CORNERS = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]
QUADS = [(1, 4, 3, 2), (5, 6, 7, 8), (1, 2, 6, 5), (3, 4, 8, 7), (1, 5, 8, 4), (2, 3, 7, 6)]
VERTICES = "".join(f"v {x} {y} {z}\n" for x, y, z in CORNERS)
FACES = "".join("f {} {} {} {}\n".format(*quad) for quad in QUADS)
BOX = VERTICES + FACES


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def triangles(path: Path) -> list[list[tuple[float, ...]]]:
    """Corners of all triangles, each from its least corner on, in order."""
    corners = np.concatenate([part.vertices[part.faces] for part in read_mesh(path)])
    found = [[tuple(corner) for corner in triangle] for triangle in corners.round(6).tolist()]
    return sorted(triangle[(i := triangle.index(min(triangle))) :] + triangle[:i] for triangle in found)


def refusal(path: Path) -> str:
    with pytest.raises(ScanError) as error:
        read_scan(path)
    assert "\n" not in str(error.value) and "Error(" not in str(error.value)
    return str(error.value).removeprefix(f"{path.parent}/")


def relative_blocks(form: str = "{}") -> str:
    """A block of four vertices and one face for each quad, as VMD writes it."""
    lines = []
    for quad in QUADS:
        lines += ["v {} {} {}".format(*CORNERS[number - 1]) for number in quad]
        lines.append("f " + " ".join(form.format(number) for number in (-4, -3, -2, -1)))
    return "\n".join(lines) + "\n"


with_uv = "\n".join(f"vt 0.{i} 0.5" for i in range(1, 9)) + "\nvn 0 0 1\n"


@pytest.mark.parametrize(
    "text",
    [
        relative_blocks(),
        "vn 0 0 1\n" + relative_blocks("{}//-1"),
        "vn 0 0 1\nvt 0 0\n" + relative_blocks("{}/-1/-1"),
        relative_blocks().replace("\n", "\r\n"),
        VERTICES + FACES.replace("f 1 4 3 2", "f -8 4 -6 2"),
        BOX.replace(" ", "\t"),
        BOX.replace(" ", "  "),
        "   " + BOX.replace("\n", "  \n\t "),
        "\ufeff" + BOX,
        BOX.replace("\n", "\r\n"),
        BOX.replace("\n", "\r"),
        BOX.replace("f 1 4 3 2", "f 1 4\\\n3 2"),
        BOX.replace("f 1 4 3 2", "f 1 4 \\\r\n3 2").replace("v 1 1 1", "v 1 \\\n1 1"),
        BOX.replace("f 1 4 3 2", "f 1 4 3 2 # the floor"),
        BOX.replace("v 1 1 1", "v 1 1 1 # a corner").replace("\nf 1 ", "\n# f 9 9 9\nf 1 "),
        "# mtllib old.mtl\n" + BOX,
        BOX + "l 1 2 3\np 4\ng edges\nl 5 6\n",
        "".join(f"v {x} {y} {z} 1.0\n" for x, y, z in CORNERS) + FACES,
        "".join(f"v {x:e} {y:+.3E} {z}.\n" for x, y, z in CORNERS) + FACES,
        with_uv + VERTICES + "".join("f " + " ".join(f"{i}/{i}/1" for i in quad) + "\n" for quad in QUADS),
        with_uv + VERTICES + "".join("f " + " ".join(f"{i}//1" for i in quad) + "\n" for quad in QUADS),
        # As many numbers in a face of six corners as in three corners with coordinates.
        with_uv + VERTICES + "f 1/1 4/4 3/3\nf 1/1 3/3 2/2\n" + FACES[10:],
        with_uv + VERTICES + "f 1/1/1 4/1/1 3/1/1\nf 1 3 2\n" + FACES[10:],
        VERTICES + "f 1 2\n" + FACES,
        VERTICES + FACES.replace("f ", "fo "),
    ],
)
def test_as_programs_write_it(tmp_path: Path, text: str) -> None:
    assert triangles(write(tmp_path / "a.obj", text)) == triangles(write(tmp_path / "b.obj", BOX))


def test_a_hexagon_beside_triangles_with_coordinates(tmp_path: Path) -> None:
    ring = [(2, 0, 0), (1, 2, 0), (-1, 2, 0), (-2, 0, 0), (-1, -2, 0), (1, -2, 0)]
    text = "".join("v {} {} {}\n".format(*corner) for corner in ring) + "vt 0 0\n"
    mixed = triangles(write(tmp_path / "a.obj", text + "f 1 2 3 4 5 6\nf 1/1 3/1 5/1\n"))
    plain = triangles(write(tmp_path / "b.obj", text + "f 1 2 3\nf 1 3 4\nf 1 4 5\nf 1 5 6\nf 1 3 5\n"))
    assert mixed == plain and len(plain) == 5


@pytest.mark.parametrize("count", [5, 6, 9])
def test_polygons_of_one_size(tmp_path: Path, count: int) -> None:
    angles = np.arange(count) / count * 2 * np.pi
    text = "".join(f"v {np.cos(a):.6f} {np.sin(a):.6f} 0\n" for a in angles)
    text += "f " + " ".join(map(str, range(1, count + 1))) + "\n"
    fan = "".join(f"f 1 {i} {i + 1}\n" for i in range(2, count))
    expected = triangles(write(tmp_path / "b.obj", text[: text.index("f")] + fan))
    assert triangles(write(tmp_path / "a.obj", text)) == expected


@pytest.mark.parametrize("encoding", ["latin-1", "gbk", "utf-16"])
def test_other_encodings_than_utf8(tmp_path: Path, encoding: str) -> None:
    words = {"latin-1": "Größe", "gbk": "模型", "utf-16": "Größe"}[encoding]
    text = f"# {words}\no {words}\ng {words}\n" + BOX
    assert triangles(write(tmp_path / "a.obj", text.encode(encoding))) == triangles(write(tmp_path / "b.obj", BOX))


@pytest.mark.parametrize("face", ["f 0 1 2", "f 1 2 0", "f 1/1 2/1 0/1", "f -9 -8 -7", "f 1 2 3\nf 1 2 00"])
def test_faces_before_the_first_vertex_are_refused(tmp_path: Path, face: str) -> None:
    message = refusal(write(tmp_path / "a.obj", f"vt 0 0\n{VERTICES}{face}\n"))
    assert f'a.obj: has a face "{face.splitlines()[-1]}" that refers to a vertex which is not there' in message


@pytest.mark.parametrize("face", ["f 1 2 9", "f 1/1 2/1 9/1", "f 7 8 900000000"])
def test_faces_beyond_the_last_vertex_are_refused(tmp_path: Path, face: str) -> None:
    message = refusal(write(tmp_path / "a.obj", f"vt 0 0\n{VERTICES}{face}\n"))
    assert "refer to vertices which are not there" in message


def test_decimal_commas_are_refused(tmp_path: Path) -> None:
    message = refusal(write(tmp_path / "a.obj", BOX.replace("v 1 1 1", "v 1,0 1,0 1,0")))
    assert 'a.obj: has a comma in "v 1,0 1,0 1,0"; numbers need a decimal point' in message


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=6), min_size=1, max_size=8))
def test_relative_numbers_mean_what_a_slow_reading_says(blocks: list[list[int]]) -> None:
    lines: list[str] = []
    expected = []
    for count, block in enumerate(blocks, 1):
        lines += [f"v {i} {i} {i}" for i in range(6)]
        lines.append("f " + " ".join(str(number - 6) for number in block))
        absolute = [6 * (count - 1) + number + 1 for number in block]
        expected += [f"f {absolute[0]} {absolute[i]} {absolute[i + 1]}" for i in range(1, len(block) - 1)]
    text = absolute_triangles("\n".join(["", *lines, ""]))
    assert [line for line in text.split("\n") if line.startswith("f")] == expected


PLAIN = "vt 0.25 0.75\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl {}\nf 1/1 2/1 3/1\n"


def picture(path: Path) -> None:
    """Red and green above blue and white."""
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)).save(path)


def colour(path: Path) -> list[int]:
    cloud = read_scan(path)
    assert cloud.rgb is not None and (cloud.rgb == cloud.rgb[0]).all() and not cloud.notes
    return (cloud.rgb[0] * 255).round().astype(int).tolist()


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("wood.png", "wood.png"),
        ("my wood.png", "my wood.png"),
        ("  wood.png  ", "wood.png"),
        ("maps\\wood.png", "maps/wood.png"),
        ("C:\\Users\\me\\wood.png", "wood.png"),
        ("/home/me/wood.png", "wood.png"),
        ("-s 1 1 1 wood.png", "wood.png"),
        ("-s 1.0 1.0 1.0 -o 0 0 0 my wood.png", "my wood.png"),
        ("-blendu on -clamp on -mm 0 1 wood.png", "wood.png"),
        ("größe.png", "größe.png"),
    ],
)
def test_names_of_pictures(tmp_path: Path, written: str, file: str) -> None:
    picture(tmp_path / file)
    write(tmp_path / "a.mtl", f"newmtl wood\nKd 0.2 0.2 0.2\nmap_Kd {written}\n")
    assert colour(write(tmp_path / "a.obj", "mtllib a.mtl\n" + PLAIN.format("wood"))) == [255, 0, 0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [("-o 0.5 0", [0, 255, 0]), ("-s 3 1 1", [0, 255, 0]), ("-o 0.5 0.5 -s 1", [255, 255, 255])],
)
def test_pictures_that_are_moved_and_scaled(tmp_path: Path, options: str, expected: list[int]) -> None:
    picture(tmp_path / "wood.png")
    write(tmp_path / "a.mtl", f"newmtl wood\nmap_Kd {options} wood.png\n")
    assert colour(write(tmp_path / "a.obj", "mtllib a.mtl\n" + PLAIN.format("wood"))) == expected


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("mtllib my paint.mtl", "my paint.mtl"),
        ("mtllib none.mtl a.mtl", "a.mtl"),
        ("mtllib\ta.mtl", "a.mtl"),
        ("mtllib .\\a.mtl", "a.mtl"),
        ("mtllib first.mtl\nmtllib a.mtl", "a.mtl"),
        ("# mtllib first.mtl\nmtllib a.mtl", "a.mtl"),
    ],
)
def test_names_of_libraries(tmp_path: Path, line: str, file: str) -> None:
    picture(tmp_path / "wood.png")
    write(tmp_path / "first.mtl", "newmtl other\nKd 0 1 0\n")
    write(tmp_path / "none.mtl", "")
    write(tmp_path / file, "newmtl wood\nmap_Kd wood.png\n")
    assert colour(write(tmp_path / "a.obj", f"{line}\n" + PLAIN.format("wood"))) == [255, 0, 0]


def test_two_materials_of_two_libraries(tmp_path: Path) -> None:
    write(tmp_path / "a.mtl", "newmtl a\nKd 1 0 0\n")
    write(tmp_path / "b.mtl", "newmtl b\nKd 0 0 1\n")
    text = "mtllib a.mtl\nmtllib b.mtl\n" + PLAIN.format("a") + "v 5 0 0\nv 6 0 0\nv 5 1 0\nusemtl b\nf 4 5 6\n"
    cloud = read_scan(write(tmp_path / "a.obj", text))
    assert cloud.rgb is not None
    far = cloud.xyz[:, 0] > 3
    assert (cloud.rgb[far] == [0, 0, 1]).all() and (cloud.rgb[~far] == [1, 0, 0]).all()


def test_a_missing_library_or_picture_costs_the_colour(tmp_path: Path) -> None:
    path = write(tmp_path / "a.obj", "mtllib a.mtl\n" + PLAIN.format("wood"))
    cloud = read_scan(path)
    assert cloud.rgb is None
    assert cloud.notes == ("refers to a.mtl, which is not beside it, so the colour of its materials is missing.",)
    write(tmp_path / "a.mtl", "newmtl wood\nKd 0.8 0.8 0.8\nmap_Kd wood.png\n")
    cloud = read_scan(path)
    assert cloud.rgb is None
    assert cloud.notes == ("has 1 texture that cannot be read, so its colour is missing: wood.png is not beside it.",)
    (tmp_path / "wood.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "has 1 texture that cannot be read" in read_scan(path).notes[0]


def test_vertex_colours_say_more_than_a_grey_material(tmp_path: Path) -> None:
    write(tmp_path / "a.mtl", "newmtl grey\nKd 0.5 0.5 0.5\n")
    text = "mtllib a.mtl\nv 0 0 0 1 0 0\nv 1 0 0 1 0 0\nv 0 1 0 1 0 0\nusemtl grey\nf 1 2 3\n"
    assert colour(write(tmp_path / "a.obj", text)) == [255, 0, 0]


def test_textured_quads(tmp_path: Path) -> None:
    """Of which trimesh before 4.8 leaves the coordinates out: the colour may be missing then, and is not grey."""
    picture(tmp_path / "wood.png")
    write(tmp_path / "a.mtl", "newmtl wood\nmap_Kd wood.png\n")
    square = "vt 0.25 0.75\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nusemtl wood\nf 1/1 2/1 3/1 4/1\n"
    cloud = read_scan(write(tmp_path / "a.obj", "mtllib a.mtl\n" + square))
    if cloud.rgb is None:
        assert cloud.notes == ("has parts with a texture but without texture coordinates, so their colour is missing.",)
    else:
        assert (cloud.rgb == [1, 0, 0]).all()


def test_a_texture_without_coordinates_costs_the_colour(tmp_path: Path) -> None:
    picture(tmp_path / "wood.png")
    write(tmp_path / "a.mtl", "newmtl wood\nmap_Kd wood.png\n")
    cloud = read_scan(write(tmp_path / "a.obj", "mtllib a.mtl\n" + PLAIN.format("wood").replace("/1", "")))
    assert cloud.rgb is None and "without texture coordinates" in cloud.notes[0]


@pytest.mark.parametrize(
    ("first", "others", "expected"),
    [
        ("255 128 0", "255 128 0", [1, 0.5, 0]),  # ZBrush, Metashape
        ("51 0 0", "51 0 0", [0.2, 0, 0]),
        ("1 0.2 0.4 0.6", "1 0.2 0.4 0.7", [0.2, 0.4, 0.65]),  # a weight first
        ("0.2 0.4 0.6 1", "0.2 0.4 0.6 1", [0.2, 0.4, 0.6]),  # alpha last
        ("1 0 0", "", [1, 0.5, 0.5]),  # of some vertices only
        ("0.2 0.4 0.6", "0.2 0.4 0.6", [0.2, 0.4, 0.6]),
    ],
)
def test_vertex_colours(tmp_path: Path, first: str, others: str, expected: list[float]) -> None:
    lines = VERTICES.splitlines()
    text = "".join(f"{line} {first if i < 4 else others}\n" for i, line in enumerate(lines))
    rgb = read_scan(write(tmp_path / "a.obj", text + FACES)).rgb
    assert rgb is not None
    np.testing.assert_allclose(rgb.mean(axis=0), expected, atol=0.02)


@pytest.mark.parametrize("library", ["a.mtl # of the bowl", '"a.mtl"', "a.mtl  "])
def test_comments_and_quotes_beside_names(tmp_path: Path, library: str) -> None:
    Image.new("RGB", (2, 2), (255, 0, 0)).save(tmp_path / "a picture.png")
    write(tmp_path / "a.mtl", 'newmtl m\nKd 1 1 1 # white\nmap_Kd  -s 1 1 1  "a picture.png"  # red\n')
    scan = read_scan(write(tmp_path / "a.obj", f"mtllib {library}\n" + PLAIN.format("m # the only one")))
    assert scan.rgb is not None and not scan.notes
    assert (scan.rgb == [1, 0, 0]).all()


def test_numbers_that_windows_writes_for_nan_are_left_out(tmp_path: Path) -> None:
    text = BOX + "v -1.#IND 1.#QNAN 1.#INF\nf 1 2 9\n"
    assert np.isfinite(read_scan(write(tmp_path / "a.obj", text)).xyz).all()


def test_faces_of_mixed_forms_stay_with_their_materials(tmp_path: Path) -> None:
    write(tmp_path / "a.mtl", "newmtl m\nKd 1 0 0\nnewmtl n\nKd 0 0 1\n")
    text = (
        "mtllib a.mtl\nvt 0 0\n"
        + VERTICES
        + "usemtl m\nf -8/-1 -7/1 -6/1\nf -5 -6 -7\nusemtl n\nf 5//1 6//1 7//1 8//1\n"
    )
    scan = read_scan(write(tmp_path / "a.obj", text))
    assert scan.rgb is not None
    np.testing.assert_allclose(scan.rgb.mean(axis=0), [0.5, 0, 0.5], atol=0.01)
    assert (scan.rgb[scan.xyz[:, 2] == 1] == [0, 0, 1]).all()


def test_faces_of_other_words_are_refused(tmp_path: Path) -> None:
    assert "it is damaged" in refusal(write(tmp_path / "a.obj", BOX + "f -1 -2 x\n"))


def test_a_material_for_every_face_of_many_is_refused_at_once(tmp_path: Path) -> None:
    text = VERTICES + "".join(f"usemtl m{number}\nf 1 2 3\n" for number in range(30_000))
    assert "uses 30000 materials, more than are read" in refusal(write(tmp_path / "a.obj", text))
