"""Things to eat and drink from: bowl, cup, mug, plate, wineglass."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, stacked, tube
from cg3d.objects.shapes.round_bodies import vessel
from cg3d.objects.shapes.solid import Solid, join


@category
def mug(d: Draw) -> Solid:
    """A hollow cup with one handle."""
    height, radius = d(0.07, 0.125), d(0.033, 0.052)
    wall = d(0.003, 0.006)
    outside = _wall(d, height, radius)
    body = join(*vessel(outside, wall, paint(d), paint(d) if d.chance(0.4) else None))
    handle = _mug_handle(d, outside, height).painted(paint(d) if d.chance(0.25) else body.face_rgb[0])
    return join(body, handle)


def _wall(d: Draw, height: float, radius: float) -> np.ndarray:
    """(K, 2) radius and y of a mug's outer wall: straight, conical, bellied or waisted, with a rounded foot."""
    foot, belly = d(0.68, 1.05), d.pick(0.0, d(-0.12, 0.2))
    t = np.linspace(0, 1, 14)
    wall = radius * (foot + (1 - foot) * t + belly * np.sin(np.pi * t))
    edge = d(0.002, 0.008)
    return np.concatenate([[(wall[0] - edge, 0.0)], points(wall, edge + (height - edge) * t)])


def _mug_handle(d: Draw, outside: np.ndarray, height: float) -> Solid:
    low, high = d(0.12, 0.3) * height, d(0.7, 0.92) * height
    reach = d(0.4, 0.8) * (high - low)
    start, end = (np.interp([low, high], outside[:, 1], outside[:, 0])) - 0.002
    droop = d(-0.15, 0.15) * (high - low)
    if d.chance(0.3):
        path = [(start, low), (start + reach, low + droop), (end + reach, high), (end, high)]
    else:
        middle = (low + high) / 2 + droop
        path = [(start, low), (start + 0.75 * reach, low), (max(start, end) + reach, middle)]
        path += [(end + 0.75 * reach, high), (end, high)]
    curve = smooth([(x, y, 0.0) for x, y in path])
    return tube(curve, d(0.0045, 0.0085), flatten=d(0.6, 1.8))


@category
def bowl(d: Draw) -> Solid:
    """A wide open vessel without a handle."""
    radius = d(0.06, 0.16)
    depth, bulge = radius * d(0.4, 1.05), d(1.0, 3.2)
    foot, wall = radius * d(0.25, 0.6), d(0.003, 0.007)
    t = np.linspace(0, 1, 18)
    flare = d.pick(0.0, d(0.0, 0.12)) * radius * t**6
    outside = points(foot + (radius - foot) * (1 - (1 - t) ** bulge) ** (1 / bulge) + flare, depth * t)
    parts = vessel(outside, wall, paint(d), paint(d) if d.chance(0.4) else None)
    if d.chance(0.5):
        ring = depth * d(0.05, 0.15)
        parts = [part.at(y=ring) for part in parts] + [cylinder(foot * 0.9, ring * 1.05).painted(parts[0].face_rgb[0])]
    return join(*parts)


@category
def cup(d: Draw) -> Solid:
    """A small vessel to drink from: a tumbler, a paper cup, or a teacup on a saucer."""
    return one_of(d, {"tumbler": _tumbler, "paper cup": _paper_cup, "teacup": _teacup})


def _tumbler(d: Draw) -> Solid:
    height, radius = d(0.08, 0.15), d(0.032, 0.045)
    foot, belly = radius * d(0.7, 1.0), radius * d.pick(0.0, d(-0.06, 0.12))
    t = np.linspace(0, 1, 12)
    wall = points(foot + (radius - foot) * t + belly * np.sin(np.pi * t), height * t)
    outside = np.concatenate([[(foot * 0.94, 0.0)], np.add(wall, [(0, 0.002)])])
    glass = join(*vessel(outside, d(0.002, 0.004), paint(d)))
    if d.chance(0.4):
        low = d(0.2, 0.6)
        glass = glass.banded(low * height, (low + d(0.2, 0.35)) * height, paint(d))
    return glass


