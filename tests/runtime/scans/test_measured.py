"""What is no measurement, and what single precision blurs, on every way into a PointCloud."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import BLURRED, measured_xyz
from cg3d_runtime.scans.units import oddities

MAP = np.array([386_341.8, 5_819_822.6, 34.5])


def box(count: int = 400) -> np.ndarray:
    return np.random.default_rng(0).uniform(0.1, 0.4, (count, 3))


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16, np.int16, np.uint32, ">f4", ">f8"])
def test_rows_of_zeros_that_repeat_are_no_measurement(kind: str) -> None:
    xyz = (box() * 1000).astype(kind)
    xyz[::5] = 0
    before = xyz.copy()
    clean, notes = measured_xyz(xyz)
    assert np.isnan(clean[::5]).all() and np.isfinite(np.delete(clean, np.s_[::5], axis=0)).all()
    assert notes == ("has 80 of 400 points at 0 0 0, which are taken for no measurement.",)
    np.testing.assert_array_equal(xyz, before)


def test_one_point_at_the_origin_is_a_point_and_few_are_not_told() -> None:
    xyz = box().astype(np.float32)
    xyz[7] = 0
    assert measured_xyz(xyz)[0] is xyz
    xyz[8] = 0
    clean, notes = measured_xyz(xyz)
    assert np.isnan(clean[7:9]).all() and notes == ()


@given(st.lists(st.sampled_from([0.0, -0.0, 0.5]), min_size=3, max_size=30))
def test_zeros_are_told_row_by_row(numbers: list[float]) -> None:
    xyz = np.array(numbers[: len(numbers) // 3 * 3]).reshape(-1, 3)
    zeros = [not any(row) for row in xyz.tolist()]
    expected = np.array(zeros) & (sum(zeros) > 1)
    np.testing.assert_array_equal(np.isnan(measured_xyz(xyz)[0]).all(axis=1), expected)


def test_masked_rows_are_no_measurement() -> None:
    xyz = np.ma.masked_array(box(), mask=np.zeros((400, 3), bool))
    xyz[5, 2] = np.ma.masked
    cloud = PointCloud(xyz)
    assert (
        type(cloud.xyz) is np.ndarray and np.isnan(cloud.xyz[5]).all() and np.isfinite(np.delete(cloud.xyz, 5, 0)).all()
    )


def test_double_precision_far_from_the_origin_is_moved_also_beside_zeros() -> None:
    xyz = box() + MAP
    xyz[:100] = 0
    cloud = PointCloud(xyz)
    np.testing.assert_allclose(cloud.xyz[100:] - cloud.xyz[100], box()[100:] - box()[100], atol=1e-7)
    assert "too far" not in (oddities(cloud) or "")


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_is_blurred_already_is_told(kind: type) -> None:
    cloud = PointCloud((box() + MAP).astype(np.float32).astype(kind))
    assert oddities(cloud) == BLURRED
    assert oddities(PointCloud(box() + MAP)) is None


@pytest.mark.parametrize("digits", ["%g", "%.7g", "%.8g", "%.1f"])
def test_what_few_digits_blur_is_told(digits: str) -> None:
    """Six digits are what C++ streams write."""
    words = [[digits % number for number in row] for row in (box() + MAP).tolist()]
    assert oddities(PointCloud(np.array(words).astype(np.float64))) == BLURRED


@pytest.mark.parametrize("digits", ["%.3f", "%.6f", "%.12g"])
def test_millimetres_far_from_the_origin_are_no_blur(digits: str) -> None:
    words = [[digits % number for number in row] for row in (box() + MAP).tolist()]
    assert oddities(PointCloud(np.array(words).astype(np.float64))) is None


def test_single_precision_that_was_printed_is_told() -> None:
    words = [[f"{number:.9g}" for number in row] for row in (box() + MAP).astype(np.float32).tolist()]
    assert oddities(PointCloud(np.array(words).astype(np.float64))) == BLURRED


def test_an_upright_wall_far_from_the_origin_is_no_blur() -> None:
    wall = box() + MAP
    wall[:, 0] = MAP[0]
    assert oddities(PointCloud(wall)) is None


def test_half_precision() -> None:
    assert oddities(PointCloud(box().astype(np.float16))) is None
    assert oddities(PointCloud((box() + 100).astype(np.float16))) == BLURRED


def test_colours_of_any_type_and_what_is_odd_stay() -> None:
    cloud = PointCloud(box(), (box() * 255).astype(np.uint8), "y", ("is odd.",))
    assert cloud.rgb is not None and cloud.rgb.dtype == np.float32 and cloud.rgb.max() <= 1
    assert cloud.notes == ("is odd.",) and oddities(cloud) == "is odd."
