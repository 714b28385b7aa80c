"""Attention and layer normalisation that keep float32 where half precision fails."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def at_least_float32(x: Tensor) -> Tensor:
    """Widen half precision; float64, in which exports are judged, stays."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


class LayerNormFP32(nn.Module):
    """Layer normalisation computed in float32 or wider, whatever is around it; parameters as the given one's."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(at_least_float32(x), self.weight.shape, self.weight, self.bias, self.eps).to(x.dtype)


def split_heads(x: Tensor, heads: int) -> tuple[Tensor, ...]:
    """(B, L, 3 * width), side by side -> queries, keys and values, each (B, heads, L, width / heads)."""
    return tuple(part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in x.chunk(3, dim=-1))


def attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
    """Read the values by the softmax of the scores, which is never in half precision.

    Args:
        queries: (B, heads, L, d), multiplied by d^-0.5 already: in half precision the scores could overflow.
        keys, values: (B, heads, M, d).
        mask: a float32 (L, M) term of the scores.
    Returns:
        (B, L, heads * d) in the precision of the values.
    """
    scores = at_least_float32(queries @ keys.mT)
    if mask is not None:
        scores = scores + mask
    read = scores.softmax(dim=-1).to(values.dtype) @ values  # (B, heads, L, d)
    return read.transpose(1, 2).flatten(2)
