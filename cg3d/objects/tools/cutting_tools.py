"""Tools that cut: axe, saw, scissors."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint, wood
from cg3d.objects.shapes.primitives import beam, box, cylinder, extrude, loft, rod, superellipsoid, tube
from cg3d.objects.shapes.resting import posed
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def scissors(d: Draw) -> Solid:
    """Two blades crossed at a pivot, each with a loop for the fingers; shut, or open at any angle."""
    blade, width, thick = d(0.06, 0.14), d(0.011, 0.018), d(0.002, 0.003)
    steel, rgb = metal(d), paint(d)
    loop, shank = d(0.018, 0.028), d(0.025, 0.05)
    long = d(1.1, 1.8)
    edge = [(-width * 0.1, -0.01), (width * 0.9, -0.01), (width * 0.8, blade * 0.5)]
    edge += [(width * 0.1, blade), (-width * 0.1, blade * 0.97)]
    half = [extrude(edge, thick).painted(steel)]
    neck = beam((width * 0.3, 0, 0), (-loop * 0.9, -shank - loop * 0.4, 0), 0.006, 0.011)
    ring = tube(arc(loop, loop * long, 0, 360, 29), 0.0045, flatten=0.9).at(x=-loop * 1.05, y=-shank - loop * long)
    half += [neck.painted(rgb), ring.painted(rgb)]
    one, opening = join(*half), d.pick(d(2, 10), d(12, 70)) / 2
    first = one.turned("z", -opening).at(z=thick * 0.55)
    second = one.turned("y", 180).turned("z", opening).at(z=-thick * 0.55)
    pivot = cylinder(0.005, 0.008).at(y=-0.004).turned("x", 90)
    return posed(d, join(first, second, pivot.painted(metal(d))))


@category
def saw(d: Draw) -> Solid:
    """A toothed blade with a closed handle, or one strained in a bow."""
    return posed(d, one_of(d, {"handsaw": _handsaw, "hacksaw": _hacksaw, "bow saw": _bow_saw}).turned("z", 90))


def _teeth(start: float, end: float, y: float, count: int, depth: float) -> list[tuple[float, float]]:
    """The toothed lower edge of a blade from x = `start` to `end`."""
    x = np.linspace(start, end, 2 * count + 1)
    return [(float(at), y - depth * (k % 2)) for k, at in enumerate(x)]


def _handsaw(d: Draw) -> Solid:
    """A tapering blade, its teeth downwards, with a looped grip at -x."""
    length, heel, toe = d(0.3, 0.56), d(0.09, 0.13), d(0.03, 0.06)
    teeth = _teeth(0.0, length, 0.0, int(length / 0.012), 0.006)
    back = [(length, toe), (length * 0.66, toe + (heel - toe) * 0.4)]
    back += [(length * 0.33, toe + (heel - toe) * 0.72), (0.0, heel)]
    blade = extrude([*teeth, *back], 0.002).painted(metal(d))
    grip = tube(_grip_loop(heel * 0.52, heel * d(0.62, 0.75)), 0.012, flatten=0.9).at(x=-heel * 0.38, y=heel * 0.5)
    cheek = box(heel * 0.45, heel * 0.8, 0.018).at(x=heel * 0.05, y=heel * 0.1)
    rgb = wood(d) if d.chance(0.6) else paint(d)
    return join(blade, join(grip, cheek).painted(rgb))


def _grip_loop(half_width: float, half_height: float) -> np.ndarray:
    knots = arc(half_width, half_height, 20, 380, 19)
    return np.asarray(knots + np.outer(0.15 * knots[:, 1], (-1, 0, 0)))


def _hacksaw(d: Draw) -> Solid:
    """A thin blade below a bow of steel, with a pistol grip."""
    length, rise = d(0.24, 0.32), d(0.07, 0.11)
    bow = [(0, -0.01, 0), (0, rise * 0.85, 0), (0.02, rise, 0)]
    bow += [(length - 0.02, rise, 0), (length, rise * 0.85, 0), (length, -0.01, 0)]
    frame = tube(np.array(bow), 0.006).painted(metal(d) if d.chance(0.5) else paint(d))
    blade = extrude([*_teeth(0, length, 0, 30, 0.003), (length, 0.012), (0, 0.012)], 0.0016).painted(metal(d))
    rgb = paint(d)
    if d.chance(0.5):
        grip = superellipsoid(0.032, 0.11, 0.026, 0.4).turned("z", -25).at(x=-0.045, y=-0.035).painted(rgb)
        return join(frame, blade, grip, rod((-0.03, 0.02, 0), (0.0, 0.02, 0), 0.01).painted(rgb))
    grip = tube(_grip_loop(0.035, 0.055), 0.011).at(x=-0.035, y=0.03)
    return join(frame, blade, grip.painted(rgb))


def _bow_saw(d: Draw) -> Solid:
    """A long blade between the ends of a bent tube, for logs."""
    length, rise = d(0.5, 0.75), d(0.16, 0.24)
    bow = smooth(
        [(0, 0, 0), (0.01, rise * 0.6, 0), (length * 0.2, rise, 0), (length * 0.8, rise * 0.75, 0), (length, 0, 0)]
    )
    blade = extrude([*_teeth(0, length, 0, 40, 0.008), (length, 0.02), (0, 0.02)], 0.0016).painted(metal(d))
    return join(tube(bow, d(0.011, 0.014)).painted(paint(d)), blade)


@category
def axe(d: Draw) -> Solid:
    """A wedge-shaped blade across the end of a handle: for one hand, for felling, or double-bitted."""
    return posed(d, one_of(d, {"hatchet": _hatchet, "felling axe": _felling_axe, "double-bitted axe": _double_axe}))


def _hatchet(d: Draw) -> Solid:
    return _axe(d, d(0.3, 0.42), d(0.09, 0.13), False)


def _felling_axe(d: Draw) -> Solid:
    return _axe(d, d(0.6, 0.9), d(0.15, 0.2), False)


def _double_axe(d: Draw) -> Solid:
    return _axe(d, d(0.5, 0.9), d(0.13, 0.19), True)


def _axe(d: Draw, length: float, reach: float, double: bool) -> Solid:
    thick, edge = d(0.024, 0.034), reach * d(0.7, 1.15)
    steel = metal(d) if d.chance(0.7) else paint(d)
    sway = 0.0 if double else d(0.0, 0.05) * length
    path = smooth([(0, 0, 0), (-sway, length * 0.12, 0), (sway * 0.6, length * 0.5, 0), (0, length, 0)])
    swell = np.interp(np.linspace(0, 1, len(path)), [0, 0.08, 0.3, 1], [1.25, 1.0, 0.85, 0.9])
    handle = tube(path, swell * thick * 0.5, flatten=1.35).painted(wood(d) if d.chance(0.75) else paint(d))
    blade = _bit(reach, edge, thick, d(-0.3, 0.1))
    poll = (
        mirrored(blade)
        if double
        else join(blade, box(thick * 1.5, reach * 0.45, thick * 1.25).at(x=-thick * 0.5, y=-reach * 0.22))
    )
    return join(handle, poll.at(y=length * 0.93).painted(steel))


def _bit(reach: float, edge: float, thick: float, drop: float) -> Solid:
    """The blade from the handle at x = 0 to a curved edge at x = `reach`; it hangs by `drop` of the edge."""
    t = np.linspace(-1, 1, 13)
    rings = []
    for at, half, bow, wide in (
        (0.0, 0.2 * reach, 0.0, thick * 1.3),
        (0.55, 0.24 * reach, 0.0, thick * 0.7),
        (0.95, 0.5 * edge, 0.2, 0.004),
        (1.0, 0.5 * edge, 0.2, 0.001),
    ):
        x, y = reach * at - bow * reach * t**2 * at, half * t + drop * edge * at**3
        front = points(x, y, wide / 2)
        rings.append(np.concatenate([front, front[::-1] * (1, 1, -1)]))
    return loft(np.array(rings)[:, ::-1])
