"""How well a length speaks for each name.

A golf ball and a tennis ball have one shape; 43 and 67 mm tell them apart. What is added to the logits of the shape is the
logarithm of how much likelier the length is for things of that name than for things at large. It is heavy-tailed: a length that
no such thing has speaks against a name, and never forbids it, since there are toys, giants, parts, and files in wrong units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.sizes.length import EIGHT_IN_TEN

ODD = 0.1  # of the things that bear a name, have any length
AT_LARGE = 1 / math.log(20 / 0.001)  # density of the logarithm of a length, of whatever robots meet: 1 mm to 20 m
# Of one view, part of the longest side is out of sight; what is seen is not cut out to the millimetre.
MEASURING = 0.15  # deviation of the logarithm


def evidence(length: float, usual: np.ndarray) -> np.ndarray:
    """The logarithms of how much likelier a length is for each name than at large.

    Args:
        length: metres.
        usual: (..., 2) mean and deviation of the logarithm of the length in metres; NaN where nobody knows.
    Returns:
        (...) float64, at least log 0.1; 0 where nobody knows.
    """
    deviation = np.hypot(usual[..., 1], MEASURING)
    density = np.exp(-(((math.log(length) - usual[..., 0]) / deviation) ** 2) / 2) / (
        deviation * math.sqrt(2 * math.pi)
    )
    told: np.ndarray = np.log(ODD + (1 - ODD) * density / AT_LARGE)
    return np.where(np.isnan(told), 0.0, told)


@dataclass(frozen=True)
class Lengths:
    """How long things of the names of a vocabulary usually are.

    Attributes:
        weight: of the evidence.
        labels, rivals: (L, 2) and (R, 2), see `evidence`.
    """

    weight: float
    labels: np.ndarray
    rivals: np.ndarray

    def of_labels(self, length: float) -> np.ndarray:
        """(L,): what a length adds to the logits of the labels."""
        return self.weight * evidence(length, self.labels)

    def of_rivals(self, length: float) -> np.ndarray:
        """(R,): likewise of the rivals."""
        return self.weight * evidence(length, self.rivals)


def sentence(length: float, name: str, usual: np.ndarray) -> str | None:
    """What a length says of a name with a usual length (2,), see `evidence`; None where nobody knows that."""
    if np.isnan(usual).any():
        return None
    if evidence(length, usual) >= 0:
        return f"{spoken(length)} fits {name}"
    low, high = (math.exp(usual[0] + side * usual[1] * EIGHT_IN_TEN / 2) for side in (-1, 1))
    return f"{spoken(length)} is unusual for {name}: most are {spoken(low)} to {spoken(high)}"


def spoken(length: float) -> str:
    """A length as people write it: 4.3 cm, 1.2 m."""
    unit, metres = next((unit for unit in (("m", 1.0), ("cm", 0.01)) if length >= unit[1]), ("mm", 0.001))
    return f"{length / metres:.2g} {unit}" if length / metres < 100 else f"{length / metres:.0f} {unit}"
