"""Thinning of large scans on a voxel grid, in time linear in the number of points."""

from __future__ import annotations

import math

import numpy as np

MOST_POINTS = 8192  # farthest point sampling of this many takes about ten milliseconds
AIM = 7900  # points to aim for
ENOUGH_POINTS = 7400  # a grid that keeps so many is not refined further

FIRST_GUESS = 128  # voxels along the longest side; too fine for nearly every scan, so that the search starts bracketed
FINEST = 1 << 20  # beyond it float32 no longer places a point within its voxel
ATTEMPTS = 24


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
    resolution, too_fine = _search_resolution(points)
    if too_fine is None:
        distinct = lexicographic(points)
        if len(distinct) <= MOST_POINTS:
            return distinct
    return _nearest_to_centres(points, resolution)


def lexicographic(points: np.ndarray) -> np.ndarray:
    """Indices of the distinct places in the order of x, y, z; of points at one place the one with the least features."""
    order = np.lexsort(points.T[::-1])
    ordered = points[order, :3]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return order[is_new]


def _search_resolution(points: np.ndarray) -> tuple[int, int | None]:
    """The finest grid found with at most 8,192 occupied voxels, and the coarsest found with more."""
    fits, kept = 1, 1
    too_fine, too_many = None, 0
    guess = FIRST_GUESS
    for attempt in range(ATTEMPTS):
        count = _count_occupied(_voxels(points, guess)[0])
        if count > MOST_POINTS:
            too_fine, too_many = guess, count
        else:
            fits, kept = guess, count
        if fits == FINEST or (too_fine is not None and (kept >= ENOUGH_POINTS or too_fine - fits == 1)):
            break
        if too_fine is None:
            guess = min(guess * max(4, math.isqrt(MOST_POINTS // kept)), FINEST)
        elif attempt % 2 == 0:
            # A power law joins the two: voxels grow with the square of the resolution on a surface, linearly on a wire.
            exponent = math.log(too_many / kept) / math.log(too_fine / fits)
            guess = min(max(round(fits * (AIM / kept) ** (1 / exponent)), fits + 1), too_fine - 1)
        else:  # and where the law does not hold, halving comes to an end all the same
            guess = max(math.isqrt(fits * too_fine), fits + 1)
    return fits, too_fine


def _voxels(points: np.ndarray, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """The voxel of each point as one int64, and the squared distance to its centre in voxel sides, float32."""
    low = points[:, :3].min(axis=0)
    extent = points[:, :3].max(axis=0) - low
    scale = np.float32(resolution) / extent.max() if extent.any() else np.float32(0.0)
    last = np.minimum(np.floor(extent * scale), np.float32(resolution - 1))  # highest index on each axis
    sparse = np.prod(last + 1.0, dtype=np.float64) > _table_limit(points)
    voxel = np.zeros(len(points), dtype=np.int64)
    distance = np.zeros(len(points), dtype=np.float32)
    for axis in range(3):
        offset = (points[:, axis] - low[axis]) * scale
        cell = np.minimum(np.floor(offset), last[axis])
        index = cell.astype(np.int64)
        if sparse:
            index = _without_empty_slabs(index)
        voxel *= index.max() + 1
        voxel += index
        offset -= cell
        offset -= np.float32(0.5)
        offset *= offset
        distance += offset
    return voxel, distance


def _without_empty_slabs(index: np.ndarray) -> np.ndarray:
    """Number the occupied indices 0, 1, ...; a far outlier then costs one slab an axis, not all the space between."""
    occupied = np.zeros(int(index.max()) + 1, dtype=bool)
    occupied[index] = True
    ranked: np.ndarray = (np.cumsum(occupied) - 1)[index]
    return ranked


def _table_limit(points: np.ndarray) -> int:
    """How many voxels may have an entry each in a table without the table outweighing the scan."""
    return max(1 << 22, 4 * len(points))


def _count_occupied(voxel: np.ndarray) -> int:
    if voxel.max() < _table_limit(voxel):
        occupied = np.zeros(int(voxel.max()) + 1, dtype=bool)
        occupied[voxel] = True
        return int(np.count_nonzero(occupied))
    ordered = np.sort(voxel)
    return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def _nearest_to_centres(points: np.ndarray, resolution: int) -> np.ndarray:
    """The point nearest the centre of each occupied voxel; equally near points are told apart by their columns."""
    voxel, distance = _voxels(points, resolution)
    if voxel.max() >= _table_limit(voxel):
        voxel = np.unique(voxel, return_inverse=True)[1]
    kept = np.arange(len(points))
    for key in (distance, *points.T):
        smallest = np.full(int(voxel.max()) + 1, np.inf, dtype=np.float32)
        np.minimum.at(smallest, voxel, key[kept])
        best = key[kept] == smallest[voxel]
        kept, voxel = kept[best], voxel[best]
    return kept[np.unique(voxel, return_index=True)[1]]  # what is left beside them are exact copies
