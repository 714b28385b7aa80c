"""Parametric pliers."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import metal, paint
from cg3d.data.parametric.primitives import cylinder, loft, smooth, tube
from cg3d.data.parametric.resting import laid
from cg3d.data.parametric.variants import one_of


def pliers(rng: np.random.Generator) -> Mesh:
    """Two levers that cross at a pivot: blunt, long-nosed, cutting or slip-jointed; shut or open, with soft grips."""
    kinds = {
        "combination pliers": (0.24, 0.9, 0.75),
        "needle-nose pliers": (0.42, 0.75, 0.2),
        "diagonal cutters": (0.17, 1.1, 0.3),
        "slip joint pliers": (0.27, 1.0, 0.8),
        "tongue-and-groove pliers": (0.2, 1.0, 0.9),
    }
    builders = {name: lambda rng, shape=shape: _pliers(rng, *shape) for name, shape in kinds.items()}
    return laid(rng, one_of(rng, builders), 0.85)


def _half_jaw(reach: float, root: float, tip: float, thick: float, angle: float) -> Mesh:
    """The half of the jaws at +x, its flat face on x = 0, from the pivot at the origin up."""
    t = np.linspace(0, 1, 8)
    wide = root + (tip - root) * t**0.8
    wide[-1] *= 0.7
    deep = thick * (1 - 0.45 * t)
    rings = []
    for y, x, z in zip(t * reach, wide, deep, strict=True):
        corners = [
            (0.0, y, z / 2),
            (x * 0.75, y, z / 2),
            (x, y, z / 4),
            (x, y, -z / 4),
            (x * 0.75, y, -z / 2),
            (0.0, y, -z / 2),
        ]
        rings.append(corners)
    return loft(np.array(rings)).turned("z", angle)


def _pliers(rng: np.random.Generator, nose: float, broad: float, blunt: float) -> Mesh:
    """
    Args:
        nose: length of the jaws in parts of the whole.
        broad: how broad they are at the pivot.
        blunt: their width at the tip, in parts of that.
    """
    length = rng.uniform(0.11, 0.25)
    reach, grip = length * nose * rng.uniform(0.85, 1.1), length * (1 - nose)
    root, thick = length * 0.062 * broad * rng.uniform(0.85, 1.25), length * rng.uniform(0.045, 0.065)
    bow, spread = length * rng.uniform(0.09, 0.16), -rng.choice([0.0, rng.uniform(2, 14)])
    steel, rgb, fat = metal(rng), paint(rng), length * rng.uniform(0.026, 0.042)
    path = smooth([(0, 0), (-bow * 0.55, -grip * 0.18), (-bow, -grip * 0.5), (-bow * rng.uniform(0.55, 1.1), -grip)], 6)
    line = np.column_stack([path, 0 * path[:, 0]])
    swell = np.interp(np.linspace(0, 1, len(path)), [0, 0.2, 1], [root * 0.7, length * 0.02, length * 0.017])
    arm = tube(line, swell, segments=12, flatten=1.0).scaled(z=0.75)
    parts = [_half_jaw(reach, root, root * blunt, thick, 0).painted(steel), arm.painted(steel)]
    if rng.random() < 0.85:
        cover = line[len(line) // 4 :]
        plump = fat * np.interp(np.linspace(0, 1, len(cover)), [0, 0.06, 0.5, 0.95, 1], [0.7, 1.0, 0.9, 0.85, 0.5])
        parts.append(tube(cover, plump, segments=14, flatten=rng.uniform(0.85, 1.2)).painted(rgb))
    lever = join(parts).turned("z", spread)
    other = lever.turned("y", 180)
    pivot = cylinder(root * 1.05, thick * 1.05, segments=28).turned("x", 90).at(z=-thick * 0.525)
    rivet = cylinder(root * 0.4, thick * 1.35, segments=18).turned("x", 90).at(z=-thick * 0.675)
    return join([lever, other, pivot.painted(steel), rivet.painted(metal(rng))])
