"""Turns: proper, the shortest, and to the bit those of the axes where a direction is one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.preparation.prepare import MODES, PrepareSpec, prepare
from cg3d_runtime.preparation.turning import combined, rotation, turned
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import Up, as_up

PARTS = st.floats(-100, 100)
VECTORS = st.tuples(PARTS, PARTS, PARTS).filter(lambda vector: max(map(abs, vector)) > 1e-3)


def vector(up: Up) -> np.ndarray:
    if isinstance(up, str):
        return (-1.0 if up[0] == "-" else 1.0) * np.eye(3)["xyz".index(up[-1])]
    return np.array(up)


@given(given_up=VECTORS, model_up=st.sampled_from(UP_AXES))
def test_the_turn_is_proper_takes_up_to_up_and_is_the_shortest(given_up: tuple[float, ...], model_up: str) -> None:
    up = as_up(given_up)
    turn, cosine = rotation(up, model_up), float(vector(up) @ vector(model_up))
    assume(cosine > -1 + 1e-6)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-8) and np.linalg.det(turn) == pytest.approx(1.0)
    assert turn @ vector(up) == pytest.approx(vector(model_up), abs=1e-8)
    assert np.trace(turn) == pytest.approx(1 + 2 * cosine, abs=1e-8)  # the angle between the two, and no larger one


@given(axis=st.sampled_from(UP_AXES), off=st.floats(0, 1e-2), heading=st.floats(0, 7))
def test_nearly_opposite_directions(axis: str, off: float, heading: float) -> None:
    """Where the shortest turn is hardly defined it is still a rotation, to a ten-thousandth."""
    along, aside, up = vector(axis), np.roll(vector(axis), 1), np.roll(vector(axis), 2)
    lean = as_up(-along + off * (np.cos(heading) * aside + np.sin(heading) * up))
    turn = rotation(lean, axis)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-3) and np.linalg.det(turn) == pytest.approx(1.0, abs=1e-3)
    assert turn @ vector(lean) == pytest.approx(along, abs=1e-3)


@pytest.mark.parametrize("axis", UP_AXES)
def test_opposite_axes_are_half_a_turn_apart(axis: str) -> None:
    """About x, or about y where up is along x."""
    down = axis[1:] if axis.startswith("-") else f"-{axis}"
    turn = rotation(down, axis)
    expected = np.diag([-1, 1, -1]) if axis.endswith("x") else np.diag([1, -1, -1])
    assert turn.dtype == np.int64
    np.testing.assert_array_equal(turn, expected)


@pytest.mark.parametrize("axis", UP_AXES)
@pytest.mark.parametrize("mode", MODES)
def test_an_axis_as_numbers_gives_the_bits_of_the_axis(axis: str, mode: str) -> None:
    xyz = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    spec = PrepareSpec(points=64, mode=mode)
    expected = prepare(PointCloud(xyz, up=axis), spec)
    for up in (vector(axis), vector(axis) * 9.81, tuple(vector(axis) * 1e-30)):
        np.testing.assert_array_equal(prepare(PointCloud(xyz, up=up), spec), expected)


@given(seed=st.integers(0, 2**32 - 1), given_up=VECTORS)
def test_a_leaning_cloud_is_stood_up(seed: int, given_up: tuple[float, ...]) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(20, 6)).astype(np.float32)
    before, up = points.copy(), as_up(given_up)
    stood = turned(points, rotation(up, "y"))
    np.testing.assert_array_equal(points, before)
    np.testing.assert_array_equal(stood[:, 3:], points[:, 3:])
    assert stood.dtype == np.float32
    assert stood[:, 1] == pytest.approx(points[:, :3] @ vector(up), abs=1e-5)
    assert np.linalg.norm(stood[:, :3], axis=1) == pytest.approx(np.linalg.norm(points[:, :3], axis=1), abs=1e-5)


@pytest.mark.parametrize("axis", UP_AXES)
@pytest.mark.parametrize("model_up", UP_AXES)
def test_turning_by_axes_loses_no_bit(axis: str, model_up: str) -> None:
    points = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    there = turned(points, rotation(axis, model_up))
    assert sorted(map(abs, there[0].tolist())) == sorted(map(abs, points[0].tolist()))
    np.testing.assert_array_equal(there @ rotation(axis, model_up), points)


def test_sums_are_taken_in_double_precision_from_left_to_right() -> None:
    points, weights = np.float32([[1, 1, -1]]), np.array([1e16, 1.0, 1e16])
    assert combined(points, weights)[0] == (1e16 + 1.0) - 1e16
    assert combined(points, np.array([0, -1, 0])).tolist() == [-1]
    assert combined(points, np.array([0, -1, 0])).dtype == np.float32


@pytest.mark.parametrize("mode", MODES)
def test_a_cloud_that_leans_prepares_as_one_that_stands(mode: str) -> None:
    """Up to a turn about up, which no direction tells, and to roundings."""
    xyz = np.random.default_rng(1).normal(size=(60, 3)).astype(np.float32)
    leaning = (xyz.astype(np.float64) @ rotation((0.6, 0.0, 0.8), "z")).astype(np.float32)  # z becomes (0.6, 0, 0.8)
    spec = PrepareSpec(points=64, mode=mode, up="z")
    stood, expected = prepare(PointCloud(leaning, up=(3, 0, 4)), spec), prepare(PointCloud(xyz), spec)
    heights = np.sort(stood[:60, 2]), np.sort(expected[:60, 2])
    np.testing.assert_allclose(heights[0], heights[1], atol=1e-2 if mode == "cg3d-2" else 1e-5)
