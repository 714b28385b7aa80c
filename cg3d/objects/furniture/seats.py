"""Furniture to sit on: bench, chair, sofa, stool."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.curves import ellipse, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint, wood
from cg3d.objects.shapes.primitives import beam, box, rod, slab, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored
from cg3d.objects.shapes.supports import legs, star_base


@category
def chair(d: Draw) -> Solid:
    """A seat for one with a back: dining, office, arm or garden chair."""
    width, depth = d(0.38, 0.55), d(0.38, 0.52)
    height, thickness = d(0.4, 0.5), d(0.02, 0.09)
    frame, cover = (wood(d) if d.chance(0.6) else metal(d)), paint(d)
    seat = slab(rectangle(width, depth, d(0, 0.12)), thickness).at(y=height - thickness)
    swivel = d.chance(0.2)
    back = _chair_back(d, width * d(0.85, 1.0), d(0.32, 0.62), swivel)
    back = back.turned("x", -d(2, 16)).at(y=height - thickness / 2, z=-depth / 2 + 0.02)
    parts = [seat.painted(cover), back.painted(cover if d.chance(0.5) else frame)]
    parts += [part.painted(frame) for part in _chair_support(d, width, depth, height - thickness, swivel)]
    if d.chance(0.35):
        parts.append(_armrests(d, width, depth, height).painted(frame))
    return join(*parts)


def _chair_support(d: Draw, width: float, depth: float, height: float, swivel: bool) -> list[Solid]:
    if swivel:
        return star_base(d, height, width * d(0.45, 0.6))
    radius, splay = d(0.011, 0.028), d.pick(0.0, d(0.0, 0.07))
    if d.chance(0.12):
        return [_cantilever(width - 2 * radius, depth, height, radius)]
    parts = legs(width - 0.06, depth - 0.06, height, radius, splay, d.chance(0.5))
    if d.chance(0.4):
        level, inset = d(0.25, 0.5) * height, splay * 0.6 - 0.03
        parts.append(mirrored(rod((width / 2 + inset, level, -depth / 2), (width / 2 + inset, level, depth / 2), 0.01)))
    return parts


def _cantilever(width: float, depth: float, height: float, radius: float) -> Solid:
    """A bent steel tube: along the floor on both sides, up the front, under the seat."""
    side = smooth(
        [(0, radius, -depth / 2), (0, radius, depth / 2 - 0.06), (0, 0.06, depth / 2), (0, height, depth / 2 - 0.02)], 6
    )
    cross = rod((-width / 2, radius, -depth / 2), (width / 2, radius, -depth / 2), radius)
    return join(mirrored(tube(side, radius).at(x=width / 2)), cross)


def _chair_back(d: Draw, width: float, height: float, solid: bool) -> Solid:
    """A back in the plane z = 0 from y = 0 upwards: board, vertical bars, rungs or a curved shell."""
    kind = "board" if solid else d.pick("board", "bars", "rungs", "shell")
    post, rail = d(0.012, 0.022), d(0.04, 0.1)
    if kind == "board":
        gap = d(0.0, 0.35) * height
        panel = superellipsoid(width, height - gap, d(0.025, 0.08), d(0.6, 1.0)).at(y=gap)
        return join(panel, mirrored(beam((width * 0.3, 0, 0), (width * 0.3, gap + 0.08, 0), 0.03, 0.02)))
    if kind == "shell":
        outline = [(x, 0.09 * np.cos(np.pi * x / width) - 0.09) for x in np.linspace(-width / 2, width / 2, 14)]
        return slab([*outline, *[(x, z + 0.02) for x, z in reversed(outline)]], height)
    parts = [mirrored(beam((width / 2 - post, 0, 0), (width / 2 - post, height, 0), 2 * post, 2 * post))]
    parts.append(box(width, rail, 2 * post).at(y=height - rail))
    count = d.count(2, 7)
    if kind == "bars":
        bars = np.linspace(-width / 2, width / 2, count + 2)[1:-1]
        parts += [beam((x, 0, 0), (x, height - rail / 2, 0), d(0.012, 0.03), 0.012) for x in bars]
    else:
        levels = np.linspace(0.1 * height, height - rail, min(count, 4) + 1)[:-1]
        parts += [box(width - post, rail * 0.6, 0.015).at(y=y) for y in levels]
    return join(*parts)


def _armrests(d: Draw, width: float, depth: float, seat_height: float) -> Solid:
    top, x = seat_height + d(0.17, 0.26), width / 2 + 0.01
    pad = box(d(0.03, 0.07), 0.03, depth * 0.9).at(x=x, y=top)
    post = beam((x, seat_height - 0.04, depth * 0.3), (x, top + 0.01, depth * 0.3), 0.03, 0.03)
    return mirrored(join(pad, post))


@category
def stool(d: Draw) -> Solid:
    """A narrow seat without a back on rather long legs."""
    width = d(0.27, 0.4)
    height = width * d(1.25, 2.2)
    thickness = d(0.025, 0.08)
    frame = wood(d) if d.chance(0.6) else metal(d)
    outline = ellipse(width, width) if d.chance(0.65) else rectangle(width, width, d(0, 0.1))
    parts = [slab(outline, thickness).at(y=height - thickness).painted(paint(d) if d.chance(0.5) else frame)]
    if d.chance(0.3):
        parts += [part.painted(frame) for part in star_base(d, height - thickness, width * d(0.45, 0.6))]
        ring = tube([(*p,) for p in _circle(width * 0.42, height * d(0.25, 0.45))], 0.01)
        return join(*parts, ring.painted(frame))
    return join(*parts, *(part.painted(frame) for part in _stool_legs(d, width, height - thickness)))


def _circle(radius: float, y: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 33)
    return points(radius * np.cos(angle), y, radius * np.sin(angle))


def _stool_legs(d: Draw, width: float, height: float) -> list[Solid]:
    """Three or four splayed legs joined by rungs."""
    count, radius = d.pick(3, 4, 4), d(0.011, 0.022)
    reach, splay = width * d(0.3, 0.45), d(0.0, 0.09)
    level = d(0.2, 0.5)
    angles = np.pi / 4 + 2 * np.pi * np.arange(count) / count
    around = points(np.cos(angles), np.sin(angles))
    at_rung = around * (reach + splay * (1 - level))
    parts = [rod((*_xz(a * (reach + splay), 0.0),), _xz(a * reach, height), radius * 0.8, radius) for a in around]
    rungs = zip(at_rung, np.roll(at_rung, -1, axis=0), strict=True)
    return parts + [rod(_xz(a, level * height), _xz(b, level * height), radius * 0.7) for a, b in rungs]


def _xz(flat: np.ndarray, y: float) -> tuple[float, float, float]:
    return float(flat[0]), y, float(flat[1])


@category
def bench(d: Draw) -> Solid:
    """A long seat for several people, with or without a slatted back."""
    width, depth = d(1.1, 2.0), d(0.28, 0.45)
    height, thickness = d(0.38, 0.5), d(0.03, 0.06)
    rgb, frame = wood(d), metal(d)
    frame = frame if d.chance(0.6) else rgb
    has_back = d.chance(0.65)
    parts = [part.at(y=height - thickness).painted(rgb) for part in _planks(d, width, depth, thickness)]
    if has_back:
        rise, lean = d(0.35, 0.5), d(5, 18)
        planks = join(*_planks(d, width, rise * 0.75, 0.03)).turned("x", 90).at(y=rise * 0.6)
        posts = mirrored(box(0.05, rise, 0.03).at(x=width * 0.42, z=-0.03))
        back = join(planks.painted(rgb), posts.painted(frame)).turned("x", -lean)
        parts.append(back.at(y=height - thickness, z=-depth / 2))
    parts += [part.painted(frame) for part in _bench_support(d, width, depth, height - thickness, has_back)]
    return join(*parts)


def _planks(d: Draw, width: float, depth: float, thickness: float) -> list[Solid]:
    """A board of one to six planks with gaps between them."""
    count = d.count(1, 7)
    pitch = depth / count
    size = pitch if count == 1 else pitch * d(0.7, 0.9)
    return [box(width, thickness, size).at(z=-depth / 2 + pitch * (k + 0.5)) for k in range(count)]


def _bench_support(d: Draw, width: float, depth: float, height: float, has_back: bool) -> list[Solid]:
    x = width * d(0.36, 0.46)
    if d.chance(0.4):
        parts = [mirrored(box(d(0.04, 0.1), height, depth * 0.9).at(x=x))]
    else:
        parts = legs(2 * x, depth * 0.75, height, d(0.02, 0.04), d.pick(0.0, 0.04), True)
    if d.chance(0.4):
        parts.append(box(2 * x, 0.06, 0.03).at(y=height * 0.35))
    if has_back and d.chance(0.5):
        arm = join(box(0.05, 0.03, depth).at(y=0.2), box(0.04, 0.2, 0.04).at(z=depth * 0.4))
        parts.append(mirrored(arm.at(x=width / 2 - 0.03, y=height + 0.02)))
    return parts


@category
def sofa(d: Draw) -> Solid:
    """An upholstered seat for two to four with a back and arms."""
    seats, place = d.count(2, 5), d(0.52, 0.72)
    width, depth = seats * place, d(0.75, 0.98)
    seat, back = d(0.38, 0.46), d(0.68, 0.95)
    arm, arm_height = d(0.1, 0.26), d(0.5, 0.68)
    foot, softness = d(0.02, 0.14), d(0.65, 0.95)
    rgb = paint(d)
    cushion_rgb = paint(d) if d.chance(0.25) else rgb
    rest = superellipsoid(width + arm, back - foot, 0.24, softness).at(y=foot, z=-depth / 2 + 0.12)
    sides = mirrored(superellipsoid(arm, arm_height - foot, depth, softness).at(x=(width + arm) / 2, y=foot))
    base = box(width, seat - 0.16 - foot, depth * 0.96).at(y=foot)
    parts = [part.painted(rgb) for part in (rest, sides, base)]
    for x in (np.arange(seats) - (seats - 1) / 2) * place:
        pad = superellipsoid(place * 0.98, 0.19, depth - 0.22, 0.85).at(x=x, y=seat - 0.18, z=0.1)
        lean = superellipsoid(place * 0.95, back - seat - 0.02, 0.2, 0.75).turned("x", -12)
        parts += [pad.painted(cushion_rgb), lean.at(x=x, y=seat - 0.02, z=-depth / 2 + 0.27).painted(cushion_rgb)]
    if d.chance(0.25):
        chaise = superellipsoid(place, seat - foot, depth * 0.75, 0.85)
        parts.append(chaise.at(x=(width - place) / 2, y=foot, z=depth * 0.8).painted(rgb))
    feet = join(*legs(width * 0.9, depth * 0.8, foot + 0.02, 0.025, 0.0, d.chance(0.5)))
    return join(*parts, feet.painted(wood(d)))
