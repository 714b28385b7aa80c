"""Coffee makers."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import buttons, casing
from cg3d.objects.shapes.curves import smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, METALS, metal, paint
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, rod, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join

COFFEE = np.array([0.25, 0.16, 0.1])
PLASTICS = ("black", "black", "white", "grey", "red", "beige")


@category
def coffee_maker(d: Draw) -> Solid:
    """A drip machine with its jug, one for capsules, an espresso machine, a French press or a moka pot."""
    kinds = {"drip coffee maker": _drip, "capsule coffee machine": _capsule}
    kinds |= {"espresso machine": _espresso, "French press": _press, "moka pot": _moka}
    return one_of(d, {"drip coffee maker": _drip} if d.chance(0.25) else kinds)


def _loop(radius: float, low: float, high: float, reach: float, thick: float) -> Solid:
    """A handle at +z, away from a jug about the y axis."""
    knots = [(radius * 0.9, high), (radius + reach, high)]
    knots += [(radius + reach * 0.9, (low + high) / 2), (radius * 0.9, low)]
    return tube(smooth([(0, y, z) for z, y in knots], 6), thick, flatten=0.8)


def _jug(d: Draw, radius: float, height: float) -> Solid:
    """Of glass, or of steel that keeps warm, with a lid, its handle at +z."""
    glass = d.chance(0.75)
    knots = (
        [(0.8, 0.0), (1.0, 0.25), (0.95, 0.6), (0.66, 0.95)]
        if glass
        else [(0.95, 0.0), (1.0, 0.1), (0.95, 0.7), (0.6, 0.95)]
    )
    profile = smooth([*knots, (0.68, 1.0)], 5) * (radius, height)
    body = lathe([(0, 0), *profile, (0, height)]).painted(np.array([0.62, 0.64, 0.64]) if glass else metal(d))
    if glass and d.chance(0.6):
        body = body.banded(0.004, height * d(0.25, 0.75), COFFEE)
    lid = lathe([(0, 0), (radius * 0.74, 0), (radius * 0.7, height * 0.08), (0, height * 0.13)]).at(y=height * 0.97)
    grip = _loop(radius, height * 0.25, height * 0.95, radius * 0.55, 0.009)
    return join(body, join(lid, grip).painted(BLACK))


def _drip(d: Draw) -> Solid:
    """A foot with a hot plate, a tank behind, the filter in a head above, and the jug between."""
    wide, rgb = d(0.16, 0.22), paint(d, *PLASTICS)
    radius, jug = wide * d(0.38, 0.42), d(0.12, 0.16)
    deep, foot, head = wide * d(1.2, 1.5), d(0.025, 0.04), d(0.08, 0.13)
    tall, corner = foot + jug * 1.12 + head, wide * d(0.08, 0.3)
    plate = cylinder(radius, 0.006).at(y=foot - 0.002, z=deep * 0.14).painted(BLACK)
    base = casing(wide, deep, foot, corner, 0.006)
    tank = casing(wide, deep * 0.38, tall, corner, 0.01).at(z=-deep * 0.31)
    if d.chance(0.5):
        top = casing(wide, deep * 0.95, head, corner, 0.012).at(y=tall - head, z=-deep * 0.02)
    else:
        cup = lathe([(0, 0), (radius * 0.75, 0), (radius * 1.1, head), (0, head)])
        top = join(
            cup.at(y=tall - head, z=deep * 0.14),
            casing(wide, deep * 0.8, head * 0.3, corner, 0.008).at(y=tall - head * 0.3, z=-deep * 0.08),
        )
    keys = buttons([(x * wide * 0.2, -foot * 0.5) for x in (-1, 0, 1)], 0.014, 0.01, 0.002).turned("x", 90)
    parts = [join(base, tank, top).painted(rgb), plate, keys.at(z=deep * 0.5).painted(metal(d))]
    if d.chance(0.9):
        parts.append(_jug(d, radius, jug).turned("y", d(-50, 50)).at(y=foot + 0.004, z=deep * 0.14))
    if d.chance(0.3):
        trim = casing(wide * 0.9, 0.006, head * 0.5, 0.002, 0.001).at(y=tall - head * 0.8, z=deep * 0.455)
        parts.append(trim.painted(paint(d, *METALS)))
    return join(*parts).grounded()


def _capsule(d: Draw) -> Solid:
    """A slim curved body with a beak over a drip tray, and a tank behind."""
    wide, tall = d(0.1, 0.15), d(0.23, 0.32)
    deep, rgb = wide * d(1.8, 2.4), paint(d)
    body = superellipsoid(wide, tall, deep * 0.5, d(0.5, 0.85)).at(z=-deep * 0.15).painted(rgb)
    beak_tall = tall * d(0.28, 0.38)
    beak = superellipsoid(wide * 0.9, beak_tall, deep * 0.62, d(0.4, 0.8)).at(y=tall - beak_tall, z=deep * 0.14)
    nozzle = cylinder(wide * 0.13, tall * 0.07, wide * 0.2).at(y=tall - beak_tall - tall * 0.05, z=deep * 0.26)
    tray = casing(wide * 0.85, deep * 0.45, d(0.02, 0.05), wide * 0.3, 0.004).at(z=deep * 0.26)
    tank = casing(wide * 0.85, deep * 0.25, tall * 0.85, wide * 0.15, 0.006).at(z=-deep * 0.42)
    knots = [(-wide * 0.3, tall, 0), (-wide * 0.28, tall * 1.04, deep * 0.3)]
    knots += [(wide * 0.28, tall * 1.04, deep * 0.3), (wide * 0.3, tall, 0)]
    lever = tube(smooth(knots, 5), 0.006)
    parts = [body, beak.painted(rgb if d.chance(0.6) else BLACK), join(nozzle, tray).painted(BLACK), tank.painted(GREY)]
    return join(*([*parts, lever.painted(metal(d))] if d.chance(0.6) else parts)).grounded()


def _espresso(d: Draw) -> Solid:
    """A box open in front over a grid, with the brewing group and its handle, a steam pipe and dials."""
    wide, tall, deep = d(0.2, 0.34), d(0.28, 0.36), d(0.25, 0.32)
    rgb, foot, head = (metal(d) if d.chance(0.7) else paint(d)), d(0.04, 0.06), tall * d(0.3, 0.4)
    shell = [
        casing(wide, deep * 0.45, tall, 0.015, 0.006).at(z=-deep * 0.27),
        casing(wide, deep * 0.85, head, 0.015, 0.006).at(y=tall - head, z=-deep * 0.07),
    ]
    base = casing(wide, deep, foot, 0.015, 0.005)
    grid = buttons([(0.0, z) for z in np.linspace(0.03, 0.44, 9) * deep], wide * 0.85, 0.005, 0.003).at(y=foot)
    level, front = tall - head, deep * 0.15
    group = join(cylinder(0.034, 0.03).at(y=level - 0.025, z=front), cylinder(0.03, 0.028).at(y=level - 0.05, z=front))
    handle = tube([(0, level - 0.035, front + 0.02), (0, level - 0.045, front + 0.16)], [0.009, 0.014])
    knots = [(wide * 0.4, level, front), (wide * 0.42, level - 0.05, front + 0.03)]
    knots += [(wide * 0.44, foot + 0.05, front + 0.05)]
    pipe = smooth(knots, 5)
    dial = join(cylinder(0.018, 0.015), hoop(0.02, 0.003)).turned("x", 90)
    dials = [dial.at(x=x * wide, y=level + head * 0.5, z=deep * 0.35) for x in (-0.3, 0.0, 0.3)]
    dark = join(handle, *dials).painted(BLACK)
    return join(join(*shell, base).painted(rgb), join(grid, group, tube(pipe, 0.004)).painted(GREY), dark).grounded()


def _press(d: Draw) -> Solid:
    """A glass cylinder in a frame, with a domed lid, the plunger's knob above, and a handle."""
    radius = d(0.036, 0.055)
    height, steel = radius * d(3.0, 4.0), metal(d)
    glass = cylinder(radius, height * 0.92).at(y=height * 0.06).painted(np.array([0.7, 0.73, 0.73]))
    glass = glass.banded(height * 0.05, height * d(0.3, 0.75), COFFEE) if d.chance(0.6) else glass
    rings = [hoop(radius * 1.03, 0.003).at(y=y * height) for y in (0.06, 0.35, 0.85)]
    posts = [
        rod(
            (radius * 1.05 * np.cos(a), 0, radius * 1.05 * np.sin(a)),
            (radius * 1.05 * np.cos(a), height * 0.85, radius * 1.05 * np.sin(a)),
            0.0035,
        )
        for a in np.arange(4) * np.pi / 2 + np.pi / 4
    ]
    dome = lathe(
        [(0, 0), (radius * 1.1, 0), (radius * 0.95, radius * 0.22), (radius * 0.3, radius * 0.4), (0, radius * 0.42)]
    ).at(y=height)
    rise = d.pick(0.02, height * d(0.2, 0.6))
    stick = rod((0, height, 0), (0, height + radius * 0.4 + rise, 0), 0.003)
    knob = superellipsoid(*(radius * 0.45,) * 3).at(y=height + radius * 0.38 + rise)
    handle = _loop(radius, height * 0.15, height * 0.85, radius * 0.8, 0.007)
    spout = superellipsoid(radius * 0.5, radius * 0.3, radius * 0.7).at(y=height * 0.93, z=-radius * 0.9)
    return join(
        glass, join(*rings, *posts, dome, stick, spout).painted(steel), join(knob, handle).painted(BLACK)
    ).grounded()


