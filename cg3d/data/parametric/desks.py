"""Parametric desks."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.cabinets import drawers
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import metal, paint, wood
from cg3d.data.parametric.primitives import beam, box


def desk(rng: np.random.Generator) -> Mesh:
    """A work table with drawers under its top, or with a modesty panel; perhaps a hutch with shelves on it."""
    width, depth, height = rng.uniform(1.1, 1.8), rng.uniform(0.55, 0.8), rng.uniform(0.7, 0.78)
    rgb, steel, top = wood(rng), metal(rng), rng.uniform(0.02, 0.04)
    frame = rgb if rng.random() < 0.5 else metal(rng)
    front = rgb if rng.random() < 0.5 else paint(rng)
    parts = [box(width, top, depth).at(y=height - top).painted(rgb)]
    pedestal = rng.uniform(0.36, 0.45)
    sides = [1.0] if rng.random() < 0.6 else [1.0, -1.0]
    size = (pedestal, height - top, depth * 0.92)
    parts += [_pedestal(rng, size, frame, front, steel).at(x=side * (width - pedestal) / 2) for side in sides]
    if len(sides) == 1:
        parts.append(_desk_side(rng, height - top, depth).at(x=-width / 2 + 0.03).painted(frame))
    parts.append(
        box(width - 0.1, height * rng.uniform(0.3, 0.6), 0.018).at(y=height * 0.35, z=-depth / 2 + 0.05).painted(frame)
    )
    if rng.random() < 0.25:
        parts.append(_hutch(rng, width, rng.uniform(0.35, 0.6)).at(y=height, z=-depth / 2 + 0.13).painted(rgb))
    return join(parts)


def _pedestal(
    rng: np.random.Generator,
    size: tuple[float, float, float],
    rgb: np.ndarray,
    front: np.ndarray,
    steel: np.ndarray,
) -> Mesh:
    """Drawers that carry a side of the desk, down to the floor or hanging under the top."""
    width, height, depth = size
    low = 0.0 if rng.random() < 0.6 else height * rng.uniform(0.3, 0.6)
    rows = 3 if low == 0 else int(rng.integers(1, 3))
    parts = [box(width, height - low, depth).at(y=low).painted(rgb)]
    parts.append(drawers(rng, width - 0.02, height - low - 0.04, rows, 1, front, steel).at(y=low + 0.02, z=depth / 2))
    if low > 0:
        posts = mirrored(box(0.04, low, 0.04).at(x=width / 2 - 0.02, z=depth / 2 - 0.03), "z")
        parts.append(posts.painted(rgb))
    return join(parts)


def _desk_side(rng: np.random.Generator, height: float, depth: float) -> Mesh:
    if rng.random() < 0.5:
        return box(0.03, height, depth * 0.9)
    foot = join([beam((0, 0, -depth * 0.42), (0, 0, depth * 0.42), 0.05, 0.05).at(y=0.025), box(0.05, height, 0.05)])
    return foot if rng.random() < 0.5 else mirrored(box(0.05, height, 0.05).at(z=depth * 0.4), "z")


def _hutch(rng: np.random.Generator, width: float, height: float) -> Mesh:
    sides = mirrored(box(0.02, height, 0.24).at(x=width / 2 - 0.01))
    walls = [box(0.02, height, 0.24).at(x=x * width) for x in np.linspace(-0.5, 0.5, int(rng.integers(3, 5)))[1:-1]]
    shelf = box(width, 0.02, 0.24).at(y=height * rng.uniform(0.4, 0.7))
    return join([sides, *walls, shelf, box(width, 0.02, 0.24).at(y=height), box(width, height, 0.01).at(z=-0.12)])
