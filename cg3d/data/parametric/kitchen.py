"""Parametric things of the kitchen: mug, bottle, bowl, spoon."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import metal, paint, wood
from cg3d.data.parametric.primitives import cylinder, lathe, loft, smooth, tube


def mug(rng: np.random.Generator) -> Mesh:
    """A hollow cup with one handle."""
    height, radius = rng.uniform(0.07, 0.125), rng.uniform(0.033, 0.052)
    wall = rng.uniform(0.003, 0.006)
    outside = _wall(rng, height, radius)
    body = join(vessel(outside, wall, paint(rng), paint(rng) if rng.random() < 0.4 else None))
    handle = _mug_handle(rng, outside, height).painted(paint(rng) if rng.random() < 0.25 else body.face_rgb[0])
    return join([body, handle])


def _wall(rng: np.random.Generator, height: float, radius: float) -> np.ndarray:
    """(K, 2) radius and y of a mug's outer wall: straight, conical, bellied or waisted, with a rounded foot."""
    foot, belly = rng.uniform(0.68, 1.05), rng.choice([0.0, rng.uniform(-0.12, 0.2)])
    t = np.linspace(0, 1, 14)
    wall = radius * (foot + (1 - foot) * t + belly * np.sin(np.pi * t))
    edge = rng.uniform(0.002, 0.008)
    return np.concatenate([[(wall[0] - edge, 0.0)], np.column_stack([wall, edge + (height - edge) * t])])


def vessel(outside: np.ndarray, wall: float, rgb: np.ndarray, inside_rgb: np.ndarray | None = None) -> list[Mesh]:
    """A hollow body with walls `wall` thick inside the outer profile (K, 2), open at the top."""
    inside = outside - (wall, 0)
    inside[:, 1] = np.maximum(inside[:, 1], wall)
    inside = inside[inside[:, 0] > 0][::-1]
    shell = lathe([(0, 0), *outside, inside[0]]).painted(rgb)
    lining = lathe([*inside, (0, wall)]).painted(rgb if inside_rgb is None else inside_rgb)
    return [shell, lining]


def _mug_handle(rng: np.random.Generator, outside: np.ndarray, height: float) -> Mesh:
    low, high = rng.uniform(0.12, 0.3) * height, rng.uniform(0.7, 0.92) * height
    reach = rng.uniform(0.4, 0.8) * (high - low)
    start, end = (np.interp([low, high], outside[:, 1], outside[:, 0])) - 0.002
    droop = rng.uniform(-0.15, 0.15) * (high - low)
    if rng.random() < 0.3:
        path = [(start, low), (start + reach, low + droop), (end + reach, high), (end, high)]
    else:
        middle = (low + high) / 2 + droop
        path = [(start, low), (start + 0.75 * reach, low), (max(start, end) + reach, middle)]
        path += [(end + 0.75 * reach, high), (end, high)]
    curve = smooth([(x, y, 0.0) for x, y in path])
    return tube(curve, rng.uniform(0.0045, 0.0085), flatten=rng.uniform(0.6, 1.8))


def bowl(rng: np.random.Generator) -> Mesh:
    """A wide open vessel without a handle."""
    radius = rng.uniform(0.06, 0.16)
    depth, bulge = radius * rng.uniform(0.4, 1.05), rng.uniform(1.0, 3.2)
    foot, wall = radius * rng.uniform(0.25, 0.6), rng.uniform(0.003, 0.007)
    t = np.linspace(0, 1, 18)
    flare = rng.choice([0.0, rng.uniform(0.0, 0.12)]) * radius * t**6
    outside = np.column_stack([foot + (radius - foot) * (1 - (1 - t) ** bulge) ** (1 / bulge) + flare, depth * t])
    parts = vessel(outside, wall, paint(rng), paint(rng) if rng.random() < 0.4 else None)
    if rng.random() < 0.5:
        ring = depth * rng.uniform(0.05, 0.15)
        parts = [part.at(y=ring) for part in parts] + [cylinder(foot * 0.9, ring * 1.05).painted(parts[0].face_rgb[0])]
    return join(parts)


def bottle(rng: np.random.Generator) -> Mesh:
    """A closed vessel with a neck: wine, water, sauce, medicine or spirits."""
    height, radius = rng.uniform(0.14, 0.34), rng.uniform(0.028, 0.05)
    neck, neck_base = radius * rng.uniform(0.28, 0.6), height * rng.uniform(0.62, 0.86)
    shoulder = neck_base - (neck_base * rng.uniform(0.1, 0.4))
    cap_base = height * rng.uniform(0.88, 0.95)
    waist = rng.choice([1.0, rng.uniform(0.8, 1.05)])
    knots = [(radius, 0.006), (radius * waist, shoulder / 2), (radius, shoulder)]
    knots += [((radius + neck) / 2 * rng.uniform(0.9, 1.15), (shoulder + neck_base) / 2), (neck, neck_base)]
    outside = smooth([*knots, (neck, cap_base)])
    segments = int(rng.choice([40, 40, 40, 8, 4]))
    rgb, cap = paint(rng), paint(rng)
    body = lathe([(0, 0), (radius * 0.9, 0), *outside, (0, cap_base)], segments).painted(rgb)
    if rng.random() < 0.5:  # a paper label
        body = body.banded(shoulder * rng.uniform(0.1, 0.3), shoulder * rng.uniform(0.7, 0.95), paint(rng))
    return join([body, cylinder(neck * rng.uniform(1.05, 1.35), height - cap_base).at(y=cap_base).painted(cap)])


def spoon(rng: np.random.Generator) -> Mesh:
    """A shallow oval blade on a slender curved handle, lying on its back."""
    length, width = rng.uniform(0.13, 0.3), rng.uniform(0.03, 0.055)
    blade = width * rng.uniform(1.2, 1.75)
    dish, arch = width * rng.uniform(0.15, 0.35), length * rng.uniform(0.02, 0.12)
    thickness, narrow = rng.uniform(0.0015, 0.004), width * rng.uniform(0.12, 0.25)
    wide = width * rng.uniform(0.18, 0.5)
    x = np.concatenate([blade * (1 - np.cos(np.linspace(0.12, np.pi * 0.93, 18))) / 2, np.linspace(blade, length, 16)])
    along = np.clip((x - blade) / (length - blade), 0, 1)
    oval = width * np.sqrt(np.clip(1 - (2 * x / blade - 1) ** 2, 0, None))
    handle = narrow + (wide - narrow) * along**1.5
    half = np.maximum(oval, np.where(x > blade * 0.8, handle, 0.0)) / 2
    depth = dish * np.where(x < blade, (2 * half / width) ** 2, 0.0)
    rise = 0.3 * dish * np.where(x < blade, (2 * x / blade - 1) ** 2, 1.0)
    rise += arch * np.sin(np.pi * np.minimum(along, 0.75))
    mesh = loft(_spoon_rings(x, half, depth, rise, thickness)).painted(wood(rng) if rng.random() < 0.35 else metal(rng))
    return mesh.grounded()


def _spoon_rings(x: np.ndarray, half: np.ndarray, depth: np.ndarray, rise: np.ndarray, thickness: float) -> np.ndarray:
    """Cross-sections (S, 18, 3) of a dished sheet: across the top one way, across the bottom back."""
    across = np.linspace(-1, 1, 9)
    top = rise[:, None] - depth[:, None] * (1 - across**2)
    z = half[:, None] * across
    y = np.concatenate([top, top[:, ::-1] - thickness], axis=1)
    return np.stack([np.broadcast_to(x[:, None], y.shape), y, np.concatenate([z, z[:, ::-1]], axis=1)], -1)
