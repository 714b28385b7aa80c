"""The side of `scripts/bench scores`: what scores of libraries mean, fitted on packed objects whose names are known."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cg3d.data.shards import Dataset
from cg3d.evaluation.encoders import clouds_encoder, embed_labels, embed_scans, embed_views
from cg3d.evaluation.task import EvaluationRequest, make_task
from cg3d_runtime.backends import open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.library.scores import Logistic, fitted

TOP = 10  # hits of each query
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # scores at which the fit is held against the truth


class Fitted(NamedTuple):
    """A fit of one kind of query.

    Attributes:
        logistic: cosine to score.
        truth: for each of SHARES, the share of hits within 0.1 of that score that have the query's name.
        best: the same, of the best hit of each query.
    """

    logistic: Logistic
    truth: list[float]
    best: float


def fits(data: Path) -> dict[str, Fitted]:
    """The fits for text, scan and image queries, each hit counting where it has the name of what was asked."""
    bundle, dataset = Bundle.open(), Dataset.open(data)
    task = make_task(EvaluationRequest(split="all"), dataset, data, bundle.manifest)
    with closing(open_backend(bundle, "points", "cpu")) as session:
        scans = embed_scans(clouds_encoder(bundle, session), task.objects)
    text = embed_labels(bundle, task.label_texts(), "cpu")
    views = embed_views(bundle, task.objects, "cpu")
    asked = np.unique(task.truth)
    own = np.arange(len(scans))
    return {
        "text": _fit(text[asked], asked, scans, task.truth, None),
        "scan": _fit(scans, task.truth, scans, task.truth, own),
        "image": _fit(views, task.truth, scans, task.truth, own),
    }


def _fit(
    queries: np.ndarray, wanted: np.ndarray, rows: np.ndarray, offered: np.ndarray, own: np.ndarray | None
) -> Fitted:
    products = queries @ rows.T
    if own is not None:
        products[np.arange(len(own)), own] = -np.inf
    best = np.argsort(-products, axis=1)[:, :TOP]
    cosines, right = np.take_along_axis(products, best, axis=1), offered[best] == wanted[:, None]
    logistic = fitted(cosines.ravel(), right.ravel())
    assert logistic is not None
    scores = logistic(cosines)
    return Fitted(logistic, [_mean(right[np.abs(scores - share) < 0.1]) for share in SHARES], _mean(right[:, 0]))


def _mean(values: np.ndarray) -> float:
    """NaN where no hit has such a score."""
    return float(values.mean()) if len(values) else float("nan")
