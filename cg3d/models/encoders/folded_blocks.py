"""Neighbourhoods of a PointMLP whose normalisations are folded: residual blocks, then the maximum over each.

Nearly all of a deployed encoder's time goes into passes over (B, S, k, D) tensors that do next to no arithmetic. A shift that
is the same for all neighbours of an anchor need not be added to each of them:

* ReLU(x + c) = max(x, -c) + c, one pass instead of two, and the c that is left over goes on as the next layer's shift;
* W (x + c) = W x + W c, and W c is a product of anchors, not of neighbours;
* the maximum of x + c over the neighbours is their maximum, plus c.

So every bias, too, is added to anchors, after the maximum, and the products over neighbours have none: INT8 kernels take them
as they are. Exact up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def is_folded(nets: Sequence[nn.Sequential]) -> bool:
    """Whether `fold_batch_norms` has been here."""
    return all(isinstance(net[1], nn.Identity) for net in nets)


def folded_max(x: Tensor, shift: Tensor, blocks: Sequence[tuple[nn.Conv1d, nn.Conv1d]]) -> Tensor:
    """ReLU(x + shift), residual blocks ReLU(y + second(ReLU(first(y)))), the maximum over the neighbours.

    Args:
        x: (B, S, k, D).
        shift: (B, S, D), of all neighbours of an anchor.
        blocks: the two convolutions of each, of kernel 1: D to any width, and back to D.
    Returns:
        (B, S, D).
    """
    for first, second in blocks:
        x = _above(x, shift)  # the block's input is x + shift
        inner_shift = F.linear(shift, first.weight.squeeze(-1), first.bias)  # (B, S, inner)
        inner = _above(F.linear(x, first.weight.squeeze(-1)), inner_shift)
        x = x + F.linear(inner, second.weight.squeeze(-1))
        shift = shift + F.linear(inner_shift, second.weight.squeeze(-1), second.bias)
    return F.relu(x.amax(dim=2) + shift)


def _above(x: Tensor, shift: Tensor) -> Tensor:
    """ReLU(x + shift) - shift: (B, S, k, D), (B, S, D) -> (B, S, k, D)."""
    return torch.maximum(x, -shift[:, :, None])
