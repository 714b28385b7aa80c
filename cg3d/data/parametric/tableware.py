"""Parametric things to eat and drink from: cup, wineglass, plate, fork, knife."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.kitchen import vessel
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import metal, paint, wood
from cg3d.data.parametric.primitives import (
    cylinder,
    extrude,
    hoop,
    lathe,
    rectangle,
    ribbon,
    smooth,
    stacked,
    superellipsoid,
    tube,
)
from cg3d.data.parametric.variants import one_of, posed


def cup(rng: np.random.Generator) -> Mesh:
    """A small vessel to drink from: a tumbler, a paper cup, or a teacup on a saucer."""
    return one_of(rng, {"tumbler": _tumbler, "paper cup": _paper_cup, "teacup": _teacup})


def _tumbler(rng: np.random.Generator) -> Mesh:
    height, radius = rng.uniform(0.08, 0.15), rng.uniform(0.032, 0.045)
    foot, belly = radius * rng.uniform(0.7, 1.0), radius * rng.choice([0.0, rng.uniform(-0.06, 0.12)])
    t = np.linspace(0, 1, 12)
    wall = np.column_stack([foot + (radius - foot) * t + belly * np.sin(np.pi * t), height * t])
    outside = np.concatenate([[(foot * 0.94, 0.0)], np.add(wall, [(0, 0.002)])])
    glass = join(vessel(outside, rng.uniform(0.002, 0.004), paint(rng)))
    if rng.random() < 0.4:
        low = rng.uniform(0.2, 0.6)
        glass = glass.banded(low * height, (low + rng.uniform(0.2, 0.35)) * height, paint(rng))
    return glass


def _paper_cup(rng: np.random.Generator) -> Mesh:
    """A conical cup with a rolled rim, or with a sleeve and a lid."""
    height, radius = rng.uniform(0.085, 0.16), rng.uniform(0.037, 0.046)
    foot = radius * rng.uniform(0.66, 0.78)
    outside = np.column_stack([np.linspace(foot, radius, 14), np.linspace(0, height, 14)])
    parts = [*vessel(outside, 0.0015, paint(rng)), hoop(radius, 0.0022).at(y=height).painted(paint(rng, ("white",)))]
    if rng.random() < 0.6:
        low, high = np.array([0.25, rng.uniform(0.6, 0.75)])
        at = foot + (radius - foot) * np.array([low, high])
        sleeve = cylinder(at[0] + 0.001, (high - low) * height, at[1] + 0.001).at(y=low * height)
        parts.append(sleeve.painted(paint(rng, ("brown", "beige", "green", "red", "black"))))
    if rng.random() < 0.6:
        rim = radius + 0.003
        lid = lathe(
            [(0, 0), (rim, 0), (rim, 0.006), (rim * 0.9, 0.015), (rim * 0.82, 0.015), (rim * 0.78, 0.01), (0, 0.01)]
        )
        parts.append(lid.at(y=height).painted(paint(rng, ("white", "black", "brown"))))
    return join(parts)


def _teacup(rng: np.random.Generator) -> Mesh:
    """A round, flaring cup with a small handle on a saucer."""
    radius = rng.uniform(0.038, 0.052)
    height, foot = radius * rng.uniform(1.15, 1.6), radius * rng.uniform(0.4, 0.6)
    rgb, flare = paint(rng), rng.uniform(0.0, 0.12)
    t = np.linspace(0, 1, 14)
    wall = foot + (radius - foot) * (1 - (1 - t) ** rng.uniform(1.6, 2.8)) + flare * radius * t**6
    outside = np.column_stack([wall, 0.006 + (height - 0.006) * t])
    parts = vessel(np.concatenate([[(foot, 0.0)], outside]), 0.0025, rgb, paint(rng) if rng.random() < 0.3 else None)
    low, high = 0.3 * height, rng.uniform(0.78, 0.92) * height
    start, end = np.interp([low, high], outside[:, 1], outside[:, 0]) - 0.001
    reach = max(start, end) + rng.uniform(0.014, 0.022)
    loop = smooth([(start, low, 0), (reach * 0.97, (low + high) / 2, 0), (reach, high, 0), (end, high, 0)])
    parts.append(tube(loop, rng.uniform(0.0025, 0.004), flatten=1.3).painted(rgb))
    base, wide = 0.006, radius * rng.uniform(1.55, 1.85)
    saucer = lathe([(0, 0), (foot * 1.3, 0), (wide, 0.013), (wide, 0.016), (foot * 1.3, base), (0, base)])
    return join([*(part.at(y=base) for part in parts), saucer.painted(rgb if rng.random() < 0.7 else paint(rng))])


def wineglass(rng: np.random.Generator) -> Mesh:
    """A bowl on a thin stem with a flat foot: for wine, for sparkling wine, or shallow."""
    return one_of(rng, {"wine glass": _tulip, "champagne flute": _flute, "cocktail glass": _cocktail})


def _tulip(rng: np.random.Generator) -> Mesh:
    radius = rng.uniform(0.032, 0.05)
    tall, mouth = radius * rng.uniform(1.9, 2.6), radius * rng.uniform(0.65, 0.95)
    return _stemmed(rng, [(0.006, 0), (radius * 0.75, tall * 0.14), (radius, tall * 0.4), (mouth, tall)])


def _flute(rng: np.random.Generator) -> Mesh:
    radius = rng.uniform(0.022, 0.029)
    tall = radius * rng.uniform(4.2, 5.6)
    return _stemmed(rng, [(0.005, 0), (radius * 0.7, tall * 0.3), (radius, tall * 0.65), (radius * 0.9, tall)])


def _cocktail(rng: np.random.Generator) -> Mesh:
    radius = rng.uniform(0.042, 0.056)
    if rng.random() < 0.5:  # the straight cone of a martini glass
        return _stemmed(rng, [(0.005, 0), (radius * 0.5, radius * 0.45), (radius, radius * rng.uniform(0.85, 1.1))])
    return _stemmed(rng, [(0.005, 0), (radius * 0.8, radius * 0.12), (radius, radius * 0.45), (radius, radius * 0.6)])


def _stemmed(rng: np.random.Generator, bowl: list[tuple[float, float]]) -> Mesh:
    """A glass with the bowl's outer profile on a stem; `bowl` is (radius, y) knots above the stem."""
    stem, foot, thin = rng.uniform(0.06, 0.11), bowl[-1][0] * rng.uniform(0.85, 1.1), rng.uniform(0.0028, 0.0045)
    rgb = paint(rng, ("white", "grey", "turquoise", "blue", "green", "purple", "pink"))
    outside = np.add(smooth(bowl), (0, stem))
    inside = outside[outside[:, 0] > 0.009][::-1] - (0.0016, 0)
    inside = np.concatenate([inside, [(0, inside[-1, 1])]])
    base = [(0, 0), (foot, 0), (foot, 0.0025), (foot * 0.3, 0.006), (thin, 0.014), (thin * 0.85, stem * 0.6)]
    parts = [lathe([*base, *outside, inside[0]]).painted(rgb), lathe(inside).painted(rgb)]
    if rng.random() < 0.35:
        level = rng.uniform(0.3, 0.6) * (outside[-1, 1] - stem) + stem
        at = np.interp(level, outside[:, 1], outside[:, 0]) - 0.002
        drink = lathe([(0, level - 0.001), (at, level - 0.001), (at, level), (0, level)])
        parts.append(drink.painted(paint(rng, ("red", "yellow", "pink", "orange"))))
    return join(parts)


