"""Brushes: hairbrush, paintbrush, toothbrush."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import ellipse, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint, wood
from cg3d.objects.shapes.primitives import cylinder, lathe, stacked, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join

BRISTLES = ("beige", "black", "white", "brown")


@category
def paintbrush(d: Draw) -> Solid:
    """A flat brush for walls with a bulging handle, or a round one for pictures on a long thin stick."""
    return laid(d, one_of(d, {"flat paintbrush": _flat, "artist's paintbrush": _round}), 0.85)


def _flat(d: Draw) -> Solid:
    wide, length = d(0.02, 0.1), d(0.11, 0.15)
    deep, hair = d(0.009, 0.02), d(0.04, 0.07)
    ferrule, rgb = d(0.03, 0.045), wood(d) if d.chance(0.6) else paint(d)
    sizes = [(0.018, 0.9, 0.0), (0.026, 1.1, 0.12), (0.018, 1.2, 0.55)]
    sizes += [(wide * 0.55 + 0.008, 1.1, 0.85), (wide * 0.96, 1.0, 1.0)]
    profile = smooth(sizes, 4)
    handle = stacked([(ellipse(w, t * deep, 24), y * length) for w, t, y in profile]).painted(rgb)
    band = stacked([(rectangle(wide, deep * 1.15, deep * 0.4), y) for y in (length, length + ferrule)])
    band = band.painted(metal(d))
    spread, start = d(1.0, 1.2), length + ferrule - 0.002
    ends = [(0.97, 1.05, 0.0), (spread, 1.1, 0.6), (spread * 0.98, d(0.3, 0.9), 1.0)]
    tuft = stacked([(rectangle(wide * w, deep * t, deep * 0.3 * t), start + y * hair) for w, t, y in ends])
    return join(handle, band, tuft.painted(paint(d, *BRISTLES)))


def _round(d: Draw) -> Solid:
    length, radius = d(0.14, 0.24), d(0.0035, 0.008)
    knots = smooth([(0.3, 0), (0.6, 0.2), (1.0, 0.8), (0.75, 1.0)], 5) * (radius, length)
    stick = lathe([(0, 0), *knots, (0, length)], 16).painted(wood(d) if d.chance(0.4) else paint(d))
    metal_end = cylinder(radius * 0.78, radius * 5, radius * 0.9, 16).at(y=length - radius).painted(metal(d))
    tall = radius * d(3, 5)
    tip = lathe([(0, 0), (radius * 0.85, 0), (radius * 1.05, tall * 0.35), (radius * 0.6, tall * 0.75), (0, tall)], 16)
    return join(stick, metal_end, tip.at(y=length + radius * 3.9).painted(paint(d, *BRISTLES)))


@category
def toothbrush(d: Draw) -> Solid:
    """A slim curved handle with a small field of bristles, or the thick handle of an electric one."""
    return _electric(d) if d.chance(0.3) else laid(d, _manual(d), 0.9)


def _tufts(d: Draw, wide: float, length: float, tall: float) -> Solid:
    """Rows of bristles from z = 0 on, along y."""
    rows = d.count(5, 9)
    post = stacked([(rectangle(wide * 0.26, length / rows * 0.8, wide * 0.08), z) for z in (0.0, tall)]).turned("x", 90)
    rgb, other = paint(d, "white", "white", "blue", "green"), paint(d)
    y = (np.arange(rows) - (rows - 1) / 2) * length / rows
    return join(
        *[post.at(x=x * wide * 0.32, y=v).painted(rgb if k % 3 else other) for x in (-1, 0, 1) for k, v in enumerate(y)]
    )


def _manual(d: Draw) -> Solid:
    length, rgb = d(0.14, 0.185), paint(d)
    bend, thick = d(-0.006, 0.006), d(0.005, 0.0075)
    path = smooth(
        [(0, 0, 0), (0, length * 0.3, bend), (0, length * 0.65, -bend), (0, length * 0.8, 0), (0, length, 0)], 6
    )
    share = np.linspace(0, 1, len(path))
    size = np.interp(share, [0, 0.05, 0.35, 0.65, 0.8, 0.84, 0.97, 1], [0.6, 1, 1.1, 0.7, 0.45, 0.85, 0.85, 0.5])
    body = tube(path, size * thick, flatten=1.0).scaled(z=0.75).painted(rgb)
    if d.chance(0.5):
        body = body.banded(length * 0.15, length * d(0.35, 0.5), paint(d))
    return join(body, _tufts(d, thick * 1.9, length * 0.16, 0.011).at(y=length * 0.9, z=thick * 0.4))


def _electric(d: Draw) -> Solid:
    grip, thick = d(0.14, 0.17), d(0.012, 0.017)
    rgb, stem = paint(d, "white", "white", "black", "blue", "pink"), d(0.05, 0.07)
    side = smooth([(0.9, 0), (1.0, 0.1), (0.95, 0.6), (0.7, 0.95), (0.5, 1.0)], 5) * (thick, grip)
    body = lathe([(0, 0), *side, (0, grip)], 24).painted(rgb)
    rod = lathe([(0, 0), (thick * 0.5, 0), (thick * 0.25, stem), (0, stem)], 16).at(y=grip).painted(rgb)
    head = cylinder(0.0065, 0.006, segments=20).turned("x", 90).at(y=grip + stem, z=-0.003).painted(rgb)
    hair = cylinder(0.006, 0.009, segments=20).turned("x", 90).at(y=grip + stem, z=0.002).painted(paint(d))
    key = superellipsoid(thick * 0.7, thick * 1.2, thick * 0.4, 0.3).at(y=grip * 0.55, z=thick * 0.82).painted(GREY)
    whole = join(body, rod, head, hair, key).called("electric toothbrush")
    if d.chance(0.5):
        foot = lathe([(0, 0), (thick * 1.9, 0), (thick * 1.7, 0.014), (thick * 1.1, 0.02), (0, 0.02)]).at(y=-0.012)
        return join(whole, foot.painted(rgb)).called("electric toothbrush").grounded()
    return laid(d, whole, 0.8)


@category
def hairbrush(d: Draw) -> Solid:
    """An oval or square paddle with a cushion of pins, or a round brush with pins on all sides."""
    return laid(d, one_of(d, {"paddle brush": _paddle, "round hairbrush": _roller}), 0.85)


def _stem(d: Draw, length: float) -> Solid:
    knots = smooth([(0.7, 0), (1.0, 0.1), (d(0.8, 1.1), 0.6), (0.65, 1.0)], 5) * (d(0.009, 0.014), length)
    return lathe([(0, 0), *knots, (0, length)], 20).scaled(z=d(0.7, 1.0))


def _paddle(d: Draw) -> Solid:
    tall, grip = d(0.09, 0.14), d(0.09, 0.13)
    wide, deep, square = tall * d(0.45, 0.8), d(0.012, 0.02), d(0.0, 0.7)
    rgb = wood(d) if d.chance(0.4) else paint(d)
    board = superellipsoid(wide, tall, deep, square).at(y=grip * 0.97).painted(rgb)
    pad = superellipsoid(wide * 0.82, tall * 0.84, deep * 0.9, square).at(y=grip * 0.97 + tall * 0.08, z=deep * 0.28)
    pins = []
    for x in np.linspace(-0.3, 0.3, 7):
        for y in np.linspace(-0.35, 0.35, 10):
            if (x / 0.4) ** 2 + (y / 0.43) ** 2 < 1 + square:
                root = (x * wide, grip * 0.97 + tall * (0.5 + y), deep * 0.45)
                pins.append(cylinder(0.0011, 0.015, 0.0014, 5).turned("x", 90).at(*root))
    bristles = join(*pins).painted(paint(d, *BRISTLES))
    return join(board, pad.painted(BLACK if d.chance(0.5) else paint(d)), bristles, _stem(d, grip).painted(rgb))


def _roller(d: Draw) -> Solid:
    radius, tall, grip = d(0.01, 0.022), d(0.08, 0.11), d(0.1, 0.13)
    rgb, reach = wood(d) if d.chance(0.4) else paint(d), d(0.008, 0.013)
    core = cylinder(radius, tall, segments=24).at(y=grip).painted(metal(d))
    pin = cylinder(0.0012, radius + reach, 0.001, 5).turned("x", 90)
    spots = [(a + 10 * (k % 2), y) for k, y in enumerate(np.linspace(0.06, 0.94, 12)) for a in range(0, 360, 24)]
    pins = join(*[pin.turned("y", a).at(y=grip + y * tall) for a, y in spots]).painted(paint(d, *BRISTLES))
    cap = superellipsoid(*(radius * 1.8,) * 3).at(y=grip + tall - radius)
    return join(core, pins, cap.painted(rgb), _stem(d, grip).painted(rgb))
