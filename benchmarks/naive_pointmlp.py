"""PointMLP's forward pass as published code has it: the other side of `scripts/bench train`, and a second opinion in the tests.

Written from the description of the architecture (Ma et al. 2022, arXiv 2202.07123): every stage samples its anchors in a Python
loop, finds neighbours by the expanded distance, builds the concatenated (B, S, k, 2D) tensor, and convolves (B * S, D, k).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cg3d.models.encoders.pointmlp import NEIGHBOURS, STD_EPSILON, AnchorAffine, PointMLP, PreExtraction


class NaivePointMLP(PointMLP):
    """The same parameters under the same names, and another forward pass."""

    def forward(self, points: Tensor) -> Tensor:
        """(B, N, C) points, in any order that starts with the first anchor -> (B, embed_dim)."""
        xyz = points[..., :3].contiguous()
        x = F.relu(self.embedding.net(points.transpose(1, 2)), inplace=True)  # (B, D, N)
        stages = zip(self.anchors, self.local_grouper_list, self.pre_blocks_list, self.pos_blocks_list, strict=True)
        for count, affine, pre, pos in stages:
            anchors = farthest_points(xyz, count)  # (B, S)
            grouped = group(xyz, x.transpose(1, 2), anchors, affine)
            x, xyz = residual_blocks(pos.operation, extract(pre, grouped)), rows_of(xyz, anchors)
        return self.projection(F.adaptive_max_pool1d(x, 1)).squeeze(-1)


@torch.no_grad()
def farthest_points(xyz: Tensor, count: int) -> Tensor:
    """Farthest point sampling from each cloud's first point: (B, N, 3) -> (B, count) indices."""
    batch, points, _ = xyz.shape
    samples = torch.arange(batch, device=xyz.device)
    chosen = torch.zeros(batch, count, dtype=torch.long, device=xyz.device)
    distance = torch.full((batch, points), 1e10, dtype=xyz.dtype, device=xyz.device)
    for pick in range(1, count):
        last = xyz[samples, chosen[:, pick - 1]][:, None]
        distance = torch.minimum(distance, ((xyz - last) ** 2).sum(dim=-1))
        chosen[:, pick] = distance.argmax(dim=-1)
    return chosen


def nearest(queries: Tensor, points: Tensor) -> Tensor:
    """Indices (B, S, k) of the nearest points, by -2ab + a² + b²."""
    distance = -2 * queries @ points.transpose(1, 2)
    distance += (queries**2).sum(dim=-1)[:, :, None]
    distance += (points**2).sum(dim=-1)[:, None]
    return distance.topk(NEIGHBOURS, dim=-1, largest=False, sorted=False).indices


def rows_of(values: Tensor, index: Tensor) -> Tensor:
    """(B, N, D) values at (B, ...) indices -> (B, ..., D)."""
    samples = torch.arange(len(values), device=values.device).view(-1, *[1] * (index.dim() - 1))
    return values[samples, index]


def group(xyz: Tensor, x: Tensor, anchors: Tensor, affine: AnchorAffine) -> Tensor:
    """(B, N, D) features -> (B, S, k, 2D): normalised differences to the anchor, beside the anchor's own feature."""
    anchor_x = rows_of(x, anchors)[:, :, None]  # (B, S, 1, D)
    difference = rows_of(x, nearest(rows_of(xyz, anchors), xyz)) - anchor_x
    deviation = difference.flatten(1).std(dim=1)[:, None, None, None]
    normalised = affine.affine_alpha * (difference / (deviation + STD_EPSILON)) + affine.affine_beta
    return torch.cat([normalised, anchor_x.repeat(1, 1, NEIGHBOURS, 1)], dim=-1)


def extract(pre: PreExtraction, grouped: Tensor) -> Tensor:
    """(B, S, k, 2D) -> (B, D', S), the maximum over each neighbourhood."""
    batch, anchors, neighbours, width = grouped.shape
    rows = grouped.permute(0, 1, 3, 2).reshape(-1, width, neighbours)  # (B * S, 2D, k)
    rows = residual_blocks(pre.operation, F.relu(pre.transfer.net(rows), inplace=True))
    return F.adaptive_max_pool1d(rows, 1).view(batch, anchors, -1).transpose(1, 2)


def residual_blocks(blocks: nn.Sequential, x: Tensor) -> Tensor:
    """Residual blocks over (B, D, N), by the modules of torch."""
    for block in blocks:
        x = F.relu(x + block.net2(F.relu(block.net1(x), inplace=True)), inplace=True)
    return x
