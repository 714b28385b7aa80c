"""What pulls and ties: chain, rope."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BRASS, alloy, paint
from cg3d.objects.shapes.primitives import box, lathe, rod, slab, tube
from cg3d.objects.shapes.solid import Solid, join, opposite

FIBRES = ((0.72, 0.58, 0.38), (0.78, 0.67, 0.48), (0.62, 0.47, 0.3), (0.9, 0.88, 0.83), (0.93, 0.92, 0.9))


def evenly(path: np.ndarray, step: float) -> np.ndarray:
    """Points along a path (K, 3), `step` apart, from its start."""
    way = np.concatenate([[0.0], np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()])
    places = np.arange(0, way[-1] + step * 1e-6, step)
    return points(*(np.interp(places, way, path[:, axis]) for axis in range(3)))


def _wavy(d: Draw, length: float) -> np.ndarray:
    """A line on the table, nearly straight or in bends."""
    x = np.linspace(0, 1, 90)
    bend = d.pick(0.02, 0.1, 0.22) * np.sin(x * d(3, 9) + d(0, 6)) + 0.02 * np.sin(x * 17 + d(0, 6))
    path = points(x, 0.0, bend)
    return np.asarray(path * length / np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def _heap(d: Draw, length: float, thick: float) -> np.ndarray:
    """A line dropped on a heap: rounds of changing size, each on top of those before."""
    wide = max(np.sqrt(length * thick) * d(0.55, 0.85), thick * 3)
    turns = length / (2 * np.pi * wide * 0.7)
    count = max(int(turns * 5), 8)
    angle = np.linspace(0, 2 * np.pi * turns, count)
    reach, aside = wide * d.uniform(0.5, 0.9, count), np.cumsum(d.normal(0, 0.12, (2, count)), axis=1) * wide
    level = thick * 0.6 * angle / (2 * np.pi) * d.uniform(0.8, 1.1, count)
    return smooth(points(reach * np.cos(angle) + aside[0], level, reach * np.sin(angle) * d(0.7, 1.0) + aside[1]), 10)


def _spiral(length: float, thick: float) -> np.ndarray:
    """A flat coil, each round beside the one before."""
    start = thick * 1.6
    turns = (np.sqrt(start**2 + length * thick / np.pi) - start) / thick
    angle = np.linspace(0, 2 * np.pi * turns, int(48 * turns) + 12)
    reach = start + thick * 1.02 * angle / (2 * np.pi)
    return points(reach * np.cos(angle), 0.0, reach * np.sin(angle))


def _ring(length: float) -> np.ndarray:
    """A closed round."""
    angle = np.linspace(0, 2 * np.pi, 121)
    return points(np.cos(angle), 0.0, np.sin(angle)) * length / (2 * np.pi)


@category
def chain(d: Draw) -> Solid:
    """Of steel or plastic links, with studs as an anchor's, of plates and rollers, or of beads.

    Along the table, in bends, a ring, a flat coil or a heap, or hanging.
    """
    kinds = {"link chain": _link_chain, "anchor chain": _anchor_chain, "plastic chain": _plastic_chain}
    kinds |= {"roller chain": _roller_chain, "ball chain": _ball_chain}
    return one_of(d, {"link chain": _link_chain} if d.chance(0.35) else kinds)


def _laid_out(d: Draw, length: float, thick: float) -> np.ndarray:
    """The path of a chain; what hangs does so along y."""
    pose = d.random()
    if pose < 0.4:
        return _wavy(d, length)
    if pose < 0.55:
        return points(0.0, np.linspace(0, length, 40), 0.0)
    if pose < 0.7:
        return _ring(length)
    return _heap(d, length, thick) if pose < 0.85 else _spiral(length, thick * 1.1)


def _strung(path: np.ndarray, step: float, *links: Solid, roll: float = 0.0) -> Solid:
    """The links in turn along a path; each lies along its own x, every second one is turned by a right angle about it.

    Args:
        roll: degrees by which the first link is turned.
    """
    places = evenly(path, step)
    ahead = np.gradient(places, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    away = np.array([0.0, 1.0, 0.0]) if np.abs(ahead[:, 1]).max() < 0.9 else np.array([0.0, 0.0, 1.0])
    parts = []
    for k, (place, along) in enumerate(zip(places, ahead, strict=True)):
        side = np.cross(along, away)
        side /= np.linalg.norm(side)
        link = links[k % len(links)].turned("x", roll + 90 * (k % 2) * (roll != 0))
        parts.append(link.reshaped(link.vertices @ np.array([along, np.cross(side, along), side]) + place))
    return join(*parts)


def _link(inside: float, wire: float, wide: float, corners: int = 16) -> Solid:
    """A ring of wire, drawn out along x, round the y axis.

    Args:
        inside: free length within.
        wire: radius of the wire.
        wide: free width within.
    """
    angle = np.linspace(0, 2 * np.pi, 8)
    ring = lathe(points(wide / 2 + wire * (1 + np.cos(angle)), wire * np.sin(angle)), corners)
    ring = ring.turned("y", 180 / corners)
    drawn = np.sign(ring.vertices[:, 0]) * max(inside - wide, 0) / 2
    return ring.reshaped(ring.vertices + np.outer(drawn, (1, 0, 0)))


def _links(d: Draw, wire: float, link: Solid, inside: float, *more: Solid) -> Solid:
    """A chain of 12 to 60 links."""
    length = float(np.clip(inside * d.count(12, 60), 0.22, 1.9))
    path = _laid_out(d, length, wire * 7)
    return _strung(path, inside * 0.97, link, *more, roll=d(38, 50)).turned("y", d(0, 360))


def _link_chain(d: Draw) -> Solid:
    """Of steel, short or long links."""
    wire = d(0.0015, 0.005)
    inside, rgb = wire * d(5, 9), np.array(BRASS) if d.chance(0.15) else alloy(d)
    return _links(d, wire, _link(inside, wire, wire * d(2.5, 3.4)).painted(rgb), inside)


def _anchor_chain(d: Draw) -> Solid:
    """Heavy links with a stud across the middle."""
    wire = d(0.004, 0.008)
    inside, wide = wire * d(5.6, 6.8), wire * d(3.0, 3.6)
    stud = rod((0, 0, -wide / 2 - wire), (0, 0, wide / 2 + wire), wire * 0.7)
    return _links(d, wire, join(_link(inside, wire, wide), stud).painted(alloy(d)), inside)


def _plastic_chain(d: Draw) -> Solid:
    """Of a barrier: thick light links of one colour, or of two in turn."""
    wire = d(0.0025, 0.004)
    inside, first = wire * d(7, 10), paint(d, "red", "yellow", "white", "black", "blue", "orange", "green")
    link = _link(inside, wire, wire * d(3.2, 4.2))
    second = paint(d, "white", "black") if d.chance(0.5) else first
    return _links(d, wire, link.painted(first), inside, link.painted(second))


def _plate(pitch: float, wide: float, thick: float) -> Solid:
    """A flat link about the origin along x, waisted between its two round ends, `thick` along y."""
    angle = np.radians([-70, -25, 25, 70])
    end = points(pitch / 2 + wide / 2 * np.cos(angle), wide / 2 * np.sin(angle))
    outline = np.concatenate([end, [(0, wide * 0.33)], -end, [(0, -wide * 0.33)]])
    return slab(outline, thick).at(y=-thick / 2)


def _roller_chain(d: Draw) -> Solid:
    """Of a bicycle or a machine: pairs of plates, outer and inner in turn, with rollers between; on its side."""
    pitch = d.pick(0.0127, 0.0127, 0.00953, 0.0159)
    rgb, wide = alloy(d), d(0.5, 0.62) * pitch
    plate, gap = _plate(pitch, pitch * 0.66, pitch * 0.1), [wide * 0.5, wide * 0.5 + pitch * 0.11]
    roller = rod((pitch / 2, -wide * 0.75, 0), (pitch / 2, wide * 0.75, 0), pitch * 0.2)
    pairs = [join(plate.at(y=y), plate.at(y=-y), roller) for y in gap]
    links = [pair.painted(rgb * shade) for pair, shade in zip(pairs, (1.0, 0.85), strict=True)]
    length = pitch * d.count(24, 96)
    path = _laid_out(d, length, wide * 2.4)
    return _strung(path, pitch, *links).turned("y", d(0, 360))


def _ball_chain(d: Draw) -> Solid:
    """Of a plug or a lamp: beads on a thin wire."""
    radius = d(0.0012, 0.0032)
    step, rgb = radius * d(2.5, 3.0), np.array(BRASS) if d.chance(0.25) else np.array((0.76, 0.77, 0.79))
    latitude = np.linspace(-90, 90, 8)
    profile = points(np.cos(np.radians(latitude)), np.sin(np.radians(latitude))) * radius
    profile[[0, -1], 0] = 0
    bead = join(lathe(profile, 10), rod((0, 0, 0), (step, 0, 0), radius * 0.25)).painted(rgb)
    return _strung(_laid_out(d, step * d.count(70, 110), radius * 2.4), step, bead).turned("y", d(0, 360))


@category
def rope(d: Draw) -> Solid:
    """Twisted from three strands or braided, of hemp, white or coloured: coiled, in a hank, knotted, heaped or along."""
    kinds = {"coil of rope": _coil, "hank of rope": _hank, "knotted rope": _knotted, "piece of rope": _piece}
    kinds |= {"flat coil of rope": _flat_coil, "heap of rope": _heaped}
    return one_of(d, kinds)


def _fibre(d: Draw) -> np.ndarray:
    if d.chance(0.55):
        return np.clip(np.array(d.pick(*FIBRES)) + d.normal(0, 0.02, 3), 0, 1)
    return paint(d, "blue", "red", "orange", "yellow", "green", "black", "turquoise", "pink")


def _twined(d: Draw, path: np.ndarray, radius: float, rgb: np.ndarray, most: int = 620) -> Solid:
    """A rope along a path: three strands that wind round one another, or a braid with flecks; of `most` sections."""
    length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    step = max(radius * 0.75, length / most)
    line = evenly(path, step)
    body = tube(line, radius, 16).painted(rgb)
    lay = max(radius * d(7, 9), step * 7)
    turn = np.arange(len(line))[:, None] * step / lay * 2 * np.pi
    angle = np.arange(16) * np.pi / 8
    if d.chance(0.35):
        return _flecked(d, body, turn, angle)
    strands = 1 - 0.26 * np.abs(np.cos(1.5 * (angle + turn)))
    rings = (
        line[:, None] + (body.vertices[: line.shape[0] * 16].reshape(-1, 16, 3) - line[:, None]) * strands[..., None]
    )
    twisted = body.reshaped(np.concatenate([rings.reshape(-1, 3), body.vertices[-2:]]))
    return _shaded(twisted, strands, rgb)


def _shaded(body: Solid, strands: np.ndarray, rgb: np.ndarray) -> Solid:
    """The rope with the furrows between its strands darker."""
    deep = np.append(strands.reshape(-1), [1.0, 1.0])[body.faces].mean(axis=1) < 0.82
    return body.painted_where(deep, rgb * 0.78)


def _flecked(d: Draw, body: Solid, turn: np.ndarray, angle: np.ndarray) -> Solid:
    """The braid with a pattern of one or two other colours that winds one way, or both ways."""
    for _ in range(d.count(0, 3)):
        wave = np.cos(angle + turn * d(0.4, 1.0) + d(0, 6)) * (np.cos(angle * 2 - turn) if d.chance(0.5) else 1)
        marked = np.append(wave.reshape(-1), [-1.0, -1.0])[body.faces].min(axis=1) > d(0.2, 0.6)
        body = body.painted_where(marked, paint(d))
    return body


def _ended(d: Draw, path: np.ndarray, radius: float) -> Solid:
    """The rope with both of its ends whipped, melted or frayed."""
    rgb = _fibre(d)
    parts, way = [_twined(d, path, radius, rgb)], d.random()
    whip = paint(d)
    for end, before in ((path[0], path[1]), (path[-1], path[-2])):
        out = (end - before) / np.linalg.norm(end - before) * radius
        if way < 0.4:
            parts.append(rod(end - out * 3, end + out * 0.3, radius * 1.08).painted(whip))
        elif way < 0.7:
            tufts = d.normal(0, 0.35, (9, 3)) * radius
            parts += [
                rod(end - out, end + out * d(2.5, 5) + 2 * tuft, radius * 0.22).painted(rgb * 0.95) for tuft in tufts
            ]
        else:
            parts.append(rod(end, end + out * 0.4, radius * 0.9, radius * 0.5).painted(rgb * 0.8))
    return join(*parts)


def _rounds(d: Draw, radius: float, wide: float, turns: int, oval: float) -> np.ndarray:
    """A bundle of rounds, `wide` from the middle, piled and a little uneven."""
    columns = max(int(np.sqrt(turns)), 1)
    spots = [
        ((k % columns) if k // columns % 2 == 0 else columns - 1 - k % columns, k // columns) for k in range(turns)
    ]
    angle = np.linspace(0, 2 * np.pi * turns, turns * 24 + 1)
    knots = np.array([*spots, spots[-1]], float) + d.normal(0, 0.12, (turns + 1, 2))
    across, up = (np.interp(angle / (2 * np.pi), np.arange(turns + 1), knots[:, k]) * radius * 2.05 for k in range(2))
    loose = radius * 0.6 * np.sin(angle * d(1.2, 2.3) + d(0, 6))
    reach = wide + across + loose
    return points(reach * np.cos(angle) * oval, np.maximum(up, 0) * 0.95, reach * np.sin(angle))


def _coil(d: Draw) -> Solid:
    """Rounds on a pile, lying or on edge, now and then bound at two places."""
    radius, turns = d(0.003, 0.011), d.count(4, 13)
    wide = max(d(0.07, 0.17), radius * 9)
    pile = _ended(d, _rounds(d, radius, wide, turns, 1.0), radius)
    if d.chance(0.35):
        pile = join(pile, _binding(d, pile, wide + radius * np.sqrt(turns)))
    return pile.turned("x", 0 if d.chance(0.75) else 90).turned("y", d(0, 360)).grounded()


def _binding(d: Draw, pile: Solid, reach: float) -> Solid:
    """Two bands round the bundle, on opposite sides."""
    low, high = pile.vertices[:, 1].min(), pile.vertices[:, 1].max()
    wide = np.abs(pile.vertices[:, 0]).max() - reach
    band = (
        box(wide * 2.1, high - low + wide * 0.1, wide * d(0.6, 1.2)).at(x=reach, y=low - wide * 0.05).painted(paint(d))
    )
    return join(band, opposite(band, "x"))


def _hank(d: Draw) -> Solid:
    """Long rounds, wrapped tightly round the middle."""
    radius, turns = d(0.0025, 0.006), d.count(5, 11)
    long = max(d(0.09, 0.17), radius * 14)
    flat = _rounds(d, radius, radius * 1.5, turns, 1.0)
    stretch = np.sign(flat[:, 0]) * np.minimum(np.abs(flat[:, 0]) / radius, 1) * long
    path = smooth((flat + np.outer(stretch, (1, 0, 0)))[::2], 2)
    high, deep = np.ptp(flat[:, 1]) / 2 + radius * 1.2, np.abs(flat[:, 2]).max() + radius * 1.2
    count = d.count(5, 12)
    angle = np.linspace(0, 2 * np.pi * count, count * 16)
    wrap = points(
        (angle / (2 * np.pi) - count / 2) * radius * 2.1, np.sin(angle) * high + high - radius, np.cos(angle) * deep
    )
    rgb = _fibre(d)
    whole = join(_twined(d, path, radius, rgb, 440), _twined(d, wrap, radius, rgb, 300))
    return whole.turned("x", 0 if d.chance(0.7) else 90).turned("y", d(0, 360)).grounded()


def _knotted(d: Draw) -> Solid:
    """An overhand knot in the middle of a piece, tight or loose."""
    radius, loose = d(0.003, 0.012), d(1.5, 2.6)
    t = np.linspace(np.pi + 0.69, 3 * np.pi - 0.69, 80)
    knot = points(np.sin(t) + 2 * np.sin(2 * t), -np.sin(3 * t) / loose * 1.05, np.cos(t) - 2 * np.cos(2 * t)) * loose
    bend = np.array([(1.45, 0, -2.0), (2.1, 0, -3.0), (3.6, 0, -3.9), (6.0, 0, -4.3)]) * loose
    far = [(loose * 7 + d(4, 30), 0, -loose * 4.4 + d.normal(0, 3)) for _ in range(2)]
    first, last = (smooth([*bend, end], 10) for end in far)
    path = evenly(np.concatenate([first[::-1], knot, last * (-1, 1, 1)]), 0.5)
    return _ended(d, smooth(path[::3], 3) * radius, radius).turned("y", d(0, 360)).grounded()


def _piece(d: Draw) -> Solid:
    """Straight or in bends."""
    radius = d(0.003, 0.014)
    return _ended(d, _wavy(d, float(np.clip(radius * d(30, 130), 0.16, 1.4))), radius).turned("y", d(0, 360)).grounded()


def _flat_coil(d: Draw) -> Solid:
    """A spiral on the deck."""
    radius = d(0.003, 0.009)
    return _ended(d, _spiral(radius * d(250, 600), radius * 2), radius).grounded()


def _heaped(d: Draw) -> Solid:
    radius = d(0.003, 0.01)
    return _ended(d, _heap(d, radius * d(180, 420), radius * 2.3), radius).turned("y", d(0, 360)).grounded()
