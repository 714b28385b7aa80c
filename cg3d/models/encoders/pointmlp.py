"""PointMLP and PointMLP-Elite (Ma et al. 2022, arXiv 2202.07123; facts from ma-xu/pointMLP-pytorch, Apache-2.0).

Three things differ from the original code, none of them in the numbers:

* The input is already in farthest-point order, so the anchors of each stage are a prefix of its points: no sampling here.
* The first convolution after grouping is linear, so it runs once per point instead of once per neighbour
  ("delayed aggregation", Mesorasi, Feng et al. 2020), and the concatenated (B, S, k, 2D) tensor is never built.
* Tensors are channels-last: a convolution of kernel 1 is one matrix product over all rows.

Attribute names and weight shapes are those of the original, so that its checkpoints load through a plain key map.
Tensor letters: B batch, N points, S anchors, k neighbours, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.encoders.cloud_by_cloud import cloud_by_cloud
from cg3d.models.encoders.folded_blocks import folded_max, is_folded
from cg3d.models.encoders.geometry import gather_rows, k_nearest_of_prefixes
from cg3d.models.encoders.neighbourhood_max import learns_here, max_over_neighbours
from cg3d.models.encoders.pointwise import conv_norm, convolution, normalise_rows, pointwise

NEIGHBOURS = 24
STD_EPSILON = 1e-5  # added to the deviation, outside the root, as in the original
_LEAST_VARIANCE = 1e-30  # its root is nothing beside STD_EPSILON


@dataclass(frozen=True)
class PointMLPShape:
    """The numbers that tell the published variants apart; one entry a stage."""

    width: int  # channels after the embedding
    expansion: tuple[int, ...]  # factor on the width
    pre_blocks: tuple[int, ...]  # residual blocks before the maximum over neighbours
    pos_blocks: tuple[int, ...]  # residual blocks after it
    bottleneck: float  # inner width of a residual block, relative to its outer one


POINTMLP = PointMLPShape(64, (2, 2, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2), 1.0)
POINTMLP_ELITE = PointMLPShape(32, (2, 2, 2, 1), (1, 1, 2, 1), (1, 1, 2, 1), 0.25)


class PointMLP(nn.Module):
    """Point cloud to one feature vector.

    Args:
        shape: POINTMLP or POINTMLP_ELITE.
        points: N the anchors are counted from: stage i has points / 2^(i+1) of them, whatever the input's size.
        channels: 3 (xyz) or 6 (xyz, rgb).
        embed_dim: width of the output.
    """

    def __init__(self, shape: PointMLPShape, points: int, channels: int, embed_dim: int) -> None:
        super().__init__()
        self.embedding = _Pointwise(channels, shape.width)
        self.anchors = [points >> (stage + 1) for stage in range(len(shape.expansion))]
        self.local_grouper_list = nn.ModuleList()
        self.pre_blocks_list = nn.ModuleList()
        self.pos_blocks_list = nn.ModuleList()
        width = shape.width
        for expansion, pre, pos in zip(shape.expansion, shape.pre_blocks, shape.pos_blocks, strict=True):
            self.local_grouper_list.append(AnchorAffine(width))
            self.pre_blocks_list.append(PreExtraction(width, width * expansion, pre, shape.bottleneck))
            width *= expansion
            self.pos_blocks_list.append(PosExtraction(width, pos, shape.bottleneck))
        self.projection = nn.Conv1d(width, embed_dim, 1)

    def forward(self, points: Tensor) -> Tensor:
        """Features of prepared points.

        Args:
            points: (B, N, C) float32 in farthest-point order, centred, largest radius 1.
        Returns:
            (B, embed_dim) in the precision of the weights, not normalised.
        """
        x = self.embedding(points.to(self.projection.weight.dtype))  # (B, N, D)
        neighbours = k_nearest_of_prefixes(points[..., :3], self.anchors, NEIGHBOURS)
        stages = zip(neighbours, self.local_grouper_list, self.pre_blocks_list, self.pos_blocks_list, strict=True)
        for index, affine, pre, pos in stages:
            x = pos(pre(x, index, affine))
        return F.linear(x.amax(dim=1), self.projection.weight.squeeze(-1), self.projection.bias)


class AnchorAffine(nn.Module):
    """Learned scale and shift of the normalised differences between neighbours and their anchor."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.affine_alpha = nn.Parameter(torch.ones(1, 1, 1, width))
        self.affine_beta = nn.Parameter(torch.zeros(1, 1, 1, width))

    @property
    def alpha(self) -> Tensor:  # (D,)
        return self.affine_alpha.flatten()

    @property
    def beta(self) -> Tensor:  # (D,)
        return self.affine_beta.flatten()