def plate(rng: np.random.Generator) -> Mesh:
    """A flat dish with a rim: dinner, soup or square."""
    return one_of(rng, {"dinner plate": _flat_plate, "soup plate": _soup_plate, "square plate": _square_plate})


def _flat_plate(rng: np.random.Generator) -> Mesh:
    return _round_plate(rng, rng.uniform(0.018, 0.028), rng.uniform(0.62, 0.75), rng.uniform(0.3, 0.7))


def _soup_plate(rng: np.random.Generator) -> Mesh:
    return _round_plate(rng, rng.uniform(0.03, 0.042), rng.uniform(0.55, 0.7), rng.uniform(0.75, 0.95))


def _round_plate(rng: np.random.Generator, height: float, well: float, drop: float) -> Mesh:
    """A plate whose flat middle reaches `well` of the radius and whose wall rises `drop` of the height to the rim."""
    radius, thick = rng.uniform(0.085, 0.15), rng.uniform(0.0035, 0.006)
    rgb, foot = paint(rng), radius * well * 0.9
    wall = radius * (well + 0.12)
    knee = height * drop
    rim = [(wall, knee), (radius, height), (radius, height - thick), (wall, knee - thick)]
    under = lathe([(0, 0), (foot, 0), (radius * well, thick * 0.4), rim[3], rim[2], rim[1]])
    border = lathe([rim[1], rim[0]]).painted(paint(rng) if rng.random() < 0.45 else rgb)
    middle = lathe([rim[0], (radius * well, thick * 1.4), (foot, thick), (0, thick)])
    return join([under.painted(rgb), border, middle.painted(rgb)])


def _square_plate(rng: np.random.Generator) -> Mesh:
    width, height = rng.uniform(0.16, 0.27), rng.uniform(0.018, 0.03)
    depth = width * rng.choice([1.0, rng.uniform(0.55, 0.85)])
    corner, thick = rng.uniform(0.01, 0.05), rng.uniform(0.004, 0.006)
    well = rng.uniform(0.6, 0.75)
    levels = [(well, 0.0), (1.0, height - thick), (1.0, height), (well + 0.12, height * 0.7), (well, thick)]
    sections = [(rectangle(width * size, depth * size, corner * size), y) for size, y in levels]
    rgb, border = paint(rng), paint(rng) if rng.random() < 0.4 else None
    dish = stacked(sections).painted(rgb)
    return dish if border is None else dish.banded(height * 0.72, height, border)


