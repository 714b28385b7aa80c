"""Usual lengths for a bundle: a table of names, a regression to all others, and how much a length weighs beside a shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from cg3d.evaluation.encoders import embed_labels, readable
from cg3d_calibration.chosen_names import read_names
from cg3d_calibration.labelled_scans import LabelledScans
from cg3d_calibration.measured_fit import halves
from cg3d_calibration.reliability import negative_log_likelihood
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import LabelError
from cg3d_runtime.labels import Label
from cg3d_runtime.sizes.evidence import evidence
from cg3d_runtime.sizes.usual import UsualLengths

USUAL_SIZES = Path(__file__).with_name("usual_sizes.txt")
ANCHORS = 512  # names that the regression keeps
SHARPNESS, RIDGE = 2.0, 0.1
FOLDS = 5
FEWEST = 20  # scans of known length that a weight is fitted on
MOST_WEIGHT = 2.0


@dataclass(frozen=True)
class Gain:
    """What lengths are worth, on scans of known length of objects that the weight was not fitted on.

    Attributes:
        scans: how many.
        shape, both: shares of right answers by the shape alone, and with the length.
    """

    scans: int
    shape: float
    both: float


def read_usual_sizes(choice: str) -> tuple[Label, ...]:
    """Names with lengths.

    Args:
        choice: `everyday`, the table that comes with this package; `none`; or the path of a label file with lengths.
    Raises:
        LabelError: a file that cannot be read as labels, or a label without a length.
    """
    names = read_names(choice, USUAL_SIZES)
    if bare := next((name.name for name in names if name.length is None), None):
        raise LabelError(
            f"{choice}: {bare[:40]!r} has no length; write the longest side behind an @: `{bare[:40]} @ 8-14 cm`."
        )
    return names


def usual_lengths(bundle: Bundle, names: Sequence[Label], backend: str) -> UsualLengths | None:
    """What a bundle is to know of lengths, of weight 1; None where there are no names that its text encoder can read."""
    plain = readable(bundle, [replace(name, phrases=(name.name,)) for name in names])
    if not plain:
        return None
    table = np.array([(name.length.log_mean, name.length.log_deviation) for name in plain if name.length])
    return fit_likeness(tuple(name.name.casefold() for name in plain), table, embed_labels(bundle, plain, backend))


def fit_likeness(names: tuple[str, ...], table: np.ndarray, matrix: np.ndarray) -> UsualLengths:
    """A regression from embeddings to mean logarithms of lengths, by their nearness to some of the names.

    Args:
        names: R names.
        table: (R, 2) mean and deviation of the logarithm of the length in metres.
        matrix: (R, D) unit rows.
    """
    rng = np.random.default_rng(0)
    anchors = matrix[np.sort(rng.permutation(len(names))[:ANCHORS])]
    near, among = np.exp(-SHARPNESS * (1 - matrix @ anchors.T)), np.exp(-SHARPNESS * (1 - anchors @ anchors.T))
    mean, fold = table[:, 0].mean(), rng.integers(0, FOLDS, len(names))

    def pull(rows: np.ndarray) -> np.ndarray:
        normal = near[rows].T @ near[rows] + RIDGE * among + 1e-6 * np.eye(len(anchors))
        solved: np.ndarray = np.linalg.solve(normal, near[rows].T @ (table[rows, 0] - mean))
        return solved

    missed = [table[fold == part, 0] - mean - near[fold == part] @ pull(fold != part) for part in range(FOLDS)]
    deviation = float(np.sqrt((np.concatenate(missed) ** 2).mean() + (table[:, 1] ** 2).mean()))
    return UsualLengths(1.0, names, table, anchors, pull(fold >= 0), float(mean), SHARPNESS, deviation)


def weighed(
    lengths: UsualLengths, scans: LabelledScans, usual: np.ndarray, temperature: float, seed: int
) -> tuple[UsualLengths, Gain | None]:
    """With the weight at which the true labels of half of the objects are most likely, and what it is worth on the others.

    Args:
        scans: with all labels to choose from.
        usual: (L, 2) usual lengths of the labels.
        temperature: of the logits of the shape, fitted without lengths: scans whose unit nobody knows are answered so, too.
        seed: of the halves.
    Returns:
        weight 1 and None where too few scans have a known length.
    """
    fit, rest = halves(scans.take((scans.truth >= 0) & ~np.isnan(scans.lengths)), seed)
    if min(len(fit), len(rest)) < FEWEST:
        return lengths, None
    said, logits = _said(fit, usual), fit.logits / temperature

    def loss(weight: float) -> float:
        return negative_log_likelihood(logits + weight * said, fit.truth, 1.0)

    weight = float(minimize_scalar(loss, bounds=(0, MOST_WEIGHT), method="bounded").x)
    alone = rest.logits / temperature
    both = alone + weight * _said(rest, usual)
    right = [float((each.argmax(axis=1) == rest.truth).mean()) for each in (alone, both)]
    return replace(lengths, weight=weight), Gain(len(rest), *right)


def _said(scans: LabelledScans, usual: np.ndarray) -> np.ndarray:
    """(M, L) what the length of each scan says of each label."""
    return np.stack([evidence(length, usual) for length in scans.lengths])
