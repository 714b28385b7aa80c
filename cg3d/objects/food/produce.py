"""Fruit, vegetables and eggs: apple, banana, carrot, egg, orange, pear."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import COLOURS, paint
from cg3d.objects.shapes.primitives import lathe, loft, rod, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join

LEAF, STALK = np.array((0.25, 0.5, 0.2)), np.array((0.35, 0.25, 0.13))


def tinted(d: Draw, *shades: tuple[float, float, float]) -> np.ndarray:
    """One of the colours a fruit has, slightly off."""
    return np.clip(np.array(d.pick(*shades)) + d.normal(0, 0.03, 3), 0, 1)


def lumpy(d: Draw, body: Solid, share: float, lobes: int = 0, depth: float = 0.0) -> Solid:
    """The body as it grew: waves of `share` of its size, and `lobes` rounded ridges from stalk to flower."""
    low, high = body.vertices.min(axis=0), body.vertices.max(axis=0)
    unit = (body.vertices - (low + high) / 2) / (high - low) * 2
    grow = np.ones(len(unit))
    for _ in range(4):
        grow += share / 2 * np.sin(unit @ d.normal(0, 1.3, 3) + d(0, 6))
    grow += (
        depth * np.cos(np.arctan2(unit[:, 2], unit[:, 0]) * lobes) * np.clip(0.6 - unit[:, 1] * 0.4, 0, 1)
        if lobes
        else 0
    )
    return body.reshaped(body.vertices * points(grow, 1 + (grow - 1) / 2, grow))


def blushed(d: Draw, body: Solid, rgb: np.ndarray, spread: float = 0.7) -> Solid:
    """The body with another colour that fades in on one side."""
    centre = body.face_centres()
    unit = (centre - centre.mean(axis=0)) / np.ptp(centre, axis=0)
    toward = d.normal(size=3) * (1, 0.6, 1)
    share = np.clip(0.5 + unit @ toward / np.linalg.norm(toward) * 1.5 + d(-0.4, 0.3), 0, 1)[:, None]
    steps = np.round(share * spread * 5) / 5
    return Solid(body.vertices, body.faces, body.face_rgb * (1 - steps) + rgb * steps)


def rolled(d: Draw, fruit: Solid, upright: float) -> Solid:
    """The fruit on its flower end, or rolled to its side and turned."""
    if d.chance(upright):
        return fruit.turned("x", d.normal(0, 8)).grounded()
    return fruit.turned("x", d(50, 130)).turned("y", d(0, 360)).grounded()


def leaf(length: float) -> Solid:
    """A bowed green leaf along x, from the origin."""
    along = np.linspace(0, 1, 8)
    half = length * 0.25 * np.sin(np.pi * np.clip(along, 0.03, 0.97))
    rise = length * 0.25 * np.sin(np.pi * along * 0.8)
    rows = []
    for sign, lift in ((-1, 0.0), (1, 0.0), (1, 0.0008), (-1, 0.0008)):
        rows.append(points(along * length, rise + lift, sign * half))
    return loft(np.stack(rows, axis=1)[::-1]).painted(LEAF)


@category
def apple(d: Draw) -> Solid:
    """A round body with a dimple at both ends, five faint lobes and a stalk; red, green, yellow, or with a blush."""
    radius, tall = d(0.03, 0.046), d(0.78, 1.05)
    top = d(0.62, 0.8)
    knots = [(0.0, 0.12), (0.18, 0.06), (0.36, 0.0), (0.68, 0.15), (0.95, 0.55), (1.0, 0.95), (0.85, 1.45), (0.5, 1.72)]
    knots += [(0.3, 1.74), (0.12, 1.5 + 0.1 * top), (0.0, 1.42)]
    body = lathe(np.maximum(smooth(knots, 4), 0) * (radius, radius * tall), 36)
    body = lumpy(d, body, 0.05, 5, d(0, 0.03))
    body = body.painted(tinted(d, (0.7, 0.1, 0.12), (0.6, 0.08, 0.1), (0.5, 0.68, 0.2), (0.85, 0.75, 0.3)))
    if d.chance(0.6):
        body = blushed(d, body, tinted(d, (0.75, 0.15, 0.12), (0.85, 0.6, 0.25), (0.6, 0.1, 0.1)))
    parts = [body]
    if d.chance(0.85):
        lean = d.normal(0, 0.2, 2) * radius
        end = (lean[0], radius * tall * d(1.85, 2.2), lean[1])
        parts.append(rod((0, radius * tall * 1.42, 0), end, 0.0015, 0.0022).painted(STALK))
        if d.chance(0.25):
            parts.append(leaf(radius * d(0.7, 1.1)).at(y=radius * tall * 1.75))
    return rolled(d, join(*parts), 0.75)


@category
def pear(d: Draw) -> Solid:
    """A broad foot that narrows to a neck, leaning a little, with a stalk; green, yellow, brown or red."""
    radius, neck = d(0.028, 0.042), d(0.35, 0.6)
    tall, waist = radius * d(2.5, 3.6), d(0.55, 0.68)
    knots = [(0.0, 0.03), (0.2, 0.0), (0.7, 0.06), (1.0, 0.3), (0.9, 0.48), (neck + 0.22 * waist, 0.64)]
    knots += [(neck, 0.82), (neck * 0.75, 0.94), (neck * 0.35, 0.99), (0.0, 0.98)]
    body = lathe(np.maximum(smooth(knots, 4), 0) * (radius, tall), 32)
    bend = d.normal(0, 0.12) * radius * (body.vertices[:, 1] / tall) ** 2 * 3
    body = lumpy(d, body.reshaped(body.vertices + np.outer(bend, (1, 0, 0))), 0.05)
    body = body.painted(
        tinted(d, (0.62, 0.7, 0.25), (0.8, 0.75, 0.3), (0.55, 0.4, 0.2), (0.65, 0.25, 0.2), (0.5, 0.62, 0.25))
    )
    if d.chance(0.5):
        body = blushed(d, body, tinted(d, (0.75, 0.4, 0.25), (0.6, 0.45, 0.25)), 0.6)
    tip = bend.max() + bend.min()
    stalk = rod(
        (tip, tall * 0.95, 0), (tip + d.normal(0, 0.006), tall * d(1.08, 1.2), d.normal(0, 0.004)), 0.0018, 0.0026
    )
    return rolled(d, join(body, stalk.painted(STALK)), 0.55)


@category
def orange(d: Draw) -> Solid:
    """A nearly round fruit, whole, or cut through with its segments showing; also mandarin and grapefruit."""
    kind = d.pick("orange", "orange", "mandarin", "grapefruit")
    radius = {"orange": 0.037, "mandarin": 0.029, "grapefruit": 0.052}[kind] * d(0.9, 1.12)
    flat = d(0.75, 0.9) if kind == "mandarin" else d(0.9, 1.03)
    rgb = tinted(d, (0.93, 0.52, 0.1), (0.95, 0.6, 0.15), (0.9, 0.45, 0.08))
    rgb = rgb if kind != "grapefruit" else tinted(d, (0.93, 0.7, 0.3), (0.92, 0.6, 0.35))
    if d.chance(0.2):
        return halved(d, radius, rgb).called(kind)
    knots = [(0.0, 0.03), (0.1, 0.01), (0.5, 0.11), (0.88, 0.48), (1.0, 1.0)]
    knots += [(0.88, 1.5), (0.5, 1.88), (0.14, 1.97), (0, 1.93)]
    body = lumpy(d, lathe(np.maximum(smooth(knots, 4), 0) * (radius, radius * flat), 32), 0.03).painted(rgb)
    button = superellipsoid(0.007, 0.003, 0.007).at(y=radius * flat * 1.92).painted(LEAF)
    parts = [body, button]
    if d.chance(0.15):
        parts.append(leaf(radius).at(y=radius * flat * 1.95))
    return rolled(d, join(*parts), 0.4).called(kind)


def halved(d: Draw, radius: float, rgb: np.ndarray) -> Solid:
    """Half a fruit with its cut face up: peel, white pith and segments."""
    angle = np.linspace(-np.pi / 2, 0, 12)
    bowl = lathe([*points(np.cos(angle), np.sin(angle) + 1) * radius, (radius * 0.9, radius), (0, radius * 0.995)], 32)
    centre = bowl.face_centres()
    cut = centre[:, 1] > radius * 0.98
    flesh = segments(d.count(8, 12), radius, radius * 0.97, radius * 1.02).painted(rgb)
    return join(bowl.painted(rgb).painted_where(cut, (0.95, 0.9, 0.78)), flesh)


def segments(count: int, radius: float, low: float, high: float) -> Solid:
    """The flesh of a citrus fruit between two cuts across it, in wedges round the y axis."""
    wedge = [(0.08, 0.0), (0.75, -2.2 / count), (0.84, -1.2 / count), (0.86, 0.0)]
    wedge += [(0.84, 1.2 / count), (0.75, 2.2 / count)]
    flat = np.array([(r * np.cos(a), r * np.sin(a)) for r, a in wedge]) * radius
    segment = loft([points(flat[::-1, 0], y, flat[::-1, 1]) for y in (low, high)])
    return join(*(segment.turned("y", 360 * k / count) for k in range(count)))


def _finger(length: float, radius: float, curve: float, sides: int) -> tuple[Solid, np.ndarray]:
    """A bent fruit of five blunt edges that lies in the xy plane, its stalk at the last point of the path returned."""
    along = np.linspace(0, 1, 22)
    turn = (along - 0.45) * curve
    path = length / curve * points(np.sin(turn), 1 - np.cos(turn), 0 * turn)
    size = np.interp(
        along,
        [0, 0.015, 0.06, 0.16, 0.35, 0.6, 0.78, 0.87, 0.92, 1.0],
        [0.18, 0.26, 0.5, 0.8, 0.98, 1, 0.86, 0.5, 0.3, 0.26],
    )
    angle = np.arange(30) * 2 * np.pi / 30
    edge = 1 + 0.045 * np.cos(sides * angle)
    normal = points(-np.sin(turn), np.cos(turn), 0 * turn)
    rings = [
        p + radius * s * (np.outer(np.cos(angle) * edge, n) + np.outer(np.sin(angle) * edge, (0, 0, 1)))
        for p, s, n in zip(path, size, normal, strict=True)
    ]
    return loft(rings), path


@category
def banana(d: Draw) -> Solid:
    """One bent fruit on its side, or a bunch of two to five from one stalk; green, yellow, or spotted brown."""
    rgb = tinted(d, (0.93, 0.8, 0.2), (0.95, 0.82, 0.25), (0.88, 0.75, 0.2), (0.65, 0.7, 0.25))
    length, radius, curve = d(0.15, 0.22), d(0.014, 0.02), d(0.8, 1.6)

    def one(size: float) -> tuple[Solid, np.ndarray]:
        body, path = _finger(length * size, radius, curve * d(0.85, 1.1), 5)
        centre = body.face_centres()
        tip = np.linalg.norm(centre - path[0], axis=1) < 0.1 * length
        spots = (np.sin(centre @ d.normal(0, 250, 3)) > 0.75) & d.chance(0.4)
        return body.painted(rgb).painted_where(spots | (tip & d.chance(0.7)), STALK), path

    if d.chance(0.5):
        body, _ = one(1.0)
        return (body.turned("x", 90) if d.chance(0.6) else body.turned("x", d(-25, 25))).grounded()
    count, parts = d.count(2, 6), []
    for k in range(count):
        body, path = one(d(0.9, 1.05))
        stem = path[-1]
        spread = (k - (count - 1) / 2) * d(9, 14)
        parts.append(body.at(*(-stem)).turned("y", spread).at(z=(k - (count - 1) / 2) * radius * 0.6))
    knot = superellipsoid(0.02, 0.03, 0.012 + radius * 0.7 * count, 0.4).at(x=0.004, y=-0.015).painted(STALK * 1.3)
    bunch = join(*parts, knot)
    pose = d.random()
    return (
        (bunch.turned("x", 180) if pose < 0.5 else bunch.turned("x", d(-15, 15))).grounded().called("bunch of bananas")
    )


@category
def carrot(d: Draw) -> Solid:
    """A tapering root with rings and a round shoulder, lying; plain, with cut stalks, or with its leaves; or a few."""
    count = d.count(2, 5) if d.chance(0.25) else 1
    lying = [_root(d).turned("x", 90).turned("y", d.normal(0, 4)).grounded().at(x=0.04 * k) for k in range(count)]
    return join(*lying).grounded().turned("y", d(0, 360))


def _root(d: Draw) -> Solid:
    length, radius = d(0.11, 0.23), d(0.011, 0.021)
    blunt = d(0.5, 1.1)
    along = np.linspace(0, 1, 34)
    size = np.interp(along, [0, 0.03, 0.12, 1], [0.05, 0.16, 0.3, 1.0]) ** blunt
    size = size * np.interp(along, [0, 0.93, 0.97, 1], [1, 1, 0.85, 0.45]) * (1 + d.normal(0, 0.02, 34))
    bend = np.cumsum(d.normal(0, 0.006, (34, 2)), axis=0) * length * 0.5
    path = points(bend[:, 0], along * length, bend[:, 1])
    body = tube(path, radius * size, 18).painted(tinted(d, (0.93, 0.48, 0.12), (0.9, 0.42, 0.1), (0.95, 0.55, 0.2)))
    parts, top = [body], path[-1]
    leafy = d.random()
    if leafy < 0.75:
        stems, reach = d.count(4, 9), (0.012 if leafy < 0.4 else d(0.05, 0.14))
        for _ in range(stems):
            lean = d.normal(0, 0.25, 2)
            end = top + np.array([lean[0], 1, lean[1]]) * reach * d(0.7, 1.1)
            middle = (top + end) / 2 + (0, 0, 0.1 * reach)
            parts.append(tube(smooth([top - (0, 0.003, 0), middle, end], 3), 0.0018, 6).painted(LEAF))
            if reach > 0.03:
                plume = superellipsoid(reach * 0.3, reach * 0.65, reach * 0.16)
                plume = plume.at(*(middle - (0, reach * 0.05, 0)))
                parts.append(_coarse(plume).painted(LEAF))
    return join(*parts)


def _coarse(blob: Solid) -> Solid:
    """A small bipyramid in place of a smooth blob: a leaf needs few faces."""
    low, high = blob.vertices.min(axis=0), blob.vertices.max(axis=0)
    half = (high - low) / 2
    shape = lathe([(0, 0), (0.6, 0.5), (1.0, 1.1), (0.5, 1.7), (0, 2.0)], 8)
    return shape.scaled(half[0], half[1], half[2]).at((low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2)


@category
def egg(d: Draw) -> Solid:
    """A hen's egg lying, in an egg cup, fried, or two or three together."""
    radius, tall = d(0.02, 0.0245), d(1.22, 1.45)
    angle = np.linspace(-np.pi / 2, np.pi / 2, 20)
    blunt = d(0.06, 0.16)
    profile = points(np.cos(angle) * (1 - blunt * np.sin(angle)), (np.sin(angle) + 1) * tall) * radius
    shell = lathe(np.maximum(profile, 0), 28)
    shell = shell.painted(tinted(d, COLOURS["white"], (0.85, 0.7, 0.55), (0.72, 0.5, 0.36), (0.8, 0.85, 0.85)))
    pose = d.random()
    if pose < 0.2:
        return _fried(d).called("fried egg")
    if pose < 0.4:
        return _in_cup(d, shell, radius).called("egg in an egg cup")
    lying = shell.turned("x", 90 + d.normal(0, 6)).grounded()
    if pose < 0.75:
        return lying.turned("y", d(0, 360))
    count = d.count(2, 4)
    return join(
        *(lying.turned("y", d(0, 360)).at(x=(k % 2) * radius * 2.7, z=(k // 2) * radius * 2.7) for k in range(count))
    ).grounded()


def _in_cup(d: Draw, shell: Solid, radius: float) -> Solid:
    stem = radius * d(0.3, 0.9)
    knots = smooth(
        [(radius * 0.95, 0), (radius * 0.8, 0.006), (stem, 0.016), (radius * 1.0, 0.036), (radius * 1.08, 0.05)], 4
    )
    cup = lathe([(0, 0), *knots, (radius * 0.97, 0.05), (radius * 0.8, 0.038), (0, 0.03)]).painted(paint(d))
    return join(cup, shell.at(y=0.031))


def _fried(d: Draw) -> Solid:
    angle = -np.arange(48) * 2 * np.pi / 48
    edge = d(0.045, 0.06) * (1 + sum(d.normal(0, 0.06) * np.sin(k * angle + d(0, 6)) for k in range(2, 6)))
    levels = ((0.97, 0.0), (1.0, 0.002), (0.93, 0.005), (0.5, 0.007), (0.1, 0.008))
    white = loft([points(edge * s * np.cos(angle), y, edge * s * np.sin(angle)) for s, y in levels])
    yolk = superellipsoid(0.036, 0.02, 0.036).at(d.normal(0, 0.006), 0.001, d.normal(0, 0.006))
    return join(white.painted(np.array((0.95, 0.94, 0.9))), yolk.painted(np.array((0.95, 0.68, 0.12))))
