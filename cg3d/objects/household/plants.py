"""Plants in pots and vases: flowerpot, vase."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import COLOURS, paint
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, ribbon, rod, stacked, superellipsoid, tube
from cg3d.objects.shapes.round_bodies import vessel
from cg3d.objects.shapes.solid import Solid, join, mirrored

PETALS = ("red", "yellow", "pink", "white", "purple", "orange", "blue")


@category
def flowerpot(d: Draw) -> Solid:
    """A pot of earth with leaves, flowers, a cactus, a small tree, or nothing yet."""
    kinds = {"potted plant": _leaves, "pot of flowers": _flowers, "potted cactus": _cactus}
    kinds |= {"potted tree": _tree, "empty flowerpot": _nothing}
    return one_of(d, kinds)


def _pot(d: Draw) -> tuple[Solid, float, float]:
    """A pot filled with earth, its height and the radius at its top."""
    radius = d(0.07, 0.16)
    height, foot = radius * d(1.1, 1.9), radius * d(0.6, 0.95)
    rgb = paint(d) if d.chance(0.5) else paint(d, "orange", "brown", "beige")
    t = np.linspace(0, 1, 10)
    earth = cylinder(radius * 0.93, 0.01).at(y=height * 0.88).painted(np.array(COLOURS["brown"]) * 0.7)
    if d.chance(0.25):
        sizes = [(foot * 1.8, 0.0), (radius * 1.8, height), (radius * 1.65, height), (radius * 1.65, height * 0.85)]
        body = stacked([(rectangle(size, size, 0.005), y) for size, y in sizes]).painted(rgb)
        return join(body, earth.scaled(0.85, 1, 0.85)), height, radius
    parts = vessel(points(foot + (radius - foot) * t, height * t), 0.006, rgb)
    if d.chance(0.6):
        rim = radius * 1.07
        parts.append(join(*vessel(np.array([(rim * 0.98, 0.0), (rim, height * 0.18)]), 0.01, rgb)).at(y=height * 0.83))
    if d.chance(0.3):
        parts.append(cylinder(radius * 1.1, 0.012, radius * 1.2).painted(rgb))
    return join(*parts, earth), height, radius


def _nothing(d: Draw) -> Solid:
    pot, height, radius = _pot(d)
    if d.chance(0.5):  # a seedling
        parts = [pot, _leaf(d, radius * 0.8, 0.3, 60).at(y=height * 0.88)]
        parts += [_leaf(d, radius * 0.7, 0.3, 120).at(y=height * 0.88)]
        return join(*parts)
    return pot


def _green(d: Draw) -> np.ndarray:
    return np.clip(np.array(COLOURS["green"]) * d(0.7, 1.35), 0, 1)


def _leaf(d: Draw, length: float, width: float, lift: float) -> Solid:
    """A leaf from the origin towards +x that rises at `lift` degrees and bends down; `width` in parts of its length."""
    t = np.linspace(0, 1, 9)
    slope, bend = np.radians(lift), d(0.5, 1.5)
    angle = slope - bend * t
    path = np.cumsum(points(np.cos(angle), np.sin(angle)), axis=0) * length / len(t)
    shape = np.maximum(np.sin(np.pi * np.clip(t * 0.93 + 0.05, 0, 1)) ** 0.8, 0.03) * length * width
    return ribbon(path - path[0], shape, 0.0025).painted(_green(d))


def _leaves(d: Draw) -> Solid:
    """Many leaves from the middle: broad and arching, or narrow and upright as a snake plant's."""
    pot, height, radius = _pot(d)
    count, upright = d.count(14, 34), d.chance(0.3)
    width = d(0.08, 0.14) if upright else d(0.12, 0.4)
    long = radius * d(2.0, 3.6)
    leaves = []
    for k in range(count):
        lift = d(78, 100) if upright else d(35, 95)
        leaf = _leaf(d, long * d(0.6, 1.1), width, lift + (20 if upright else 0))
        leaves.append(
            leaf.turned("y", 137.5 * k).at(d.normal(0, radius * 0.15), height * 0.88, d.normal(0, radius * 0.15))
        )
    return join(pot, *leaves)


def _blossom(d: Draw, radius: float, rgb: np.ndarray) -> Solid:
    """A flower that faces up: five to nine petals about a round middle."""
    count = d.count(5, 10)
    path = points(np.linspace(0.1, 1, 5), [0, 0.08, 0.12, 0.1, 0]) * radius
    petal = ribbon(path, np.array([0.25, 0.7, 0.85, 0.65, 0.2]) * radius, radius * 0.06).turned("z", d(5, 40))
    middle = lathe([(0, 0), (0.25 * radius, 0.06 * radius), (0.15 * radius, 0.25 * radius), (0, 0.3 * radius)], 12)
    middle = middle.painted(COLOURS["yellow"])
    return join(*(petal.turned("y", 360 * k / count).painted(rgb) for k in range(count)), middle)


def bouquet(d: Draw, height: float, spread: float) -> Solid:
    """Flowers on stems that leave the origin and fan out; `height` and `spread` in metres."""
    count, rgb, mixed = d.count(4, 11), paint(d, *PETALS), d.chance(0.4)
    parts = []
    for k in range(count):
        turn, lean = np.radians(137.5 * k), np.sqrt((k + 0.5) / count) * spread * d(1.0, 1.6)
        tip = np.array([lean * np.cos(turn), height * d(0.75, 1.05), lean * np.sin(turn)])
        stem = tube(smooth([(0, 0, 0), tip * (0.3, 0.6, 0.3), tip], 4), 0.0035, segments=8).painted(_green(d))
        bloom = _blossom(d, spread * d(0.3, 0.45), paint(d, *PETALS) if mixed else rgb)
        parts += [stem, bloom.turned("z", -15).turned("y", -np.degrees(turn)).at(*tip)]
        parts.append(_leaf(d, height * 0.35, 0.3, 40).turned("y", 137.5 * k + 60).at(*(tip * (0.3, 0.6, 0.3))))
    return join(*parts)


