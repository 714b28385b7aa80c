"""The contrastive losses of CG3D (Hegde et al. 2023, arXiv 2303.11313), with objects that share a text as positives.

Each of the three terms compares two modalities by one B x B matrix of scaled cosines. The cosines are logits: they go into
the cross-entropy as they are, never through a softmax first.
"""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor


class Rows(NamedTuple):
    """One value an object: of this process's b objects, and of the B objects of all processes (the same where there is one)."""

    own: Tensor  # (b, ...)
    all: Tensor  # (B, ...)


def symmetric_infonce(rows: Rows, columns: Rows, scale: float | Tensor, keys: Rows) -> Tensor:
    """This process's part of the mean cross-entropy, rows to columns and columns to rows (Radford 2021, arXiv 2103.00020).

    Where a row has several positives, the target is uniform over them (Khosla et al. 2020, arXiv 2004.11362). The sum of all
    processes' parts is the loss of one process with the whole batch; with one process, the part is the whole.

    Args:
        rows, columns: (b, D) and (B, D) float32, unit rows; equal indices belong to one object.
        scale: factor on the cosines, exp already applied.
        keys: (b,) and (B,) integers; objects of one key are positives of each other.
    Returns:
        Scalar float32.
    """
    positives = (keys.own[:, None] == keys.all).to(rows.own.dtype)  # (b, B)
    targets = positives / positives.sum(dim=1, keepdim=True)
    total = _cross_entropy(rows.own, columns.all, scale, targets) + _cross_entropy(
        columns.own, rows.all, scale, targets
    )
    return total / (2 * len(keys.all))


def _cross_entropy(queries: Tensor, candidates: Tensor, scale: float | Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(scale * queries @ candidates.T, targets, reduction="sum")


def label_cross_entropy(rows: Tensor, labels: Tensor, scale: float | Tensor, truth: Tensor, batch: int) -> Tensor:
    """This process's part of the mean cross-entropy of objects against all labels that there are.

    A batch of 32 holds a few labels out of hundreds; here every object is told from all of them in every step.

    Args:
        rows: (b, D) float32, unit rows.
        labels: (L, D) float32, unit rows.
        scale: factor on the cosines, exp already applied.
        truth: (b,) indices in `labels`.
        batch: objects of all processes.
    Returns:
        Scalar float32.
    """
    return F.cross_entropy(scale * rows @ labels.T, truth, reduction="sum") / batch
