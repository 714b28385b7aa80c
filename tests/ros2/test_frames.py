"""Transforms over time, against matrices multiplied by hand."""

from __future__ import annotations

import math
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cg3d_ros.frames import FrameError, Frames, NotYetError, Pose

SECOND = 1_000_000_000


def transform(
    parent: str, child: str, turn: Rotation | None = None, shift: tuple[float, ...] = (0, 0, 0), at: float = 0.0
) -> SimpleNamespace:
    """A geometry_msgs/TransformStamped."""
    x, y, z, w = (turn or Rotation.identity()).as_quat()
    stamp = SimpleNamespace(sec=int(at), nanosec=round(at % 1 * 1e9))
    return SimpleNamespace(
        header=SimpleNamespace(frame_id=parent, stamp=stamp),
        child_frame_id=child,
        transform=SimpleNamespace(
            rotation=SimpleNamespace(x=x, y=y, z=z, w=w),
            translation=SimpleNamespace(x=shift[0], y=shift[1], z=shift[2]),
        ),
    )


def matrix(turn: Rotation, shift: tuple[float, ...]) -> np.ndarray:
    found = np.eye(4)
    found[:3, :3], found[:3, 3] = turn.as_matrix(), shift
    return found


def as_matrix(pose: Pose) -> np.ndarray:
    return matrix(pose.rotation, tuple(pose.translation))


@given(st.integers(0, 2**32 - 1))
def test_a_chain_up_and_down_is_the_product_of_its_matrices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turns, shifts = Rotation.random(4, random_state=rng), rng.normal(size=(4, 3))
    links = [("map", "base"), ("base", "arm"), ("base", "mast"), ("mast", "camera")]
    parts = [matrix(turn, tuple(shift)) for turn, shift in zip(turns, shifts, strict=True)]
    frames = Frames()
    for (parent, child), turn, shift in zip(links, turns, shifts, strict=True):
        frames.take([transform(parent, child, turn, tuple(shift))], static=True)
    expected = np.linalg.inv(parts[1]) @ parts[2] @ parts[3]  # from camera up to base, and down to arm
    np.testing.assert_allclose(as_matrix(frames.pose("arm", "camera", 5)), expected, atol=1e-12)
    np.testing.assert_allclose(as_matrix(frames.pose("camera", "arm", 5)), np.linalg.inv(expected), atol=1e-12)
    np.testing.assert_allclose(as_matrix(frames.pose("map", "arm", 5)), parts[0] @ parts[1], atol=1e-12)


def test_a_frame_in_itself_needs_no_transform() -> None:
    np.testing.assert_array_equal(as_matrix(Frames().pose("camera", "camera", 7)), np.eye(4))


def test_between_two_times_it_is_interpolated() -> None:
    frames = Frames()
    frames.take([transform("base", "camera", None, (0, 0, 1), at=1)], static=False)
    frames.take(
        [transform("base", "camera", Rotation.from_euler("z", 80, degrees=True), (4, 0, 3), at=3)], static=False
    )
    pose = frames.pose("base", "camera", int(1.5 * SECOND))
    np.testing.assert_allclose(pose.translation, (1, 0, 1.5))
    np.testing.assert_allclose(pose.rotation.as_euler("zyx", degrees=True), (20, 0, 0), atol=1e-9)


def test_a_time_of_0_asks_for_the_newest() -> None:
    frames = Frames()
    for at in (1, 2):
        frames.take([transform("base", "camera", None, (at, 0, 0), at=at)], static=False)
    np.testing.assert_allclose(frames.pose("base", "camera", 0).translation, (2, 0, 0))


def test_what_is_not_known_says_what_is() -> None:
    frames = Frames()
    with pytest.raises(NotYetError, match="no transform from 'camera' to 'base'; frames known so far: none"):
        frames.pose("base", "camera", 5)
    frames.take([transform("odom", "base")], static=True)
    with pytest.raises(NotYetError, match="from 'camera' to 'base'; frames known so far: base, odom"):
        frames.pose("base", "camera", 5)


def test_what_is_later_may_come_and_what_is_earlier_will_not() -> None:
    frames = Frames()
    for at in (10, 11):
        frames.take([transform("base", "camera", at=at)], static=False)
    with pytest.raises(NotYetError, match=r"the newest transform of 'camera' is 0\.500 s older than the cloud"):
        frames.pose("base", "camera", int(11.5 * SECOND))
    with pytest.raises(FrameError, match=r"the oldest transform of 'camera' is 1\.000 s newer than the cloud"):
        frames.pose("base", "camera", 9 * SECOND, timeout=60)  # does not wait


def test_one_who_waits_gets_it_when_it_comes() -> None:
    frames = Frames()
    frames.take([transform("base", "camera", at=10)], static=False)
    later = transform("base", "camera", None, (2, 0, 0), at=12)
    timer = threading.Timer(0.05, frames.take, ([later], False))
    timer.start()
    pose = frames.pose("base", "camera", 11 * SECOND, timeout=30)
    timer.join()
    np.testing.assert_allclose(pose.translation, (1, 0, 0))


def test_one_who_waits_is_let_go_at_the_end() -> None:
    frames = Frames()
    threading.Timer(0.05, frames.close).start()
    with pytest.raises(FrameError, match="the node is ending"):
        frames.pose("base", "camera", 0, timeout=30)


def test_ten_seconds_are_kept_and_a_clock_that_was_set_back_starts_anew() -> None:
    frames = Frames()
    for i in range(2000):
        frames.take([transform("base", "camera", at=100 + i / 50)], static=False)
    history = frames._frames["camera"]
    assert len(history.times) == len(history.poses) == 501
    frames.take([transform("base", "camera", None, (1, 0, 0), at=5)], static=False)
    np.testing.assert_allclose(frames.pose("base", "camera", 0).translation, (1, 0, 0))


@pytest.mark.parametrize("shift", [(math.nan, 0, 0), (math.inf, 0, 0)])
def test_what_is_no_transform_is_left_out(shift: tuple[float, ...]) -> None:
    frames = Frames()
    frames.take([transform("base", "camera", None, shift)], static=True)
    zero = transform("base", "camera")
    zero.transform.rotation.w = 0.0
    frames.take([zero], static=True)
    with pytest.raises(NotYetError):
        frames.pose("base", "camera", 0)


def test_frames_in_a_circle_are_an_error_not_a_hang() -> None:
    frames = Frames()
    frames.take([transform("a", "b"), transform("b", "a")], static=True)
    with pytest.raises(FrameError, match="run in a circle"):
        frames.pose("map", "a", 0)


def test_up_in_a_camera_that_looks_down() -> None:
    optical = Rotation.from_matrix([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])  # x right, y down, z forward, of a level camera
    assert Pose(optical).up() == pytest.approx((0, -1, 0))
    pitched = Rotation.from_euler("y", 40, degrees=True) * optical
    up = Pose(pitched).up()
    assert up == pytest.approx((0, -math.cos(math.radians(40)), -math.sin(math.radians(40))))
