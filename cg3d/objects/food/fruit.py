"""More fruit: lemon, peach, plum, strawberry."""

from __future__ import annotations

import numpy as np

from cg3d.objects.food.growing import calyx, creased, cut_open
from cg3d.objects.food.produce import LEAF, STALK, blushed, halved, leaf, lumpy, rolled, segments, tinted
from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.bodies import uneven
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import lathe, rod, superellipsoid
from cg3d.objects.shapes.resting import together
from cg3d.objects.shapes.solid import Colour, Solid, join

PITH, STONE = (0.95, 0.92, 0.78), (0.47, 0.28, 0.16)


@category
def lemon(d: Draw) -> Solid:
    """A yellow oval with a nipple at its flower end, on its side, whole or with a leaf; a half, a slice, or a few."""
    kinds = {"whole lemon": _whole_lemon, "lemon half": _half_lemon}
    kinds |= {"slice of lemon": _lemon_slice, "heap of lemons": _lemons}
    return one_of(d, {"whole lemon": _whole_lemon} if d.chance(0.6) else kinds)


def _zest(d: Draw) -> np.ndarray:
    return tinted(d, (0.95, 0.83, 0.18), (0.93, 0.78, 0.15), (0.96, 0.87, 0.35), (0.82, 0.8, 0.25))


def _whole_lemon(d: Draw) -> Solid:
    radius, long, nipple = d(0.025, 0.033), d(2.3, 3.0), d(0.14, 0.26)
    knots = [(0.0, 0.02), (0.13, 0.01), (nipple, 0.04), (nipple + 0.14, 0.09), (0.7, 0.2), (0.95, 0.36), (1.0, 0.5)]
    knots += [(0.93, 0.66), (0.68, 0.82), (0.35, 0.93), (0.2, 0.96), (0.08, 0.955), (0.0, 0.95)]
    body = lathe(np.maximum(smooth(knots, 4), 0) * (radius, radius * long), 36)
    body = uneven(d, lumpy(d, body, 0.06), 0.003).painted(_zest(d))
    if d.chance(0.2):
        body = blushed(d, body, tinted(d, (0.6, 0.7, 0.2)), 0.5)
    top = radius * long * 0.94
    parts = [body, superellipsoid(0.006, 0.003, 0.006).at(y=top).painted(LEAF)]
    if d.chance(0.2):
        parts.append(leaf(radius * d(1.2, 1.8)).at(y=top))
    return rolled(d, join(*parts), 0.08)


def _half_lemon(d: Draw) -> Solid:
    """Cut across, the segments up or to the side."""
    radius, rgb = d(0.025, 0.033), _zest(d)
    long = d(1.15, 1.45)
    tip = superellipsoid(radius * 0.4, radius * 0.4, radius * 0.4).at(y=-radius * 0.12)
    half = join(halved(d, radius, rgb).scaled(y=long), tip.painted(rgb))
    return half.turned("x", d.pick(0, 0, 60, 75) + d.normal(0, 6)).turned("y", d(0, 360)).grounded()


def _lemon_slice(d: Draw) -> Solid:
    radius, thick, rgb = d(0.023, 0.033), d(0.004, 0.01), _zest(d)
    disc = lathe([(0, 0), (radius * 0.98, 0), (radius, thick / 2), (radius * 0.98, thick), (0, thick)], 40)
    rim = np.linalg.norm(disc.face_centres()[:, [0, 2]], axis=1) > radius * 0.9
    flesh = segments(d.count(8, 11), radius, -0.0003, thick + 0.0003).painted(rgb * 0.85 + 0.14)
    return join(disc.painted(PITH).painted_where(rim, rgb), flesh).turned("x", d.pick(0, 0, 80)).grounded()


def _lemons(d: Draw) -> Solid:
    return together(d, _whole_lemon, d.count(2, 5))


def _stone_fruit(radius: float, tall: float, dimple: float, crease: float) -> Solid:
    """A globe with a slight tip below, a dimple at the stalk and a crease to +x; `tall` in parts of its radius."""
    knots = [(0.0, 0.0), (0.2, 0.02), (0.6, 0.19), (0.93, 0.6), (1.0, 0.95), (0.9, 1.4), (0.58, 1.78), (0.3, 1.88)]
    knots += [(0.12, 1.85 - dimple * 0.7), (0.0, 1.85 - dimple)]
    body = lathe(np.maximum(smooth(knots, 4), 0) * (radius, radius * tall), 40)
    return creased(body, crease, 0.16)


def _stalked(d: Draw, body: Solid, share: float) -> list[Solid]:
    """The fruit, in `share` of all cases with its stalk, and with a leaf now and then."""
    radius, top = np.ptp(body.vertices[:, 0]) / 2, float(body.vertices[:, 1].max())
    if not d.chance(share):
        return [body]
    end = (d.normal(0, 0.15) * radius, top * d(1.06, 1.2), d.normal(0, 0.15) * radius)
    stalk = rod((0, top * 0.75, 0), end, 0.0009, 0.0012).painted(STALK)
    return [body, stalk, leaf(radius * d(1.1, 1.7)).at(y=top * 1.02)] if d.chance(0.4) else [body, stalk]


