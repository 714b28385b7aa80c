"""How long an object is: the longest side of the box around it that stands upright and is as narrow as it can be."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.preparation.prepare import Preparation

# Turns about the vertical that are tried; half way between two of them a square's side is 8 % too long, a thin one's 1 %.
_TURNS = np.radians(np.arange(0, 90, 10))


def longest_side(xyz: np.ndarray, up: str) -> float:
    """The longest side of points, in their unit.

    Args:
        xyz: (N, 3), without strays.
        up: the axis that is up in them.
    """
    vertical = "xyz".index(up[-1])
    height = float(np.ptp(xyz[:, vertical]))
    flat = np.delete(xyz, vertical, axis=1).astype(np.float64)
    turns = np.stack([np.cos(_TURNS), -np.sin(_TURNS), np.sin(_TURNS), np.cos(_TURNS)], axis=1).reshape(-1, 2, 2)
    sides = np.ptp(flat @ turns, axis=1)  # (turns, 2)
    return max(height, float(sides[sides.prod(axis=1).argmin()].max()))


def length_of(detail: Preparation, up: str) -> float:
    """The longest side of a prepared scan, in the scan's own unit.

    Args:
        up: the axis that is up in the prepared points.
    """
    return longest_side(detail.points[:, :3], up) * detail.unit
