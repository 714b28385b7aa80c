"""Neighbourhoods of a point cloud, as plain tensor operations that also exist in ONNX.

Geometry is float32 at every precision: in half precision the neighbour order is lost and coordinates in metres overflow.
"""

from __future__ import annotations

import torch
from torch import Tensor


def squared_distances(queries: Tensor, points: Tensor) -> Tensor:
    """Squared distances by explicit differences, plane by plane.

    The expanded form a² - 2ab + b² is one matrix product, but its last bits depend on the shape that the product is tiled
    for, so a batch of eight could pick other neighbours than eight batches of one.

    Args:
        queries: (B, S, 3) float32.
        points: (B, N, 3) float32.
    Returns:
        (B, S, N) float32.
    """
    total = (queries[:, :, None, 0] - points[:, None, :, 0]).square()
    for axis in (1, 2):
        total = total + (queries[:, :, None, axis] - points[:, None, :, axis]).square()
    return total


@torch.no_grad()
def k_nearest(queries: Tensor, points: Tensor, k: int) -> Tensor:
    """Indices of the k nearest points of each query, the nearest first: TensorRT takes no TopK of another order.

    Args:
        queries: (B, S, 3) float32.
        points: (B, N, 3) float32.
        k: 1 <= k <= N.
    Returns:
        (B, S, k) int64 indices into `points`.
    """
    return squared_distances(queries, points).topk(k, dim=-1, largest=False).indices


def gather_rows(values: Tensor, index: Tensor) -> Tensor:
    """Rows of each sample's table: one flat Gather, which every runtime does faster than GatherND or GatherElements.

    Args:
        values: (B, N, D).
        index: (B, S, k) int64 in [0, N).
    Returns:
        (B, S, k, D).
    """
    batch, rows, width = values.shape
    offsets = torch.arange(batch, device=values.device)[:, None, None] * rows
    flat = (index + offsets).reshape(-1)
    return values.reshape(batch * rows, width).index_select(0, flat).reshape(*index.shape, width)
