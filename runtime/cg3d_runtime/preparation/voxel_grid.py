"""Thinning of large scans on a voxel grid, in time linear in the number of points."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cg3d_runtime.preparation.sampling import lexicographic

MOST_POINTS = 8192  # farthest point sampling of this many takes about ten milliseconds
AIM = 7900  # points to aim for
ENOUGH_POINTS = 7400  # a grid that keeps so many is not refined further

FIRST_GUESS = 128  # voxels along the longest side; too fine for nearly every scan, so that the search starts bracketed
FINEST = 1 << 20  # beyond it float32 no longer places a point within its voxel
ATTEMPTS = 24
BLOCK = 1 << 15  # points looked at together: few enough for what is computed of them to stay in the processor's cache


@dataclass(frozen=True)
class Grid:
    """Cubic voxels anchored at the bounding box; where most of it is empty, slabs without a point are not counted.

    Attributes:
        resolution: number of voxels along the longest side of the box.
        low: (3,) float32, the least corner of the box.
        scale: voxels in a unit of length, float32.
        last: (3,) float32, the highest cell along each axis.
        ranks: for each axis the number of every cell, or None where cells are numbered as they lie.
        sides: numbers of cells along the axes.
    """

    resolution: int
    low: np.ndarray
    scale: np.float32
    last: np.ndarray
    ranks: list[np.ndarray] | None
    sides: tuple[int, ...]

    @property
    def voxels(self) -> int:
        return math.prod(self.sides)


def thin(points: np.ndarray) -> np.ndarray:
    """Choose at most 8,192 points that cover the scan evenly, as close to that number as is cheap.

    A grid of cubic voxels is anchored at the bounding box; each occupied voxel keeps the point nearest its centre, ties
    by coordinates. The choice depends on the set of points only, not on their order nor on copies. A scan with at most
    8,192 distinct points is kept whole.

    Args:
        points: (N, C) float32, all finite: x, y, z in any unit, then features, which decide between points at one place.
            Fastest in column (Fortran) order.
    Returns:
        (M,) int64 indices into `points`, M <= 8,192, in no particular order.
    """
    if len(points) <= MOST_POINTS:
        return np.arange(len(points))
    grid, is_finest = _search_grid(points)
    if is_finest:
        distinct = lexicographic(points)
        if len(distinct) <= MOST_POINTS:
            return distinct
    return _nearest_to_centres(points, grid)


def _search_grid(points: np.ndarray) -> tuple[Grid, bool]:
    """The finest grid found with at most 8,192 occupied voxels, and whether none was found with more."""
    box = points[:, :3].min(axis=0), points[:, :3].max(axis=0)
    fits, kept = _grid(points, box, 1), 1
    too_fine, too_many = None, 0
    guess = FIRST_GUESS
    for attempt in range(ATTEMPTS):
        grid = _grid(points, box, guess)
        count = _count_occupied(points, grid)
        if count > MOST_POINTS:
            too_fine, too_many = guess, count
        else:
            fits, kept = grid, count
        fitting = fits.resolution
        if fitting == FINEST or (too_fine is not None and (kept >= ENOUGH_POINTS or too_fine - fitting == 1)):
            break
        if too_fine is None:
            guess = min(guess * max(4, math.isqrt(MOST_POINTS // kept)), FINEST)
        elif attempt % 2 == 0:
            # A power law joins the two: voxels grow with the square of the resolution on a surface, linearly on a wire.
            exponent = math.log(too_many / kept) / math.log(too_fine / fitting)
            guess = min(max(round(fitting * (AIM / kept) ** (1 / exponent)), fitting + 1), too_fine - 1)
        else:  # and where the law does not hold, halving comes to an end all the same
            guess = max(math.isqrt(fitting * too_fine), fitting + 1)
    return fits, too_fine is None


def _grid(points: np.ndarray, box: tuple[np.ndarray, np.ndarray], resolution: int) -> Grid:
    """The grid with so many voxels along the longest side of the bounding box, given by its least and highest corner."""
    low, extent = box[0], box[1] - box[0]
    scale = np.float32(resolution) / extent.max() if extent.any() else np.float32(0.0)
    last = np.minimum(np.floor(extent * scale), np.float32(resolution - 1))
    grid = Grid(resolution, low, scale, last, None, tuple(int(cell) + 1 for cell in last))
    return grid if grid.voxels <= _table_limit(points) else _without_empty_slabs(points, grid)


def _without_empty_slabs(points: np.ndarray, grid: Grid) -> Grid:
    """Number the occupied cells of each axis 0, 1, ...; a far outlier then costs one slab, not all the space between."""
    occupied = [np.zeros(side, dtype=bool) for side in grid.sides]
    for rows in _blocks(points):
        for axis in range(3):
            occupied[axis][_cells(points[rows], grid, axis)[1].astype(np.int64)] = True
    ranks = [np.cumsum(cells) - 1 for cells in occupied]
    return replace(grid, ranks=ranks, sides=tuple(int(rank[-1]) + 1 for rank in ranks))


def _blocks(points: np.ndarray) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, len(points), BLOCK))


def _cells(block: np.ndarray, grid: Grid, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """How far along an axis each point lies, in voxel sides, and in which cell, both float32."""
    along = (block[:, axis] - grid.low[axis]) * grid.scale
    return along, np.minimum(np.floor(along), grid.last[axis])


def _voxels(block: np.ndarray, grid: Grid) -> np.ndarray:
    """The number of each point's voxel, int64."""
    voxel = np.zeros(len(block), dtype=np.int64)
    for axis in range(3):
        index = _cells(block, grid, axis)[1].astype(np.int64)
        voxel *= grid.sides[axis]
        voxel += index if grid.ranks is None else grid.ranks[axis][index]
    return voxel


def _squared_distances(block: np.ndarray, grid: Grid) -> np.ndarray:
    """From each point to the centre of its voxel, in voxel sides, float32."""
    squared = np.zeros(len(block), dtype=np.float32)
    for axis in range(3):
        along, cell = _cells(block, grid, axis)
        from_centre = along - cell - np.float32(0.5)
        squared += from_centre * from_centre
    return squared


def _table_limit(points: np.ndarray) -> int:
    """How many voxels may have an entry each in a table without the table outweighing the scan."""
    return max(1 << 22, 4 * len(points))


def _count_occupied(points: np.ndarray, grid: Grid) -> int:
    if grid.voxels > _table_limit(points):
        ordered = np.sort(np.concatenate([_voxels(points[rows], grid) for rows in _blocks(points)]))
        return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
    occupied = np.zeros(grid.voxels, dtype=bool)
    for rows in _blocks(points):
        occupied[_voxels(points[rows], grid)] = True
    return int(np.count_nonzero(occupied))


def _nearest_to_centres(points: np.ndarray, grid: Grid) -> np.ndarray:
    """The point nearest the centre of each occupied voxel; equally near points are told apart by their columns."""
    voxel, squared = np.empty(len(points), dtype=np.int64), np.empty(len(points), dtype=np.float32)
    for rows in _blocks(points):
        voxel[rows], squared[rows] = _voxels(points[rows], grid), _squared_distances(points[rows], grid)
    if grid.voxels > _table_limit(points):
        voxel = np.unique(voxel, return_inverse=True)[1]
    least = np.full(int(voxel.max()) + 1, np.inf, dtype=np.float32)
    np.minimum.at(least, voxel, squared)
    nearest = np.flatnonzero(squared == least[voxel])
    order = nearest[np.lexsort([*points[nearest].T[::-1], voxel[nearest]])]
    return order[np.unique(voxel[order], return_index=True)[1]]  # what is left beside them are exact copies