def _paper_cup(d: Draw) -> Solid:
    """A conical cup with a rolled rim, or with a sleeve and a lid."""
    height, radius = d(0.085, 0.16), d(0.037, 0.046)
    foot = radius * d(0.66, 0.78)
    outside = points(np.linspace(foot, radius, 14), np.linspace(0, height, 14))
    parts = [*vessel(outside, 0.0015, paint(d)), hoop(radius, 0.0022).at(y=height).painted(paint(d, "white"))]
    if d.chance(0.6):
        low, high = np.array([0.25, d(0.6, 0.75)])
        at = foot + (radius - foot) * np.array([low, high])
        sleeve = cylinder(at[0] + 0.001, (high - low) * height, at[1] + 0.001).at(y=low * height)
        parts.append(sleeve.painted(paint(d, "brown", "beige", "green", "red", "black")))
    if d.chance(0.6):
        rim = radius + 0.003
        lid = lathe(
            [(0, 0), (rim, 0), (rim, 0.006), (rim * 0.9, 0.015), (rim * 0.82, 0.015), (rim * 0.78, 0.01), (0, 0.01)]
        )
        parts.append(lid.at(y=height).painted(paint(d, "white", "black", "brown")))
    return join(*parts)


def _teacup(d: Draw) -> Solid:
    """A round, flaring cup with a small handle on a saucer."""
    radius = d(0.038, 0.052)
    height, foot = radius * d(1.15, 1.6), radius * d(0.4, 0.6)
    rgb, flare = paint(d), d(0.0, 0.12)
    t = np.linspace(0, 1, 14)
    wall = foot + (radius - foot) * (1 - (1 - t) ** d(1.6, 2.8)) + flare * radius * t**6
    outside = points(wall, 0.006 + (height - 0.006) * t)
    parts = vessel(np.concatenate([[(foot, 0.0)], outside]), 0.0025, rgb, paint(d) if d.chance(0.3) else None)
    low, high = 0.3 * height, d(0.78, 0.92) * height
    start, end = np.interp([low, high], outside[:, 1], outside[:, 0]) - 0.001
    reach = max(start, end) + d(0.014, 0.022)
    loop = smooth([(start, low, 0), (reach * 0.97, (low + high) / 2, 0), (reach, high, 0), (end, high, 0)])
    parts.append(tube(loop, d(0.0025, 0.004), flatten=1.3).painted(rgb))
    base, wide = 0.006, radius * d(1.55, 1.85)
    saucer = lathe([(0, 0), (foot * 1.3, 0), (wide, 0.013), (wide, 0.016), (foot * 1.3, base), (0, base)])
    return join(*(part.at(y=base) for part in parts), saucer.painted(rgb if d.chance(0.7) else paint(d)))


@category
def wineglass(d: Draw) -> Solid:
    """A bowl on a thin stem with a flat foot: for wine, for sparkling wine, or shallow."""
    return one_of(d, {"wine glass": _tulip, "champagne flute": _flute, "cocktail glass": _cocktail})


def _tulip(d: Draw) -> Solid:
    radius = d(0.032, 0.05)
    tall, mouth = radius * d(1.9, 2.6), radius * d(0.65, 0.95)
    return _stemmed(d, [(0.006, 0), (radius * 0.75, tall * 0.14), (radius, tall * 0.4), (mouth, tall)])


def _flute(d: Draw) -> Solid:
    radius = d(0.022, 0.029)
    tall = radius * d(4.2, 5.6)
    return _stemmed(d, [(0.005, 0), (radius * 0.7, tall * 0.3), (radius, tall * 0.65), (radius * 0.9, tall)])


