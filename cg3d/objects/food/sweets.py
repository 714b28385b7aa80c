"""Sweet things: cake, candy bar."""

from __future__ import annotations

import numpy as np

from cg3d.objects.food.bread import CRUST
from cg3d.objects.food.produce import tinted
from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import box, lathe, loft, rod, stacked, superellipsoid
from cg3d.objects.shapes.printing import gridded, printed
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def cake(d: Draw) -> Solid:
    """A whole cake, round or square, of one or more tiers, a slice, a ring, or a cupcake."""
    kinds = {"layer cake": _layer_cake, "slice of cake": _cake_slice}
    kinds |= {"bundt cake": _bundt, "cupcake": _cupcake, "tiered cake": _tiers}
    return one_of(d, kinds)


def _icing(d: Draw) -> np.ndarray:
    return paint(d, "white", "pink", "brown", "beige", "yellow", "red", "turquoise")


def _on_top(d: Draw, radius: float, y: float) -> list[Solid]:
    """Dots of cream or berries round the edge, and candles."""
    parts, rgb = [], paint(d, "white", "red", "pink", "brown", "purple")
    count = d.count(6, 15)
    dot = lathe([(0, 0), (0.01, 0.002), (0.011, 0.007), (0.006, 0.013), (0, 0.018)], 10).resized(radius / 0.1)
    if d.chance(0.75):
        parts += [dot.at(x=radius * 0.82).turned("y", 360 * k / count).at(y=y).painted(rgb) for k in range(count)]
    if d.chance(0.45):
        for k in range(d.count(1, 9)):
            spot = np.array([np.cos(k * 2.4), np.sin(k * 2.4)]) * radius * 0.2 * np.sqrt(k)
            tall = 0.05
            parts.append(rod((spot[0], y - 0.002, spot[1]), (spot[0], y + tall, spot[1]), 0.0028).painted(paint(d)))
            flame = lathe([(0, 0), (0.003, 0.004), (0, 0.013)], 8).at(spot[0], y + tall, spot[1])
            parts.append(flame.painted(np.array((0.97, 0.75, 0.2))))
    return parts


def _tier(d: Draw, radius: float, height: float) -> Solid:
    """One round block with icing that runs down its side."""
    soft = min(radius, height) * d(0.05, 0.2)
    profile = [(0, 0), (radius, 0), (radius, height - soft)]
    profile += [(radius - soft * 0.3, height - soft * 0.3), (radius - soft, height), (0, height)]
    body = lathe(profile, 48)
    body = body.painted(_icing(d))
    if d.chance(0.5):
        return body
    angle = -np.arange(48) * 2 * np.pi / 48
    drip = height * (0.25 + 0.2 * np.sin(angle * d.count(6, 11)) + 0.08 * np.sin(3 * angle + 1))
    wide = radius + 0.003
    rows = [(0.0, -1), (wide, -1), (wide, 0), (wide * 0.97, 1), (0.0, 1)]
    rings = []
    for size, level in rows:
        y = height - drip * (level < 0) * (size > 0) - 0.004 * (level == 0) + 0.003 * (level > 0)
        rings.append(points(size * np.cos(angle), np.broadcast_to(y, 48), size * np.sin(angle)))
    return join(body, loft(rings).painted(_icing(d)))


def _layer_cake(d: Draw) -> Solid:
    """Round, on a plate or not."""
    radius = d(0.07, 0.14)
    height = radius * d(0.45, 1.0)
    parts = [_tier(d, radius, height), *_on_top(d, radius, height)]
    if d.chance(0.5):
        wide = radius * d(1.15, 1.35)
        plate = lathe([(0, 0), (wide * 0.7, 0), (wide, 0.01), (wide, 0.012), (wide * 0.7, 0.003), (0, 0.003)])
        return join(plate.painted(paint(d)), join(*parts).at(y=0.003))
    return join(*parts)


def _tiers(d: Draw) -> Solid:
    radius, level, parts = d(0.11, 0.18), 0.0, []
    for _ in range(d.count(2, 5)):
        height = radius * d(0.55, 0.85) if radius > 0.08 else radius
        parts.append(_tier(d, radius, height).at(y=level))
        level += height
        radius *= d(0.62, 0.78)
    return join(*parts, *_on_top(d, radius * 1.3, level))


def _wedge(radius: float, angle: float, y: float, height: float) -> Solid:
    """A sector with its point at the origin, opening towards +x."""
    arc = np.linspace(-angle / 2, angle / 2, 10)
    outline = np.concatenate([[(0.0, 0.0)], points(np.cos(arc), np.sin(arc)) * radius])
    centre = np.array([radius * 0.5, 0.0])
    return stacked([(outline - centre, y), (outline - centre, y + height)])


