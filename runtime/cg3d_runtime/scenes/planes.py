"""Large planes of a scene: floors, tables, walls; what stands on them is left when they are taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import ConvexHull, QhullError

from cg3d_runtime.scenes.voxels import Voxels, touching, voxelise

_TRIES = 400  # planes through three cells each
_LOOKED_AT = 4000  # cells that a plane is judged by
_REFINEMENTS = 3
_LEAST_AREA = 1e-9
_TIGHT = 0.5  # of that distance: what a plane is fitted to, lest it leans on what stands on it
_GAP = 4  # sides of a cell that parts of one patch may lie apart
_SMALL = 0.03  # of the largest patch


@dataclass(frozen=True)
class Plane:
    """A plane through a scene.

    Attributes:
        normal: (3,) of length 1.
        offset: of the plane from the origin along the normal, in metres.
        own: indices of the cells that lie on it, ascending.
    """

    normal: np.ndarray
    offset: float
    own: np.ndarray

    def heights(self, xyz: np.ndarray) -> np.ndarray:
        """(N,) distances of points from the plane, above 0 on the side of its normal."""
        heights: np.ndarray = xyz @ self.normal - self.offset
        return heights

    def facing(self, direction: np.ndarray) -> Plane:
        """With the normal on the side of a direction."""
        return self if self.normal @ direction >= 0 else Plane(-self.normal, -self.offset, self.own)


    def across(self) -> np.ndarray:
        """(3, 2): two directions along the plane, at right angles, as columns."""
        along: np.ndarray = np.linalg.svd(self.normal[None])[2][1:].T
        return along


def is_over(plane: Plane, centres: np.ndarray, xyz: np.ndarray) -> np.ndarray:
    """(N,) bool: whether points lie, seen along the normal, in the convex outline of the plane's own cells.

    Args:
        centres: (V, 3) of all cells.
        xyz: (N, 3).
    """
    along = plane.across()
    try:
        sides = ConvexHull(centres[plane.own] @ along).equations  # outward normals and offsets
    except QhullError:  # all on a line
        return np.zeros(len(xyz), bool)
    inside = np.ones(len(xyz), bool)
    flat = xyz @ along
    for first, second, offset in sides:
        inside &= flat @ np.array([first, second]) + offset <= 0
    return inside


def find_planes(centres: np.ndarray, thick: np.ndarray, least: int, most: int) -> list[Plane]:
    """The largest planes, one after the other, each from what the earlier ones leave; the same ones every time.

    Args:
        centres: (V, 3) of the cells, metres.
        thick: (V,) distance from a plane up to which a cell is its own, metres.
        least: cells that a plane has.
        most: planes.
    """
    rng, left = np.random.default_rng(0), np.arange(len(centres))
    found: list[Plane] = []
    while len(found) < most and len(left) >= max(least, 3):
        normal, offset = _best(centres[left], _TIGHT * thick[left], rng)
        own = np.abs(centres[left] @ normal - offset) <= thick[left]
        if own.sum() < least:
            break
        found.append(Plane(normal, offset, left[own]))
        left = left[~own]
    return found


def patches(plane: Plane, voxels: Voxels) -> Plane:
    """The parts of a plane that hang together, without those that are small beside the largest: where it cuts other things."""
    squares = voxelise(voxels.centres[plane.own], _GAP * voxels.side)  # far from a camera, not every cell has points
    edges = touching(squares)
    links = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(len(squares), len(squares)))
    part = csgraph.connected_components(links, directed=False)[1]
    sizes = np.bincount(part)
    return replace(plane, own=plane.own[(sizes >= _SMALL * sizes.max())[part[squares.owner]]])


def _best(points: np.ndarray, thick: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """The plane with the most points of a sample, fitted to all of its own."""
    looked_at = rng.permutation(len(points))[:_LOOKED_AT]
    sample = points[looked_at]
    corners = sample[rng.integers(len(sample), size=(_TRIES, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.maximum(np.linalg.norm(normals, axis=1), _LEAST_AREA)
    normals /= lengths[:, None]
    offsets = (normals * corners[:, 0]).sum(axis=1)
    best = int((np.abs(sample @ normals.T - offsets) <= thick[looked_at, None]).sum(axis=0).argmax())
    return _fitted(points, normals[best], float(offsets[best]), thick)


def _fitted(points: np.ndarray, normal: np.ndarray, offset: float, thick: np.ndarray) -> tuple[np.ndarray, float]:
    """By least squares to the points near it, the less certain ones weighing less, again and again."""
    for _ in range(_REFINEMENTS):
        near = np.abs(points @ normal - offset) <= thick
        own, weights = points[near], 1 / thick[near] ** 2
        if len(own) < 3:
            break
        middle = weights @ own / weights.sum()
        around = own - middle
        fitted = np.linalg.eigh(around.T @ (weights[:, None] * around))[1][:, 0]
        normal = fitted if fitted @ normal >= 0 else -fitted
        offset = float(middle @ normal)
    return normal, offset
