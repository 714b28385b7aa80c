"""Normals of a scene's cells, from how the points around each are spread, and all to the outside."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

_ROUNDS = 2  # neighbours of neighbours count, too
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
_LEAST = 1e-6  # a weight of 0 would be no edge


def normals(centres: np.ndarray, edges: np.ndarray, sensor: np.ndarray | None) -> np.ndarray:
    """Unit normals (V, 3).

    Args:
        centres: (V, 3) of the cells.
        edges: (E, 2) pairs of cells that touch.
        sensor: (3,) its place, where all was seen from one: they point to it. None: away from the middle of each part.
    """
    thin = _thinnest(centres, edges)
    if sensor is None:
        return _outward(thin, centres, edges)
    return _signed(thin, ((sensor - centres) * thin).sum(axis=1) < 0)


def _thinnest(centres: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(V, 3) unit directions in which the centres around each cell are spread least."""
    sums = _around(centres - centres.mean(axis=0), edges)
    means, products = sums[:, 1:4] / sums[:, :1], sums[:, 4:] / sums[:, :1]
    spread = np.empty((len(centres), 3, 3))
    for place, (first, second) in enumerate(_PAIRS):
        spread[:, first, second] = products[:, place] - means[:, first] * means[:, second]
        spread[:, second, first] = spread[:, first, second]
    thinnest: np.ndarray = np.linalg.eigh(spread)[1][:, :, 0]
    return thinnest


def _around(centres: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(V, 10) number, sums and sums of products of the centres around each cell, nearer ones more often."""
    size = len(centres)
    links = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(size, size)).tocsr()
    links = links + links.T + sparse.eye(size, format="csr")
    products = np.stack([centres[:, first] * centres[:, second] for first, second in _PAIRS], axis=1)
    sums = np.column_stack([np.ones(size), centres, products])
    for _ in range(_ROUNDS):
        sums = links @ sums
    return np.asarray(sums)


def _outward(thin: np.ndarray, centres: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Of one side along the smoothest ways from cell to cell (Hoppe et al. 1992), and in each part that hangs together mostly
    away from its middle.
    """
    size = len(thin)
    cosine = (thin[edges[:, 0]] * thin[edges[:, 1]]).sum(axis=1)
    bend = sparse.coo_matrix((1 - np.abs(cosine) + _LEAST, edges.T), shape=(size, size)).tocsr()
    tree = csgraph.minimum_spanning_tree(bend)
    count, part = csgraph.connected_components(tree, directed=False)
    flipped = _propagated(thin, tree + tree.T, part)
    signed = _signed(thin, flipped)
    members = np.bincount(part, minlength=count)
    middle = np.stack([np.bincount(part, column, count) for column in centres.T], axis=1) / members[:, None]
    inward = np.bincount(part, ((centres - middle[part]) * signed).sum(axis=1), count) < 0
    return _signed(signed, inward[part])


def _propagated(thin: np.ndarray, tree: sparse.csr_matrix, part: np.ndarray) -> np.ndarray:
    """(V,) bool: whether each direction is to be flipped to agree with the one before it on the way from its part's first."""
    size = len(thin)
    firsts = np.unique(part, return_index=True)[1]
    from_root = sparse.coo_matrix(
        (np.ones(len(firsts)), (np.full(len(firsts), size), firsts)), shape=(size + 1, size + 1)
    )
    tree = sparse.block_diag([tree, sparse.csr_matrix((1, 1))], format="csr") + from_root.tocsr()
    order, before = csgraph.breadth_first_order(tree, size, directed=False)
    cells = order[1:]
    flipped = [False] * (size + 1)
    against = (thin[cells] * np.vstack([thin, np.zeros(3)])[before[cells]]).sum(axis=1) < 0
    for cell, previous, is_against in zip(cells.tolist(), before[cells].tolist(), against.tolist(), strict=True):
        flipped[cell] = flipped[previous] ^ is_against
    return np.array(flipped[:size])


def _signed(directions: np.ndarray, flipped: np.ndarray) -> np.ndarray:
    return np.where(flipped[:, None], -directions, directions)
