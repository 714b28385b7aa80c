"""A scene on a grid: its occupied cells, where their points lie, and which cells touch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.rows import bounds

# One of each pair of opposite neighbours.
_HALF = tuple(step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0))
_MOST_CELLS = 1 << 62  # of the box around a scene


@dataclass(frozen=True)
class Voxels:
    """V occupied cells, in the order of their keys.

    Attributes:
        side: of a cell, in metres; where they differ, of most.
        keys: (V,) int64; a step along an axis adds the same number everywhere.
        strides: what a step along x, y and z adds to a key.
        centres: (V, 3) float64, means of the points.
        counts: (V,) points in each.
        owner: (N,) the cell of each point.
    """

    side: float
    keys: np.ndarray
    strides: tuple[int, int, int]
    centres: np.ndarray
    counts: np.ndarray
    owner: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)


def voxelise(xyz: np.ndarray, side: float, places: np.ndarray | None = None) -> Voxels:
    """Sort points into cells.

    Args:
        xyz: (N, 3) finite, at least one.
        side: of a cell, in the unit of the points.
        places: (N, 3) of the points where cells are cubes of side 1; None: `xyz` by `side`.
    Raises:
        ScanError: the scene has more cells than can be numbered.
    """
    places, unit = (xyz, side) if places is None else (places, 1.0)
    low, high = (corner.astype(np.float64) / unit for corner in bounds(places))
    shape = [int(extent) + 3 for extent in high - low]  # with a rim of empty cells: no step wraps around
    if shape[0] * shape[1] * shape[2] > _MOST_CELLS:
        raise ScanError(f"the scene is {max(shape)} cells of {side:g} long; leave out the points that lie far away.")
    strides = shape[1] * shape[2], shape[2], 1
    numbers = np.zeros(len(xyz), dtype=np.int64)
    for axis, stride in enumerate(strides):  # column by column: of millions of points, three at once fill the memory
        numbers += (np.floor(places[:, axis].astype(np.float64) / unit - low[axis]).astype(np.int64) + 1) * stride
    keys, owner, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    centres = np.stack([np.bincount(owner, xyz[:, axis], len(keys)) for axis in range(3)], axis=1) / counts[:, None]
    return Voxels(side, keys, strides, centres, counts, owner)


def touching(voxels: Voxels, chosen: np.ndarray | None = None) -> np.ndarray:
    """Pairs of cells that share a face, an edge or a corner, each pair once.

    Args:
        chosen: indices of cells in ascending order; None: all.
    Returns:
        (E, 2) int32 indices into `chosen`.
    """
    keys = voxels.keys if chosen is None else voxels.keys[chosen]
    if len(keys) == 0:
        return np.empty((0, 2), np.int32)
    found = []
    for step in _HALF:
        wanted = keys + sum(along * stride for along, stride in zip(step, voxels.strides, strict=True))
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        here = np.flatnonzero(keys[place] == wanted)
        found.append(np.column_stack([here, place[here]]).astype(np.int32))
    return np.concatenate(found)
