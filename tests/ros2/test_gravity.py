"""The way up from an accelerometer."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from cg3d_ros.gravity import SMOOTHING_S, Gravity


def imu(*acceleration: float, at: float = 0.0, frame: str = "camera", covariance: float = 0.0) -> SimpleNamespace:
    """A sensor_msgs/Imu; `at` in seconds."""
    stamp = SimpleNamespace(sec=int(at), nanosec=round(at % 1 * 1e9))
    return SimpleNamespace(
        header=SimpleNamespace(stamp=stamp, frame_id=frame),
        linear_acceleration=SimpleNamespace(**dict(zip("xyz", acceleration, strict=True))),
        linear_acceleration_covariance=[covariance] + [0.0] * 8,
    )


@pytest.fixture
def said() -> list[str]:
    """What `gravity` has told."""
    return []


@pytest.fixture
def gravity(said: list[str]) -> Gravity:
    return Gravity(said.append)


def test_gravity_at_rest_is_the_reading(gravity: Gravity, said: list[str]) -> None:
    gravity.take(imu(0.1, -9.7, 1.25))
    assert gravity.up_in("camera") == (0.1, -9.7, 1.25)
    assert said == []


@pytest.mark.parametrize("rate", [50, 200, 1000])
def test_gravity_forgets_a_reading_by_time_not_by_count(rate: int, gravity: Gravity) -> None:
    for i in range(rate + 1):
        gravity.take(imu(0, 0, 10 if i == 0 else 0, at=5 + i / rate))
    up = gravity.up_in("camera")
    assert up is not None
    assert up[2] == pytest.approx(10 * math.exp(-1 / SMOOTHING_S), rel=1e-6)


def test_shocks_and_steps_do_not_turn_it(gravity: Gravity) -> None:
    rng = np.random.default_rng(8)
    for i in range(600):
        gravity.take(imu(*(np.array([0, -9.8, 0]) + rng.normal(0, 4, 3)), at=i / 200))
    up = np.array(gravity.up_in("camera"))
    assert -up[1] / np.linalg.norm(up) > math.cos(math.radians(10))


@pytest.mark.parametrize("later", [imu(9, 0, 0, at=1, frame="other"), imu(9, 0, 0, at=99), imu(9, 0, 0, at=100)])
def test_another_frame_or_time_that_goes_back_starts_anew(later: SimpleNamespace, gravity: Gravity) -> None:
    gravity.take(imu(0, -9, 0, at=100))
    gravity.take(later)
    assert gravity.up_in(later.header.frame_id) == (9, 0, 0)


@pytest.mark.parametrize("nothing", [imu(1, 1, 1, at=1, covariance=-1.0), imu(0, math.nan, 0, at=1)])
def test_a_message_without_acceleration_is_left_out(nothing: SimpleNamespace, gravity: Gravity) -> None:
    gravity.take(imu(0, -9, 0))
    gravity.take(nothing)
    assert gravity.up_in("camera") == (0, -9, 0)


def test_why_gravity_is_not_known_is_said_once(gravity: Gravity, said: list[str]) -> None:
    assert [gravity.up_in("camera") for _ in range(3)] == [None] * 3
    gravity.take(imu(0, 0, 9.8, frame="imu"))
    assert [gravity.up_in("camera") for _ in range(3)] == [None] * 3
    gravity.take(imu(0.01, 0, 0.02))
    assert gravity.up_in("camera") is None
    assert said == [
        "imu: no acceleration has come yet; the parameter up holds.",
        "imu: accelerations are in the frame 'imu' and clouds in 'camera'; imu_transformer brings them there; the parameter up "
        "holds.",
        "imu: accelerations hold no gravity; turn off what takes it out of them; the parameter up holds.",
    ]
