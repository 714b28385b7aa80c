"""Parametric containers: vase, basket, bucket, barrel."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.kitchen import vessel
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, metal, paint, wood
from cg3d.data.parametric.plants import bouquet
from cg3d.data.parametric.primitives import arc, cylinder, hoop, lathe, rectangle, ribbon, smooth, stacked, tube
from cg3d.data.parametric.primitives import box as block
from cg3d.data.parametric.variants import one_of


def vase(rng: np.random.Generator) -> Mesh:
    """A hollow vessel with a waist or a neck, round or angular; now and then with two handles or with flowers."""
    height = rng.uniform(0.16, 0.4)
    outside = smooth(_vase_knots(rng)) * (height, height)
    rgb, wall, radius = paint(rng), rng.uniform(0.003, 0.006), outside[:, 0].max()
    inside = outside[::-1] - (wall, 0)
    inside[:, 1] = np.maximum(inside[:, 1], wall)
    body = lathe([(0, 0), *outside, *inside, (0, wall)], int(rng.choice([40, 40, 40, 6, 8]))).painted(rgb)
    if rng.random() < 0.4:
        low = rng.uniform(0.1, 0.6)
        body = body.banded(low * height, (low + rng.uniform(0.1, 0.25)) * height, paint(rng))
    parts = [body]
    if rng.random() < 0.25:
        parts.append(mirrored(_ear(outside, height, radius)).painted(rgb))
    if rng.random() < 0.35:
        parts.append(bouquet(rng, height * rng.uniform(0.5, 0.9), height * 0.25).at(y=height * 0.8))
    return join(parts)


def _vase_knots(rng: np.random.Generator) -> np.ndarray:
    """Radius and y of a vase one high: an urn, a ball with a thin neck, a trumpet, a waisted or an upright one."""
    foot, belly = rng.uniform(0.1, 0.18), rng.uniform(0.2, 0.34)
    neck, lip, level = rng.uniform(0.06, 0.13), rng.uniform(0.1, 0.2), rng.uniform(0.28, 0.42)
    shapes = [
        [(foot, 0), (belly, level + 0.15), (neck + 0.05, 0.84), (lip + 0.05, 1)],
        [(foot, 0), (belly * 1.15, level), (neck * 0.7, 0.72), (neck * 0.6, 0.86), (lip * 0.6, 1)],
        [(foot * 1.1, 0), (foot * 0.7, 0.2), (foot * 0.9, 0.6), (belly, 1)],
        [(belly * 0.7, 0), (belly, 0.25), (belly * 0.5, 0.62), (belly * 0.85, 1)],
        [(belly * 0.5, 0), (belly * 0.55, 0.1), (belly * 0.7, 0.75), (belly * 0.4, 0.9), (belly * 0.48, 1)],
    ]
    return np.array(shapes[rng.integers(len(shapes))])


def _ear(outside: np.ndarray, height: float, radius: float) -> Mesh:
    """A handle from the shoulder to the neck, at +x."""
    low, high = height * 0.5, height * 0.9
    start, end = np.interp([low, high], outside[:, 1], outside[:, 0]) - 0.002
    reach = max(start, end) + radius * 0.35
    loop = [(start, low, 0), (reach, low * 1.2, 0), (reach, high * 0.95, 0), (end, high, 0)]
    return tube(smooth(loop), radius * 0.08)


def basket(rng: np.random.Generator) -> Mesh:
    """A woven basket with a handle over the top, a laundry basket, or a shopping basket."""
    return one_of(rng, {"wicker basket": _wicker, "laundry basket": _laundry, "shopping basket": _shopping})


def _wicker(rng: np.random.Generator) -> Mesh:
    """Coils of cane, each a ripple of the wall, and an arched handle."""
    radius = rng.uniform(0.13, 0.24)
    height, foot, narrow = radius * rng.uniform(0.6, 1.1), radius * rng.uniform(0.65, 0.9), rng.uniform(0.6, 1.0)
    coils, rgb = int(rng.integers(6, 11)), wood(rng)
    t = np.linspace(0, 1, coils * 5 + 1)
    ripple = height / coils * 0.28 * np.abs(np.sin(np.pi * coils * t))
    outside = np.column_stack([foot + (radius - foot) * t + ripple, height * t])
    body = join(vessel(outside, 0.008, rgb)).scaled(z=narrow)
    rim = hoop(radius, 0.011).scaled(z=narrow).at(y=height)
    handle = tube(np.add(arc(radius * 0.98, radius * rng.uniform(0.9, 1.4)), (0, height, 0)), 0.009, flatten=1.6)
    return join([body, join([rim, handle]).painted(rgb if rng.random() < 0.6 else wood(rng))])


def _laundry(rng: np.random.Generator) -> Mesh:
    """A tall tub of upright slats between hoops, open to see through, with two grips."""
    radius, height = rng.uniform(0.19, 0.26), rng.uniform(0.28, 0.6)
    foot, slats, narrow = rng.uniform(0.7, 0.9), int(rng.integers(18, 30)), rng.uniform(0.65, 1.0)
    slat = ribbon([(radius * foot, 0.01), (radius, height)], 0.018, 0.004)
    parts = [slat.turned("y", 360 * k / slats) for k in range(slats)]
    levels = np.linspace(0, 1, int(rng.integers(3, 6)))
    parts += [hoop(radius * (foot + (1 - foot) * t), 0.009).at(y=max(t * height, 0.009)) for t in levels]
    parts.append(cylinder(radius * foot, 0.012))
    grips = mirrored(tube(arc(0.06, 0.045), 0.008).turned("y", 90).at(x=radius, y=height))
    return join([*parts, grips]).scaled(z=narrow).painted(paint(rng))


def _shopping(rng: np.random.Generator) -> Mesh:
    """A rectangular basket with walls of bars and two wire handles, folded down or up."""
    width, depth, height = rng.uniform(0.4, 0.48), rng.uniform(0.27, 0.32), rng.uniform(0.2, 0.27)
    taper, rgb = rng.uniform(0.82, 0.92), paint(rng)
    rows = [(taper, 0.0), (taper + (1 - taper) * 0.4, height * 0.4), (1.0, height - 0.03)]
    parts = [_band(width * size, depth * size, y, 0.025) for size, y in rows]
    parts.append(stacked([(rectangle(width * taper, depth * taper, 0.03), y) for y in (0.0, 0.008)]))
    bar = [ribbon([(depth * taper / 2, 0), (depth / 2, height)], 0.012, 0.004).turned("y", -90)]
    long = [bar[0].at(x=x) for x in np.linspace(-0.42, 0.42, 12) * width * taper]
    short = ribbon([(width * taper / 2, 0), (width / 2, height)], 0.012, 0.004)
    parts += [
        mirrored(join(long), "z"),
        mirrored(join([short.at(z=z) for z in np.linspace(-0.4, 0.4, 7) * depth * taper])),
    ]
    swing = rng.uniform(15, 80)
    handle = tube(smooth([*arc(width * 0.42, depth * 0.52, 0, 180, 9)], 3), 0.005).turned("x", swing)
    wire = mirrored(handle.at(y=height, z=0.01), "z").painted(metal(rng))
    return join([join(parts).painted(rgb), wire])


def _band(width: float, depth: float, y: float, height: float) -> Mesh:
    """A rectangular ring 6 mm thick."""
    outer, inner = rectangle(width, depth, 0.03), rectangle(width - 0.012, depth - 0.012, 0.025)
    return stacked([(outer, y), (outer, y + height), (inner, y + height), (inner, y), (outer, y)], capped=False)


def bucket(rng: np.random.Generator) -> Mesh:
    """A conical pail with a rolled rim and a wire bail, up or hanging down at one side."""
    radius = rng.uniform(0.12, 0.17)
    height, foot = radius * rng.uniform(1.5, 2.1), radius * rng.uniform(0.65, 0.85)
    rgb = metal(rng) if rng.random() < 0.4 else paint(rng)
    t = np.linspace(0, 1, 16)
    outside = np.column_stack([foot + (radius - foot) * t, height * t])
    parts = [*vessel(outside, 0.003, rgb), hoop(radius, 0.005).at(y=height).painted(rgb)]
    if rng.random() < 0.5:
        level = rng.uniform(0.75, 0.88)
        parts.append(hoop(foot + (radius - foot) * level, 0.005).at(y=height * level).painted(rgb))
    bail = arc(radius * 1.02, radius * rng.uniform(0.95, 1.25))
    grip = tube(bail[6:11], 0.011).painted(wood(rng) if rng.random() < 0.5 else metal(rng))
    handle = join([tube(bail, 0.004).painted(metal(rng)), *([grip] if rng.random() < 0.6 else [])])
    ears = mirrored(block(0.012, 0.04, 0.03).at(x=radius, y=height - 0.05)).painted(rgb)
    swing = rng.choice([0.0, rng.uniform(20, 75), 112.0])
    return join([*parts, ears, handle.turned("x", swing).at(y=height - 0.03)])


def barrel(rng: np.random.Generator) -> Mesh:
    """A wooden barrel with iron hoops or a steel drum, standing or lying."""
    whole = one_of(rng, {"wooden barrel": _wooden_barrel, "oil drum": _drum})
    return whole.turned("x", 90).grounded() if rng.random() < 0.25 else whole


def _wooden_barrel(rng: np.random.Generator) -> Mesh:
    height = rng.uniform(0.5, 1.0)
    radius = height * rng.uniform(0.3, 0.4)
    end, rgb, iron = radius * rng.uniform(0.74, 0.88), wood(rng), paint(rng, ("black", "grey"))
    t = np.linspace(0, 1, 17)
    wall = np.column_stack([end + (radius - end) * np.sin(np.pi * t), height * t])
    lip = 0.04 * height
    body = lathe(
        [
            (0, lip),
            (end * 0.93, lip),
            (end * 0.93, 0),
            *wall,
            (end * 0.93, height),
            (end * 0.93, height - lip),
            (0, height - lip),
        ],
        20,
    )
    parts = [body.painted(rgb)]
    for level in (0.06, rng.uniform(0.2, 0.32), rng.uniform(0.68, 0.8), 0.94):
        at, tall = np.interp(level, t, wall[:, 0]) + 0.003, 0.035 * height
        parts.append(lathe([(0, 0), (at, 0), (at, tall), (0, tall)], 20).at(y=level * height - tall / 2).painted(iron))
    if rng.random() < 0.3:
        tap = join([cylinder(0.015, 0.09).turned("x", 90), cylinder(0.01, 0.07).at(y=-0.03, z=0.07)])
        parts.append(tap.at(y=height * 0.15, z=radius * 0.85).painted(wood(rng)))
    return join(parts)


def _drum(rng: np.random.Generator) -> Mesh:
    height = rng.uniform(0.6, 0.95)
    radius = height * rng.uniform(0.3, 0.36)
    rgb = paint(rng)
    wall = [(radius, height * t) for t in (0, 0.35, 0.65, 1)]
    rim = radius * 0.96
    ends = [(0, 0.02), (rim, 0.02), (rim, 0)], [(rim, height), (rim, height - 0.02), (0, height - 0.02)]
    body = lathe([*ends[0], *wall, *ends[1]]).painted(rgb)
    ribs = [hoop(radius, 0.012).at(y=y * height).painted(rgb) for y in (0.02, 0.34, 0.66, 0.98)]
    if rng.random() < 0.4:
        body = body.banded(0.4 * height, 0.6 * height, paint(rng))
    plug = cylinder(0.03, 0.015).at(x=radius * 0.6, y=height - 0.022).painted(BLACK)
    return join([body, *ribs, plug])
