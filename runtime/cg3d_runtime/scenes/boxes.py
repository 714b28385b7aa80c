"""Boxes around objects: upright, and turned so that they are as narrow as they can be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from cg3d_runtime.scans.rows import bounds


@dataclass(frozen=True)
class Box:
    """An oriented box; its third axis is up.

    Attributes:
        center: (x, y, z) in the scene's frame and unit.
        size: lengths along its own axes, of which the first is not shorter than the second, and the third is the height.
        quaternion: (x, y, z, w), of length 1: the turn from its own axes to the scene's.
    """

    center: tuple[float, float, float]
    size: tuple[float, float, float]
    quaternion: tuple[float, float, float, float]

    def axes(self) -> np.ndarray:
        """(3, 3), its own axes in the scene's frame as columns."""
        x, y, z, w = self.quaternion
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )

    def corners(self) -> np.ndarray:
        """(8, 3) in the scene's frame."""
        signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1), indexing="ij")).reshape(3, 8).T
        corners: np.ndarray = np.array(self.center) + (signs * np.array(self.size) / 2) @ self.axes().T
        return corners


def box_around(xyz: np.ndarray, up: np.ndarray) -> Box:
    """The upright box around points of which the floor plan has the least area.

    Args:
        xyz: (N, 3) finite, at least one.
        up: (3,) of length 1.
    """
    side, front = _level(up)
    flat = np.column_stack([xyz @ side, xyz @ front])
    angle = _narrowest(flat)
    along = math.cos(angle) * side + math.sin(angle) * front
    across = np.cross(up, along)
    axes = np.column_stack([along, across, up])
    own = xyz @ axes
    low, high = bounds(own)
    size = high - low
    if size[1] > size[0]:  # the longer side first, in a right-handed frame
        axes = np.column_stack([across, -along, up])
        size = size[[1, 0, 2]]
    center = np.column_stack([along, across, up]) @ ((low + high) / 2)
    return Box(_three(center), _three(size), quaternion(axes))


def _three(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = map(float, values)
    return x, y, z


def _level(up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two directions at right angles to up and to each other, right-handed with it."""
    start = np.eye(3)[int(np.abs(up).argmin())]
    side = start - (start @ up) * up
    side /= np.linalg.norm(side)
    return side, np.cross(up, side)


def _narrowest(flat: np.ndarray) -> float:
    """The angle of the side of the hull on which the least rectangle lies (Freeman and Shapira 1975)."""
    try:
        corners = flat[ConvexHull(flat).vertices]
    except (QhullError, ValueError):  # all on a line
        spread = flat - flat.mean(axis=0)
        along = np.linalg.svd(spread, full_matrices=False)[2][0]
        return math.atan2(along[1], along[0])
    edges = np.roll(corners, -1, axis=0) - corners
    angles = np.arctan2(edges[:, 1], edges[:, 0])
    turns = np.stack([np.cos(angles), np.sin(angles), -np.sin(angles), np.cos(angles)], axis=1).reshape(-1, 2, 2)
    return float(angles[np.ptp(turns @ corners.T, axis=2).prod(axis=1).argmin()])


def quaternion(axes: np.ndarray) -> tuple[float, float, float, float]:
    """(x, y, z, w) of a rotation matrix, w at least 0 (Shepperd 1978)."""
    trace = np.trace(axes)
    squares = np.array([*(2 * np.diag(axes) - trace), trace]) + 1
    largest = int(squares.argmax())
    if largest == 3:
        parts = [axes[2, 1] - axes[1, 2], axes[0, 2] - axes[2, 0], axes[1, 0] - axes[0, 1], squares[3]]
    else:
        parts = [axes[k, largest] + axes[largest, k] for k in range(3)]
        parts[largest] = squares[largest]
        second, third = (largest + 1) % 3, (largest + 2) % 3
        parts.append(axes[third, second] - axes[second, third])
    unit = np.array(parts) / np.linalg.norm(parts)
    unit = unit if unit[3] >= 0 else -unit
    x, y, z, w = map(float, unit)
    return x, y, z, w
