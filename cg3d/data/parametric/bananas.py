"""Parametric bananas."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.fruit import STALK, tinted
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.primitives import loft, superellipsoid


def _finger(
    rng: np.random.Generator, length: float, radius: float, curve: float, sides: int
) -> tuple[Mesh, np.ndarray]:
    """A bent fruit of five blunt edges that lies in the xy plane, its stalk at the last point of the path returned."""
    along = np.linspace(0, 1, 22)
    turn = (along - 0.45) * curve
    path = length / curve * np.column_stack([np.sin(turn), 1 - np.cos(turn), 0 * turn])
    size = np.interp(
        along,
        [0, 0.015, 0.06, 0.16, 0.35, 0.6, 0.78, 0.87, 0.92, 1.0],
        [0.18, 0.26, 0.5, 0.8, 0.98, 1, 0.86, 0.5, 0.3, 0.26],
    )
    angle = np.arange(30) * 2 * np.pi / 30
    edge = 1 + 0.045 * np.cos(sides * angle)
    normal = np.column_stack([-np.sin(turn), np.cos(turn), 0 * turn])
    rings = [
        p + radius * s * (np.outer(np.cos(angle) * edge, n) + np.outer(np.sin(angle) * edge, (0, 0, 1)))
        for p, s, n in zip(path, size, normal, strict=True)
    ]
    return loft(np.stack(rings)), path


def banana(rng: np.random.Generator) -> Mesh:
    """One bent fruit on its side, or a bunch of two to five from one stalk; green, yellow, or spotted brown."""
    rgb = tinted(rng, (0.93, 0.8, 0.2), (0.95, 0.82, 0.25), (0.88, 0.75, 0.2), (0.65, 0.7, 0.25))
    length, radius, curve = rng.uniform(0.15, 0.22), rng.uniform(0.014, 0.02), rng.uniform(0.8, 1.6)

    def one(size: float) -> tuple[Mesh, np.ndarray]:
        body, path = _finger(rng, length * size, radius, curve * rng.uniform(0.85, 1.1), 5)
        centre = body.vertices[body.faces].mean(axis=1)
        tip = np.linalg.norm(centre - path[0], axis=1) < 0.1 * length
        spots = (np.sin(centre @ rng.normal(0, 250, 3)) > 0.75) & (rng.random() < 0.4)
        shade = np.where((spots | (tip & (rng.random() < 0.7)))[:, None], STALK, rgb)
        return Mesh(body.vertices, body.faces, shade), path

    if rng.random() < 0.5:
        body, _ = one(1.0)
        return (body.turned("x", 90) if rng.random() < 0.6 else body.turned("x", rng.uniform(-25, 25))).grounded()
    count, parts = int(rng.integers(2, 6)), []
    for k in range(count):
        body, path = one(rng.uniform(0.9, 1.05))
        stem = path[-1]
        spread = (k - (count - 1) / 2) * rng.uniform(9, 14)
        parts.append(body.at(*(-stem)).turned("y", spread).at(z=(k - (count - 1) / 2) * radius * 0.6))
    knot = superellipsoid(0.02, 0.03, 0.012 + radius * 0.7 * count, 0.4).at(x=0.004, y=-0.015).painted(STALK * 1.3)
    bunch = join([*parts, knot])
    pose = rng.random()
    return (
        (bunch.turned("x", 180) if pose < 0.5 else bunch.turned("x", rng.uniform(-15, 15)))
        .grounded()
        .called("bunch of bananas")
    )
