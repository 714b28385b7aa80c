"""To cut, peel and turn food: cutting board, peeler, tongs."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.bodies import limb
from cg3d.objects.shapes.curves import Points, ellipse, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, metal, paint, wood
from cg3d.objects.shapes.pierced import divided_outline, pierced
from cg3d.objects.shapes.primitives import cylinder, ribbon, stacked, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join, mirrored, opposite


@category
def cutting_board(d: Draw) -> Solid:
    """Of wood or plastic: plain, with a juice groove, a slot to hold it by, a handle, or round; lying or on its edge."""
    kinds: dict[str, Maker] = {
        "wooden cutting board": _plain,
        "carving board": _grooved,
        "plastic cutting board": _slotted,
    }
    kinds |= {"paddle board": _paddle, "round cutting board": _round}
    board = one_of(d, kinds)
    return (board if d.chance(0.6) else board.turned("x", 90 + d.pick(0, d(-20, 0)))).grounded()


def _format(d: Draw) -> tuple[float, float, float]:
    """Width, depth and thickness."""
    width = d(0.24, 0.46)
    return width, width * d(0.55, 0.75), d.pick(d(0.006, 0.014), d(0.014, 0.04))


def _plain(d: Draw) -> Solid:
    """With sharp or round corners, perhaps in stripes of two woods."""
    width, depth, thick = _format(d)
    edge, rgb = min(0.004, thick * 0.3), wood(d)
    corner = d(0.003, 0.05)
    levels = [(edge, 0.0), (0, edge), (0, thick - edge), (edge, thick)]
    outlines = [(rectangle(width - 2 * less, depth - 2 * less, corner), y) for less, y in levels]
    if d.chance(0.7):
        return stacked(outlines).painted(rgb)
    count, tones = d.count(4, 10), [rgb, wood(d)]
    strip = stacked([(rectangle(width / count, depth, 0.001), y) for y in (0.0, thick)])
    places = (np.arange(count) - (count - 1) / 2) * width / count
    return join(*(strip.at(x=x).painted(tones[k % 2]) for k, x in enumerate(places)))


def _grooved(d: Draw) -> Solid:
    """A channel for juice runs round its top."""
    width, depth, thick = _format(d)
    thick, border, wide = max(thick, 0.012), d(0.01, 0.025), d(0.008, 0.016)
    corner, sink = d(0.004, 0.04), d(0.003, 0.006)
    steps = [(0.0, 0.0), (0.0, thick), (border, thick), (border + wide / 2, thick - sink), (border + wide, thick)]
    return stacked([(rectangle(width - 2 * s, depth - 2 * s, corner), y) for s, y in steps]).painted(wood(d))


def _slotted(d: Draw) -> Solid:
    """Thin and white or coloured, with a slot near one edge; often with feet in the corners."""
    width, depth, _ = _format(d)
    thick = d(0.005, 0.015)
    outline = divided_outline(rectangle(width, depth, d(0.01, 0.04)), 0.02)
    hole, side = (d(0.018, 0.026), depth * d(0.25, 0.4)), width / 2 - d(0.025, 0.035)
    rgb = paint(d, "white", "white", "green", "red", "blue", "yellow", "grey", "black") if d.chance(0.7) else wood(d)
    board = pierced(outline, thick, 0.0015, hole, (side, 0.0)).painted(rgb)
    if d.chance(0.5):
        return board
    foot = superellipsoid(0.025, 0.006, 0.025, 0.4).at(width * 0.44, -0.002, depth * 0.42)
    return join(board, mirrored(mirrored(foot), "z").painted(paint(d, "black", "grey", "green")))


def _paddle(d: Draw) -> Solid:
    """A handle with a hole at one end: for bread, pizza and cheese."""
    width, thick, rgb = d(0.2, 0.34), d(0.01, 0.022), wood(d)
    depth, neck, reach = width * d(0.5, 0.9), d(0.035, 0.055), d(0.08, 0.13)
    outline = ellipse(width, depth) if d.chance(0.25) else rectangle(width, depth, d(0.01, 0.08))
    board = stacked([(outline * 0.99, 0.0), (outline, 0.002), (outline, thick - 0.002), (outline * 0.99, thick)])
    grip = divided_outline(rectangle(reach + 0.03, neck, neck * d(0.3, 0.5)), 0.01)
    hole = d(0.012, 0.02)
    handle = pierced(grip, thick, 0.002, (hole, hole), (reach / 2 - 0.008, 0.0)).at(x=width / 2 + reach / 2 - 0.016)
    return join(board, handle).painted(rgb)


def _round(d: Draw) -> Solid:
    radius, thick = d(0.12, 0.19), d(0.01, 0.035)
    edge = min(0.004, thick * 0.3)
    outline = divided_outline(ellipse(2 * radius, 2 * radius, 64), 0.02)
    if d.chance(0.4):
        return pierced(outline, thick, edge, (0.02, 0.02), (radius * 0.82, 0.0)).painted(wood(d))
    levels = [(1 - edge / radius, 0.0), (1.0, edge), (1.0, thick - edge), (1 - edge / radius, thick)]
    return stacked([(outline * size, y) for size, y in levels]).painted(wood(d))


@category
def peeler(d: Draw) -> Solid:
    """A blade across a fork, a swivelling blade in line with its handle, or a fixed one on a wrapped grip."""
    kinds = {"Y peeler": _fork, "swivel peeler": _straight, "potato peeler": _fixed}
    return laid(d, one_of(d, kinds), 0.85)


def _grip(d: Draw, length: float, rgb: np.ndarray) -> Solid:
    """A handle along y from 0 to `length`: a fat oval one or a slim bar."""
    thick, flat = d(0.007, 0.013), d(0.6, 1.0)
    knots = [(0, 0, 0, 0.8), (0, 0.2, 0, 1.0), (0, 0.6, 0, d(0.8, 1.0)), (0, 1.0, 0, d(0.5, 0.8))]
    return limb(np.array(knots) * (1, length, 1, thick)).scaled(z=flat).painted(rgb)


def _slit_blade(length: float, width: float) -> Solid:
    """Two edges along y with a slit between them, joined at both ends and slightly bent across."""
    t = np.linspace(-1, 1, 11)
    strip = ribbon(points(t * length / 2, 0.06 * length * (1 - t**2)), width * 0.42, 0.0012)
    sides = [strip.turned("x", turn).at(z=z * width * 0.29) for z, turn in ((1, 25), (-1, -25))]
    tips = [superellipsoid(length * 0.12, 0.003, width, 0.4).at(x=x * length * 0.47) for x in (-1, 1)]
    return join(*sides, *tips).turned("x", 90).turned("z", 90)


def _fork(d: Draw) -> Solid:
    """Two prongs bend out of the handle and hold the blade between their ends."""
    length, wide = d(0.07, 0.1), d(0.024, 0.032)
    rgb, arm = paint(d), d(0.04, 0.055)
    path = [
        (0, length * 0.9, 0),
        (wide * 0.55, length + arm * 0.35, 0),
        (wide, length + arm * 0.6, 0),
        (wide, length + arm, 0),
    ]
    prong = tube(smooth(path, 5), d(0.003, 0.0055), flatten=d(1.0, 1.6))
    blade = _slit_blade(2 * wide, 0.013).turned("z", 90).turned("x", d(-40, 40)).at(y=length + arm * 0.96)
    pins = mirrored(superellipsoid(0.008, 0.012, 0.01, 0.4).at(wide, length + arm * 0.9))
    steel = metal(d)
    held = rgb if d.chance(0.6) else steel
    return join(_grip(d, length, rgb), mirrored(prong).painted(held), pins.painted(held), blade.painted(steel))


def _straight(d: Draw) -> Solid:
    length, blade = d(0.075, 0.11), d(0.05, 0.07)
    steel = metal(d)
    grip = steel if d.chance(0.25) else wood(d) if d.chance(0.3) else paint(d)
    edge = _slit_blade(blade, 0.015).turned("y", d(-60, 60)).at(y=length + blade * 0.55).painted(steel)
    neck = tube([(0, length * 0.9, 0), (0, length + blade * 0.12, 0)], 0.003).painted(steel)
    tip = superellipsoid(0.009, 0.012, 0.004, 0.2).at(y=length + blade * 1.02).painted(steel)
    return join(_grip(d, length, grip), neck, edge, tip)


def _fixed(d: Draw) -> Solid:
    """A short pointed blade like a knife's with a slit, on a slim handle."""
    length, blade = d(0.08, 0.1), d(0.055, 0.07)
    steel, t = metal(d), np.linspace(0, 1, 9)
    path = points(t * blade, 0.004 * np.sin(np.pi * t))
    strip = ribbon(path, 0.008 * np.sqrt(1.01 - t), 0.0014)
    halves = mirrored(strip.turned("x", 20).at(z=0.005), "z").turned("x", 90).turned("z", 90).at(y=length)
    tip = superellipsoid(0.009, 0.014, 0.003).at(y=length + blade * 0.9)
    return join(_grip(d, length, paint(d) if d.chance(0.5) else wood(d)), join(halves, tip).painted(steel))


