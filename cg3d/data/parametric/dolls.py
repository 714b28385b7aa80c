"""Parametric dolls: doll."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.bodies import uneven
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.people import (
    arm,
    clothes,
    head,
    leg,
    opposite,
    physique,
    torso,
)
from cg3d.data.parametric.primitives import (
    ellipse,
    stacked,
)


def doll(rng: np.random.Generator) -> Mesh:
    """A fashion doll or a baby doll with hair and a wide, long or short skirt; standing, sitting or on its back."""
    small = rng.random() < 0.45
    body, wear = physique(rng, "cartoon" if small else "plain"), clothes(rng)
    pose = (rng.uniform(-5, 30), rng.uniform(8, 45), rng.uniform(0, 40))
    parts = [
        torso(body).painted(wear.top),
        arm(body, wear, *pose),
        opposite(arm(body, wear, pose[0] * 0.5, pose[1], pose[2])),
    ]
    spread, seated = rng.uniform(1, 8), small and rng.random() < 0.4
    parts.append(mirrored(leg(body, wear, 85 if seated else 0, spread + 14 * seated, 0), "z"))
    hem, wide = body.hip * rng.choice([0.1, 0.5, 0.72]), rng.uniform(1.3, 2.6)
    waist = body.hip + 0.3 * (body.neck - body.hip)
    sizes = [(wide, 0.0), (wide * 0.92, 0.12), (wide * 0.68, 0.5), (1.0, 1.0)]
    if not seated:
        rings = [
            (ellipse(body.depth * 1.1 + body.waist * 1.0 * s, body.waist * 2.1 * s), hem + t * (waist - hem))
            for s, t in sizes
        ]
        parts.append(stacked(rings).painted(wear.top if rng.random() < 0.5 else paint(rng)))
    parts.append(head(rng, body.head, wear, "hair").at(0, body.neck + body.head * 0.06))
    size = rng.uniform(0.12, 0.42)
    mesh = uneven(rng, join(parts), rng.uniform(0, 0.003)).scaled(size, size, size)
    return (
        (mesh.turned("z", 90) if rng.random() < 0.2 else mesh)
        .grounded()
        .called("baby doll" if small else "fashion doll")
    )
