"""A small PointNet++ with single-scale grouping (Qi et al. 2017, arXiv 1706.02413).

Two stages describe neighbourhoods of anchors, a perceptron describes the anchors' whole, and a hidden layer leads from there
to the embedding. Against the paper:

* The input is in farthest-point order, so the anchors are a prefix of it, and neighbours are the k nearest points, not those
  of a ball: fixed sizes, and no custom operator.
* The first layer of a stage is linear before its normalisation, so it runs once per point ("delayed aggregation", see
  `cg3d.models.encoders.pointmlp`).
* The cloud's features are maximum and mean together, and the hidden layer has its own normalisation: without it the
  embedding learns half as fast.

Tensor letters: B batch, N points, S anchors, k neighbours, D width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.encoders.geometry import gather_rows, k_nearest_of_prefixes
from cg3d.models.encoders.pointwise import conv_norm, conv_norms, convolution, convolve, normalise_rows, pointwise

NEIGHBOURS = 16
LOCAL = ((32, 32, 64), (96, 192))  # widths of the layers of each stage
GLOBAL = (256, 512)
HIDDEN = 512


class PointNet2(nn.Module):
    """Point cloud to one feature vector.

    Args:
        points: N the anchors are counted from: a quarter of them, then a sixteenth.
        channels: 3 (xyz) or 6 (xyz, rgb).
        embed_dim: width of the output.
    """

    def __init__(self, points: int, channels: int, embed_dim: int) -> None:
        super().__init__()
        self.anchors = [points >> 2, points >> 4]
        widths = [channels, *(3 + stage[-1] for stage in LOCAL)]  # of what goes into each stage, coordinates included
        self.stages = nn.ModuleList(SetAbstraction(width, layers) for width, layers in zip(widths, LOCAL, strict=False))
        self.whole = _perceptron(widths[-1], GLOBAL)
        self.hidden = conv_norm(2 * GLOBAL[-1], HIDDEN)
        self.projection = nn.Linear(HIDDEN, embed_dim)

    def forward(self, points: Tensor) -> Tensor:
        """Features of prepared points.

        Args:
            points: (B, N, C) float32 in farthest-point order, centred, largest radius 1.
        Returns:
            (B, embed_dim) in the precision of the weights, not normalised.
        """
        neighbours = k_nearest_of_prefixes(points[..., :3], self.anchors, NEIGHBOURS)
        x = points.to(self.projection.weight.dtype)
        for stage, index in zip(self.stages, neighbours, strict=True):
            xyz, features = x[:, : index.shape[1], :3], stage(x, index)
            x = torch.cat([xyz, features.to(xyz.dtype)], dim=-1)
        for layer in conv_norms(self.whole):
            x = F.relu(pointwise(layer, x))
        wide = x.to(torch.promote_types(x.dtype, torch.float32))  # sums in half precision lose what they add up
        x = torch.cat([x.amax(dim=1), wide.mean(dim=1).to(x.dtype)], dim=-1)
        embedding: Tensor = self.projection(F.relu(pointwise(self.hidden, x)))
        return embedding


class SetAbstraction(nn.Module):
    """Describe the neighbourhood of each anchor: a shared perceptron, and the maximum over the neighbours."""

    def __init__(self, inputs: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.layers = _perceptron(inputs, widths)

    def forward(self, x: Tensor, neighbours: Tensor) -> Tensor:
        """(B, N, D) points, their coordinates first, and (B, S, k) neighbours of the first S -> (B, S, widths[-1])."""
        x = self._grouped(x, neighbours)
        for layer in conv_norms(self.layers)[1:]:
            x = pointwise(layer, F.relu(x))
        return F.relu(x.amax(dim=2))  # the same as the maximum of the ReLUs, k times cheaper

    def _grouped(self, x: Tensor, neighbours: Tensor) -> Tensor:
        """The first layer of [x_j - x_i, f_j] for neighbours j of anchors i: W [x_j, f_j] - W_xyz x_i, normalised."""
        first = conv_norms(self.layers)[0]
        conv, norm = convolution(first), first[1]
        own = F.linear(x[:, : neighbours.shape[1], :3], conv.weight[:, :3, 0])  # (B, S, width)
        return normalise_rows(norm, gather_rows(convolve(conv, x), neighbours) - own[:, :, None])


def _perceptron(inputs: int, widths: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList(conv_norm(i, o) for i, o in zip((inputs, *widths), widths, strict=False))
