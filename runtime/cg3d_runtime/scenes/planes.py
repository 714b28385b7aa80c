"""Large planes of a scene: floors, tables, walls; what stands on them is left when they are taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cg3d_runtime.scenes.voxels import Voxels, touching

_TRIES = 400  # planes through three cells each
_LOOKED_AT = 4000  # cells that a plane is judged by
_REFINEMENTS = 3
_LEAST_AREA = 1e-9
_SMALL = 0.2  # of the largest patch


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


def find_planes(centres: np.ndarray, thick: float, least: int, most: int) -> list[Plane]:
    """The largest planes, one after the other, each from what the earlier ones leave; the same ones every time.

    Args:
        centres: (V, 3) of the cells, metres.
        thick: distance from a plane up to which a cell is its own, metres.
        least: cells that a plane has.
        most: planes.
    """
    rng, left = np.random.default_rng(0), np.arange(len(centres))
    found: list[Plane] = []
    while len(found) < most and len(left) >= max(least, 3):
        normal, offset = _best(centres[left], thick, rng)
        own = np.abs(centres[left] @ normal - offset) <= thick
        if own.sum() < least:
            break
        found.append(Plane(normal, offset, left[own]))
        left = left[~own]
    return found


def patches(plane: Plane, voxels: Voxels) -> Plane:
    """The parts of a plane that hang together, without those that are small beside the largest: where it cuts other things."""
    edges = touching(voxels, plane.own)
    links = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(len(plane.own), len(plane.own)))
    number = csgraph.connected_components(links, directed=False)[1]
    sizes = np.bincount(number)
    return replace(plane, own=plane.own[(sizes >= _SMALL * sizes.max())[number]])


def _best(points: np.ndarray, thick: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """The plane with the most points of a sample, fitted to all of its own."""
    sample = points[rng.permutation(len(points))[:_LOOKED_AT]]
    corners = sample[rng.integers(len(sample), size=(_TRIES, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.maximum(np.linalg.norm(normals, axis=1), _LEAST_AREA)
    normals /= lengths[:, None]
    offsets = (normals * corners[:, 0]).sum(axis=1)
    best = int((np.abs(sample @ normals.T - offsets) <= thick).sum(axis=0).argmax())
    return _fitted(points, normals[best], float(offsets[best]), thick)


def _fitted(points: np.ndarray, normal: np.ndarray, offset: float, thick: float) -> tuple[np.ndarray, float]:
    """By least squares to the points near it, again and again."""
    for _ in range(_REFINEMENTS):
        own = points[np.abs(points @ normal - offset) <= thick]
        if len(own) < 3:
            break
        middle = own.mean(axis=0)
        fitted = np.linalg.eigh((own - middle).T @ (own - middle))[1][:, 0]
        normal = fitted if fitted @ normal >= 0 else -fitted
        offset = float(middle @ normal)
    return normal, offset
