"""Parametric tools: hammer, ladder."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import METALS, metal, paint, wood
from cg3d.data.parametric.primitives import beam, box, cylinder, extrude, lathe, rod, smooth, superellipsoid, tube


def hammer(rng: np.random.Generator) -> Mesh:
    """A handle with a head across it: claw, sledge, ball-peen or mallet; lying or standing on its handle."""
    length, radius = rng.uniform(0.25, 0.42), rng.uniform(0.011, 0.018)
    grip, steel = (wood(rng) if rng.random() < 0.5 else paint(rng)), metal(rng)
    knots = smooth([(0.95, 0.0), (1.15, 0.12), (0.8, 0.45), (0.75, 1.0)]) * (radius, length)
    handle = lathe([(0, 0), *knots, (0, length)], 20).scaled(z=rng.uniform(0.65, 1.0)).painted(grip)
    kinds = {"claw": _claw_head, "sledge": _sledge_head, "ball": _ball_head, "mallet": _mallet_head}
    kind = str(rng.choice(["claw", "claw", "sledge", "ball", "mallet"]))
    head = kinds[kind](rng).at(y=length * 0.97).painted(wood(rng) if kind == "mallet" and rng.random() < 0.6 else steel)
    whole = join([handle, head])
    return (whole.turned("x", 90) if rng.random() < 0.6 else whole).grounded()


def _face(rng: np.random.Generator, reach: float, radius: float) -> Mesh:
    """The striking half of a head, from the axis of the handle to x = `reach`."""
    neck = radius * rng.uniform(0.6, 0.85)
    profile = [(0, 0), (neck, 0), (neck, reach * 0.6), (radius, reach * 0.68), (radius, reach), (0, reach)]
    return lathe(profile, int(rng.choice([8, 24]))).turned("z", -90)


def _claw_head(rng: np.random.Generator) -> Mesh:
    reach, radius = rng.uniform(0.045, 0.065), rng.uniform(0.012, 0.017)
    eye = superellipsoid(radius * 2, radius * 2.2, radius * 2, 0.8).at(y=-radius * 1.1)
    back, drop = rng.uniform(0.055, 0.085), rng.uniform(0.01, 0.045)
    curve = smooth([(0.0, 0.002, 0.004), (-back * 0.5, 0.0, 0.007), (-back, -drop, 0.011)])
    prong = tube(curve, np.linspace(radius * 0.6, 0.0025, len(curve)), flatten=1.0)
    return join([_face(rng, reach, radius), eye, mirrored(prong, "z")])


def _sledge_head(rng: np.random.Generator) -> Mesh:
    reach, half = rng.uniform(0.045, 0.075), rng.uniform(0.016, 0.028)
    outline = [(-half, -half * 0.6), (-half * 0.6, -half), (half * 0.6, -half), (half, -half * 0.6)]
    outline += [(-x, -y) for x, y in outline]
    return extrude(outline, 2 * reach).turned("y", 90)


def _ball_head(rng: np.random.Generator) -> Mesh:
    reach, radius = rng.uniform(0.04, 0.06), rng.uniform(0.012, 0.017)
    ball = superellipsoid(2 * radius, 2 * radius, 2 * radius).at(x=-reach * 0.75, y=-radius)
    neck = rod((0, 0, 0), (-reach * 0.7, 0, 0), radius * 0.75)
    return join([_face(rng, reach, radius), neck, ball])


def _mallet_head(rng: np.random.Generator) -> Mesh:
    reach, radius = rng.uniform(0.05, 0.085), rng.uniform(0.026, 0.042)
    if rng.random() < 0.5:
        return cylinder(radius, 2 * reach).at(y=-reach).turned("z", 90)
    return superellipsoid(2 * reach, 2 * radius, 2 * radius * 0.8, 0.95).at(y=-radius)


def ladder(rng: np.random.Generator) -> Mesh:
    """A straight ladder, or a step ladder that stands on four legs."""
    rungs, pitch = int(rng.integers(3, 11)), rng.uniform(0.22, 0.32)
    height, width = (rungs + 0.6) * pitch, rng.uniform(0.32, 0.5)
    taper, rail = rng.uniform(0.0, 0.12), rng.uniform(0.018, 0.03)
    rgb = wood(rng) if rng.random() < 0.5 else paint(rng, (*METALS, "red", "yellow", "blue"))
    flat = rng.random() < 0.5
    front = [mirrored(beam((width / 2 + taper, 0, 0), (width / 2, height, 0), rail, rail * 2.2))]
    for k in range(rungs):
        y = (k + 0.8) * pitch
        half = width / 2 + taper * (1 - y / height)
        step = beam((-half, y, 0), (half, y, 0), 0.09, 0.02) if flat else rod((-half, y, 0), (half, y, 0), rail * 0.6)
        front.append(step)
    ladder = join(front)
    if rungs <= 7 and rng.random() < 0.6:
        return _step_ladder(ladder, rng.uniform(11, 17), height, width, taper, rail).painted(rgb).grounded()
    return ladder.turned("x", -rng.choice([0.0, rng.uniform(4, 16)])).painted(rgb).grounded()


def _step_ladder(front: Mesh, lean: float, height: float, width: float, taper: float, rail: float) -> Mesh:
    """The ladder leaned back against a lighter pair of legs, with a platform on top."""
    back = mirrored(beam((width / 2 + taper, 0, 0), (width / 2, height, 0), rail * 0.8, rail * 1.4))
    brace = rod((-width / 2, height * 0.4, 0), (width / 2, height * 0.4, 0), rail * 0.4)
    top = box(width + rail, 0.03, 0.2).at(y=height * np.cos(np.radians(lean)) - 0.02)
    spread = height * np.sin(np.radians(lean))
    return join([front.turned("x", -lean).at(z=spread), join([back, brace]).turned("x", lean).at(z=-spread), top])
