"""Batches with hard negatives: objects of labels that mean nearly the same.

After the batches of OpenShape (Liu et al. 2023, arXiv 2305.10764), random seeds with some of their nearest neighbours each.
Here near means near in text space, and an epoch still visits every object once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from cg3d.data.samples import ObjectSet
from cg3d_runtime.errors import DataError

NEAR = 31  # labels that count as near a label, as in OpenShape's code
ROWS = 1024  # labels compared with all others at a time
FINER = {"label": "positives=caption or positives=self", "caption": "positives=self"}  # these tell more objects apart


def require_negatives(objects: ObjectSet, positives: str) -> None:
    """Check that the objects can be told apart at all.

    Args:
        objects: what training is to learn from.
        positives: which pairs are no negatives, see `TrainConfig.positives`.
    Raises:
        DataError: every object is a positive of every other.
    """
    if positives == "self":
        return
    infos = objects.infos
    texts = (
        {info.label for info in infos} if positives == "label" else {text for info in infos for text in info.captions}
    )
    if len(texts) == 1:
        raise DataError(
            f"all {len(infos)} objects carry the one {positives} {texts.pop()!r}; contrastive learning needs at least two "
            f"different {positives}s. Add objects of other {positives}s, or set {FINER[positives]}."
        )


def label_neighbours(features: Tensor, count: int = NEAR) -> np.ndarray:
    """For each label the labels nearest to it in text space.

    Args:
        features: (L, D) unit rows.
        count: k; all others where there are fewer.
    Returns:
        (L, k) int64: other labels, the nearest first; equally near ones in the order of labels.
    """
    rows = features.detach().float().cpu().numpy()
    return np.concatenate([_nearest(rows, start, count) for start in range(0, len(rows), ROWS)])


def _nearest(rows: np.ndarray, start: int, count: int) -> np.ndarray:
    """The neighbours of the ROWS labels from `start` on."""
    cosines = rows[start : start + ROWS] @ rows.T
    np.fill_diagonal(cosines[:, start:], -np.inf)  # itself comes last, and is cut off
    return np.argsort(-cosines, axis=1, kind="stable")[:, : min(count, len(rows) - 1)]


def near_batches(labels: np.ndarray, steps: int, neighbours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Arrange objects in batches of near labels.

    A batch begins with a random label, goes on with the nearest ones that have objects left, and begins again where these do
    not suffice. The batches come in random order: those filled last, from what the others left, are the easiest.

    Objects of one label are no negatives of each other, so a batch takes few of each: at most one more than an even spread
    would, ceil(n / S) + 1 of a label with n objects. Without the one more, a label with nearly S objects would have to
    join nearly every batch, near or not.

    Args:
        labels: (S * H,) label of each object; the objects of a label are taken in this order.
        steps: S, the number of batches.
        neighbours: (L, k), see `label_neighbours`.
        rng: decides where batches begin, and their order.
    Returns:
        (S, H) int64 indices in `labels`, each once.
    """
    batches = np.stack(list(_label_batches(labels, steps, neighbours, rng)))
    indices = np.empty_like(labels)
    indices[np.argsort(batches, axis=None, kind="stable")] = np.argsort(labels, kind="stable")
    return rng.permutation(indices.reshape(batches.shape))


def _label_batches(
    labels: np.ndarray, steps: int, neighbours: np.ndarray, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """S times the labels (H,) of a batch, which together are `labels`."""
    numbers = np.arange(len(neighbours))
    near = np.column_stack([numbers, neighbours])
    left = np.bincount(labels, minlength=len(numbers))  # objects by label
    most = -(-left // steps) + 1  # of a label in a batch
    for later in reversed(range(steps)):
        due = np.maximum(left - most * later, 0)  # the batches after this one could not hold them
        batch = np.repeat(numbers, due)
        batch = _filled(batch, len(labels) // steps, np.minimum(left, most) - due, near, rng)
        left = left - np.bincount(batch, minlength=len(left))
        yield batch


def _filled(batch: np.ndarray, size: int, room: np.ndarray, near: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The batch brought to its size with labels near each other, at most `room` (L,) of each."""
    while len(batch) < size:
        around = near[rng.choice(np.flatnonzero(room))]
        found = np.repeat(around, room[around])[: size - len(batch)]
        np.subtract.at(room, found, 1)
        batch = np.concatenate([batch, found])
    return batch