@category
def tongs(d: Draw) -> Solid:
    """Sprung or hinged arms with scalloped, rubber or spoon-like ends; for the grill, salad, ice or bread; lying or upright."""
    kinds: dict[str, Maker] = {
        "kitchen tongs": _hinged,
        "salad tongs": _salad,
        "ice tongs": _ice,
        "toast tongs": _wooden,
    }
    return laid(d, one_of(d, kinds) if d.chance(0.6) else _hinged(d).called("kitchen tongs"), 0.85)


def _arm(path: Points, width: np.ndarray, thick: float) -> Solid:
    """One arm at +x; the other is its mirror image."""
    return ribbon(path, width, thick)


def _hinged(d: Draw) -> Solid:
    """Two channels of steel that swing on a pin, with a pull ring; open more or less."""
    length, steel = d(0.2, 0.38), metal(d)
    angle, wide = d(3, 13), d(0.016, 0.024)
    knots = [(0.006, 0), (0.011, -length * 0.2), (0.012, -length * 0.8), (0.002, -length)]
    path = smooth(knots, 6)
    size = np.interp(np.linspace(0, 1, len(path)), [0, 0.1, 0.75, 0.92, 1], [0.8, 1.0, 0.9, 1.5, 1.3]) * wide
    arm = _arm(path, size, 0.0022).painted(steel)
    head = _claw(d, wide * 1.5, length).at(x=0.004, y=-length)
    tip = steel if d.chance(0.5) else paint(d)
    grip = _cushion(d, path, wide).painted(paint(d, "black", "black", "red", "grey", "green"))
    whole = [arm, head.painted(tip), grip] if d.chance(0.55) else [arm, head.painted(tip)]
    side = join(*whole).turned("z", angle)
    pin = cylinder(0.005, wide * 1.1, segments=14).at(y=-wide * 0.55).turned("x", 90).painted(steel)
    ring = tube(smooth([(0, 0, 0), (0.006, 0.014, 0), (0, 0.022, 0), (-0.006, 0.014, 0), (0, 0.001, 0)], 4), 0.0015)
    return join(side, opposite(side, "x"), pin, ring.painted(steel))


