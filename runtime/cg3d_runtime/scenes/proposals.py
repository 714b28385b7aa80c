"""What may be an object in a scene: segments at several scales, parts that hang together, and neighbours joined.

No scale fits a cup and a cupboard, so each gives its own answer; what is right is told by the names that fit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cg3d_runtime.scenes.segments import bends, grown, spanning_tree
from cg3d_runtime.scenes.surface import normals

LOOSENESS = (0.6, 1.0, 2.0)  # radians; see `segments.grown`
FEWEST_CELLS = 100
MOST = 80  # proposals
SAME = 0.85  # overlap (intersection over union) from which on two proposals are one
_SHARP = math.radians(12)  # of an edge
_TOUCHING = 0.02  # share of the smaller segment's cells that touch the other for a union


@dataclass(frozen=True)
class Proposal:
    """What may be an object.

    Attributes:
        cells: ascending indices.
        whole: in [0, 1]: how little it looks like a face of something larger.
        stands: whether it lies over a floor or a table, or the scene has none.
    """

    cells: np.ndarray
    whole: float = 1.0
    stands: bool = True


NO_PROPOSAL = Proposal(np.empty(0, np.int64))  # of what a mask told


def propose(centres: np.ndarray, edges: np.ndarray, sensor: np.ndarray | None) -> list[Proposal]:
    """Sets of cells, the largest first.

    Args:
        centres: (V, 3) of the cells that belong to no support.
        edges: (E, 2) pairs of them that touch.
        sensor: (3,) its place, where all was seen from one.
    """
    if len(centres) < FEWEST_CELLS:
        return []
    angles, is_valley = bends(centres, normals(centres, edges, sensor), edges)
    tree, weights = spanning_tree(len(centres), edges, angles, is_valley)
    scales = grown(tree, weights, len(centres), LOOSENESS)
    parts = csgraph.connected_components(_links(edges, len(centres)), directed=False)[1]
    found = [cells for numbers in (parts, *reversed(scales)) for cells in _members(numbers)]
    found += [cells for numbers in scales[-1:] for cells in _unions(numbers, edges)]
    around = _both_ways(edges, len(centres))
    ridges = _both_ways(edges[(angles > _SHARP) & ~is_valley], len(centres))
    return [replace(each, whole=_wholeness(each.cells, around, ridges)) for each in distinct(found)]


def _wholeness(cells: np.ndarray, around: sparse.csr_matrix, ridges: sparse.csr_matrix) -> float:
    """1 less the share of the edges to other cells that are ridges: a face of a box ends in nothing else, a box in none."""
    inside = np.zeros(around.shape[0], bool)
    inside[cells] = True
    outer, sharp = ((~inside[links[cells].indices]).sum() for links in (around, ridges))
    return 1.0 - float(sharp / max(outer, 1))


def _both_ways(edges: np.ndarray, size: int) -> sparse.csr_matrix:
    links = _links(edges, size)
    return links + links.T


def distinct(found: Sequence[np.ndarray]) -> list[Proposal]:
    """Those that are not nearly another, larger one; at most `MOST`."""
    ordered = sorted(found, key=len, reverse=True)
    if not ordered:
        return []
    shared = shared_cells(ordered)
    sizes = shared.diagonal()
    overlap = shared / (sizes[:, None] + sizes - shared)
    kept: list[int] = []
    for place in range(len(ordered)):
        if len(kept) < MOST and (overlap[place, kept] < SAME).all():
            kept.append(place)
    return [Proposal(ordered[place]) for place in kept]


def shared_cells(sets: Sequence[np.ndarray]) -> np.ndarray:
    """(P, P) how many cells every two of at least one set have in common."""
    rows = np.repeat(np.arange(len(sets)), list(map(len, sets)))
    holds = sparse.coo_matrix((np.ones(len(rows), np.float32), (rows, np.concatenate(sets)))).tocsr()
    shared: np.ndarray = (holds @ holds.T).toarray()
    return shared


def _links(edges: np.ndarray, size: int) -> sparse.csr_matrix:
    return sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(size, size)).tocsr()


def _members(numbers: np.ndarray) -> Iterable[np.ndarray]:
    """The cells of each segment that has enough of them."""
    order = np.argsort(numbers, kind="stable")
    for cells in np.split(order, np.cumsum(np.bincount(numbers))[:-1]):
        if len(cells) >= FEWEST_CELLS:
            yield cells


def _unions(numbers: np.ndarray, edges: np.ndarray) -> Iterable[np.ndarray]:
    """Two segments that touch, as one."""
    sizes = np.bincount(numbers)
    ends = np.sort(numbers[edges], axis=1)
    ends = ends[(ends[:, 0] != ends[:, 1]) & (sizes[ends] >= FEWEST_CELLS).all(axis=1)]
    pairs, counts = np.unique(ends, axis=0, return_counts=True)
    for (first, second), count in zip(pairs, counts, strict=True):
        if count >= _TOUCHING * min(sizes[first], sizes[second]):
            yield np.flatnonzero((numbers == first) | (numbers == second))
