"""Telling scans that no label fits, by the best label's score, alone or against rivals: the threshold, and what it costs.

A scan is "known" where its label is in the list and "unknown" where that label was left out. Accepted are scores of the
threshold or more, as in the runtime.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from cg3d.evaluation.metrics import FEWEST_RIGHT, keeping
from cg3d_runtime.errors import DataError

CURVE_POINTS = 200


@dataclass(frozen=True)
class Scores:
    """Values of `Vocabulary.assurance` for the same kind of scan with and without the right label in the list.

    Attributes:
        known: (M,) where the list holds the scan's label.
        right: (M,) bool, whether the best label is the scan's.
        unknown: (K,) where it does not.
    """

    known: np.ndarray
    right: np.ndarray
    unknown: np.ndarray


@dataclass(frozen=True)
class Point:
    """The effect of one threshold.

    Attributes:
        threshold: a best score under it is "unknown".
        false_accepts: share of unknown scans that get an answer all the same.
        false_rejects: share of right answers that are withheld.
        known_rejects: share of all known scans, right or wrong, that are withheld.
        accepted_accuracy: share of right answers among the known scans that are answered; 1 where none is.
        wrong_answers: share of all known scans that are answered, and wrongly.
    """

    threshold: float
    false_accepts: float
    false_rejects: float
    known_rejects: float
    accepted_accuracy: float
    wrong_answers: float


def threshold_that_keeps(scores: Scores, keep: float) -> float:
    """The highest threshold at which at least a share `keep` (above 0, at most 1) of the right answers is accepted.

    Raises:
        DataError: fewer than 20 right answers.
    """
    right = scores.known[scores.right]
    if len(right) < FEWEST_RIGHT:
        raise DataError(
            f"{len(right)} right answers among the {len(scores.known)} that the threshold is fitted on; at least "
            f"{FEWEST_RIGHT} are needed. Calibrate on more objects, or train a better model first."
        )
    return keeping(right, keep)


def rates(scores: Scores, threshold: float) -> Point:
    """The effect of a threshold on the scans; see `Point`."""
    accepted = scores.known >= threshold
    return Point(
        threshold=float(threshold),
        false_accepts=float((scores.unknown >= threshold).mean()),
        false_rejects=float((~accepted[scores.right]).mean()) if scores.right.any() else 0.0,
        known_rejects=float((~accepted).mean()),
        accepted_accuracy=float(scores.right[accepted].mean()) if accepted.any() else 1.0,
        wrong_answers=float((accepted & ~scores.right).mean()),
    )


def curve(scores: Scores) -> tuple[Point, ...]:
    """Up to 201 thresholds from "accept all" (0) on, spaced by the quantiles of all scores."""
    pooled = np.concatenate([scores.known, scores.unknown])
    thresholds = np.unique(np.quantile(pooled, np.linspace(0, 1, CURVE_POINTS)))
    return tuple(rates(scores, threshold) for threshold in (0.0, *thresholds))


def balanced(points: tuple[Point, ...]) -> Point:
    """The point of a curve with the smallest sum of false accepts and false rejects."""
    return min(points, key=lambda point: point.false_accepts + point.false_rejects)


def auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Probability that a positive scores above a negative, ties counted half: the area under the ROC curve.

    Source: the Mann-Whitney U statistic (Hanley and McNeil 1982).
    """
    count = len(positive)
    ranks = rankdata(np.concatenate([positive, negative]))
    return float((ranks[:count].sum() - count * (count + 1) / 2) / (count * len(negative)))
