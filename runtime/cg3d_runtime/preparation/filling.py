"""Sparse scans brought to the number of points that a model reads: with points between those that were measured.

Copies would do for the shape of the input, but a network that looks at the nearest neighbours of a point then sees its copies.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cg3d_runtime.preparation.sampling import lexicographic, slab, squared_from

_NEIGHBOURS = 6  # of a point, halfway to which new ones may lie
_BLOCK = 1 << 16  # distances looked at together: they stay in the processor's cache
_SLACK = 1e-5  # above what roundings of float32 can do to a distance, relative
_ROUNDED = 1e-30  # squared distance below which they can do more


def filled(points: np.ndarray, count: int) -> np.ndarray:
    """Add points halfway between near ones until there are `count`, the emptiest place first.

    Candidates are the middles between each point and its six nearest; of them comes next the one farthest from all points
    there are, in its order of coordinates where several are. When all are in, middles between those are looked for.

    Args:
        points: (n, C) float32, n >= 2 distinct places; x, y, z first. The order decides between equal distances.
        count: above n.
    Returns:
        (count, C) float32 that begins with `points`.
    """
    while len(points) < count:
        middles, nearest = _middles(points)
        if len(middles) == 0:  # float32 has no place left between them
            return np.ascontiguousarray(points[np.resize(np.arange(len(points)), count)])
        points = np.concatenate([points, middles[_emptiest_first(middles[:, :3], nearest, count - len(points))]])
    return points


def _middles(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(K, C) float32 places halfway from each point to its nearest others, each once, in the order of their columns; and the
    squared distance (K,) from each to the nearest point. Places that float32 rounds to a point are left out.
    """
    near, beyond = _nearest_others(points[:, :3])
    first, second = _pairs(near)
    middles = (points[first] + points[second]) * np.float32(0.5)
    once = lexicographic(middles)
    middles, first = middles[once], first[once]
    nearest = _squared_to_nearest(middles[:, :3], points[:, :3], np.column_stack([first, near[first]]), beyond[first])
    return middles[nearest > 0], nearest[nearest > 0]


def _pairs(near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each point of a pair and the other, where either is among the nearest of the other (n, k); each pair once."""
    own = np.repeat(np.arange(len(near)), near.shape[1])
    other = near.reshape(-1)
    number = np.minimum(own, other) * len(near) + np.maximum(own, other)
    once = np.unique(number, return_index=True)[1]
    return own[once], other[once]


def _nearest_others(xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) int64: the k nearest of the other points, in any order, of equally near ones the first; and the squared distance
    (n,) beyond which all others are.
    """
    found, beyond = [], []
    for start, squared in _blocks(xyz, xyz):
        squared[np.arange(len(squared)), start + np.arange(len(squared))] = np.inf
        near, farther = _k_least(squared, min(_NEIGHBOURS, len(xyz) - 1))
        found.append(near)
        beyond.append(farther)
    return np.concatenate(found), np.concatenate(beyond)


def _k_least(squared: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(R, count) int64: the columns of the least values of each row, of equal ones the first; and the least of the others (R,).

    Sorting the rows would tell the same more slowly.
    """
    ordered = np.partition(squared, count, axis=1)
    last, beyond = ordered[:, :count].max(axis=1), ordered[:, count]
    columns = np.empty((len(squared), count), dtype=np.int64)
    is_plain = last < beyond
    columns[is_plain] = np.nonzero(squared[is_plain] <= last[is_plain, None])[1].reshape(-1, count)
    columns[~is_plain] = np.argsort(squared[~is_plain], axis=1, kind="stable")[:, :count]
    return columns, beyond


def _squared_to_nearest(xyz: np.ndarray, others: np.ndarray, candidates: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """(K,) squared distances from places (K, 3) to the nearest of others (n, 3).

    A place halfway from a point to one of its nearest cannot be nearer to any but the point and its nearest, unless roundings
    or equal distances are in play; those are measured against all.

    Args:
        candidates: (K, k) indices in `others`: the point, and its nearest.
        beyond: (K,) squared distance from that point, beyond which all others are.
    """
    offset = [xyz[:, axis, None] - others[candidates, axis] for axis in range(3)]
    squared = (offset[0] * offset[0] + offset[1] * offset[1]) + offset[2] * offset[2]
    nearest: np.ndarray = squared.min(axis=1)
    limit = np.sqrt(beyond.astype(np.float64)) * (1 - _SLACK) - np.sqrt(squared[:, 0].astype(np.float64)) * (1 + _SLACK)
    is_open = ~((limit > 0) & (limit * limit > nearest * (1 + _SLACK)) & (beyond > _ROUNDED))
    if is_open.any():
        nearest[is_open] = np.concatenate([block.min(axis=1) for _, block in _blocks(xyz[is_open], others)])
    return nearest


def _blocks(xyz: np.ndarray, others: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Where a block of rows begins, and its squared distances (B, n) float32; elementwise, since a product of matrices would
    round by the library at hand.
    """
    columns = np.ascontiguousarray(others.T)
    rows = max(1, _BLOCK // len(others))
    for start in range(0, len(xyz), rows):
        block = xyz[start : start + rows]
        squared = np.zeros((len(block), len(others)), dtype=np.float32)
        for axis in range(3):
            offset = block[:, axis, None] - columns[axis]
            offset *= offset
            squared += offset
        yield start, squared


def _emptiest_first(xyz: np.ndarray, nearest: np.ndarray, count: int) -> np.ndarray:
    """Up to `count` indices in `xyz` (K, 3): each time the point farthest from all others.

    Args:
        xyz: in rising order of x: what lies farther off along x than the emptiest place is wide, is no nearer to it.
        nearest: (K,) squared distances to those that are there already; overwritten.
    """
    columns, x = np.ascontiguousarray(xyz.T), xyz[:, 0].tolist()
    offset, picks = np.empty_like(columns), np.empty(min(count, len(xyz)), dtype=np.int64)
    for i in range(len(picks)):
        picks[i] = last = int(nearest.argmax())
        begin, end = slab(x, last, nearest[last])
        before = nearest[begin:end]
        np.minimum(before, squared_from(columns[:, begin:end], last - begin, offset[:, begin:end]), out=before)
        nearest[last] = -1.0  # below every distance
    return picks
