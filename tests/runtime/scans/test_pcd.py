"""PCD: all three encodings, any field layout, packed colours, and what is wrong with broken files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.measured import BLURRED
from cg3d_runtime.scans.pcd import decompress_lzf
from cg3d_runtime.scans.units import oddities

Write = Callable[[bytes], Path]
ENCODINGS = ["ascii", "binary", "binary_compressed"]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: bytes) -> Path:
        path = tmp_path / "scan.pcd"
        path.write_bytes(content)
        return path

    return write_file


def literal_lzf(data: bytes) -> bytes:
    """LZF without any repeat: every run of up to 32 bytes as it is."""
    runs = [data[i : i + 32] for i in range(0, len(data), 32)]
    return b"".join(bytes([len(run) - 1]) + run for run in runs)


def pcd(columns: dict[str, np.ndarray], encoding: str, points: int | None = None) -> bytes:
    """A PCD file of columns (N,) or (N, count); a name before the first dot is the field's."""
    fields = list(columns.values())
    count = len(fields[0]) if points is None else points
    kinds = {"f": "F", "i": "I", "u": "U"}
    lines = [
        "# .PCD v0.7 - Point Cloud Data file format",
        "VERSION 0.7",
        "FIELDS " + " ".join(name.split(".")[0] for name in columns),
        "SIZE " + " ".join(str(field.dtype.itemsize) for field in fields),
        "TYPE " + " ".join(kinds[field.dtype.kind] for field in fields),
        "COUNT " + " ".join(str(field.shape[1] if field.ndim == 2 else 1) for field in fields),
        f"WIDTH {count}",
        "HEIGHT 1",
        "VIEWPOINT 0 0 0 1 0 0 0",
        f"POINTS {count}",
        f"DATA {encoding}\n",
    ]
    rows = [field.reshape(len(field), -1) for field in fields]
    if encoding == "ascii":
        body = "\n".join(
            " ".join(str(v) for part in row for v in part.tolist()) for row in zip(*rows, strict=True)
        ).encode()
    elif encoding == "binary":
        body = b"".join(part.tobytes() for row in zip(*rows, strict=True) for part in row)
    else:
        raw = b"".join(field.tobytes() for field in fields)
        packed = literal_lzf(raw)
        body = len(packed).to_bytes(4, "little") + len(raw).to_bytes(4, "little") + packed
    return "\n".join(lines).encode() + body


def axes(number: str = "<f4") -> dict[str, np.ndarray]:
    return {"x": np.array([1, -2, 3], number), "y": np.array([4, 5, 6], number), "z": np.array([7, 8, -9], number)}


EXPECTED = [[1, 4, 7], [-2, 5, 8], [3, 6, -9]]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("number", ["<f4", "<f8", "<i2", "<i4", "<i8"])
def test_encodings_and_types(write: Write, encoding: str, number: str) -> None:
    cloud = read_scan(write(pcd(axes(number), encoding)))
    assert cloud.xyz.tolist() == EXPECTED and cloud.rgb is None and cloud.up == "z"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["rgb", "rgba"])
