"""Rubber ducks."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import blob, limb, trunk
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import cylinder
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def rubber_duck(d: Draw) -> Solid:
    """A plump duck for the bath with a large head and a flat bill; plain yellow, coloured, or with a hat; some lie."""
    wide, tail = d(0.4, 0.52), d(0.35, 0.6)
    rgb = paint(d, "yellow") if d.chance(0.7) else paint(d)
    knots = [
        (-0.62, tail, 0.05, 0.08),
        (-0.45, 0.3, 0.24, wide * 0.7),
        (0, 0.28, 0.3, wide),
        (0.42, 0.32, 0.28, wide * 0.8),
    ]
    body = trunk(knots, blunt=0.6)
    flat = np.maximum(body.vertices, (-9, d(0.02, 0.1), -9))  # it stands on a level belly
    wing = mirrored(blob(0.6, 0.3, 0.14).turned("z", d(5, 25)).at(-0.1, 0.36, wide * 0.92), "z")
    parts = [body.reshaped(flat).painted(rgb), wing.painted(rgb), _head(d, rgb).at(d(0.22, 0.36), d(0.68, 0.8))]
    duck = toppled(d, join(*parts), 0.12, "x").turned("y", d(0, 360))
    return duck.resized(d(0.05, 0.12) / np.ptp(duck.vertices, axis=0).max()).grounded()


def _head(d: Draw, rgb: np.ndarray) -> Solid:
    """A ball with a bill that is a little open, eyes, and now and then a hat; about its middle, facing +x."""
    size, bill = d(0.5, 0.64), paint(d, "orange", "orange", "red")
    skull = blob(size, size * 0.95, size * 0.95)
    upper = limb([(0, 0, 0, 0.5), (0.6, 0.0, 0, 0.55), (1, 0.12, 0, 0.3)]).scaled(0.26, 0.09, 0.2)
    lower = upper.turned("z", -d(3, 14)).scaled(0.85, 1, 0.85)
    beak = join(upper, lower.at(y=-0.03)).at(size * 0.42, -size * 0.08).painted(bill)
    eyes = mirrored(blob(0.06, 0.11, 0.09).at(size * 0.4, size * 0.15, size * 0.22), "z").painted(BLACK)
    parts = [skull.painted(rgb), beak, eyes]
    if d.chance(0.25):
        hat = join(cylinder(0.3, 0.04), cylinder(0.2, d(0.12, 0.3), 0.18))
        parts.append(hat.resized(size * 1.2).turned("z", d(-5, 15)).at(y=size * 0.38).painted(paint(d)))
    return join(*parts).turned("y", d.pick(0.0, d(-30, 30)))
