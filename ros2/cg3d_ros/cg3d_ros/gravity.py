"""The way up, as an accelerometer tells it: at rest it reads the push of what it stands on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

SMOOTHING_S = 0.5  # longer than shocks and steps, shorter than a camera takes to be tilted
# A reading with gravity in it is 9.8 in m/s^2 and 1 in drivers that count in g; without, it is about 0 and points anywhere.
LEAST_GRAVITY = 0.5


class Gravity:
    """Blends readings until a cloud asks for the way up."""

    def __init__(self, say: Callable[[str], object]) -> None:
        """Take a function that is told, each once, why gravity is not known."""
        self._say, self._said = say, set[str]()
        self._frame: str | None = None  # of the readings; None before the first
        self._second = 0.0
        self._reading = (0.0, 0.0, 0.0)

    def take(self, message: Any) -> None:
        """Blend in the acceleration of a sensor_msgs/Imu, if it holds one; from another frame, or from before, starts anew."""
        new = message.linear_acceleration.x, message.linear_acceleration.y, message.linear_acceleration.z
        if message.linear_acceleration_covariance[0] == -1 or not all(map(math.isfinite, new)):
            return  # -1 is how a driver says that it measures none
        frame, second = message.header.frame_id, message.header.stamp.sec + message.header.stamp.nanosec * 1e-9
        goes_on = frame == self._frame and second > self._second
        share = -math.expm1((self._second - second) / SMOOTHING_S) if goes_on else 1.0
        x, y, z = (old + share * (now - old) for old, now in zip(self._reading, new, strict=True))
        self._frame, self._second, self._reading = frame, second, (x, y, z)

    def up_in(self, frame: str) -> tuple[float, float, float] | None:
        """The way up in a frame, of any length; None while it is not known there."""
        if lack := self._lack(frame):
            if lack not in self._said:
                self._say(f"imu: {lack}; the parameter up holds.")
            self._said.add(lack)
            return None
        return self._reading

    def _lack(self, frame: str) -> str | None:
        if self._frame is None:
            return "no acceleration has come yet"
        if self._frame != frame:
            return f"accelerations are in the frame {self._frame!r} and clouds in {frame!r}; imu_transformer brings them there"
        if math.hypot(*self._reading) < LEAST_GRAVITY:
            return "accelerations hold no gravity; turn off what takes it out of them"
        return None
