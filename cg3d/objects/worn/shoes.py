"""Shoes that end below the ankle, or just over it."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import cylinder, lathe, tube
from cg3d.objects.shapes.solid import Solid, join
from cg3d.objects.worn.shoe_parts import TOE, bow, flexed, heel_block, laces, single_or_pair, sole, sole_outline, upper


@category
def shoe(d: Draw) -> Solid:
    """One shoe or a pair: sneaker, high-top, running shoe, soccer cleat, loafer, lace-up or a shoe with a high heel."""
    kinds = {"sneaker": _sneaker, "running shoe": _runner, "high-top sneaker": _high_top}
    kinds |= {"soccer cleat": _cleat, "loafer": _loafer, "dress shoe": _oxford, "high-heeled shoe": _pump}
    return one_of(d, kinds)


def _knots(d: Draw, instep: float, back: float, high: bool = False) -> list[tuple[float, ...]]:
    """From the toe to a collar whose tongue is `instep` and whose heel is `back` high, in parts of the length."""
    toe = d(0.85, 1.1)
    vamp = [(tz, ty * toe, bz, by, w, flat) for tz, ty, bz, by, w, flat in TOE]
    front = 0.42 if high else 0.38
    return [
        *vamp,
        (0.68, 0.175 + 0.17 * (instep - 0.175), 0.65, 0.0, 0.175, 0.7),
        (0.58, 0.175 + 0.4 * (instep - 0.175), 0.48, 0.0, 0.152, 0.7),
        (0.49, 0.175 + 0.68 * (instep - 0.175), 0.30, 0.0, 0.138, 0.7),
        (front + 0.02, instep * 0.95, 0.13, 0.0, 0.132, 0.65),
        (front, instep * 0.98, 0.03, 0.015, 0.125, 0.4),
        (front, instep, 0.005, back * 0.35, 0.115, 0.2),
        (front - 0.01, instep * 1.01, 0.02, back * 0.7, 0.1, 0.1),
        (front - 0.02, instep * 1.02, 0.01, back, 0.09, 0.0),
    ]


def _panels(d: Draw, body: Solid, length: float) -> Solid:
    """Another colour on the toe, the heel, the tongue or a stripe along each side."""
    x, y, z = body.face_centres().T / length
    rgb, second = body.face_rgb.copy(), paint(d)
    slope = d(-0.6, 0.6)
    places = [z > d(0.8, 0.9), z < d(0.12, 0.25)]
    places += [np.abs(y - 0.12 - slope * (z - 0.45)) < 0.02 + 0.06 * np.abs(z - 0.45), y < d(0.04, 0.08)]
    for place in places:
        if d.chance(0.4):
            rgb[place & (y > 0)] = second
    if d.chance(0.6):
        rgb[(np.abs(x) < 0.06) & (z > 0.35) & (z < 0.68) & (y > 0.16)] = paint(d)
    return Solid(body.vertices, body.faces, rgb)


def _laced(d: Draw, knots: list[tuple[float, ...]], size: float, wide: float, base: float, dip: float) -> list[Solid]:
    """The upper at y = `base` with its laces."""
    body = upper(knots, size, wide, d(0.1, 0.17), knots[-1][3] - 0.08, dip)
    body = _panels(d, body.painted(paint(d)), size)
    thick = size * d(0.007, 0.012)
    rows, lace = d.count(3, 7), paint(d, "white", "black", "grey", "red", "yellow")
    throat = knots[4:9]
    tied = [laces(throat, rows, size, 0.0, size * 0.055 * wide, thick)]
    if d.chance(0.6):
        tied.append(bow(thick * 0.8, size * 0.12).at(y=knots[7][1] * size + thick, z=knots[7][0] * size))
    return [body.at(y=base), join(*tied).painted(lace).at(y=base)]


def _size(d: Draw) -> tuple[float, float]:
    """Length in metres, from a child's to a big man's, and how wide it is."""
    return d(0.17, 0.32), d(0.95, 1.18)


def _bottom(d: Draw) -> np.ndarray:
    return paint(d, "white", "white", "black", "grey", "beige") if d.chance(0.75) else paint(d)


def _sneaker(d: Draw) -> Solid:
    """A flat rubber sole of even height."""
    size, wide = _size(d)
    thick = size * d(0.07, 0.12)
    knots = _knots(d, d(0.34, 0.42), d(0.24, 0.3))
    outline = sole_outline(size, size * 0.37 * wide)
    base = sole(outline, [(0, -0.002), (thick * 0.5, 0.002), (thick, 0.001)]).painted(_bottom(d))
    if d.chance(0.4):
        base = base.banded(0.0, thick * 0.45, paint(d))
    parts = [base, *_laced(d, knots, size, wide, thick * 0.8, d(0.0, 0.06))]
    return single_or_pair(d, flexed(join(*parts), size, size * d(0.02, 0.06)))


def _runner(d: Draw) -> Solid:
    """A foam sole that is thick under the heel, sweeps up at the toe and juts out behind."""
    size, wide = _size(d)
    thick, drop = size * d(0.07, 0.1), size * d(0.02, 0.06)
    knots = _knots(d, d(0.33, 0.4), d(0.26, 0.33))
    outline = sole_outline(size, size * 0.38 * wide, waist=d(0.13, 0.2))
    out = size * d(0.01, 0.03)
    levels = [(-drop, -0.004), (-drop * 0.5, out), (thick * 0.4, out * 0.5), (thick, 0.001), (thick * 1.3, -0.004)]
    base = sole(outline, levels).painted(_bottom(d)).banded(-drop, 0.1 * thick, paint(d))
    parts = [base, *_laced(d, knots, size, wide, thick * 0.8, d(0.03, 0.08))]
    return single_or_pair(d, flexed(join(*parts), size, size * d(0.05, 0.1), drop).grounded())


def _high_top(d: Draw) -> Solid:
    """A canvas or leather shoe that covers the ankle."""
    size, wide = _size(d)
    thick, top = size * d(0.07, 0.12), d(0.48, 0.62)
    knots = _knots(d, top, top * d(0.82, 0.97), high=True)
    outline = sole_outline(size, size * 0.37 * wide)
    base = sole(outline, [(0, 0.0), (thick, 0.002)]).painted(_bottom(d))
    if d.chance(0.5):
        base = base.banded(0, thick * 0.99, paint(d))
    parts = [base, *_laced(d, knots, size, wide, thick * 0.8, d(0.0, 0.06))]
    return single_or_pair(d, flexed(join(*parts), size, size * d(0.02, 0.05)))


def _cleat(d: Draw) -> Solid:
    """A tight shoe on a thin plate with studs."""
    size, wide = _size(d)
    stud, plate = size * d(0.035, 0.055), size * 0.025
    knots = _knots(d, d(0.3, 0.36), d(0.24, 0.3))
    outline = sole_outline(size, size * 0.34 * wide, waist=0.2)
    rgb = paint(d)
    parts = [sole(outline, [(stud, -0.003), (stud + plate, 0.0)]).painted(rgb)]
    peg = cylinder(size * d(0.022, 0.03), stud + plate * 0.5, size * 0.036, 10)
    for z, x in ((0.08, 0.07), (0.2, 0.08), (0.58, 0.11), (0.72, 0.13), (0.87, 0.09)):
        parts += [peg.at(x=side * x * size * wide, z=z * size).painted(rgb) for side in (1, -1)]
    parts += _laced(d, knots, size, wide * 0.95, stud + plate * 0.7, d(0.0, 0.05))
    return single_or_pair(d, flexed(join(*parts), size, size * d(0.03, 0.07)))


def _leather(d: Draw) -> np.ndarray:
    return paint(d, "black", "black", "brown", "brown", "beige", "red", "blue")


def _dressed(d: Draw, knots: list[tuple[float, ...]], size: float, wide: float) -> list[Solid]:
    """A leather upper on a thin sole with a low heel."""
    heel, plate = size * d(0.05, 0.1), size * d(0.018, 0.03)
    outline = sole_outline(size, size * 0.36 * wide, d(1.9, 2.6), 0.18)
    under = [sole(outline, [(0, 0.0), (plate, 0.002)])]
    body = upper(knots, size, wide, 0.08, knots[-1][3] - 0.06, d(0.02, 0.05)).painted(_leather(d))
    whole = flexed(join(*(part.painted(_bottom(d)) for part in under), body.at(y=plate * 0.7)), size, 0.006, heel)
    block = heel_block(outline, size, heel + plate * 0.5, 0.26, 0.95).painted(whole.face_rgb[0])
    return [whole, block]


def _loafer(d: Draw) -> Solid:
    """A shoe without laces: a low opening, and a strap over the instep."""
    size, wide = max(_size(d)[0], 0.22), d(0.95, 1.1)
    instep, back = d(0.25, 0.29), d(0.2, 0.25)
    knots = _knots(d, instep, back)
    forward = [(tz + 0.16 * k / 7, *rest) for k, (tz, *rest) in enumerate(knots[4:])]
    whole, block = _dressed(d, knots[:4] + forward, size, wide)
    across = np.linspace(-1, 1, 7)
    arch = points(across * 0.16 * wide, 0.25 - 0.13 * across**4, 0.64) * size
    strap = tube(arch, size * d(0.03, 0.05), 8, 0.2).painted(_leather(d))
    return single_or_pair(d, join(whole, block, strap))


def _oxford(d: Draw) -> Solid:
    """A leather lace-up shoe with a heel."""
    size, wide = max(_size(d)[0], 0.22), d(0.9, 1.08)
    knots = _knots(d, d(0.3, 0.35), d(0.22, 0.27))
    whole, block = _dressed(d, knots, size, wide)
    tied = laces(knots[4:9], d.count(3, 6), size, size * 0.03, size * 0.04, size * 0.007)
    return single_or_pair(d, join(whole, block, flexed(tied.painted(_leather(d)), size, 0.006, size * 0.05)))


def _pump(d: Draw) -> Solid:
    """A low shoe whose sole rises to a thin or a broad heel."""
    size, wide, heel = d(0.21, 0.26), d(0.85, 1.0), d(0.04, 0.11)
    instep, back = 0.12, d(0.18, 0.24)
    front = d(0.74, 0.82)
    point = d(0.75, 1.0)
    knots = [
        (tz, ty * 0.75, bz, by, w * (point if k < 3 else 0.97), flat) for k, (tz, ty, bz, by, w, flat) in enumerate(TOE)
    ]
    rows = ((0.6, 0.0, 0.165), (0.4, 0.0, 0.14), (0.2, 0.0, 0.13), (0.05, 0.01, 0.12), (0.0, 0.08, 0.115))
    knots += [(front - 0.005 * k, instep + 0.004 * k, z, y, w, 0.6 - 0.1 * k) for k, (z, y, w) in enumerate(rows)]
    knots += [(front - 0.03, instep + 0.02, 0.005, back, 0.105, 0.0)]
    rgb, plate = paint(d), 0.005
    body = upper(knots, size, wide, 0.05, 0.1, d(0.05, 0.08)).painted(rgb)
    outline = sole_outline(size, size * 0.34 * wide, 1.6 + 0.9 * point, 0.2)
    flat = join(sole(outline, [(0, -0.002), (plate, -0.001)]).painted(paint(d)), body.at(y=plate * 0.6))
    if d.chance(0.5):
        thin = d(0.004, 0.012)
        spike = lathe([(0, 0), (thin, 0), (thin * 1.2, heel * 0.6), (0.02, heel + plate), (0, heel + plate)], 16)
        spike = spike.at(z=size * 0.09)
    else:
        spike = heel_block(outline, size, heel + plate, 0.24, d(0.6, 0.95))
    return single_or_pair(d, join(flexed(flat, size, 0.004, heel), spike.painted(rgb)))
