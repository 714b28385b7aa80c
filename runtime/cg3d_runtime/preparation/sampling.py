"""Farthest point sampling, bit for bit the same on every platform."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import sqrt

import numpy as np

NEAR_ORIGIN = np.float32(1e-3)  # squared distance
_SLACK = 1e-5  # relative; above what float32 rounds a distance by


def farthest_point_sample(xyz: np.ndarray, count: int, start: int = 0, owners: np.ndarray | None = None) -> np.ndarray:
    """Pick `count` points that cover the cloud evenly.

    Each pick is the point farthest from all picks before it; of equally far points the first wins, and no point is
    picked twice. Hence the prefix property: sampling a cloud that is already in this order, from its first point,
    gives 0, 1, 2, ... (exact copies of a point must come last for this to hold).

    Args:
        xyz: (N, 3) float32, any unit; all finite, squared extent within float32. In rising order of x, as `lexicographic`
            leaves points, several times faster: a pick is nearer only to points in a slab around it.
        count: 1 <= count <= N.
        start: index of the first pick.
        owners: (N,) int64 to be filled with the place in that order of the pick nearest to each point, the first where several
            are; None: not wanted.
    Returns:
        (count,) int64 indices into `xyz`, in order of choice.
    Raises:
        ValueError: count or start outside the cloud.
    Source: PointNet++ (Qi et al. 2017, arXiv 1706.02413), section 3.2.
    """
    if not (1 <= count <= len(xyz) and 0 <= start < len(xyz)):
        raise ValueError(f"count {count} and start {start} do not fit a cloud of {len(xyz)} points.")
    columns = np.ascontiguousarray(xyz.T)  # (3, N)
    offset = np.empty_like(columns)
    nearest = np.full(len(xyz), np.inf, dtype=columns.dtype)  # squared distance to the nearest pick
    picks = np.empty(count, dtype=np.int64)
    x = columns[0].tolist() if (columns[0, 1:] >= columns[0, :-1]).all() else None
    for i in range(count):
        picks[i] = last = int(nearest.argmax()) if i else start
        begin, end = (0, len(xyz)) if x is None else slab(x, last, nearest[last])
        squared, before = squared_from(columns[:, begin:end], last - begin, offset[:, begin:end]), nearest[begin:end]
        if owners is not None:
            np.copyto(owners[begin:end], i, where=squared < before)
            owners[last] = i  # also where the squares of tiny distances vanish
        np.minimum(before, squared, out=before)
        nearest[last] = -1.0  # below every distance: with copies left only, the next is picked, not this point again
    return picks


def slab(x: list[float], place: int, squared: float) -> tuple[int, int]:
    """Which points, from the first up to before the second index, can be nearer to one of them than a squared distance.

    Args:
        x: rising.
        place: index of the point.
    """
    reach = sqrt(squared) * (1 + _SLACK)
    return bisect_left(x, x[place] - reach), bisect_right(x, x[place] + reach)


def squared_from(columns: np.ndarray, place: int, offset: np.ndarray) -> np.ndarray:
    """(N,) squared distances of points, in columns (3, N), from one of them; `offset` (3, N) is overwritten.

    Elementwise numpy rounds alike everywhere; compiled libraries may fuse multiply and add, and break ties differently.
    """
    np.subtract(columns, columns[:, place, None], out=offset)
    np.multiply(offset, offset, out=offset)
    squared: np.ndarray = offset[0]
    np.add(squared, offset[1], out=squared)
    np.add(squared, offset[2], out=squared)
    return squared


def pointnet2_sample(xyz: np.ndarray, count: int) -> np.ndarray:
    """Pick `count` points as `furthest_point_sample` of pointnet2_ops does, which most published models were trained with.

    The first pick is point 0. After it, points within 0.032 of the origin are never picked: a rule of that library for
    padded clouds. Once every other place has been picked, the first point outside that ball is repeated. Ties go to the
    first point, where that library's go by its threads. The prefix property holds as far as the picks are distinct, and
    beyond where point 0 lies outside the ball.

    Args:
        xyz: (N, 3) float32, at least one point farther from the origin than 0.032.
        count: 1 or more, also above N.
    Returns:
        (count,) int64 indices into `xyz`, in order of choice.
    Source: sampling_gpu.cu of erikwijmans/Pointnet2_PyTorch.
    """
    distinct = np.sort(lexicographic(xyz))  # a copy is never farther than its original: it would only be picked again
    x, y, z = xyz[distinct].T
    is_far = x * x + y * y + z * z > NEAR_ORIGIN
    candidates = np.union1d(0, distinct[is_far])
    order = candidates[farthest_point_sample(xyz[candidates], min(count, len(candidates)))]
    picks = np.full(count, distinct[is_far][0])
    picks[: len(order)] = order
    return picks


def lexicographic(points: np.ndarray) -> np.ndarray:
    """Indices of the distinct places in the order of x, y, z; of points at one place the one with the least features."""
    order = np.lexsort(points.T[::-1])
    ordered = points[order, :3]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return order[is_new]
