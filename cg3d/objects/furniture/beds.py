"""Beds and pillows."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint, wood
from cg3d.objects.shapes.primitives import box, hoop, lathe, loft, rod, slab, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored
from cg3d.objects.shapes.supports import legs


@category
def bed(d: Draw) -> Solid:
    """A mattress on a frame with a headboard and pillows."""
    width, length = d.pick(0.9, 1.0, 1.4, 1.6, 1.8), d(1.9, 2.15)
    base, mattress = d(0.2, 0.38), d(0.14, 0.28)
    frame, sheet, blanket = wood(d), paint(d, "white", "beige", "grey", "blue", "pink"), paint(d)
    rail = d(0.08, 0.2)
    parts = [box(width + 0.06, rail, length + 0.04).at(y=base - rail).painted(frame)]
    parts.append(superellipsoid(width, mattress, length, 0.92).at(y=base - 0.02).painted(sheet))
    parts += [p.painted(frame) for p in legs(width - 0.05, length - 0.05, base - 0.01, 0.035, 0.0, True)]
    head = _board(d, width + 0.06, base + mattress + d(0.2, 0.65))
    parts.append(head.at(z=-length / 2 - 0.03).painted(frame))
    if d.chance(0.5):
        foot = _board(d, width + 0.06, base + mattress * d(0.8, 1.6))
        parts.append(foot.at(z=length / 2 + 0.03).painted(frame))
    top = base + mattress - 0.04
    pillows = 1 if width < 1.2 else 2
    for x in (np.arange(pillows) - (pillows - 1) / 2) * width / pillows:
        pillow = superellipsoid(min(0.7, width / pillows * 0.9), d(0.1, 0.16), 0.42, 0.5)
        parts.append(pillow.turned("x", -8).at(x=x, y=top, z=-length / 2 + 0.3).painted(sheet))
    if d.chance(0.7):
        cover = superellipsoid(width + 0.05, mattress * 0.8, length * d(0.5, 0.72), 0.94)
        parts.append(cover.at(y=base + mattress * 0.2 + 0.02, z=length * 0.16).painted(blanket))
    return join(*parts)


def _board(d: Draw, width: float, height: float) -> Solid:
    """A head or foot board: a plain panel, an arched one, or a frame with bars."""
    kind = d.pick("panel", "arch", "bars")
    if kind == "panel":
        return box(width, height, 0.05)
    if kind == "arch":
        x = np.linspace(width / 2, -width / 2, 15)
        top = height * (0.8 + 0.2 * np.cos(np.pi * x / width))
        outline = [(-width / 2, 0), (width / 2, 0), *points(x, top)]
        return slab(outline, 0.05).turned("x", -90).at(z=-0.025)
    posts = mirrored(lathe([(0, 0), (0.03, 0), (0.03, height), (0, height + 0.03)], 16).at(x=width / 2 - 0.03))
    rails = [box(width, 0.05, 0.03).at(y=y) for y in (height * 0.45, height - 0.06)]
    bars = [rod((x, height * 0.45, 0), (x, height - 0.04, 0), 0.012) for x in np.linspace(-0.42, 0.42, 8) * width]
    return join(posts, *rails, *bars)


@category
def pillow(d: Draw) -> Solid:
    """A stuffed cushion with pinched corners, square or oblong, lying or leaning; or a bolster."""
    kinds = {"pillow": _oblong, "bed pillow": _oblong, "throw pillow": _square, "bolster": _bolster}
    return one_of(d, kinds)


def _oblong(d: Draw) -> Solid:
    return _cushion(d, d(0.55, 0.85), d(0.36, 0.5), d(0.13, 0.22), False)


def _square(d: Draw) -> Solid:
    size = d(0.35, 0.5)
    whole = _cushion(d, size, size * d(0.9, 1.0), d(0.12, 0.2), True)
    lean = d.pick(0.0, d(50, 85))
    return whole.turned("x", lean).grounded()


def _cushion(d: Draw, width: float, depth: float, height: float, trimmed: bool) -> Solid:
    """Two bulging sheets sewn along an edge that draws in between its four corners."""
    pinch, dent = d(0.08, 0.16), d(0.0, 0.3)
    turn = np.arange(64) * 2 * np.pi / 64
    unit = points(np.cos(turn), np.sin(turn))
    square = unit / np.abs(unit).max(axis=1, keepdims=True)
    edge = square * (1 - pinch * (1 - np.abs(square).min(axis=1, keepdims=True) ** 2)) * (width / 2, depth / 2)
    levels = np.array([1.0, 0.98, 0.94, 0.86, 0.75, 0.6, 0.4, 0.2, 0.05])
    rings = []
    for sign, sizes in ((-1, levels[:0:-1]), (1, levels)):
        for size in sizes:
            full = np.prod(1 - np.abs(square * size) ** 2.6, axis=1) ** 0.45  # 1 in the middle, 0 along the seam
            rise = sign * height / 2 * full * (1 - dent * (sign > 0) * (1 - size) ** 2)
            rings.append(points(edge[:, 0] * size, rise, edge[:, 1] * size))
    rgb = paint(d)
    body = loft(np.stack(rings)[:, ::-1]).painted(rgb)
    if trimmed and d.chance(0.5):
        cord = points(edge[:, 0], 0 * turn, edge[:, 1])
        body = join(body, tube(np.concatenate([cord, cord[:1]]), 0.006, segments=8).painted(paint(d)))
    return body.grounded()


def _bolster(d: Draw) -> Solid:
    length, radius, rgb, trim = d(0.45, 0.9), d(0.08, 0.12), paint(d), paint(d)
    course = [(radius * 0.6, 0.0), (radius * 0.95, 0.02), (radius, 0.08), (radius, length - 0.08)]
    course += [(radius * 0.95, length - 0.02), (radius * 0.6, length)]
    knots = smooth(course)
    roll = lathe([(0, 0.015), *knots, (0, length - 0.015)]).painted(rgb)
    piping = [hoop(radius * 0.97, 0.006).at(y=y).painted(trim) for y in (0.02, length - 0.02)]
    return join(roll, *piping).turned("z", 90).grounded()
