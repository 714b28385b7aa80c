"""Cars of toy trains and what they share with the locomotives: wheels, rounded bodies; along x, a locomotive is one long."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.bodies import blob
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, paint
from cg3d.data.parametric.primitives import (
    arc,
    box,
    cylinder,
    extrude,
    lathe,
    loft,
    rod,
)


def _wheel(radius: float, thick: float, rgb: np.ndarray, hub: np.ndarray) -> Mesh:
    """A wheel about the z axis with a flange or a raised rim and a hub."""
    profile = [
        (0, 0),
        (radius, 0),
        (radius, 0.35),
        (radius * 0.92, 0.4),
        (radius * 0.92, 1),
        (radius * 0.75, 1),
        (radius * 0.7, 0.75),
    ]
    disc = lathe([(r, y * thick) for r, y in [*profile, (radius * 0.25, 0.75), (radius * 0.22, 1.15), (0, 1.15)]], 18)
    cap = cylinder(radius * 0.3, thick * 0.2, segments=12).at(y=thick)
    return join([disc.painted(rgb), cap.painted(hub)]).turned("x", 90)


def wheels(xs: list[float], radii: list[float], half: float, rgb: np.ndarray, hub: np.ndarray) -> Mesh:
    pairs = [_wheel(r, 0.05, rgb, hub).at(x, r, half) for x, r in zip(xs, radii, strict=True)]
    axles = [rod((x, r, -half), (x, r, half), 0.02) for x, r in zip(xs, radii, strict=True)]
    return join([mirrored(join(pairs), "z"), *axles])


def shell(outlines: list[tuple[float, float, float, float]], power: float = 0.5) -> Mesh:
    """A body along x of rounded sections: x, floor, height, half the width."""
    angle = np.arange(24) * 2 * np.pi / 24
    section = np.column_stack(
        [
            np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power,
            np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power,
        ]
    )
    rings = [
        np.column_stack([np.full(24, x), y + h / 2 + section[:, 0] * h / 2, section[:, 1] * w])
        for x, y, h, w in outlines
    ]
    return loft(np.array(rings))


def fast_car(engine: Mesh) -> Mesh:
    """The last part of the engine again as a car: the same section without a nose."""
    half, top = float(np.abs(engine.vertices[:, 2]).max()) / 1.03, float(engine.vertices[:, 1].max())
    tall = top - 0.04
    body = shell([(-0.42, 0.04, tall, half), (0.42, 0.04, tall, half)]).painted(engine.face_rgb[0])
    band = box(0.74, tall * 0.2, half * 2.03).at(0, 0.04 + tall * 0.55).painted(BLACK)
    return join([body, band, box(0.76, 0.05, half * 1.6).painted(BLACK)])


def wagon(rng: np.random.Generator, height: float) -> Mesh:
    """A carriage, a tender or open wagon with a load, a tank or a flat car."""
    kind, rgb, half = rng.integers(4), paint(rng), rng.uniform(0.14, 0.18)
    length, low = rng.uniform(0.5, 0.85), 0.13
    parts = [box(length, 0.05, half * 2).at(0, low).painted(paint(rng, ("black", "brown", "grey")))]
    wheel = rng.uniform(0.075, 0.11)
    parts.append(
        wheels([-length * 0.3, length * 0.3], [wheel] * 2, half * 0.85, paint(rng, ("black", "red", "brown")), BLACK)
    )
    if kind == 0:
        tall = max(height * 0.62 - low, 0.2)
        parts += [box(length * 0.96, tall, half * 1.9).at(0, low + 0.04).painted(rgb)]
        parts += [
            box(length * 0.13, tall * 0.34, half * 1.94).at(x * length, low + tall * 0.55).painted(BLACK)
            for x in (-0.32, -0.11, 0.11, 0.32)
        ]
        parts.append(
            extrude(arc(half * 1.08, 0.08)[:, :2], length).turned("y", 90).at(0, low + 0.035 + tall).painted(paint(rng))
        )
    elif kind == 1:
        tall = rng.uniform(0.14, 0.26)
        parts.append(box(length * 0.96, tall, half * 1.9).at(0, low + 0.04).painted(rgb))
        parts += [
            blob(length * 0.34, 0.16, half * 1.3)
            .at(x * length, low + 0.04 + tall)
            .painted(paint(rng, ("black", "brown")))
            for x in (-0.26, 0.0, 0.26)
        ]
    elif kind == 2:
        parts.append(
            cylinder(half * 0.92, length * 0.9, segments=24)
            .turned("z", -90)
            .at(-length * 0.45, low + 0.04 + half * 0.9)
            .painted(rgb)
        )
        parts.append(cylinder(0.06, 0.06, segments=16).at(0, low + 0.02 + half * 1.8).painted(rgb))
    else:
        logs = [(z, y) for z, y in ((-0.55, 0.0), (0.0, 0.0), (0.55, 0.0), (-0.28, 0.9), (0.28, 0.9))]
        radius = half * 0.28
        parts += [
            cylinder(radius, length * 0.9, segments=14)
            .turned("z", -90)
            .at(-length * 0.45, low + 0.05 + radius + y * half * 0.55, z * half)
            .painted(rgb)
            for z, y in logs
        ]
    return join(parts)
