"""The random choices of an object."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draw(np.random.Generator):
    """A generator of NumPy with short words for what a shape draws all the time: `d(0.2, 0.3)`, `d.chance(0.4)`."""

    def __call__(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        return self.uniform(low, high)

    def chance(self, share: float) -> bool:
        """True in `share` of all cases."""
        return self.random() < share

    def pick(self, *options: T) -> T:
        """One of the options, each as likely as the others."""
        return options[self.integers(len(options))]

    def count(self, low: int, high: int) -> int:
        """A whole number from `low` to `high - 1`."""
        return int(self.integers(low, high))
