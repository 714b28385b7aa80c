"""Reliability of scores: functions of label scores (M scans, L labels) and of the indices of the true labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from cg3d_runtime.errors import DataError

BINS = 15  # as in Guo et al. 2017


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence.

    Attributes:
        scans: how many.
        confidence: mean score of their best labels.
        accuracy: share of them that are right.
    """

    scans: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Reliability:
    """Distance of scores from shares of right answers; all but accuracy are better when lower.

    Attributes:
        accuracy: share of right answers.
        confidence: mean score of the best label; equal to accuracy where scores are right on the whole.
        ece: expected calibration error, bins of equal width in confidence.
        ece_equal_mass: likewise, bins of equal numbers of scans.
        nll: mean negative log likelihood of the true label, nats.
        brier: mean squared distance of the scores from certainty of the true label, 0 to 2.
        bins: those of equal width that hold scans, by rising confidence.
    """

    accuracy: float
    confidence: float
    ece: float
    ece_equal_mass: float
    nll: float
    brier: float
    bins: tuple[Bin, ...]


def softmax_scores(logits: np.ndarray, temperature: float) -> np.ndarray:
    """(M, L) float64 rows that sum to 1, as the runtime's recogniser computes them."""
    scores: np.ndarray = np.exp(log_softmax(logits.astype(np.float64) / temperature, axis=1))
    return scores


def negative_log_likelihood(logits: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    """Mean over scans of -log of the true label's score, in nats.

    Args:
        logits: (M, L) before the temperature.
        truth: (M,) indices of the true labels.
    """
    log_scores = log_softmax(logits.astype(np.float64) / temperature, axis=1)
    return float(-log_scores[np.arange(len(truth)), truth].mean())


def brier_score(scores: np.ndarray, truth: np.ndarray) -> float:
    """Mean over scans of sum_l (score_l - [l is true])^2 (Brier 1950), 0 to 2."""
    own = scores[np.arange(len(truth)), truth]
    return float(((scores**2).sum(axis=1) - 2 * own + 1).mean())


def equal_width_bins(confidence: np.ndarray, right: np.ndarray, count: int = BINS) -> tuple[Bin, ...]:
    """Answers grouped by their score in `count` bins ((b - 1) / count, b / count]; empty ones left out."""
    numbers = np.ceil(confidence * count).clip(1, count)
    return tuple(_bin(confidence[numbers == number], right[numbers == number]) for number in np.unique(numbers))


def equal_mass_bins(confidence: np.ndarray, right: np.ndarray, count: int = BINS) -> tuple[Bin, ...]:
    """Answers in `count` bins of as equal numbers as can be, by rising score; fewer bins than that for fewer answers."""
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(count, len(order)))
    return tuple(_bin(confidence[part], right[part]) for part in parts)


def expected_calibration_error(bins: tuple[Bin, ...]) -> float:
    """Mean over all answers of |accuracy - confidence| of their bin, 0 to 1.

    Source: Naeini et al. 2015; Guo et al. 2017, equation 3.
    """
    scans = sum(each.scans for each in bins)
    return sum(each.scans * abs(each.accuracy - each.confidence) for each in bins) / scans


def reliability(logits: np.ndarray, truth: np.ndarray, temperature: float) -> Reliability:
    """Every figure at one temperature.

    Args:
        logits: (M, L) before the temperature.
        truth: (M,) indices of the true labels.
        temperature: above 0.
    """
    scores = softmax_scores(logits, temperature)
    confidence, right = scores.max(axis=1), logits.argmax(axis=1) == truth
    bins = equal_width_bins(confidence, right)
    return Reliability(
        accuracy=float(right.mean()),
        confidence=float(confidence.mean()),
        ece=expected_calibration_error(bins),
        ece_equal_mass=expected_calibration_error(equal_mass_bins(confidence, right)),
        nll=negative_log_likelihood(logits, truth, temperature),
        brier=brier_score(scores, truth),
        bins=bins,
    )


def _bin(confidence: np.ndarray, right: np.ndarray) -> Bin:
    return Bin(len(confidence), float(confidence.mean()), float(right.mean()))


RANGE = (1e-3, 1e4)  # of temperatures, for cosines times 100
TOLERANCE = 1e-6  # of the logarithm


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature at which the true labels are most likely.

    The negative log likelihood is convex in 1 / T, so it has one minimum in log T, which a bounded search finds.

    Args:
        logits: (M, L) before the softmax.
        truth: (M,) indices of the true labels.
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
