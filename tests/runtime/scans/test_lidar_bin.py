"""LiDAR sweeps of KITTI and nuScenes, written by numpy, and files that only have their suffix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d_runtime import ScanError, read_scan

RNG = np.random.default_rng(2)
XYZ = RNG.normal(0, 20, (500, 3)).astype("<f4")
REFLECTANCE = RNG.random((500, 1), dtype=np.float32)
RINGS = RNG.integers(0, 32, (500, 1)).astype("<f4")


def write(path: Path, *columns: np.ndarray) -> Path:
    np.hstack(columns).astype("<f4").tofile(path)
    return path


def test_kitti_rows_are_read(tmp_path: Path) -> None:
    cloud = read_scan(path := write(tmp_path / "000000.bin", XYZ, REFLECTANCE))
    np.testing.assert_array_equal(cloud.xyz, np.fromfile(path, "<f4").reshape(-1, 4)[:, :3])
    assert cloud.in_metres and cloud.up == "z" and cloud.rgb is None


def test_nuscenes_rows_are_told_by_their_rings(tmp_path: Path) -> None:
    for count in (500, 400):  # of 400 rows of five, the bytes are whole rows of four, too
        path = write(tmp_path / "sweep.pcd.bin", XYZ[:count], 255 * REFLECTANCE[:count], RINGS[:count])
        np.testing.assert_array_equal(read_scan(path).xyz, XYZ[:count])


def test_rows_without_a_return_are_no_measurement(tmp_path: Path) -> None:
    xyz = XYZ.copy()
    xyz[::5] = np.nan
    cloud = read_scan(write(tmp_path / "a.bin", xyz, REFLECTANCE))
    assert np.isnan(cloud.xyz[::5]).all() and np.isfinite(cloud.xyz[1::5]).all()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\0" * 17, "17 bytes, which are no whole rows"),
        (bytes(1600), "all its numbers are 0"),
        (np.full((40, 4), -1, "<f4").tobytes(), "row 0 is -1 -1 -1 -1"),
        (np.full((40, 4), 1e30, "<f4").tobytes(), "row 0 is 1e"),
        (np.hstack([XYZ, REFLECTANCE]).astype("<f8").tobytes(), "does not hold x, y, z and reflectance"),
        (np.hstack([XYZ, REFLECTANCE]).astype(">f4").tobytes(), "does not hold x, y, z and reflectance"),
        (XYZ[:400].tobytes(), "does not hold x, y, z and reflectance"),
        (np.hstack([XYZ, XYZ]).astype("<f4").tobytes(), "does not hold x, y, z and reflectance"),
    ],
)
def test_what_is_no_sweep_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "odd.bin"
    path.write_bytes(content)
    with pytest.raises(ScanError, match=why):
        read_scan(path)


@settings(max_examples=200)
@given(st.binary(min_size=320, max_size=3200))
def test_other_files_are_not_taken_for_sweeps(content: bytes) -> None:
    """Random bytes: twenty rows that all pass are not to be expected."""
    import tempfile

    if len(set(content)) < 64:  # what hypothesis shrinks to, such as zeros, may be numbers
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.bin"
        path.write_bytes(content)
        with pytest.raises(ScanError):
            read_scan(path)
