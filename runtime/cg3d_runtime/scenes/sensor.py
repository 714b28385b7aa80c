"""Whether a scene was seen from one place, the origin of its frame, and what that says of up."""

from __future__ import annotations

import numpy as np

_LOOKED_AT = 20_000  # points
_ACROSS = 256  # directions on each side of a face of the cube around the origin
_DEEP = 0.1  # of the distance: points of one direction that differ by more hide one another
_HIDDEN = 0.03  # share of the directions in which something may hide, by noise and at edges
_FEWEST = 200  # directions with more than one point
_AHEAD = 0.8  # cosine of the mean direction to an axis that cameras look along


def is_seen_from_origin(xyz: np.ndarray) -> bool:
    """Whether hardly any point hides another from the origin; a scene fused of several views has backs and far sides.

    Args:
        xyz: (N, 3) finite.
    """
    some = xyz[:: max(1, len(xyz) // _LOOKED_AT)].astype(np.float64)
    distance = np.linalg.norm(some, axis=1)
    some, distance = some[distance > 0], distance[distance > 0]
    order = np.argsort(numbers := _directions(some), kind="stable")
    numbers, distance = numbers[order], distance[order]
    first = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]]) if len(numbers) else np.empty(0, np.int64)
    many = np.diff(np.r_[first, len(numbers)]) > 1
    if many.sum() < _FEWEST:
        return False
    nearest, farthest = np.minimum.reduceat(distance, first)[many], np.maximum.reduceat(distance, first)[many]
    return bool((farthest > nearest * (1 + _DEEP)).mean() <= _HIDDEN)


def looks_along_z(xyz: np.ndarray) -> bool:
    """Whether points lie ahead of a camera that looks along z, in whose frame y points down."""
    some = xyz[:: max(1, len(xyz) // _LOOKED_AT)].astype(np.float64)
    mean = some.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return length > 0 and mean[2] / length > _AHEAD and bool((some[:, 2] > 0).mean() > 0.99)


def _directions(xyz: np.ndarray) -> np.ndarray:
    """(N,) a number for the square of a cube around the origin through which each point is seen."""
    axis = np.abs(xyz).argmax(axis=1)
    depth = np.take_along_axis(xyz, axis[:, None], 1)[:, 0]
    first, second = (np.take_along_axis(xyz, ((axis + k) % 3)[:, None], 1)[:, 0] / np.abs(depth) for k in (1, 2))
    columns = (np.floor((part + 1) / 2 * _ACROSS).clip(0, _ACROSS - 1).astype(np.int64) for part in (first, second))
    column, row = columns
    numbers: np.ndarray = ((axis * 2 + (depth > 0)) * _ACROSS + column) * _ACROSS + row
    return numbers
