"""The contrastive losses of CG3D (Hegde et al. 2023, arXiv 2303.11313), with objects that share a text as positives.

Each of the three terms compares two modalities by one B x B matrix of scaled cosines. The cosines are logits: they go into
the cross-entropy as they are, never through a softmax first.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def symmetric_infonce(rows: Tensor, columns: Tensor, scale: float, positives: Tensor) -> Tensor:
    """Mean of the cross-entropies from rows to columns and from columns to rows (Radford et al. 2021, arXiv 2103.00020).

    Where a row has several positives, the target is uniform over them (Khosla et al. 2020, arXiv 2004.11362).

    Args:
        rows, columns: (B, D) float32, unit rows; equal places belong to one object.
        scale: factor on the cosines, exp already applied.
        positives: (B, B) bool, symmetric, true on the diagonal.
    Returns:
        Scalar float32.
    """
    logits = scale * rows @ columns.T  # (B, B)
    targets = positives / positives.sum(dim=1, keepdim=True)
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2


def shared_text(texts: Sequence[str]) -> Tensor:
    """(B, B) bool: which pairs of a batch carry the same text."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    ids = torch.tensor([numbers[text] for text in texts])
    return ids[:, None] == ids
