"""Retrieval in numbers: functions of the embeddings of Q queries and of a gallery of G items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CUTS = (1, 5, 10)
BLOCK = 256  # queries ranked at once: a gallery of 46,205 takes 47 MB of scores


@dataclass(frozen=True)
class Ranking:
    """Figures of a retrieval, averaged over the queries.

    Attributes:
        queries: how many were asked; each has at least one relevant item.
        recall_at_1, recall_at_5, recall_at_10: share of queries with a relevant item among the first k.
        mean_average_precision: over the queries, of the precision at the rank of each relevant item, averaged over all
            relevant items of the whole gallery.
    """

    queries: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mean_average_precision: float


def rank_gallery(
    queries: np.ndarray,
    gallery: np.ndarray,
    wanted: np.ndarray,
    offered: np.ndarray,
    own_indices: np.ndarray | None = None,
) -> Ranking:
    """Rank the gallery for every query by inner product; of equal ones the earlier item comes first.

    Args:
        queries: (Q, D) unit rows, Q at least 1.
        gallery: (G, D) unit rows.
        wanted: (Q,) a number for each query: items with the same one in `offered` are relevant.
        offered: (G,) the numbers of the items.
        own_indices: (Q,) index of each query in the gallery, for queries that must not find themselves; None: none is there.
    Raises:
        ValueError: a query without a relevant item.
    """
    firsts, precisions = [], []
    for start in range(0, len(queries), BLOCK):
        block = slice(start, start + BLOCK)
        scores = queries[block] @ gallery.T  # (q, G)
        relevant = wanted[block, None] == offered
        if own_indices is not None:
            rows = np.arange(len(scores))
            scores[rows, own_indices[block]] = -np.inf
            relevant[rows, own_indices[block]] = False
        first, precision = rank_scores(scores, relevant)
        firsts.append(first)
        precisions.append(precision)
    first = np.concatenate(firsts)
    at_1, at_5, at_10 = (float((first < k).mean()) for k in CUTS)
    return Ranking(len(queries), at_1, at_5, at_10, float(np.concatenate(precisions).mean()))


def rank_scores(scores: np.ndarray, relevant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rank of the first relevant item, and the average precision, of each query.

    AP = (1 / R) * sum over the R relevant items of (relevant items up to its rank) / (its rank, from 1).

    Args:
        scores: (Q, G), higher is better; of equal ones the earlier item comes first.
        relevant: (Q, G) bool, at least one in each row.
    Returns:
        (Q,) int64 ranks from 0, and (Q,) float64 in (0, 1].
    """
    if not relevant.any(axis=1).all():
        raise ValueError("every query needs a relevant item; leave the others out and count them.")
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(relevant, order, axis=1)  # (Q, G)
    found = hits.cumsum(axis=1)
    precision = (hits * found / np.arange(1, hits.shape[1] + 1)).sum(axis=1) / found[:, -1]
    return hits.argmax(axis=1), precision