def _claw(d: Draw, width: float, length: float) -> Solid:
    """The end of an arm: a cupped, notched leaf that bends inwards."""
    t = np.linspace(0, 1, 8)
    path = points(-0.012 * t**2, -length * 0.08 * t + 0.01)
    size = width * np.sqrt(np.maximum(1 - 0.9 * t**2, 0.05))
    if d.chance(0.5):
        size = size * (1 + 0.12 * (np.arange(8) % 2))
    return ribbon(path, size, d(0.0025, 0.006))


def _cushion(d: Draw, path: np.ndarray, width: float) -> Solid:
    """A soft cover on the upper part of an arm."""
    part = path[len(path) // 6 : len(path) // 6 + len(path) // 2]
    return ribbon(np.add(part, (0.002, 0)), width * d(1.0, 1.25), d(0.007, 0.011))


def _bow(length: float, open_: float, root: float) -> np.ndarray:
    """(K, 2) one arm of a bent strip: from the middle of the bow at the top down to its end, `open_` from the middle."""
    return smooth(
        [(0, 0), (root, -root * 0.6), (root * 1.3, -length * 0.25), (open_ * 1.1, -length * 0.75), (open_, -length)], 6
    )


def _salad(d: Draw) -> Solid:
    """One strip bent round, with a spoon or a fork at either end."""
    length, rgb = d(0.18, 0.3), metal(d) if d.chance(0.5) else wood(d) if d.chance(0.4) else paint(d)
    path = _bow(length, d(0.02, 0.05), d(0.012, 0.02))
    width, bowl = d(0.012, 0.02), d(0.045, 0.065)
    leaf = superellipsoid(0.006, bowl * 1.4, bowl, 0.1).at(x=path[-1, 0], y=-length - bowl)
    tine = superellipsoid(0.005, bowl * 1.2, bowl * 0.2, 0.3).at(x=path[-1, 0], y=-length - bowl)
    fork = join(*(tine.at(z=z * bowl) for z in (-0.36, -0.12, 0.12, 0.36)))
    arm = _arm(path, np.full(len(path), width), 0.003)
    return join(arm, opposite(arm, "x"), leaf, opposite(fork if d.chance(0.5) else leaf, "x")).painted(rgb)


def _ice(d: Draw) -> Solid:
    """Short, of bent wire or strip, with clawed ends."""
    length, rgb = d(0.13, 0.18), metal(d)
    path = _bow(length, d(0.015, 0.035), d(0.01, 0.016))
    arm = _arm(path, np.full(len(path), d(0.01, 0.014)), 0.002)
    claw = tube([(path[-1, 0], -length + 0.003, 0), (path[-1, 0] - 0.003, -length - 0.008, 0)], [0.003, 0.001])
    side = join(arm, *(claw.at(z=z) for z in (-0.005, 0.0, 0.005)))
    return mirrored(side).painted(rgb)


def _wooden(d: Draw) -> Solid:
    """Two slats glued to a block at one end."""
    length, gap, rgb = d(0.18, 0.26), d(0.008, 0.02), wood(d)
    path = smooth([(0.004, 0), (0.005, -length * 0.2), (gap, -length * 0.8), (gap, -length)], 5)
    slat = _arm(path, np.full(len(path), d(0.016, 0.026)), d(0.003, 0.005))
    block = superellipsoid(0.012, length * 0.16, 0.02, 0.8).at(y=-length * 0.16)
    knob = superellipsoid(0.01, 0.01, 0.01).at(x=0.006, y=-length * 0.05).painted(BLACK)
    return join(join(mirrored(slat), block).painted(rgb), knob)