@pytest.mark.parametrize("number", ["<f4", "<u4"])
def test_packed_colours(write: Write, encoding: str, name: str, number: str) -> None:
    bits = np.array([0xFF0033, 0x006600, 0x010203], "<u4")
    packed = bits.view("<f4") if number == "<f4" else bits
    cloud = read_scan(write(pcd({**axes(), name: packed}, encoding)))
    expected = np.array([[255, 0, 51], [0, 102, 0], [1, 2, 3]]) / 255
    assert cloud.rgb is not None
    np.testing.assert_allclose(cloud.rgb, expected, atol=1e-6)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_padding_and_fields_of_several_numbers(write: Write, encoding: str) -> None:
    """PCL names padding `_` as often as it needs some."""
    padding = {"_.1": np.zeros((3, 3), "u1"), "normal": np.ones((3, 3), "<f4"), "_.2": np.zeros(3, "<f4")}
    colours = {name: np.array([0, 255, 51], "u1") for name in ("r", "g", "b")}
    cloud = read_scan(write(pcd({"x": axes()["x"], **padding, **axes(), **colours}, encoding)))
    assert cloud.xyz.tolist() == EXPECTED
    assert cloud.rgb is not None and cloud.rgb[:, 2].tolist() == [0, 1, pytest.approx(0.2)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_not_a_number_is_kept(write: Write, encoding: str) -> None:
    columns = axes()
    columns["y"][1] = np.nan
    assert np.isnan(read_scan(write(pcd(columns, encoding))).xyz[1, 1])


def test_version_05_without_points_and_count(write: Write) -> None:
    lines = "FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 2\nHEIGHT 2\nDATA ascii\n"
    cloud = read_scan(write(lines.encode() + b"0 0 1\r\n0 1 1\r\n1 0 1\r\n1 1 1"))
    assert cloud.xyz.tolist() == [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]


def test_lzf_repeats() -> None:
    """Literals, a short repeat, a repeat into its own output, and a long one (LibLZF's three forms)."""
    literal = bytes([3]) + b"abcd"
    short = bytes([1 << 5, 3])  # 3 bytes from 4 back
    own = bytes([2 << 5, 0])  # 4 bytes from 1 back
    long = bytes([7 << 5, 10, 1])  # 7 + 10 + 2 bytes from 2 back
    expected = b"abcd" + b"abc" + b"cccc" + b"c" * 19
    assert decompress_lzf(literal + short + own + long, len(expected)) == expected


@pytest.mark.parametrize("data", [b"\x20\x00", b"\x03ab", b"\xe0", b"\x00a\x00b", b""])
def test_lzf_refuses_damaged_data(data: bytes) -> None:
    with pytest.raises(ScanError, match="compressed data are damaged"):
        decompress_lzf(data, 1)


def header(line: str, replacement: str) -> bytes:
    return pcd(axes(), "binary").replace(line.encode(), replacement.encode())


MALFORMED = "PCD header is malformed; it needs FIELDS, SIZE, TYPE and COUNT of equal length, POINTS and DATA."
BROKEN = [
    (b"ply\n", "is not a PCD file: its header has no DATA line."),
    (header("FIELDS x y z", "FIELDS x y"), MALFORMED),
    (header("SIZE 4 4 4", "SIZE 4 4 3"), MALFORMED),
    (header("TYPE F F F", "TYPE F F Q"), MALFORMED),
    (header("POINTS 3", "POINTS three"), MALFORMED),
    (header("POINTS 3", "POINTS -3"), MALFORMED),
    (header("COUNT 1 1 1", "COUNT 0 0 0"), MALFORMED),
    (header("COUNT 1 1 1", "COUNT 1 1 999999999999"), MALFORMED),
    (
        header("DATA binary", "DATA zip"),
        "has DATA zip; one of ascii, binary, binary_compressed is needed.",
    ),
    (header("POINTS 3", "POINTS 0"), "holds 0 points."),
    (header("FIELDS x y z", "FIELDS x y i"), "the cloud has x, y only; a z field is needed. Fields found: x, y, i."),
    (
        pcd(axes(), "binary", 10**12),
        "header claims 1000000000000 points, at least 12000000000000 bytes, but 36 bytes follow; the file is truncated or "
        "its header is wrong.",
    ),
    (
        pcd(axes(), "ascii", 10**12),
        "header claims 1000000000000 points, at least 6000000000000 bytes, but 38 bytes follow; the file is truncated or "
        "its header is wrong.",
    ),
    (
        pcd(axes(), "binary_compressed", 10**12),
        "38 compressed bytes should give 36 bytes, the header claims 1000000000000 points of 12; the file is damaged.",
    ),
    (
        pcd(axes(), "binary_compressed")[:-1],
        "header claims 3 points, at least 46 bytes, but 45 bytes follow; the file is truncated or its header is wrong.",
    ),
    (
        pcd(axes(), "ascii")[:-13],
        "has 2 points of 3 numbers, its header says 3 of 3; the file is truncated or malformed.",
    ),
]


@pytest.mark.parametrize(("content", "message"), BROKEN, ids=range(len(BROKEN)))
def test_broken_files(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(ScanError) as error:
        read_scan(write(content))
    assert str(error.value).endswith(f"scan.pcd: {message}")


def test_more_points_than_are_read(write: Write) -> None:
    """44 million equal points take 6 MB."""
    packed = b"\x00\x00" + bytes([0xE0, 255, 0]) * 2_100_000
    content = pcd(axes(), "binary", 44_000_000).replace(b"DATA binary\n", b"DATA binary_compressed\n")[:-36]
    with pytest.raises(ScanError, match=r"holds 44000000 points; at most 25000000 are read\."):
        read_scan(write(content + len(packed).to_bytes(4, "little") + (528_000_000).to_bytes(4, "little") + packed))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", ["<f4", "<f8", "<i2", "<i4", "<u2"])
def test_organised_pixels_without_a_return(write: Write, encoding: str, kind: str) -> None:
    columns = {
        axis: (np.random.default_rng(i).uniform(0.1, 0.4, 60) * 1000).astype(kind) for i, axis in enumerate("xyz")
    }
    for column in columns.values():
        column[::3] = 0
    cloud = read_scan(write(pcd(columns, encoding).replace(b"WIDTH 60\nHEIGHT 1", b"WIDTH 10\nHEIGHT 6")))
    assert np.isnan(cloud.xyz[::3]).all() and np.isfinite(cloud.xyz[1::3]).all()
    assert cloud.notes == ("has 20 of 60 points at 0 0 0, which are taken for no measurement.",)


@pytest.mark.parametrize(
    "word", ["nan", "NaN", "-nan", "-nan(ind)", "1.#QNAN", "-1.#IND", "-1.#IND00", "1.#INF", "inf", "-Inf"]
)
def test_words_for_no_number(write: Write, word: str) -> None:
    cloud = read_scan(write(pcd(axes(), "ascii").replace(b"1.0 4.0 7.0", word.encode() + b" 4.0 7.0")))
    assert not np.isfinite(cloud.xyz[0, 0]) and cloud.xyz[1:].tolist() == [[-2, 5, 8], [3, 6, -9]]


MAP = np.array([386_341.8, 5_819_822.6, 34.5])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", ["<f4", "<f8"])
def test_map_coordinates_keep_their_shape_or_are_told(write: Write, encoding: str, kind: str) -> None:
    """Doubles keep it, and so does text with all digits, whatever type its header says; floats cannot."""
    xyz = np.random.default_rng(0).uniform(0, 0.1, (200, 3)) + MAP
    content = pcd(dict(zip("xyz", xyz.astype(kind).T, strict=True)), encoding)
    cloud = read_scan(write(content))
    if kind == "<f8":
        np.testing.assert_allclose(cloud.xyz, xyz - xyz.min(axis=0), atol=1e-6)
        assert oddities(cloud) is None
        content = content.replace(b"SIZE 8 8 8", b"SIZE 4 4 4")
        if encoding == "ascii":
            np.testing.assert_array_equal(read_scan(write(content)).xyz, cloud.xyz)
    else:
        assert oddities(cloud) == BLURRED


def test_a_field_that_is_there_twice(write: Write) -> None:
    content = pcd({"x": axes()["x"], "y": axes()["y"], "z": axes()["z"], "x.1": axes()["x"]}, "ascii")
    with pytest.raises(ScanError, match="the cloud has more than one field x; which one is meant cannot be told"):
        read_scan(write(content))


def test_shared_scans(shared_data: Path) -> None:
    with (shared_data / "scans" / "scans.csv").open(newline="") as table:
        files = [row["file"] for row in csv.DictReader(table) if row["file"].endswith(".pcd")]
    sizes = {file: len(read_scan(shared_data / "scans" / file)) for file in files}
    assert sizes == {
        "binary_colored_cloud.pcd": 1000,
        "binary_compressed_car6.pcd": 10031,
        "binary_compressed_region_growing.pcd": 108104,
        "ascii_lamppost.pcd": 1771,
    }
    car = read_scan(shared_data / "scans" / "binary_compressed_car6.pcd").xyz
    assert np.isfinite(car).all() and (np.ptp(car, axis=0) < 20).all()
    colours = read_scan(shared_data / "scans" / "binary_compressed_region_growing.pcd").rgb
    assert colours is not None and len(np.unique(colours)) > 100
