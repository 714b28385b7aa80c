"""The surface that an object stands on, found in its scan: a plane with all else on one side of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOOKED_AT = 1024  # prepared points; the first of them are spread over the whole
_TRIPLES = 256  # planes that are tried, each through three points
_THICK = 0.025  # radii to either side of a plane within which points are its own
_BELOW = 0.03  # share of the points that may lie beyond it: noise, and what shows through glass
_FEWEST = 0.15  # share of the points that a support has
_BEYOND = 0.25  # share of its points outside the outline of the rest; a box stands on no more than its own bottom
_REFINEMENTS = 3
_DIRECTIONS = 16  # in which the outline of what stands on a plane is measured


@dataclass(frozen=True)
class Support:
    """A plane that something stands on; lengths are in radii of the prepared cloud.

    Attributes:
        normal: (3,) float64 of length 1, to the side where the rest is.
        offset: of the plane from the origin, along the normal.
        own: (N,) bool, the points of the plane, of the first 1,024.
        share: of all points that are its own.
        reaches_beyond: whether it reaches so far around the rest that it can be nothing but a support.
    """

    normal: np.ndarray
    offset: float
    own: np.ndarray
    share: float
    reaches_beyond: bool


def find_support(xyz: np.ndarray, sensor: np.ndarray | None = None) -> Support | None:
    """The largest plane that has everything else on one side, if it is large enough to stand on.

    Args:
        xyz: (N, 3) prepared points, of which the first 1,024 are looked at: centred, the largest radius 1. They decide
            alone: no chance is involved.
        sensor: (3,) the direction from the points to the sensor, where it is known; a surface that is seen from below
            supports nothing.
    Returns:
        None where there is no such plane.
    """
    points = xyz[:LOOKED_AT].astype(np.float64)
    normals, offsets = _planes(points)
    heights = points @ normals.T - offsets  # (N, T)
    below, above = (heights < -_THICK).mean(axis=0), (heights > _THICK).mean(axis=0)
    side = np.where(below > above, -1.0, 1.0)  # towards most of the rest
    share = 1 - below - above
    fits = (np.minimum(below, above) <= _BELOW) & (share >= _FEWEST)
    if sensor is not None:
        fits &= side * (normals @ sensor) > 0
    if not fits.any():
        return None
    best = int(np.where(fits, share, 0).argmax())
    return _refined(points, side[best] * normals[best], float(side[best] * offsets[best]))


def _planes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normals (T, 3) of length 1 and offsets (T,) of planes through three points each, those of no area left out."""
    triples = np.random.default_rng(0).integers(len(points), size=(_TRIPLES, 3))
    first, second, third = (points[triples[:, corner]] for corner in range(3))
    normals = np.cross(second - first, third - first)
    lengths = np.linalg.norm(normals, axis=1)
    normals, first = normals[lengths > 1e-6] / lengths[lengths > 1e-6, None], first[lengths > 1e-6]
    return normals, (normals * first).sum(axis=1)


def _refined(points: np.ndarray, normal: np.ndarray, offset: float) -> Support | None:
    """The plane near this one that fits its points by least squares; None where it is no support any more."""
    for _ in range(_REFINEMENTS):
        own = np.abs(points @ normal - offset) <= _THICK
        middle = points[own].mean(axis=0)
        offsets = points[own] - middle
        fitted = np.linalg.eigh(offsets.T @ offsets)[1][:, 0]
        normal = fitted if fitted @ normal > 0 else -fitted
        offset = float(middle @ normal)
    heights = points @ normal - offset
    own = np.abs(heights) <= _THICK
    if own.mean() < _FEWEST or (heights < -_THICK).mean() > _BELOW:
        return None
    return Support(normal, offset, own, float(own.mean()), _reaches_beyond(points, own, normal))


def _reaches_beyond(points: np.ndarray, own: np.ndarray, normal: np.ndarray) -> bool:
    """Whether many of its own points lie outside the outline of the rest, seen along the normal."""
    if own.all():
        return False
    side = np.linalg.svd(normal[None])[2][1:]  # (2, 3): along the plane
    angles = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
    along = points @ (np.column_stack([np.cos(angles), np.sin(angles)]) @ side).T  # (N, directions)
    outside = (along[own] > along[~own].max(axis=0) + _THICK).any(axis=1)
    return bool(outside.mean() > _BEYOND)
