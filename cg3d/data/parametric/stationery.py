"""Parametric things of a desk drawer: pen, pencil case, stapler."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import casing, panelled
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, GREY, metal, paint
from cg3d.data.parametric.primitives import arc, cylinder, lathe, ribbon, smooth, superellipsoid, tube
from cg3d.data.parametric.resting import laid
from cg3d.data.parametric.variants import one_of


def stapler(rng: np.random.Generator) -> Mesh:
    """A base and a magazine hinged at the back under a curved arm, open by a few degrees; now and then upright."""
    length = rng.uniform(0.065, 0.19)
    wide, tall = max(length * rng.uniform(0.18, 0.26), 0.024), length * rng.uniform(0.12, 0.19)
    rgb, foot = paint(rng), rng.uniform(0.006, 0.012)
    base = casing(length * rng.uniform(0.85, 1.02), wide, foot, wide * 0.3, foot * 0.3).painted(
        rgb if rng.random() < 0.4 else BLACK
    )
    anvil = casing(wide * 0.5, wide * 0.55, 0.002, 0.002, 0.0005).at(x=length * 0.38, y=foot - 0.0006).painted(GREY)
    rail = casing(length * 0.86, wide * 0.55, tall * 0.45, 0.003, 0.002).at(x=-0.01).painted(metal(rng))
    arm = _arm(rng, length, wide, tall).at(y=tall * 0.32).painted(rgb)
    angle = rng.uniform(5, 14) if rng.random() < 0.85 else rng.uniform(25, 60)
    upper = join([rail, arm]).at(x=length * 0.46).turned("z", angle).at(x=-length * 0.46, y=foot + 0.003)
    hinge = casing(length * 0.14, wide * 0.92, foot + tall * 0.75, 0.005, 0.003).at(x=-length * 0.42).painted(rgb)
    whole = join([base, anvil, upper, hinge])
    return whole.turned("z" if rng.random() < 0.6 else "x", 90).grounded() if rng.random() < 0.2 else whole.grounded()


def _arm(rng: np.random.Generator, length: float, wide: float, tall: float) -> Mesh:
    """The part one presses, along x: domed across and along, blunt or drooping in front."""
    droop = rng.uniform(-0.05, 0.3) * tall
    path = smooth(
        [
            (-length * 0.49, tall * 0.35),
            (-length * 0.2, tall * 0.55),
            (length * 0.3, tall * 0.5),
            (length * 0.5, tall * 0.4 - droop),
        ],
        6,
    )
    share = np.linspace(0, 1, len(path))
    size = np.interp(share, [0, 0.05, 0.3, 0.9, 1], [0.6, 0.9, 1.0, 0.9, 0.55])
    body = tube(np.column_stack([path, 0 * share]), size * wide / 2, segments=18)
    height = body.vertices[:, 1] - np.interp(body.vertices[:, 0], path[:, 0], path[:, 1])
    flat = Mesh(body.vertices.copy(), body.faces, body.face_rgb)
    flat.vertices[:, 1] -= height * (1 - tall / wide * 0.9)
    return flat


def pen(rng: np.random.Generator) -> Mesh:
    """A ball-point pen with its button, a capped pen or a fat marker; lying, or now and then upright."""
    length = rng.uniform(0.115, 0.155)
    radius, rgb, trim = rng.uniform(0.004, 0.0105), paint(rng), paint(rng, ("black", "grey", "white", "blue", "red"))
    taper, cap = length * rng.uniform(0.08, 0.16), length * rng.uniform(0.28, 0.42)
    tip = [(0, 0), (radius * 0.15, 0), (radius * 0.25, taper * 0.25), (radius * 0.95, taper), (radius, taper * 1.2)]
    body = lathe([*tip, (radius, length * 0.97), (radius * 0.8, length), (0, length)], 20).painted(rgb)
    parts = [body.banded(-1, taper, trim)]
    if rng.random() < 0.5:
        button = cylinder(radius * 0.5, length * 0.05, segments=14).at(y=length * 0.99)
        parts.append(button.painted(trim))
    else:
        end = 0.0 if rng.random() < 0.6 else length
        cover = lathe([(0, -0.002), (radius * 0.8, -0.002), (radius * 1.18, 0.003), (radius * 1.18, cap), (0, cap)], 20)
        cover = cover if end == 0 else cover.turned("z", 180)
        parts.append(cover.at(y=end).painted(trim))
    clip = ribbon([(0, length * 0.62), (0.0, length * 0.94)], radius * 0.5, radius * 0.18).turned("y", -90)
    arm = superellipsoid(radius * 0.5, radius * 0.6, radius * 1.2, 0.6).at(y=length * 0.92, z=radius * 0.8)
    parts.append(join([clip.at(z=radius * 1.3), arm]).painted(trim))
    return laid(rng, join(parts), 0.9)


def pencil_case(rng: np.random.Generator) -> Mesh:
    """A soft pouch with a zip along its top, a round one, or a hard tin or box."""
    return one_of(rng, {"pencil pouch": _pouch, "round pencil case": _barrel, "pencil box": _tin})


def _zip(length: float, bow: float, wide: float) -> Mesh:
    """Tape along x over y = 0 that sags to `bow` at its ends, with a pull tab."""
    x = np.linspace(-1, 1, 11)
    tape = ribbon(np.column_stack([x * length / 2, -bow * np.abs(x) ** 2.5]), wide, 0.002)
    tab = casing(0.022, 0.007, 0.003, 0.003, 0.001).at(x=length * 0.42, y=-bow * 0.7)
    return join([tape.painted(BLACK), tab.painted(GREY)])


def _pouch(rng: np.random.Generator) -> Mesh:
    """Flat or stuffed, lying on its broad side or standing on its gusset."""
    length, tall, deep = rng.uniform(0.18, 0.24), rng.uniform(0.07, 0.12), rng.uniform(0.02, 0.06)
    rgb = paint(rng)
    body = superellipsoid(length, tall, deep, rng.uniform(0.55, 0.8))
    squeeze = 1 - rng.uniform(0.4, 0.85) * np.clip(body.vertices[:, 1] / tall, 0, 1) ** 1.5
    wave = 0.05 * np.sin(body.vertices[:, 0] / length * rng.uniform(6, 14) + rng.uniform(0, 6)) * deep
    bag = Mesh(body.vertices + np.outer(wave, (0, 0, 1)), body.faces, body.face_rgb)
    bag.vertices[:, 2] *= squeeze
    bag = bag.painted(rgb)
    if rng.random() < 0.4:
        bag = bag.banded(-1, tall * rng.uniform(0.25, 0.5), paint(rng))
    whole = join([bag, _zip(length * 0.9, tall * 0.08, 0.012).at(y=tall * 1.0)])
    return (whole.turned("x", -90) if rng.random() < 0.7 else whole).grounded()


def _barrel(rng: np.random.Generator) -> Mesh:
    length, radius = rng.uniform(0.18, 0.23), rng.uniform(0.026, 0.042)
    edge = radius * rng.uniform(0.08, 0.4)
    side = [(radius - edge, 0), (radius, edge), (radius, length - edge), (radius - edge, length)]
    body = lathe([(0, 0), *side, (0, length)], 28).turned("z", 90).at(x=length / 2).painted(paint(rng))
    ends = [
        superellipsoid(edge + 0.004, radius * 1.7, radius * 1.7, 0.2).at(x=x * length / 2, y=-radius * 0.85)
        for x in (-1, 1)
    ]
    parts = [body, join(ends).painted(paint(rng)), _zip(length * 0.9, 0.0, 0.012).at(y=radius * 1.0)]
    if rng.random() < 0.4:
        parts.append(tube(arc(0.012, 0.03), 0.003).turned("z", -90).at(x=length / 2).painted(BLACK))
    return join(parts).turned("x", rng.uniform(-60, 60)).grounded()


def _tin(rng: np.random.Generator) -> Mesh:
    length, deep, tall = rng.uniform(0.18, 0.22), rng.uniform(0.06, 0.09), rng.uniform(0.02, 0.045)
    rgb, corner = paint(rng), rng.uniform(0.006, 0.03)
    low = casing(length, deep, tall * 0.6, corner, 0.003).painted(rgb)
    picture = (length * rng.uniform(0.5, 0.88), deep * rng.uniform(0.5, 0.85), 0.0, paint(rng))
    lid = panelled((length * 1.015, deep * 1.02, tall * 0.45), corner, tall * 0.12, rgb, [picture]).at(y=tall * 0.55)
    latch = casing(0.02, 0.005, tall * 0.5, 0.002, 0.001).at(y=tall * 0.35, z=deep * 0.51).painted(metal(rng))
    return join([low, lid, latch])
