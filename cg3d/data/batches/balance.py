"""Sampling of objects that evens out frequent and rare labels."""

from __future__ import annotations

import numpy as np

# The power of a label's number of objects that its share of an epoch is proportional to.
BALANCES = {"none": 1.0, "sqrt": 0.5, "labels": 0.0}


def draw_balanced(labels: np.ndarray, count: int, balance: str, rng: np.random.Generator) -> np.ndarray:
    """Draw objects for one epoch, in random order.

    A label's share is rounded up or down at random, so that it is exact over many epochs. Within a label no object comes again
    before all of them have come.

    Args:
        labels: (N,) int label of each object, N >= 1.
        count: objects to draw.
        balance: a key of BALANCES; labels: every label equally often; sqrt: as often as the root of its number of objects.
        rng: source of every choice.
    Returns:
        (count,) indices in `labels`.
    """
    shuffled = rng.permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    _, sizes = np.unique(labels, return_counts=True)
    shares = np.cumsum(sizes ** BALANCES[balance])
    edges = np.floor(shares / shares[-1] * count + rng.random()).astype(np.int64)
    edges[-1] = count  # rounding must not lose the last
    starts = np.cumsum(sizes) - sizes
    drawn = [
        by_label[start + np.arange(quota) % size]
        for start, size, quota in zip(starts, sizes, np.diff(edges, prepend=0), strict=True)
    ]
    return rng.permutation(np.concatenate(drawn))