def _cake_slice(d: Draw) -> Solid:
    """Layers of sponge and cream with icing on top and behind; standing."""
    radius, angle = d(0.08, 0.13), d(0.4, 0.9)
    height, layers = radius * d(0.45, 1.0), d.count(2, 5)
    sponge, cream, each = (
        tinted(d, (0.85, 0.7, 0.4), (0.35, 0.2, 0.12), (0.7, 0.2, 0.2), (0.9, 0.85, 0.7)),
        _icing(d),
        height / layers,
    )
    parts = []
    for k in range(layers):
        parts += [
            _wedge(radius, angle, k * each, each * 0.8).painted(sponge),
            _wedge(radius, angle, (k + 0.8) * each, each * 0.2).painted(cream),
        ]
    parts.append(_wedge(radius * 1.03, angle, height, 0.006).painted(cream))
    if d.chance(0.6):
        berry = superellipsoid(0.02, 0.02, 0.02).at(x=radius * 0.25, y=height + 0.003)
        parts.append(berry.painted(paint(d, "red", "white", "purple", "brown")))
    return join(*parts)


def _bundt(d: Draw) -> Solid:
    """A fluted ring, dusted or glazed."""
    radius, hole, ribs = d(0.08, 0.13), d(0.2, 0.35), d.pick(8, 10, 12, 16)
    height, angle = radius * d(0.6, 0.9), -np.arange(96) * 2 * np.pi / 96
    knots = [(hole * 1.1, 0.0), (0.95, 0.0), (1.0, 0.25), (0.9, 0.65), (0.7, 0.95)]
    knots += [(hole + 0.15, 0.95), (hole, 0.6), (hole * 1.1, 0.0)]
    rings = []
    twist = d.pick(0.0, d(0.2, 0.5))
    for size, y in [*smooth(knots[:-1], 4), knots[-1]]:
        groove = 1 + 0.07 * np.abs(np.sin(ribs * (angle + twist * y) / 2)) * (y > 0.02) * (size > hole * 1.3)
        rings.append(points(size * groove * radius * np.cos(angle), y * height, size * groove * radius * np.sin(angle)))
    body = loft(rings, capped=False).painted(tinted(d, (0.6, 0.38, 0.18), (0.35, 0.2, 0.12), (0.75, 0.52, 0.25)))
    return body.banded(height * d(0.6, 0.9), height * 2, _icing(d)) if d.chance(0.6) else body


def _cupcake(d: Draw) -> Solid:
    """A fluted paper cup with a swirl of cream, or a muffin's cap."""
    radius = d(0.026, 0.036)
    height, ribs, angle = radius * d(1.0, 1.4), 24, -np.arange(96) * 2 * np.pi / 96
    wave = 1 + 0.035 * np.cos(ribs * angle)
    cup = loft(
        [
            points(s * radius * wave * np.cos(angle), y, s * radius * wave * np.sin(angle))
            for s, y in ((0.72, 0.0), (1.0, height))
        ]
    ).painted(paint(d))
    if d.chance(0.35):
        knots = [(1.0, -0.1), (1.25, 0.15), (1.15, 0.5), (0.7, 0.85), (0.0, 1.0)]
        cap = lathe([(0, -0.1 * radius), *(np.maximum(smooth(knots, 5), (0, -1)) * radius)], 32)
        return join(cup, cap.at(y=height).painted(tinted(d, *CRUST))).called("muffin")
    cream, level, size, parts = _icing(d), height - 0.004, radius * 1.08, []
    for _ in range(d.count(2, 5)):
        roll = superellipsoid(2 * size, size * 0.62, 2 * size, 0.15).at(y=level)
        parts.append(roll.painted(cream))
        level, size = level + size * 0.42, size * 0.72
    if d.chance(0.5):
        parts.append(superellipsoid(0.014, 0.014, 0.014).at(y=level + size * 0.3).painted(paint(d)))
    return join(cup, *parts)


@category
def candy_bar(d: Draw) -> Solid:
    """A long sweet in a wrapper with crimped ends, a flat bar of chocolate, or an unwrapped one."""
    kinds = {"candy bar": _flow_pack, "chocolate bar": _tablet}
    kinds |= {"box of chocolates": _chocolates, "granola bar": _flow_pack}
    return one_of(d, kinds)