def _flowers(d: Draw) -> Solid:
    pot, height, radius = _pot(d)
    return join(pot, bouquet(d, radius * d(1.5, 3.0), radius * 0.8).at(y=height * 0.88))


def _cactus(d: Draw) -> Solid:
    """A ribbed ball or a column with arms."""
    pot, height, radius = _pot(d)
    rgb = _green(d)
    if d.chance(0.4):
        size = radius * d(1.2, 1.7)
        ribs = [superellipsoid(size, size * 0.9, size * 0.16).turned("y", 180 * k / 9) for k in range(9)]
        bloom = _blossom(d, radius * 0.3, paint(d, *PETALS)).at(y=size * 0.9)
        return join(pot, join(join(*ribs).painted(rgb), bloom).at(y=height * 0.85))
    tall, thick = radius * d(2.2, 4.0), radius * d(0.28, 0.42)
    parts = [rod((0, 0, 0), (0, tall, 0), thick), superellipsoid(2 * thick, 2 * thick, 2 * thick).at(y=tall - thick)]
    for k in range(d.count(1, 4)):
        low, reach, rise = tall * d(0.3, 0.6), thick * d(2.2, 3.0), tall * d(0.2, 0.4)
        arm = smooth([(0, low, 0), (reach * 0.8, low, 0), (reach, low + thick, 0), (reach, low + rise, 0)])
        ball = superellipsoid(1.3 * thick, 1.3 * thick, 1.3 * thick).at(reach, low + rise - 0.65 * thick)
        parts.append(join(tube(arm, thick * 0.65), ball).turned("y", 150 * k + d(0, 40)))
    return join(pot, join(*parts).at(y=height * 0.85).painted(rgb))


def _tree(d: Draw) -> Solid:
    """A clipped little tree: balls or a cone of foliage on a trunk."""
    pot, height, radius = _pot(d)
    trunk, rgb = radius * d(1.6, 3.0), _green(d)
    parts = [rod((0, 0, 0), (0, trunk, 0), radius * 0.1, radius * 0.07).painted(COLOURS["brown"])]
    if d.chance(0.4):
        parts.append(cylinder(radius * 1.1, radius * 3.2, 0.01).at(y=trunk * 0.6).painted(rgb))
    else:
        for k in range(d.count(1, 4)):
            size = radius * (2.0 - 0.45 * k)
            parts.append(superellipsoid(size, size, size).at(y=trunk * 0.8 + radius * 1.75 * k).painted(rgb))
    ring = hoop(radius * 0.12, radius * 0.04).painted(COLOURS["brown"])
    return join(pot, join(*parts, ring).at(y=height * 0.88))


@category
def vase(d: Draw) -> Solid:
    """A hollow vessel with a waist or a neck, round or angular; now and then with two handles or with flowers."""
    height = d(0.16, 0.4)
    outside = smooth(_vase_knots(d)) * (height, height)
    rgb, wall, radius = paint(d), d(0.003, 0.006), outside[:, 0].max()
    inside = outside[::-1] - (wall, 0)
    inside[:, 1] = np.maximum(inside[:, 1], wall)
    body = lathe([(0, 0), *outside, *inside, (0, wall)], d.pick(40, 40, 40, 6, 8)).painted(rgb)
    if d.chance(0.4):
        low = d(0.1, 0.6)
        body = body.banded(low * height, (low + d(0.1, 0.25)) * height, paint(d))
    parts = [body]
    if d.chance(0.25):
        parts.append(mirrored(_ear(outside, height, radius)).painted(rgb))
    if d.chance(0.35):
        parts.append(bouquet(d, height * d(0.5, 0.9), height * 0.25).at(y=height * 0.8))
    return join(*parts)


def _vase_knots(d: Draw) -> np.ndarray:
    """Radius and y of a vase one high: an urn, a ball with a thin neck, a trumpet, a waisted or an upright one."""
    foot, belly = d(0.1, 0.18), d(0.2, 0.34)
    neck, lip, level = d(0.06, 0.13), d(0.1, 0.2), d(0.28, 0.42)
    shapes = [[(foot, 0), (belly, level + 0.15), (neck + 0.05, 0.84), (lip + 0.05, 1)]]
    shapes += [[(foot, 0), (belly * 1.15, level), (neck * 0.7, 0.72), (neck * 0.6, 0.86), (lip * 0.6, 1)]]
    shapes += [[(foot * 1.1, 0), (foot * 0.7, 0.2), (foot * 0.9, 0.6), (belly, 1)]]
    shapes += [[(belly * 0.7, 0), (belly, 0.25), (belly * 0.5, 0.62), (belly * 0.85, 1)]]
    shapes += [[(belly * 0.5, 0), (belly * 0.55, 0.1), (belly * 0.7, 0.75), (belly * 0.4, 0.9), (belly * 0.48, 1)]]
    return np.array(d.pick(*shapes))


def _ear(outside: np.ndarray, height: float, radius: float) -> Solid:
    """A handle from the shoulder to the neck, at +x."""
    low, high = height * 0.5, height * 0.9
    start, end = np.interp([low, high], outside[:, 1], outside[:, 0]) - 0.002
    reach = max(start, end) + radius * 0.35
    loop = [(start, low, 0), (reach, low * 1.2, 0), (reach, high * 0.95, 0), (end, high, 0)]
    return tube(smooth(loop), radius * 0.08)
