"""Toy diesel and high-speed trains, along x; each is one long."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.locomotives import house
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, paint
from cg3d.data.parametric.primitives import (
    box,
    rod,
    superellipsoid,
)
from cg3d.data.parametric.train_cars import shell, wheels


def _bogies(length: float, half: float) -> Mesh:
    xs = [s * (length / 2 - 0.16) + d for s in (-1, 1) for d in (-0.075, 0.075)]
    frame = mirrored(box(0.3, 0.05, 0.03).at(length / 2 - 0.16, 0.06), "x")
    return join(
        [wheels(xs, [0.065] * 4, half * 0.7, BLACK, BLACK), mirrored(frame.at(z=half * 0.8), "z").painted(BLACK)]
    )


def diesel(rng: np.random.Generator) -> Mesh:
    """A long body with a cab at one end or both, a hood between, windows and a stripe."""
    rgb, second, half = paint(rng), paint(rng), rng.uniform(0.13, 0.17)
    low, tall = 0.11, rng.uniform(0.26, 0.36)
    hood = rng.random() < 0.5
    parts = [box(1.0, 0.05, half * 2).at(0, low).painted(BLACK), _bogies(1.0, half)]
    if hood:
        cab = rng.uniform(0.2, 0.26)
        where = rng.uniform(-0.36, -0.1)
        parts.append(superellipsoid(0.94, tall * 0.78, half * 1.45, 0.9).at(0, low + 0.04).painted(rgb))
        parts.append(house(rng, cab, half, low + 0.04, low + tall * 1.15, second, rgb).at(where))
    else:
        nose = rng.uniform(0.03, 0.14)
        row = [
            (-0.5, low + 0.03, tall * 0.75, half * 0.9),
            (-0.5 + nose, low + 0.03, tall, half),
            (0.5 - nose, low + 0.03, tall, half),
            (0.5, low + 0.03, tall * 0.7, half * 0.88),
        ]
        parts.append(shell(row, 0.35).painted(rgb))
        panes = [box(0.12, tall * 0.24, half * 2.02).at(x, low + tall * 0.62) for x in (-0.34, 0.34)]
        parts += [
            join(panes).painted(BLACK),
            box(0.8, tall * 0.14, half * 2.02).at(0, low + tall * 0.35).painted(second),
        ]
    parts += [box(0.18, 0.05, half).at(x, low + tall * (0.82 if hood else 1.0)).painted(second) for x in (0.1, 0.32)]
    return join(
        [*parts, mirrored(rod((0.5, low + 0.03, half * 0.6), (0.55, low + 0.03, half * 0.6), 0.03), "z").painted(BLACK)]
    )


def fast(rng: np.random.Generator) -> Mesh:
    """A long pointed nose, a band of windows, smooth sides."""
    half, tall, nose = rng.uniform(0.08, 0.11), rng.uniform(0.19, 0.24), rng.uniform(0.15, 0.42)
    rgb, second, low = paint(rng, ("white", "white", "grey", "blue", "red")), paint(rng), 0.04
    share = np.array([0.0, 0.12, 0.35, 0.65, 1.0])
    row = [(-0.5, low, tall, half)]
    row += [(0.5 - nose + nose * s, low, tall * (1 - 0.72 * s**1.7), half * (1 - 0.7 * s**2.2)) for s in share]
    band = box(0.9 - nose, tall * 0.2, half * 2.03).at(-0.03 - nose / 2, low + tall * 0.55)
    stripe = box(0.98 - nose, tall * 0.08, half * 2.03).at(-nose / 2, low + tall * 0.3)
    pane = (
        superellipsoid(nose * 0.35, tall * 0.22, half * 1.2, 0.2)
        .turned("z", -25)
        .at(0.5 - nose * 0.72, low + tall * 0.64)
    )
    skirt = box(0.9 - nose * 0.5, 0.05, half * 1.6).at(-nose * 0.25, 0.0)
    return join(
        [shell(row, 0.5).painted(rgb), join([band, pane]).painted(BLACK), stripe.painted(second), skirt.painted(BLACK)]
    )
