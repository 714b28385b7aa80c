"""Parametric cakes."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.bread import CRUST
from cg3d.data.parametric.fruit import tinted
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import (
    lathe,
    loft,
    rod,
    smooth,
    stacked,
    superellipsoid,
)
from cg3d.data.parametric.variants import one_of


def cake(rng: np.random.Generator) -> Mesh:
    """A whole cake, round or square, of one or more tiers, a slice, a ring, or a cupcake."""
    kinds = {
        "layer cake": _layer_cake,
        "slice of cake": _cake_slice,
        "bundt cake": _bundt,
        "cupcake": _cupcake,
        "tiered cake": _tiers,
    }
    return one_of(rng, kinds)


def _icing(rng: np.random.Generator) -> np.ndarray:
    return paint(rng, ("white", "pink", "brown", "beige", "yellow", "red", "turquoise"))


def _on_top(rng: np.random.Generator, radius: float, y: float) -> list[Mesh]:
    """Dots of cream or berries round the edge, and candles."""
    parts, rgb = [], paint(rng, ("white", "red", "pink", "brown", "purple"))
    count = int(rng.integers(6, 15))
    dot = lathe([(0, 0), (0.01, 0.002), (0.011, 0.007), (0.006, 0.013), (0, 0.018)], 10).scaled(
        radius / 0.1, radius / 0.1, radius / 0.1
    )
    if rng.random() < 0.75:
        parts += [dot.at(x=radius * 0.82).turned("y", 360 * k / count).at(y=y).painted(rgb) for k in range(count)]
    if rng.random() < 0.45:
        for k in range(int(rng.integers(1, 9))):
            spot = np.array([np.cos(k * 2.4), np.sin(k * 2.4)]) * radius * 0.2 * np.sqrt(k)
            tall = 0.05
            parts.append(rod((spot[0], y - 0.002, spot[1]), (spot[0], y + tall, spot[1]), 0.0028).painted(paint(rng)))
            flame = lathe([(0, 0), (0.003, 0.004), (0, 0.013)], 8).at(spot[0], y + tall, spot[1])
            parts.append(flame.painted(np.array((0.97, 0.75, 0.2))))
    return parts


def _tier(rng: np.random.Generator, radius: float, height: float) -> Mesh:
    """One round block with icing that runs down its side."""
    soft = min(radius, height) * rng.uniform(0.05, 0.2)
    body = lathe(
        [
            (0, 0),
            (radius, 0),
            (radius, height - soft),
            (radius - soft * 0.3, height - soft * 0.3),
            (radius - soft, height),
            (0, height),
        ],
        48,
    )
    body = body.painted(_icing(rng))
    if rng.random() < 0.5:
        return body
    angle = -np.arange(48) * 2 * np.pi / 48
    drip = height * (0.25 + 0.2 * np.sin(angle * int(rng.integers(6, 11))) + 0.08 * np.sin(3 * angle + 1))
    wide = radius + 0.003
    rows = [(0.0, -1), (wide, -1), (wide, 0), (wide * 0.97, 1), (0.0, 1)]
    rings = []
    for size, level in rows:
        y = height - drip * (level < 0) * (size > 0) - 0.004 * (level == 0) + 0.003 * (level > 0)
        rings.append(np.column_stack([size * np.cos(angle), np.broadcast_to(y, 48), size * np.sin(angle)]))
    return join([body, loft(np.array(rings)).painted(_icing(rng))])


def _layer_cake(rng: np.random.Generator) -> Mesh:
    """Round, on a plate or not."""
    radius = rng.uniform(0.07, 0.14)
    height = radius * rng.uniform(0.45, 1.0)
    parts = [_tier(rng, radius, height), *_on_top(rng, radius, height)]
    if rng.random() < 0.5:
        wide = radius * rng.uniform(1.15, 1.35)
        plate = lathe([(0, 0), (wide * 0.7, 0), (wide, 0.01), (wide, 0.012), (wide * 0.7, 0.003), (0, 0.003)])
        return join([plate.painted(paint(rng)), join(parts).at(y=0.003)])
    return join(parts)


def _tiers(rng: np.random.Generator) -> Mesh:
    radius, level, parts = rng.uniform(0.11, 0.18), 0.0, []
    for _ in range(int(rng.integers(2, 5))):
        height = radius * rng.uniform(0.55, 0.85) if radius > 0.08 else radius
        parts.append(_tier(rng, radius, height).at(y=level))
        level += height
        radius *= rng.uniform(0.62, 0.78)
    return join([*parts, *_on_top(rng, radius * 1.3, level)])


def _wedge(radius: float, angle: float, y: float, height: float) -> Mesh:
    """A sector with its point at the origin, opening towards +x."""
    arc = np.linspace(-angle / 2, angle / 2, 10)
    outline = np.concatenate([[(0.0, 0.0)], np.column_stack([np.cos(arc), np.sin(arc)]) * radius])
    centre = np.array([radius * 0.5, 0.0])
    return stacked([(outline - centre, y), (outline - centre, y + height)])


def _cake_slice(rng: np.random.Generator) -> Mesh:
    """Layers of sponge and cream with icing on top and behind; standing."""
    radius, angle = rng.uniform(0.08, 0.13), rng.uniform(0.4, 0.9)
    height, layers = radius * rng.uniform(0.45, 1.0), int(rng.integers(2, 5))
    sponge, cream, each = (
        tinted(rng, (0.85, 0.7, 0.4), (0.35, 0.2, 0.12), (0.7, 0.2, 0.2), (0.9, 0.85, 0.7)),
        _icing(rng),
        height / layers,
    )
    parts = []
    for k in range(layers):
        parts += [
            _wedge(radius, angle, k * each, each * 0.8).painted(sponge),
            _wedge(radius, angle, (k + 0.8) * each, each * 0.2).painted(cream),
        ]
    parts.append(_wedge(radius * 1.03, angle, height, 0.006).painted(cream))
    if rng.random() < 0.6:
        berry = superellipsoid(0.02, 0.02, 0.02).at(x=radius * 0.25, y=height + 0.003)
        parts.append(berry.painted(paint(rng, ("red", "white", "purple", "brown"))))
    return join(parts)


def _bundt(rng: np.random.Generator) -> Mesh:
    """A fluted ring, dusted or glazed."""
    radius, hole, ribs = rng.uniform(0.08, 0.13), rng.uniform(0.2, 0.35), int(rng.choice([8, 10, 12, 16]))
    height, angle = radius * rng.uniform(0.6, 0.9), -np.arange(96) * 2 * np.pi / 96
    knots = [
        (hole * 1.1, 0.0),
        (0.95, 0.0),
        (1.0, 0.25),
        (0.9, 0.65),
        (0.7, 0.95),
        (hole + 0.15, 0.95),
        (hole, 0.6),
        (hole * 1.1, 0.0),
    ]
    rings = []
    twist = rng.choice([0.0, rng.uniform(0.2, 0.5)])
    for size, y in [*smooth(knots[:-1], 4), knots[-1]]:
        groove = 1 + 0.07 * np.abs(np.sin(ribs * (angle + twist * y) / 2)) * (y > 0.02) * (size > hole * 1.3)
        rings.append(
            np.column_stack(
                [
                    size * groove * radius * np.cos(angle),
                    np.full(96, y * height),
                    size * groove * radius * np.sin(angle),
                ]
            )
        )
    body = loft(np.array(rings), capped=False).painted(
        tinted(rng, (0.6, 0.38, 0.18), (0.35, 0.2, 0.12), (0.75, 0.52, 0.25))
    )
    return body.banded(height * rng.uniform(0.6, 0.9), height * 2, _icing(rng)) if rng.random() < 0.6 else body


def _cupcake(rng: np.random.Generator) -> Mesh:
    """A fluted paper cup with a swirl of cream, or a muffin's cap."""
    radius = rng.uniform(0.026, 0.036)
    height, ribs, angle = radius * rng.uniform(1.0, 1.4), 24, -np.arange(96) * 2 * np.pi / 96
    wave = 1 + 0.035 * np.cos(ribs * angle)
    cup = loft(
        np.array(
            [
                np.column_stack([s * radius * wave * np.cos(angle), np.full(96, y), s * radius * wave * np.sin(angle)])
                for s, y in ((0.72, 0.0), (1.0, height))
            ]
        )
    ).painted(paint(rng))
    if rng.random() < 0.35:
        knots = [(1.0, -0.1), (1.25, 0.15), (1.15, 0.5), (0.7, 0.85), (0.0, 1.0)]
        cap = lathe([(0, -0.1 * radius), *(np.maximum(smooth(knots, 5), (0, -1)) * radius)], 32)
        return join([cup, cap.at(y=height).painted(tinted(rng, *CRUST))]).called("muffin")
    cream, level, size, parts = _icing(rng), height - 0.004, radius * 1.08, []
    for _ in range(int(rng.integers(2, 5))):
        roll = superellipsoid(2 * size, size * 0.62, 2 * size, 0.15).at(y=level)
        parts.append(roll.painted(cream))
        level, size = level + size * 0.42, size * 0.72
    if rng.random() < 0.5:
        parts.append(superellipsoid(0.014, 0.014, 0.014).at(y=level + size * 0.3).painted(paint(rng)))
    return join([cup, *parts])
