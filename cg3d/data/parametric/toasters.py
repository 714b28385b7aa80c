"""Parametric toasters."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import casing
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.ovens import oven_front
from cg3d.data.parametric.palette import BLACK, metal, paint
from cg3d.data.parametric.primitives import box, cylinder, loft, rectangle, superellipsoid
from cg3d.data.parametric.variants import one_of

BREAD = np.array([0.78, 0.58, 0.34])


def toaster(rng: np.random.Generator) -> Mesh:
    """A box with two or four slots in its rounded top, a lever at one end; or a small oven with a door."""
    return one_of(rng, {"toaster": _slotted} if rng.random() < 0.75 else {"toaster oven": _oven})


def _shell(length: float, deep: float, tall: float, slots: np.ndarray, soft: float, rgb: np.ndarray) -> Mesh:
    """The middle, along x: its section is a rounded box with the slots cut in from above."""
    gap, sunk = 0.03, tall * 0.55
    outline = np.roll(rectangle(deep, tall, soft), -6, axis=0)  # from the left end of its top, down and round
    outline[:, 1] += tall / 2
    cuts = [[(z + gap / 2, 0), (z + gap / 2, -sunk), (z - gap / 2, -sunk), (z - gap / 2, 0)] for z in slots[::-1]]
    section = np.concatenate([np.add(np.concatenate(cuts), (0, tall)), outline])
    rings = [
        np.column_stack([np.full(len(section), x), section[:, 1], -section[:, 0]]) for x in (-length / 2, length / 2)
    ]
    shell = loft(np.stack(rings)).painted(rgb)
    _, y, z = shell.vertices[shell.faces].mean(axis=1).T
    within = (np.abs(z[:, None] - slots).min(axis=1) < gap * 0.6) & (y > tall * 0.4) & (y < tall * 0.99)
    return Mesh(shell.vertices, shell.faces, np.where(within[:, None], BLACK, shell.face_rgb))


def _slotted(rng: np.random.Generator) -> Mesh:
    """Mesh of the shell between two plastic ends, which close the slots."""
    count = int(rng.choice([1, 2, 2, 2, 4]))
    pairs = 2 if count == 4 else 1
    length = rng.uniform(0.2, 0.26) * (1.45 if count == 1 else 1.0)
    deep, tall = {1: 0.11, 2: 0.16, 4: 0.27}[count] * rng.uniform(0.95, 1.15), rng.uniform(0.16, 0.2)
    rgb, ends = (
        (metal(rng) if rng.random() < 0.5 else paint(rng)),
        paint(rng, ("black", "black", "white", "grey", "red")),
    )
    slots = (np.arange(count) - (count - 1) / 2) * deep / (count + 0.6)
    soft = rng.uniform(0.015, 0.045)
    body = _shell(length, deep, tall, slots, soft, rgb)
    if rng.random() < 0.35:
        ends = rgb
    side = casing(tall * 1.01, deep * 1.01, 0.03, soft, 0.012)
    sides = [side.turned("z", 90).at(x=x, y=tall / 2) for x in (length / 2 + 0.028, -length / 2 + 0.002)]
    front = length / 2 + 0.028
    controls = []
    for z in (np.arange(pairs) - (pairs - 1) / 2) * deep * 0.5:
        controls.append(
            superellipsoid(0.03, 0.016, 0.045, 0.5).at(x=front + 0.012, y=tall * rng.uniform(0.6, 0.8), z=z)
        )
        controls.append(box(0.003, tall * 0.5, 0.006).at(x=front, y=tall * 0.3, z=z))
        controls.append(
            cylinder(0.015, 0.014, segments=20).turned("z", -90).at(x=front, y=tall * 0.2, z=z + deep * 0.1)
        )
    feet = casing(length * 0.95, deep * 0.9, 0.014, 0.02, 0.004).at(y=-0.01).painted(BLACK)
    parts = [body, join(sides).painted(ends), join(controls).painted(BLACK if rng.random() < 0.7 else metal(rng)), feet]
    if rng.random() < 0.25:
        toast = superellipsoid(length * 0.45, 0.11, 0.016, 0.85)
        parts += [toast.at(y=tall * 0.7, z=-z).painted(BREAD) for z in slots]
    return join(parts).grounded()


def _oven(rng: np.random.Generator) -> Mesh:
    wide, tall, deep = rng.uniform(0.36, 0.47), rng.uniform(0.2, 0.27), rng.uniform(0.24, 0.33)
    rgb = metal(rng) if rng.random() < 0.7 else paint(rng)
    return oven_front(rng, (wide, tall, deep), rgb, rng.uniform(0.72, 0.8), handle="top")
