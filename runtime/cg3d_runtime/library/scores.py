"""What a cosine means: a score between 0 and 1 that is comparable between kinds of queries.

Cosines are not: of words and scans, which lie in different parts of the space, 0.5 is a sure find; of two scans it is less than
most pairs of the same kind of thing have. So a cosine is first measured against the query's cosines with a sample of the
library: how many standard deviations it stands out. Then a logistic function for each kind of query, fitted on the development
data, turns that into the share of such hits that were the same kind of thing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

TEXT, SCAN, IMAGE = "text", "scan", "image"


class Logistic(NamedTuple):
    """p = 1 / (1 + exp(-(slope * deviations + offset)))."""

    slope: float
    offset: float


# Fitted by `scripts/bench scores` on 1,529 objects of 514 names with cg3d-mini; a hit counts where it has the query's name.
LOGISTICS = {TEXT: Logistic(1.72, -8.09), SCAN: Logistic(0.93, -5.49), IMAGE: Logistic(0.42, -4.0)}
KINDS = tuple(LOGISTICS)


def deviations(cosines: np.ndarray, query: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """How far cosines stand out of those that a query has with a sample of the library, in its standard deviations.

    Args:
        cosines: (m,).
        query: (D,) float32, a unit vector.
        sample: (s, D) float32, unit rows.
    """
    usual = sample @ query
    standing: np.ndarray = (cosines - usual.mean()) / max(float(usual.std()), 1e-6)
    return standing


def scores(cosines: np.ndarray, query: np.ndarray, sample: np.ndarray, kind: str) -> np.ndarray:
    """Scores (m,) in [0, 1] of cosines (m,); in their order."""
    slope, offset = LOGISTICS[kind]
    found: np.ndarray = 1 / (1 + np.exp(-(slope * deviations(cosines, query, sample) + offset)))
    return found
