"""The dinosaurs on four legs as toys, facing +x: long-necked, plated, horned, armoured; and the parts all dinosaurs share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cg3d.data.parametric.bodies import blob, limb, placed, spike, trunk
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import (
    extrude,
    smooth,
)

SKINS = ("green", "green", "brown", "brown", "grey", "beige", "orange", "black", "blue", "turquoise", "red", "purple")


def spine(knots: Iterable[tuple[float, float, float, float]], rng: np.random.Generator) -> Mesh:
    """A body from the tip of the tail to the neck, thicker or thinner than given."""
    row = np.array(list(knots))
    row[:, 2:] *= rng.uniform(0.88, 1.15, 2)
    return trunk(row, segments=20)


def _columns(
    rng: np.random.Generator, xs: tuple[float, float], tops: tuple[float, float], z: float, thick: float
) -> Mesh:
    """Four legs, the front ones at xs[1]; stout, slightly bent and in step."""
    parts = []
    for x, top, bend in zip(xs, tops, (0.5, -0.35), strict=True):
        for side in (1, -1):
            thin = thick * 0.62
            swing = side * np.sign(bend) * rng.uniform(0.0, 0.16)
            knots = [(x, top, thick * 1.25, thick * 0.9), (x + 0.08 * bend, top * 0.6, thick, thick * 0.8)]
            knots += [(x - 0.06 * bend + swing * 0.6, top * 0.3, thin, thin), (x + swing, thin * 0.8, thin, thin)]
            foot = blob(thin * 2.9, thin * 1.5, thin * 2.5).at(x + swing + thin * 0.3, thin * 0.7)
            parts.append(join([trunk(knots, segments=14), foot]).at(z=side * z))
    return join(parts)


def sauropod(rng: np.random.Generator) -> Mesh:
    """A barrel on four columns between a long tail and a long neck that is raised or stretched."""
    back, high, skin = rng.uniform(0.5, 0.62), rng.uniform(0.1, 1.0), paint(rng, SKINS)
    reach, girth = 1.5 - 0.5 * high, rng.uniform(0.2, 0.26)
    knots = [(-1.6, back - 0.35 * rng.random(), 0.02, 0.02), (-1.0, back - 0.08, 0.06, 0.06), (-0.45, back, 0.17, 0.15)]
    knots += [
        (-0.05, back, girth, girth),
        (0.28, back + 0.03, girth * 0.9, girth * 0.8),
        (0.55, back + 0.2, 0.13, 0.11),
    ]
    knots += [((0.55 + reach) / 2, back + 0.2 + high * 0.5, 0.085, 0.075), (reach, back + 0.25 + high, 0.065, 0.055)]
    skull = trunk([(-0.03, 0, 0.08, 0.07), (0.1, 0.02, 0.095, 0.085), (0.26, -0.03, 0.06, 0.06)])
    head = placed(skull, -rng.uniform(0, 30), (reach, back + 0.26 + high))
    legs = _columns(rng, (-0.3, 0.26), (back, back), girth * 0.65, rng.uniform(0.09, 0.12))
    return join([spine(knots, rng), head, legs]).painted(skin)


def _low_body(rng: np.random.Generator, arch: float, girth: float) -> Mesh:
    """The body of the heavy ones on four legs: tail, arched back, low neck."""
    hip = 0.5
    knots = [
        (-1.1, 0.3 + 0.25 * rng.random(), 0.025, 0.025),
        (-0.65, hip - 0.02, 0.09, 0.08),
        (-0.3, hip + arch, 0.2, girth * 0.85),
    ]
    return spine(
        [
            *knots,
            (0.05, hip + arch * 0.8, 0.24, girth),
            (0.35, hip - 0.06, 0.17, girth * 0.75),
            (0.55, hip - 0.1, 0.12, 0.11),
        ],
        rng,
    )


def stegosaurus(rng: np.random.Generator) -> Mesh:
    """A high back with two rows of plates, a small low head, spikes on the tail."""
    skin, plate_rgb, arch = paint(rng, SKINS), paint(rng, SKINS), rng.uniform(0.06, 0.16)
    skull = trunk([(0.5, 0.4, 0.1, 0.1), (0.66, 0.38, 0.09, 0.08), (0.84, 0.34, 0.05, 0.05)])
    legs = _columns(rng, (-0.28, 0.28), (0.5, 0.38), 0.16, 0.1)
    parts = [join([_low_body(rng, arch, 0.19), skull, legs]).painted(skin)]
    line = smooth(
        [(-0.95, 0.42), (-0.6, 0.58), (-0.3, 0.7 + arch), (0.05, 0.74 + arch * 0.8), (0.32, 0.58), (0.5, 0.48)], 2
    )
    tallest = rng.uniform(0.22, 0.34)
    for k, (x, y) in enumerate(line):
        size = tallest * (0.35 + 0.65 * np.sin(np.pi * (k + 0.5) / len(line)))
        leaf = extrude(np.array([(-0.2, 0), (0.2, 0), (0.42, 0.5), (0.05, 1.0), (-0.36, 0.5)]) * size, 0.035)
        parts.append(
            leaf.turned("x", 10 if k % 2 else -10).at(x, y - 0.06, 0.045 if k % 2 else -0.045).painted(plate_rgb)
        )
    spikes = [spike(0.24, 0.03).turned("x", 55).turned("z", 25).at(x, 0.42, 0.03) for x in (-1.02, -0.9)]
    return join([*parts, mirrored(join(spikes), "z").painted(plate_rgb)])


def triceratops(rng: np.random.Generator) -> Mesh:
    """A frill behind the head, horns on brow and nose, a beak; with spikes around the frill in some."""
    skin, bone = paint(rng, SKINS), paint(rng, ("beige", "white", "grey"))
    frill_size, count = rng.uniform(0.5, 0.75), int(rng.choice([0, 6, 8]))
    skull = trunk([(0, 0, 0.17, 0.17), (0.2, -0.02, 0.16, 0.15), (0.42, -0.1, 0.1, 0.08), (0.55, -0.17, 0.05, 0.04)])
    frill = blob(0.1, frill_size, frill_size * 1.05).turned("z", 25).at(-0.08, 0.14)
    brow, nose = rng.uniform(0.25, 0.5), rng.uniform(0.08, 0.25)
    horns = [
        mirrored(
            limb([(0.12, 0.1, 0.1, 0.045), (0.22, 0.1 + brow * 0.5, 0.14, 0.035), (0.35, 0.12 + brow, 0.15, 0.008)]),
            "z",
        )
    ]
    horns.append(spike(nose, 0.045).turned("z", -15).at(0.42, -0.03))
    for angle in np.linspace(-80, 80, count):
        radius = frill_size * 0.48
        horns.append(spike(0.12, 0.03).at(0, radius).turned("x", angle).turned("z", 25).at(-0.08, 0.14))
    head = placed(
        join([join([skull, frill]).painted(skin), join(horns).painted(bone)]), rng.uniform(-15, 10), (0.5, 0.46)
    )
    legs = _columns(rng, (-0.28, 0.28), (0.48, 0.4), 0.18, 0.115).painted(skin)
    return join([_low_body(rng, rng.uniform(0, 0.08), 0.24).painted(skin), legs, head])


def ankylosaurus(rng: np.random.Generator) -> Mesh:
    """Broad and low, rows of studs over the back, a club on the tail."""
    skin, stud_rgb = paint(rng, SKINS), paint(rng, SKINS)
    knots = [
        (-1.1, 0.3, 0.04, 0.05),
        (-0.7, 0.32, 0.08, 0.1),
        (-0.3, 0.36, 0.17, 0.28),
        (0.1, 0.36, 0.19, 0.33),
        (0.45, 0.33, 0.13, 0.2),
    ]
    skull = trunk([(0.5, 0.34, 0.11, 0.14), (0.65, 0.34, 0.11, 0.15), (0.8, 0.28, 0.06, 0.09)])
    club = mirrored(blob(0.26, 0.17, 0.17).at(-1.18, 0.3, 0.06), "z")
    studs = []
    for x in np.linspace(-0.5, 0.4, 7):
        wide, high = (
            np.interp(x, (-0.5, 0.1, 0.45), (0.18, 0.33, 0.2)),
            np.interp(x, (-0.5, 0.1, 0.45), (0.12, 0.19, 0.13)),
        )
        for angle in (-80, -45, -15, 15, 45, 80):
            turn = np.radians(angle)
            stud = spike(0.13 if abs(angle) > 60 else 0.07, 0.04).turned("x", angle)
            studs.append(stud.at(x, 0.35 + high * np.cos(turn) * 0.94, wide * np.sin(turn) * 0.94))
    legs = _columns(rng, (-0.28, 0.28), (0.32, 0.32), 0.22, 0.095)
    return join([join([trunk(knots, segments=20), skull, club, legs]).painted(skin), join(studs).painted(stud_rgb)])
