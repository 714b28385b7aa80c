"""Parametric magnifying glasses."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import casing
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, metal, paint, wood
from cg3d.data.parametric.primitives import cylinder, hoop, lathe, rectangle, smooth, stacked, superellipsoid
from cg3d.data.parametric.resting import laid

GLASS = np.array([0.8, 0.86, 0.88])


def magnifying_glass(rng: np.random.Generator) -> Mesh:
    """A lens in a round or square rim on a straight, turned or flat handle; some scanners miss the glass."""
    radius = rng.uniform(0.022, 0.058)
    length = radius * rng.uniform(1.3, 2.9)
    rgb = metal(rng) if rng.random() < 0.5 else paint(rng)
    rim = _square(rng, radius, rgb) if rng.random() < 0.12 else _round(rng, radius, rgb)
    ferrule = cylinder(radius * 0.13, radius * 0.3, segments=18).at(y=length * 0.97)
    handle = _handle(rng, radius, length, rgb)
    whole = join([rim.at(y=length + radius * 1.2), ferrule.painted(rgb), handle])
    return laid(rng, whole, 0.8)


def _round(rng: np.random.Generator, radius: float, rgb: np.ndarray) -> Mesh:
    """The rim, a wire or a broad band, about the origin in the xy plane, and a bulging lens."""
    thin, deep = radius * rng.uniform(0.05, 0.13), rng.uniform(1.0, 2.6)
    ring = hoop(radius, thin, 48).scaled(y=deep)
    parts = [ring.painted(rgb)]
    if rng.random() < 0.8:
        bulge = radius * rng.uniform(0.04, 0.14)
        t = np.linspace(-1, 1, 9)
        lens = np.column_stack([radius * np.sqrt(1 - (0.9 * t) ** 2), bulge * t])
        parts.append(lathe([(0, -bulge), *lens, (0, bulge)], 40).painted(GLASS + rng.normal(0, 0.03, 3)))
    return join(parts).turned("x", 90)


def _square(rng: np.random.Generator, radius: float, rgb: np.ndarray) -> Mesh:
    wide, tall, deep = radius * rng.uniform(2.0, 3.2), radius * 2.2, radius * rng.uniform(0.12, 0.25)
    edge, corner = radius * 0.25, radius * 0.3
    outer, inner = rectangle(wide, tall, corner), rectangle(wide - edge, tall - edge, corner * 0.8)
    frame = stacked([(outer, 0), (outer, deep), (inner, deep), (inner, 0), (outer, 0)], capped=False)
    lens = casing(wide - edge * 0.9, tall - edge * 0.9, deep * 0.5, corner * 0.8, deep * 0.1).at(y=deep * 0.25)
    return join([frame.painted(rgb), lens.painted(GLASS)]).at(y=-deep / 2).turned("x", 90)


def _handle(rng: np.random.Generator, radius: float, length: float, rim: np.ndarray) -> Mesh:
    rgb = rng.choice(np.stack([rim, wood(rng), paint(rng), BLACK]))
    if rng.random() < 0.35:  # flat, of one piece with the rim
        wide, deep = radius * rng.uniform(0.28, 0.5), radius * rng.uniform(0.15, 0.28)
        return casing(wide, deep, length, deep * 0.45, deep * 0.4, rng.uniform(0.6, 1.1)).painted(rgb)
    thick = radius * rng.uniform(0.14, 0.28)
    knots = [(0.6, 0.0), (1.0, 0.08), (rng.uniform(0.8, 1.1), 0.4), (rng.uniform(0.5, 0.9), 0.85), (0.5, 1.0)]
    profile = smooth(knots, 5) * (thick, length)
    stick = lathe([(0, 0), *profile, (0, length)], 20).painted(rgb)
    if rng.random() < 0.3:
        return join([stick, superellipsoid(*(thick * 1.6,) * 3).at(y=-thick * 0.4).painted(rim)])
    return stick
