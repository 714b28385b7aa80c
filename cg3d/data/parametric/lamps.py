"""Parametric lamps: table, floor and desk lamps are one category."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import metal, paint
from cg3d.data.parametric.primitives import cylinder, lathe, rod, smooth, superellipsoid


def lamp(rng: np.random.Generator) -> Mesh:
    """A table, floor or desk lamp."""
    if rng.random() < 0.3:
        return _desk_lamp(rng)
    floor = rng.random() < 0.35
    height = rng.uniform(1.3, 1.75) if floor else rng.uniform(0.32, 0.65)
    shade_height = height * (rng.uniform(0.14, 0.24) if floor else rng.uniform(0.32, 0.48))
    wide = shade_height * rng.uniform(0.5, 0.85)
    narrow = wide * rng.uniform(0.45, 1.0)
    shade_base = height - shade_height
    frame = paint(rng)
    shade = lathe([(wide, 0), (narrow, shade_height), (narrow - 0.003, shade_height), (wide - 0.003, 0)])
    parts = [shade.at(y=shade_base).painted(paint(rng, ("white", "beige", "yellow", "red", "blue", "green")))]
    parts += [part.painted(frame) for part in _lamp_stand(rng, shade_base, shade_height, wide, floor)]
    return join(parts)


def _lamp_stand(
    rng: np.random.Generator, shade_base: float, shade_height: float, wide: float, floor: bool
) -> list[Mesh]:
    bulb = superellipsoid(0.06, 0.1, 0.06).at(y=shade_base + shade_height * 0.25)
    stem = cylinder(rng.uniform(0.008, 0.016), shade_base + shade_height * 0.4)
    if floor and rng.random() < 0.4:
        foot = wide * rng.uniform(0.8, 1.2)
        tripod = rod((foot, 0, 0), (0.02, shade_base, 0), 0.014)
        return [bulb, *(tripod.turned("y", 120 * k) for k in range(3)), cylinder(0.04, 0.08).at(y=shade_base - 0.04)]
    base = wide * rng.uniform(0.5, 0.85)
    if floor or rng.random() < 0.4:
        return [bulb, stem, cylinder(base, rng.uniform(0.015, 0.035), base * rng.uniform(0.7, 1.0))]
    knots = [(base * 0.9, 0.0), (base * rng.uniform(0.3, 1.0), shade_base * 0.25)]
    knots += [(base * rng.uniform(0.3, 1.15), shade_base * 0.55), (0.015, shade_base)]
    return [bulb, stem, lathe([(0, 0), *smooth(knots), (0, shade_base)])]


def _desk_lamp(rng: np.random.Generator) -> Mesh:
    """A jointed arm with a conical reflector that points down."""
    frame, reflector = metal(rng), paint(rng)
    base, lower, upper = rng.uniform(0.07, 0.11), rng.uniform(0.2, 0.32), rng.uniform(0.18, 0.3)
    first, second = np.radians(rng.uniform(60, 110)), np.radians(rng.uniform(-10, 45))
    elbow = (lower * np.cos(first), 0.03 + lower * np.sin(first), 0.0)
    wrist = (elbow[0] + upper * np.cos(second), elbow[1] + upper * np.sin(second), 0.0)
    mouth, length = rng.uniform(0.06, 0.1), rng.uniform(0.1, 0.16)
    cone = [(0.02, length), (0.03, length * 0.8), (mouth, 0.0)]
    shell = lathe([(0, length * 0.78), (0.026, length * 0.8), (mouth - 0.004, 0.0), *reversed(cone), (0, length)])
    head = join([shell, superellipsoid(0.05, 0.07, 0.05).at(y=length * 0.2)]).at(y=-length * 0.85)
    parts = [cylinder(base, 0.025, base * 0.92), cylinder(0.015, 0.04), rod((0, 0.03, 0), elbow, 0.009)]
    parts += [rod(elbow, wrist, 0.008), superellipsoid(0.03, 0.03, 0.03).at(elbow[0], elbow[1] - 0.015)]
    tilted = head.turned("z", rng.uniform(0, 35)).at(*wrist)
    return join([*(part.painted(frame) for part in parts), tilted.painted(reflector)]).grounded()