def fork(rng: np.random.Generator) -> Mesh:
    """Two to four tines on a slender handle, lying or hanging."""
    length, width = rng.uniform(0.15, 0.24), rng.uniform(0.022, 0.03)
    tines, thick = int(rng.choice([2, 3, 4, 4])), rng.uniform(0.0018, 0.003)
    rgb = metal(rng) if rng.random() < 0.8 else paint(rng)
    root, neck, arch = (
        length * rng.uniform(0.26, 0.32),
        length * rng.uniform(0.36, 0.44),
        length * rng.uniform(0.02, 0.06),
    )
    x = np.concatenate([np.linspace(root * 0.85, neck, 12), np.linspace(neck, length, 14)[1:]])
    shoulder = np.interp(x, [root * 0.85, root, neck, length], [1.0, 0.96, 0.22, rng.uniform(0.3, 0.65)]) * width
    body = ribbon(
        np.column_stack([x, _bow(x, root, length, arch)]), shoulder, np.interp(x, [neck, length], [thick, 2 * thick])
    )
    pitch, along = width / tines, np.linspace(0, root, 9)
    slim = pitch * rng.uniform(0.45, 0.6)
    tine = ribbon(
        np.column_stack([along, _bow(along, root, length, arch)]),
        np.interp(along, [0, root / 3], [slim / 3, slim]),
        thick,
    )
    places = np.linspace(-(width - slim) / 2, (width - slim) / 2, tines)
    handle = wood(rng) if rng.random() < 0.25 else rgb
    grip = superellipsoid(length * 0.42, 0.009, width * 0.5, 0.4).at(
        length * 0.8, _bow(length * 0.8, root, length, arch) - 0.0045
    )
    parts = [body, *(tine.at(z=z) for z in places)]
    parts = [part.painted(rgb) for part in parts] + ([grip.painted(handle)] if rng.random() < 0.3 else [])
    return posed(rng, join(parts).turned("x", 90).turned("z", -90))


def _bow(x: np.ndarray, root: float, length: float, arch: float) -> np.ndarray:
    """The side view of a fork: the tines curve up to their tips, the handle is arched."""
    tips = 0.35 * root * np.clip(1 - x / root, 0, 1) ** 1.6
    return tips + arch * np.sin(np.pi * np.clip((x - root) / (length - root), 0, 1) * 0.8)


def knife(rng: np.random.Generator) -> Mesh:
    """A blade and a handle in line: for the table, for meat, for bread, or a cleaver."""
    kinds = {
        "table knife": _table_knife,
        "chef's knife": _chefs_knife,
        "bread knife": _bread_knife,
        "cleaver": _cleaver,
    }
    return posed(rng, one_of(rng, kinds))


def _table_knife(rng: np.random.Generator) -> Mesh:
    long, wide = rng.uniform(0.09, 0.12), rng.uniform(0.016, 0.021)
    edge = [(0.0, 0.0), (0.8, 0.1), (1.0, 0.5), (0.95, 0.8), (0.85, 1.0)]
    steel = metal(rng)
    return _knife(rng, long, wide, edge, steel, steel if rng.random() < 0.6 else paint(rng))


def _chefs_knife(rng: np.random.Generator) -> Mesh:
    edge = [(-0.35, 0.0), (-0.3, 0.4), (-0.1, 0.75), (rng.uniform(0.5, 0.9), 1.0)]
    return _knife(rng, rng.uniform(0.15, 0.24), rng.uniform(0.035, 0.05), edge, metal(rng), wood(rng))


def _bread_knife(rng: np.random.Generator) -> Mesh:
    teeth = [(0.12 * (k % 2) - 0.06, t) for k, t in enumerate(np.linspace(0.03, 0.93, 25))]
    edge = [(0.0, 0.0), *teeth, (rng.uniform(0.2, 0.6), 1.0)]
    return _knife(rng, rng.uniform(0.18, 0.25), rng.uniform(0.026, 0.034), edge, metal(rng), wood(rng))


def _cleaver(rng: np.random.Generator) -> Mesh:
    edge = [(-0.6, 0.02), (-0.65, 0.3), (-0.6, 0.97), (0.6, 1.0)]
    return _knife(rng, rng.uniform(0.14, 0.19), rng.uniform(0.06, 0.08), edge, metal(rng), wood(rng))


def _knife(
    rng: np.random.Generator,
    long: float,
    wide: float,
    edge: list[tuple[float, float]],
    steel: np.ndarray,
    grip: np.ndarray,
) -> Mesh:
    """A blade of the given length and width above a handle; `edge` runs from the heel to the tip, in parts of both."""
    handle, thick = rng.uniform(0.09, 0.125), rng.uniform(0.0018, 0.003)
    front = [(wide / 2 - u * wide, v * long) for u, v in edge]
    back = [(-wide / 2, long * v) for v in np.linspace(front[-1][1] / long * 0.8, 0, 6)]
    blade = extrude([*front, *back], thick)
    width = min(wide, 0.026) * rng.uniform(0.75, 0.95)
    stock = superellipsoid(width, handle, rng.uniform(0.009, 0.016), rng.uniform(0.4, 0.8)).at(x=(width - wide) / 2)
    return join([blade.at(y=handle * 0.97).painted(steel), stock.painted(grip)])
