"""Parametric mallets."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import casing
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, COLOURS, metal, paint, wood
from cg3d.data.parametric.primitives import box, cylinder, lathe, smooth, superellipsoid
from cg3d.data.parametric.resting import laid
from cg3d.data.parametric.variants import one_of

RUBBERS = ("black", "black", "white", "grey", "red", "orange")


def mallet(rng: np.random.Generator) -> Mesh:
    """A big soft or wooden head on a handle, a plastic one filled with shot, or a toothed one for meat."""
    kinds = {"rubber mallet": _rubber, "wooden mallet": _wooden, "dead blow mallet": _dead_blow, "meat mallet": _meat}
    return laid(rng, one_of(rng, kinds), 0.65)


def _handle(rng: np.random.Generator, length: float, radius: float) -> Mesh:
    """A turned handle from y = 0 up, oval, swollen where it is held."""
    knots = [(rng.uniform(0.8, 1.1), 0.0), (rng.uniform(1.0, 1.3), 0.1), (0.9, 0.4), (0.8, 0.7), (0.75, 1.0)]
    profile = smooth(knots, 5) * (radius, length)
    return lathe([(0, 0), *profile, (0, length)], 20).scaled(z=rng.uniform(0.65, 1.0))


def _rubber(rng: np.random.Generator) -> Mesh:
    """A drum across a handle, its faces flat or one of them domed, its sides straight or waisted."""
    length, radius = rng.uniform(0.24, 0.36), rng.uniform(0.024, 0.045)
    reach, bulge = radius * rng.uniform(1.15, 1.7), rng.uniform(-0.14, 0.12)
    edge = radius * rng.uniform(0.05, 0.25)
    y = np.linspace(-reach + edge, reach - edge, 9)
    side = np.column_stack([radius * (1 + bulge * (1 - (y / reach) ** 2)), y])
    dome = rng.choice([0.0, radius * 0.25])
    ends = [(0, -reach), (side[0, 0] - edge, -reach), *side, (side[-1, 0] - edge, reach), (0, reach + dome)]
    head = lathe(ends, 32).turned("z", 90).at(y=length + radius * 0.6).painted(paint(rng, RUBBERS))
    if rng.random() < 0.25:  # faces that screw on
        cap = cylinder(radius * 0.98, reach * 0.35, segments=32).at(y=reach * 0.82).turned("z", -90)
        head = join([head, cap.at(y=length + radius * 0.6).painted(paint(rng))])
    parts = [head, _handle(rng, length + radius, rng.uniform(0.012, 0.017)).painted(wood(rng))]
    if rng.random() < 0.4:
        grip = lathe(
            [(0, 0), *smooth([(0.9, 0), (1.1, 0.1), (0.95, 0.6), (1.05, 1)], 5) * (0.018, 0.12), (0, 0.12)], 20
        )
        parts.append(grip.painted(paint(rng)))
    return join(parts)


def _wooden(rng: np.random.Generator) -> Mesh:
    """A joiner's mallet, a block with slanting faces, or a carver's, a turned bell in line with the handle."""
    rgb, pale = wood(rng), wood(rng)
    length = rng.uniform(0.2, 0.32)
    if rng.random() < 0.4:
        wide, tall = rng.uniform(0.03, 0.055), rng.uniform(0.11, 0.16)
        bell = smooth([(0.55, 0.0), (0.8, 0.2), (0.95, 0.7), (1.0, 0.95), (0.85, 1.0)], 5) * (wide, tall)
        head = lathe([(0, 0), *bell, (0, tall)], 32).at(y=length * 0.5).painted(rgb)
        return join([head, _handle(rng, length * 0.55, 0.016).painted(rgb if rng.random() < 0.5 else pale)])
    wide, tall, deep = rng.uniform(0.11, 0.17), rng.uniform(0.065, 0.1), rng.uniform(0.05, 0.075)
    block = casing(wide * 1.0, deep, tall, 0.005, 0.004, rng.uniform(1.0, 1.15)).at(y=length).painted(rgb)
    shaft = casing(0.032, 0.022, length + tall + 0.012, 0.008, 0.004, rng.uniform(1.0, 1.2)).painted(pale)
    return join([block, shaft])


def _dead_blow(rng: np.random.Generator) -> Mesh:
    """One piece of coloured plastic: two fat faces, a narrower middle and a long grip."""
    length, radius = rng.uniform(0.24, 0.33), rng.uniform(0.024, 0.038)
    reach, rgb = (
        radius * rng.uniform(1.4, 1.8),
        paint(rng, ("orange", "orange", "yellow", "red", "black", "blue", "green")),
    )
    step = radius * rng.uniform(0.75, 0.92)
    half = [(step, 0.0), (step, reach * 0.35), (radius, reach * 0.5), (radius, reach * 0.95), (radius * 0.93, reach)]
    profile = [(0, -reach), *((r, -y) for r, y in half[::-1]), *half[1:], (0, reach)]
    head = lathe(profile, 32).turned("z", 90).at(y=length)
    neck = superellipsoid(radius * 1.3, radius * 3, radius * 1.3, 0.5).at(y=length - radius * 2.2)
    stick = _handle(rng, length, rng.uniform(0.013, 0.018))
    whole = join([head, neck, stick]).painted(rgb)
    return whole.banded(0.0, length * 0.42, BLACK) if rng.random() < 0.5 else whole


def _meat(rng: np.random.Generator) -> Mesh:
    """A small head with rows of pyramids on a face, of metal or of wood, on a slim handle."""
    length, half, reach = rng.uniform(0.17, 0.23), rng.uniform(0.019, 0.03), rng.uniform(0.024, 0.04)
    rgb = metal(rng) if rng.random() < 0.7 else wood(rng)
    waist = box(2 * half * 0.9, 1.2 * reach, 2 * half * 0.9).at(y=-0.6 * reach)
    plate = casing(2 * half, 2 * half, reach * 0.5, 0.003, 0.002)
    rows = int(rng.integers(3, 6))
    spots, size = (np.arange(rows) + 0.5) * 2 * half / rows - half, half / rows
    tooth = cylinder(size * 1.3, size * 1.3, size * 0.15, segments=4).turned("y", 45)
    teeth = join([tooth.at(x=x, z=z, y=reach) for x in spots for z in spots])
    head = join([waist, plate.at(y=reach * 0.5), plate.at(y=-reach), teeth]).turned("z", 90).at(y=length + half * 0.8)
    stick = _handle(rng, length, rng.uniform(0.008, 0.012)).painted(rgb if rng.random() < 0.6 else paint(rng))
    knob = superellipsoid(0.022, 0.018, 0.02).at(y=-0.006).painted(np.array(COLOURS["grey"]))
    return join([head.painted(rgb), stick, knob] if rng.random() < 0.5 else [head.painted(rgb), stick])
