"""Which way is up in a scan: an axis, or any direction, as an accelerometer tells it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import ScanError

Up = str | tuple[float, float, float]  # one of UP_AXES, or a unit vector that is none of them
AnyUp = str | Sequence[float] | np.ndarray  # a direction as it is given, see `as_up`


def as_up(given: AnyUp) -> Up:
    """What an API or a command line was given as a direction: an axis, three numbers of any length, or `x,y,z` as text.

    Returns:
        The axis where the direction is one, so that `0,0,9.81` gives the bits that `z` gives; else a unit vector.
    Raises:
        ScanError: anything else, or a vector that is zero or not finite.
    """
    if isinstance(given, str) and given.removeprefix("+") in UP_AXES:
        return given.removeprefix("+")
    try:
        words = given.split(",") if isinstance(given, str) else given
        x, y, z = (float(word) for word in words)
    except (TypeError, ValueError) as error:
        raise ScanError(
            f"up must be one of {', '.join(UP_AXES)}, or three numbers x,y,z; got {given!r:.80}."
        ) from error
    largest = max(abs(x), abs(y), abs(z))
    if largest == 0 or not all(map(math.isfinite, (x, y, z))):  # a comparison with NaN would depend on their order
        raise ScanError(f"up must be a direction: three finite numbers that are not all zero; got {given!r:.80}.")
    x, y, z = x / largest, y / largest, z / largest  # no square of it can overflow or vanish
    length = math.sqrt(x * x + y * y + z * z)
    return _axis(x / length, y / length, z / length)


def _axis(*direction: float) -> Up:
    along = [place for place, part in enumerate(direction) if part]
    if len(along) > 1:
        return direction  # type: ignore[return-value]
    return ("-" if direction[along[0]] < 0 else "") + "xyz"[along[0]]


def vector(up: Up) -> tuple[float, float, float]:
    """The unit vector of a direction."""
    if not isinstance(up, str):
        return up
    parts = [0.0, 0.0, 0.0]
    parts["xyz".index(up[-1])] = -1.0 if up.startswith("-") else 1.0
    return parts[0], parts[1], parts[2]


def opposite(up: Up) -> Up:
    """The way down, where `up` is up."""
    if isinstance(up, str):
        return up[1:] if up.startswith("-") else f"-{up}"
    x, y, z = up
    return -x, -y, -z


def spoken(up: Up) -> str:
    """As `--up` takes it: `-y`, or `0.12,-0.87,-0.48`."""
    return up if isinstance(up, str) else ",".join(f"{part:.3g}" for part in up)
