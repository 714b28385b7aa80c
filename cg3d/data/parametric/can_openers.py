"""Parametric can openers."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import casing
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, GREY, metal, paint
from cg3d.data.parametric.primitives import cylinder, ellipse, extrude, lathe, ribbon, smooth, superellipsoid, tube
from cg3d.data.parametric.resting import laid
from cg3d.data.parametric.variants import one_of


def can_opener(rng: np.random.Generator) -> Mesh:
    """Two handles with wheels and a key at their head, all of bare steel or with fat grips, or an electric tower."""
    if rng.random() < 0.4:  # by far the most common
        return _gripped(rng).called("handheld can opener")
    kinds = {"handheld can opener": _gripped, "butterfly can opener": _bare, "electric can opener": _electric}
    return one_of(rng, kinds)


def _wheel(radius: float, thick: float, teeth: int) -> Mesh:
    """A toothed or smooth disc in the xy plane."""
    count = max(4 * teeth, 32)
    ring = ellipse(2 * radius, 2 * radius, count)
    if teeth:
        ring *= (1 - 0.08 * (np.arange(count) % 4 >= 2))[:, None]
    return extrude(ring, thick)


def _key(rng: np.random.Generator, size: float) -> Mesh:
    """A wing to turn, along x, on a shaft along +z from z = 0."""
    reach, thick = size * rng.uniform(0.45, 0.9), size * rng.uniform(0.1, 0.2)
    shaft = cylinder(size * 0.09, reach, segments=14).turned("x", 90)
    if rng.random() < 0.5:
        wing = superellipsoid(size, size * 0.34, thick, 0.5).at(y=-size * 0.17)
    else:
        lobe = superellipsoid(size * 0.52, size * 0.42, thick, 0.25).at(y=-size * 0.21)
        wing = join(
            [lobe.at(x=-size * 0.27), lobe.at(x=size * 0.27), superellipsoid(size * 0.3, thick, thick).at(y=-thick / 2)]
        )
    return join([shaft, wing.turned("z", rng.uniform(-90, 90)).at(z=reach)])


def _head(rng: np.random.Generator, size: float, gap: float) -> Mesh:
    """The steel at the top: two plates one behind the other, a rivet, the cutting wheel and the toothed one."""
    tall = size * rng.uniform(1.5, 2.1)
    plate = superellipsoid(size * 0.95, tall, gap * 0.6, 0.75)
    tilt = rng.uniform(-14, 14)
    parts = [
        plate.at(x=-size * 0.1, y=-size * 0.6),
        plate.turned("z", tilt).at(x=size * 0.15, y=-size * 0.6, z=gap * 0.7),
    ]
    parts += [_wheel(size * rng.uniform(0.3, 0.42), gap * 0.6, 0).at(x=size * 0.05, y=size * 0.55, z=gap * 1.3)]
    parts += [_wheel(size * rng.uniform(0.28, 0.38), gap * 0.8, 18).at(x=size * 0.1, y=-size * 0.05, z=gap * 1.4)]
    return join(
        [*parts, cylinder(size * 0.14, gap * 2.6, segments=16).turned("x", 90).at(y=-size * 0.45, z=-gap * 0.6)]
    )


def _levers(rng: np.random.Generator, length: float, reach: float) -> list[np.ndarray]:
    """The two handles' paths from the head at the origin down: side by side, bowed apart, more or less open."""
    bow = length * rng.uniform(0.0, 0.05)
    knots = [(0, 0), (reach * 0.6, -length * 0.18), (reach + bow, -length * 0.55), (reach, -length)]
    right = smooth(knots, 6)
    return [right, right * (-1, 1)]


def _gripped(rng: np.random.Generator) -> Mesh:
    length, size, gap = rng.uniform(0.13, 0.18), rng.uniform(0.024, 0.034), rng.uniform(0.004, 0.006)
    fat, reach = rng.uniform(0.008, 0.014), length * rng.uniform(0.09, 0.2)
    rgb, steel = paint(rng), metal(rng)
    parts = [_head(rng, size, gap).painted(steel)]
    for path, z in zip(_levers(rng, length, reach), (0.0, gap), strict=True):
        line = np.column_stack([path, np.full(len(path), z)])
        grip = line[len(line) // 4 :]
        swell = fat * np.interp(np.linspace(0, 1, len(grip)), [0, 0.1, 0.5, 0.92, 1], [0.6, 0.95, 1.0, 0.9, 0.5])
        parts.append(tube(line, 0.004, segments=10).painted(steel))
        parts.append(tube(grip, swell, flatten=rng.uniform(0.9, 1.4)).painted(rgb))
    key = _key(rng, rng.uniform(0.045, 0.065)).at(x=size * 0.1, y=-size * 0.05, z=gap)
    return laid(rng, join([*parts, key.painted(steel if rng.random() < 0.4 else rgb)]), 0.8)


def _bare(rng: np.random.Generator) -> Mesh:
    """Two handles bent of thin steel strip, with a butterfly key."""
    length, size, gap = rng.uniform(0.11, 0.15), rng.uniform(0.02, 0.028), rng.uniform(0.003, 0.005)
    wide, steel = rng.uniform(0.007, 0.013), metal(rng)
    strips = [ribbon(path, wide, 0.0035) for path in _levers(rng, length, length * rng.uniform(0.07, 0.2))]
    key = _key(rng, rng.uniform(0.04, 0.055)).at(x=size * 0.1, y=-size * 0.05, z=gap)
    return laid(rng, join([_head(rng, size, gap), *strips, key]).painted(steel), 0.85)


def _electric(rng: np.random.Generator) -> Mesh:
    """A tower that leans or bulges, with a lever over the wheels and the magnet at the front of its top."""
    height, width, depth = rng.uniform(0.19, 0.27), rng.uniform(0.1, 0.15), rng.uniform(0.1, 0.14)
    rgb, dark = paint(rng, ("white", "black", "grey", "red", "beige")), paint(rng, ("black", "grey"))
    body = casing(width, depth, height, rng.uniform(0.02, 0.045), 0.015, rng.uniform(0.7, 1.0)).painted(rgb)
    head = (
        casing(width * 0.85, depth * 0.5, height * 0.3, 0.015, 0.008).at(y=height * 0.66, z=depth * 0.35).painted(rgb)
    )
    front, level = depth * 0.6, height * 0.74
    wheel = join([_wheel(0.013, 0.012, 18), _wheel(0.01, 0.006, 0).at(y=0.02, z=0.006)]).at(y=level - 0.01, z=front)
    lever = superellipsoid(width * 0.75, 0.018, 0.035, 0.6).turned("x", -20).at(x=width * 0.1, y=height * 0.93, z=front)
    arm = tube([(width * 0.1, height * 0.97, front), (width * 0.1, level + 0.005, front + 0.008)], 0.006)
    magnet = (
        lathe([(0, 0), (0.012, 0), (0.012, 0.01), (0, 0.01)], 20).turned("x", 90).at(x=-0.025, y=level, z=front + 0.012)
    )
    foot = casing(width * 1.08, depth * 1.1, 0.02, 0.03, 0.008).at(z=0.004).painted(dark)
    small = join([wheel, magnet]).painted(GREY)
    return join([body, head, foot, small, join([lever, arm]).painted(BLACK if rng.random() < 0.5 else dark)])
