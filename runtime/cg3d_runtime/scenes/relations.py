"""How far boxes of a scene stand in a relation, from 0 to 1: what the words of a query mean.

Lengths are compared with those of the boxes, not with metres: "next to" reaches further for cupboards than for cups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cg3d_runtime.scenes.boxes import Box

Axes = np.ndarray  # (3, 3) rows: to the right, away, up, as who looks at the scene sees it
Relation = Callable[[Box, Box, Axes], float]

_SEEN = ("left of", "right of", "behind", "in front of")  # what depends on where one looks from
_CLOSE = 0.5  # of the mean size of two boxes: a gap at which "next to" holds half
_FAR = 2.0  # the same of "near"
_RESTING = 0.25  # of the height of the upper one: how far it may sink in or float


def depends_on_view(relation: str) -> bool:
    """Whether a relation means something only to who looks from one side."""
    return relation in _SEEN


def fit(relation: str, box: Box, others: Sequence[Box], axes: Axes) -> float:
    """How far a box stands in a relation to others, in [0, 1].

    Args:
        relation: one of `query.RELATIONS`.
        others: one box, or of "between" two.
        axes: where one looks from; of relations that do not depend on it only up counts.
    """
    if relation == "between":
        return _between(box, *others)
    return _RELATIONS[relation](box, others[0], axes)


def size(box: Box) -> float:
    """The mean of its sides."""
    return float(np.mean(box.size))


def _extent(box: Box, direction: np.ndarray) -> tuple[float, float]:
    """Its ends along a direction."""
    along = box.corners() @ direction
    return float(along.min()), float(along.max())


def _gap(first: Box, second: Box, directions: np.ndarray) -> float:
    """The distance between two boxes along some directions at right angles, 0 where they overlap."""
    gaps = []
    for direction in directions:
        (low, high), (other_low, other_high) = _extent(first, direction), _extent(second, direction)
        gaps.append(max(other_low - high, low - other_high, 0.0))
    return float(np.linalg.norm(gaps))


def _near(reach: float) -> Relation:
    def fits(box: Box, other: Box, axes: Axes) -> float:
        return float(2 ** -(_gap(box, other, axes) / (reach * (size(box) + size(other)) / 2)))

    return fits


def _covered(box: Box, other: Box, axes: Axes) -> float:
    """Share of the box, seen from above, over the other."""
    share = 1.0
    for direction in axes[:2]:
        (low, high), (other_low, other_high) = _extent(box, direction), _extent(other, direction)
        share *= max(0.0, min(high, other_high) - max(low, other_low)) / max(high - low, 1e-9)
    return share


def _on(box: Box, other: Box, axes: Axes) -> float:
    (low, high), (_, top) = _extent(box, axes[2]), _extent(other, axes[2])
    rests = 2 ** -(abs(low - top) / (_RESTING * max(high - low, 1e-9)))
    return float(rests * _covered(box, other, axes))


def _above(box: Box, other: Box, axes: Axes) -> float:
    (low, high), (_, top) = _extent(box, axes[2]), _extent(other, axes[2])
    clears = 1.0 if low >= top else 2 ** -((top - low) / (_RESTING * max(high - low, 1e-9)))
    return float(clears * _covered(box, other, axes))


def _in(box: Box, other: Box, axes: Axes) -> float:
    share = _covered(box, other, axes)
    (low, high), (bottom, top) = _extent(box, axes[2]), _extent(other, axes[2])
    return float(share * max(0.0, min(high, top) - max(low, bottom)) / max(high - low, 1e-9))


def _turned(relation: Relation) -> Relation:
    return lambda box, other, axes: relation(other, box, axes)


def _towards(axis: int, sign: float) -> Relation:
    """To one side, and not far: the cosine of the way there, less the further it is."""

    def fits(box: Box, other: Box, axes: Axes) -> float:
        way = np.array(box.center) - np.array(other.center)
        level = way - (way @ axes[2]) * axes[2]
        cosine = sign * (level @ axes[axis]) / max(float(np.linalg.norm(level)), 1e-9)
        return float(max(0.0, cosine)) * _near(2 * _FAR)(box, other, axes)

    return fits


def _between(box: Box, first: Box, second: Box) -> float:
    """Near the line from one to the other, and between its ends."""
    start, end, middle = (np.array(each.center) for each in (first, second, box))
    way = end - start
    along = float((middle - start) @ way / max(float(way @ way), 1e-18))
    off = float(np.linalg.norm(middle - start - along * way))
    inside = 1.0 if 0 <= along <= 1 else 0.0
    return inside * float(2 ** -(off / max(size(box), 1e-9)))


_RELATIONS: dict[str, Relation] = {
    "on": _on,
    "above": _above,
    "in": _in,
    "under": _turned(_above),
    "below": _turned(_above),
    "next to": _near(_CLOSE),
    "near": _near(_FAR),
    "right of": _towards(0, 1.0),
    "left of": _towards(0, -1.0),
    "behind": _towards(1, 1.0),
    "in front of": _towards(1, -1.0),
}
