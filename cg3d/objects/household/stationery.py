"""Things of a desk: book, pen, pencil case, stapler, tape."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import casing, panelled
from cg3d.objects.shapes.curves import arc, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, GREY, metal, paint
from cg3d.objects.shapes.primitives import box, cylinder, extrude, lathe, loft, ribbon, stacked, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def stapler(d: Draw) -> Solid:
    """A base and a magazine hinged at the back under a curved arm, open by a few degrees; now and then upright."""
    length = d(0.065, 0.19)
    wide, tall = max(length * d(0.18, 0.26), 0.024), length * d(0.12, 0.19)
    rgb, foot = paint(d), d(0.006, 0.012)
    base = casing(length * d(0.85, 1.02), wide, foot, wide * 0.3, foot * 0.3).painted(rgb if d.chance(0.4) else BLACK)
    anvil = casing(wide * 0.5, wide * 0.55, 0.002, 0.002, 0.0005).at(x=length * 0.38, y=foot - 0.0006).painted(GREY)
    rail = casing(length * 0.86, wide * 0.55, tall * 0.45, 0.003, 0.002).at(x=-0.01).painted(metal(d))
    arm = _arm(d, length, wide, tall).at(y=tall * 0.32).painted(rgb)
    angle = d(5, 14) if d.chance(0.85) else d(25, 60)
    upper = join(rail, arm).at(x=length * 0.46).turned("z", angle).at(x=-length * 0.46, y=foot + 0.003)
    hinge = casing(length * 0.14, wide * 0.92, foot + tall * 0.75, 0.005, 0.003).at(x=-length * 0.42).painted(rgb)
    whole = join(base, anvil, upper, hinge)
    return whole.turned("z" if d.chance(0.6) else "x", 90).grounded() if d.chance(0.2) else whole.grounded()


def _arm(d: Draw, length: float, wide: float, tall: float) -> Solid:
    """The part one presses, along x: domed across and along, blunt or drooping in front."""
    droop = d(-0.05, 0.3) * tall
    knots = [(-length * 0.49, tall * 0.35), (-length * 0.2, tall * 0.55)]
    knots += [(length * 0.3, tall * 0.5), (length * 0.5, tall * 0.4 - droop)]
    path = smooth(knots, 6)
    share = np.linspace(0, 1, len(path))
    size = np.interp(share, [0, 0.05, 0.3, 0.9, 1], [0.6, 0.9, 1.0, 0.9, 0.55])
    body = tube(points(path, 0 * share), size * wide / 2, segments=18)
    height = body.vertices[:, 1] - np.interp(body.vertices[:, 0], path[:, 0], path[:, 1])
    flat = body.reshaped(body.vertices.copy())
    flat.vertices[:, 1] -= height * (1 - tall / wide * 0.9)
    return flat


@category
def pen(d: Draw) -> Solid:
    """A ball-point pen with its button, a capped pen or a fat marker; lying, or now and then upright."""
    length = d(0.115, 0.155)
    radius, rgb, trim = d(0.004, 0.0105), paint(d), paint(d, "black", "grey", "white", "blue", "red")
    taper, cap = length * d(0.08, 0.16), length * d(0.28, 0.42)
    tip = [(0, 0), (radius * 0.15, 0), (radius * 0.25, taper * 0.25), (radius * 0.95, taper), (radius, taper * 1.2)]
    body = lathe([*tip, (radius, length * 0.97), (radius * 0.8, length), (0, length)], 20).painted(rgb)
    parts = [body.banded(-1, taper, trim)]
    if d.chance(0.5):
        button = cylinder(radius * 0.5, length * 0.05, segments=14).at(y=length * 0.99)
        parts.append(button.painted(trim))
    else:
        end = 0.0 if d.chance(0.6) else length
        cover = lathe([(0, -0.002), (radius * 0.8, -0.002), (radius * 1.18, 0.003), (radius * 1.18, cap), (0, cap)], 20)
        cover = cover if end == 0 else cover.turned("z", 180)
        parts.append(cover.at(y=end).painted(trim))
    clip = ribbon([(0, length * 0.62), (0.0, length * 0.94)], radius * 0.5, radius * 0.18).turned("y", -90)
    arm = superellipsoid(radius * 0.5, radius * 0.6, radius * 1.2, 0.6).at(y=length * 0.92, z=radius * 0.8)
    parts.append(join(clip.at(z=radius * 1.3), arm).painted(trim))
    return laid(d, join(*parts), 0.9)


@category
def pencil_case(d: Draw) -> Solid:
    """A soft pouch with a zip along its top, a round one, or a hard tin or box."""
    return one_of(d, {"pencil pouch": _pouch, "round pencil case": _barrel, "pencil box": _tin})


def _zip(length: float, bow: float, wide: float) -> Solid:
    """Tape along x over y = 0 that sags to `bow` at its ends, with a pull tab."""
    x = np.linspace(-1, 1, 11)
    tape = ribbon(points(x * length / 2, -bow * np.abs(x) ** 2.5), wide, 0.002)
    tab = casing(0.022, 0.007, 0.003, 0.003, 0.001).at(x=length * 0.42, y=-bow * 0.7)
    return join(tape.painted(BLACK), tab.painted(GREY))


def _pouch(d: Draw) -> Solid:
    """Flat or stuffed, lying on its broad side or standing on its gusset."""
    length, tall, deep = d(0.18, 0.24), d(0.07, 0.12), d(0.02, 0.06)
    rgb = paint(d)
    body = superellipsoid(length, tall, deep, d(0.55, 0.8))
    squeeze = 1 - d(0.4, 0.85) * np.clip(body.vertices[:, 1] / tall, 0, 1) ** 1.5
    wave = 0.05 * np.sin(body.vertices[:, 0] / length * d(6, 14) + d(0, 6)) * deep
    bag = body.reshaped(body.vertices + np.outer(wave, (0, 0, 1)))
    bag.vertices[:, 2] *= squeeze
    bag = bag.painted(rgb)
    if d.chance(0.4):
        bag = bag.banded(-1, tall * d(0.25, 0.5), paint(d))
    whole = join(bag, _zip(length * 0.9, tall * 0.08, 0.012).at(y=tall * 1.0))
    return (whole.turned("x", -90) if d.chance(0.7) else whole).grounded()


def _barrel(d: Draw) -> Solid:
    length, radius = d(0.18, 0.23), d(0.026, 0.042)
    edge = radius * d(0.08, 0.4)
    side = [(radius - edge, 0), (radius, edge), (radius, length - edge), (radius - edge, length)]
    body = lathe([(0, 0), *side, (0, length)], 28).turned("z", 90).at(x=length / 2).painted(paint(d))
    ends = [
        superellipsoid(edge + 0.004, radius * 1.7, radius * 1.7, 0.2).at(x=x * length / 2, y=-radius * 0.85)
        for x in (-1, 1)
    ]
    parts = [body, join(*ends).painted(paint(d)), _zip(length * 0.9, 0.0, 0.012).at(y=radius * 1.0)]
    if d.chance(0.4):
        parts.append(tube(arc(0.012, 0.03), 0.003).turned("z", -90).at(x=length / 2).painted(BLACK))
    return join(*parts).turned("x", d(-60, 60)).grounded()


def _tin(d: Draw) -> Solid:
    length, deep, tall = d(0.18, 0.22), d(0.06, 0.09), d(0.02, 0.045)
    rgb, corner = paint(d), d(0.006, 0.03)
    low = casing(length, deep, tall * 0.6, corner, 0.003).painted(rgb)
    picture = (length * d(0.5, 0.88), deep * d(0.5, 0.85), 0.0, paint(d))
    lid = panelled((length * 1.015, deep * 1.02, tall * 0.45), corner, tall * 0.12, rgb, [picture]).at(y=tall * 0.55)
    latch = casing(0.02, 0.005, tall * 0.5, 0.002, 0.001).at(y=tall * 0.35, z=deep * 0.51).painted(metal(d))
    return join(low, lid, latch)


@category
def book(d: Draw) -> Solid:
    """A book lying, standing, or open; or a pile of books."""
    return one_of(d, {"closed book": _lying, "standing book": _standing, "open book": _open, "pile of books": _pile})


def _closed(d: Draw, scale: float = 1.0) -> Solid:
    """Two covers and a round or flat spine at -x about a block of pages, lying."""
    width, thick = d(0.11, 0.22) * scale, d(0.012, 0.06)
    depth, board, rgb = width * d(1.25, 1.6), d(0.002, 0.004), paint(d)
    edges = rectangle(width - 0.006, depth - 0.012)  # of the pages; the covers hide the rest
    pages = stacked([(edges, board), (edges, board + thick)], capped=False).at(x=-0.002)
    covers = [box(width, board, depth), box(width, board, depth).at(y=thick + board)]
    turn = np.linspace(np.pi / 2, 3 * np.pi / 2, 9)
    bulge = thick * d.pick(0.03, d(0.15, 0.3))
    half = thick / 2 + board
    outer = points(bulge * np.cos(turn) - width / 2, half + half * np.sin(turn))
    spine = extrude([*outer, (0.004 - width / 2, 0), (0.004 - width / 2, 2 * half)], depth)
    parts = [pages.painted(paint(d, "white", "beige")), join(*covers, spine).painted(rgb)]
    if d.chance(0.6):
        title = box(width * 0.6, 0.002, depth * d(0.1, 0.3)).at(y=thick + 2 * board, z=-depth * 0.15)
        parts.append(title.painted(paint(d)))
    return join(*parts)


def _lying(d: Draw) -> Solid:
    return _closed(d)


def _standing(d: Draw) -> Solid:
    return _closed(d).turned("x", 90).turned("y", 90).grounded()


def _pile(d: Draw) -> Solid:
    """Two to six books, each turned a little."""
    parts, y, scale = [], 0.0, 1.3
    for _ in range(d.count(2, 7)):
        volume = _closed(d, scale).turned("y", d(-18, 18) + 180 * d.integers(2)).grounded().at(y=y)
        parts.append(volume)
        y, scale = float(volume.vertices[:, 1].max()), scale * d(0.88, 1.0)
    return join(*parts)


def _open(d: Draw) -> Solid:
    """Pages that arch up on both sides of the fold, on two covers that lie flat or stand in a V."""
    width, thick = d(0.12, 0.22), d(0.012, 0.035)
    depth = width * d(1.25, 1.6)
    t = np.linspace(0, 1, 14)
    top = 0.004 + thick * (
        0.35 + 1.1 * np.sin(np.pi * np.clip(t * 1.15, 0, 1) ** 0.6) * (1 - t) ** 0.7 + 0.4 * t * (1 - t)
    )
    edge = points(t * width, top)
    outline = np.concatenate([[(0.0, 0.003), (width * 0.98, 0.003)], edge[::-1]])
    leaf = loft([points(outline, z) for z in (-depth / 2, depth / 2)])
    cover = box(width * 1.04, 0.003, depth * 1.03).at(x=width * 0.52).painted(paint(d))
    half = join(leaf.painted(paint(d, "white", "beige")), cover)
    return mirrored(half.turned("z", d.pick(0.0, d(5, 50)))).grounded()


@category
def tape(d: Draw) -> Solid:
    """A roll, lying on its side or standing, new or used up to any degree, of every width; or in its dispenser."""
    if d.chance(0.5):
        return _roll_of_tape(d).called("roll of tape")
    kinds = {"roll of tape": _roll_of_tape, "duct tape": _duct_tape, "tape dispenser": _desk_dispenser}
    return one_of(d, {**kinds, "stack of tape": _stack} if d.chance(0.3) else kinds)


def roll(outer: float, inner: float, width: float, wall: float, rgb: np.ndarray, core: np.ndarray) -> Solid:
    """A ring of tape round the y axis from y = 0, on a core whose walls are `wall` thick."""
    edge = min(0.001, width * 0.05, (outer - inner) * 0.1)
    rim = [(inner, edge), (inner + edge, 0), (outer - edge, 0), (outer, edge), (outer, width - edge)]
    rim += [(outer - edge, width), (inner + edge, width), (inner, width - edge), (inner, edge)]
    over = width * 0.01
    bush = [(inner - wall, -over), (inner, -over), (inner, width + over), (inner - wall, width + over)]
    return join(lathe(rim, 48).painted(rgb), lathe([*bush, bush[0]], 48).painted(core))


def _flap(outer: float, width: float, length: float) -> Solid:
    """The loose end of a roll about the y axis: it leaves the ring at x = `outer` and curls away along +z."""
    t = np.linspace(0, 1, 8)
    x, z = outer + 0.0004 + length * 0.35 * t**2, length * t
    inside = points(x - 0.0006, 0 * t, z)
    outside = points(x, 0 * t, z)
    up = np.array([0.0, width, 0.0])
    return loft(np.stack([inside, outside, outside + up, inside + up], axis=1))


def _shades(d: Draw) -> tuple[np.ndarray, np.ndarray]:
    core = COLOURS["beige"] if d.chance(0.6) else paint(d, "white", "grey", "brown", "black")
    return paint(d), np.array(core)


def _flat_or_on_edge(d: Draw, ring: Solid) -> Solid:
    return (ring if d.chance(0.6) else ring.turned("y", d(0, 360)).turned("x", 90)).grounded()


def _roll(d: Draw, inner: float, width: float, thick: float) -> Solid:
    rgb, core = _shades(d)
    outer = inner + thick
    ring = roll(outer, inner, width, d(0.0012, 0.005), rgb, core)
    if d.chance(0.35):
        ring = join(ring, _flap(outer, width, d(0.1, 0.5) * outer).painted(rgb))
    return _flat_or_on_edge(d, ring)


def _roll_of_tape(d: Draw) -> Solid:
    inner = d.pick(d(0.0125, 0.02), d(0.034, 0.042))
    width = d.pick(d(0.012, 0.02), d(0.018, 0.03), d(0.036, 0.055))
    return _roll(d, inner, width, inner * d(0.1, 0.75))


def _duct_tape(d: Draw) -> Solid:
    """Wide, and often thick: also parcel tape."""
    return _roll(d, d(0.034, 0.042), d(0.044, 0.078), d(0.006, 0.035))


def _stack(d: Draw) -> Solid:
    """Two to four equal rolls one on another, not quite in line."""
    inner, width = d(0.013, 0.04), d(0.014, 0.05)
    outer, same = inner * d(1.2, 1.6), d.chance(0.5)
    rgb, core = _shades(d)
    rolls = []
    for k in range(d.count(2, 5)):
        ring = roll(outer, inner, width, 0.002, rgb if same else paint(d), core)
        rolls.append(ring.at(d.normal(0, 0.0015), k * width * 1.02))
    return join(*rolls)


def _desk_dispenser(d: Draw) -> Solid:
    """A weighted foot that rises behind to cradle the roll, and reaches forward to a serrated edge at +x."""
    length, wide = d(0.12, 0.17), d(0.045, 0.06)
    outer = length * d(0.2, 0.25)
    back, rgb = -length * 0.18, paint(d)
    floor = outer * d(0.5, 0.75)
    tip, brow = length * 0.55, floor + outer * d(0.1, 0.45)
    knots = [(-length * 0.45, 0.0), (-length * 0.46, outer * 0.5), (back - outer * 0.85, floor + outer * 0.75)]
    hump = smooth([*knots, (back, floor + outer * 0.9), (back + outer * 1.05, floor + outer * 0.35)], 4)
    front = smooth(
        [(tip * 0.5, floor * 0.85), (tip * 0.85, brow), (tip, brow), (tip * 0.9, floor * 0.5), (tip * 0.95, 0.0)], 4
    )
    outline = np.concatenate([hump, front])[::-1]
    cheeks = extrude(outline, wide).painted(rgb)
    used = outer * d(0.8, 1.15)
    ring = roll(used, outer * 0.42, wide * 1.04, 0.003, np.array([0.88, 0.87, 0.8]), paint(d, "white", "grey", "beige"))
    hub = cylinder(outer * 0.4, wide * 1.1, segments=24).painted(paint(d, "black", "grey", "white"))
    wheel = join(ring, hub.at(y=-wide * 0.03)).at(y=-wide * 0.52).turned("x", 90).at(x=back, y=floor + outer * 0.5)
    blade = extrude([(0, 0), (0.006, 0.002), (0.004, 0.008), (0, 0.006)], wide * 0.6).at(x=tip * 0.97, y=brow)
    return join(cheeks, wheel, blade.painted(COLOURS["grey"]))