def _moka(d: Draw) -> Solid:
    """Two faceted cones, foot to foot, with a lid, a spout and an angled handle."""
    radius = d(0.036, 0.055)
    height, sides, steel = radius * d(3.2, 3.9), d.pick(8, 8, 10, 32), metal(d)
    waist = d(0.7, 0.82)
    profile = np.array(
        [(1.0, 0.0), (0.97, 0.08), (waist, 0.42), (waist * 1.08, 0.44), (waist * 1.08, 0.5), (waist, 0.52), (1.0, 0.9)]
    )
    body = lathe([(0, 0), *(profile * (radius, height)), (0, height * 0.9)], sides)
    lid = lathe([(0, 0), (radius * 1.02, 0), (radius * 0.25, height * 0.09), (0, height * 0.1)], sides)
    lid = lid.at(y=height * 0.9)
    beak = tube([(0, height * 0.7, -radius * 0.7), (0, height * 0.9, -radius * 1.35)], [radius * 0.2, radius * 0.15])
    path = smooth(
        [(0, height * 0.85, radius * 0.85), (0, height * 0.88, radius * 1.9), (0, height * 0.45, radius * 2.05)], 6
    )
    grip = tube(path, np.linspace(0.007, 0.009, len(path)), flatten=1.3)
    knob = superellipsoid(*(radius * 0.3,) * 3).at(y=height * 0.99)
    return join(join(body, lid, beak).painted(steel), join(grip, knob).painted(BLACK)).grounded()
