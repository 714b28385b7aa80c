"""How much two upright boxes have in common: exact, by clipping their floor plans."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.scenes.boxes import Box


def box_iou(first: Box, second: Box, up: np.ndarray) -> float:
    """Intersection over union of the volumes of two boxes, 0 to 1; 0 where neither has a volume.

    Args:
        up: (3,) of length 1. Of each box the axis nearest to it counts as upright, so that boxes which lean a little, because
            their up was found by eye, lose nothing by that.
    """
    one, other = (_standing(box, up) for box in (first, second))
    (plan, low, high), (other_plan, other_low, other_high) = one, other
    height = min(high, other_high) - max(low, other_low)
    volumes = area(plan) * (high - low) + area(other_plan) * (other_high - other_low)
    if height <= 0 or volumes <= 0:
        return 0.0
    shared = area(clipped(plan, other_plan)) * height
    return float(np.clip(shared / (volumes - shared), 0.0, 1.0))


def box_ious(true: list[Box], found: list[Box], up: np.ndarray) -> np.ndarray:
    """(T, F) of every true box with every found one."""
    return np.array([[box_iou(one, other, up) for other in found] for one in true]).reshape(len(true), len(found))


def _standing(box: Box, up: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The corners (4, 2) of its floor plan, counter-clockwise, and where it begins and ends along up."""
    axes, half = box.axes(), np.array(box.size) / 2
    upright = int(np.abs(up @ axes).argmax())
    length, width = ((upright + step) % 3 for step in (1, 2))
    level = _level(up)
    middle = np.array(box.center)
    along = _unit(level @ axes[:, length])
    across = np.array([-along[1], along[0]])
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * half[[length, width]]
    plan = level @ middle + signs @ np.stack([along, across])
    height = float(up @ middle)
    return plan, height - half[upright], height + half[upright]


def _level(up: np.ndarray) -> np.ndarray:
    """(2, 3) two directions at right angles to up and to each other, right-handed with it."""
    start = np.eye(3)[int(np.abs(up).argmin())]
    side = _unit(start - (start @ up) * up)
    return np.stack([side, np.cross(up, side)])


def _unit(vector: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vector / np.linalg.norm(vector)
    return unit


def area(polygon: np.ndarray) -> float:
    """Of corners (n, 2) in counter-clockwise order; 0 of fewer than three."""
    if len(polygon) < 3:
        return 0.0
    x, y = (polygon - polygon[0]).T  # near the origin, where products lose least
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def clipped(polygon: np.ndarray, by: np.ndarray) -> np.ndarray:
    """The part of a convex polygon (n, 2) inside another, both counter-clockwise (Sutherland and Hodgman 1974)."""
    for start, end in zip(by, np.roll(by, -1, axis=0), strict=True):
        if not len(polygon):
            break
        polygon = _left_of(polygon, start, end)
    return polygon


def _left_of(polygon: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    edge = end - start
    inside = edge[0] * (polygon[:, 1] - start[1]) - edge[1] * (polygon[:, 0] - start[0])
    kept = []
    for place in range(len(polygon)):
        before = place - 1
        if (inside[before] < 0) != (inside[place] < 0):
            share = inside[before] / (inside[before] - inside[place])
            kept.append(polygon[before] + share * (polygon[place] - polygon[before]))
        if inside[place] >= 0:
            kept.append(polygon[place])
    return np.array(kept).reshape(-1, 2)