def _flow_pack(d: Draw) -> Solid:
    """A cushion of foil, flattened and toothed at both ends, with a seam beneath."""
    length = d(0.09, 0.17)
    width, thick = length * d(0.22, 0.42), length * d(0.09, 0.17)
    crimp, around = length * d(0.06, 0.1), 24
    x = np.concatenate(
        [
            np.linspace(-length / 2, -length / 2 + crimp, 3),
            np.linspace(-length / 2 + crimp * 1.6, length / 2 - crimp * 1.6, 16),
            np.linspace(length / 2 - crimp, length / 2, 3),
        ]
    )
    inner = np.clip((length / 2 - crimp - np.abs(x)) / (crimp * 1.6), 0, 1) ** 0.5
    angle = np.arange(around) * 2 * np.pi / around
    round_y, round_z = (np.sign(f(angle)) * np.abs(f(angle)) ** 0.6 for f in (np.sin, np.cos))
    half = (0.0012 + (thick / 2 - 0.0012) * inner)[:, None]
    ripple = 1 + 0.07 * np.sin(x[:, None] * d(150, 300) + 2 * angle) * inner[:, None]
    tooth = 0.0015 * (np.arange(around) % 2)[None] * np.sign(x)[:, None] * (np.abs(x) > length / 2 - 1e-6)[:, None]
    rows = np.stack(
        [x[:, None] + tooth, half * round_y * ripple, width / 2 * (1.06 - 0.06 * inner)[:, None] * round_z + 0 * half],
        -1,
    )
    body = printed(d, loft(rows[::-1]).painted(paint(d)), 3)
    return body.turned("x", d.normal(0, 2)).grounded()


def _tablet(d: Draw) -> Solid:
    """Squares of chocolate: bare, half unwrapped, or in paper."""
    rows, columns = d.count(3, 8), d.count(2, 5)
    cell, thick = d(0.016, 0.026), d(0.006, 0.012)
    length, width = rows * cell, columns * cell
    brown = paint(d, "brown", "brown", "black", "beige", "white")
    if d.chance(0.45):
        flat = gridded(length * 1.04, thick * 1.3, width * 1.06, 10).painted(paint(d))
        foil = mirrored(box(length * 0.02, thick * 0.5, width).at(x=length * 0.525, y=thick * 0.3))
        foil = foil.painted(paint(d, "grey", "yellow"))
        return join(printed(d, flat, 4), foil)
    levels = [(rectangle(cell * 0.96, cell * 0.96), 0.0), (rectangle(cell * 0.94, cell * 0.94), thick * 0.7)]
    levels += [(rectangle(cell * 0.75, cell * 0.75), thick)]
    block = stacked(levels)
    wrapped = d.pick(0.0, d(0.4, 0.7))
    parts = [box(length, thick * 0.6, width).painted(brown)]
    places = [
        ((i + 0.5) * cell - length / 2, (j + 0.5) * cell - width / 2) for i in range(rows) for j in range(columns)
    ]
    parts.append(join(*(block.at(x=x, z=z) for x, z in places)).painted(brown))
    if wrapped:
        paper = gridded(length * wrapped, thick * 1.25, width * 1.05, 8).at(x=-length * (1 - wrapped) / 2 - 0.003)
        parts.append(printed(d, paper.painted(paint(d)), 3))
    return join(*parts)


def _chocolates(d: Draw) -> Solid:
    """A flat open box with sweets in rows."""
    rows, columns, pitch = d.count(3, 7), d.count(2, 5), d(0.03, 0.038)
    length, width, height = rows * pitch + 0.012, columns * pitch + 0.012, d(0.022, 0.032)
    outer, inner = rectangle(length, width), rectangle(length - 0.006, width - 0.006)
    parts = [stacked([(outer, 0.0), (outer, height), (inner, height), (inner, 0.005)]).painted(paint(d))]
    shapes = [
        lathe([(0, 0), (0.013, 0), (0.012, 0.01), (0.007, 0.017), (0, 0.018)], 12),
        stacked([(rectangle(0.026, 0.024), 0.0), (rectangle(0.024, 0.022), 0.013), (rectangle(0.018, 0.016), 0.017)]),
        lathe([(0, 0), (0.008, 0.001), (0.013, 0.009), (0.008, 0.018), (0, 0.02)], 12),
    ]
    for i in range(rows):
        for j in range(columns):
            sweet = d.pick(*shapes).at(
                (i + 0.5) * pitch - rows * pitch / 2, 0.005, (j + 0.5) * pitch - columns * pitch / 2
            )
            parts.append(sweet.painted(paint(d, "brown", "brown", "black", "beige", "white", "red")))
    return join(*parts)
