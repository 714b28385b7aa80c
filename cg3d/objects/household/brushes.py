"""Brushes: hairbrush, paintbrush, toothbrush."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint, wood
from cg3d.objects.shapes.primitives import cylinder, ellipse, lathe, rectangle, smooth, stacked, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join

BRISTLES = ("beige", "black", "white", "brown")


@category
def paintbrush(rng: np.random.Generator) -> Solid:
    """A flat brush for walls with a bulging handle, or a round one for pictures on a long thin stick."""
    return laid(rng, one_of(rng, {"flat paintbrush": _flat, "artist's paintbrush": _round}), 0.85)


def _flat(rng: np.random.Generator) -> Solid:
    wide, length = rng.uniform(0.02, 0.1), rng.uniform(0.11, 0.15)
    deep, hair = rng.uniform(0.009, 0.02), rng.uniform(0.04, 0.07)
    ferrule, rgb = rng.uniform(0.03, 0.045), wood(rng) if rng.random() < 0.6 else paint(rng)
    sizes = [
        (0.018, 0.9, 0.0),
        (0.026, 1.1, 0.12),
        (0.018, 1.2, 0.55),
        (wide * 0.55 + 0.008, 1.1, 0.85),
        (wide * 0.96, 1.0, 1.0),
    ]
    profile = smooth(sizes, 4)
    handle = stacked([(ellipse(w, d * deep, 24), y * length) for w, d, y in profile]).painted(rgb)
    band = stacked([(rectangle(wide, deep * 1.15, deep * 0.4), y) for y in (length, length + ferrule)]).painted(
        metal(rng)
    )
    spread, start = rng.uniform(1.0, 1.2), length + ferrule - 0.002
    ends = [(0.97, 1.05, 0.0), (spread, 1.1, 0.6), (spread * 0.98, rng.uniform(0.3, 0.9), 1.0)]
    tuft = stacked([(rectangle(wide * w, deep * d, deep * 0.3 * d), start + y * hair) for w, d, y in ends])
    return join([handle, band, tuft.painted(paint(rng, BRISTLES))])


def _round(rng: np.random.Generator) -> Solid:
    length, radius = rng.uniform(0.14, 0.24), rng.uniform(0.0035, 0.008)
    knots = smooth([(0.3, 0), (0.6, 0.2), (1.0, 0.8), (0.75, 1.0)], 5) * (radius, length)
    stick = lathe([(0, 0), *knots, (0, length)], 16).painted(wood(rng) if rng.random() < 0.4 else paint(rng))
    metal_end = cylinder(radius * 0.78, radius * 5, radius * 0.9, 16).at(y=length - radius).painted(metal(rng))
    tall = radius * rng.uniform(3, 5)
    tip = lathe([(0, 0), (radius * 0.85, 0), (radius * 1.05, tall * 0.35), (radius * 0.6, tall * 0.75), (0, tall)], 16)
    return join([stick, metal_end, tip.at(y=length + radius * 3.9).painted(paint(rng, BRISTLES))])


@category
def toothbrush(rng: np.random.Generator) -> Solid:
    """A slim curved handle with a small field of bristles, or the thick handle of an electric one."""
    return _electric(rng) if rng.random() < 0.3 else laid(rng, _manual(rng), 0.9)


def _tufts(rng: np.random.Generator, wide: float, length: float, tall: float) -> Solid:
    """Rows of bristles from z = 0 on, along y."""
    rows = int(rng.integers(5, 9))
    post = stacked([(rectangle(wide * 0.26, length / rows * 0.8, wide * 0.08), z) for z in (0.0, tall)]).turned("x", 90)
    rgb, other = paint(rng, ("white", "white", "blue", "green")), paint(rng)
    y = (np.arange(rows) - (rows - 1) / 2) * length / rows
    return join(
        [post.at(x=x * wide * 0.32, y=v).painted(rgb if k % 3 else other) for x in (-1, 0, 1) for k, v in enumerate(y)]
    )


def _manual(rng: np.random.Generator) -> Solid:
    length, rgb = rng.uniform(0.14, 0.185), paint(rng)
    bend, thick = rng.uniform(-0.006, 0.006), rng.uniform(0.005, 0.0075)
    path = smooth(
        [(0, 0, 0), (0, length * 0.3, bend), (0, length * 0.65, -bend), (0, length * 0.8, 0), (0, length, 0)], 6
    )
    share = np.linspace(0, 1, len(path))
    size = np.interp(share, [0, 0.05, 0.35, 0.65, 0.8, 0.84, 0.97, 1], [0.6, 1, 1.1, 0.7, 0.45, 0.85, 0.85, 0.5])
    body = tube(path, size * thick, flatten=1.0).scaled(z=0.75).painted(rgb)
    if rng.random() < 0.5:
        body = body.banded(length * 0.15, length * rng.uniform(0.35, 0.5), paint(rng))
    return join([body, _tufts(rng, thick * 1.9, length * 0.16, 0.011).at(y=length * 0.9, z=thick * 0.4)])


def _electric(rng: np.random.Generator) -> Solid:
    grip, thick = rng.uniform(0.14, 0.17), rng.uniform(0.012, 0.017)
    rgb, stem = paint(rng, ("white", "white", "black", "blue", "pink")), rng.uniform(0.05, 0.07)
    side = smooth([(0.9, 0), (1.0, 0.1), (0.95, 0.6), (0.7, 0.95), (0.5, 1.0)], 5) * (thick, grip)
    body = lathe([(0, 0), *side, (0, grip)], 24).painted(rgb)
    rod = lathe([(0, 0), (thick * 0.5, 0), (thick * 0.25, stem), (0, stem)], 16).at(y=grip).painted(rgb)
    head = cylinder(0.0065, 0.006, segments=20).turned("x", 90).at(y=grip + stem, z=-0.003).painted(rgb)
    hair = cylinder(0.006, 0.009, segments=20).turned("x", 90).at(y=grip + stem, z=0.002).painted(paint(rng))
    key = superellipsoid(thick * 0.7, thick * 1.2, thick * 0.4, 0.3).at(y=grip * 0.55, z=thick * 0.82).painted(GREY)
    whole = join([body, rod, head, hair, key]).called("electric toothbrush")
    if rng.random() < 0.5:
        foot = lathe([(0, 0), (thick * 1.9, 0), (thick * 1.7, 0.014), (thick * 1.1, 0.02), (0, 0.02)]).at(y=-0.012)
        return join([whole, foot.painted(rgb)]).called("electric toothbrush").grounded()
    return laid(rng, whole, 0.8)


@category
def hairbrush(rng: np.random.Generator) -> Solid:
    """An oval or square paddle with a cushion of pins, or a round brush with pins on all sides."""
    return laid(rng, one_of(rng, {"paddle brush": _paddle, "round hairbrush": _roller}), 0.85)


def _stem(rng: np.random.Generator, length: float) -> Solid:
    knots = smooth([(0.7, 0), (1.0, 0.1), (rng.uniform(0.8, 1.1), 0.6), (0.65, 1.0)], 5) * (
        rng.uniform(0.009, 0.014),
        length,
    )
    return lathe([(0, 0), *knots, (0, length)], 20).scaled(z=rng.uniform(0.7, 1.0))


def _paddle(rng: np.random.Generator) -> Solid:
    tall, grip = rng.uniform(0.09, 0.14), rng.uniform(0.09, 0.13)
    wide, deep, square = tall * rng.uniform(0.45, 0.8), rng.uniform(0.012, 0.02), rng.uniform(0.0, 0.7)
    rgb = wood(rng) if rng.random() < 0.4 else paint(rng)
    board = superellipsoid(wide, tall, deep, square).at(y=grip * 0.97).painted(rgb)
    pad = superellipsoid(wide * 0.82, tall * 0.84, deep * 0.9, square).at(y=grip * 0.97 + tall * 0.08, z=deep * 0.28)
    pins = []
    for x in np.linspace(-0.3, 0.3, 7):
        for y in np.linspace(-0.35, 0.35, 10):
            if (x / 0.4) ** 2 + (y / 0.43) ** 2 < 1 + square:
                root = (x * wide, grip * 0.97 + tall * (0.5 + y), deep * 0.45)
                pins.append(cylinder(0.0011, 0.015, 0.0014, 5).turned("x", 90).at(*root))
    bristles = join(pins).painted(paint(rng, BRISTLES))
    return join(
        [board, pad.painted(BLACK if rng.random() < 0.5 else paint(rng)), bristles, _stem(rng, grip).painted(rgb)]
    )


def _roller(rng: np.random.Generator) -> Solid:
    radius, tall, grip = rng.uniform(0.01, 0.022), rng.uniform(0.08, 0.11), rng.uniform(0.1, 0.13)
    rgb, reach = wood(rng) if rng.random() < 0.4 else paint(rng), rng.uniform(0.008, 0.013)
    core = cylinder(radius, tall, segments=24).at(y=grip).painted(metal(rng))
    pin = cylinder(0.0012, radius + reach, 0.001, 5).turned("x", 90)
    spots = [(a + 10 * (k % 2), y) for k, y in enumerate(np.linspace(0.06, 0.94, 12)) for a in range(0, 360, 24)]
    pins = join([pin.turned("y", a).at(y=grip + y * tall) for a, y in spots]).painted(paint(rng, BRISTLES))
    cap = superellipsoid(*(radius * 1.8,) * 3).at(y=grip + tall - radius)
    return join([core, pins, cap.painted(rgb), _stem(rng, grip).painted(rgb)])