class PreExtraction(nn.Module):
    """Group, normalise, convolve, and take the maximum over each neighbourhood."""

    def __init__(self, inputs: int, outputs: int, blocks: int, bottleneck: float) -> None:
        super().__init__()
        self.transfer = _Pointwise(2 * inputs, outputs)
        self.operation = nn.Sequential(*(ResidualBlock(outputs, bottleneck) for _ in range(blocks)))

    def forward(self, x: Tensor, neighbours: Tensor, affine: AnchorAffine) -> Tensor:
        """(B, N, D) features, (B, S, k) neighbours of the first S points -> (B, S, outputs)."""
        tables = self._tables(x, neighbours.shape[1], affine)
        blocks = cast(list[ResidualBlock], list(self.operation))
        nets = [self.transfer.net, *(net for block in blocks for net in (block.net1, block.net2))]
        if is_folded(nets):
            same, projected, shift = tables
            convolutions = [(convolution(block.net1), convolution(block.net2)) for block in blocks]
            return folded_max(scaled_difference(same, projected, neighbours), shift, convolutions)
        norms = cast(list[nn.BatchNorm1d], [net[1] for net in nets])
        if learns_here(norms, x):
            grouped = cloud_by_cloud(group, tables, neighbours)
            return max_over_neighbours(grouped, norms, [convolution(net).weight.squeeze(-1) for net in nets[1:]])
        grouped = F.relu(normalise_rows(norms[0], group(*tables, neighbours)), inplace=True)
        changed: Tensor = self.operation(grouped)
        return changed.amax(dim=2)

    def _tables(self, x: Tensor, count: int, affine: AnchorAffine) -> tuple[Tensor, Tensor, Tensor]:
        """What `group` takes for the first convolution W [alpha (x_j - x_i) / s + beta, x_i] of neighbour j of anchor i.

        With W = [W1, W2] it equals (P x_j - P x_i) / s + W1 beta + W2 x_i, where P = W1 diag(alpha): products of points,
        not of neighbours.

        Returns:
            x itself; P x, (B, N, outputs); W1 beta + W2 x_i, (B, S, outputs).
        """
        conv = convolution(self.transfer.net)
        weight, bias = conv.weight.squeeze(-1), conv.bias
        from_difference, from_anchor = weight.chunk(2, dim=1)  # W1, W2: (outputs, D)
        projected = F.linear(x, from_difference * affine.alpha)
        shift = F.linear(x[:, :count], from_anchor, bias) + F.linear(affine.beta, from_difference)
        return x, projected, shift


def group(x: Tensor, projected: Tensor, shift: Tensor, neighbours: Tensor) -> Tensor:
    """(P x_j - P x_i) / s + shift_i for neighbours j of anchors i, without building the concatenation.

    Args:
        x, projected, neighbours: as `scaled_difference`.
        shift: (B, S, outputs).
    Returns:
        (B, S, k, outputs).
    """
    return scaled_difference(x, projected, neighbours) + shift[:, :, None]


def scaled_difference(x: Tensor, projected: Tensor, neighbours: Tensor) -> Tensor:
    """(P x_j - P x_i) / s for neighbours j of anchors i.

    Args:
        x: (B, N, D), where the deviation s comes from.
        projected: P x, (B, N, outputs).
        neighbours: (B, S, k) indices into the N points; the anchors are the first S.
    Returns:
        (B, S, k, outputs).
    """
    count = neighbours.shape[1]
    scale = anchor_deviation(x, x[:, :count], neighbours).to(x.dtype)
    if projected.dtype in (torch.float16, torch.bfloat16):
        # Subtract before dividing: where most points are repeats, s is so small that each quotient alone overflows.
        return (gather_rows(projected, neighbours) - projected[:, :count, None]) / scale
    scaled = projected / scale[..., 0]  # points, not neighbours
    return gather_rows(scaled, neighbours) - scaled[:, :count, None]


def anchor_deviation(x: Tensor, anchors: Tensor, neighbours: Tensor) -> Tensor:
    """One standard deviation a sample, over all S * k * D differences; never across the batch.

    From the means of the differences and of their squares, one pass each. Nothing cancels: an anchor is among its neighbours,
    so one difference in k is zero, and by Cauchy and Schwarz the variance is at least 1 / k of the mean square.

    Float32 at least: half a million squares overflow half precision.

    Returns:
        (B, 1, 1, 1) float32, or float64 if that is given: the unbiased estimate plus STD_EPSILON.
    """
    difference = gather_rows(x, neighbours) - anchors[:, :, None]
    wide = difference.flatten(1).to(torch.promote_types(x.dtype, torch.float32))
    count = wide.shape[1]
    variance = ((wide * wide).mean(dim=1) - wide.mean(dim=1).square()) * (count / (count - 1))
    # Where all differences are zero, the root has no slope that a gradient survives.
    return (variance.clamp_min(_LEAST_VARIANCE).sqrt() + STD_EPSILON)[:, None, None, None]


class PosExtraction(nn.Module):
    """Residual blocks over the anchors."""

    def __init__(self, width: int, blocks: int, bottleneck: float) -> None:
        super().__init__()
        self.operation = nn.Sequential(*(ResidualBlock(width, bottleneck) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.operation(x)
        return changed


class ResidualBlock(nn.Module):
    """ReLU(x + conv(ReLU(conv(x)))), each convolution of kernel 1 with batch normalisation."""

    def __init__(self, width: int, bottleneck: float) -> None:
        super().__init__()
        inner = int(width * bottleneck)
        self.net1 = conv_norm(width, inner)
        self.net2 = conv_norm(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + pointwise(self.net2, F.relu(pointwise(self.net1, x), inplace=True)), inplace=True)


class _Pointwise(nn.Module):
    """Convolution of kernel 1, batch normalisation, ReLU, under the original's name `net`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.net = conv_norm(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(pointwise(self.net, x), inplace=True)
