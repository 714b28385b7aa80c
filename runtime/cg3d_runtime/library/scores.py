"""What a cosine means: a score between 0 and 1 that is comparable between kinds of queries.

Cosines are not: of words and a scan, which lie in different parts of the space, 0.5 is most often a find; of two scans it is
less than many pairs of different things have. So each kind of query has a logistic function of its own, fitted on hits of which
it is known whether they are what was asked for: a score is the share of such hits that were.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

TEXT, SCAN, IMAGE = "text", "scan", "image"
KINDS = (TEXT, SCAN, IMAGE)


class Logistic(NamedTuple):
    """score = 1 / (1 + exp(-(slope * cosine + offset)))."""

    slope: float
    offset: float

    def __call__(self, cosines: np.ndarray) -> np.ndarray:
        """Scores (m,) of cosines (m,)."""
        found: np.ndarray = 1 / (1 + np.exp(-(self.slope * cosines + self.offset)))
        return found


# By the space of a bundle. Fitted by `scripts/bench scores` on 1,529 objects of 514 names; a hit counts where it has the name
# that was asked for. Another bundle has no scores until `cg3d-search calibrate` has fitted some for a library.
SHIPPED: dict[str, dict[str, Logistic]] = {
    "687ca8582e7e": {TEXT: Logistic(18.21, -8.63), SCAN: Logistic(7.01, -5.68), IMAGE: Logistic(5.32, -4.25)},
}


def shipped(space: str) -> dict[str, Logistic]:
    """The functions that were fitted for a bundle that ships, by the SHA-256 of its space; none for others."""
    return SHIPPED.get(space[:12], {})


def fitted(cosines: np.ndarray, right: np.ndarray) -> Logistic | None:
    """The logistic function of the greatest likelihood; None where nothing can be told from these hits.

    Args:
        cosines: (m,).
        right: (m,) bool, whether each hit is what was asked for.
    Source: Platt 1999, by Newton's method, with a slope that is held back a little, so that separable hits have a finite one.
    """
    if right.all() or not right.any():
        return None
    spread = max(float(cosines.std()), 1e-6)
    inputs = np.stack([(cosines - cosines.mean()) / spread, np.ones_like(cosines)], axis=1).astype(np.float64)
    parameters, held = np.zeros(2), np.diag([1.0, 0.0])
    for _ in range(100):
        share = 1 / (1 + np.exp(-inputs @ parameters))
        curvature = (inputs * (share * (1 - share))[:, None]).T @ inputs + held
        step = np.linalg.solve(curvature, inputs.T @ (right - share) - held @ parameters)
        parameters = parameters + np.clip(step, -1, 1)
    slope = float(parameters[0]) / spread
    return Logistic(slope, float(parameters[1]) - slope * float(cosines.mean())) if slope > 0 else None
