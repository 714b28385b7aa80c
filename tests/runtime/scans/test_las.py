"""LAS and LAZ: files written byte by byte and by laspy, and what is wrong with damaged ones."""

from __future__ import annotations

import random
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan

XYZ = np.array([[500, -1000, 2000], [3000, 4250, 5000], [-6000, 7000, 8]])  # in steps of a millimetre
RGB = np.array([[65535, 0, 13107], [0, 26214, 0], [1, 2, 3]])
COUNT_AT = 107


def las_file(
    flags: tuple[int, ...] = (0, 0, 0),
    offset: float = 0.0,
    colours: np.ndarray = RGB,
    minor: int = 2,
    classes: tuple[int, ...] = (0, 0, 0),
) -> bytes:
    """LAS 1.2 with point format 2, or LAS 1.4 with point format 7, by the letter of its specification."""
    size, point_format, length = (227, 2, 26) if minor == 2 else (375, 7, 36)
    head = b"LASF" + bytes(20) + bytes([1, minor]) + bytes(64) + struct.pack("<HHH", 1, 2026, size)
    head += struct.pack("<IIBHI5I", size, 0, point_format, length, len(XYZ), *[0] * 5)
    head += struct.pack("<12d", *[0.001] * 3, *[offset] * 3, *[0.0] * 6)
    if minor == 4:
        head += struct.pack("<QQIQ15Q", 0, 0, 0, len(XYZ), *[0] * 15)
    points = b""
    for xyz, rgb, withheld, kind in zip(XYZ.tolist(), colours.tolist(), flags, classes, strict=True):
        points += struct.pack("<3iH", *xyz, 9)
        if minor == 2:
            points += struct.pack("<BBbBH", 9, withheld << 7 | kind, 0, 0, 0)
        else:
            points += struct.pack("<BBBBhHd", 17, withheld << 2, kind, 0, 0, 0, 0.0)
        points += struct.pack("<3H", *rgb)
    return head + points


@pytest.mark.parametrize("minor", [2, 4])
def test_points_and_colours(tmp_path: Path, minor: int) -> None:
    pytest.importorskip("laspy")
    path = tmp_path / "scan.LAS"
    path.write_bytes(las_file(minor=minor))
    cloud = read_scan(path)
    np.testing.assert_allclose(cloud.xyz, XYZ / 1000, atol=1e-6)
    np.testing.assert_allclose(cloud.rgb, RGB / 65535, atol=1e-6)  # type: ignore[arg-type]
    assert cloud.up == "z"


@pytest.mark.parametrize("minor", [2, 4])
def test_withheld_points_are_left_out(tmp_path: Path, minor: int) -> None:
    pytest.importorskip("laspy")
    path = tmp_path / "scan.las"
    path.write_bytes(las_file(flags=(0, 1, 0), minor=minor))
    np.testing.assert_allclose(read_scan(path).xyz, XYZ[[0, 2]] / 1000, atol=1e-6)


@pytest.mark.parametrize(
    ("minor", "kind", "kept"),
    [(2, 7, False), (4, 7, False), (4, 18, False), (2, 18, False), (4, 12, True), (2, 6, True)],
)
def test_noise_is_left_out_and_told(tmp_path: Path, minor: int, kind: int, kept: bool) -> None:
    """Class 7 is low noise, 18 high noise; overlap (12) and buildings (6) are measured."""
    pytest.importorskip("laspy")
    path = tmp_path / "scan.las"
    path.write_bytes(las_file(minor=minor, classes=(0, kind, 0)))
    cloud = read_scan(path)
    np.testing.assert_allclose(cloud.xyz, (XYZ if kept else XYZ[[0, 2]]) / 1000, atol=1e-6)
    note = "has 1 of 3 points that are marked as noise or withheld, which are left out."
    assert cloud.notes == (() if kept else (note,))


@pytest.mark.parametrize("flag", [0, 1, 3])
def test_synthetic_key_and_overlap_points_stay(tmp_path: Path, flag: int) -> None:
    pytest.importorskip("laspy")
    content = bytearray(las_file(minor=4))
    content[375 + 36 + 15] = 1 << flag
    (tmp_path / "scan.las").write_bytes(content)
    assert len(read_scan(tmp_path / "scan.las")) == 3


