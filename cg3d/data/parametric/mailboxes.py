"""Parametric mailboxes."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, WHITE, metal, paint, wood
from cg3d.data.parametric.primitives import arc, box, cylinder, lathe, loft, rod, superellipsoid
from cg3d.data.parametric.variants import one_of


def mailbox(rng: np.random.Generator) -> Mesh:
    """An arched box on a post with a flag, a box for the wall, or a collection box on legs."""
    return one_of(
        rng, {"rural mailbox": _post_mailbox, "wall mailbox": _wall_mailbox, "collection box": _collection_box}
    )


def _arched(width: float, height: float, depth: float) -> Mesh:
    """A body along z with an upright lower half and a half round above, standing on y = 0."""
    spring = max(height - width / 2, height * 0.3)
    top = arc(width / 2, height - spring, 0, 180, 17)[:, :2] + (0, spring)
    outline = np.concatenate([[(-width / 2, 0.0), (width / 2, 0.0)], top])
    return loft(np.stack([np.column_stack([outline, np.full(len(outline), z)]) for z in (-depth / 2, depth / 2)]))


def _post_mailbox(rng: np.random.Generator) -> Mesh:
    width, depth = rng.uniform(0.16, 0.24), rng.uniform(0.42, 0.55)
    height, level = width * rng.uniform(1.1, 1.4), rng.uniform(0.8, 1.1)
    rgb, flag_rgb = paint(rng), paint(rng, ("red", "yellow", "orange"))
    lid = _arched(width * 1.04, height * 1.02, 0.03)
    door = lid.at(z=depth / 2) if rng.random() < 0.7 else lid.turned("x", 95).at(y=0.01, z=depth / 2 + 0.01)
    knob = superellipsoid(0.03, 0.03, 0.03).at(y=height * 0.75, z=depth / 2 + 0.02)
    pole = rod((0, 0, 0), (0, 0.14, 0), 0.006)
    flag = join([pole, box(0.008, 0.06, 0.09).at(y=0.09, z=-0.045)]).turned("x", rng.choice([0.0, 90.0]))
    side = flag.at(x=width / 2 + 0.008, y=height * 0.45, z=depth * 0.1).painted(flag_rgb)
    post = box(0.09, level + 0.01, 0.09) if rng.random() < 0.7 else cylinder(0.035, level + 0.01)
    shelf = box(width * 0.9, 0.025, depth * 0.8).at(y=level - 0.025)
    body = join([_arched(width, height, depth), door, knob]).at(y=level).painted(rgb)
    return join([body, side.at(y=level), join([post, shelf]).painted(wood(rng) if rng.random() < 0.7 else metal(rng))])


def _wall_mailbox(rng: np.random.Generator) -> Mesh:
    """A flat box with a sloping lid, a slot, a name plate and a tube for newspapers below."""
    width, height, depth = rng.uniform(0.26, 0.4), rng.uniform(0.28, 0.42), rng.uniform(0.09, 0.14)
    rgb, lid_rgb = paint(rng), paint(rng)
    lid_rgb = rgb if rng.random() < 0.5 else lid_rgb
    body = box(width, height, depth).painted(rgb)
    lid = (
        box(width * 1.06, 0.015, depth * 1.35)
        .turned("x", rng.uniform(12, 30))
        .at(y=height + 0.012, z=depth * 0.08)
        .painted(lid_rgb)
    )
    gable = box(width * 0.98, 0.05, depth * 0.5).at(y=height - 0.01, z=-depth * 0.25).painted(rgb)
    slot = box(width * 0.75, 0.025, 0.01).at(y=height * 0.78, z=depth / 2).painted(BLACK)
    plate = box(width * 0.35, 0.04, 0.008).at(y=height * 0.5, z=depth / 2).painted(WHITE)
    lock = cylinder(0.012, 0.012).turned("x", 90).at(x=width * 0.3, y=height * 0.4, z=depth / 2).painted(metal(rng))
    parts = [body, lid, gable, slot, plate, lock]
    if rng.random() < 0.5:
        roll = lathe([(0.05, 0), (0.05, width * 0.95), (0.046, width * 0.95), (0.046, 0), (0.05, 0)]).at(
            y=-width * 0.475
        )
        parts.append(roll.turned("z", 90).at(y=-0.055).painted(rgb))
    return join(parts).grounded()


def _collection_box(rng: np.random.Generator) -> Mesh:
    """A big arched box on four short legs with a chute in front, or a round pillar box."""
    rgb = paint(rng, ("blue", "red", "yellow", "green"))
    if rng.random() < 0.4:
        return _pillar_box(rng, rgb)
    width, height, depth = rng.uniform(0.45, 0.6), rng.uniform(0.95, 1.15), rng.uniform(0.45, 0.55)
    body = _arched(width, height, depth).turned("y", 90).at(y=0.15).painted(rgb)
    leg = box(0.06, 0.17, 0.06).at(x=depth / 2 - 0.04, z=width / 2 - 0.04)
    legs = mirrored(mirrored(leg), "z").painted(rgb)
    chute = box(depth * 0.7, 0.06, 0.05).at(y=height * 0.82, z=width / 2 - 0.01).painted(rgb * 0.75)
    label = box(depth * 0.5, 0.16, 0.012).at(y=height * 0.5, z=width / 2).painted(WHITE)
    return join([body, legs, chute, label])


def _pillar_box(rng: np.random.Generator, rgb: np.ndarray) -> Mesh:
    """A round post with a cap, a slot, a plate with the times, and a black foot."""
    radius, height = rng.uniform(0.19, 0.25), rng.uniform(1.3, 1.6)
    wall = [(1.12, 0), (1.12, 0.12), (1.0, 0.14), (1.0, height - 0.2), (1.15, height - 0.18), (1.12, height - 0.12)]
    profile = [(size * radius, y) for size, y in (*wall, (0.6, height - 0.03))]
    post = lathe([(0, 0), *profile, (0, height)]).painted(rgb).banded(0.0, 0.13, BLACK)
    slot = box(radius, 0.05, 0.02).at(y=height * 0.72, z=radius - 0.01).painted(BLACK)
    plate = box(radius * 0.7, 0.2, 0.02).at(y=height * 0.48, z=radius - 0.012).painted(WHITE)
    return join([post, slot, plate])
