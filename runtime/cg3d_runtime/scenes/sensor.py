"""Whether a scene was seen from one place, the origin of its frame; how finely a camera sees, and what it says of up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.scans.rows import finite_rows

STEP = 0.004  # of the distance: what a cell of a camera's scene is wide; two pixels of most depth cameras
DEPTH_STEP = 0.004  # metres of depth of a cell at one metre; structured light and stereo step by the distance squared
_NEAREST = 0.05  # metres
_LOOKED_AT = 20_000  # points
_ACROSS = 256  # directions on each side of a face of the cube around the origin
_DEEP = 0.1  # of the distance: points of one direction that differ by more hide one another
_HIDDEN = 0.03  # share of the directions in which something may hide, by noise and at edges
_NEAR_SHARE = 0.005  # so few points may lie ...
_CLEAR = 0.05  # ... nearer than this share of the usual distance: no sensor stands in what it sees
_FEWEST = 200  # directions with more than one point
_NARROW = 0.4  # cosine to the middle of what a camera sees
_AHEAD = 0.8  # cosine of the mean direction to an axis that cameras look along


@dataclass(frozen=True)
class Camera:
    """A depth camera at the origin.

    Attributes:
        forward: (3,) of length 1, about where it looks.
    """

    forward: np.ndarray

    def cells(self, xyz: np.ndarray) -> np.ndarray:
        """(N, 3) coordinates in which cells are cubes of side 1: as wide as two pixels, as deep as the camera tells apart."""
        sideways = np.linalg.svd(self.forward[None])[2][1:].T
        depth = np.maximum(xyz @ self.forward, _NEAREST)
        far = np.maximum(depth, 1.0)
        steps = np.log(np.minimum(depth, 1.0)) / STEP + (1 - 1 / far) / DEPTH_STEP
        return np.column_stack([xyz @ sideways / depth[:, None] / STEP, steps])

    def width(self, xyz: np.ndarray) -> np.ndarray:
        """(N,) metres: the width of a cell at some points."""
        width: np.ndarray = STEP * np.maximum(xyz @ self.forward, _NEAREST)
        return width

    def blur(self, xyz: np.ndarray) -> np.ndarray:
        """(N,) metres: how far apart things must be at some points to be told apart; half the depth of a cell, or its width."""
        depth = np.maximum(xyz @ self.forward, _NEAREST)
        blur: np.ndarray = np.maximum(STEP * depth, DEPTH_STEP / 2 * depth**2)
        return blur


def camera_of(xyz: np.ndarray) -> Camera | None:
    """The camera that a scene was seen with from the origin; None if it was seen from all around.

    Args:
        xyz: (N, 3); rows that are not finite count for nothing.
    """
    some = _sample(xyz)
    mean = some.mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length == 0:
        return None
    forward = mean / length
    ahead = some @ forward > _NARROW * np.linalg.norm(some, axis=1)
    return Camera(forward) if ahead.mean() > 0.99 else None


def is_seen_from_origin(xyz: np.ndarray) -> bool:
    """Whether hardly any point hides another from the origin; a scene fused of several views has backs and far sides.

    Args:
        xyz: (N, 3); rows that are not finite count for nothing.
    """
    some = _sample(xyz)
    if not len(some):
        return False
    distance = np.linalg.norm(some, axis=1)
    if np.quantile(distance, _NEAR_SHARE) < _CLEAR * np.median(distance):
        return False
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
    some = _sample(xyz)
    mean = some.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return length > 0 and mean[2] / length > _AHEAD and bool((some[:, 2] > 0).mean() > 0.99)


def _sample(xyz: np.ndarray) -> np.ndarray:
    """Some of the finite rows, evenly, (n, 3) float64."""
    finite = np.flatnonzero(finite_rows(xyz))
    some: np.ndarray = xyz[finite[:: max(1, len(finite) // _LOOKED_AT)]].astype(np.float64)
    return some


def _directions(xyz: np.ndarray) -> np.ndarray:
    """(N,) a number for the square of a cube around the origin through which each point is seen."""
    axis = np.abs(xyz).argmax(axis=1)
    depth = np.take_along_axis(xyz, axis[:, None], 1)[:, 0]
    first, second = (np.take_along_axis(xyz, ((axis + k) % 3)[:, None], 1)[:, 0] / np.abs(depth) for k in (1, 2))
    columns = (np.floor((part + 1) / 2 * _ACROSS).clip(0, _ACROSS - 1).astype(np.int64) for part in (first, second))
    column, row = columns
    numbers: np.ndarray = ((axis * 2 + (depth > 0)) * _ACROSS + column) * _ACROSS + row
    return numbers
