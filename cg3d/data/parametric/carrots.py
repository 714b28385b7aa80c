"""Parametric carrots."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.fruit import LEAF, tinted
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.primitives import lathe, smooth, superellipsoid, tube


def carrot(rng: np.random.Generator) -> Mesh:
    """A tapering root with rings and a round shoulder, lying; plain, with cut stalks, or with its leaves; or a few."""
    count = int(rng.integers(2, 5)) if rng.random() < 0.25 else 1
    lying = [_root(rng).turned("x", 90).turned("y", rng.normal(0, 4)).grounded().at(x=0.04 * k) for k in range(count)]
    return join(lying).grounded().turned("y", rng.uniform(0, 360))


def _root(rng: np.random.Generator) -> Mesh:
    length, radius = rng.uniform(0.11, 0.23), rng.uniform(0.011, 0.021)
    blunt = rng.uniform(0.5, 1.1)
    along = np.linspace(0, 1, 34)
    size = np.interp(along, [0, 0.03, 0.12, 1], [0.05, 0.16, 0.3, 1.0]) ** blunt
    size = size * np.interp(along, [0, 0.93, 0.97, 1], [1, 1, 0.85, 0.45]) * (1 + rng.normal(0, 0.02, 34))
    bend = np.cumsum(rng.normal(0, 0.006, (34, 2)), axis=0) * length * 0.5
    path = np.column_stack([bend[:, 0], along * length, bend[:, 1]])
    body = tube(path, radius * size, 18).painted(tinted(rng, (0.93, 0.48, 0.12), (0.9, 0.42, 0.1), (0.95, 0.55, 0.2)))
    parts, top = [body], path[-1]
    leafy = rng.random()
    if leafy < 0.75:
        stems, reach = int(rng.integers(4, 9)), (0.012 if leafy < 0.4 else rng.uniform(0.05, 0.14))
        for _ in range(stems):
            lean = rng.normal(0, 0.25, 2)
            end = top + np.array([lean[0], 1, lean[1]]) * reach * rng.uniform(0.7, 1.1)
            middle = (top + end) / 2 + (0, 0, 0.1 * reach)
            parts.append(tube(smooth([top - (0, 0.003, 0), middle, end], 3), 0.0018, 6).painted(LEAF))
            if reach > 0.03:
                plume = (
                    superellipsoid(reach * 0.3, reach * 0.65, reach * 0.16)
                    .scaled(1, 1, 1)
                    .at(*(middle - (0, reach * 0.05, 0)))
                )
                parts.append(_coarse(plume).painted(LEAF))
    return join(parts)


def _coarse(blob: Mesh) -> Mesh:
    """A small bipyramid in place of a smooth blob: a leaf needs few faces."""
    low, high = blob.vertices.min(axis=0), blob.vertices.max(axis=0)
    half = (high - low) / 2
    shape = lathe([(0, 0), (0.6, 0.5), (1.0, 1.1), (0.5, 1.7), (0, 2.0)], 8)
    return shape.scaled(half[0], half[1], half[2]).at((low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2)