def _with_stone(d: Draw, fruit: Solid, flesh: Colour, heart: Colour) -> Solid:
    """Half of a fruit along its crease, its stone in it or gone; on its back or leaning."""
    low, high = fruit.vertices[:, 1].min(), fruit.vertices[:, 1].max()
    half = cut_open(fruit.at(y=-(low + high) / 2), (0.97, flesh), (0.5, heart), (0.4, np.array(heart) * 0.75))
    wide, tall = np.ptp(half.vertices, axis=0)[:2]
    parts = [half]
    if d.chance(0.7):
        parts.append(superellipsoid(wide * 0.36, tall * 0.46, wide * 0.3).at(y=-tall * 0.23).painted(STONE))
    return join(*parts).turned("x", 90 - abs(d.normal(0, 20))).turned("y", d(0, 360)).grounded()


@category
def peach(d: Draw) -> Solid:
    """Round with a crease, a dimple and a red cheek: peach, nectarine or flat peach; whole or halved with its stone."""
    kinds = {"fuzzy peach": _fuzzy_peach, "nectarine": _nectarine, "flat peach": _flat_peach}
    return one_of(d, {**kinds, "peach half": _half_peach} if d.chance(0.75) else {"fuzzy peach": _fuzzy_peach})


def _blushing(d: Draw, body: Solid, ground: np.ndarray, cheek: np.ndarray) -> Solid:
    """The fruit in its ground colour with one or two red cheeks."""
    body = lumpy(d, body, 0.04).painted(ground)
    for _ in range(d.count(1, 3)):
        body = blushed(d, body, cheek, d(0.5, 0.95))
    return body


def _fuzzy_skin(d: Draw, body: Solid) -> Solid:
    ground = tinted(d, (0.95, 0.7, 0.38), (0.94, 0.62, 0.36), (0.95, 0.8, 0.55))
    return _blushing(d, body, ground, tinted(d, (0.8, 0.3, 0.25), (0.68, 0.2, 0.2), (0.9, 0.45, 0.35)))


def _fuzzy_peach(d: Draw) -> Solid:
    body = _stone_fruit(d(0.031, 0.043), d(0.88, 1.08), d(0.2, 0.4), d(0.05, 0.11))
    return rolled(d, join(*_stalked(d, _fuzzy_skin(d, body), 0.3)), 0.55)


def _nectarine(d: Draw) -> Solid:
    """Smooth and darker red."""
    body = _stone_fruit(d(0.028, 0.038), d(0.92, 1.1), d(0.2, 0.35), d(0.05, 0.1))
    body = _blushing(
        d, body, tinted(d, (0.9, 0.6, 0.2), (0.85, 0.4, 0.15)), tinted(d, (0.6, 0.1, 0.1), (0.5, 0.06, 0.08))
    )
    return rolled(d, join(*_stalked(d, body, 0.25)), 0.55)


def _flat_peach(d: Draw) -> Solid:
    """Like a doughnut with a deep dimple."""
    body = _stone_fruit(d(0.03, 0.039), d(0.45, 0.6), d(0.6, 0.9), d(0.03, 0.07))
    return rolled(d, _fuzzy_skin(d, body), 0.85)


def _half_peach(d: Draw) -> Solid:
    body = _fuzzy_skin(d, _stone_fruit(d(0.031, 0.041), d(0.9, 1.05), d(0.2, 0.35), d(0.04, 0.09)))
    flesh = tinted(d, (0.96, 0.72, 0.3), (0.95, 0.82, 0.55), (0.96, 0.65, 0.25))
    return _with_stone(d, body, flesh, tinted(d, (0.8, 0.3, 0.2), (0.85, 0.5, 0.25)))


@category
def plum(d: Draw) -> Solid:
    """Round with a crease, purple, red or yellow, often with a pale bloom; a long prune plum, a greengage; halved, a few."""
    kinds = {"round plum": _round_plum, "prune plum": _prune_plum, "greengage": _greengage}
    kinds |= {"plum half": _half_plum}
    return one_of(d, {**kinds, "handful of plums": _plums} if d.chance(0.4) else kinds)


def _plum_of(d: Draw, radius: float, tall: float, rgb: np.ndarray) -> Solid:
    """The fruit in one colour, cloudy with bloom on a side."""
    body = lumpy(d, _stone_fruit(radius, tall, d(0.08, 0.22), d(0.04, 0.09)), 0.05).painted(rgb)
    return blushed(d, body, rgb * 0.6 + np.array((0.24, 0.25, 0.33)), d(0.3, 1.0)) if d.chance(0.7) else body


def _plum_rgb(d: Draw) -> np.ndarray:
    return tinted(d, (0.3, 0.09, 0.2), (0.22, 0.1, 0.25), (0.5, 0.08, 0.12), (0.6, 0.15, 0.15), (0.9, 0.68, 0.2))


def _round_plum(d: Draw) -> Solid:
    body = _plum_of(d, d(0.021, 0.031), d(0.92, 1.1), _plum_rgb(d))
    return rolled(d, join(*_stalked(d, body, 0.45)), 0.35)


