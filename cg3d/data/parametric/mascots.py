"""Figurines of characters: the garden gnome, the round mascot, the animal on its haunches."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.bodies import blob, limb, trunk
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, paint
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
    lathe,
    rod,
)


def gnome(rng: np.random.Generator) -> Mesh:
    """A pointed hat over a large head with a beard, a round belly and boots."""
    body, wear = physique(rng, "cartoon"), clothes(rng)
    pose, size = (rng.uniform(0, 40), rng.uniform(5, 30), rng.uniform(20, 100)), body.head
    parts = [torso(body).painted(wear.top), arm(body, wear, *pose), opposite(arm(body, wear, *pose))]
    parts.append(mirrored(leg(body, wear, 5, 3, 5), "z"))
    parts.append(head(rng, size, wear, "bare").at(0, body.neck))
    tall, droop = rng.uniform(1.0, 1.9) * size, rng.uniform(-0.5, 0.2) * size
    hat = limb(
        [
            (0, body.neck + size * 0.72, 0, size * 0.5),
            (0, body.neck + size * 0.72 + tall * 0.5, 0, size * 0.3),
            (droop, body.neck + size * 0.72 + tall, 0, size * 0.04),
        ],
        segments=18,
        blunt=0.15,
    )
    beard = blob(size * 0.4, size * rng.uniform(0.8, 1.2), size * 0.66).at(size * 0.32, body.neck + size * 0.05)
    return join(
        [*parts, hat.painted(paint(rng, ("red", "blue", "green"))), beard.painted(paint(rng, ("white", "grey")))]
    )


def mascot(rng: np.random.Generator) -> Mesh:
    """A rounded drum for a body, a dome for a head, capsules for arms and legs; feelers, ears or bare."""
    rgb, radius, waist = paint(rng), rng.uniform(0.26, 0.38), rng.uniform(0.3, 0.5)
    edge = radius * rng.uniform(0.15, 0.6)
    turn = np.linspace(0, np.pi / 2, 6)
    low = np.column_stack([radius - edge + edge * np.sin(turn), edge - edge * np.cos(turn)])
    drum = lathe([(0, 0), *low, (radius, waist), (0, waist)], 28)
    tall = radius * rng.uniform(0.75, 1.1)
    dome = lathe([(0, 0), *zip(radius * np.cos(turn), tall * np.sin(turn), strict=True)], 28).at(0, waist + 0.025)
    lift, z = rng.uniform(0, 60), radius + rng.uniform(0.07, 0.1)
    thick = rng.uniform(0.07, 0.1)
    capsule = limb([(0, 0, 0, thick), (0, -waist * 0.6, 0, thick)])
    limbs = [
        capsule.turned("z", angle).turned("x", -rng.uniform(0, 20)).at(0, waist - thick, z)
        for angle in (lift, rng.uniform(0, lift + 1))
    ]
    foot = mirrored(limb([(0.0, 0.05, radius * 0.42, thick * 1.1), (0, -0.14, radius * 0.42, thick * 1.1)]), "z")
    eyes = mirrored(blob(0.05, 0.09, 0.08).at(radius * 0.8, waist + tall * 0.45, radius * 0.4), "z").painted(
        paint(rng, ("white", "black"))
    )
    ears = {0: rod((0, waist + tall * 0.7, radius * 0.4), (0, waist + tall * 1.3, radius * 0.6), 0.022)}
    ears[1] = blob(0.12, 0.22, 0.22).at(0, waist + tall * 0.95, radius * 0.7)
    top = mirrored(ears[int(rng.integers(2))], "z").painted(rgb if rng.random() < 0.6 else BLACK)
    second = rgb if rng.random() < 0.6 else paint(rng)
    parts = [drum, limbs[0], opposite(limbs[1]), foot]
    return join([join(parts).painted(rgb), dome.painted(second), eyes, top])


def begging(rng: np.random.Generator) -> Mesh:
    """A plump dog, mouse or bear upright on its haunches with its forepaws up."""
    rgb, light, wide = paint(rng), paint(rng, ("white", "beige")), rng.uniform(0.2, 0.28)
    body = trunk([(0, 0.16, wide, wide * 1.1), (0.01, 0.32, wide * 0.95, wide), (0, 0.55, wide * 0.65, wide * 0.7)])
    belly = blob(wide, 0.38, wide * 1.3).at(wide * 0.6, 0.3).painted(light)
    foot = join(
        [blob(0.3, 0.28, 0.14).at(0.08, 0.15, wide * 0.95), blob(0.3, 0.12, 0.14).at(wide + 0.06, 0.06, wide * 0.7)]
    )
    lift = rng.uniform(-0.14, 0.06)
    paw = limb(
        [(0.02, 0.52, wide * 0.7, 0.07), (0.12, 0.42, wide * 0.95, 0.06), (wide + 0.08, 0.48 + lift, wide * 0.6, 0.06)]
    )
    size = rng.uniform(0.38, 0.5)
    skull = trunk([(-0.2, 0, 0.36, 0.38), (0.1, 0.05, 0.46, 0.46), (0.5, -0.05, 0.26, 0.26), (0.75, -0.1, 0.18, 0.18)])
    choices = [
        blob(0.12, 0.4, 0.4).at(0, 0.5, 0.42),
        blob(0.3, 0.6, 0.14).turned("x", -15).at(0, 0.1, 0.52),
        blob(0.14, 0.9, 0.26).at(0, 0.8, 0.22),
    ]
    ears = mirrored(choices[rng.integers(3)], "z")
    face = join([skull, ears, blob(0.14, 0.12, 0.16).at(0.9, -0.04).painted(BLACK)]).scaled(size, size, size)
    tail = limb(
        [(-wide, 0.1, 0, 0.05), (-wide - 0.15, 0.12, 0, 0.045), (-wide - 0.25, 0.12 + 0.3 * rng.random(), 0, 0.02)]
    )
    solid = join([body, mirrored(join([foot, paw]), "z"), tail]).painted(rgb)
    return join([solid, belly, face.painted(rgb).at(0.0, 0.69)])
