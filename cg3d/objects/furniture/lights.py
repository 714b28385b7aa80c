"""Lights for a room: candle, lamp."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, metal, paint
from cg3d.objects.shapes.primitives import cylinder, lathe, rod, superellipsoid
from cg3d.objects.shapes.printing import labelled
from cg3d.objects.shapes.round_bodies import fluted, sliced, vessel
from cg3d.objects.shapes.solid import Solid, join

FLAME = np.array((0.98, 0.78, 0.25))


@category
def lamp(d: Draw) -> Solid:
    """A table, floor or desk lamp."""
    if d.chance(0.3):
        return _desk_lamp(d)
    floor = d.chance(0.35)
    height = d(1.3, 1.75) if floor else d(0.32, 0.65)
    shade_height = height * (d(0.14, 0.24) if floor else d(0.32, 0.48))
    wide = shade_height * d(0.5, 0.85)
    narrow = wide * d(0.45, 1.0)
    shade_base = height - shade_height
    frame = paint(d)
    shade = lathe([(wide, 0), (narrow, shade_height), (narrow - 0.003, shade_height), (wide - 0.003, 0)])
    parts = [shade.at(y=shade_base).painted(paint(d, "white", "beige", "yellow", "red", "blue", "green"))]
    parts += [part.painted(frame) for part in _lamp_stand(d, shade_base, shade_height, wide, floor)]
    return join(*parts)


def _lamp_stand(d: Draw, shade_base: float, shade_height: float, wide: float, floor: bool) -> list[Solid]:
    bulb = superellipsoid(0.06, 0.1, 0.06).at(y=shade_base + shade_height * 0.25)
    stem = cylinder(d(0.008, 0.016), shade_base + shade_height * 0.4)
    if floor and d.chance(0.4):
        foot = wide * d(0.8, 1.2)
        tripod = rod((foot, 0, 0), (0.02, shade_base, 0), 0.014)
        return [bulb, *(tripod.turned("y", 120 * k) for k in range(3)), cylinder(0.04, 0.08).at(y=shade_base - 0.04)]
    base = wide * d(0.5, 0.85)
    if floor or d.chance(0.4):
        return [bulb, stem, cylinder(base, d(0.015, 0.035), base * d(0.7, 1.0))]
    knots = [(base * 0.9, 0.0), (base * d(0.3, 1.0), shade_base * 0.25)]
    knots += [(base * d(0.3, 1.15), shade_base * 0.55), (0.015, shade_base)]
    return [bulb, stem, lathe([(0, 0), *smooth(knots), (0, shade_base)])]


def _desk_lamp(d: Draw) -> Solid:
    """A jointed arm with a conical reflector that points down."""
    frame, reflector = metal(d), paint(d)
    base, lower, upper = d(0.07, 0.11), d(0.2, 0.32), d(0.18, 0.3)
    first, second = np.radians(d(60, 110)), np.radians(d(-10, 45))
    elbow = (lower * np.cos(first), 0.03 + lower * np.sin(first), 0.0)
    wrist = (elbow[0] + upper * np.cos(second), elbow[1] + upper * np.sin(second), 0.0)
    mouth, length = d(0.06, 0.1), d(0.1, 0.16)
    cone = [(0.02, length), (0.03, length * 0.8), (mouth, 0.0)]
    shell = lathe([(0, length * 0.78), (0.026, length * 0.8), (mouth - 0.004, 0.0), *reversed(cone), (0, length)])
    head = join(shell, superellipsoid(0.05, 0.07, 0.05).at(y=length * 0.2)).at(y=-length * 0.85)
    parts = [cylinder(base, 0.025, base * 0.92), cylinder(0.015, 0.04), rod((0, 0.03, 0), elbow, 0.009)]
    parts += [rod(elbow, wrist, 0.008), superellipsoid(0.03, 0.03, 0.03).at(elbow[0], elbow[1] - 0.015)]
    tilted = head.turned("z", d(0, 35)).at(*wrist)
    return join(*(part.painted(frame) for part in parts), tilted.painted(reflector)).grounded()


@category
def candle(d: Draw) -> Solid:
    """A pillar, a taper in its holder, a tea light, or wax in a glass; lit or not, burnt down more or less."""
    kinds = {"pillar candle": _pillar, "taper candle": _taper, "tea light": _tea_light, "jar candle": _in_glass}
    return one_of(d, kinds)


def _wick(d: Draw, y: float, size: float = 1.0) -> list[Solid]:
    """A black thread, in four of ten with a flame."""
    lean = d.normal(0, 0.002, 2)
    tall = d(0.006, 0.013) * size
    wick = rod((0, y - 0.002, 0), (lean[0], y + tall, lean[1]), 0.0012 * size).painted(BLACK)
    if d.random() > 0.4:
        return [wick]
    flame = lathe(
        smooth([(0.0, 0.0), (0.5, 0.25), (0.42, 0.5), (0.0, 1.0)], 4).clip(0) * (0.012 * size, 0.03 * size), 12
    )
    return [wick, flame.at(lean[0], y + tall * 0.5, lean[1]).painted(FLAME)]


def _wax(d: Draw) -> np.ndarray:
    return paint(d, "white", "white", "beige", "red", "yellow", "green", "blue", "pink", "purple")


def _pillar(d: Draw) -> Solid:
    """A thick one on its own foot or a saucer, hollowed round the wick, perhaps ribbed or in layers."""
    radius = d(0.022, 0.05)
    height, dip = radius * d(1.2, 5.0), radius * d(0.05, 0.4)
    corners = [(0, 0), (radius, 0), (radius, height - 0.003), (radius * 0.95, height)]
    corners += [(radius * 0.8, height - 0.002), (radius * 0.4, height - dip), (0, height - dip)]
    knots = np.array(corners)
    body = fluted(sliced(knots, 0.008), d.pick(0, 0, 0, 12, 20), 0.06, 48).painted(_wax(d))
    if d.chance(0.3):
        body = body.banded(height * d(0.2, 0.4), height * d(0.5, 0.8), _wax(d))
    parts = [body, *_wick(d, height - dip, 1.2)]
    if d.chance(0.3):
        wide = radius * d(1.3, 1.9)
        dish = lathe([(0, 0), (wide * 0.7, 0), (wide, 0.012), (wide * 0.97, 0.013), (wide * 0.7, 0.004), (0, 0.004)])
        return join(join(*parts).at(y=0.004), dish.painted(metal(d)))
    return join(*parts)


def _taper(d: Draw) -> Solid:
    """A slender one in a turned candlestick, or lying without."""
    radius, height = d(0.009, 0.013), d(0.1, 0.28)
    stick = lathe([(0, 0), (radius, 0), (radius * 0.75, height * 0.97), (0, height)], 20).painted(_wax(d))
    if d.chance(0.2):
        whole = join(stick, rod((0, height - 0.002, 0), (0, height + 0.012, 0), 0.001).painted(BLACK)).turned("x", 90)
        return whole.grounded()
    foot, rise = d(0.035, 0.06), d(0.03, 0.2)
    stem = d(0.006, 0.012)
    course = [(foot, 0.006), (foot * 0.5, 0.016), (stem, 0.028), (stem * d(1, 2), rise * 0.5 + 0.02)]
    course += [(stem, rise + 0.02), (radius * 1.8, rise + 0.03), (radius * 1.6, rise + 0.045)]
    knots = smooth(course, 4)
    holder = lathe([(0, 0), (foot, 0), *knots, (0, rise + 0.045)], 32).painted(metal(d) if d.chance(0.7) else paint(d))
    return join(holder, join(stick, *_wick(d, height)).at(y=rise + 0.04))


def _tea_light(d: Draw) -> Solid:
    """A low metal cup of wax; often in a small glass."""
    radius, height = d(0.018, 0.022), d(0.012, 0.02)
    wall = np.array([(radius, 0.0), (radius, height), (radius, height + 0.001)])
    cup = [*vessel(wall, 0.0008, metal(d)), cylinder(radius * 0.95, height * 0.75).at(y=0.001).painted(_wax(d))]
    light = join(*cup, *_wick(d, height * 0.75, 0.9))
    if d.chance(0.5):
        return light
    size, tall = radius * d(1.4, 2.0), d(0.02, 0.032)
    glass = vessel(smooth([(size * 0.8, 0.0), (size, tall * 0.35), (size * d(0.8, 1.2), tall)]), 0.003, paint(d))
    return join(*glass, light.at(y=0.0035))


def _in_glass(d: Draw) -> Solid:
    """Scented wax in a straight glass with a label."""
    radius = d(0.032, 0.052)
    height = radius * d(1.6, 2.6)
    wall = sliced(np.array([(radius * 0.95, 0.0), (radius, 0.004), (radius, height)]))
    shell, lining = vessel(wall, 0.003, paint(d))
    shell = labelled(d, shell, height * 0.25, height * 0.7) if d.chance(0.7) else shell
    level = height * d(0.4, 0.85)
    return join(
        shell, lining, cylinder(radius * 0.93, level).at(y=0.002).painted(_wax(d)), *_wick(d, level + 0.002, 1.2)
    )
