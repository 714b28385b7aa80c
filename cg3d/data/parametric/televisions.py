"""Parametric television sets."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import casing, panelled
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, METALS, paint, wood
from cg3d.data.parametric.primitives import cylinder, rod, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def television_set(rng: np.random.Generator) -> Mesh:
    """A flat screen on a foot or on two feet, or a deep box with a tube, its knobs and aerials."""
    return one_of(rng, {"flat-screen television": _flat} if rng.random() < 0.65 else {"tube television": _tube})


def _front(rng: np.random.Generator, wide: float, tall: float, thick: float, edge: float, rgb: np.ndarray) -> Mesh:
    """A plate upright on y = 0 that looks to +z, with the screen in its border."""
    shade = np.array([0.07, 0.08, 0.1]) + rng.uniform(0, 0.06) if rng.random() < 0.8 else paint(rng) * 0.8
    screen = (wide - 2 * edge, tall - 2.4 * edge, 0.0, shade)
    plate = panelled((wide, tall, thick), edge * 0.4, min(thick * 0.2, edge * 0.4), rgb, [screen])
    return plate.turned("x", 90).at(y=tall / 2)


def _flat(rng: np.random.Generator) -> Mesh:
    wide = rng.uniform(0.5, 1.6)
    tall, thick, edge = wide * rng.uniform(0.56, 0.62), rng.uniform(0.02, 0.07), wide * rng.uniform(0.008, 0.04)
    rgb, lift = paint(rng, ("black", "black", "black", "grey", "white")), wide * rng.uniform(0.04, 0.1)
    screen = _front(rng, wide, tall, thick, edge, rgb).at(y=lift)
    hump = casing(wide * 0.7, 0.05, tall * 0.55, 0.02, 0.015).at(y=lift + tall * 0.08, z=-0.015).painted(BLACK)
    if rng.random() < 0.5:
        foot = casing(wide * rng.uniform(0.3, 0.55), wide * 0.2, 0.014, wide * rng.uniform(0.02, 0.1), 0.005)
        neck = casing(wide * rng.uniform(0.06, 0.2), 0.04, lift + 0.05, 0.015, 0.004).at(y=0.005)
        stand = join([foot, neck])
    else:
        spread, reach = wide * rng.uniform(0.3, 0.44), wide * 0.11
        leg = tube([(spread, 0.006, -reach), (spread * 0.97, lift + 0.01, 0.01), (spread, 0.006, reach)], 0.008)
        stand = mirrored(leg)
    return join([screen, hump, stand.painted(rgb if rng.random() < 0.6 else paint(rng, METALS))]).grounded()


def _tube(rng: np.random.Generator) -> Mesh:
    """A cabinet that narrows to the back behind a bulging screen, keys beside or below it."""
    wide = rng.uniform(0.35, 0.75)
    tall, deep = wide * rng.uniform(0.72, 0.9), wide * rng.uniform(0.6, 0.85)
    rgb = wood(rng) if rng.random() < 0.3 else paint(rng, ("black", "black", "grey", "red", "white", "beige"))
    beside = rng.random() < 0.4
    front = casing(wide, tall, deep * 0.4, wide * 0.03, wide * 0.015).turned("x", 90).at(y=tall / 2, z=0)
    back = (
        casing(wide * 0.92, tall * 0.92, deep * 0.6, wide * 0.06, wide * 0.02, 0.62)
        .turned("x", -90)
        .at(y=tall * 0.48, z=0.01)
    )
    share, low = (0.68, 0.1) if beside else (0.84, 0.2)
    bulge = superellipsoid(wide * share, tall * (0.94 - low), wide * 0.07, 0.75)
    glass = bulge.at(x=-wide * 0.11 if beside else 0, y=tall * low, z=deep * 0.4 - wide * 0.008)
    knob = cylinder(wide * 0.03, wide * 0.03, segments=20).turned("x", 90)
    places = [(0.37, 0.75), (0.37, 0.55)] if beside else [(0.25, 0.1), (0.35, 0.1)]
    knobs = [knob.at(x=x * wide, y=y * tall, z=deep * 0.4 - 0.002) for x, y in places]
    parts = [join([front, back]).painted(rgb), glass.painted(np.array([0.18, 0.2, 0.2])), join(knobs).painted(BLACK)]
    if rng.random() < 0.4:
        ears = [rod((0, tall, -0.02), (x * wide * 0.4, tall + wide * 0.5, -0.02), 0.003) for x in (-1, 0.7)]
        parts.append(join([*ears, superellipsoid(0.07, 0.03, 0.06).at(y=tall - 0.004, z=-0.02)]).painted(BLACK))
    return join(parts).grounded()
