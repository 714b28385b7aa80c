"""Usual lengths as people write them behind a name: `golf ball @ 43 mm`, `mug @ 8-14 cm`."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from cg3d_runtime.choices import METRES
from cg3d_runtime.errors import LabelError

SHORTEST, LONGEST = 1e-4, 1e4  # metres
_NUMBER = r"(\d+(?:\.\d+)?)"
_WRITTEN = re.compile(rf"{_NUMBER}\s*(?:(?:-|\u2013|\.\.|to)\s*{_NUMBER})?\s*([a-z]+)", re.I)
_FORM = "write the longest side of such a thing, as in `golf ball @ 43 mm` or `mug @ 8-14 cm`"
# Of one length, of which no two things are made exactly.
_ABOUT = 1.05
EIGHT_IN_TEN = 2 * 1.2816  # standard deviations between the tenth and the ninetieth percentile


class UsualLength(NamedTuple):
    """The longest side of eight in ten such things, in metres."""

    low: float
    high: float

    @property
    def log_mean(self) -> float:
        return (math.log(self.low) + math.log(self.high)) / 2

    @property
    def log_deviation(self) -> float:
        return (math.log(self.high) - math.log(self.low)) / EIGHT_IN_TEN


def split_length(name: str) -> tuple[str, UsualLength | None]:
    """A name, and the usual length that stands behind ` @ `.

    Raises:
        LabelError: how it goes on after where the line stands: what stands there is no length.
    """
    plain, at, written = name.rpartition(" @")
    if not at:
        return name, None
    return plain.strip(), parse_length(written.strip())


def parse_length(written: str) -> UsualLength:
    """Read `43 mm`, `8-14 cm` or `1.2 to 2 m`.

    Raises:
        LabelError: it is no length, or none that things have.
    """
    found = _WRITTEN.fullmatch(written)
    if found is None or (unit := found[3].lower()) not in METRES:
        raise LabelError(f"{written[:40]!r} behind @ is no length in {', '.join(METRES)}; {_FORM}.")
    low = float(found[1]) * METRES[unit]
    high = float(found[2]) * METRES[unit] if found[2] else low
    if not SHORTEST <= low <= high <= LONGEST:
        raise LabelError(f"{written[:40]!r} behind @ is no length from the shorter to the longer; {_FORM}.")
    return UsualLength(low, high) if high > low else UsualLength(low / _ABOUT, high * _ABOUT)
