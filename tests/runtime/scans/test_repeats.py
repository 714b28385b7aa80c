"""Places where many points lie alone, and grids of few steps: noted and dropped where it is sure, else left alone."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d_runtime import PointCloud
from cg3d_runtime.scans.units import oddities

RNG = np.random.default_rng(3)
MAP = np.array([386_341.8, 5_819_822.6, 34.5])
BOX = RNG.uniform(0, 0.12, (4000, 3)) + np.array([0.2, 0.1, 0.9])
ROTATION = np.linalg.qr(RNG.normal(size=(3, 3)))[0]


def with_place(xyz: np.ndarray, place: object, every: int = 5) -> np.ndarray:
    xyz = xyz.copy()
    xyz[::every] = place
    return xyz


def dropped(cloud: PointCloud) -> int:
    return int(np.isnan(cloud.xyz).any(axis=1).sum())


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4"])
@pytest.mark.parametrize("place", [-1, -9999, 1e10, 1e30, np.finfo("f4").max, -np.finfo("f4").max, (0, 0, 1e-30)])
def test_sentinels_are_no_measurement(place: object, dtype: str) -> None:
    cloud = PointCloud(with_place(BOX, place).astype(dtype))
    assert dropped(cloud) == 800
    note = "has 800 of 4000 points at one place apart from all others, which are taken for no measurement."
    assert oddities(cloud) == note


def test_sentinels_of_integers() -> None:
    assert dropped(PointCloud(with_place(BOX * 1000, 65535).astype(np.uint16))) == 800
    assert dropped(PointCloud(with_place(BOX * 1000, -32768).astype(np.int16))) == 800
    assert dropped(PointCloud(with_place(BOX * 1000, -(2**31)).astype(np.int32))) == 800


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_cameras_after_a_transform(dtype: str) -> None:
    """Two cameras, merged in the frame of a table; and far away on a map."""
    frames = [with_place(BOX, 0) @ ROTATION.T + shift for shift in ((0.3, 0.2, 0.9), (-0.4, 0.1, 0.8))]
    assert dropped(PointCloud(np.concatenate(frames).astype(dtype))) == 1600
    assert dropped(PointCloud(with_place(BOX, 0) + MAP)) == 800


def test_signalling_nan_beside_them() -> None:
    bits = np.frombuffer(np.full(12_000, 0x7FA00000, "<u4").tobytes(), "<f4").reshape(-1, 3)
    assert dropped(PointCloud(np.concatenate([with_place(BOX, -1).astype("f4"), bits]))) == 4800


def test_few_of_them_are_dropped_without_a_word() -> None:
    cloud = PointCloud(with_place(BOX, -1, every=40))
    assert dropped(cloud) == 100 and cloud.notes == ()


@pytest.mark.parametrize("every", [2, 5, 64])
def test_a_picture_with_a_pattern_of_holes(every: int) -> None:
    picture = np.resize(BOX, (480 * 640, 3))
    assert dropped(PointCloud(with_place(picture, -1, every).astype("f4"))) == -(-480 * 640 // every)


@pytest.mark.parametrize(
    "xyz",
    [
        np.concatenate([BOX, np.repeat(BOX[:1], 4000, axis=0)]),  # filled up with one point that was measured
        np.repeat(BOX, 7, axis=0),
        np.round(BOX * 1000).astype(np.int16),
        np.round(RNG.random((12_000, 3)), 1),
        np.round(BOX * 500).astype(np.uint8),
        np.full((400, 3), 2.5),
        np.concatenate([BOX[:20], np.full((20, 3), 9.0)])[:34],  # too few to be sure
        with_place(BOX, -1) * [1, 1, np.nan],
    ],
)
def test_what_was_measured_stays(xyz: np.ndarray) -> None:
    assert dropped(PointCloud(xyz)) == np.isnan(xyz).any(axis=1).sum()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("scale", [1, 100, 0.01])
def test_few_digits_are_told(dtype: str, scale: float) -> None:
    """What `%.2f` leaves of a mug in metres."""
    mug = RNG.uniform(0, 0.12, (4000, 3))
    note = oddities(PointCloud((np.round(mug, 2) * scale).astype(dtype)))
    assert note is not None and note.startswith(f"has coordinates in 12 steps of {0.01 * scale:.2g}; write more digits")
    assert PointCloud((np.round(mug, 3) * scale).astype(dtype)).notes == ()


def test_few_digits_of_a_flat_thing() -> None:
    plate = np.round(RNG.uniform(0, 0.2, (4000, 3)) * [1, 1, 0.02], 2)
    assert PointCloud(plate).notes == ("has coordinates in 20 steps of 0.01; write more digits.",)
    assert PointCloud(RNG.uniform(0, 0.2, (4000, 3)) * [1, 1, 0]).notes == ()
