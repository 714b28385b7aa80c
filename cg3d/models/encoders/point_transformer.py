"""CG3D's transformer over groups of points (Point-BERT, Yu et al. 2022, arXiv 2111.14819; Hegde et al. 2023, 2303.11313).

Facts from deeptibhegde/CLIP-goes-3D. Three things differ from the original code, none of them in the numbers:

* The input is already in farthest-point order, so the centres of the groups are its first points: no sampling here.
* A convolution of [group's maximum, point] is the sum of two, so the maximum's part runs once per group, not per point.
* Tensors are channels-last: a convolution of kernel 1 is one matrix product over all rows.

Attribute names and weight shapes are those of the original, so that its checkpoints load through a plain key map.
Tensor letters: B batch, N points, C channels, G groups, K points of a group, L = 1 + G tokens, D width.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.encoders.geometry import gather_rows, k_nearest
from cg3d.models.encoders.pointwise import conv_norm, convolution, convolve, normalise_rows, pointwise
from cg3d.models.transformer import LayerNormFP32, attend, split_heads

POSITION_WIDTH = 128  # inner width of the centres' embedding
MLP_RATIO = 4


@dataclass(frozen=True)
class PointTransformerShape:
    """The numbers that tell variants apart; the defaults are CG3D's."""

    groups: int = 64  # tokens beside the class token
    group_size: int = 32  # points nearest each centre
    group_width: int = 256  # of a group's embedding, before the transformer
    width: int = 384
    depth: int = 12  # blocks
    heads: int = 6
    drop_path: float = 0.1  # chance to leave out a branch of the last block while training; rises from 0 in the first


POINT_TRANSFORMER = PointTransformerShape()


class PointTransformer(nn.Module):
    """Point cloud to one feature vector.

    Args:
        shape: POINT_TRANSFORMER is the published one.
        channels: 3 (xyz) or 6 (xyz, rgb).
        embed_dim: width of the output.
    """

    def __init__(self, shape: PointTransformerShape, channels: int, embed_dim: int) -> None:
        super().__init__()
        self.groups, self.group_size = shape.groups, shape.group_size
        self.encoder = GroupEncoder(channels, shape.group_width)
        self.reduce_dim = nn.Linear(shape.group_width, shape.width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, shape.width))
        self.cls_pos = nn.Parameter(torch.randn(1, 1, shape.width))
        self.pos_embed = nn.Sequential(nn.Linear(3, POSITION_WIDTH), nn.GELU(), nn.Linear(POSITION_WIDTH, shape.width))
        self.blocks = Blocks(shape)
        self.norm = LayerNormFP32(nn.LayerNorm(shape.width))
        self.projection = nn.Linear(2 * shape.width, embed_dim)

    def forward(self, points: Tensor) -> Tensor:
        """Features of prepared points.

        Args:
            points: (B, N, C) float32 in farthest-point order, centred, largest radius 1; N at least G and K.
        Returns:
            (B, embed_dim) in the precision of the weights, not normalised.
        """
        centres, dtype = points[:, : self.groups, :3], self.cls_token.dtype
        groups = group_points(points, centres, self.group_size).to(dtype)
        tokens = _after(self.cls_token, self.reduce_dim(self.encoder(groups)))  # (B, L, D)
        positions = _after(self.cls_pos, self.pos_embed(centres.to(dtype)))
        x = self.norm(self.blocks(tokens, positions))
        features: Tensor = self.projection(torch.cat([x[:, 0], x[:, 1:].amax(dim=1)], dim=-1))
        return features


def group_points(points: Tensor, centres: Tensor, size: int) -> Tensor:
    """The points nearest each centre, their coordinates relative to it, their colours as they are.

    Args:
        points: (B, N, C) float32.
        centres: (B, G, 3) float32.
        size: 1 <= K <= N.
    Returns:
        (B, G, K, C) float32.
    """
    nearest = gather_rows(points, k_nearest(centres, points[..., :3], size))
    return nearest - F.pad(centres, (0, points.shape[-1] - 3))[:, :, None]


class GroupEncoder(nn.Module):
    """A small PointNet: every group of points to one embedding, whatever the points' order."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.first_conv = nn.Sequential(*conv_norm(channels, 128, bias=True), nn.ReLU(), nn.Conv1d(128, 256, 1))
        self.second_conv = nn.Sequential(*conv_norm(512, 512, bias=True), nn.ReLU(), nn.Conv1d(512, width, 1))

    def forward(self, groups: Tensor) -> Tensor:
        """(B, G, K, C) -> (B, G, width)."""
        x = F.relu(pointwise(self.first_conv, groups), inplace=True)
        x = self._beside_maximum(convolve(convolution(self.first_conv, 3), x))  # (B, G, K, 512)
        x = F.relu(normalise_rows(self.second_conv[1], x), inplace=True)
        return convolve(convolution(self.second_conv, 3), x).amax(dim=2)

    def _beside_maximum(self, x: Tensor) -> Tensor:
        """W [maximum of the group, x] without building the concatenation."""
        conv, inputs = convolution(self.second_conv), x.shape[-1]
        weight = conv.weight.squeeze(-1)  # (512, 2 * inputs)
        of_group = F.linear(x.amax(dim=2), weight[:, :inputs], conv.bias)  # (B, G, 512)
        return F.linear(x, weight[:, inputs:]) + of_group[:, :, None]


class Blocks(nn.Module):
    """The transformer; every block is told the positions anew."""

    def __init__(self, shape: PointTransformerShape) -> None:
        super().__init__()
        rates = torch.linspace(0, shape.drop_path, shape.depth).tolist()
        self.blocks = nn.ModuleList(Block(shape.width, shape.heads, rate) for rate in rates)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x + positions)
        return x


class Block(nn.Module):
    """Attention, then a perceptron over each token, both normalised before and added to what they read."""

    def __init__(self, width: int, heads: int, drop_path: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = LayerNormFP32(nn.LayerNorm(width)), LayerNormFP32(nn.LayerNorm(width))
        self.attn = Attention(width, heads)
        inner = MLP_RATIO * width
        layers = OrderedDict(fc1=nn.Linear(width, inner), act=nn.GELU(), fc2=nn.Linear(inner, width))
        self.mlp = nn.Sequential(layers)
        self.drop_path = StochasticDepth(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self.attn(self.norm1(x)))
        change: Tensor = self.drop_path(self.mlp(self.norm2(x)))
        return x + change


class Attention(nn.Module):
    """Multi-head self-attention without bias on queries, keys and values."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        queries, keys, values = split_heads(self.qkv(x), self.heads)
        read: Tensor = self.proj(attend(queries * queries.shape[-1] ** -0.5, keys, values))
        return read


class StochasticDepth(nn.Module):
    """Leaves a residual branch out for some samples while training (Huang et al. 2016, arXiv 1603.09382).

    Args:
        rate: chance for each sample, 0 to 1; what is kept is scaled up, so that the expectation stays.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """(B, L, D)."""
        if not self.training:
            return branch
        return branch * F.dropout(branch.new_ones(branch.shape[0], 1, 1), self.rate)


def _after(first: Tensor, rows: Tensor) -> Tensor:
    """(1, 1, D) and (B, G, D) -> (B, 1 + G, D)."""
    return torch.cat([first.expand(rows.shape[0], -1, -1), rows], dim=1)
