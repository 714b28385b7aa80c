"""Parametric doors."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import metal, paint, wood
from cg3d.data.parametric.primitives import box, cylinder, extrude, rectangle, rod, superellipsoid


def door(rng: np.random.Generator) -> Mesh:
    """A leaf with panels or a window and a handle; alone, or hung in its frame and closed or ajar."""
    width, height, rgb, steel = rng.uniform(0.72, 0.95), rng.uniform(1.95, 2.1), wood(rng), metal(rng)
    leaf = _leaf(rng, width, height, rgb)
    knob = _door_handle(rng).at(x=width / 2 - 0.07, y=height * 0.48, z=0.02).painted(steel)
    leaf = join([leaf, mirrored(knob, "z")])
    if rng.random() < 0.35:
        return leaf
    jamb, trim = rng.uniform(0.05, 0.1), rgb if rng.random() < 0.5 else paint(rng)
    posts = mirrored(box(jamb, height + jamb, 0.12).at(x=(width + jamb) / 2 + 0.005))
    frame = join([posts, box(width + 0.01, jamb, 0.12).at(y=height + 0.005)]).painted(trim)
    swing = rng.choice([0.0, rng.uniform(15, 100)])
    return join([frame, leaf.at(x=width / 2).turned("y", -swing).at(x=-width / 2)])


def _leaf(rng: np.random.Generator, width: float, height: float, rgb: np.ndarray) -> Mesh:
    """Stiles and rails round sunk panels, in one or two columns; the uppermost row may be of glass."""
    columns, rows = int(rng.integers(1, 3)), int(rng.integers(1, 5))
    stile, thick = 0.1, 0.04
    xs, ys = (
        np.linspace(-(width - stile) / 2, (width - stile) / 2, columns + 1),
        np.linspace(0, height - 0.12, rows + 1),
    )
    parts = [box(stile, height, thick).at(x=x) for x in xs] + [box(width, 0.12, thick).at(y=y) for y in ys]
    panels = box(width - 0.02, height - 0.02, thick * 0.3).at(y=0.01)
    if rng.random() < 0.35 and rows > 1:
        glass = paint(rng, ("turquoise", "white", "grey"))
        lights = box(width - 0.02, height - ys[-2] - 0.02, thick * 0.7).at(y=ys[-2]).painted(glass)
        return join([join([*parts, panels]).painted(rgb), lights])
    return join([*parts, panels]).painted(rgb)


def _door_handle(rng: np.random.Generator) -> Mesh:
    """A lever on a plate, a knob or an upright bar, towards +z."""
    kind = rng.integers(3)
    if kind == 0:
        lever = join([rod((0, 0, 0), (0, 0, 0.055), 0.01), rod((0.01, 0, 0.05), (-0.12, 0, 0.05), 0.01)])
        return join([extrude(rectangle(0.045, 0.22, 0.02), 0.008).at(z=0.004), lever])
    if kind == 1:
        return join(
            [
                cylinder(0.03, 0.01).turned("x", 90),
                rod((0, 0, 0), (0, 0, 0.05), 0.01),
                superellipsoid(0.06, 0.06, 0.05).at(y=-0.03, z=0.06),
            ]
        )
    posts = mirrored(rod((0.15, 0, 0), (0.15, 0, 0.05), 0.008)).turned("z", 90)
    return join([rod((0, -0.2, 0.05), (0, 0.2, 0.05), 0.013), posts])
