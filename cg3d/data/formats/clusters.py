"""Points of one class parted into the objects that they come from, where only the class is known."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree


def part_into_clusters(xyz: np.ndarray, cell: float) -> np.ndarray:
    """Number the clusters of a cloud: groups of occupied cells of a grid that touch, if only at a corner.

    Points closer than `cell` always share a cluster; gaps of up to 2 * sqrt(3) * `cell` may be bridged, wider ones are not.

    Args:
        xyz: (N, 3) finite, N >= 1.
        cell: edge of a cell, in the unit of `xyz`.
    Returns:
        (N,) integer, from 0; it does not depend on the order of the points.
    """
    voxels = np.floor((xyz - xyz.min(axis=0)) / cell).astype(np.int64)
    numbers = np.ravel_multi_index(tuple(voxels.T), tuple(voxels.max(axis=0) + 1))
    _, first, cell_of_point = np.unique(numbers, return_index=True, return_inverse=True)
    touching = KDTree(voxels[first]).query_pairs(1.0, p=np.inf, output_type="ndarray")
    graph = coo_array((np.ones(len(touching), bool), tuple(touching.T)), shape=(len(first), len(first)))
    cluster: np.ndarray = connected_components(graph, directed=False)[1]
    return cluster[cell_of_point]
