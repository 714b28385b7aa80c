"""Temperature and threshold fitted on one half of the objects, and what both are worth on the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.data.samples import number_of
from cg3d_calibration.label_lists import ListedScans, draw_lists
from cg3d_calibration.labelled_scans import LabelledScans
from cg3d_calibration.reliability import Reliability, fit_temperature, reliability
from cg3d_calibration.unknown import Point, Scores, auroc, balanced, curve, rates, threshold_that_keeps
from cg3d_runtime.errors import DataError

LENGTHS = (10, 26, 100)  # of label lists, besides the one asked for and all


@dataclass(frozen=True)
class Figures:
    """Figures that measure a temperature and a threshold.

    Attributes:
        list_length: labels to choose from.
        before, after: at temperature 1 and at the fitted one.
        at_threshold: what the threshold does.
        auroc: of known scans above unknown ones, any threshold: 0.5 is a guess, 1 a clean cut.
        auroc_right: likewise of right answers above unknown scans; None where no answer is right.
    """

    list_length: int
    before: Reliability
    after: Reliability
    at_threshold: Point
    auroc: float
    auroc_right: float | None


@dataclass(frozen=True)
class AtLength:
    """The fit used on lists of another length, and what would have been fitted there; None where nothing can be."""

    figures: Figures
    own_temperature: float | None
    own_threshold: float | None


@dataclass(frozen=True)
class MeasuredFit:
    """A fit and its figures, these on objects that it has not seen.

    Attributes:
        temperature, threshold: fitted.
        figures: for lists of the length that it was fitted for.
        kinds: likewise, of each kind of scans alone.
        lengths: for shorter and longer lists.
        curve: what other thresholds would do, by rising threshold.
        balanced: the point of the curve with the smallest sum of false accepts and false rejects.
    """

    temperature: float
    threshold: float
    figures: Figures
    kinds: dict[str, Figures]
    lengths: tuple[AtLength, ...]
    curve: tuple[Point, ...]
    balanced: Point


def measured_fit(
    scans: LabelledScans, list_length: int, keep: float, seed: int, kept: tuple[str, ...] = ()
) -> MeasuredFit:
    """Fit on one half of the objects and measure on the other.

    Args:
        scans: of objects that the model has not learned from.
        list_length: 3 or more; all labels where there are fewer.
        keep: share of right answers that the threshold accepts, above 0 and at most 1.
        seed: of halves and lists.
        kept: the kinds of scans whose right answers are meant; empty: all.
    Raises:
        DataError: see `fit_temperature` and `threshold_that_keeps`.
    """
    labels = len(scans.labels)
    length = min(list_length, labels)
    lengths = sorted({length, labels, *(each for each in LENGTHS if each < labels)})
    fit, rest = halves(scans, seed)
    fit_lists, lists = _lists(fit, length, seed), _lists(rest, length, seed + 1)
    temperature = fit_temperature(fit_lists.known, fit_lists.truth)
    mattering = fit.take(np.isin(fit.kinds, kept)) if kept else fit
    threshold = threshold_that_keeps(_lists(mattering, length, seed).scores(temperature), keep)
    points = curve(lists.scores(temperature))

    def at_length(other: int) -> AtLength:
        own = _own_fit(_lists(fit, other, seed), _lists(mattering, other, seed), temperature, keep)
        return AtLength(figures(_lists(rest, other, seed + 1), temperature, threshold), *own)

    def of_kind(kind: str) -> Figures:
        return figures(_lists(rest.take(rest.kinds == kind), length, seed + 1), temperature, threshold)

    return MeasuredFit(
        temperature,
        threshold,
        figures(lists, temperature, threshold),
        {kind: of_kind(kind) for kind in dict.fromkeys(rest.kinds[rest.truth >= 0].tolist())},
        tuple(at_length(other) for other in lengths),
        points,
        balanced(points),
    )


def halves(scans: LabelledScans, seed: int) -> tuple[LabelledScans, LabelledScans]:
    """Every second object, in the order of labels and at random within each, and the others; no object is in both."""
    objects = set(zip(scans.truth.tolist(), scans.ids.tolist(), strict=True))
    ordered = sorted((label, number_of(f"{seed} {id}"), id) for label, id in objects)
    first = np.isin(scans.ids, [id for _, _, id in ordered[::2]])
    return scans.take(first), scans.take(~first)


def figures(lists: ListedScans, temperature: float, threshold: float) -> Figures:
    """Every figure of a temperature and a threshold on these lists."""
    scores = lists.scores(temperature)
    return Figures(
        list_length=lists.known.shape[1],
        before=reliability(lists.known, lists.truth, 1.0),
        after=reliability(lists.known, lists.truth, temperature),
        at_threshold=rates(scores, threshold),
        auroc=auroc(scores.known, scores.unknown),
        auroc_right=_auroc_right(scores),
    )


def _auroc_right(scores: Scores) -> float | None:
    return auroc(scores.known[scores.right], scores.unknown) if scores.right.any() else None


def _lists(scans: LabelledScans, length: int, seed: int) -> ListedScans:
    return draw_lists(scans, length, np.random.default_rng(seed))


def _own_fit(
    lists: ListedScans, kept: ListedScans, temperature: float, keep: float
) -> tuple[float | None, float | None]:
    """The temperature that these lists would have had, and their threshold at the given one, of lists of scans to keep."""
    try:
        own = fit_temperature(lists.known, lists.truth)
    except DataError:  # all right, as with very short lists
        own = None
    try:
        return own, threshold_that_keeps(kept.scores(temperature), keep)
    except DataError:  # too few right, as with very long ones
        return own, None
