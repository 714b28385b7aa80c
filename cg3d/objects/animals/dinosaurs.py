"""Dinosaurs as toys of plastic, facing +x; the trunk is about one long."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.bodies import bent, blob, limb, placed, spike, trunk, uneven
from cg3d.objects.shapes.curves import smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import extrude
from cg3d.objects.shapes.solid import Solid, join, mirrored, opposite

SKINS = ("green", "green", "brown", "brown", "grey", "beige", "orange", "black", "blue", "turquoise", "red", "purple")


def spine(knots: Iterable[tuple[float, float, float, float]], d: Draw) -> Solid:
    """A body from the tip of the tail to the neck, thicker or thinner than given."""
    row = np.array(list(knots))
    row[:, 2:] *= d.uniform(0.88, 1.15, 2)
    return trunk(row, segments=20)


def _columns(d: Draw, xs: tuple[float, float], tops: tuple[float, float], z: float, thick: float) -> Solid:
    """Four legs, the front ones at xs[1]; stout, slightly bent and in step."""
    parts = []
    for x, top, bend in zip(xs, tops, (0.5, -0.35), strict=True):
        for side in (1, -1):
            thin = thick * 0.62
            swing = side * np.sign(bend) * d(0.0, 0.16)
            knots = [(x, top, thick * 1.25, thick * 0.9), (x + 0.08 * bend, top * 0.6, thick, thick * 0.8)]
            knots += [(x - 0.06 * bend + swing * 0.6, top * 0.3, thin, thin), (x + swing, thin * 0.8, thin, thin)]
            foot = blob(thin * 2.9, thin * 1.5, thin * 2.5).at(x + swing + thin * 0.3, thin * 0.7)
            parts.append(join(trunk(knots, segments=14), foot).at(z=side * z))
    return join(*parts)


def sauropod(d: Draw) -> Solid:
    """A barrel on four columns between a long tail and a long neck that is raised or stretched."""
    back, high, skin = d(0.5, 0.62), d(0.1, 1.0), paint(d, *SKINS)
    reach, girth = 1.5 - 0.5 * high, d(0.2, 0.26)
    knots = [(-1.6, back - 0.35 * d.random(), 0.02, 0.02), (-1.0, back - 0.08, 0.06, 0.06)]
    knots += [(-0.45, back, 0.17, 0.15), (-0.05, back, girth, girth), (0.28, back + 0.03, girth * 0.9, girth * 0.8)]
    knots += [(0.55, back + 0.2, 0.13, 0.11), ((0.55 + reach) / 2, back + 0.2 + high * 0.5, 0.085, 0.075)]
    knots += [(reach, back + 0.25 + high, 0.065, 0.055)]
    skull = trunk([(-0.03, 0, 0.08, 0.07), (0.1, 0.02, 0.095, 0.085), (0.26, -0.03, 0.06, 0.06)])
    head = placed(skull, -d(0, 30), (reach, back + 0.26 + high))
    legs = _columns(d, (-0.3, 0.26), (back, back), girth * 0.65, d(0.09, 0.12))
    return join(spine(knots, d), head, legs).painted(skin)


def _low_body(d: Draw, arch: float, girth: float) -> Solid:
    """The body of the heavy ones on four legs: tail, arched back, low neck."""
    hip = 0.5
    knots = [(-1.1, 0.3 + 0.25 * d.random(), 0.025, 0.025)]
    knots += [(-0.65, hip - 0.02, 0.09, 0.08), (-0.3, hip + arch, 0.2, girth * 0.85)]
    knots += [
        (0.05, hip + arch * 0.8, 0.24, girth),
        (0.35, hip - 0.06, 0.17, girth * 0.75),
        (0.55, hip - 0.1, 0.12, 0.11),
    ]
    return spine(knots, d)


def stegosaurus(d: Draw) -> Solid:
    """A high back with two rows of plates, a small low head, spikes on the tail."""
    skin, plate_rgb, arch = paint(d, *SKINS), paint(d, *SKINS), d(0.06, 0.16)
    skull = trunk([(0.5, 0.4, 0.1, 0.1), (0.66, 0.38, 0.09, 0.08), (0.84, 0.34, 0.05, 0.05)])
    legs = _columns(d, (-0.28, 0.28), (0.5, 0.38), 0.16, 0.1)
    parts = [join(_low_body(d, arch, 0.19), skull, legs).painted(skin)]
    line = smooth(
        [(-0.95, 0.42), (-0.6, 0.58), (-0.3, 0.7 + arch), (0.05, 0.74 + arch * 0.8), (0.32, 0.58), (0.5, 0.48)], 2
    )
    tallest = d(0.22, 0.34)
    for k, (x, y) in enumerate(line):
        size = tallest * (0.35 + 0.65 * np.sin(np.pi * (k + 0.5) / len(line)))
        leaf = extrude(np.array([(-0.2, 0), (0.2, 0), (0.42, 0.5), (0.05, 1.0), (-0.36, 0.5)]) * size, 0.035)
        parts.append(
            leaf.turned("x", 10 if k % 2 else -10).at(x, y - 0.06, 0.045 if k % 2 else -0.045).painted(plate_rgb)
        )
    spikes = [spike(0.24, 0.03).turned("x", 55).turned("z", 25).at(x, 0.42, 0.03) for x in (-1.02, -0.9)]
    return join(*parts, mirrored(join(*spikes), "z").painted(plate_rgb))


def triceratops(d: Draw) -> Solid:
    """A frill behind the head, horns on brow and nose, a beak; with spikes around the frill in some."""
    skin, bone = paint(d, *SKINS), paint(d, "beige", "white", "grey")
    frill_size, count = d(0.5, 0.75), d.pick(0, 6, 8)
    skull = trunk([(0, 0, 0.17, 0.17), (0.2, -0.02, 0.16, 0.15), (0.42, -0.1, 0.1, 0.08), (0.55, -0.17, 0.05, 0.04)])
    frill = blob(0.1, frill_size, frill_size * 1.05).turned("z", 25).at(-0.08, 0.14)
    brow, nose = d(0.25, 0.5), d(0.08, 0.25)
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
    head = placed(join(join(skull, frill).painted(skin), join(*horns).painted(bone)), d(-15, 10), (0.5, 0.46))
    legs = _columns(d, (-0.28, 0.28), (0.48, 0.4), 0.18, 0.115).painted(skin)
    return join(_low_body(d, d(0, 0.08), 0.24).painted(skin), legs, head)


def ankylosaurus(d: Draw) -> Solid:
    """Broad and low, rows of studs over the back, a club on the tail."""
    skin, stud_rgb = paint(d, *SKINS), paint(d, *SKINS)
    knots = [(-1.1, 0.3, 0.04, 0.05), (-0.7, 0.32, 0.08, 0.1), (-0.3, 0.36, 0.17, 0.28)]
    knots += [(0.1, 0.36, 0.19, 0.33), (0.45, 0.33, 0.13, 0.2)]
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
    legs = _columns(d, (-0.28, 0.28), (0.32, 0.32), 0.22, 0.095)
    return join(join(trunk(knots, segments=20), skull, club, legs).painted(skin), join(*studs).painted(stud_rgb))


@category
def dinosaur(d: Draw) -> Solid:
    """Hunters on two legs, with a sail or long claws; long-necked, plated, horned, armoured and duck-billed ones."""
    kinds: dict[str, Maker] = {
        "tyrannosaurus": _hunter,
        "velociraptor": lambda d: _hunter(d, slim=True),
        "spinosaurus": lambda d: _hunter(d, sail=True),
        "therizinosaurus": _therizinosaurus,
        "sauropod": sauropod,
        "stegosaurus": stegosaurus,
        "triceratops": triceratops,
        "ankylosaurus": ankylosaurus,
        "parasaurolophus": _duckbill,
    }
    mesh = one_of(d, kinds)
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    if d.chance(0.6):  # a dark back or a light belly
        deep = low[1] + (high[1] - low[1]) * d(0.4, 0.75)
        shade = paint(d, *SKINS) if d.chance(0.4) else mesh.face_rgb[0] * d(0.5, 0.8)
        mesh = mesh.banded(deep, high[1] + 1, shade).called(mesh.kind)
    curved = bent(bent(mesh, -0.3, -1.2, d(-45, 45), 0.2), 0.4, 0.8, d(-40, 40), 0.25)
    curved = uneven(d, curved, d(0, 0.006))
    factor = d(0.08, 0.42) / np.ptp(curved.vertices, axis=0).max()
    return curved.resized(factor).grounded()


def _leg(x: float, top: float, z: float, thick: float, thin: float, swing: float, bend: float) -> Solid:
    """A leg with knee ahead and ankle behind, on a foot with three toes."""
    knots = [(x, top, thick, thick * 0.75), (x + 0.16 * bend, top * 0.62, thick * 0.7, thick * 0.55)]
    knots += [(x - 0.12 * bend + swing * 0.6, top * 0.3, thin * 1.1, thin), (x + swing, thin * 0.9, thin, thin)]
    toes = [trunk([(0, thin * 0.55, thin * 0.6, thin * 0.5), (thin * 3.2, thin * 0.4, thin * 0.35, thin * 0.4)], 2, 10)]
    toes = [toe.turned("y", turn).at(x + swing) for toe in toes for turn in (-28, 0, 28)]
    return join(trunk(knots, segments=14), *toes).at(z=z)


def _hunter(d: Draw, slim: bool = False, sail: bool = False) -> Solid:
    """Two strong legs, small arms, a large head with open or closed jaws, the tail level; upright in old toys."""
    hip, girth = d(0.62, 0.8), 0.13 if slim else 0.19
    lift, up = d(-0.1, 0.35), d(-0.1, 0.22)
    knots = [(-1.35, hip + up, 0.02, 0.02), (-0.85, hip + up * 0.4, 0.06, 0.05), (-0.4, hip, 0.13, 0.11)]
    knots += [(0.0, hip, girth * 1.1, girth), (0.4, hip + lift * 0.5, girth, girth * 0.85)]
    knots += [(0.62, hip + 0.18 + lift, girth * 0.68, girth * 0.55)]
    knots += [(0.76, hip + 0.34 + lift, girth * 0.6, girth * 0.5)]
    skin = paint(d, *SKINS)
    size = d(0.36, 0.46) if slim or sail else d(0.46, 0.62)
    head = _jaws(d, size, 0.2 if slim or sail else 0.27).at(0.72, hip + 0.34 + lift)
    swing = d(0.0, 0.22)
    legs = [_leg(0.02, hip, s * girth * 0.75, girth * 0.9, 0.055, s * swing + 0.04, 1.0) for s in (1, -1)]
    arm_length, chest = (0.34 if slim or sail else 0.2), (0.46, hip - 0.05 + lift * 0.55)
    arms = mirrored(_arm(*chest, girth * 0.8, arm_length, 0.04), "z")
    parts = [spine(knots, d).painted(skin), join(*legs, arms).painted(skin), head.painted(skin)]
    parts.append(
        mirrored(blob(0.05, 0.05, 0.03).at(0.72 + size * 0.3, hip + 0.37 + lift, size * 0.2), "z").painted(BLACK)
    )
    if sail:
        tall = d(0.25, 0.5)
        fin = [(-0.42, hip + 0.05), (0.5, hip + lift * 0.5), (0.35, hip + tall * 0.9)]
        fin += [(0.08, hip + 0.12 + tall), (-0.2, hip + tall * 0.8)]
        parts.append(extrude(fin, 0.05).painted(paint(d, *SKINS)))
    return join(*parts)


def _arm(x: float, y: float, z: float, length: float, thick: float) -> Solid:
    elbow = (x + 0.02, y - length * 0.45, z + 0.05, thick * 0.8)
    hand = (x + length * 0.5, y - length * 0.6, z + 0.03, thick * 0.6)
    claws = [limb([hand, (x + length * 0.8, y - length * 0.75, z + 0.03 + out, 0.012)], 2, 8) for out in (-0.04, 0.03)]
    return join(limb([(x, y, z, thick * 1.2), elbow, hand]), *claws)


def _jaws(d: Draw, size: float, deep: float) -> Solid:
    """A skull and a lower jaw that opens; along x from the joint with the neck."""
    upper = [(-0.08, 0, deep * 1.1, 0.22), (0.2, 0.05, deep * 1.1, 0.26)]
    upper += [(0.55, 0.02, deep * 0.72, 0.18), (0.98, 0, deep * 0.5, 0.13)]
    lower = [(-0.05, 0, deep * 0.6, 0.2), (0.4, -0.03, deep * 0.4, 0.16), (0.9, -0.02, deep * 0.3, 0.1)]
    jaw = trunk(lower).turned("z", -d.pick(4.0, d(10, 32))).at(0, -deep * 0.62)
    brows = mirrored(blob(0.2, 0.1, 0.12).at(0.32, deep * 1.0, 0.16), "z")
    return join(trunk(upper), jaw, brows).resized(size).turned("z", d(-22, 12))


def _therizinosaurus(d: Draw) -> Solid:
    """Upright, a long neck with a small head, long arms with long claws, feathers on the back."""
    hip = d(0.62, 0.75)
    knots = [(-1.0, hip - 0.3, 0.03, 0.03), (-0.5, hip - 0.12, 0.1, 0.09), (-0.08, hip + 0.05, 0.2, 0.19)]
    knots += [(0.22, hip + 0.32, 0.18, 0.16), (0.4, hip + 0.66, 0.08, 0.07), (0.48, hip + 0.95, 0.065, 0.055)]
    skin = paint(d, *SKINS)
    head = _jaws(d, 0.28, 0.2).at(0.46, hip + 0.98)
    legs = [_leg(-0.02, hip, s * 0.14, 0.17, 0.06, s * d(0, 0.15) + 0.05, 0.9) for s in (1, -1)]
    arms = []
    for side in (1, -1):
        y, out = hip + 0.38, d(0.0, 0.25)
        hand = (0.62, y - 0.25 + out, 0.24, 0.04)
        claws = [
            limb(
                [hand, (0.78, hand[1] - 0.04, 0.24 + aside, 0.022), (0.95, hand[1] - 0.16, 0.24 + aside * 1.5, 0.006)],
                3,
                8,
            )
            for aside in (-0.06, 0, 0.06)
        ]
        arm = join(limb([(0.27, y, 0.13, 0.07), (0.34, y - 0.26, 0.22, 0.055), hand]), *claws)
        arms.append(arm if side == 1 else opposite(arm))
    return join(spine(knots, d), head, *legs, *arms).painted(skin)


def _duckbill(d: Draw) -> Solid:
    """On four legs or leaning back on two, with a flat bill and a long crest to the rear."""
    hip, lift, skin = d(0.55, 0.66), d(-0.02, 0.3), paint(d, *SKINS)
    knots = [(-1.3, hip - 0.05, 0.03, 0.02), (-0.8, hip, 0.1, 0.06), (-0.35, hip, 0.18, 0.14)]
    knots += [(0.05, hip + 0.02, 0.22, 0.19), (0.38, hip + lift * 0.6, 0.15, 0.13)]
    knots += [(0.6, hip + 0.2 + lift, 0.085, 0.07), (0.72, hip + 0.36 + lift, 0.075, 0.065)]
    skull = trunk([(-0.06, 0, 0.1, 0.09), (0.1, 0, 0.11, 0.09), (0.28, -0.06, 0.06, 0.07), (0.42, -0.08, 0.035, 0.085)])
    crest = limb([(0.1, 0.06, 0, 0.06), (-0.15, 0.2, 0, 0.05), (-0.2 - 0.25 * d.random(), 0.28, 0, 0.035)])
    head = join(skull, crest).at(0.72, hip + 0.38 + lift)
    legs = [_leg(-0.02, hip, s * 0.14, 0.17, 0.065, s * d(0, 0.18), 0.8) for s in (1, -1)]
    reach = hip + lift * 0.55 - 0.06
    joints = [(0.4, reach, 0.11, 0.07), (0.38, reach * 0.55, 0.14, 0.05)]
    joints += [(0.5, max(reach - 0.5, 0.04) if lift < 0.15 else reach - 0.38, 0.14, 0.04)]
    arm = limb(joints)
    return join(spine(knots, d), head, *legs, mirrored(arm, "z")).painted(skin)
