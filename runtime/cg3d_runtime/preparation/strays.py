"""Points that belong to nothing: what a sensor invents in empty space, alone or in pairs, and numbers that mean "nothing".

One of them, four sizes away, makes an object a quarter as large for the model, and the farthest points are sampled first.
"""

from __future__ import annotations

from itertools import product

import numpy as np

_BITS = 20  # cells along an axis, at most 2 ** 20: beyond it float32 no longer places a point within its cell
_CROWD = 4  # points in a cell, on average, from which cells are large enough to tell who is alone
_COMPANY = 3  # points in a cell and those around it; a wire's end has as many, a pair of strays has not
_FAR = np.float32(64.0)
# One of each two opposite neighbours of a cell; the other is counted with it.
_HALF_AROUND = tuple(step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0))


def belongs(points: np.ndarray) -> np.ndarray:
    """Which points have company, (M,) bool; all of them where that would leave none.

    The box is halved into cells until one with points in it holds four of them on average; a point with fewer than three,
    itself among them, in its cell and the 26 around it is a stray. So the measure is the cloud's own density: legs and
    wires, which are as dense as the rest, stay, and so do scans of a hundred points.

    Args:
        points: (M, 3 or more) float32 in [0, 1): x, y, z; distinct, since copies would count as company. Their order changes
            nothing.
    """
    if len(points) == 0:
        return np.ones(0, dtype=bool)
    cells = np.floor(points[:, :3].T.astype(np.float64) * (1 << _BITS)).astype(np.int64)  # (3, M)
    cells >>= _shift(cells)
    stride = np.int64(int(cells.max()) + 3)
    numbers = ((cells[0] + 1) * stride + cells[1] + 1) * stride + cells[2] + 1
    occupied, cell, count = np.unique(numbers, return_inverse=True, return_counts=True)
    crowded: np.ndarray = (_with_neighbours(occupied, count, stride) >= _COMPANY)[cell]
    return crowded if crowded.any() else np.ones(len(points), dtype=bool)


def near_the_rest(points: np.ndarray) -> np.ndarray:
    """Which points lie within 64 times the usual distance from the middle, (M,) bool: all but a value that stands for none.

    Args:
        points: (M, 3 or more) float32, x, y, z first; the middle and the usual distance are medians (the upper one where M is
            even), which no far point moves.
    """
    xyz, half = points[:, :3], len(points) // 2
    middle = np.partition(xyz, half, axis=0)[half]
    with np.errstate(over="ignore"):
        distance = np.abs(xyz - middle).max(axis=1)
    usual = np.partition(distance, half)[half]
    near: np.ndarray = distance <= _FAR * usual if usual > 0 else np.ones(len(points), dtype=bool)
    return near


def _shift(cells: np.ndarray) -> int:
    """How often the finest cells (3, M) have to be doubled."""
    finest = np.sort(_interleaved(cells))
    fewest = len(finest) / _CROWD
    low, high = 0, _BITS
    while low < high:
        middle = (low + high) // 2
        coarse = finest >> (3 * middle)
        if 1 + np.count_nonzero(coarse[1:] != coarse[:-1]) <= fewest:
            high = middle
        else:
            low = middle + 1
    return low


def _interleaved(cells: np.ndarray) -> np.ndarray:
    """(M,) int64: the bits of three numbers by turns, so that the cells of a larger one have the same beginning.

    Source: Morton 1966, A computer oriented geodetic data base.
    """
    mixed = np.zeros(cells.shape[1], dtype=np.int64)
    for axis, numbers in enumerate(cells):
        spread = numbers.copy()
        for shift, mask in _SPREAD:
            spread = (spread | (spread << shift)) & mask
        mixed |= spread << axis
    return mixed


_SPREAD = (  # steps that move the bits of a number to every third place
    (32, 0x1F00000000FFFF),
    (16, 0x1F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)


def _with_neighbours(occupied: np.ndarray, count: np.ndarray, stride: int) -> np.ndarray:
    """Points in each cell and those around it.

    Args:
        occupied: (K,) int64 numbers of cells, rising.
        count: (K,) points in each.
        stride: between the numbers of neighbouring columns.
    """
    total: np.ndarray = count.copy()
    for x, y, z in _HALF_AROUND:
        wanted = occupied + (x * stride + y) * stride + z
        place = np.minimum(np.searchsorted(occupied, wanted), len(occupied) - 1)
        here = np.flatnonzero(occupied[place] == wanted)
        there = place[here]
        total[here] += count[there]
        total[there] += count[here]  # every neighbour in one direction is another cell
    return total
