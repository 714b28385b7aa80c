"""Transforms between frames over time, as /tf and /tf_static tell them.

As in tf2: the newest ten seconds are kept, what lies between two transforms is interpolated, what is later than the newest is
not there yet, and a time of 0 asks for the newest. A node asks once a scene, so this needs no tf2_ros.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from cg3d_runtime import Cg3dError

KEPT_NS = 10_000_000_000
_DEEPEST = 1000  # frames from one to its root; more are a circle


class FrameError(Cg3dError):
    """A transform is not known."""


class NotYetError(FrameError):
    """A transform is not known, and may come."""


@dataclass(frozen=True)
class Pose:
    """Where a frame lies in another: takes coordinates in the first to the second.

    Attributes:
        rotation: from the axes of the first to those of the second.
        translation: (3,) metres, the first's origin in the second.
    """

    rotation: Rotation = field(default_factory=Rotation.identity)
    translation: np.ndarray = field(default_factory=lambda: np.zeros(3))

    def after(self, first: Pose) -> Pose:
        """This pose, of what `first` gives."""
        return Pose(self.rotation * first.rotation, self.rotation.apply(first.translation) + self.translation)

    def inverse(self) -> Pose:
        """The way back."""
        back = self.rotation.inv()
        return Pose(back, -back.apply(self.translation))

    def up(self) -> tuple[float, float, float]:
        """The z axis of the second frame, in the first."""
        x, y, z = map(float, self.rotation.as_matrix()[2])
        return x, y, z


@dataclass
class _History:
    """Where a frame lay in its parent; one that is static, at all times."""

    parent: str
    static: bool
    times: list[int] = field(default_factory=list)  # nanoseconds, rising
    poses: list[Pose] = field(default_factory=list)

    def add(self, time: int, pose: Pose) -> None:
        if self.static:
            self.times, self.poses = [time], [pose]
            return
        if self.times and time <= self.times[-1] - KEPT_NS:  # the clock was set back, as when a recording starts again
            self.times, self.poses = [], []
        place = bisect.bisect_left(self.times, time)
        if place < len(self.times) and self.times[place] == time:
            return  # repeated, as several publishers do
        self.times.insert(place, time)
        self.poses.insert(place, pose)
        stale = bisect.bisect_left(self.times, self.times[-1] - KEPT_NS)
        del self.times[:stale], self.poses[:stale]

    def at(self, time: int, child: str) -> Pose:
        if self.static or time == 0:
            return self.poses[-1]
        if time > self.times[-1]:
            raise NotYetError(
                f"the newest transform of {child!r} is {(time - self.times[-1]) / 1e9:.3f} s older than the cloud"
            )
        if time < self.times[0]:
            raise FrameError(
                f"the oldest transform of {child!r} is {(self.times[0] - time) / 1e9:.3f} s newer than the cloud"
            )
        place = bisect.bisect_left(self.times, time)
        if self.times[place] == time:
            return self.poses[place]
        return self._between(place, time)

    def _between(self, place: int, time: int) -> Pose:
        before, after = self.poses[place - 1], self.poses[place]
        start, end = self.times[place - 1], self.times[place]
        share = (time - start) / (end - start)
        turns = Slerp([0.0, 1.0], Rotation.concatenate([before.rotation, after.rotation]))
        return Pose(turns(share), before.translation + share * (after.translation - before.translation))


class Frames:
    """What /tf and /tf_static have told; may be used from several threads at once."""

    def __init__(self) -> None:
        self._frames: dict[str, _History] = {}
        self._came = threading.Condition()
        self._closed = False

    def take(self, transforms: Iterable[Any], static: bool) -> None:
        """Take geometry_msgs/TransformStamped; those that are no turn, or not finite, are left out."""
        with self._came:
            for each in transforms:
                if (pose := _pose(each.transform)) is not None:
                    self._add(each.child_frame_id, each.header, pose, static)
            self._came.notify_all()

    def _add(self, child: str, header: Any, pose: Pose, static: bool) -> None:
        history = self._frames.get(child)
        if history is None or (history.parent, history.static) != (header.frame_id, static):
            history = self._frames[child] = _History(header.frame_id, static)
        history.add(header.stamp.sec * 1_000_000_000 + header.stamp.nanosec, pose)

    def pose(self, target: str, source: str, time: int, timeout: float = 0.0) -> Pose:
        """Where `source` lies in `target` at a time in nanoseconds (0: the newest), waiting for what may still come.

        Args:
            timeout: seconds.
        Raises:
            FrameError: it is not known.
        """
        found: list[Pose] = []
        with self._came:
            if not self._came.wait_for(lambda: self._closed or self._find(target, source, time, found), timeout):
                self._look(target, source, time)  # tells what is missing
        if not found:
            raise FrameError(f"no transform from {source!r} to {target!r}: the node is ending")
        return found[0]

    def close(self) -> None:
        """Let whoever waits go."""
        with self._came:
            self._closed = True
            self._came.notify_all()

    def _find(self, target: str, source: str, time: int, found: list[Pose]) -> bool:
        try:
            found[:] = [self._look(target, source, time)]
        except NotYetError:
            return False
        return True

    def _look(self, target: str, source: str, time: int) -> Pose:
        ups, downs = self._to_root(source), self._to_root(target)
        common = next((frame for frame in ups if frame in downs), None)
        if common is None:
            known = ", ".join(sorted({*self._frames, *(history.parent for history in self._frames.values())})[:20])
            raise NotYetError(f"no transform from {source!r} to {target!r}; frames known so far: {known or 'none'}")
        try:
            up, down = (self._chain(chain[: chain.index(common)], time) for chain in (ups, downs))
        except FrameError as error:
            raise type(error)(f"no transform from {source!r} to {target!r}: {error}") from error
        return down.inverse().after(up)

    def _to_root(self, frame: str) -> list[str]:
        chain = [frame]
        while (history := self._frames.get(chain[-1])) is not None:
            if len(chain) > _DEEPEST:
                raise FrameError(f"the frames above {frame!r} run in a circle")
            chain.append(history.parent)
        return chain

    def _chain(self, frames: list[str], time: int) -> Pose:
        """From the first of a chain of frames to the parent of the last."""
        pose = Pose()
        for frame in frames:
            pose = self._frames[frame].at(time, frame).after(pose)
        return pose


def _pose(transform: Any) -> Pose | None:
    turn, shift = transform.rotation, transform.translation
    quaternion, translation = np.array([turn.x, turn.y, turn.z, turn.w]), np.array([shift.x, shift.y, shift.z])
    length = float(np.linalg.norm(quaternion))
    if not (0.9 < length < 1.1 and np.isfinite(translation).all()):  # NaN compares as False
        return None
    return Pose(Rotation.from_quat(quaternion), translation)
