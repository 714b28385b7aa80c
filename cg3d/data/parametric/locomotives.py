"""Locomotives of toy trains, along x, the chimney ahead; each is one long."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.bodies import blob
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, paint
from cg3d.data.parametric.primitives import (
    arc,
    beam,
    box,
    cylinder,
    extrude,
    lathe,
    loft,
    rod,
    superellipsoid,
)
from cg3d.data.parametric.train_cars import wheels


def steam(rng: np.random.Generator, toy: bool = False) -> Mesh:
    """Boiler with bands, chimney, domes, a cab with windows, driving wheels with a rod, buffers or a cow-catcher."""
    rgb, second, dark = paint(rng), paint(rng), paint(rng, ("black", "black", "red", "grey"))
    half, floor = rng.uniform(0.14, 0.18), rng.uniform(0.14, 0.2)
    radius = half * rng.uniform(0.85, 1.05)
    axis, cab = floor + radius * 1.08, rng.uniform(0.24, 0.34)
    front, back = 0.48, -0.5 + cab
    parts = [box(1.0, 0.06, half * 2).at(0, floor - 0.04).painted(dark)]
    boiler = cylinder(radius, front - back, segments=28).turned("z", -90).at(back, axis)
    bands = [
        cylinder(radius * 1.04, 0.02, segments=28).turned("z", -90).at(x, axis)
        for x in np.linspace(back + 0.08, front - 0.03, 4)
    ]
    door = blob(0.1, radius * 1.7, radius * 1.7).at(front, axis)
    parts += [
        boiler.painted(rgb),
        join(bands).painted(second),
        door.painted(dark if rng.random() < 0.6 else paint(rng, ("grey", "white"))),
    ]
    if toy and rng.random() < 0.5:
        nose = [
            blob(0.1, 0.07, 0.07).at(front + 0.06, axis),
            mirrored(blob(0.04, 0.07, 0.06).at(front + 0.04, axis + 0.05, 0.07), "z"),
        ]
        parts.append(join(nose).painted(paint(rng, ("white", "grey", "black"))))
    parts += _on_boiler(rng, axis + radius, back, front, toy, dark, second)
    parts.append(house(rng, cab, half, floor, axis + radius + rng.uniform(0.04, 0.16), rgb, second).at(-0.5 + cab / 2))
    count = int(rng.integers(2, 5))
    big = min(rng.uniform(0.1, 0.16), 0.42 / count)
    xs = list(np.linspace(-0.36, 0.36, count))
    small = [0.085 if rng.random() < 0.35 and k == count - 1 else big for k in range(count)]
    parts.append(wheels(xs, small, half * 0.85, second if rng.random() < 0.5 else dark, dark))
    parts.append(
        mirrored(
            beam((xs[0], big, half + 0.05), (xs[-2 if count > 2 else -1], big, half + 0.05), 0.02, 0.03), "z"
        ).painted(paint(rng, ("grey", "red")))
    )
    if rng.random() < 0.35:
        tank = box((front - back) * 0.7, radius * 1.3, 0.05).at((front + back) / 2 - 0.04, floor, half - 0.02)
        parts.append(mirrored(tank, "z").painted(rgb))
    return join([*parts, _front(rng, half, floor).painted(second)])


def _on_boiler(
    rng: np.random.Generator, top: float, back: float, front: float, toy: bool, dark: np.ndarray, second: np.ndarray
) -> list[Mesh]:
    tall, thin = rng.uniform(0.1, 0.22), rng.uniform(0.045, 0.07) * (1.3 if toy else 1.0)
    wide = thin * rng.uniform(1.0, 2.0)
    funnel = lathe(
        [
            (0, -0.05),
            (thin, -0.05),
            (thin, tall * 0.4),
            (wide, tall * 0.85),
            (wide * 0.9, tall),
            (wide * 0.6, tall),
            (0, tall - 0.03),
        ],
        20,
    )
    parts = [funnel.at(front - 0.12, top).painted(dark)]
    domes = int(rng.integers(0, 3))
    for x in np.linspace(back + 0.1, front - 0.28, domes):
        high = rng.uniform(0.05, 0.11)
        parts.append(
            lathe([(0, -0.05), (0.06, -0.05), (0.06, high * 0.6), (0.045, high * 0.9), (0, high)], 18)
            .at(x, top)
            .painted(second)
        )
    return parts


def house(
    rng: np.random.Generator, length: float, half: float, floor: float, top: float, rgb: np.ndarray, second: np.ndarray
) -> Mesh:
    """A house with window frames and a flat or a rounded roof that stands out."""
    tall = top - floor
    windows = box(length * 0.5, tall * 0.3, half * 2 + 0.02).at(0, floor + tall * 0.58)
    front = box(length + 0.02, tall * 0.2, half * 1.3).at(0, top - tall * 0.28)
    if rng.random() < 0.3:
        roof = box(length * 1.25, 0.04, half * 2.3).at(-0.02, top - 0.01)
    else:
        rise = rng.uniform(0.04, 0.12)
        bow = arc(half * 1.12, rise)[:, :2]
        roof = extrude(bow, length * 1.2).turned("y", 90).at(-0.02, top - 0.005)
    return join(
        [
            box(length, tall, half * 2).at(0, floor).painted(rgb),
            join([windows, front]).painted(BLACK),
            roof.painted(second),
        ]
    )


def _front(rng: np.random.Generator, half: float, floor: float) -> Mesh:
    plank = box(0.05, 0.09, half * 2.05).at(0.5, floor - 0.08)
    if rng.random() < 0.35:
        low, high = (
            [(0.5, -half), (0.5, half), (0.66, 0.02), (0.66, -0.02)],
            [(0.5, -half), (0.5, half), (0.55, 0.02), (0.55, -0.02)],
        )
        rings = [[(x, y, z) for x, z in outline] for outline, y in ((low, 0.02), (high, floor - 0.03))]
        return join([plank, loft(np.array(rings))])
    buffer = join([rod((0.5, 0, 0), (0.57, 0, 0), 0.025), rod((0.57, 0, 0), (0.585, 0, 0), 0.045)])
    return join([plank, mirrored(buffer.at(0, floor - 0.035, half * 0.65), "z")])


def wooden(rng: np.random.Generator) -> Mesh:
    """Few thick parts: a plank, a round block, a cube for a cab, pegs for chimneys, disc wheels, a string's knob."""
    half, floor, rgb = rng.uniform(0.17, 0.24), rng.uniform(0.12, 0.18), paint(rng)
    wood = paint(rng, ("beige", "brown", "yellow", "white"))
    radius, cab = half * rng.uniform(0.75, 0.95), rng.uniform(0.28, 0.42)
    parts = [superellipsoid(1.0, 0.12, half * 2, 0.8).at(0, floor - 0.06).painted(wood)]
    parts.append(
        cylinder(radius, 0.98 - cab, segments=28).turned("z", -90).at(-0.5 + cab, floor + 0.04 + radius).painted(rgb)
    )
    tall = 2 * radius * rng.uniform(1.05, 1.5)
    parts += [
        box(cab, tall, half * 1.8).at(-0.5 + cab / 2, floor + 0.04).painted(paint(rng)),
        box(cab * 1.25, 0.06, half * 2.1).at(-0.5 + cab / 2, floor + 0.03 + tall).painted(paint(rng)),
    ]
    for x in np.linspace(0.34, 0.0, int(rng.integers(1, 4))):
        peg, high = rng.uniform(0.06, 0.1), rng.uniform(0.1, 0.3)
        cap = rng.uniform(1.0, 1.6)
        funnel = [(0, -0.08), (peg, -0.08), (peg, high * 0.5), (peg * cap, high * 0.6), (peg * cap, high), (0, high)]
        parts.append(lathe(funnel, 20).at(x, floor + 0.04 + 2 * radius).painted(paint(rng)))
    count, wheel = int(rng.integers(2, 4)), rng.uniform(0.13, 0.17)
    xs = list(np.linspace(-0.32, 0.32, count))
    parts.append(wheels(xs, [wheel] * count, half * 0.98, paint(rng), wood))
    if rng.random() < 0.5:
        parts.append(blob(0.1, 0.1, 0.1).at(0.62, floor).painted(paint(rng)))
        parts.append(rod((0.48, floor, 0), (0.6, floor, 0), 0.02))
    return join(parts)