@pytest.mark.parametrize("point_format", [2, 7])
def test_noise_in_laz(tmp_path: Path, point_format: int) -> None:
    laspy, _ = pytest.importorskip("laspy"), pytest.importorskip("lazrs")
    scan = laspy.LasData(laspy.LasHeader(point_format=point_format))
    scan.x = scan.y = scan.z = np.arange(100) / 100
    scan.classification = np.where(np.arange(100) < 10, 7, 2)
    scan.write(str(tmp_path / "scan.laz"))
    cloud = read_scan(tmp_path / "scan.laz")
    assert len(cloud) == 90 and cloud.notes[0].startswith("has 10 of 100 points")


def test_more_points_than_are_read(tmp_path: Path) -> None:
    pytest.importorskip("laspy")
    path = tmp_path / "scan.laz"
    path.write_bytes(changed(changed(las_file(), 104, "<B", 130), COUNT_AT, "<I", 60_000_000) + bytes(400_000))
    with pytest.raises(ScanError, match=r"holds 60000000 points; at most 25000000 are read\."):
        read_scan(path)


def test_colours_of_8_bit_and_none(tmp_path: Path) -> None:
    pytest.importorskip("laspy")
    path = tmp_path / "scan.las"
    path.write_bytes(las_file(colours=RGB // 257))
    np.testing.assert_allclose(read_scan(path).rgb, RGB // 257 / 255, atol=1e-6)  # type: ignore[arg-type]
    path.write_bytes(las_file(colours=RGB * 0))
    assert read_scan(path).rgb is None


def test_georeferenced_points_keep_their_shape(tmp_path: Path) -> None:
    pytest.importorskip("laspy")
    path = tmp_path / "scan.las"
    path.write_bytes(las_file(offset=5_411_000.0))
    np.testing.assert_allclose(read_scan(path).xyz, (XYZ - XYZ.min(axis=0)) / 1000, atol=1e-6)


def written(path: Path, count: int, point_format: int, seed: int = 0) -> np.ndarray:
    """Let laspy write a random cloud; return its coordinates, which are whole millimetres."""
    laspy = pytest.importorskip("laspy")
    rng = np.random.default_rng(seed)
    xyz = rng.integers(-5000, 5000, size=(count, 3)) / 1000
    header = laspy.LasHeader(point_format=point_format)
    header.scales = [0.001] * 3
    scan = laspy.LasData(header)
    scan.x, scan.y, scan.z = xyz.T
    if "red" in header.point_format.dimension_names:
        scan.red, scan.green, scan.blue = rng.integers(0, 65536, size=(3, count))
    scan.write(str(path))
    return xyz


@pytest.mark.parametrize("point_format", [0, 1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_laspy_writes_what_we_read(tmp_path: Path, suffix: str, point_format: int) -> None:
    pytest.importorskip("lazrs")
    path = tmp_path / f"scan.{suffix}"
    xyz = written(path, 300, point_format)
    cloud = read_scan(path)
    np.testing.assert_allclose(cloud.xyz, xyz, atol=1e-6)
    assert (cloud.rgb is not None) == (point_format in (2, 3, 7, 8))


@pytest.mark.parametrize("point_format", [2, 7])
def test_many_chunks_of_points_in_one_place(tmp_path: Path, point_format: int) -> None:
    """The easiest points to compress there are must not look like a false claim."""
    laspy = pytest.importorskip("laspy")
    scan = laspy.LasData(laspy.LasHeader(point_format=point_format))
    scan.x = scan.y = scan.z = np.ones(170_000)
    scan.write(str(tmp_path / "scan.laz"))
    assert len(read_scan(tmp_path / "scan.laz")) == 170_000


def changed(content: bytes, at: int, layout: str, value: int) -> bytes:
    data = bytearray(content)
    struct.pack_into(layout, data, at, value)
    return bytes(data)


BROKEN = {
    "is not a LAS file: it does not start with LASF": b"\x89PNG" + bytes(400),
    "is not a LAS file: it does not start with LASF and a header of 227 bytes.": las_file()[:226],
    "header claims 4000000000 points, at least 104000000000 bytes, but 78 bytes follow": changed(
        las_file(), COUNT_AT, "<I", 4_000_000_000
    ),
    "header claims 1000000000000 points, at least 36000000000000 bytes, but 108 bytes": changed(
        las_file(minor=4), 247, "<Q", 10**12
    ),
    "header claims 1000000000000 points, at least 3906250000 bytes, but 108 bytes": changed(
        changed(las_file(minor=4), 104, "<B", 135), 247, "<Q", 10**12
    ),
    "header claims 3 points, at least 78 bytes, but 77 bytes follow; the file is truncated": las_file()[:-1],
    "LAS header claims 227 bytes of header, 4294967295 records and points from byte 227": changed(
        las_file(), 100, "<I", 2**32 - 1
    ),
    "LAS header claims 227 bytes of header, 0 records and points from byte 4294967295": changed(
        las_file(), 96, "<I", 2**32 - 1
    ),
    "laspy cannot read it: ": changed(las_file(), 105, "<H", 0),
    "holds 0 points.": changed(las_file(), COUNT_AT, "<I", 0),
}


@pytest.mark.parametrize("message", BROKEN, ids=range(len(BROKEN)))
def test_broken_files(tmp_path: Path, message: str) -> None:
    pytest.importorskip("laspy")
    path = tmp_path / "scan.las"
    path.write_bytes(BROKEN[message])
    with pytest.raises(ScanError) as error:
        read_scan(path)
    assert f"scan.las: {message}" in str(error.value)


@pytest.mark.parametrize(
    ("at", "layout", "value", "message"),
    [
        (0, "<q", 2**40, "LAZ table of chunks"),  # where the table is
        ("table", "<I", 2**32 - 1, "LAZ table of chunks"),  # chunks, 69 GB of them
        ("table", "<I", 0, "LAZ table of chunks"),
        (8 + 36 + 4, "<I", 2**32 - 1, "LAZ chunks"),  # bytes of the first layer
        (-4, "<H", 65000, "LAZ points have 65030 bytes, the header says 36"),  # bytes of a point
    ],
)
def test_false_sizes_inside_a_laz_file(tmp_path: Path, at: int | str, layout: str, value: int, message: str) -> None:
    """Each would make the decompressor allocate gigabytes, or end the process."""
    path = tmp_path / "scan.laz"
    written(path, 300, 7)
    content = path.read_bytes()
    (start,) = struct.unpack_from("<I", content, 96)
    (table,) = struct.unpack_from("<q", content, start)
    path.write_bytes(changed(content, table + 4 if at == "table" else start + int(at), layout, value))
    with pytest.raises(ScanError) as error:
        read_scan(path)
    assert f"scan.laz: {message}" in str(error.value)


@pytest.mark.parametrize("point_format", [2, 7])
@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_damaged_files_give_one_line(tmp_path: Path, suffix: str, point_format: int) -> None:
    pytest.importorskip("lazrs")
    path = tmp_path / f"scan.{suffix}"
    written(path, 100, point_format)
    whole, rng = path.read_bytes(), random.Random(0)
    for _ in range(200):
        content = bytearray(whole[: rng.randrange(1, len(whole))] if rng.random() < 0.3 else whole)
        for _ in range(rng.randrange(1, 4)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cloud = read_scan(path)
        except ScanError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
        else:
            assert len(cloud) > 0


def test_without_laspy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "laspy", None)
    path = tmp_path / "scan.laz"
    path.write_bytes(las_file())
    with pytest.raises(ScanError) as error:
        read_scan(path)
    assert str(error.value).endswith(
        'scan.laz: reading .laz needs laspy and lazrs: pip install laspy lazrs (the extra "las")'
    )


WKT = 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]]]'


@pytest.mark.parametrize("told_by", ["wkt", "projected", "geotiff", "scales"])
def test_degrees_are_no_lengths(tmp_path: Path, told_by: str) -> None:
    laspy = pytest.importorskip("laspy")
    header = laspy.LasHeader(point_format=3)
    header.scales = [1e-7, 1e-7, 1e-3 if told_by == "scales" else 1e-7]
    text = f'PROJCS["UTM",{WKT}]' if told_by == "projected" else WKT
    keys = struct.pack("<12H", 1, 1, 0, 2, 1024, 0, 1, 2, 1025, 0, 1, 1)
    if told_by in ("wkt", "projected"):
        header.vlrs.append(laspy.VLR("LASF_Projection", 2112, "", text.encode()))
    if told_by == "geotiff":
        header.vlrs.append(laspy.VLR("LASF_Projection", 34735, "", keys))
    scan = laspy.LasData(header)
    scan.x, scan.y, scan.z = (np.linspace(start, start + 1e-3, 50) for start in (13.4, 52.5, 30.0))
    scan.write(tmp_path / "scan.las")
    if told_by == "projected":
        assert len(read_scan(tmp_path / "scan.las")) == 50
    else:
        with pytest.raises(ScanError, match="longitude and latitude: degrees are no lengths; project them to metres"):
            read_scan(tmp_path / "scan.las")
