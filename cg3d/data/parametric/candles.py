"""Parametric candles."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.kitchen import vessel
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, metal, paint
from cg3d.data.parametric.primitives import cylinder, lathe, rod, smooth
from cg3d.data.parametric.round_bodies import fluted, labelled, sliced
from cg3d.data.parametric.variants import one_of

FLAME = np.array((0.98, 0.78, 0.25))


def candle(rng: np.random.Generator) -> Mesh:
    """A pillar, a taper in its holder, a tea light, or wax in a glass; lit or not, burnt down more or less."""
    kinds = {"pillar candle": _pillar, "taper candle": _taper, "tea light": _tea_light, "jar candle": _in_glass}
    return one_of(rng, kinds)


def _wick(rng: np.random.Generator, y: float, size: float = 1.0) -> list[Mesh]:
    """A black thread, in four of ten with a flame."""
    lean = rng.normal(0, 0.002, 2)
    tall = rng.uniform(0.006, 0.013) * size
    wick = rod((0, y - 0.002, 0), (lean[0], y + tall, lean[1]), 0.0012 * size).painted(BLACK)
    if rng.random() > 0.4:
        return [wick]
    flame = lathe(
        smooth([(0.0, 0.0), (0.5, 0.25), (0.42, 0.5), (0.0, 1.0)], 4).clip(0) * (0.012 * size, 0.03 * size), 12
    )
    return [wick, flame.at(lean[0], y + tall * 0.5, lean[1]).painted(FLAME)]


def _wax(rng: np.random.Generator) -> np.ndarray:
    return paint(rng, ("white", "white", "beige", "red", "yellow", "green", "blue", "pink", "purple"))


def _pillar(rng: np.random.Generator) -> Mesh:
    """A thick one on its own foot or a saucer, hollowed round the wick, perhaps ribbed or in layers."""
    radius = rng.uniform(0.022, 0.05)
    height, dip = radius * rng.uniform(1.2, 5.0), radius * rng.uniform(0.05, 0.4)
    knots = np.array(
        [
            (0, 0),
            (radius, 0),
            (radius, height - 0.003),
            (radius * 0.95, height),
            (radius * 0.8, height - 0.002),
            (radius * 0.4, height - dip),
            (0, height - dip),
        ]
    )
    body = fluted(sliced(knots, 0.008), int(rng.choice([0, 0, 0, 12, 20])), 0.06, 48).painted(_wax(rng))
    if rng.random() < 0.3:
        body = body.banded(height * rng.uniform(0.2, 0.4), height * rng.uniform(0.5, 0.8), _wax(rng))
    parts = [body, *_wick(rng, height - dip, 1.2)]
    if rng.random() < 0.3:
        wide = radius * rng.uniform(1.3, 1.9)
        dish = lathe([(0, 0), (wide * 0.7, 0), (wide, 0.012), (wide * 0.97, 0.013), (wide * 0.7, 0.004), (0, 0.004)])
        return join([join(parts).at(y=0.004), dish.painted(metal(rng))])
    return join(parts)


def _taper(rng: np.random.Generator) -> Mesh:
    """A slender one in a turned candlestick, or lying without."""
    radius, height = rng.uniform(0.009, 0.013), rng.uniform(0.1, 0.28)
    stick = lathe([(0, 0), (radius, 0), (radius * 0.75, height * 0.97), (0, height)], 20).painted(_wax(rng))
    if rng.random() < 0.2:
        return (
            join([stick, rod((0, height - 0.002, 0), (0, height + 0.012, 0), 0.001).painted(BLACK)])
            .turned("x", 90)
            .grounded()
        )
    foot, rise = rng.uniform(0.035, 0.06), rng.uniform(0.03, 0.2)
    stem = rng.uniform(0.006, 0.012)
    knots = smooth(
        [
            (foot, 0.006),
            (foot * 0.5, 0.016),
            (stem, 0.028),
            (stem * rng.uniform(1, 2), rise * 0.5 + 0.02),
            (stem, rise + 0.02),
            (radius * 1.8, rise + 0.03),
            (radius * 1.6, rise + 0.045),
        ],
        4,
    )
    holder = lathe([(0, 0), (foot, 0), *knots, (0, rise + 0.045)], 32).painted(
        metal(rng) if rng.random() < 0.7 else paint(rng)
    )
    return join([holder, join([stick, *_wick(rng, height)]).at(y=rise + 0.04)])


def _tea_light(rng: np.random.Generator) -> Mesh:
    """A low metal cup of wax; often in a small glass."""
    radius, height = rng.uniform(0.018, 0.022), rng.uniform(0.012, 0.02)
    wall = np.array([(radius, 0.0), (radius, height), (radius, height + 0.001)])
    cup = [*vessel(wall, 0.0008, metal(rng)), cylinder(radius * 0.95, height * 0.75).at(y=0.001).painted(_wax(rng))]
    light = join([*cup, *_wick(rng, height * 0.75, 0.9)])
    if rng.random() < 0.5:
        return light
    size, tall = radius * rng.uniform(1.4, 2.0), rng.uniform(0.02, 0.032)
    glass = vessel(
        smooth([(size * 0.8, 0.0), (size, tall * 0.35), (size * rng.uniform(0.8, 1.2), tall)]), 0.003, paint(rng)
    )
    return join([*glass, light.at(y=0.0035)])


def _in_glass(rng: np.random.Generator) -> Mesh:
    """Scented wax in a straight glass with a label."""
    radius = rng.uniform(0.032, 0.052)
    height = radius * rng.uniform(1.6, 2.6)
    wall = sliced(np.array([(radius * 0.95, 0.0), (radius, 0.004), (radius, height)]))
    shell, lining = vessel(wall, 0.003, paint(rng))
    shell = labelled(rng, shell, height * 0.25, height * 0.7) if rng.random() < 0.7 else shell
    level = height * rng.uniform(0.4, 0.85)
    return join(
        [shell, lining, cylinder(radius * 0.93, level).at(y=0.002).painted(_wax(rng)), *_wick(rng, level + 0.002, 1.2)]
    )
