"""For dough and what goes into it: funnel, measuring cup, rolling pin."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, hoop, lathe, ribbon, tube
from cg3d.objects.shapes.resting import fallen
from cg3d.objects.shapes.round_bodies import vessel
from cg3d.objects.shapes.solid import Solid, join


@category
def rolling_pin(d: Draw) -> Solid:
    """A roller between two handles, a tapered staff, one of marble, or one with discs for the thickness; lying."""
    kinds = {"rolling pin": _with_handles, "French rolling pin": _tapered, "adjustable rolling pin": _with_discs}
    kinds |= {"marble rolling pin": _marble}
    pin = one_of(d, kinds) if d.chance(0.6) else _with_handles(d).called("rolling pin")
    return pin.turned("z", 90).turned("y", d(0, 180)).grounded() if d.chance(0.9) else pin.grounded()


def _roller(radius: float, length: float) -> Solid:
    """A cylinder along y with rounded ends, about the origin."""
    edge = radius * 0.12
    side = [(radius - edge, 0), (radius, edge), (radius, length - edge), (radius - edge, length)]
    return lathe([(0, 0), *side, (0, length)]).at(y=-length / 2)


def _handle(d: Draw, thick: float, length: float) -> Solid:
    """A turned grip along y from 0 up, on a thin neck or bellied from its root."""
    neck = d(0.4, 0.9)
    knots = [(neck, 0.0), (neck, 0.08), (1.0, 0.4), (d(0.75, 1.0), 0.8), (d(0.6, 0.9), 0.95), (0.4, 1.0)]
    profile = smooth(knots, 4) * (thick, length)
    return lathe([(0, 0), *profile, (0, length)], 24)


def _between_handles(d: Draw, roller: np.ndarray, grip: np.ndarray) -> Solid:
    length, radius = d(0.18, 0.27), d(0.022, 0.036)
    handle = _handle(d, radius * d(0.35, 0.55), d(0.08, 0.12)).at(y=length / 2 - 0.002)
    ends = join(handle, handle.turned("z", 180))
    return join(_roller(radius, length).painted(roller), ends.painted(grip))


def _with_handles(d: Draw) -> Solid:
    """Of wood, steel, silicone or plastic."""
    rgb = wood(d) if d.chance(0.7) else paint(d)
    return _between_handles(d, rgb, rgb if d.chance(0.5) else paint(d))


def _marble(d: Draw) -> Solid:
    return _between_handles(d, paint(d, "white", "white", "grey", "black", "green"), wood(d))


def _tapered(d: Draw) -> Solid:
    """A staff without handles, straight or thinner towards both ends."""
    half, radius, end = d(0.17, 0.24), d(0.016, 0.025), d(0.5, 1.0)
    t = np.linspace(-0.98, 1, 25)[:-1]
    profile = points(radius * (1 - (1 - end) * np.abs(t) ** 1.6), half * t)
    return lathe([(0, -half), *profile, (0, half * 0.98)]).painted(wood(d))


def _with_discs(d: Draw) -> Solid:
    """A staff with a coloured ring at either end."""
    length, radius = d(0.34, 0.44), d(0.02, 0.028)
    rings = [cylinder(radius * d(1.25, 1.6), 0.014).at(y=length * 0.4)]
    rings += [cylinder(radius * 0.95, 0.022).at(y=length / 2 - 0.012)]
    caps = join(*rings).painted(paint(d))
    return join(_roller(radius, length).painted(wood(d)), caps, caps.turned("z", 180))


@category
def funnel(d: Draw) -> Solid:
    """A hollow cone that runs into a spout, with a lug or a grip; wide ones for jars, steps that fold; mouth down or up."""
    kinds = {"funnel": _plain, "canning funnel": _canning, "collapsible funnel": _folding}
    cone = one_of(d, kinds if d.chance(0.6) else {"funnel": _plain})
    pose = d.random()
    if pose < 0.2:
        return fallen(d, cone)
    return (cone.turned("x", 180) if pose < 0.65 else cone).grounded()


def _cone(d: Draw, knots: np.ndarray, wall: float) -> Solid:
    """A funnel from its outer profile (K, 2), spout first; open at both ends."""
    inside = np.maximum(knots - (wall, 0), (0.0008, 0))[::-1]
    return lathe([*knots, *inside, knots[0]], 40).painted(metal(d) if d.chance(0.35) else paint(d))


def _lug(d: Draw, cone: Solid, radius: float, high: float) -> Solid:
    """The cone with a ring to hang it by, a tab or a handle at its rim, or bare."""
    rgb, kind = cone.face_rgb[0], d.integers(4)
    if kind == 0:
        return join(cone, hoop(0.011, 0.0025, 20).at(x=radius + 0.009, y=high - 0.003).painted(rgb))
    if kind == 1:
        return join(cone, box(0.03, 0.003, 0.018).at(x=radius + 0.012, y=high - 0.004).painted(rgb))
    if kind == 2:
        loop = [(radius * 0.97, high * 0.98, 0), (radius + 0.03, high * 0.95, 0), (radius * 0.75, high * 0.75, 0)]
        return join(cone, tube(smooth(loop, 5), 0.004).painted(rgb))
    return cone


def _plain(d: Draw) -> Solid:
    radius = d(0.03, 0.085)
    thin, spout, slope = radius * d(0.09, 0.2), radius * d(0.5, 1.1), radius * d(0.7, 1.15)
    collar = radius * d(0.0, 0.35)
    knots = [
        (thin * 0.75, 0.0),
        (thin, spout),
        (radius * 0.98, spout + slope),
        (radius, spout + slope + collar + 0.002),
    ]
    return _lug(d, _cone(d, np.array(knots), d(0.0012, 0.002)), radius, knots[-1][1])


def _canning(d: Draw) -> Solid:
    """A wide short spout, for jam."""
    radius = d(0.055, 0.075)
    neck, drop = radius * d(0.4, 0.55), d(0.018, 0.035)
    high = drop + radius * d(0.5, 0.8)
    knots = np.array([(neck * 0.95, 0.0), (neck, drop), (radius * 0.95, high * 0.9), (radius, high)])
    return _lug(d, _cone(d, knots, 0.002), radius, high)


def _folding(d: Draw) -> Solid:
    """Silicone in steps, pulled out or pressed flat."""
    radius, open_ = d(0.045, 0.07), d.pick(1.0, d(0.25, 0.5))
    knots = [(radius * 0.14, 0.0), (radius * 0.18, radius * 0.5)]
    for k, share in enumerate((0.4, 0.6, 0.8, 1.0)):
        level = radius * (0.55 + 0.24 * k * open_)
        knots += [(radius * (share - 0.12), level), (radius * share, level + 0.24 * radius * open_ * 0.8)]
    return _lug(d, _cone(d, np.array(knots), 0.002), radius, knots[-1][1])


@category
def measuring_cup(d: Draw) -> Solid:
    """A jug of glass or plastic with a lip and marks, a beaker, a scoop with a flat handle, or a nest of scoops."""
    kinds = {
        "measuring jug": _jug,
        "measuring scoop": _scoop,
        "set of measuring cups": _nest,
        "measuring beaker": _beaker,
    }
    return one_of(d, kinds if d.chance(0.7) else {"measuring jug": _jug})


def _wall(d: Draw, radius: float, height: float) -> np.ndarray:
    """(K, 2) a side that widens upwards, with a rounded foot."""
    foot, t = radius * d(0.72, 0.98), np.linspace(0, 1, 12)
    return np.concatenate([[(foot * 0.93, 0.0)], points(foot + (radius - foot) * t, 0.003 + (height - 0.003) * t)])


def _lipped(body: Solid, reach: float) -> Solid:
    """A vessel with a pouring lip at -x drawn out of its rim."""
    x, y, z = body.vertices.T
    high = np.clip((y / y.max() - 0.72) / 0.28, 0, 1) ** 1.5
    ahead = np.exp(-((np.arctan2(z, -x) / 0.32) ** 2)) * (np.hypot(x, z) > 1e-6)
    return body.reshaped(np.column_stack([x - reach * high * ahead, y, z]))


def _marks(d: Draw, wall: np.ndarray, height: float) -> Solid:
    """A scale of raised lines on the side at +z, from the foot up."""
    levels = np.linspace(0.2, 0.86, d.count(5, 10)) * height
    reach = np.interp(levels, wall[:, 1], wall[:, 0])
    bars = [
        box(0.012 if k % 2 else 0.02, 0.0012, 0.003).at(0, y, r)
        for k, (y, r) in enumerate(zip(levels, reach, strict=True))
    ]
    return join(*bars).turned("y", d(-30, 30)).painted(paint(d, "red", "black", "blue", "white"))


def _jug(d: Draw) -> Solid:
    radius = d(0.04, 0.07)
    height = radius * d(1.4, 2.4)
    wall = _wall(d, radius, height)
    body = _lipped(
        join(*vessel(wall, d(0.002, 0.004), paint(d, "white", "white", "grey", "blue", "turquoise", "red"))),
        radius * 0.22,
    )
    low, high = height * d(0.1, 0.3), height * d(0.82, 0.97)
    start, end = np.interp([low, high], wall[:, 1], wall[:, 0]) - 0.001
    reach = radius + d(0.025, 0.04)
    knots = [(end, high, 0), (reach, high * 0.98, 0), (reach, (low + high) / 2, 0), (start, low, 0)]
    loop = smooth(knots if d.chance(0.7) else knots[:-1], 5)
    handle = tube(loop, d(0.005, 0.008), flatten=d(1.0, 1.8))
    return join(body, handle.painted(body.face_rgb[0]), _marks(d, wall, height)).turned("y", d(0, 360))


def _beaker(d: Draw) -> Solid:
    """Tall, without a handle."""
    radius = d(0.025, 0.045)
    height = radius * d(2.0, 3.6)
    wall = _wall(d, radius, height)
    body = _lipped(join(*vessel(wall, 0.002, paint(d, "white", "grey", "turquoise", "orange"))), radius * 0.25)
    return join(body, _marks(d, wall, height))


def _scooped(d: Draw, radius: float, reach: float, rgb: np.ndarray) -> Solid:
    """A low round cup with a level bar for its handle along +x, which ends in a hole or a widening."""
    height = radius * d(0.75, 1.1)
    cup = join(*vessel(_wall(d, radius, height), 0.0015, rgb))
    path = smooth(
        [(radius * 0.96, height - 0.003), (radius + reach * 0.5, height - 0.001), (radius + reach, height - 0.004)], 5
    )
    wide = np.linspace(0.011, d(0.011, 0.02), len(path))
    ring = hoop(0.006, 0.002, 20).at(x=radius + reach + 0.005, y=height - 0.004)
    return join(cup, ribbon(path, wide, d(0.0015, 0.005)).painted(rgb), ring.painted(rgb))


def _scoop(d: Draw) -> Solid:
    """Level, or tipped onto its handle, or upside down."""
    cup = _scooped(d, d(0.022, 0.045), d(0.05, 0.09), metal(d) if d.chance(0.5) else paint(d))
    return cup.turned("x", d.pick(0, 0, 180)).turned("y", d(0, 360)).grounded()


def _nest(d: Draw) -> Solid:
    """Three or four scoops one in another."""
    rgb, radius, reach = metal(d), d(0.035, 0.045), d(0.055, 0.08)
    same, parts = d.chance(0.5), []
    for k in range(d.count(3, 5)):
        shade = rgb if same else paint(d)
        parts.append(_scooped(d, radius * 0.82**k, reach, shade).turned("y", d(-6, 6)).at(y=0.004 * k))
    return join(*parts).grounded()
