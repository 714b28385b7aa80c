"""How well a length agrees with each name.

A golf ball and a tennis ball have one shape; 43 and 67 mm tell them apart. What is added to the logits of the shape is nothing
where the length is usual for things of that name, and speaks against the name the odder it is, down to a floor: there are toys,
giants and parts. What is several times longer or shorter than anything of a name is barred, as a bottle of the length of a man
is; not so where that would bar all labels, as of files in wrong units. That a length fits is no evidence for a name, as it
would be by the rule of Bayes: of names with narrow ranges a list holds few, and a scissors' length is that of many things.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.sizes.length import EIGHT_IN_TEN

ODD = 0.03  # as likely as a length gets, beside 1 for the usual one
# Of one view, part of the longest side is out of sight; tables of usual lengths err, too.
MEASURING = 0.3  # deviation of the logarithm
# How many times longer or shorter than usual a thing never is, beside two deviations of its name; and what logits lose by that.
NEVER, DEVIATIONS, BARRED = math.log(3), 2.0, 6.0
FITS = math.log(0.4)  # the evidence of a length at the end of the range


def evidence(length: float, usual: np.ndarray) -> np.ndarray:
    """The logarithm of how well a length agrees with each name.

    Args:
        length: metres.
        usual: (..., 2) mean and deviation of the logarithm of the length in metres; NaN where nobody knows.
    Returns:
        (...) float64 from log 0.03 to 0; 0 where nobody knows.
    """
    away = (math.log(length) - usual[..., 0]) / np.hypot(usual[..., 1], MEASURING)
    told: np.ndarray = np.log(ODD + (1 - ODD) * np.exp(-(away**2) / 2))
    return np.where(np.isnan(told), 0.0, told)


def barred(length: float, usual: np.ndarray) -> np.ndarray:
    """(...) bool: whether nothing of a name is so long or so short; `usual` as in `evidence`, False where nobody knows."""
    return np.abs(math.log(length) - usual[..., 0]) > NEVER + DEVIATIONS * usual[..., 1]  # NaN compares as False


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
        return self._told(length, self.labels)

    def of_rivals(self, length: float) -> np.ndarray:
        """(R,): likewise of the rivals."""
        return self._told(length, self.rivals)

    def _told(self, length: float, usual: np.ndarray) -> np.ndarray:
        told: np.ndarray = self.weight * evidence(length, usual)
        if barred(length, self.labels).all():
            return told
        return told - BARRED * barred(length, usual)


def sentence(length: float, name: str, usual: np.ndarray) -> str | None:
    """What a length says of a name with a usual length (2,), see `evidence`; None where nobody knows that."""
    if np.isnan(usual).any():
        return None
    if evidence(length, usual) >= FITS:
        return f"{spoken(length)} fits {name}"
    low, high = (math.exp(usual[0] + side * usual[1] * EIGHT_IN_TEN / 2) for side in (-1, 1))
    return f"{spoken(length)} is unusual for {name}: most are {spoken(low)} to {spoken(high)}"


def spoken(length: float) -> str:
    """A length as people write it: 4.3 cm, 1.2 m."""
    unit, metres = next((unit for unit in (("m", 1.0), ("cm", 0.01)) if length >= unit[1]), ("mm", 0.001))
    return f"{length / metres:.2g} {unit}" if length / metres < 100 else f"{length / metres:.0f} {unit}"
