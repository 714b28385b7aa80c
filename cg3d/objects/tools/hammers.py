"""Tools to strike with: hammer, mallet."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import casing
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, extrude, lathe, rod, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join, mirrored

RUBBERS = ("black", "black", "white", "grey", "red", "orange")


@category
def hammer(d: Draw) -> Solid:
    """A handle with a head across it: claw, sledge, ball-peen or mallet; lying or standing on its handle."""
    length, radius = d(0.25, 0.42), d(0.011, 0.018)
    grip, steel = (wood(d) if d.chance(0.5) else paint(d)), metal(d)
    knots = smooth([(0.95, 0.0), (1.15, 0.12), (0.8, 0.45), (0.75, 1.0)]) * (radius, length)
    handle = lathe([(0, 0), *knots, (0, length)], 20).scaled(z=d(0.65, 1.0)).painted(grip)
    kinds = {"claw": _claw_head, "sledge": _sledge_head, "ball": _ball_head, "mallet": _mallet_head}
    kind = d.pick("claw", "claw", "sledge", "ball", "mallet")
    head = kinds[kind](d).at(y=length * 0.97).painted(wood(d) if kind == "mallet" and d.chance(0.6) else steel)
    whole = join(handle, head)
    return (whole.turned("x", 90) if d.chance(0.6) else whole).grounded()


def _face(d: Draw, reach: float, radius: float) -> Solid:
    """The striking half of a head, from the axis of the handle to x = `reach`."""
    neck = radius * d(0.6, 0.85)
    profile = [(0, 0), (neck, 0), (neck, reach * 0.6), (radius, reach * 0.68), (radius, reach), (0, reach)]
    return lathe(profile, d.pick(8, 24)).turned("z", -90)


def _claw_head(d: Draw) -> Solid:
    reach, radius = d(0.045, 0.065), d(0.012, 0.017)
    eye = superellipsoid(radius * 2, radius * 2.2, radius * 2, 0.8).at(y=-radius * 1.1)
    back, drop = d(0.055, 0.085), d(0.01, 0.045)
    curve = smooth([(0.0, 0.002, 0.004), (-back * 0.5, 0.0, 0.007), (-back, -drop, 0.011)])
    prong = tube(curve, np.linspace(radius * 0.6, 0.0025, len(curve)), flatten=1.0)
    return join(_face(d, reach, radius), eye, mirrored(prong, "z"))


def _sledge_head(d: Draw) -> Solid:
    reach, half = d(0.045, 0.075), d(0.016, 0.028)
    outline = [(-half, -half * 0.6), (-half * 0.6, -half), (half * 0.6, -half), (half, -half * 0.6)]
    outline += [(-x, -y) for x, y in outline]
    return extrude(outline, 2 * reach).turned("y", 90)


def _ball_head(d: Draw) -> Solid:
    reach, radius = d(0.04, 0.06), d(0.012, 0.017)
    ball = superellipsoid(2 * radius, 2 * radius, 2 * radius).at(x=-reach * 0.75, y=-radius)
    neck = rod((0, 0, 0), (-reach * 0.7, 0, 0), radius * 0.75)
    return join(_face(d, reach, radius), neck, ball)


def _mallet_head(d: Draw) -> Solid:
    reach, radius = d(0.05, 0.085), d(0.026, 0.042)
    if d.chance(0.5):
        return cylinder(radius, 2 * reach).at(y=-reach).turned("z", 90)
    return superellipsoid(2 * reach, 2 * radius, 2 * radius * 0.8, 0.95).at(y=-radius)


@category
def mallet(d: Draw) -> Solid:
    """A big soft or wooden head on a handle, a plastic one filled with shot, or a toothed one for meat."""
    kinds = {"rubber mallet": _rubber, "wooden mallet": _wooden, "dead blow mallet": _dead_blow, "meat mallet": _meat}
    return laid(d, one_of(d, kinds), 0.65)


def _handle(d: Draw, length: float, radius: float) -> Solid:
    """A turned handle from y = 0 up, oval, swollen where it is held."""
    knots = [(d(0.8, 1.1), 0.0), (d(1.0, 1.3), 0.1), (0.9, 0.4), (0.8, 0.7), (0.75, 1.0)]
    profile = smooth(knots, 5) * (radius, length)
    return lathe([(0, 0), *profile, (0, length)], 20).scaled(z=d(0.65, 1.0))


def _rubber(d: Draw) -> Solid:
    """A drum across a handle, its faces flat or one of them domed, its sides straight or waisted."""
    length, radius = d(0.24, 0.36), d(0.024, 0.045)
    reach, bulge = radius * d(1.15, 1.7), d(-0.14, 0.12)
    edge = radius * d(0.05, 0.25)
    y = np.linspace(-reach + edge, reach - edge, 9)
    side = points(radius * (1 + bulge * (1 - (y / reach) ** 2)), y)
    dome = d.pick(0.0, radius * 0.25)
    ends = [(0, -reach), (side[0, 0] - edge, -reach), *side, (side[-1, 0] - edge, reach), (0, reach + dome)]
    head = lathe(ends, 32).turned("z", 90).at(y=length + radius * 0.6).painted(paint(d, *RUBBERS))
    if d.chance(0.25):  # faces that screw on
        cap = cylinder(radius * 0.98, reach * 0.35, segments=32).at(y=reach * 0.82).turned("z", -90)
        head = join(head, cap.at(y=length + radius * 0.6).painted(paint(d)))
    parts = [head, _handle(d, length + radius, d(0.012, 0.017)).painted(wood(d))]
    if d.chance(0.4):
        grip = lathe(
            [(0, 0), *smooth([(0.9, 0), (1.1, 0.1), (0.95, 0.6), (1.05, 1)], 5) * (0.018, 0.12), (0, 0.12)], 20
        )
        parts.append(grip.painted(paint(d)))
    return join(*parts)


def _wooden(d: Draw) -> Solid:
    """A joiner's mallet, a block with slanting faces, or a carver's, a turned bell in line with the handle."""
    rgb, pale = wood(d), wood(d)
    length = d(0.2, 0.32)
    if d.chance(0.4):
        wide, tall = d(0.03, 0.055), d(0.11, 0.16)
        bell = smooth([(0.55, 0.0), (0.8, 0.2), (0.95, 0.7), (1.0, 0.95), (0.85, 1.0)], 5) * (wide, tall)
        head = lathe([(0, 0), *bell, (0, tall)], 32).at(y=length * 0.5).painted(rgb)
        return join(head, _handle(d, length * 0.55, 0.016).painted(rgb if d.chance(0.5) else pale))
    wide, tall, deep = d(0.11, 0.17), d(0.065, 0.1), d(0.05, 0.075)
    block = casing(wide * 1.0, deep, tall, 0.005, 0.004, d(1.0, 1.15)).at(y=length).painted(rgb)
    shaft = casing(0.032, 0.022, length + tall + 0.012, 0.008, 0.004, d(1.0, 1.2)).painted(pale)
    return join(block, shaft)


def _dead_blow(d: Draw) -> Solid:
    """One piece of coloured plastic: two fat faces, a narrower middle and a long grip."""
    length, radius = d(0.24, 0.33), d(0.024, 0.038)
    reach, rgb = radius * d(1.4, 1.8), paint(d, "orange", "orange", "yellow", "red", "black", "blue", "green")
    step = radius * d(0.75, 0.92)
    half = [(step, 0.0), (step, reach * 0.35), (radius, reach * 0.5), (radius, reach * 0.95), (radius * 0.93, reach)]
    profile = [(0, -reach), *((r, -y) for r, y in half[::-1]), *half[1:], (0, reach)]
    head = lathe(profile, 32).turned("z", 90).at(y=length)
    neck = superellipsoid(radius * 1.3, radius * 3, radius * 1.3, 0.5).at(y=length - radius * 2.2)
    stick = _handle(d, length, d(0.013, 0.018))
    whole = join(head, neck, stick).painted(rgb)
    return whole.banded(0.0, length * 0.42, BLACK) if d.chance(0.5) else whole


def _meat(d: Draw) -> Solid:
    """A small head with rows of pyramids on a face, of metal or of wood, on a slim handle."""
    length, half, reach = d(0.17, 0.23), d(0.019, 0.03), d(0.024, 0.04)
    rgb = metal(d) if d.chance(0.7) else wood(d)
    waist = box(2 * half * 0.9, 1.2 * reach, 2 * half * 0.9).at(y=-0.6 * reach)
    plate = casing(2 * half, 2 * half, reach * 0.5, 0.003, 0.002)
    rows = d.count(3, 6)
    spots, size = (np.arange(rows) + 0.5) * 2 * half / rows - half, half / rows
    tooth = cylinder(size * 1.3, size * 1.3, size * 0.15, segments=4).turned("y", 45)
    teeth = join(*[tooth.at(x=x, z=z, y=reach) for x in spots for z in spots])
    head = join(waist, plate.at(y=reach * 0.5), plate.at(y=-reach), teeth).turned("z", 90).at(y=length + half * 0.8)
    stick = _handle(d, length, d(0.008, 0.012)).painted(rgb if d.chance(0.6) else paint(d))
    knob = superellipsoid(0.022, 0.018, 0.02).at(y=-0.006).painted(COLOURS["grey"])
    return join(*([head.painted(rgb), stick, knob] if d.chance(0.5) else [head.painted(rgb), stick]))
