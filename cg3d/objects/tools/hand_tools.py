"""Tools to turn and grip with: pliers, screwdriver, wrench."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, ellipse, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint
from cg3d.objects.shapes.primitives import cylinder, extrude, lathe, loft, stacked, tube
from cg3d.objects.shapes.resting import laid, posed
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def screwdriver(d: Draw) -> Solid:
    """A fluted handle on a steel shaft with a flat or a pointed tip; long, or short and stubby."""
    grip = d(0.07, 0.125)
    radius, shaft = grip * d(0.12, 0.2), d(0.04, 0.19)
    thin, flutes = radius * d(0.2, 0.32), d.pick(0, 6, 8)
    rgb, steel = paint(d), metal(d)
    knots = smooth([(0.7, 0.0), (1.0, 0.1), (0.92, 0.55), (d(0.55, 0.75), 0.82), (0.8, 0.95), (0.6, 1.0)])
    handle = _fluted(knots * (radius, grip), flutes).painted(rgb)
    if d.chance(0.5):
        handle = handle.banded(grip * 0.12, grip * d(0.3, 0.7), paint(d))
    end = grip + shaft
    if d.chance(0.5):  # a blade for slotted screws
        widths = [(thin, thin, grip), (thin, thin, end - 0.02)]
        widths += [(thin * 1.6, thin * 0.6, end - 0.008), (thin * 1.3, thin * 0.3, end)]
        bit = stacked([(ellipse(2 * x, 2 * z, 12), y) for x, z, y in widths])
    else:
        bit = lathe([(0, grip), (thin, grip), (thin, end - 2.5 * thin), (thin * 0.3, end), (0, end)], 12)
    return posed(d, join(handle, bit.painted(steel)))


def _fluted(profile: np.ndarray, flutes: int) -> Solid:
    """A closed body of revolution with grooves along it."""
    angle = -np.arange(48) * 2 * np.pi / 48
    groove = 1 - 0.08 * (1 + np.cos(angle * flutes)) if flutes else np.ones(48)
    radius = profile[:, :1] * groove
    rings = [radius * np.cos(angle), np.broadcast_to(profile[:, 1:], radius.shape), radius * np.sin(angle)]
    return loft(np.stack(rings, -1))


@category
def wrench(d: Draw) -> Solid:
    """A flat bar with jaws or a ring at its ends, or an adjustable jaw."""
    kinds = {"open-end wrench": _open_ended, "combination wrench": _combination, "adjustable wrench": _adjustable}
    rgb = metal(d) if d.chance(0.75) else paint(d)
    return posed(d, one_of(d, kinds).painted(rgb))


def _jaw(size: float, thick: float, mouth: float, tilt: float) -> Solid:
    """An open head about the origin whose mouth, `mouth` wide, looks to +y turned by `tilt` degrees."""
    gap, steps = mouth / 2, np.linspace(0, 1, 14)
    outer = arc(size, size, 90 + np.degrees(np.arcsin(gap / size)), 270, 25)[:, :2]
    inner = np.array([(-gap, outer[0, 1]), (-gap, -gap * 0.3), (-gap * 0.8, -gap * 0.9), (0.0, -gap * 1.1)])
    edge, lip = _resampled(outer, steps), _resampled(inner, steps)
    half = [
        [(*a, -thick / 2), (*b, -thick / 2), (*b, thick / 2), (*a, thick / 2)] for a, b in zip(lip, edge, strict=True)
    ]
    return mirrored(loft(np.array(half)[::-1])).turned("z", tilt)


def _resampled(path: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Points at fractions of the length of a path (K, 2)."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    return np.column_stack([np.interp(steps * length[-1], length, axis) for axis in path.T])


def _ring(size: float, thick: float, hole: float) -> Solid:
    """A flat ring in the xy plane about the origin."""
    outer, inner = ellipse(2 * size, 2 * size, 36), ellipse(2 * hole, 2 * hole, 36)
    sections = [(outer, -thick / 2), (outer, thick / 2), (inner, thick / 2), (inner, -thick / 2), (outer, -thick / 2)]
    return stacked(sections, capped=False).turned("x", 90)


def _shank(d: Draw, length: float, width: float, thick: float) -> Solid:
    waist = d(0.75, 1.0)
    sizes = [(1.0, 0.0), (waist, 0.25), (waist, 0.75), (1.0, 1.0)]
    return loft([_flat_ring(width * size, length * at, thick) for size, at in sizes])


def _flat_ring(width: float, y: float, thick: float) -> np.ndarray:
    corners = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)]) * (width / 2, thick / 2)
    return points(corners[:, 0], y, corners[:, 1])


def _sizes(d: Draw) -> tuple[float, float, float]:
    length = d(0.11, 0.3)
    return length, length * d(0.075, 0.12), length * d(0.03, 0.05)


def _open_ended(d: Draw) -> Solid:
    length, size, thick = _sizes(d)
    mouth, tilt, other = size * d(1.0, 1.25), d.pick(-15, 0, 15), d(0.75, 0.95)
    heads = [
        _jaw(size, thick * 1.2, mouth, tilt).at(y=length),
        _jaw(size * other, thick * 1.2, mouth * other, 180 + tilt),
    ]
    return join(*heads, _shank(d, length - 1.5 * size, size * 0.9, thick).at(y=size * 0.75))


def _combination(d: Draw) -> Solid:
    length, size, thick = _sizes(d)
    hole = size * d(0.55, 0.68)
    heads = [_jaw(size, thick * 1.2, size * d(1.0, 1.25), d.pick(-15, 0, 15)).at(y=length)]
    parts = [*heads, _ring(size * 0.85, thick * 1.5, hole)]
    parts += [_shank(d, length - 1.4 * size, size * 0.8, thick).at(y=size * 0.7)]
    return join(*parts)


def _adjustable(d: Draw) -> Solid:
    """A fixed jaw, a sliding one beside it, and the screw that moves it."""
    length, size, thick = d(0.15, 0.3), d(0.02, 0.03), d(0.009, 0.014)
    gap = size * d(0.4, 1.2)
    fixed = extrude([(-1.3 * size, 0), (1.2 * size, -0.2 * size), (1.2 * size, 0.6 * size), (0.0, 0.75 * size)], thick)
    prong = extrude(
        [(-1.3 * size, 0), (0, 0.3 * size), (0, 2.1 * size), (-0.5 * size, 2.2 * size), (-1.2 * size, 1.2 * size)],
        thick,
    )
    outline = [(0, 0.4 * size), (size * 0.9, 0.3 * size), (size * 0.8, 1.2 * size)]
    outline += [(0.3 * size, 2.0 * size), (0, 2.0 * size)]
    slide = extrude(outline, thick)
    worm = cylinder(size * 0.3, size * 0.8).turned("z", 90).at(x=0.9 * size, y=-0.1 * size)
    shank = _shank(d, length, size * 0.95, thick * 0.7).at(x=-0.2 * size, y=-length + 0.15 * size)
    eye = _ring(size * 0.5, thick * 0.7, size * 0.25).at(x=-0.2 * size, y=-length - size * 0.3)
    return join(fixed, prong, slide.at(x=gap), worm, shank, eye)


@category
def pliers(d: Draw) -> Solid:
    """Two levers that cross at a pivot: blunt, long-nosed, cutting or slip-jointed; shut or open, with soft grips."""
    kinds = {"combination pliers": (0.24, 0.9, 0.75), "needle-nose pliers": (0.42, 0.75, 0.2)}
    kinds |= {"diagonal cutters": (0.17, 1.1, 0.3), "slip joint pliers": (0.27, 1.0, 0.8)}
    kinds |= {"tongue-and-groove pliers": (0.2, 1.0, 0.9)}
    builders = {name: lambda d, shape=shape: _pliers(d, *shape) for name, shape in kinds.items()}
    return laid(d, one_of(d, builders), 0.85)


def _half_jaw(reach: float, root: float, tip: float, thick: float, angle: float) -> Solid:
    """The half of the jaws at +x, its flat face on x = 0, from the pivot at the origin up."""
    t = np.linspace(0, 1, 8)
    wide = root + (tip - root) * t**0.8
    wide[-1] *= 0.7
    deep = thick * (1 - 0.45 * t)
    rings = []
    for y, x, z in zip(t * reach, wide, deep, strict=True):
        corners = [(0.0, y, z / 2), (x * 0.75, y, z / 2), (x, y, z / 4), (x, y, -z / 4)]
        corners += [(x * 0.75, y, -z / 2), (0.0, y, -z / 2)]
        rings.append(corners)
    return loft(rings).turned("z", angle)


def _pliers(d: Draw, nose: float, broad: float, blunt: float) -> Solid:
    """
    Args:
        nose: length of the jaws in parts of the whole.
        broad: how broad they are at the pivot.
        blunt: their width at the tip, in parts of that.
    """
    length = d(0.11, 0.25)
    reach, grip = length * nose * d(0.85, 1.1), length * (1 - nose)
    root, thick = length * 0.062 * broad * d(0.85, 1.25), length * d(0.045, 0.065)
    bow, spread = length * d(0.09, 0.16), -d.pick(0.0, d(2, 14))
    steel, rgb, fat = metal(d), paint(d), length * d(0.026, 0.042)
    path = smooth([(0, 0), (-bow * 0.55, -grip * 0.18), (-bow, -grip * 0.5), (-bow * d(0.55, 1.1), -grip)], 6)
    line = points(path, 0 * path[:, 0])
    swell = np.interp(np.linspace(0, 1, len(path)), [0, 0.2, 1], [root * 0.7, length * 0.02, length * 0.017])
    arm = tube(line, swell, segments=12, flatten=1.0).scaled(z=0.75)
    parts = [_half_jaw(reach, root, root * blunt, thick, 0).painted(steel), arm.painted(steel)]
    if d.chance(0.85):
        cover = line[len(line) // 4 :]
        plump = fat * np.interp(np.linspace(0, 1, len(cover)), [0, 0.06, 0.5, 0.95, 1], [0.7, 1.0, 0.9, 0.85, 0.5])
        parts.append(tube(cover, plump, segments=14, flatten=d(0.85, 1.2)).painted(rgb))
    lever = join(*parts).turned("z", spread)
    other = lever.turned("y", 180)
    pivot = cylinder(root * 1.05, thick * 1.05, segments=28).turned("x", 90).at(z=-thick * 0.525)
    rivet = cylinder(root * 0.4, thick * 1.35, segments=18).turned("x", 90).at(z=-thick * 0.675)
    return join(lever, other, pivot.painted(steel), rivet.painted(metal(d)))