def _cocktail(d: Draw) -> Solid:
    radius = d(0.042, 0.056)
    if d.chance(0.5):  # the straight cone of a martini glass
        return _stemmed(d, [(0.005, 0), (radius * 0.5, radius * 0.45), (radius, radius * d(0.85, 1.1))])
    return _stemmed(d, [(0.005, 0), (radius * 0.8, radius * 0.12), (radius, radius * 0.45), (radius, radius * 0.6)])


def _stemmed(d: Draw, bowl: list[tuple[float, float]]) -> Solid:
    """A glass with the bowl's outer profile on a stem; `bowl` is (radius, y) knots above the stem."""
    stem, foot, thin = d(0.06, 0.11), bowl[-1][0] * d(0.85, 1.1), d(0.0028, 0.0045)
    rgb = paint(d, "white", "grey", "turquoise", "blue", "green", "purple", "pink")
    outside = np.add(smooth(bowl), (0, stem))
    inside = outside[outside[:, 0] > 0.009][::-1] - (0.0016, 0)
    inside = np.concatenate([inside, [(0, inside[-1, 1])]])
    base = [(0, 0), (foot, 0), (foot, 0.0025), (foot * 0.3, 0.006), (thin, 0.014), (thin * 0.85, stem * 0.6)]
    parts = [lathe([*base, *outside, inside[0]]).painted(rgb), lathe(inside).painted(rgb)]
    if d.chance(0.35):
        level = d(0.3, 0.6) * (outside[-1, 1] - stem) + stem
        at = np.interp(level, outside[:, 1], outside[:, 0]) - 0.002
        drink = lathe([(0, level - 0.001), (at, level - 0.001), (at, level), (0, level)])
        parts.append(drink.painted(paint(d, "red", "yellow", "pink", "orange")))
    return join(*parts)


@category
def plate(d: Draw) -> Solid:
    """A flat dish with a rim: dinner, soup or square."""
    return one_of(d, {"dinner plate": _flat_plate, "soup plate": _soup_plate, "square plate": _square_plate})


def _flat_plate(d: Draw) -> Solid:
    return _round_plate(d, d(0.018, 0.028), d(0.62, 0.75), d(0.3, 0.7))


def _soup_plate(d: Draw) -> Solid:
    return _round_plate(d, d(0.03, 0.042), d(0.55, 0.7), d(0.75, 0.95))


def _round_plate(d: Draw, height: float, well: float, drop: float) -> Solid:
    """A plate whose flat middle reaches `well` of the radius and whose wall rises `drop` of the height to the rim."""
    radius, thick = d(0.085, 0.15), d(0.0035, 0.006)
    rgb, foot = paint(d), radius * well * 0.9
    wall = radius * (well + 0.12)
    knee = height * drop
    rim = [(wall, knee), (radius, height), (radius, height - thick), (wall, knee - thick)]
    under = lathe([(0, 0), (foot, 0), (radius * well, thick * 0.4), rim[3], rim[2], rim[1]])
    border = lathe([rim[1], rim[0]]).painted(paint(d) if d.chance(0.45) else rgb)
    middle = lathe([rim[0], (radius * well, thick * 1.4), (foot, thick), (0, thick)])
    return join(under.painted(rgb), border, middle.painted(rgb))


def _square_plate(d: Draw) -> Solid:
    width, height = d(0.16, 0.27), d(0.018, 0.03)
    depth = width * d.pick(1.0, d(0.55, 0.85))
    corner, thick = d(0.01, 0.05), d(0.004, 0.006)
    well = d(0.6, 0.75)
    levels = [(well, 0.0), (1.0, height - thick), (1.0, height), (well + 0.12, height * 0.7), (well, thick)]
    sections = [(rectangle(width * size, depth * size, corner * size), y) for size, y in levels]
    rgb, border = paint(d), paint(d) if d.chance(0.4) else None
    dish = stacked(sections).painted(rgb)
    return dish if border is None else dish.banded(height * 0.72, height, border)
