"""Parametric pizzas."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.bread import CRUST
from cg3d.data.parametric.fruit import tinted
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import (
    cylinder,
    loft,
)


def pizza(rng: np.random.Generator) -> Mesh:
    """A flat round with a raised rim and toppings; whole, with a piece missing, or one slice."""
    radius, pose = rng.uniform(0.11, 0.19), rng.random()
    start, sweep = (
        (0.0, 2 * np.pi) if pose < 0.4 else (0.0, rng.uniform(0.35, 0.9) if pose < 0.75 else rng.uniform(3.2, 5.6))
    )
    whole = _pie(rng, radius, start, sweep)
    kind = "slice of pizza" if 0.4 <= pose < 0.75 else "pizza"
    return whole.turned("y", rng.uniform(0, 360)).called(kind)


def _pie(rng: np.random.Generator, radius: float, start: float, sweep: float) -> Mesh:
    """The part of a pizza between two directions."""
    crust, sauce = (
        tinted(rng, *CRUST),
        tinted(rng, (0.9, 0.72, 0.3), (0.78, 0.3, 0.15), (0.88, 0.62, 0.25), (0.92, 0.82, 0.55)),
    )
    rim, flat = rng.uniform(0.012, 0.024), rng.uniform(0.006, 0.01)
    profile = [
        (0.004, 0.0),
        (radius, 0.0),
        (radius + rim * 0.2, rim * 0.5),
        (radius - rim * 0.3, rim),
        (radius - rim, rim * 0.85),
        (radius - rim * 1.5, flat),
        (0.004, flat),
    ]
    closed = sweep > 6.2
    turn = np.linspace(start, start + sweep, 49)[: 48 if closed else 49]
    section = np.array(profile)[::-1]
    bumps = 1 + 0.02 * np.sin(turn * int(rng.integers(5, 9)) + rng.uniform(0, 6))
    rings = np.array(
        [
            np.column_stack([section[:, 0] * b * np.cos(a), section[:, 1], -section[:, 0] * b * np.sin(a)])
            for a, b in zip(turn, bumps, strict=True)
        ]
    )
    body = loft(np.concatenate([rings, rings[:1]]) if closed else rings, capped=not closed).painted(crust)
    centre = body.vertices[body.faces].mean(axis=1)
    inside = (np.hypot(centre[:, 0], centre[:, 2]) < radius - rim * 1.1) & (centre[:, 1] > flat * 0.9)
    parts = [Mesh(body.vertices, body.faces, np.where(inside[:, None], sauce, body.face_rgb))]
    for rgb, size in (
        (tinted(rng, (0.7, 0.15, 0.12), (0.75, 0.3, 0.2)), rng.uniform(0.014, 0.022)),
        (paint(rng, ("green", "black", "white", "yellow")), rng.uniform(0.006, 0.012)),
    ):
        topping = cylinder(size, 0.003, size * 0.9, 14).painted(rgb)
        for _ in range(int(rng.integers(5, 16) * max(sweep / 6.3, 0.3))):
            edge = min(0.12, sweep / 4)
            away, angle = (
                (radius - 1.6 * rim - size) * np.sqrt(rng.uniform(0.08, 1)),
                rng.uniform(start + edge, start + sweep - edge),
            )
            parts.append(topping.at(away * np.cos(angle), flat - 0.0005, -away * np.sin(angle)))
    return join(parts)
