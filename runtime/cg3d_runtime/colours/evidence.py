"""How well the colours of a scan agree with each name.

As with lengths: what has the usual colours says nothing for a name, what has none of them speaks against it, down to a floor.
There are toys, and lamps of odd light; and a name of which every colour is usual must not suffer beside one that has its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.colours.basic import TERMS

ODD = 0.05  # as likely as colours get, beside 1 for the usual ones
ENOUGH = 0.5  # share of the points that have to be of the usual colours: labels, stalks and shadows are not
FITS = math.log(0.4)  # the evidence down to which colours fit


def evidence(colours: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The logarithm of how well colours agree with each name.

    Args:
        colours: (11,) see `colours_of`.
        usual: (..., 11) bool, see `usual_colours`.
    Returns:
        (...) float64 from log 0.05 to 0; 0 where every colour is usual.
    """
    share = np.where(usual, colours, 0.0).sum(axis=-1)
    told: np.ndarray = np.log(ODD + (1 - ODD) * np.minimum(1.0, share / ENOUGH))
    return np.where(usual.any(axis=-1), told, 0.0)


@dataclass(frozen=True)
class Colours:
    """Which colours things of the names of a vocabulary usually have.

    Attributes:
        labels, rivals: (L, 11) and (R, 11) bool, see `usual_colours`.
    """

    labels: np.ndarray
    rivals: np.ndarray

    def of_labels(self, colours: np.ndarray) -> np.ndarray:
        """(L,): what the colours of a scan add to the logits of the labels."""
        return evidence(colours, self.labels)

    def of_rivals(self, colours: np.ndarray) -> np.ndarray:
        """(R,): likewise of the rivals."""
        return evidence(colours, self.rivals)


def sentence(colours: np.ndarray, name: str, usual: np.ndarray) -> str | None:
    """What colours say of a name with usual ones (11,) bool; None where every colour is usual."""
    if not usual.any():
        return None
    if evidence(colours, usual) >= FITS:
        return f"{TERMS[int(np.where(usual, colours, -1.0).argmax())]} fits {name}"
    terms = [term for term, is_usual in zip(TERMS, usual, strict=True) if is_usual]
    seen = f"{TERMS[int(colours.argmax())]} is" if colours.any() else "its colours are"  # some are called by no term
    return f"{seen} unusual for {name}: most are {' or '.join(terms)}"
