"""Parametric guitars."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, GREY, metal, paint, wood
from cg3d.data.parametric.primitives import box, cylinder, extrude, rod, smooth, superellipsoid, tube
from cg3d.data.parametric.variants import one_of, posed


def guitar(rng: np.random.Generator) -> Mesh:
    """A waisted body with a neck, frets, strings and pegs: acoustic, electric or a ukulele."""
    kinds = {"acoustic guitar": _acoustic, "electric guitar": _electric, "soprano ukulele": _ukulele}
    return posed(rng, one_of(rng, kinds).grounded())


def _waisted(lower: float, upper: float, waist: float, length: float, cutaway: float = 0.0) -> np.ndarray:
    """(K, 2) outline of a body from y = 0 to `length` by its three half widths; the upper bout's +x side cut by `cutaway`."""
    knots = [
        (0, 0.0),
        (0.72 * lower, 0.035),
        (lower, 0.27),
        (waist, 0.58),
        (upper, 0.83),
        (0.6 * upper, 0.985),
        (0, 1.0),
    ]
    right = smooth(np.array(knots), 6) * (1, length)
    left = (right * (-1, 1))[::-1]
    t = right[:, 1] / length
    right = right * np.column_stack([1 - cutaway * np.clip((t - 0.6) / 0.3, 0, 1), np.ones(len(t))])
    return np.concatenate([right[:-1], left[:-1]])


def _acoustic(rng: np.random.Generator) -> Mesh:
    return _hollow_guitar(rng, rng.uniform(0.46, 0.52), rng.uniform(0.09, 0.12), 6)


def _ukulele(rng: np.random.Generator) -> Mesh:
    return _hollow_guitar(rng, rng.uniform(0.22, 0.3), rng.uniform(0.055, 0.07), 4)


def _hollow_guitar(rng: np.random.Generator, length: float, deep: float, strings: int) -> Mesh:
    """A box with a pale top, a round hole with its rosette, and a bridge."""
    lower, back = length * rng.uniform(0.36, 0.41), wood(rng)
    upper, waist = lower * rng.uniform(0.7, 0.8), lower * rng.uniform(0.58, 0.68)
    outline = _waisted(lower, upper, waist, length, float(rng.choice([0.0, 0.0, 0.4])))
    top = wood(rng) if rng.random() < 0.7 else paint(rng)
    parts = [
        extrude(outline, deep).painted(back),
        extrude(outline * (0.985, 0.995), 0.006).at(y=0.001, z=deep / 2).painted(top),
    ]
    hole = cylinder(length * 0.1, 0.004).turned("x", 90).at(y=length * 0.64, z=deep / 2 + 0.002)
    ring = cylinder(length * 0.125, 0.002).turned("x", 90).at(y=length * 0.64, z=deep / 2 + 0.002)
    bridge = box(length * 0.3, length * 0.05, 0.012).at(y=length * 0.25, z=deep / 2 + 0.007)
    parts += [
        hole.painted(BLACK),
        ring.painted(paint(rng, ("brown", "beige", "black"))),
        bridge.painted(paint(rng, ("brown", "black"))),
    ]
    neck = _neck(
        rng,
        length * 0.28,
        length * rng.uniform(1.85, 2.05),
        length * 0.95,
        0.055 * length / 0.48,
        strings,
        deep / 2 + 0.004,
        back,
    )
    return join([*parts, neck])


def _neck(
    rng: np.random.Generator,
    bridge: float,
    nut: float,
    joint: float,
    width: float,
    strings: int,
    front: float,
    rgb: np.ndarray,
) -> Mesh:
    """From the body at y = `joint` to the nut at y = `nut`: neck, frets, head with pegs, and strings from the bridge."""
    slim, start = width * 0.42, joint - 0.2 * (nut - joint)
    rear = tube(
        [(0, joint * 0.97, front - slim * 0.4), (0, nut, front - slim * 0.3)], [width * 0.5, width * 0.42], flatten=0.8
    )
    board = extrude([(-width / 2, start), (width / 2, start), (width * 0.42, nut), (-width * 0.42, nut)], 0.008)
    frets = [
        box(width * 0.95, 0.003, 0.004).at(
            y=start + (nut - start) * (1 - 2 ** (-k / 12)) / (1 - 2 ** (-15 / 12)), z=0.005
        )
        for k in range(1, 15)
    ]
    lines = [
        rod((x, bridge, front + 0.008), (x * 0.85, nut, front + 0.007), 0.0011)
        for x in np.linspace(-0.38, 0.38, strings) * width
    ]
    overlay = [board.painted(paint(rng, ("black", "brown"))), join(frets).painted(metal(rng))]
    fingerboard = join(overlay).at(z=front + 0.002)
    top = _headstock(rng, width, strings, rgb).turned("x", -9).at(y=nut, z=front - 0.002)
    return join([rear.painted(rgb), fingerboard, top, join(lines).painted(GREY)])


