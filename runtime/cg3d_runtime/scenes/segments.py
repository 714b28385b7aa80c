"""Segments of a scene: cells joined where its surface is smooth or bulges, parted where it turns inwards.

Things that touch meet in a valley, and the faces of one thing in a ridge: so the angle between two neighbours' normals parts
them fully where they turn towards each other, and hardly where they turn away. Source of the idea: Stein et al. 2014, convex
objects (LCCP); of the rule by which segments grow: Felzenszwalb and Huttenlocher 2004, here over a spanning tree alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

RIDGE = 0.05  # what an angle weighs where the surface bulges
_LEAST = 1e-6  # a weight of 0 would be no edge


def bends(centres: np.ndarray, normals: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much the surface bends along edges, and which way.

    Args:
        centres, normals: (V, 3).
        edges: (E, 2).
    Returns:
        (E,) angles in radians, and (E,) bool: whether it turns inwards, as in a valley.
    """
    first, second = edges.T
    cosine, inwards = np.zeros(len(edges)), np.zeros(len(edges))
    for normal, centre in zip(normals.T, centres.T, strict=True):  # axis by axis: there are millions of edges
        one, other = normal[first], normal[second]
        cosine += one * other
        inwards += (one - other) * (centre[second] - centre[first])
    return np.arccos(np.clip(cosine, -1, 1)), inwards > 0


def spanning_tree(
    size: int, edges: np.ndarray, angles: np.ndarray, is_valley: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The edges that join all cells at the least weight, the least first.

    Args:
        size: number of cells V.
        edges: (E, 2).
        angles, is_valley: of the edges, as `bends` gives them.
    Returns:
        (T, 2) edges and (T,) weights, in radians.
    """
    weights = np.where(is_valley, angles, RIDGE * angles) + _LEAST
    graph = sparse.coo_matrix((weights, edges.T), shape=(size, size))
    tree = csgraph.minimum_spanning_tree(graph.tocsr()).tocoo()
    order = np.argsort(tree.data, kind="stable")
    return np.column_stack([tree.row, tree.col])[order], tree.data[order]


def grown(edges: np.ndarray, weights: np.ndarray, size: int, loosenesses: Sequence[float]) -> list[np.ndarray]:
    """Join cells along edges, the least weight first, while it is small beside the segments' own inner weights.

    Args:
        edges, weights: as `spanning_tree` gives them.
        size: number of cells V.
        loosenesses: in radians, rising; the larger, the larger the segments, each grown from those before.
    Returns:
        (V,) numbers of the segments, from 0, for each looseness.
    """
    parent, members, limit = list(range(size)), [1] * size, [loosenesses[0]] * size
    left = list(zip(edges[:, 0].tolist(), edges[:, 1].tolist(), weights.tolist(), strict=True))
    found: list[np.ndarray] = []
    for before, looseness in zip((loosenesses[0], *loosenesses), loosenesses, strict=False):
        limit = [own + (looseness - before) / count for own, count in zip(limit, members, strict=True)]
        left = _join(left, parent, members, limit, looseness)
        found.append(np.unique(_roots(np.array(parent)), return_inverse=True)[1])
    return found


def _join(
    edges: list[tuple[int, int, float]], parent: list[int], members: list[int], limit: list[float], looseness: float
) -> list[tuple[int, int, float]]:
    """Join what can be joined, in place; the edges that join nothing are returned."""
    left = []
    for edge in edges:
        one, other, weight = edge
        while parent[one] != one:  # written out twice: calls would take most of the time
            parent[one] = one = parent[parent[one]]
        while parent[other] != other:
            parent[other] = other = parent[parent[other]]
        if weight <= limit[one] and weight <= limit[other]:
            parent[other] = one
            members[one] += members[other]
            limit[one] = weight + looseness / members[one]
        else:
            left.append(edge)
    return left


def _roots(parent: np.ndarray) -> np.ndarray:
    """(V,) the last on the way from each cell to its parent, and on."""
    while (parent[parent] != parent).any():
        parent = parent[parent]
    return parent
