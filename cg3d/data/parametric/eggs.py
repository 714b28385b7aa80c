"""Parametric eggs: boiled, fried, or raw in their shell."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.fruit import tinted
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import COLOURS, paint
from cg3d.data.parametric.primitives import lathe, loft, smooth, superellipsoid


def egg(rng: np.random.Generator) -> Mesh:
    """A hen's egg lying, in an egg cup, fried, or two or three together."""
    radius, tall = rng.uniform(0.02, 0.0245), rng.uniform(1.22, 1.45)
    angle = np.linspace(-np.pi / 2, np.pi / 2, 20)
    blunt = rng.uniform(0.06, 0.16)
    profile = np.column_stack([np.cos(angle) * (1 - blunt * np.sin(angle)), (np.sin(angle) + 1) * tall]) * radius
    shell = lathe(np.maximum(profile, 0), 28).painted(
        tinted(rng, COLOURS["white"], (0.85, 0.7, 0.55), (0.72, 0.5, 0.36), (0.8, 0.85, 0.85))
    )
    pose = rng.random()
    if pose < 0.2:
        return _fried(rng).called("fried egg")
    if pose < 0.4:
        return _in_cup(rng, shell, radius).called("egg in an egg cup")
    lying = shell.turned("x", 90 + rng.normal(0, 6)).grounded()
    if pose < 0.75:
        return lying.turned("y", rng.uniform(0, 360))
    count = int(rng.integers(2, 4))
    return join(
        lying.turned("y", rng.uniform(0, 360)).at(x=(k % 2) * radius * 2.7, z=(k // 2) * radius * 2.7)
        for k in range(count)
    ).grounded()


def _in_cup(rng: np.random.Generator, shell: Mesh, radius: float) -> Mesh:
    stem = radius * rng.uniform(0.3, 0.9)
    knots = smooth(
        [(radius * 0.95, 0), (radius * 0.8, 0.006), (stem, 0.016), (radius * 1.0, 0.036), (radius * 1.08, 0.05)], 4
    )
    cup = lathe([(0, 0), *knots, (radius * 0.97, 0.05), (radius * 0.8, 0.038), (0, 0.03)]).painted(paint(rng))
    return join([cup, shell.at(y=0.031)])


def _fried(rng: np.random.Generator) -> Mesh:
    angle = -np.arange(48) * 2 * np.pi / 48
    edge = rng.uniform(0.045, 0.06) * (
        1 + sum(rng.normal(0, 0.06) * np.sin(k * angle + rng.uniform(0, 6)) for k in range(2, 6))
    )
    levels = ((0.97, 0.0), (1.0, 0.002), (0.93, 0.005), (0.5, 0.007), (0.1, 0.008))
    white = loft(
        np.array(
            [np.column_stack([edge * s * np.cos(angle), np.full(48, y), edge * s * np.sin(angle)]) for s, y in levels]
        )
    )
    yolk = superellipsoid(0.036, 0.02, 0.036).at(rng.normal(0, 0.006), 0.001, rng.normal(0, 0.006))
    return join([white.painted(np.array((0.95, 0.94, 0.9))), yolk.painted(np.array((0.95, 0.68, 0.12)))])
