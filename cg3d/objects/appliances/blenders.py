"""Blenders."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import buttons, casing
from cg3d.objects.shapes.curves import rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, METALS, metal, paint
from cg3d.objects.shapes.primitives import cylinder, lathe, stacked, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join

JAR = np.array([0.72, 0.75, 0.76])


@category
def blender(d: Draw) -> Solid:
    """A jar with a handle on a motor, a small one for a single cup, or a stick for the hand."""
    return one_of(d, {"blender": _stand_blender, "personal blender": _cup_blender, "hand blender": _stick})


def _base(d: Draw, wide: float, tall: float, rgb: np.ndarray) -> Solid:
    """The motor's housing, round or square, narrower at its top, with keys or a dial in front."""
    narrow = d(0.6, 0.9)
    if d.chance(0.5):
        body = casing(wide, wide, tall, wide * 0.2, 0.01, narrow)
    else:
        flare = smooth([(0.95, 0), (1.0, 0.1), (0.5 + narrow / 2, 0.6), (narrow, 1.0)], 5) * (wide / 2, tall)
        body = lathe([(0, 0), *flare, (0, tall)])
    front = wide * (0.47 + 0.06 * narrow) / 1.06
    if d.chance(0.5):
        knob = cylinder(wide * 0.13, 0.022, wide * 0.11)
    else:
        knob = buttons([(x * wide * 0.12, 0.0) for x in range(-2, 3)], wide * 0.09, 0.016, 0.006)
    knob = knob.turned("x", 90).at(y=tall * 0.35, z=front)
    return join(body.painted(rgb), knob.painted(paint(d, *METALS)))


def _stand_blender(d: Draw) -> Solid:
    wide, tall, rgb = d(0.15, 0.2), d(0.1, 0.19), metal(d) if d.chance(0.4) else paint(d)
    foot, mouth, height = wide * d(0.2, 0.3), wide * d(0.36, 0.46), d(0.17, 0.25)
    sizes = [(foot, 0.0), (foot * 1.1, 0.1), (mouth, 1.0), (mouth - 0.004, 1.0), (foot, 0.12)]
    if d.chance(0.4):
        jar = stacked([(rectangle(2 * r, 2 * r, r * 0.4), y * height) for r, y in sizes])
    else:
        jar = lathe([(0, 0), *((r, y * height) for r, y in sizes), (0, 0.12 * height)])
    collar = cylinder(foot * 1.25, 0.03, foot * 1.1).at(y=-0.012).painted(BLACK)
    lid = lathe([(0, 0), (mouth * 1.02, 0), (mouth, 0.02), (mouth * 0.4, 0.026), (mouth * 0.35, 0.045), (0, 0.045)])
    reach = mouth * d(0.6, 0.9)
    grip = [(mouth * 0.9, height * 0.92), (mouth + reach, height * 0.9)]
    grip += [(foot + reach, height * 0.35), (foot * 1.05, height * 0.2)]
    handle = tube(smooth([(x, y, 0) for x, y in grip], 6), 0.01, flatten=1.4)
    handle = handle.painted(JAR if d.chance(0.5) else BLACK)
    drink = jar.painted(JAR)
    if d.chance(0.3):
        drink = drink.banded(0, height * d(0.3, 0.7), paint(d))
    top = join(drink, collar, lid.at(y=height).painted(BLACK), handle)
    return join(_base(d, wide, tall, rgb), top.turned("y", d(-90, 90)).at(y=tall + 0.01)).grounded()


def _cup_blender(d: Draw) -> Solid:
    """A bottle upside down on a slim motor."""
    wide, tall = d(0.1, 0.13), d(0.11, 0.17)
    height, rgb = d(0.12, 0.2), paint(d)
    radius = wide * d(0.33, 0.42)
    cup = smooth([(1.05, 0.0), (1.0, 0.1), (0.9, 0.75), (0.8, 0.95), (0.6, 1.0)], 5) * (radius, height)
    jar = lathe([(0, 0), *cup, (0, height)]).painted(JAR)
    ring = cylinder(radius * 1.15, 0.025).at(y=-0.012).painted(paint(d, *METALS))
    return join(_base(d, wide, tall, rgb), join(jar, ring).at(y=tall + 0.01)).grounded()


def _stick(d: Draw) -> Solid:
    """A grip with a long shaft that ends in a bell."""
    grip, shaft, thick = d(0.17, 0.22), d(0.15, 0.2), d(0.024, 0.032)
    rgb = paint(d)
    bell = smooth([(1.1, 0.0), (1.15, 0.08), (0.8, 0.18), (0.45, 0.3), (0.42, 0.9), (0.7, 1.0)], 5) * (thick, shaft)
    foot = lathe([(0, 0), *bell, (0, shaft)]).painted(metal(d) if d.chance(0.7) else rgb)
    hold = smooth([(0.75, 0), (0.9, 0.15), (0.85, 0.5), (1.0, 0.8), (0.85, 0.97)], 5) * (thick, grip)
    body = lathe([(0, 0), *hold, (0, grip)]).at(y=shaft).painted(rgb)
    key = superellipsoid(thick * 0.6, 0.05, thick * 0.4, 0.5).at(y=shaft + grip * 0.6, z=thick * 0.85).painted(BLACK)
    return laid(d, join(foot, body, key), 0.7)