def _headstock(rng: np.random.Generator, width: float, strings: int, rgb: np.ndarray) -> Mesh:
    """The head above y = 0 with its pegs: half of them at either side, or all in one row."""
    long, wide = width * rng.uniform(2.8, 3.6), width * rng.uniform(0.55, 0.7)
    right = [(width * 0.42, 0), (wide, long * 0.2), (wide * 0.9, long)]
    head = extrude([*right, *((-x, y) for x, y in reversed(right))], 0.016)
    one_side = rng.random() < 0.3 and strings == 6
    count = strings if one_side else strings // 2
    pin = rod((wide * 0.8, 0, 0), (wide * 1.35, 0, 0), 0.004)
    button = superellipsoid(width * 0.25, width * 0.3, 0.009, 0.4).at(wide * 1.5, -width * 0.15)
    row = join([join([pin, button]).at(y=long * (0.25 + 0.65 * k / count)) for k in range(count)])
    return join([head.painted(rgb), (row if one_side else mirrored(row)).painted(metal(rng))])


def _electric(rng: np.random.Generator) -> Mesh:
    """A thin solid body with horns or points, pick-ups, knobs and a long neck."""
    length, thick, rgb = rng.uniform(0.38, 0.46), rng.uniform(0.036, 0.05), paint(rng)
    shapes = [_horned, _single_cut, _flying_v]
    outline = shapes[rng.integers(3)](rng) * length
    parts = [extrude(outline, thick).painted(rgb)]
    front = thick / 2
    if rng.random() < 0.5:
        guard = extrude(
            [(0.02, 0.1), (0.22, 0.25), (0.13, 0.55), (0.12, 0.75), (-0.08, 0.7), (-0.1, 0.3)] * np.array(length), 0.003
        )
        parts.append(guard.at(z=front + 0.001).painted(paint(rng, ("white", "black", "beige"))))
    pickup = (
        superellipsoid(0.085, 0.022, 0.016, 0.8).at(z=front + 0.003).painted(paint(rng, ("black", "white", "grey")))
    )
    parts += [pickup.at(y=y) for y in np.linspace(0.36, 0.66, int(rng.integers(2, 4))) * length]
    parts.append(box(0.085, 0.025, 0.016).at(y=0.25 * length, z=front + 0.006).painted(metal(rng)))
    knob = cylinder(0.011, 0.016).turned("x", 90)
    parts += [
        knob.at(x=0.24 * length, y=(0.16 + 0.09 * k) * length, z=front).painted(metal(rng))
        for k in range(int(rng.integers(2, 4)))
    ]
    neck = _neck(rng, 0.27 * length, length * rng.uniform(1.95, 2.15), length * 0.85, 0.05, 6, front + 0.004, wood(rng))
    return join([*parts, neck])


def _horned(rng: np.random.Generator) -> np.ndarray:
    """A body with two horns beside the neck, one long."""
    horn = rng.uniform(0.92, 1.05)
    knots = [(0.02, 0), (0.33, 0.06), (0.4, 0.3), (0.28, 0.55), (0.33, 0.78), (0.27, 0.88), (0.16, 0.72), (0.0, 0.74)]
    knots += [
        (-0.13, 0.78),
        (-0.27, horn),
        (-0.33, horn * 0.92),
        (-0.29, 0.62),
        (-0.41, 0.32),
        (-0.33, 0.06),
        (0.02, 0),
    ]
    return smooth(knots, 5)[:-1]


def _single_cut(rng: np.random.Generator) -> np.ndarray:
    return _waisted(0.4, 0.3, 0.25, 1.0, rng.uniform(0.45, 0.6)) * (1, 0.95)


def _flying_v(rng: np.random.Generator) -> np.ndarray:
    spread = rng.uniform(0.42, 0.52)
    return np.array(
        [
            (0.0, 0.34),
            (spread - 0.18, -0.05),
            (spread, 0.0),
            (0.13, 0.85),
            (0.0, 0.9),
            (-0.13, 0.85),
            (-spread, 0.0),
            (0.18 - spread, -0.05),
        ]
    )
