"""Parametric buses."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.car_parts import GLASS, axle_wheels, car_body
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, WHITE, paint
from cg3d.data.parametric.primitives import box, superellipsoid
from cg3d.data.parametric.variants import one_of


def bus(rng: np.random.Generator) -> Mesh:
    """A long box with a row of windows and doors: a city bus, a double-decker, or a school bus with a hood."""
    return one_of(rng, {"city bus": _city_bus, "double-decker bus": _double_decker, "school bus": _school_bus})


def _coach(rng: np.random.Generator, length: float, height: float, decks: int, rgb: np.ndarray, hood: float) -> Mesh:
    width, radius, lift = rng.uniform(2.3, 2.55), rng.uniform(0.44, 0.5), 0.35
    front = length / 2
    side = [
        (-front, lift),
        (front - 0.1, lift),
        (front, lift + 0.3),
        (front - 0.12, height - 0.1),
        (front - 0.3, height),
        (-front + 0.15, height),
        (-front, height - 0.15),
    ]
    parts = [car_body(side, width, 0.1).painted(rgb)]
    count, tall = int(rng.integers(5, 10)), min(0.95, (height - 1.3) / decks * 0.62)
    pitch = (length - 0.8) / count
    for deck in range(decks):
        y = 1.25 + deck * (height - 1.2) / decks
        row = [
            box(pitch * 0.86, tall, 0.12).at(x=-front + 0.4 + (k + 0.5) * pitch, y=y, z=width / 2) for k in range(count)
        ]
        parts.append(mirrored(join(row), "z").painted(GLASS))
        parts += [
            box(0.12, tall * 1.1, width * 0.86).at(x=x, y=y - 0.02).painted(GLASS) for x in (front - 0.04, -front)
        ]
    doors = [
        box(1.0, 1.9, 0.18).at(x=x, y=lift + 0.05, z=width / 2)
        for x in ((front - 0.9,) if hood else (front - 0.9, -0.2))
    ]
    parts += [
        join(doors).painted(np.clip(GLASS * 1.6, 0, 1)),
        *axle_wheels(radius, 0.32, width * 1.01, [front * 0.58 + hood * 0.75, -front * 0.6]),
    ]
    if hood > 0:
        parts.append(
            superellipsoid(hood * 1.3, 1.1, width * 0.85, 0.8)
            .at(x=front + hood * 0.5 - 0.15, y=lift + 0.1)
            .painted(rgb)
        )
    face = front + (hood * 1.1 if hood else 0.0)
    lamps = mirrored(superellipsoid(0.1, 0.2, 0.28, 0.4).at(x=face - 0.02, y=0.72, z=width * 0.32), "z").painted(WHITE)
    bumper = box(0.14, 0.22, width * 0.95).at(x=face - 0.04, y=0.42).painted(BLACK)
    band = mirrored(box(length * 0.97, 0.14, 0.1).at(y=0.95, z=width / 2), "z").painted(paint(rng))
    return join([*parts, lamps, bumper, band])


def _city_bus(rng: np.random.Generator) -> Mesh:
    return _coach(rng, rng.uniform(8, 12), rng.uniform(2.8, 3.2), 1, paint(rng), 0.0)


def _double_decker(rng: np.random.Generator) -> Mesh:
    return _coach(
        rng,
        rng.uniform(8.5, 11),
        rng.uniform(4.1, 4.4),
        2,
        paint(rng, ("red", "red", "blue", "green", "white", "yellow")),
        0.0,
    )


def _school_bus(rng: np.random.Generator) -> Mesh:
    return _coach(
        rng,
        rng.uniform(6.5, 9.5),
        rng.uniform(2.8, 3.1),
        1,
        paint(rng, ("yellow", "yellow", "orange", "white")),
        rng.uniform(1.0, 1.4),
    )
