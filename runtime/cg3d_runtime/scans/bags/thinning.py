"""At most one cloud in so many seconds, by the stamps of the messages."""

from __future__ import annotations

import math

from cg3d_runtime.errors import ScanError

_NANO = 1_000_000_000


class Thinning:
    """Chooses by a grid of times that begins with the first cloud, so that a stamp that comes a little late delays no other.

    Where time jumps back by more than a step, as in a recording of a simulation that was started again, it begins anew.
    """

    def __init__(self, every: float | None) -> None:
        """Raises: ScanError: `every` is no number of seconds above 0."""
        if every is not None and not (math.isfinite(every) and every > 0):
            raise ScanError(f"every must be a number of seconds above 0, got {every}.")
        self._step = 0 if every is None else max(round(every * _NANO), 1)
        self._due: int | None = None

    def takes(self, stamp: int) -> bool:
        """Whether the cloud of this stamp, in nanoseconds, is taken."""
        if not self._step:
            return True
        if self._due is None or stamp < self._due - 2 * self._step:
            self._due = stamp
        if stamp < self._due:
            return False
        self._due += ((stamp - self._due) // self._step + 1) * self._step
        return True
