"""Bells."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, METALS, metal, paint, wood
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, rod, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join

BRASS = np.array([0.78, 0.62, 0.28])


@category
def bell(d: Draw) -> Solid:
    """A bell to swing by its handle, a small one with a loop, a cowbell, or one on a counter with a button."""
    if d.chance(0.5):  # what people mean by the word
        return (_loop_bell(d) if d.chance(0.25) else _hand_bell(d)).called("hand bell")
    return one_of(d, {"hand bell": _hand_bell, "desk bell": _desk_bell, "cowbell": _cowbell})


def _brass(d: Draw) -> np.ndarray:
    if d.chance(0.55):
        return np.clip(BRASS + d.normal(0, 0.04, 3), 0, 1)
    return metal(d) if d.chance(0.6) else paint(d)


def _cup(d: Draw, radius: float, height: float, rgb: np.ndarray) -> Solid:
    """The hollow bell, mouth down at y = 0: a shoulder, a waist and a flaring lip, with its clapper inside."""
    shoulder, waist = d(0.45, 0.68), d(0.58, 0.78)
    wall, flare = radius * d(0.05, 0.1), d(0.85, 1.0)
    knots = [(1.0, 0.0), (flare, 0.1), (waist, 0.45), (shoulder, 0.82), (shoulder * 0.75, 0.95), (0.12, 1.0)]
    out = smooth(knots, 5) * (radius, height)
    inside = smooth([(1.0, 0.0), (flare, 0.1), (waist, 0.45), (shoulder, 0.8), (0.1, 0.92)], 5) * (
        radius - wall,
        height,
    )
    shell = lathe([(0, inside[-1, 1]), *inside[::-1], *out, (0, height)])
    tongue = rod((0, height * 0.93, 0), (radius * 0.2, height * 0.12, 0), radius * 0.05)
    ball = superellipsoid(*(radius * 0.36,) * 3).at(x=radius * 0.2, y=height * 0.02)
    return join(shell.painted(rgb), join(tongue, ball).painted(BLACK if d.chance(0.5) else metal(d)))


def _upright_or_fallen(d: Draw, standing: Solid, lying: float) -> Solid:
    return standing.turned("x", d(96, 106) if d.chance(lying) else 0).grounded()


def _hand_bell(d: Draw) -> Solid:
    radius = d(0.03, 0.08)
    height, grip = radius * d(1.05, 1.75), radius * d(1.3, 2.2)
    rgb = _brass(d)
    cup = _cup(d, radius, height, rgb)
    thick = radius * d(0.17, 0.3)
    knots = [(0.6, 0.0), (0.55, 0.08), (1.0, 0.3), (0.8, 0.62), (d(0.5, 0.9), 0.8), (d(0.7, 1.2), 0.93)]
    profile = smooth([*knots, (0.5, 1.0)], 5) * (thick, grip)
    handle = lathe([(0, 0), *profile, (0, grip)], 24).at(y=height * 0.98)
    handle = handle.painted(rgb if d.chance(0.25) else wood(d) if d.chance(0.7) else BLACK)
    collar = hoop(thick * 0.75, thick * 0.22, 24).at(y=height * 1.01).painted(rgb)
    return _upright_or_fallen(d, join(cup, handle, collar), 0.3)


def _loop_bell(d: Draw) -> Solid:
    """A small bell with a ring to hang it by."""
    radius = d(0.028, 0.06)
    height, rgb = radius * d(1.1, 1.7), _brass(d)
    loop = tube(arc(radius * 0.35, radius * d(0.4, 0.8)), radius * 0.08).at(y=height * 0.97)
    return _upright_or_fallen(d, join(_cup(d, radius, height, rgb), loop.painted(rgb)), 0.4)


def _cowbell(d: Draw) -> Solid:
    """A tapered box of sheet metal, open below, with a strap on top."""
    height, wide = d(0.06, 0.15), d(0.75, 1.1)
    deep, slim = wide * d(0.55, 0.8), d(0.5, 0.75)
    sizes = [(1.0, 0.0), (slim, 0.93), (slim * 0.85, 1.0), (slim * 0.8, 0.97), (slim * 0.95, 0.9), (0.95, 0.0)]
    shell = stacked([(rectangle(wide * s, deep * s, 0.12 * s) * height, y * height) for s, y in sizes])
    strap = tube(arc(wide * slim * 0.25 * height, height * 0.2), height * 0.035, flatten=2).at(y=height * 0.98)
    ball = superellipsoid(*(height * 0.18,) * 3).at(x=height * 0.1, y=height * 0.04)
    tongue = rod((0, height * 0.9, 0), (height * 0.1, height * 0.1, 0), height * 0.02)
    rgb = _brass(d)
    whole = join(shell.painted(rgb), strap.painted(rgb), join(ball, tongue).painted(BLACK))
    return _upright_or_fallen(d, whole, 0.35)


def _desk_bell(d: Draw) -> Solid:
    """A dome over a dark foot, with a button on top."""
    radius = d(0.035, 0.05)
    foot, rise = radius * d(0.2, 0.4), radius * d(0.55, 0.85)
    base = lathe([(0, 0), (radius * 0.98, 0), (radius * 1.02, foot * 0.3), (radius * 0.8, foot * 0.9), (0, foot)])
    t = np.linspace(0, np.pi / 2, 10)
    dome = points(radius * np.cos(t), foot * 1.05 + rise * np.sin(t))
    cup = lathe([(0, foot * 1.05), *dome[:-1], (0, dome[-1, 1])])
    top = foot + rise
    button = join(cylinder(radius * 0.08, radius * 0.3), superellipsoid(*(radius * 0.26,) * 3).at(y=radius * 0.2))
    rgb = _brass(d)
    return join(base.painted(paint(d, *METALS)), cup.painted(rgb), button.at(y=top).painted(rgb))
