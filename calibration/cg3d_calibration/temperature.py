"""The one number that turns logits into honest scores (Guo et al. 2017, On Calibration of Modern Neural Networks)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from cg3d_calibration.reliability import negative_log_likelihood
from cg3d_runtime.errors import DataError

RANGE = (1e-3, 1e4)  # of temperatures, for cosines times 100
TOLERANCE = 1e-6  # of the logarithm


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature at which the true labels are most likely.

    The negative log likelihood is convex in 1 / T, so it has one minimum in log T, which a bounded search finds.

    Args:
        logits: (M, L) before the softmax.
        truth: (M,) places of the true labels.
    Raises:
        DataError: every answer is right, or they are no better than guesses: the likelihood has no minimum then.
    """
    _require_minimum(logits, truth)

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(logits, truth, float(np.exp(log_temperature)))

    bounds = tuple(np.log(RANGE))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": TOLERANCE}).x))


def _require_minimum(logits: np.ndarray, truth: np.ndarray) -> None:
    """The likelihood's limits: it rises for T to 0 where all are right, for T to infinity by its slope in 1 / T at 0."""
    own = logits[np.arange(len(truth)), truth]
    if (own >= logits.max(axis=1)).all():
        raise DataError(
            f"all {len(truth)} answers that the temperature is fitted on are right, so it would fall without end and every "
            "score become 1. Calibrate on more scans, or on harder ones."
        )
    if (own - logits.mean(axis=1)).mean() <= 0:
        raise DataError(
            f"the {len(truth)} answers that the temperature is fitted on are no better than guesses, so it would rise without "
            "end. Check that bundle and data belong together: `cg3d eval`."
        )
