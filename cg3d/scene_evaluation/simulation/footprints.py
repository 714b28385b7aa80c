"""Footprints of standing objects, convex outlines on the floor plan: where they are apart, nothing can interpenetrate."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, QhullError

_LEAST = 1e-3  # metres: half the width that a thing has at least, so that its outline is one


def footprint(xyz: np.ndarray) -> np.ndarray:
    """The outline (n, 2) of points (N, 3), y up, on the plan x z; counter-clockwise."""
    plan = xyz[:, [0, 2]].astype(np.float64)
    try:
        outline: np.ndarray = plan[ConvexHull(plan).vertices]
    except (QhullError, ValueError):  # all on a line
        low, high = plan.min(axis=0) - _LEAST, plan.max(axis=0) + _LEAST
        outline = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    return outline


def gap(first: np.ndarray, second: np.ndarray) -> float:
    """How far two convex outlines are apart along the side of either that parts them best; negative where they overlap.

    At most their distance, and of one sign with it (the theorem of separating axes).
    """
    return max(_past_sides(first, second), _past_sides(second, first))


def _past_sides(outline: np.ndarray, other: np.ndarray) -> float:
    sides = np.roll(outline, -1, axis=0) - outline
    outwards = np.column_stack([sides[:, 1], -sides[:, 0]])
    outwards = outwards / np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-12)
    beyond = (outwards @ other.T).min(axis=1) - (outwards * outline).sum(axis=1)
    return float(beyond.max())


def pushed_to(outline: np.ndarray, other: np.ndarray, direction: np.ndarray, apart: float) -> np.ndarray:
    """The shift (2,) along a direction after which an outline lies just so far beside another.

    Args:
        direction: (2,) of length 1, away from the other.
        apart: metres, as `gap` tells them.
    """
    start = other.mean(axis=0) - outline.mean(axis=0)
    near, far = 0.0, float(np.ptp(outline, axis=0).sum() + np.ptp(other, axis=0).sum()) + apart
    for _ in range(24):  # halves the interval each time: to a micrometre
        middle = (near + far) / 2
        is_free = gap(outline + start + middle * direction, other) >= apart
        near, far = (near, middle) if is_free else (middle, far)
    shift: np.ndarray = start + far * direction
    return shift
