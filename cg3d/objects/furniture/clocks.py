"""Clocks: wall clock, alarm clock, mantel clock, grandfather clock."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, WHITE, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, extrude, lathe, rod, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def clock(d: Draw) -> Solid:
    """A dial with hands and hour marks: for the wall, an alarm clock with bells, for the mantel, or a tall case clock."""
    kinds = {"wall clock": _wall_clock, "alarm clock": _alarm, "mantel clock": _mantel, "grandfather clock": _tall_case}
    return one_of(d, kinds)


def _dial(d: Draw, radius: float, deep: float, rgb: np.ndarray) -> Solid:
    """A round case about the origin that faces +z, with a sunk dial."""
    face_rgb = paint(d, "white", "beige", "white", "black", "grey")
    marks_rgb = WHITE if face_rgb.mean() < 0.4 else BLACK
    rim, sunk = radius * d(0.06, 0.14), min(0.25 * deep, 0.06 * radius)
    back, glass = deep / 2, deep / 2 - sunk
    profile = [(0, -back), (radius * 0.94, -back), (radius, -back * 0.6), (radius, back * 0.8)]
    profile += [(radius - rim * 0.4, back), (radius - rim, back), (radius - rim, glass)]
    case = lathe(profile).painted(rgb)
    face = lathe([(radius - rim, glass), (0, glass)]).painted(face_rgb)
    inner, thin = radius - rim, radius * 0.03
    marks = []
    for k in range(12):
        size = inner * (0.2 if k % 3 == 0 else 0.11)
        marks.append(
            box(thin * (2.0 if k % 3 == 0 else 1.3), size, 0.04 * radius).at(y=inner * 0.94 - size).turned("z", 30 * k)
        )
    hour, minute = d(0, 360), d(0, 360)
    hands = [
        box(thin * 2.6, inner * 0.55, 0.03 * radius).at(y=-inner * 0.1).turned("z", hour),
        box(thin * 1.7, inner * 0.85, 0.03 * radius).at(y=-inner * 0.1, z=0.02 * radius).turned("z", minute),
    ]
    pin = cylinder(thin * 2, 0.05 * radius, segments=12).turned("x", 90)
    front = join(
        join(*marks).painted(marks_rgb),
        join(*hands, pin).at(z=0.03 * radius).painted(marks_rgb if d.chance(0.6) else paint(d, "red", "blue", "brown")),
    )
    return join(join(case, face).turned("x", 90), front.at(z=glass))


def _wall_clock(d: Draw) -> Solid:
    """Round, or round in a square frame; hanging."""
    radius, rgb = d(0.1, 0.2), paint(d)
    dial = _dial(d, radius, d(0.03, 0.06), rgb)
    if d.chance(0.3):
        size = radius * d(2.1, 2.4)
        frame = stacked([(rectangle(size, size, radius * 0.1), y) for y in (0.0, 0.03)]).turned("x", 90).at(z=-0.03)
        return join(dial, frame.painted(wood(d)))
    if d.chance(0.15):  # a sunburst
        rays = [
            rod((0, radius * 0.9, 0), (0, radius * (1.7 if k % 2 else 1.4), 0), 0.006, 0.002).turned("z", 15 * k)
            for k in range(24)
        ]
        return join(dial, join(*rays).at(z=-0.01).painted(rgb))
    return dial


def _alarm(d: Draw) -> Solid:
    """Two bells with a hammer and a grip above a drum on two feet."""
    radius, rgb = d(0.045, 0.07), paint(d)
    deep = radius * d(0.7, 1.0)
    t = np.linspace(0, np.pi / 2, 8)
    bell = lathe(
        [(0, 0), *points(radius * 0.48 * np.cos(t[:-1]), radius * 0.36 * np.sin(t[:-1])), (0, radius * 0.36)], 24
    )
    bell = join(bell, rod((0, -0.18 * radius, 0), (0, 0.4 * radius, 0), radius * 0.05)).at(y=radius * 1.12)
    bells = join(bell.turned("z", -36), bell.turned("z", 36)).painted(metal(d) if d.chance(0.5) else rgb)
    hammer = join(
        rod((0, radius, 0), (0, radius * 1.35, 0), radius * 0.03),
        superellipsoid(radius * 0.22, radius * 0.14, radius * 0.14).at(y=radius * 1.3),
    )
    grip = tube(np.add(arc(radius * 0.55, radius * 0.45, 8, 172, 13), (0, radius * 1.25, 0)), radius * 0.045)
    foot = rod((radius * 0.45, -radius * 0.85, 0), (radius * 0.65, -radius * 1.25, 0), radius * 0.1, radius * 0.06)
    return join(_dial(d, radius, deep, rgb), bells, join(hammer, grip, mirrored(foot)).painted(metal(d)))


def _mantel(d: Draw) -> Solid:
    """An arched, gabled or flat-topped wooden case with a dial."""
    radius, rgb = d(0.06, 0.1), wood(d)
    width, deep = radius * d(2.5, 4.2), radius * d(0.8, 1.2)
    height, shape = radius * d(2.6, 3.2), d.integers(3)
    x = np.linspace(1, -1, 17)
    roof = [np.sqrt(np.clip(1 - x**2, 0, 1)), 1 - np.abs(x), np.ones(17)][shape]
    low = height * (0.35 if shape == 0 else 0.75 if shape == 1 else 0.95)
    outline = [(-width / 2, 0.0), (width / 2, 0.0), *points(x * width / 2, low + (height - low) * roof)]
    case = extrude(outline, deep).painted(rgb)
    plinth = box(width * 1.12, radius * 0.22, deep * 1.2).at(y=-radius * 0.2).painted(rgb * 0.85)
    dial = _dial(d, radius, radius * 0.2, paint(d, "yellow", "grey", "black"))
    return join(case, plinth, dial.at(y=height * 0.5, z=deep / 2 + radius * 0.05))


def _tall_case(d: Draw) -> Solid:
    """A hood with the dial, a narrow trunk with a window for the pendulum, and a wide base."""
    height, width, deep, rgb = d(1.8, 2.2), d(0.4, 0.5), d(0.24, 0.3), wood(d)
    base, hood, radius = height * 0.22, height * 0.26, width * 0.36
    trunk = height - base - hood
    sizes = [(1.0, base, 0.0), (0.72, trunk, base), (0.95, hood, base + trunk)]
    parts = [box(width * size, tall, deep * (0.5 + size / 2)).at(y=y).painted(rgb) for size, tall, y in sizes]
    edges = [
        box(width * 1.06, 0.035, deep * 1.08).at(y=y).painted(rgb * 0.9)
        for y in (0.0, base - 0.015, base + trunk - 0.015, height - 0.02)
    ]
    x = np.linspace(1, -1, 15)
    crown = extrude([(-width / 2, 0), (width / 2, 0), *points(x * width / 2, 0.03 + 0.12 * (1 - x**2))], deep)
    crown = crown.at(y=height).painted(rgb)
    front = deep * 0.43
    window = box(width * 0.46, trunk * 0.82, 0.012).at(y=base + trunk * 0.09, z=front).painted(BLACK * 1.6)
    swing = join(
        rod((0, base + trunk * 0.85, 0), (0, base + trunk * 0.3, 0), 0.007),
        cylinder(0.055, 0.012).turned("x", 90).at(y=base + trunk * 0.28),
    )
    gold = np.array(COLOURS["yellow"]) * 0.9
    dial = _dial(d, radius, 0.04, gold).at(y=base + trunk + hood * 0.5, z=deep * 0.49)
    return join(*parts, *edges, crown, window, swing.at(z=front + 0.02).painted(gold), dial)
