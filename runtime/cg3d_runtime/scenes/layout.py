"""A scene taken apart: its cells, what it stands on, and what may be an object."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scenes.planes import find_planes, is_over, patches
from cg3d_runtime.scenes.proposals import Proposal, propose
from cg3d_runtime.scenes.scene import FLOOR, TABLE
from cg3d_runtime.scenes.sensor import Camera, camera_of
from cg3d_runtime.scenes.supports import Ground, Support, find_ground
from cg3d_runtime.scenes.voxels import Voxels, touching, voxelise

FEWEST_POINTS = 100
FINEST = 0.004  # metres: side of a cell
_FEW, _FEW_OF_MANY = 2.0, 4.0  # points in a cell; the second where there are so many cells that they would take long
_MANY = 150_000  # cells
_LARGER = 4.0  # how many times larger cells may be cut for them
_CELLS_ACROSS = 300  # of the extent of most of the scene
_EXTENT_POINTS = 20_000  # that tell the extent
_OUTSIDE = 0.02  # share of the points that may lie outside it, on each side
_THICK = 2.0  # sides of a cell: distance from a plane within which points are its own
_LEAST_SHARE, _LEAST_AREA = 0.02, 0.03  # of all cells, and square metres: what a plane must have
_MOST_PLANES = 12
_MARGIN = 0.05  # metres that things may reach over the edge of what is seen of a table
_OVER = 0.5  # share of an object over a table that it stands on


@dataclass(frozen=True)
class Layout:
    """A scene taken apart; lengths are in metres.

    Attributes:
        voxels: of the measured points.
        measured: (M,) indices of these points in the scene.
        ground: up, floors, tables and walls.
        on_support: (V,) the number of the support that a cell belongs to, -1 for none.
        proposals: what may be an object, the largest first.
    """

    voxels: Voxels
    measured: np.ndarray
    ground: Ground
    on_support: np.ndarray
    proposals: list[Proposal]

    def points_of(self, cells: np.ndarray) -> np.ndarray:
        """Indices in the scene of the points in some cells, ascending."""
        indices: np.ndarray = self.measured[np.sort(self._members[cells].indices)]
        return indices

    @cached_property
    def _members(self) -> sparse.csr_matrix:
        """(V, M): a row for each cell with the points in it."""
        owner = self.voxels.owner
        entries = np.ones(len(owner), dtype=bool), (owner, np.arange(len(owner)))
        return sparse.csr_matrix(entries, shape=(len(self.voxels), len(owner)))


def lay_out(xyz: np.ndarray, up: np.ndarray, is_given: bool, from_origin: bool) -> Layout:
    """Take a scene apart.

    Args:
        xyz: (N, 3) metres; rows that are not finite count for nothing.
        up: (3,) of length 1; see `find_ground`.
        is_given: whether up is known.
        from_origin: whether all was seen from there.
    Raises:
        ScanError: fewer than 100 finite points, or points too far apart for a grid.
    """
    measured = np.flatnonzero(finite_rows(xyz))
    if len(measured) < FEWEST_POINTS:
        raise ScanError(f"{len(measured)} finite points of {len(xyz)}; a scene has at least {FEWEST_POINTS}.")
    points = xyz if len(measured) == len(xyz) else xyz[measured]
    camera = camera_of(points) if from_origin else None
    voxels, sizes = _cells(points, camera)
    side, centres = voxels.side, voxels.centres
    least = max(int(_LEAST_SHARE * len(voxels)), int(_LEAST_AREA / side**2), FEWEST_POINTS)
    planes = [patches(plane, voxels) for plane in find_planes(centres, _THICK * sizes, least, _MOST_PLANES)]
    large = sorted((plane for plane in planes if len(plane.own) >= least), key=lambda plane: -len(plane.own))
    ground = find_ground(large, centres, sizes, up, is_given)
    on_support = _on_supports(centres, ground.supports, _THICK * sizes)
    rest = np.flatnonzero(on_support < 0)
    found = propose(centres[rest], touching(voxels, rest), np.zeros(3) if from_origin else None)
    proposals = [replace(each, cells=rest[each.cells]) for each in found]
    return Layout(voxels, measured, ground, on_support, _standing(proposals, centres, ground))


def _standing(proposals: list[Proposal], centres: np.ndarray, ground: Ground) -> list[Proposal]:
    """With what they stand on. Where there are tables and no floor, only what is over them: the rest is the background."""
    level = [support.plane for support in ground.supports if support.kind in (FLOOR, TABLE)]
    if not level:
        return proposals
    over = [is_over(plane, centres, centres, _MARGIN) & (plane.heights(centres) > 0) for plane in level]
    told = [replace(each, stands=any(cells[each.cells].mean() >= _OVER for cells in over)) for each in proposals]
    has_floor = any(support.kind == FLOOR for support in ground.supports)
    return [each for each in told if has_floor or each.stands]


def _cells(points: np.ndarray, camera: Camera | None) -> tuple[Voxels, np.ndarray]:
    """Cells, of a camera's scene as fine as it sees, else of one size, and their sizes (V,) in metres.

    Where most cells hold hardly more than one point they are cut again, larger: cells must touch along a surface.
    """
    side = cell_side(points) if camera is None else 1.0  # of a camera's cells, times its step
    voxels = _cut(points, camera, side)
    few = _FEW_OF_MANY if len(voxels) > _MANY else _FEW
    if len(points) < few * len(voxels):
        side *= min(_LARGER, math.sqrt(few * len(voxels) / len(points)))
        voxels = _cut(points, camera, side)
    sizes = np.full(len(voxels), side) if camera is None else side * camera.blur(voxels.centres)
    return voxels, sizes


def _cut(points: np.ndarray, camera: Camera | None, side: float) -> Voxels:
    if camera is None:
        return voxelise(points, side)
    return voxelise(
        points, side * float(np.median(camera.width(points))), camera.cells(points.astype(np.float64)) / side
    )


def cell_side(points: np.ndarray) -> float:
    """The side of a cell: 4 mm for a table top, 2 cm for a room."""
    some = points[:: max(1, len(points) // _EXTENT_POINTS)]
    low, high = np.quantile(some, (_OUTSIDE, 1 - _OUTSIDE), axis=0)
    return max(FINEST, float((high - low).max()) / _CELLS_ACROSS)


def _on_supports(centres: np.ndarray, supports: tuple[Support, ...], thick: np.ndarray) -> np.ndarray:
    """(V,) the support of each cell; those of its plane that another plane had taken before are among them."""
    owner = np.full(len(centres), -1)
    for number, support in enumerate(supports):
        near = np.flatnonzero(np.abs(support.plane.heights(centres)) <= thick)
        owner[near[is_over(support.plane, centres, centres[near])]] = number
    return owner
