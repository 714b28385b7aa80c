"""Parametric things to hear with: headset, speaker."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cg3d.data.parametric.computers import PLASTICS
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, GREY, metal, paint, wood
from cg3d.data.parametric.primitives import arc, box, cylinder, hoop, lathe, loft, smooth, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def _case(rng: np.random.Generator) -> np.ndarray:
    return paint(rng, PLASTICS) if rng.random() < 0.6 else paint(rng)


def headset(rng: np.random.Generator) -> Mesh:
    """Two padded cups on a band over the head, with or without a microphone; upright or lying on its side."""
    half, rise = rng.uniform(0.07, 0.085), rng.uniform(0.11, 0.14)
    cup, thick = rng.uniform(0.032, 0.048), rng.uniform(0.018, 0.03)
    rgb, pad, flat = _case(rng), paint(rng, ("black", "grey", "brown", "white")), rng.uniform(1.0, 1.3)
    band = tube(
        arc(half + 0.012, rise, 0, 180, 25),
        np.interp(np.abs(np.linspace(-1, 1, 25)), [0, 0.5, 1], [0.012, 0.01, 0.006]),
        flatten=0.5,
    )
    cushion = tube(arc(half, rise - 0.012, 55, 125, 13), 0.011, flatten=0.7).painted(pad)
    shell = (
        lathe([(0, 0), (cup * 0.8, 0), (cup, thick * 0.4), (cup, thick), (0, thick)], 28).turned("z", 90).at(x=thick)
    )
    ring = hoop(cup * 0.72, cup * 0.26, 28).turned("z", 90)
    ear = join([shell.at(x=0.004).painted(rgb), ring.painted(pad)]).scaled(1, flat, 1)
    parts = [band.painted(rgb if rng.random() < 0.6 else metal(rng)), cushion, mirrored(ear.at(x=half, y=-cup * 0.2))]
    if rng.random() < 0.5:
        boom = smooth([(half + 0.02, -cup * 0.2, 0), (half + 0.01, -cup * 0.9, 0.05), (half * 0.5, -cup * 1.3, 0.1)])
        tip = superellipsoid(0.016, 0.014, 0.022).at(*(boom[-1] - (0, 0.007, 0)))
        parts.append(join([tube(boom, 0.003), tip]).painted(BLACK))
    whole = join(parts)
    return (whole.turned("x", 90) if rng.random() < 0.3 else whole).grounded()


def speaker(rng: np.random.Generator) -> Mesh:
    """A cabinet with round drivers, a portable roll, or a smart speaker."""
    return one_of(
        rng,
        {
            "bookshelf speaker": _bookshelf_speaker,
            "tower speaker": _tower_speaker,
            "portable speaker": _roll_speaker,
            "smart speaker": _smart_speaker,
        },
    )


def _driver(radius: float, rgb: np.ndarray) -> Mesh:
    """A ring, a sunk cone and a dust cap that face +z from the plane z = 0."""
    front = [(radius * 0.85, 0.006), (radius * 0.3, -radius * 0.25), (0, -radius * 0.25)]
    cone = lathe([(0, -radius * 0.3), (radius * 0.35, -radius * 0.3), (radius * 0.88, 0.0), *front], 32)
    ring = hoop(radius * 0.9, radius * 0.1, 32).at(y=0.002)
    cap = superellipsoid(radius * 0.6, radius * 0.25, radius * 0.6).at(y=-radius * 0.28)
    return join([cone.painted(GREY * 0.6), ring.painted(BLACK), cap.painted(rgb)]).turned("x", 90)


def _bookshelf_speaker(rng: np.random.Generator) -> Mesh:
    return _cabinet_speaker(rng, 2, rng.uniform(0.14, 0.26))


def _tower_speaker(rng: np.random.Generator) -> Mesh:
    return _cabinet_speaker(rng, int(rng.integers(3, 6)), rng.uniform(0.18, 0.28))


def _cabinet_speaker(rng: np.random.Generator, drivers: int, width: float) -> Mesh:
    """A case with its drivers above each other, the smallest on top."""
    sizes = [width * 0.42] * (drivers - 1) + [width * rng.uniform(0.15, 0.24)]
    depth, margin = width * rng.uniform(0.9, 1.4), width * 0.09
    height = sum(2 * size + margin for size in sizes) + 2 * margin
    rgb, cap = wood(rng) if rng.random() < 0.6 else paint(rng, PLASTICS), paint(rng)
    front, baffle = paint(rng, ("black", "grey", "white")), 0.02 + width * 0.12
    parts, y = [], margin
    for size in sizes:
        y += size + margin / 2
        parts.append(_driver(size, cap).at(y=y, z=depth / 2 + 0.001))
        y += size + margin / 2
    body = [box(width, height, depth - baffle).at(z=-baffle / 2).painted(rgb)]
    frame = _pierced(
        width,
        height,
        baffle,
        [(part.vertices[:, 1].mean(), size * 0.86) for part, size in zip(parts, sizes, strict=True)],
    )
    return join([*body, frame.at(z=depth / 2 - baffle).painted(front), *parts])


def _pierced(width: float, height: float, thick: float, holes: list[tuple[float, float]]) -> Mesh:
    """A board from z = 0 to `thick` with round holes, (y, radius) from below, on its vertical middle line."""
    levels = [
        0.0,
        *((a + b) / 2 + (ra - rb) / 2 for (a, ra), (b, rb) in pairwise(holes)),
        height,
    ]
    turn = np.arange(48) * 2 * np.pi / 48
    unit = np.column_stack([np.cos(turn), np.sin(turn)])
    parts = []
    for (y, radius), low, high in zip(holes, levels[:-1], levels[1:], strict=True):
        reach = np.array([width / 2, (high - low) / 2])
        edge = unit / np.maximum(np.abs(unit[:, :1]), np.abs(unit[:, 1:])) * reach + (0, (low + high) / 2)
        hole = unit * radius + (0, y)
        rings = [(edge, 0.0), (edge, thick), (hole, thick), (hole, 0.0), (edge, 0.0)]
        parts.append(loft(np.stack([np.column_stack([flat, np.full(48, z)]) for flat, z in rings]), capped=False))
    return join(parts)


def _roll_speaker(rng: np.random.Generator) -> Mesh:
    """A lying cylinder, round at its ends, with a grip or a strap."""
    length, radius = rng.uniform(0.17, 0.32), rng.uniform(0.035, 0.06)
    rgb, trim = paint(rng), paint(rng, PLASTICS)
    roll = lathe(
        [
            (0, 0),
            (radius * 0.6, 0),
            (radius * 0.62, 0.012),
            (radius, 0.02),
            (radius, length - 0.02),
            (radius * 0.62, length - 0.012),
            (radius * 0.6, length),
            (0, length),
        ]
    )
    ends = [hoop(radius * 0.8, radius * 0.2).at(y=y) for y in (0.014, length - 0.014)]
    body = join([roll.painted(rgb), *(end.painted(trim) for end in ends)]).at(y=-length / 2).turned("z", 90)
    grip = (
        tube(arc(length * 0.42, radius * rng.uniform(1.8, 2.6)), 0.008, flatten=1.4)
        if rng.random() < 0.5
        else box(length * 0.5, 0.012, 0.02).at(y=radius - 0.004)
    )
    feet = box(length * 0.6, 0.01, radius).at(y=-radius - 0.004)
    return join([body, join([grip, feet]).painted(trim)]).grounded()


def _smart_speaker(rng: np.random.Generator) -> Mesh:
    """A cloth-covered can or ball with a flat top and a ring of light."""
    radius, rgb = rng.uniform(0.04, 0.075), _case(rng)
    height = radius * rng.uniform(0.9, 3.4)
    squareness = rng.uniform(0.25, 0.75)
    t = np.linspace(-0.9, 0.9, 15)
    wall = np.column_stack([radius * (1 - np.abs(t) ** (2 + 8 * squareness)) ** 0.5, height * (t + 0.9) / 1.8])
    top = wall[-1, 0]
    light = hoop(top * 0.85, 0.003).at(y=height + 0.001).painted(paint(rng, ("blue", "turquoise", "white", "red")))
    return join(
        [
            lathe([(0, 0), *wall, (0, height)]).painted(rgb),
            light,
            cylinder(top * 0.7, 0.004).at(y=height - 0.001).painted(BLACK),
        ]
    )
