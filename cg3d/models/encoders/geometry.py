"""Neighbourhoods of a point cloud, as plain tensor operations that also exist in ONNX.

Geometry is float32 at every precision: in half precision the neighbour order is lost and coordinates in metres overflow.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    total = _squared(queries[:, :, None, 0] - points[:, None, :, 0])
    for axis in (1, 2):
        total = total + _squared(queries[:, :, None, axis] - points[:, None, :, axis])
    return total


def _squared(x: Tensor) -> Tensor:
    return x * x  # not square(): its ONNX form, Pow, is the slower one


@torch.no_grad()
def k_nearest(queries: Tensor, points: Tensor, k: int) -> Tensor:
    """Indices of the k nearest points of each query, the nearest first.

    Args:
        queries: (B, S, 3) float32.
        points: (B, N, 3) float32.
        k: 1 <= k <= N.
    Returns:
        (B, S, k) int64 indices into `points`.
    """
    return k_smallest(squared_distances(queries, points), k)


@torch.no_grad()
def k_nearest_of_prefixes(xyz: Tensor, counts: Sequence[int], k: int) -> list[Tensor]:
    """`k_nearest` in a pyramid of prefixes: of the first counts[0] points among all, of counts[1] among counts[0], and so on.

    The distances of a level are a corner of the table of the level before, so they are computed once.

    Args:
        xyz: (B, N, 3) float32.
        counts: falling; N >= counts[0].
        k: 1 <= k <= the last but one count.
    Returns:
        (B, S, k) int64 for each count S.
    """
    table, found = squared_distances(xyz[:, : counts[0]], xyz), []
    for count in counts:
        found.append(k_smallest(table[:, :count], k))
        table = table[:, :, :count]
    return found


def k_smallest(table: Tensor, k: int) -> Tensor:
    """Columns of the k smallest values of each row, the smallest first: TensorRT takes no TopK of another order."""
    return table.topk(k, dim=-1, largest=False).indices


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