def _prune_plum(d: Draw) -> Solid:
    """Oval and blue."""
    body = _plum_of(d, d(0.0165, 0.021), d(1.3, 1.6), tinted(d, (0.2, 0.13, 0.3), (0.24, 0.1, 0.24)))
    return rolled(d, join(*_stalked(d, body, 0.5)), 0.1)


def _greengage(d: Draw) -> Solid:
    body = _plum_of(d, d(0.019, 0.024), d(0.9, 1.05), tinted(d, (0.6, 0.68, 0.25), (0.72, 0.7, 0.28)))
    return rolled(d, join(*_stalked(d, body, 0.45)), 0.35)


def _half_plum(d: Draw) -> Solid:
    body = _plum_of(d, d(0.021, 0.029), d(0.95, 1.3), _plum_rgb(d))
    flesh = tinted(d, (0.9, 0.7, 0.25), (0.85, 0.55, 0.2), (0.7, 0.2, 0.2))
    return _with_stone(d, body, flesh, flesh * 0.8)


def _plums(d: Draw) -> Solid:
    kind = d.pick(_round_plum, _prune_plum, _greengage)
    return together(d, kind, d.count(2, 6))


@category
def strawberry(d: Draw) -> Solid:
    """A red cone with seeds under a green star: pointed, blunt, heart-shaped or ribbed; also halved, or a few."""
    kinds = {
        "whole strawberry": _whole_strawberry,
        "strawberry half": _half_strawberry,
        "handful of strawberries": _some,
    }
    return one_of(d, {"whole strawberry": _whole_strawberry} if d.chance(0.5) else kinds)


def _seeded(body: Solid, rows: int) -> Solid:
    """The fruit about the y axis with yellow seeds in pits, staggered in rows."""

    def off(places: np.ndarray) -> np.ndarray:
        row = places[:, 1] / body.vertices[:, 1].max() * rows
        column = np.arctan2(places[:, 2], places[:, 0]) / np.pi * 6 + np.floor(row) % 2 / 2
        return np.asarray(np.hypot(row % 1 - 0.5, column % 1 - 0.5) + (places[:, 1] > body.vertices[:, 1].max() * 0.93))

    pits = 1 - 0.05 * np.clip(1 - off(body.vertices) / 0.4, 0, 1)
    pitted = body.reshaped(body.vertices * points(pits, 1.0, pits))
    return pitted.painted_where(off(body.face_centres()) < 0.2, (0.88, 0.72, 0.35))


def _berry(d: Draw) -> Solid:
    """Without its leaves, the tip down."""
    radius, blunt, shoulder = d(0.0125, 0.019), d(0.1, 0.3), d(0.7, 0.85)
    tall = radius * d(1.7, 2.5)
    knots = [(0.0, 0.0), (blunt, 0.03), (0.45 + blunt / 2, 0.25), (0.85, 0.55), (1.0, shoulder), (0.82, 0.95)]
    knots += [(0.45, 1.0), (0.15, 0.96), (0.0, 0.95)]
    body = lathe(np.maximum(smooth(knots, 6), 0) * (radius, tall), 60)
    body = lumpy(d, body, 0.07, d.count(2, 6), d(0, 0.05)).scaled(z=d(0.8, 1.0))
    body = body.painted(tinted(d, (0.8, 0.1, 0.1), (0.72, 0.07, 0.1), (0.86, 0.18, 0.12)))
    if d.chance(0.3):
        body = body.banded(tall * d(0.82, 0.9), tall * 1.2, tinted(d, (0.92, 0.75, 0.6), (0.8, 0.75, 0.45)))
    return _seeded(body, d.count(7, 11))


def _crowned(d: Draw, body: Solid) -> Solid:
    """The fruit with its leaves and their stalk."""
    wide, top = np.ptp(body.vertices[:, 0]), float(body.vertices[:, 1].max())
    stalk = rod((0, top * 0.95, 0), (d.normal(0, 0.002), top + d(0.003, 0.02), d.normal(0, 0.002)), 0.0008, 0.001)
    return join(body, calyx(d, d.count(7, 11), wide * d(0.4, 0.62), 0.8).at(y=top * 0.95), stalk.painted(LEAF))


def _whole_strawberry(d: Draw) -> Solid:
    """On its side, upside down on its leaves, or on its tip as in fingers."""
    berry = _crowned(d, _berry(d))
    if d.chance(0.7):
        return berry.turned("x", d(65, 105)).turned("y", d(0, 360)).grounded()
    return berry.turned("x", d.pick(0, 180) + d.normal(0, 10)).grounded()


def _half_strawberry(d: Draw) -> Solid:
    """Cut from stalk to tip: a white heart in red flesh."""
    body = _berry(d)
    half = cut_open(body, (0.97, (0.88, 0.3, 0.25)), (0.75, (0.93, 0.5, 0.42)), (0.4, (0.96, 0.82, 0.75)))
    half = _crowned(d, half) if d.chance(0.6) else half
    return half.turned("x", d.pick(90, 90, 90, -90)).turned("y", d(0, 360)).grounded()


def _some(d: Draw) -> Solid:
    return together(d, _whole_strawberry, d.count(2, 5))
