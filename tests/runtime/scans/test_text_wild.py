"""Text as programs and people write it: what is read, what is refused, and that every dialect reads back equal."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cg3d_runtime.commands.scan_files import scan_files, scans_in
from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.text.reader import looks_like_points

XYZ = [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]
BLANKS, COMMAS = "1.5 2.5 3.5\n4.5 5.5 6.5\n", "1.5,2.5,3.5\n4.5,5.5,6.5\n"
DECIMAL_COMMAS = "1,5;2,5;3,5\n4,5;5,5;6,5\n"


def read(folder: Path, content: str | bytes, name: str = "scan.txt") -> PointCloud:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_scan(path)


def refusal(folder: Path, content: str | bytes, name: str = "scan.txt") -> str:
    with pytest.raises(ScanError) as error:
        read(folder, content, name)
    return str(error.value).removeprefix(f"{folder / name}: ")


HEADERS = [
    *(
        "0,1,2",
        "0 1 2",
        '"x","y","z"',
        "' x ', ' y ', ' z '",
        "\ufeffx,y,z",
        "x,y,z,",
        "//X,Y,Z",
        "#x y z",
        "% x y z",
        "!X Y Z",
    ),
    *("Points:0,Points:1,Points:2", '"Points_0","Points_1","Points_2"', "Points_m_XYZ:0,Points_m_XYZ:1,Points_m_XYZ:2"),
    *(
        "coordsX,coordsY,coordsZ",
        "X [m],Y [m],Z [m]",
        "X [m] Y [m] Z [m]",
        "x(m) y(m) z(m)",
        "x_mm,y_mm,z_mm",
        "x/m;y/m;z/m",
    ),
    *(
        "Easting,Northing,Elevation",
        "EASTING NORTHING HEIGHT",
        "E,N,Altitude",
        "x,y,elevation",
        "POINT_X,POINT_Y,POINT_Z",
    ),
    *(
        "pos_x,pos_y,pos_z",
        "px py pz",
        "position.x,position.y,position.z",
        "xcoord,ycoord,zcoord",
        "field.x,field.y,field.z",
    ),
    *("V1,V2,V3", "Var1,Var2,Var3", "X1,X2,X3", "f0,f1,f2", "xyz_1,xyz_2,xyz_3"),
]


@pytest.mark.parametrize("body", [BLANKS, COMMAS, BLANKS.replace(" ", "\t"), COMMAS.replace(",", ";")])
@pytest.mark.parametrize("header", HEADERS)
def test_headers(tmp_path: Path, header: str, body: str) -> None:
    cloud = read(tmp_path, f"{header}\n{body}")
    assert cloud.xyz.tolist() == XYZ and cloud.rgb is None and cloud.notes == ()


@pytest.mark.parametrize(
    "content",
    [
        ",0,1,2\n0,1.5,2.5,3.5\n1,4.5,5.5,6.5\n",
        "Unnamed: 0,0,1,2\n0,1.5,2.5,3.5\n1,4.5,5.5,6.5\n",
        ",0,1,2\n17,1.5,2.5,3.5\n40,4.5,5.5,6.5\n",
        "\t0\t1\t2\n0\t1.5\t2.5\t3.5\n1\t4.5\t5.5\t6.5\n",
        ";0;1;2\n0;1,5;2,5;3,5\n1;4,5;5,5;6,5\n",
        "Unnamed: 0 x y z\n0 1.5 2.5 3.5\n1 4.5 5.5 6.5\n",
        ",x,y,z\n0,1.5,2.5,3.5\n1,4.5,5.5,6.5\n",
        '"","x","y","z"\n"1",1.5,2.5,3.5\n"2",4.5,5.5,6.5\n',
        '"","V1","V2","V3"\n"1",1.5,2.5,3.5\n"2",4.5,5.5,6.5\n',
        '"x" "y" "z"\n"1" 1.5 2.5 3.5\n"2" 4.5 5.5 6.5\n',
        '"x","y","z"\n"a",1.5,2.5,3.5\n"b",4.5,5.5,6.5\n',
        "Northing,Easting,Height\n2.5,1.5,3.5\n5.5,4.5,6.5\n",
        "OBJECTID,POINT_X,POINT_Y,POINT_Z\n1,1.5,2.5,3.5\n2,4.5,5.5,6.5\n",
        "name,x,y,z\nmug,1.5,2.5,3.5\n,4.5,5.5,6.5\n",
        'x,y,z,name\n1.5,2.5,3.5,"mug, red"\n4.5,5.5,6.5,cup\n',
        "# x y z are in metres\n" + BLANKS,
        "# positions: x y z\n" + BLANKS,
        "# taken at lat 52.1 long 13.4\n" + BLANKS,
    ],
)
def test_columns_that_are_no_coordinates(tmp_path: Path, content: str) -> None:
    cloud = read(tmp_path, content)
    assert cloud.xyz.tolist() == XYZ and cloud.notes == ()


@pytest.mark.parametrize(
    "content",
    [
        DECIMAL_COMMAS,
        DECIMAL_COMMAS.replace(";", "\t"),
        DECIMAL_COMMAS.replace(";", " "),
        "x;y;z\n" + DECIMAL_COMMAS,
        '"1,5","2,5","3,5"\n"4,5","5,5","6,5"\n',
        ";x;y;z\n0;1,500;2,500;3,500\n1;4,500;5,500;6,500\n",
        "1,5E+00;25E-01;35,0E-1\n4,5;5,5;6,5\n",
        *(COMMAS.replace("\n", end) for end in (",\n", "\r\n", "\r", " , \n")),
        COMMAS.replace(",", ";").replace("\n", ";\n"),
        BLANKS.replace(" ", "\t").replace("\n", "\t\n"),
        BLANKS.replace(" ", "\t\t"),
        "1.5 \t2.5\t 3.5\n4.5 5.5\t6.5\n",
        "1.5D+00 2.5d0 0.35D1\n4.5 5.5 6.5\n",
        "2\n1.5 2.5 3.5 // a\n\n4.5 5.5 6.5 # b\n",
        "% made by hand\n" + BLANKS,
        BLANKS.encode("utf-16"),
        ("\ufeff" + BLANKS.replace(" ", "\t")).encode("utf-16-le"),
        ("\ufeff" + COMMAS).encode("utf-16-be"),
        COMMAS.encode("utf-32"),
        ("# Größe\n" + BLANKS).encode("latin-1"),
    ],
)
def test_dialects(tmp_path: Path, content: str | bytes) -> None:
    cloud = read(tmp_path, content)
    assert cloud.xyz.tolist() == XYZ and cloud.rgb is None and cloud.notes == ()


@pytest.mark.parametrize(
    "word", ["", "nan", "NaN", "N/A", "#N/A", "null", "NULL", "None", "-", "-1.#IND", "1.#QNAN", "-nan(ind)"]
)
def test_cells_without_a_number_were_not_measured(tmp_path: Path, word: str) -> None:
    for header in ("", "x,y,z\n"):
        cloud = read(tmp_path, f"{header}1.5,2.5,3.5\n4.5,{word},6.5\n{word},{word},{word}\n4.5,5.5,6.5\n")
        assert cloud.xyz[[0, 3]].tolist() == XYZ
        assert np.isnan(cloud.xyz).tolist() == [[0] * 3, [0, 1, 0], [1] * 3, [0] * 3]


def test_words_that_begin_late(tmp_path: Path) -> None:
    cloud = read(tmp_path, "x,y,z,name\n" + "1.5,2.5,3.5,\n" * 100 + "4.5,5.5,6.5,mug\n")
    assert cloud.xyz[99:].tolist() == XYZ


def test_infinity_of_microsoft(tmp_path: Path) -> None:
    assert np.isinf(read(tmp_path, f"1.#INF -1.#INF inf\n{BLANKS}").xyz[0]).all()


@pytest.mark.parametrize(
    ("name", "head"), [("scan.ply", "ply\nformat ascii 1.0\nelement vertex 3\n"), ("scan.pcd", "")]
)
def test_the_same_words_in_other_formats_of_text(tmp_path: Path, name: str, head: str) -> None:
    axes = "property float x\nproperty float y\nproperty float z\nend_header\n"
    pcd = "FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 3\nHEIGHT 1\nPOINTS 3\nDATA ascii\n"
    cloud = read(tmp_path, f"{head + axes if head else pcd}-1.#IND -nan(ind) 1\n{BLANKS}", name)
    assert np.isnan(cloud.xyz[0, :2]).all() and cloud.xyz[1:].tolist() == XYZ


@pytest.mark.parametrize(
    ("digits", "is_noted"), [("{:.3f}", False), ("{:.9g}", True), ("{:.6g}", True), ("{:.9e}", False)]
)
def test_too_few_digits_far_from_the_origin_get_a_note(tmp_path: Path, digits: str, is_noted: bool) -> None:
    xyz = np.random.default_rng(0).random((200, 3)) + np.array([386341, 5819822, 34])
    for zeros in ("", "0 0 0\n0 0 0\n"):
        cloud = read(tmp_path, zeros + "".join(" ".join(map(digits.format, row)) + "\n" for row in xyz))
        assert any("write more digits, or subtract an offset first." in note for note in cloud.notes) == is_noted


def test_no_data_of_maps(tmp_path: Path) -> None:
    cloud = read(tmp_path, f"-9999 -9999 -9999\n{BLANKS}")
    assert np.isnan(cloud.xyz[0]).all() and cloud.xyz[1:].tolist() == XYZ
    assert cloud.notes == ("has 1 of 3 points at -9999, which is taken for no measurement.",)
    cloud = read(tmp_path, f"1 2 -32768\n3 4 -32768\n{BLANKS}")
    assert np.isnan(cloud.xyz[:2]).all() and cloud.xyz[2:].tolist() == XYZ
    assert np.isfinite(read(tmp_path, "-9999 1 2\n-9998 1 2\n").xyz).all()
    assert np.isfinite(read(tmp_path, "1 2 -9999\n1 3 -9998\n1 4 -9999\n").xyz).all()


AMBIGUOUS = (
    "commas that separate and commas of decimals cannot be told apart; write semicolons between columns, or decimals with "
    "points."
)
THOUSANDS = "has commas between thousands; write numbers without them."
EQUALLY = "every line must hold equally many numbers."
NONE = "holds no line of numbers; lines like `x y z` or `x,y,z,r,g,b` are needed."
LIST = f"{NONE} It looks like a label list: pass it with --labels."
NUL = "holds NUL bytes: it is binary, or UTF-16 without a byte order mark. Save it as UTF-8 text."
NAME = "Name three of them x, y and z in the file's first line."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,5,2,5,3,5\n4,5,5,5,6,5\n", AMBIGUOUS),
        ("0,125,0,250,0,375\n1,025,0,250,0,375\n", AMBIGUOUS),
        ("1,5, 2,5, 3,5\n4,5, 5,5, 6,5\n", AMBIGUOUS),
        ("x,y,z\n1,25,2,55,3,65\n", AMBIGUOUS),
        ("x,y,z,r,g,b\n1,25,2,55,3,65,255,0,0\n", AMBIGUOUS),
        ("1,5E-05,2,25,3,35\n1,25,2,25,3,35\n", AMBIGUOUS),
        ("1,234.5,2,345.6,3,456.7\n", AMBIGUOUS),
        ("1.234,5;2.345,6;3.456,7\n", THOUSANDS),
        ("1,234.5;2,345.6;3,456.7\n", THOUSANDS),
        ("1,234,567 2,345,678 3,456,789\n", THOUSANDS),
        (
            "1,234;12;3,456\n4,567;1,300;5,678\n",
            "has commas that may stand before decimals or between thousands; write decimals with points.",
        ),
        (
            "lon,lat,alt\n13.1,52.1,34\n",
            "the header has longitude and latitude: degrees are no lengths; project them to metres first.",
        ),
        (
            "# longitude latitude height\n13.1 52.1 34\n",
            "the header has longitude and latitude: degrees are no lengths; project them to metres first.",
        ),
        ("x [deg],y [deg],z [m]\n1,2,3\n", "the header says that its coordinates are angles; project them to metres first."),
        ("x [mm],y [mm],z [m]\n1,2,3\n", "the header gives x, y and z different units; write all three in the same one."),
        (
            "pos_x,pos_y,pos_z,world_x,world_y,world_z\n1,2,3,4,5,6\n",
            "the header has no coordinates; an x, a y and a z column is needed. Fields found: pos_x, pos_y, pos_z, world_x, "
            f"world_y, world_z. {NAME}",
        ),
        (
            "id,x,y,width,height\n1,2,3,4,5\n",
            f"the header has x, y only; a z column is needed. Fields found: id, x, y, width, height. {NAME}",
        ),
        (
            "vx,vy,vz\n1,2,3\n",
            f"the header has no coordinates; an x, a y and a z column is needed. Fields found: vx, vy, vz. {NAME}",
        ),
        ("Point ID X Y Z\n1 2 3 4\n", "the header names 5 columns, but its lines hold 4; which is which cannot be told."),
        ("x,y,z,X,Y,Z\n1,2,3,4,5,6\n", "the header names x, y or z more than once. Fields found: x, y, z, X, Y, Z."),
        ("# two\n\nx y z\n1 2 3\n# more\n4 b 6\n", f"line 6, column 2: 'b' is no number; {EQUALLY}"),
        ("1 2 3\n4 5\n", f"line 2 holds not 3 numbers, but 2; {EQUALLY}"),
        ("1,2,3\n4,5,6,7\n", f"line 2 holds not 3 numbers, but 4; {EQUALLY}"),
        ("x y z i\n1.5  3.5 7\n4 5 6 7\n", f"line 3 holds not 3 numbers, but 4; {EQUALLY}"),
        ("1 2 3\n4 5 " + "secret" * 20, f"line 2, column 3: 'secretsecretsecretse...' is no number; {EQUALLY}"),
        ("1 2 3\n4 5 1_000\n", f"line 2, column 3: '1_000' is no number; {EQUALLY}"),
        ("1 2 3 4 5 6 " * 3, "holds a single line of 18 numbers; one point a line is needed."),
        ("1 2 3 " * 20_000, "has a line of more than 65536 characters; one point a line is needed."),
        ("mug\nbowl\n", LIST),
        ('"mug"\n"bowl"\n', LIST),
        ("(1.5, 2.5, 3.5)\n(4.5, 5.5, 6.5)\n", NONE),
        ("x,y,z\n", "names its columns, but holds no point."),
        ("# A project.\n\nIt names things, 3 of them. See below.\n", NONE),
        ("ply\nformat ascii 1.0\n", "is a PLY file; name it .ply."),
        (b"\x1f\x8b\x08\x00", "is packed by gzip; unpack it first."),
        (b"1 2 3\n\0\0\0", NUL),
        (BLANKS.encode("utf-16-be"), NUL),
    ],
)  # fmt: skip
def test_what_is_in_doubt_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert refusal(tmp_path, content) == message


def test_packed_files(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"\x1f\x8b", "scan.xyz.gz") == "is packed by gzip; unpack it first."


@pytest.mark.parametrize("content", ["1 2 3\n4 SECRET 6\n", "SECRET a b\n1 2 3\n", "SECRET\n", "1 2 SECRET\n"])
def test_a_link_tells_nothing_of_its_target(tmp_path: Path, content: str) -> None:
    (tmp_path / "target").write_text(content)
    (tmp_path / "scan.txt").symlink_to(tmp_path / "target")
    with pytest.raises(ScanError) as error:
        read_scan(tmp_path / "scan.txt")
    assert "SECRET" not in str(error.value)


def test_long_lines_take_no_memory(tmp_path: Path) -> None:
    (tmp_path / "scan.txt").write_text("1 2 3\n" + "4 5 6 " * 5_000_000)
    tracemalloc.start()
    with pytest.raises(ScanError, match="more than 65536 characters"):
        read_scan(tmp_path / "scan.txt")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000_000


def rows(count: int, form: Callable[[int], str]) -> str:
    return "".join(f"{i * 0.5} {1.25 + i % 7} 2.5 {form(i)}\n" for i in range(count))


@pytest.mark.parametrize(
    ("form", "column"),
    [
        (lambda i: f"{i / 20} {i * 10} {i * 5} {i * 3}", 4),  # an intensity that is no whole number
        (lambda i: f"{i - 9} {i * 10} {i * 5} {i * 3}", 4),  # as Leica writes it
        (lambda i: f"7 {i * 10} {i * 5} {i * 3}", 4),
        (lambda i: f"{i * 10} {i * 5} {i * 3} 255", 3),
        (lambda i: f"{i * 10} {i * 5} {i * 3} {i / 20}", 3),
        (lambda i: f"{i * 10} {i * 5} {i * 3} 1000", 3),
        (lambda i: f"0 0 1 {i * 10} {i * 5} {i * 3}", 6),  # normals, then colours
        (lambda i: f"{i * 10} {i * 5} {i * 3} 0 0 1", 3),
        (lambda i: f"{i} {i * 10} {i * 5} {i * 3}", None),
        (lambda i: "1 0 0" if i % 3 else "0 0 0", None),  # normals that were not found everywhere
        (lambda i: f"{i * 10} {i * 5} {i * 3}", 3),
    ],
)
def test_colours_by_place(tmp_path: Path, form: Callable[[int], str], column: int | None) -> None:
    text = rows(20, form)
    cloud = read(tmp_path, text)
    if column is None:
        assert cloud.rgb is None
    else:
        expected = [[float(word) for word in line.split()[column : column + 3]] for line in text.splitlines()]
        assert cloud.rgb is not None
        np.testing.assert_allclose(cloud.rgb * 255, expected, atol=1e-4)


@pytest.mark.parametrize(
    "names",
    [
        "R,G,B",
        "red,green,blue",
        "RGB_r,RGB_g,RGB_b",
        "Color:0,Color:1,Color:2",
        "Rf,Gf,Bf",
        "colour_red,colour_green,colour_blue",
    ],
)
def test_colours_by_name(tmp_path: Path, names: str) -> None:
    cloud = read(
        tmp_path, f"Intensity,{names},Points:0,Points:1,Points:2\n9,255,0,51,1.5,2.5,3.5\n8,0,102,0,4.5,5.5,6.5\n"
    )
    assert cloud.xyz.tolist() == XYZ and cloud.rgb is not None
    np.testing.assert_allclose(cloud.rgb, [[1, 0, 0.2], [0, 0.4, 0]], atol=1e-6)


def test_ids_without_a_header(tmp_path: Path) -> None:
    cloud = read(tmp_path, "".join(f"{i + 1},{i / 2},{1.25},{2.5}\n" for i in range(20)))
    assert cloud.xyz[:2].tolist() == [[0, 1.25, 2.5], [0.5, 1.25, 2.5]] or cloud.notes == ()
    cloud = read(tmp_path, "".join(f"{i + 1},{i / 3},{i % 4 + 0.25},{2.5}\n" for i in range(20)))
    assert cloud.xyz[3].tolist() == [1, 3.25, 2.5]
    note = "begins each line with a number that only counts, which is taken for the id or the time of a point."
    assert cloud.notes == (note,)


def test_whole_numbers_below_a_numbered_header_get_a_note(tmp_path: Path) -> None:
    cloud = read(tmp_path, "0,1,2\n5,3,2\n7,1,1\n")
    assert cloud.xyz.tolist() == [[5, 3, 2], [7, 1, 1]]
    assert cloud.notes == ("has 0, 1, 2 on its first line, which are taken for names of columns.",)
    assert len(read(tmp_path, "0 1 2\n5 3 2\n7 1 1\n")) == 3  # blanks: no program writes such a header


NO_POINTS = {
    "readme.txt": "A project.\n\nIts 3 scans are from 2024.\n",
    "labels.txt": "mug\nbowl\n",
    "requirements.txt": "numpy>=1.24\ntyper==0.12\n",
    "scans.csv": "file,label\na.ply,mug\nb.ply,bowl\n",
    "sizes.csv": "name,width,depth,height\nmug,1.5,2.5,3.5\nbowl,1,2,3\n",
    "utf16.txt": "mug\nbowl\n",
    "notes.xyz": "a poem\nabout points\n",
}


def test_a_folder_is_read_without_its_texts(tmp_path: Path) -> None:
    for name, content in NO_POINTS.items():
        (tmp_path / name).write_text(content, encoding="utf-16" if name == "utf16.txt" else "utf-8")
    for name in ("scan.xyz", "scan.csv", "scan.txt"):
        (tmp_path / name).write_text(f"x y z\n{BLANKS}")
    (tmp_path / "broken.txt").write_text(BLANKS + "1 2\n")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "zeros.txt").write_bytes(bytes(100))
    expected = ["broken.txt", "empty.txt", "scan.csv", "scan.txt", "scan.xyz", "zeros.txt"]
    assert [path.name for path in scans_in(tmp_path)] == expected
    assert list(scan_files([str(tmp_path / "labels.txt")])) == [str(tmp_path / "labels.txt")]


@pytest.mark.parametrize(
    "content",
    [BLANKS, COMMAS, DECIMAL_COMMAS, f"2\n{BLANKS}", "x,y,z\n", f",0,1,2\n0,{COMMAS}", "# a\n" * 2000, "", "\0\1"],
)
def test_what_may_hold_points_is_left_to_the_reader(content: str) -> None:
    assert looks_like_points(content.encode()[:4096])


NUMBERS = st.floats(-1e3, 1e3, width=32).map(lambda number: round(number, 4))


@st.composite
def dialects(draw: st.DrawFn) -> tuple[np.ndarray, bytes]:
    """An array of points, some cells missing, and one of the ways that programs write it."""
    xyz = np.array(draw(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=3, max_size=20)))
    delimiter = draw(st.sampled_from([",", ";", "\t", " "]))
    missing = draw(st.sampled_from(["", "nan", "NULL", "N/A", "-1.#IND"])) if delimiter in ",;" else "nan"
    if draw(st.booleans()):
        xyz[draw(st.integers(1, len(xyz) - 1)), draw(st.integers(0, 2))] = np.nan
    form = draw(st.sampled_from(["{:.4f}", "{:.6e}", "{!r}"]))
    lines = [[missing if np.isnan(x) else form.format(float(x)) for x in row] for row in xyz]
    if delimiter != "," and draw(st.booleans()):
        lines = [[word.replace(".", ",") if "#" not in word else word for word in line] for line in lines]
    header = draw(st.sampled_from([None, ["x", "y", "z"], ["0", "1", "2"], ["Points:0", "Points:1", "Points:2"]]))
    if header and draw(st.booleans()):
        header, lines = ["", *header], [[str(i), *line] for i, line in enumerate(lines)]
    lines = [header, *lines] if header else lines
    if draw(st.booleans()):
        lines = [[f'"{word}"' for word in line] for line in lines]
    end = draw(st.sampled_from(["", delimiter])) + draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = "".join(delimiter.join(line) + end for line in lines)
    return xyz, text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=dialects())
def test_every_dialect_reads_back(tmp_path: Path, written: tuple[np.ndarray, bytes]) -> None:
    xyz, content = written
    cloud = read(tmp_path, content, "scan.csv")
    np.testing.assert_allclose(cloud.xyz, PointCloud(xyz).xyz, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize(
    "line", ["9" * 60_000, "[ " * 30_000, "1a," * 20_000, "a" + " " * 60_000 + "b", "1d" * 30_000, "1." * 30_000]
)
def test_long_lines_cost_no_more_than_their_length(tmp_path: Path, line: str) -> None:
    (tmp_path / "scan.txt").write_text(line)
    started = time.process_time()
    with pytest.raises(ScanError):
        read_scan(tmp_path / "scan.txt")
    assert time.process_time() - started < 5


@pytest.mark.parametrize("before", ["", "1 2 3\n"])
def test_lines_too_long_for_the_csv_reader(tmp_path: Path, before: str) -> None:
    with pytest.raises(ScanError, match="has a line of more than 65536 characters"):
        read(tmp_path, before + '"' + "9" * 200_000 + '",1,2\n1,2,3\n')


def test_frames_that_were_appended_with_their_numbers(tmp_path: Path) -> None:
    block = "0,1,2\n1.5,2.5,3.5\n4.5,5.5,6.5\n"
    assert read(tmp_path, block + block).xyz.tolist() == XYZ * 2
    block = ",0,1,2\n0,1.5,2.5,3.5\n1,4.5,5.5,6.5\n"
    assert read(tmp_path, block + block).xyz.tolist() == XYZ * 2


@pytest.mark.parametrize("unit", [1, 1000, 10**9])
def test_time_before_the_coordinates(tmp_path: Path, unit: int) -> None:
    stamps = [round((1_700_000_000.25 + i // 2) * unit, 2) for i in range(4)]
    rows = "".join(f"{stamp} {x} {y} {z}\n" for stamp, (x, y, z) in zip(stamps, XYZ * 2, strict=True))
    assert read(tmp_path, rows).xyz.tolist() == XYZ * 2
