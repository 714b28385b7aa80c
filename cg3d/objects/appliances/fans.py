"""Fans."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import PLASTICS, WHITE, metal, paint, wood
from cg3d.objects.shapes.primitives import beam, cylinder, hoop, lathe, loft, rod, slab, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join


@category
def fan(d: Draw) -> Solid:
    """Blades in a wire cage on a foot or a pole, or hanging from the ceiling."""
    return one_of(d, {"desk fan": _desk_fan, "floor fan": _floor_fan, "ceiling fan": _ceiling_fan})


def _blades(count: int, radius: float, wide: float, pitch: float) -> Solid:
    """Blades about the z axis."""
    t = np.linspace(0, 1, 7)
    half, along = wide * radius * (0.35 + 0.65 * np.sin(np.pi * (0.15 + 0.6 * t))) / 2, radius * (0.12 + 0.88 * t)
    rings = []
    for x, h in zip(along, half, strict=True):
        rise = h * np.tan(np.radians(pitch))
        rings.append([(x, -h, -rise), (x, h, rise), (x, h, rise + 0.004), (x, -h, -rise + 0.004)])
    blade = loft(rings)
    return join(*[blade.turned("z", 360 * k / count) for k in range(count)])


def _head(d: Draw, radius: float) -> Solid:
    """A motor, blades and a cage of wires that face +z, about the origin."""
    depth, wires, count = radius * d(0.3, 0.45), d.count(18, 30), d.count(3, 6)
    rgb, cage = paint(d), metal(d)
    wire = tube(
        smooth([(radius * 0.12, depth / 2, 0), (radius * 0.75, depth * 0.42, 0), (radius, 0, 0)], 4), 0.0022, segments=6
    )
    front = join(*[wire.turned("y", 360 * k / wires) for k in range(wires)])
    rings = [hoop(radius, 0.005), *(hoop(radius * size, 0.002).at(y=depth * 0.46) for size in (0.35, 0.6))]
    half = join(front, *rings)
    grille = join(half, half.turned("z", 180)).turned("x", 90).painted(cage)
    hub = cylinder(radius * 0.16, depth * 1.05).at(y=-depth * 0.5).turned("x", 90)
    motor = superellipsoid(radius * 0.5, radius * 0.5, radius * 0.6, 0.4)
    motor = motor.at(y=-radius * 0.25, z=-depth * 0.5 - radius * 0.2)
    blades = _blades(count, radius * 0.9, d(0.6, 0.95), d(12, 25)).painted(rgb)
    return join(grille, join(hub, motor).painted(cage if d.chance(0.5) else rgb), blades)


def _desk_fan(d: Draw) -> Solid:
    radius = d(0.1, 0.2)
    return _standing_fan(d, radius, radius * d(1.25, 1.7), radius * d(0.6, 0.8))


def _floor_fan(d: Draw) -> Solid:
    radius = d(0.18, 0.24)
    return _standing_fan(d, radius, d(0.9, 1.25), radius * d(0.95, 1.2))


def _standing_fan(d: Draw, radius: float, level: float, foot: float) -> Solid:
    rgb = paint(d, *PLASTICS) if d.chance(0.6) else paint(d)
    base = (
        cylinder(foot, 0.03, foot * 0.85)
        if d.chance(0.65)
        else join(
            beam((-foot, 0.015, -foot), (foot, 0.015, foot), 0.05, 0.03),
            beam((-foot, 0.015, foot), (foot, 0.015, -foot), 0.05, 0.03),
        )
    )
    pole = rod((0, 0.01, -radius * 0.35), (0, level, -radius * 0.35), d(0.012, 0.022), 0.012)
    head = _head(d, radius).turned("x", -d(-5, 20)).at(y=level)
    return join(base.at(z=-radius * 0.3).painted(rgb), pole.painted(rgb), head)


def _ceiling_fan(d: Draw) -> Solid:
    """Four or five long blades about a motor that hangs from a rod; perhaps with a lamp below."""
    count, radius, drop = d.count(3, 6), d(0.45, 0.7), d(0.15, 0.4)
    rgb, frame = wood(d), metal(d)
    blade = slab(rectangle(radius * 0.78, d(0.11, 0.16), d(0.01, 0.06)), 0.012).turned("x", 10).at(x=radius * 0.62)
    arm = beam((0.05, 0, 0), (radius * 0.35, 0, 0), 0.04, 0.01)
    blades = [blade.turned("y", 360 * k / count).painted(rgb) for k in range(count)]
    arms = [arm.turned("y", 360 * k / count).painted(frame) for k in range(count)]
    motor = lathe([(0, -0.07), (0.07, -0.06), (0.11, 0.0), (0.1, 0.06), (0.03, 0.09), (0, 0.09)])
    parts = [motor, rod((0, 0.05, 0), (0, drop, 0), 0.012)]
    parts += [lathe([(0, drop - 0.05), (0.02, drop - 0.05), (0.07, drop), (0, drop)])]
    light = [superellipsoid(0.2, 0.14, 0.2).at(y=-0.19).painted(WHITE)] if d.chance(0.5) else []
    return join(*blades, *arms, join(*parts).painted(frame), *light).grounded()
