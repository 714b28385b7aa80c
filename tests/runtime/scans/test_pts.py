"""PTS as Cyclone, CloudCompare and ShapeNet write it, against numpy's own reader of text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import ScanError, read_scan

RNG = np.random.default_rng(5)
XYZ = RNG.normal(0, 2, (60, 3)).round(4)
INTENSITY = RNG.integers(-2048, 2048, (60, 1))
RGB = RNG.integers(0, 256, (60, 3))


def write(path: Path, *columns: np.ndarray, count: bool = True, clouds: int = 1) -> Path:
    rows = "".join(" ".join(f"{number:.10g}" for number in row) + "\n" for row in np.hstack(columns))
    path.write_text((f"{len(columns[0])}\n" + rows if count else rows) * clouds)
    return path


@pytest.mark.parametrize("columns", [(XYZ,), (XYZ, INTENSITY), (XYZ, RGB), (XYZ, INTENSITY, RGB)])
def test_all_four_kinds_of_rows_are_read(tmp_path: Path, columns: tuple[np.ndarray, ...]) -> None:
    cloud = read_scan(path := write(tmp_path / "scan.pts", *columns))
    table = np.loadtxt(path, skiprows=1)
    np.testing.assert_allclose(cloud.xyz, table[:, :3], atol=1e-6)
    if columns[-1] is RGB:
        np.testing.assert_allclose(cloud.rgb * 255, table[:, -3:], atol=1e-4)
    else:
        assert cloud.rgb is None


def test_several_clouds_in_a_file_are_one(tmp_path: Path) -> None:
    cloud = read_scan(write(tmp_path / "scan.pts", XYZ, INTENSITY, clouds=3))
    np.testing.assert_allclose(cloud.xyz, np.tile(XYZ, (3, 1)), atol=1e-6)


def test_shapenet_has_no_count(tmp_path: Path) -> None:
    cloud = read_scan(write(tmp_path / "scan.pts", XYZ, count=False))
    np.testing.assert_allclose(cloud.xyz, XYZ, atol=1e-6)


def test_facial_landmarks_are_no_scan(tmp_path: Path) -> None:
    path = tmp_path / "face.pts"
    path.write_text("version: 1\nn_points: 3\n{\n336.8 240.9\n334.2 260.9\n335.3 283.8\n}\n")
    with pytest.raises(ScanError, match=r"face\.pts: "):
        read_scan(path)


def test_a_wrong_line_is_told_by_its_number_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "scan.pts", XYZ, clouds=2)
    path.write_text(path.read_text().replace("\n60\n", "\n60\n1 2\n"))
    with pytest.raises(ScanError, match="line 63"):
        read_scan(path)
