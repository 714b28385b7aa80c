"""Outlines of sections and curves through space, as arrays of points. Lengths in metres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Point = Sequence[float] | np.ndarray  # (D,)
Points = Sequence[Point] | np.ndarray  # (K, D)
Rings = Sequence[Points] | np.ndarray  # (S, K, 3)


def points(*coordinates: Point | float) -> np.ndarray:
    """(K, D) points of coordinates given axis by axis, (K,) or several axes at once, (K, A); a number holds for all."""
    axes = [np.asarray(axis) for axis in coordinates]
    count = max(len(axis) for axis in axes if axis.ndim)
    return np.column_stack([axis if axis.ndim else np.full(count, axis) for axis in axes])


def smooth(points: Points, steps: int = 8) -> np.ndarray:
    """A curve through all `points` (K, D): a uniform Catmull-Rom spline with `steps` samples a span."""
    known = np.asarray(points, float)
    padded = np.concatenate([2 * known[:1] - known[1:2], known, 2 * known[-1:] - known[-2:-1]])
    before, left, right, after = padded[:-3, None], padded[1:-2, None], padded[2:-1, None], padded[3:, None]
    t = (np.arange(steps) / steps)[None, :, None]
    curve = left + t / 2 * (
        right - before + t * (2 * before - 5 * left + 4 * right - after + t * (3 * (left - right) + after - before))
    )
    return np.concatenate([curve.reshape(-1, known.shape[1]), known[-1:]])


def rectangle(width: float, depth: float, corner: float = 0.0) -> np.ndarray:
    """(K, 2) outline of a rectangle about the origin with rounded corners, anticlockwise."""
    corner = min(corner, width / 2, depth / 2)
    if corner <= 0:
        return np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width / 2, depth / 2)
    arc = np.linspace(0, np.pi / 2, 6)
    inner = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width / 2 - corner, depth / 2 - corner)
    turns = [
        centre + corner * points(np.cos(arc + k * np.pi / 2), np.sin(arc + k * np.pi / 2))
        for k, centre in enumerate(inner)
    ]
    return np.concatenate(turns)


def ellipse(width: float, depth: float, segments: int = 40) -> np.ndarray:
    """(K, 2) outline of an ellipse about the origin, anticlockwise."""
    angle = np.arange(segments) * 2 * np.pi / segments
    return points(np.cos(angle) * width / 2, np.sin(angle) * depth / 2)


def arc(width: float, height: float, start: float = 0.0, end: float = 180.0, steps: int = 17) -> np.ndarray:
    """(steps, 3) points of an elliptical arc about the origin in the xy plane, from angle `start` to `end`, degrees.

    Args:
        width: semi-axis along x.
        height: semi-axis along y.
    """
    angle = np.radians(np.linspace(start, end, steps))
    return points(width * np.cos(angle), height * np.sin(angle), np.zeros(steps))
