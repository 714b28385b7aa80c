"""Directions as an API and a command line are given them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import as_up, opposite, spoken


@pytest.mark.parametrize("axis", UP_AXES)
def test_an_axis_stays_one(axis: str) -> None:
    vector = (-1.0 if axis[0] == "-" else 1.0) * np.eye(3)["xyz".index(axis[-1])]
    for given_up in (axis, vector, (9.81 * vector).tolist(), tuple(1e-300 * vector), np.float32(1e30 * vector)):
        assert as_up(given_up) == axis
    assert as_up(",".join(map(str, vector))) == axis


@pytest.mark.parametrize(
    ("given_up", "expected"),
    [
        ("0.6,0,-0.8", (0.6, 0.0, -0.8)),
        (" 3 , 0 , 4e0 ", (0.6, 0.0, 0.8)),
        ([3, 0, 4], (0.6, 0.0, 0.8)),
        (np.array([3, 0, 4], dtype=np.int16), (0.6, 0.0, 0.8)),
        (np.float32([3, 0, 4]) * np.float32(1e-30), (0.6, 0.0, 0.8)),
        ((3e300, 0.0, 4e300), (0.6, 0.0, 0.8)),
        ((3e-320, 0.0, 4e-320), (0.6, 0.0, 0.8)),
        ((1.0, 1.0, 1.0), (3**-0.5,) * 3),
    ],
)
def test_numbers_become_a_unit_vector(given_up: object, expected: tuple[float, ...]) -> None:
    up = as_up(given_up)  # type: ignore[arg-type]
    assert isinstance(up, tuple) and all(type(part) is float for part in up)
    assert up == pytest.approx(expected, abs=1e-3 if "e-320" in str(given_up) else 1e-7)
    assert math.hypot(*up) == pytest.approx(1.0, abs=1e-15)


@given(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3).filter(any))
def test_any_finite_vector_is_a_direction(given_up: tuple[float, float, float]) -> None:
    up = as_up(given_up)
    assert up in UP_AXES or math.hypot(*up) == pytest.approx(1.0, abs=1e-15)
    assert as_up(up) == pytest.approx(up, abs=1e-15) if isinstance(up, tuple) else as_up(up) == up
    assert opposite(opposite(up)) == up and opposite(up) == as_up([-part for part in given_up])


@pytest.mark.parametrize(
    "given_up",
    ["up", "", "x,y,z", "1,2", "1,2,3,4", "1;2;3", [1, 2], [1, 2, 3, 4], None, 3, np.eye(3), ["a", "b", "c"], "+w"],
)
def test_what_is_no_direction_is_told(given_up: object) -> None:
    expected = "up must be one of x, y, z, -x, -y, -z, or three numbers x,y,z; got "
    with pytest.raises(ScanError) as error:
        as_up(given_up)  # type: ignore[arg-type]
    assert str(error.value) == f"{expected}{given_up!r:.80}."


@pytest.mark.parametrize(
    "given_up", ["0,0,0", (0.0, -0.0, 0), (1, math.nan, 0), (0, 0, math.inf), (math.nan,) * 3, "nan,0,1"]
)
def test_a_vector_without_direction_is_told(given_up: object) -> None:
    with pytest.raises(ScanError) as error:
        as_up(given_up)  # type: ignore[arg-type]
    expected = "up must be a direction: three finite numbers that are not all zero; got "
    assert str(error.value) == f"{expected}{given_up!r:.80}."


@pytest.mark.parametrize("axis", UP_AXES)
def test_opposite_of_an_axis(axis: str) -> None:
    assert opposite(axis) in UP_AXES and {axis, opposite(axis)} == {axis[-1], f"-{axis[-1]}"}


def test_spoken_as_a_command_line_takes_it() -> None:
    assert spoken("-y") == "-y"
    assert spoken(as_up((0.12, -0.87, -0.48))) == "0.12,-0.869,-0.48"
    assert as_up(spoken(as_up((1, 2, 3)))) == pytest.approx(as_up((1, 2, 3)), abs=1e-3)


def test_a_cloud_keeps_a_unit_vector_and_refuses_the_rest() -> None:
    xyz = np.zeros((1, 3), dtype=np.float32)
    assert PointCloud(xyz, up=(0, 3, 4)).up == pytest.approx((0.0, 0.6, 0.8))
    assert PointCloud(xyz, up="0,0,2").up == "z"
    with pytest.raises(ScanError, match="not all zero"):
        PointCloud(xyz, up=(0, 0, 0))
