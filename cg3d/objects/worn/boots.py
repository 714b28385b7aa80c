"""Boots."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import box, lathe, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored
from cg3d.objects.worn.shoe_parts import TOE, bow, flexed, heel_block, laces, single_or_pair, sole, sole_outline, upper

Knot = tuple[float, ...]


@category
def boot(d: Draw) -> Solid:
    """One boot or a pair, over the ankle or up to the knee: laced, pulled on, of rubber, with a heel, or furry."""
    kinds = {"hiking boot": _laced, "ankle boot": _chelsea, "rain boot": _rubber}
    kinds |= {"cowboy boot": _cowboy, "knee-high boot": _knee_high, "snow boot": _furry}
    return one_of(d, kinds)


def _shaft(d: Draw, top: float, wide: float, pointed: float = 1.0) -> list[Knot]:
    """From the toe to the rim of a shaft `top` high and `wide` half across, in parts of the length."""
    toe = d(0.9, 1.1)
    knots: list[Knot] = [
        (tz, ty * toe, bz, by, w * (pointed if k < 3 else 1), flat) for k, (tz, ty, bz, by, w, flat) in enumerate(TOE)
    ]
    crease = d(0.4, 0.47)
    foot: list[Knot] = [(0.68, 0.215 * toe, 0.62, 0.0, 0.17, 0.7), (crease + 0.12, 0.28 * toe, 0.4, 0.0, 0.15, 0.7)]
    foot += [(crease + 0.04, 0.345, 0.18, 0.0, 0.142, 0.65), (crease + 0.01, 0.385, 0.04, 0.015, 0.135, 0.5)]
    foot += [(crease - 0.01, 0.42, 0.0, 0.13, 0.125, 0.25), (crease - 0.02, 0.46, 0.02, 0.28, 0.118, 0.1)]
    foot += [(crease - 0.02, 0.52, 0.02, 0.44, 0.12, 0.0)]
    middle, reach = 0.22 - 0.02 * top, wide * d(1.05, 1.35)
    heights = [y for y in np.linspace(0.5, top, 5)[1:] if y > 0.56]
    rise = [(middle + reach * t, y, middle - reach * t, y, 0.12 + (wide - 0.12) * t, 0.0) for y, t in _eased(heights)]
    return knots + foot + rise


def _eased(heights: list[float]) -> list[tuple[float, float]]:
    """Heights with how far the shaft has widened there."""
    return [(float(y), 0.85 + 0.15 * k / max(len(heights) - 1, 1)) for k, y in enumerate(heights)]


def _size(d: Draw) -> tuple[float, float]:
    return d(0.2, 0.32), d(0.92, 1.12)


def _body(d: Draw, knots: list[Knot], size: float, wide: float, dip: float = 0.0) -> Solid:
    return upper(knots, size, wide, d(0.06, 0.12), knots[-1][1] - d(0.08, 0.3), dip)


def _leather(d: Draw) -> np.ndarray:
    return paint(d, "black", "brown", "brown", "beige", "grey", "red") if d.chance(0.8) else paint(d)


def _heeled(d: Draw, body: Solid, size: float, wide: float, heel: float, point: float) -> Solid:
    """The body on a thin sole and a heel."""
    plate = size * d(0.02, 0.035)
    outline, dark = sole_outline(size, size * 0.36 * wide, point, 0.18), paint(d, "black", "brown", "beige")
    foot = sole(outline, [(0, 0.0), (plate, 0.002)]).painted(dark)
    block = heel_block(outline, size, heel + plate * 0.5, d(0.24, 0.3), d(0.75, 1.0)).painted(dark)
    return join(flexed(join(foot, body.at(y=plate * 0.7)), size, size * 0.03, heel), block)


def _lugged(d: Draw, size: float, wide: float, thick: float) -> Solid:
    """A thick sole with bars across."""
    outline, lug = sole_outline(size, size * 0.38 * wide), thick * 0.3
    parts = [sole(outline, [(lug, -0.001), (thick * 0.6, 0.004), (thick, 0.002)])]
    for z in (0.1, 0.22, 0.55, 0.68, 0.8):
        reach = size * wide * (0.26 if z < 0.5 else 0.32)
        parts.append(box(reach, lug * 1.2, size * 0.06).at(z=z * size))
    return join(*parts).painted(paint(d, "black", "black", "grey", "beige", "brown"))


def _laced(d: Draw) -> Solid:
    """A work or hiking boot: laces up to the rim, a padded collar and a thick sole."""
    size, wide = _size(d)
    thick, top = size * d(0.1, 0.15), d(0.58, 0.95)
    knots = _shaft(d, top, d(0.125, 0.15))
    rgb = _leather(d)
    collar = paint(d) if d.chance(0.5) else rgb
    body = _body(d, knots, size, wide, d(0.0, 0.05)).painted(rgb)
    body = body.banded(size * (top - d(0.05, 0.12)), size, collar)
    body = body.banded(0, size * d(0.03, 0.1), paint(d, "black", "brown", "grey"))
    lace, rows, cord = paint(d, "black", "yellow", "red", "beige", "brown"), d.count(4, 8), size * 0.012
    tied = [laces(knots[5:-1], rows, size, 0.0, size * 0.06, cord)]
    tied.append(bow(cord * 0.7, size * 0.14).at(y=knots[-3][1] * size, z=knots[-3][0] * size + cord))
    whole = join(_lugged(d, size, wide, thick), join(body, join(*tied).painted(lace)).at(y=thick * 0.85))
    return single_or_pair(d, flexed(whole, size, size * d(0.02, 0.06)))


def _chelsea(d: Draw) -> Solid:
    """A leather boot over the ankle with elastic at its sides and perhaps a loop behind; flat or with a high heel."""
    size, wide = _size(d)
    top, rgb = d(0.58, 0.75), _leather(d)
    body = _body(d, _shaft(d, top, d(0.118, 0.135), d(0.8, 1)), size, wide, 0.0).painted(rgb)
    x, y, z = body.face_centres().T / size
    if d.chance(0.7):
        elastic = (np.abs(z - 0.22) < 0.03 + 0.12 * (y - 0.3)) & (y > 0.3) & (np.abs(x) > 0.05)
        body = body.painted_where(elastic, paint(d, "black", "grey"))
    heel = size * d.pick(d(0.07, 0.12), d(0.15, 0.3))
    return single_or_pair(d, _heeled(d, body, size, wide, heel, d(1.9, 2.6)))


def _rubber(d: Draw) -> Solid:
    """A wide plain shaft of rubber, with a rib round the rim."""
    size, wide = _size(d)
    thick, top = size * d(0.07, 0.11), d(0.72, 1.3)
    across = d(0.15, 0.19)
    knots, rgb = _shaft(d, top, across), paint(d)
    body = _body(d, knots, size, wide * d(1.0, 1.08), 0.0).painted(rgb)
    if d.chance(0.7):
        body = body.banded(size * (top - d(0.04, 0.1)), 1.0, paint(d))
    outline, heel = sole_outline(size, size * 0.38 * wide), size * d(0.05, 0.1)
    foot = sole(outline, [(0, 0.0), (thick * 0.5, 0.004), (thick, 0.002)])
    block = heel_block(outline, size, heel + 0.004, 0.28, 0.95)
    dark = paint(d) if d.chance(0.5) else rgb
    whole = flexed(join(foot.painted(dark), body.at(y=thick * 0.8)), size, size * 0.03, heel)
    return single_or_pair(d, join(whole, block.painted(dark)))


def _cowboy(d: Draw) -> Solid:
    """A pointed toe, a slanted heel, and a shaft whose rim dips in front and behind."""
    size, wide = d(0.26, 0.33), d(0.9, 1.05)
    top, ears = d(0.9, 1.3), d(0.05, 0.12)
    knots, rgb = _shaft(d, top, d(0.15, 0.19), d(0.5, 0.75)), _leather(d)
    body = _body(d, knots, size, wide, -ears).painted(rgb)
    if d.chance(0.6):
        body = body.banded(size * d(0.38, 0.5), 1.0, _leather(d))
    heel = size * d(0.1, 0.17)
    loop = tube(np.array([(0.12, top - 0.06, 0.22), (0.17, top + 0.1, 0.22), (0.2, top - 0.06, 0.22)]) * size, 0.004, 8)
    pulls = mirrored(loop.scaled(x=wide)).painted(rgb)
    return single_or_pair(d, _heeled(d, join(body, pulls), size, wide, heel, d(1.2, 1.7)))


def _knee_high(d: Draw) -> Solid:
    """A close shaft up to the knee on a low, a broad or a thin heel."""
    size, wide = d(0.23, 0.28), d(0.85, 1.0)
    top, heel = d(1.15, 1.6), size * d(0.08, 0.38)
    body = _body(d, _shaft(d, top, d(0.14, 0.18), d(0.65, 1.0)), size, wide, 0.0)
    body = body.painted(_leather(d))
    if d.chance(0.5):
        return single_or_pair(d, _heeled(d, body, size, wide, heel, d(1.6, 2.4)))
    outline, rgb, thin = sole_outline(size, size * 0.34 * wide, 1.8), paint(d, "black", "brown"), 0.007
    foot = sole(outline, [(0, -0.001), (0.006, 0.0)]).painted(rgb)
    spike = lathe([(0, 0), (thin, 0), (thin * 1.2, heel * 0.6), (0.022, heel + 0.006), (0, heel + 0.006)], 16)
    whole = flexed(join(foot, body.at(y=0.004)), size, 0.005, heel)
    return single_or_pair(d, join(whole, spike.at(z=size * 0.09).painted(rgb)))


def _furry(d: Draw) -> Solid:
    """A soft, wide, round boot with a thick roll of fur round the rim, or quilted rings round the shaft."""
    size, wide = _size(d)
    thick, top, across = size * d(0.07, 0.12), d(0.7, 1.1), d(0.155, 0.185)
    knots, rgb = _shaft(d, top, across), paint(d)
    parts = [_body(d, knots, size, wide * 1.05, 0.0).painted(rgb)]
    z = (knots[-1][0] + knots[-1][2]) / 2 * size
    reach = np.array([across * wide * 1.05, 1, (knots[-1][0] - knots[-1][2]) / 2]) * (size, 1, size)
    angle = np.linspace(0, 2 * np.pi, 9)
    rolls = [(top, d(0.1, 0.2))] if d.chance(0.6) else [(y, 0.1) for y in np.arange(0.6, top + 0.01, 0.11)]
    for y, fat in rolls:
        ring = lathe(points(1 + fat * np.cos(angle), y * size + 0.02 * (fat / 0.1) * np.sin(angle)), 28)
        parts.append(ring.scaled(reach[0], 1, reach[2]).at(z=z).painted(paint(d) if len(rolls) == 1 else rgb))
    base = sole(sole_outline(size, size * 0.39 * wide), [(0, 0.0), (thick * 0.5, 0.004), (thick, 0.003)])
    body = join(*parts).at(y=thick * 0.85)
    return single_or_pair(d, flexed(join(base.painted(paint(d)), body), size, size * 0.04))
