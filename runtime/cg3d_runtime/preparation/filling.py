"""Sparse scans brought to the number of points that a model reads: with points between those that were measured.

Copies would do for the shape of the input, but a network that looks at the nearest neighbours of a point then sees its copies.
"""

from __future__ import annotations

import numpy as np

from cg3d_runtime.preparation.sampling import lexicographic, squared_from

_NEIGHBOURS = 6  # of a point, halfway to which new ones may lie
_BLOCK = 1 << 22  # distances looked at together


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
        middles = _middles(points)
        nearest = _squared_to_nearest(middles[:, :3], points[:, :3])
        middles, nearest = middles[nearest > 0], nearest[nearest > 0]
        if len(middles) == 0:  # float32 has no place left between them
            return np.ascontiguousarray(points[np.resize(np.arange(len(points)), count)])
        points = np.concatenate([points, middles[_emptiest_first(middles[:, :3], nearest, count - len(points))]])
    return points


def _middles(points: np.ndarray) -> np.ndarray:
    """(K, C) float32 places halfway from each point to its nearest others, each once, in the order of their columns."""
    near = _nearest_others(points[:, :3])
    middles = (points[:, None] + points[near]) * np.float32(0.5)
    flat = middles.reshape(-1, points.shape[1])
    once: np.ndarray = flat[lexicographic(flat)]
    return once


def _nearest_others(xyz: np.ndarray) -> np.ndarray:
    """(n, k) int64: the k nearest of the other points, nearest first, of equally near ones the first."""
    count = min(_NEIGHBOURS, len(xyz) - 1)
    rows = max(1, _BLOCK // len(xyz))
    found = []
    for start in range(0, len(xyz), rows):
        squared = _squared_distances(xyz[start : start + rows], xyz)
        squared[np.arange(len(squared)), start + np.arange(len(squared))] = np.inf
        found.append(np.argsort(squared, axis=1, kind="stable")[:, :count])
    return np.concatenate(found)


def _squared_to_nearest(xyz: np.ndarray, others: np.ndarray) -> np.ndarray:
    rows = max(1, _BLOCK // len(others))
    blocks = (xyz[start : start + rows] for start in range(0, len(xyz), rows))
    return np.concatenate([_squared_distances(block, others).min(axis=1) for block in blocks])


def _squared_distances(xyz: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(A, B) float32, elementwise: a product of matrices would round by the library at hand."""
    squared: np.ndarray = np.zeros((len(xyz), len(others)), dtype=np.float32)
    for axis in range(3):
        offset = xyz[:, axis, None] - others[:, axis]
        offset *= offset
        squared += offset
    return squared


def _emptiest_first(xyz: np.ndarray, nearest: np.ndarray, count: int) -> np.ndarray:
    """Up to `count` indices in `xyz` (K, 3): each time the point farthest from all others, `nearest` (K,) being the squares
    of the distances to those that are there already.
    """
    columns = np.ascontiguousarray(xyz.T)
    offset, picks = np.empty_like(columns), np.empty(min(count, len(xyz)), dtype=np.int64)
    for i in range(len(picks)):
        picks[i] = last = int(nearest.argmax())
        np.minimum(nearest, squared_from(columns, last, offset), out=nearest)
        nearest[last] = -1.0  # below every distance
    return picks
