"""What upright boxes have in common, held to cases worked out by hand and to points thrown at random."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy", reason="scenes need SciPy")

from cg3d.scene_evaluation.boxes import area, box_iou, box_ious, clipped
from cg3d_runtime.scenes.boxes import Box, box_around, quaternion

UP = np.array([0.0, 0.0, 1.0])
DIRECTIONS = st.sampled_from([(0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.36, -0.48, 0.8)])


def box(
    centre: tuple[float, float, float], size: tuple[float, float, float], degrees: float = 0.0, up: np.ndarray = UP
) -> Box:
    """Turned by so many degrees about up."""
    side = np.eye(3)[int(np.abs(up).argmin())]
    side = side - (side @ up) * up
    side /= np.linalg.norm(side)
    front = np.cross(up, side)
    along = math.cos(math.radians(degrees)) * side + math.sin(math.radians(degrees)) * front
    return Box(centre, size, quaternion(np.column_stack([along, np.cross(up, along), up])))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (box((0, 0, 0), (2, 2, 2)), 1.0),
        (box((1, 0, 0), (2, 2, 2)), 1 / 3),
        (box((0, 0, 1), (2, 2, 2)), 1 / 3),
        (box((2, 0, 0), (2, 2, 2)), 0.0),  # they touch
        (box((0, 0, 3), (2, 2, 2)), 0.0),
        (box((0, 0, 0), (1, 1, 1)), 1 / 8),
        (box((0, 0, 0), (2, 2, 2), 90), 1.0),
        # A square turned by 45 degrees leaves an octagon of 8 (sqrt 2 - 1) of two squares of 4.
        (box((0, 0, 0), (2, 2, 2), 45), (8 * (math.sqrt(2) - 1)) / (8 - 8 * (math.sqrt(2) - 1))),
        (box((0, 0, 0), (0, 2, 2)), 0.0),
    ],
)
def test_known_cases(other: Box, expected: float) -> None:
    assert box_iou(box((0, 0, 0), (2, 2, 2)), other, UP) == pytest.approx(expected, abs=1e-12)


BOXES = st.tuples(
    st.tuples(*[st.floats(-1, 1)] * 3), st.tuples(*[st.floats(0.2, 2)] * 3), st.floats(-180, 180)
)  # fmt: skip


@given(BOXES, BOXES, DIRECTIONS)
@settings(max_examples=50)
def test_symmetric_bounded_and_one_for_itself(first: tuple, second: tuple, direction: tuple) -> None:
    up = np.array(direction)
    one, other = box(*first, up=up), box(*second, up=up)
    iou = box_iou(one, other, up)
    assert 0 <= iou <= 1
    assert iou == pytest.approx(box_iou(other, one, up), abs=1e-9)
    assert box_iou(one, one, up) == pytest.approx(1, abs=1e-9)


@given(BOXES, BOXES, DIRECTIONS)
@settings(max_examples=15)
def test_as_points_at_random_tell_it(first: tuple, second: tuple, direction: tuple) -> None:
    up = np.array(direction)
    one, other = box(*first, up=up), box(*second, up=up)
    xyz = np.random.default_rng(0).uniform(-3, 3, (20_000, 3))
    inside = [
        (np.abs((xyz - each.center) @ each.axes()) <= np.array(each.size) / 2).all(axis=1) for each in (one, other)
    ]
    both, either = (inside[0] & inside[1]).sum(), (inside[0] | inside[1]).sum()
    exact = box_iou(one, other, up)
    error = math.sqrt(0.25 / max(either, 1))  # binomial, at its largest
    assert both / max(either, 1) == pytest.approx(exact, abs=5 * error + 1e-3)


def test_a_box_that_leans_a_little_loses_nothing() -> None:
    lean = math.radians(3)
    axes = np.array([[1, 0, 0], [0, math.cos(lean), -math.sin(lean)], [0, math.sin(lean), math.cos(lean)]])
    assert box_iou(box((0, 0, 0), (3, 2, 1)), Box((0, 0, 0), (3, 2, 1), quaternion(axes)), UP) == pytest.approx(1)


def test_height_need_not_be_the_third_axis() -> None:
    axes = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])  # the first axis is up
    assert box_iou(box((0, 0, 0), (2, 1, 4)), Box((0, 0, 0), (4, 2, 1), quaternion(axes)), UP) == pytest.approx(1)


def test_boxes_around_points_agree_with_themselves() -> None:
    xyz = np.random.default_rng(1).normal(size=(200, 3))
    around = box_around(xyz, UP)
    assert box_iou(around, around, UP) == pytest.approx(1)
    assert box_ious([around], [around, box((9, 9, 9), (1, 1, 1))], UP) == pytest.approx(np.array([[1.0, 0.0]]))
    assert box_ious([], [around], UP).shape == (0, 1)


def test_polygons_are_clipped() -> None:
    square = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])
    assert area(square) == 4
    assert area(clipped(square, square + 1)) == pytest.approx(1)
    assert area(clipped(square, square + 5)) == 0
    assert area(clipped(square, np.array([[0.5, 0.5], [1, 0.5], [1, 1]]))) == pytest.approx(0.125)
