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
from cg3d_runtime.library.scores import Logistic, deviations

TOP = 10  # hits of each query
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # scores at which the fit is held against the truth


class Fitted(NamedTuple):
    """A fit of one kind of query.

    Attributes:
        logistic: deviations to score.
        truth: for each of SHARES, the share of hits within 0.1 of that score that have the query's name.
        cosines: the cosine that has the score 0.5, for queries in the middle of the kind.
    """

    logistic: Logistic
    truth: list[float]
    cosine: float


def fitted(data: Path) -> dict[str, Fitted]:
    """The fits for text, scan and image queries, each hit counting where it has the name of what was asked."""
    bundle, dataset = Bundle.open(), Dataset.open(data)
    task = make_task(EvaluationRequest(split="all"), dataset, data, bundle.manifest)
    with closing(open_backend(bundle, "points", "cpu")) as session:
        scans = embed_scans(clouds_encoder(bundle, session), task.objects)
    text = embed_labels(bundle, task.label_texts(), "cpu")
    views = embed_views(bundle, task.objects, "cpu")
    asked = np.unique(task.truth)
    sample = scans[np.random.default_rng(0).choice(len(scans), min(1024, len(scans)), replace=False)]
    own = np.arange(len(scans))
    return {
        "text": _fit(text[asked], asked, scans, task.truth, sample, None),
        "scan": _fit(scans, task.truth, scans, task.truth, sample, own),
        "image": _fit(views, task.truth, scans, task.truth, sample, own),
    }


def _fit(
    queries: np.ndarray,
    wanted: np.ndarray,
    rows: np.ndarray,
    offered: np.ndarray,
    sample: np.ndarray,
    own: np.ndarray | None,
) -> Fitted:
    cosines, standing, relevant = [], [], []
    for number, (query, name) in enumerate(zip(queries, wanted, strict=True)):
        of_query = rows @ query
        if own is not None:
            of_query[own[number]] = -np.inf
        best = np.argsort(-of_query)[:TOP]
        cosines.append(of_query[best])
        standing.append(deviations(of_query[best], query, sample))
        relevant.append(offered[best] == name)
    x, y = np.concatenate(standing), np.concatenate(relevant)
    logistic = _logistic(x, y)
    scores = 1 / (1 + np.exp(-(logistic.slope * x + logistic.offset)))
    truth = [_mean(y[np.abs(scores - share) < 0.1]) for share in SHARES]
    return Fitted(logistic, truth, _mean(np.concatenate(cosines)[np.abs(scores - 0.5) < 0.05]))


def _mean(values: np.ndarray) -> float:
    """NaN where no hit has such a score."""
    return float(values.mean()) if len(values) else float("nan")


def _logistic(x: np.ndarray, y: np.ndarray) -> Logistic:
    """The logistic function of the greatest likelihood, by Newton's method."""
    inputs, parameters = np.stack([x, np.ones_like(x)], axis=1), np.zeros(2)
    for _ in range(50):
        share = 1 / (1 + np.exp(-inputs @ parameters))
        curvature = (inputs * (share * (1 - share))[:, None]).T @ inputs
        parameters = parameters + np.linalg.solve(curvature, inputs.T @ (y - share))
    return Logistic(float(parameters[0]), float(parameters[1]))
