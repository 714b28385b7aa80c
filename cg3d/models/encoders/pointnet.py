"""PointNet without its transformation networks (Qi et al. 2017, arXiv 1612.00593).

Shared perceptron 3 -> 64 -> 128 -> 1024, maximum over the points, projection: the smallest encoder that is a real baseline.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.encoders.pointwise import conv_norm, conv_norms, pointwise

WIDTHS = (64, 128, 1024)


class PointNet(nn.Module):
    """Point cloud to one feature vector; the order and number of points do not matter.

    Args:
        channels: 3 (xyz) or 6 (xyz, rgb).
        embed_dim: width of the output.
    """

    def __init__(self, channels: int, embed_dim: int) -> None:
        super().__init__()
        inputs = (channels, *WIDTHS[:-1])
        self.layers = nn.ModuleList(conv_norm(i, o) for i, o in zip(inputs, WIDTHS, strict=True))
        self.projection = nn.Linear(WIDTHS[-1], embed_dim)

    def forward(self, points: Tensor) -> Tensor:
        """(B, N, C) float32 prepared points -> (B, embed_dim) in the precision of the weights, not normalised."""
        x = points.to(self.projection.weight.dtype)
        for layer in conv_norms(self.layers):
            x = F.relu(pointwise(layer, x))
        features: Tensor = self.projection(x.amax(dim=1))
        return features
