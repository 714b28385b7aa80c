"""Large planes of a scene: floors, tables, walls; what stands on them is left when they are taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import ConvexHull, QhullError, cKDTree

from cg3d_runtime.scenes.voxels import Voxels, touching, voxelise

_TRIES = 300  # planes through three cells anywhere, and as many through three near each other
_PROMISING = 8
_LOOKED_AT = 4000  # cells that a plane is judged by
_NEIGHBOURS = 50  # of the cells looked at
_REFINEMENTS = 3
_LEAST_AREA = 1e-9
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


def outline(plane: Plane, centres: np.ndarray) -> ConvexHull | None:
    """The convex outline of a plane's own cells along its own directions; None where they are all on a line.

    Args:
        centres: (V, 3) of all cells.
    """
    try:
        return ConvexHull(centres[plane.own] @ plane.across())
    except (QhullError, ValueError):
        return None


def is_over(plane: Plane, centres: np.ndarray, xyz: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """(N,) bool: whether points lie, seen along the normal, in a plane's outline.

    Args:
        centres: (V, 3) of all cells.
        xyz: (N, 3).
        margin: metres by which they may lie outside of it.
    """
    hull = outline(plane, centres)
    inside, flat = np.full(len(xyz), hull is not None), xyz @ plane.across()
    for first, second, offset in hull.equations if hull else ():  # outward normals and offsets of its sides
        inside &= flat @ np.array([first, second]) + offset <= margin
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
        normal, offset = _best(centres[left], thick[left], rng)
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
    """The plane with the most points of a sample, once the most promising ones are fitted; then fitted to all of its own."""
    looked_at = rng.permutation(len(points))[:_LOOKED_AT]
    sample, near = points[looked_at], thick[looked_at]
    corners = sample[_triples(sample, rng)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    corners, normals = corners[areas > _LEAST_AREA], normals[areas > _LEAST_AREA]  # three on a line tell nothing
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    offsets = (normals * corners[:, 0]).sum(axis=1)
    counts = _supporters(sample, near, normals, offsets)
    promising = np.argsort(-counts, kind="stable")[:_PROMISING]
    fitted = [_fitted(sample, normals[place], float(offsets[place]), near) for place in promising]
    best = max(fitted, key=lambda plane: int((np.abs(sample @ plane[0] - plane[1]) <= near).sum()))
    return _fitted(points, *best, thick)


def _supporters(points: np.ndarray, thick: np.ndarray, normals: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """(T,) how many points lie on each of T planes; in single precision, which is three times as fast and exact enough."""
    heights = points.astype(np.float32) @ normals.T.astype(np.float32)  # (points, T)
    heights -= offsets.astype(np.float32)
    counts: np.ndarray = np.count_nonzero(np.abs(heights, out=heights) <= thick.astype(np.float32)[:, None], axis=0)
    return counts


def _triples(sample: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T, 3) indices of three points each; half of them near each other, which find the planes that are small."""
    anywhere = rng.integers(len(sample), size=(_TRIES, 3))
    first = rng.integers(len(sample), size=_TRIES)
    count = min(_NEIGHBOURS, len(sample))
    near = cKDTree(sample).query(sample[first], k=count)[1].reshape(len(first), count)
    others = np.take_along_axis(near, rng.integers(count, size=(len(first), 2)), axis=1)
    return np.vstack([anywhere, np.column_stack([first, others])])


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
