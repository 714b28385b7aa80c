"""Airplanes."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import COLOURS, paint
from cg3d.objects.shapes.primitives import beam, cylinder, lathe, loft, rod, superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def airplane(d: Draw) -> Solid:
    """An airliner, a jet or a propeller plane, nose towards +x, on its wheels or without them."""
    propeller = d.chance(0.4)
    length = d(6, 12) if propeller else d(12, 55)
    radius = length * (d(0.05, 0.075) if propeller else d(0.035, 0.06))
    rgb, trim = paint(d), paint(d)
    parts = [_fuselage(d, length, radius).painted(rgb)]
    parts += [part.painted(rgb if d.chance(0.7) else trim) for part in _wings(d, length, radius, propeller)]
    parts.append(_tail(d, length, radius).painted(trim))
    parts += [part.painted(trim) for part in _engines(d, length, radius, propeller)]
    if d.chance(0.5):
        parts += [part.painted(COLOURS["black"]) for part in _wheels(length, radius)]
    return join(*parts).grounded()


def _fuselage(d: Draw, length: float, radius: float) -> Solid:
    """A body of revolution along x whose tail sweeps upwards."""
    nose, tail = d(0.06, 0.14), d(0.25, 0.5)
    knots = [(0.12, 0.0), (0.6, tail * 0.5), (1.0, tail), (1.0, 1 - nose), (0.75, 1 - nose * 0.45), (0.1, 1.0)]
    profile = smooth(knots) * (radius, length)
    body = lathe([(0, 0), *profile, (0, length)]).turned("z", -90).at(x=-length / 2)
    behind = np.clip((-length / 2 + tail * length - body.vertices[:, 0]) / (tail * length), 0, 1)
    lifted = body.vertices + np.outer(behind**2, (0, radius * d(0.3, 0.8), 0))
    return body.reshaped(lifted)


def _wing(root: float, tip: float, span: float, sweep: float, rise: float) -> Solid:
    """One tapering wing from the origin along +z; chords and sweep along x, metres."""
    outline = np.array([(0.5, 0.0), (0.25, 0.06), (-0.1, 0.055), (-0.5, 0.0), (-0.1, -0.03), (0.25, -0.035)])[::-1]
    rings = [points(outline * chord, np.zeros(6)) for chord in (root, tip)]
    return loft(np.stack([rings[0], rings[1] + (-sweep, rise, span)])[:, ::-1])


def _wings(d: Draw, length: float, radius: float, propeller: bool) -> list[Solid]:
    span = length * d(0.38, 0.62)
    root, taper = length * d(0.13, 0.22), d(0.3, 0.9) if propeller else d(0.15, 0.4)
    sweep = span * (d(-0.02, 0.1) if propeller else d(0.25, 0.7))
    level = radius * d.pick(-0.6, -0.6, 0.0, 0.85)
    wing = _wing(root, root * taper, span, sweep, span * d(-0.02, 0.12))
    main = mirrored(wing.at(x=length * d(0.02, 0.12), y=level), "z")
    if propeller and level < 0 and d.chance(0.2):
        strut = mirrored(rod((0, level, span * 0.6), (0, radius * 2.2, span * 0.6), radius * 0.06), "z")
        return [main, main.at(y=radius * 2.8), strut.at(x=length * 0.05)]
    return [main]


def _tail(d: Draw, length: float, radius: float) -> Solid:
    """The fin and the two stabilisers, which sit on the body or on top of the fin."""
    height, chord = length * d(0.11, 0.19), length * d(0.09, 0.15)
    sweep = height * d(0.2, 0.9)
    fin = _wing(chord, chord * d(0.4, 0.8), height, sweep, 0.0).turned("x", -90)
    half = _wing(chord * 0.8, chord * d(0.35, 0.7), length * d(0.12, 0.2), sweep, 0.0)
    on_top = d.chance(0.25)
    stabilisers = mirrored(half.at(x=-sweep, y=height) if on_top else half, "z")
    return join(fin, stabilisers).at(x=-length / 2 + chord * 0.7, y=radius * 0.6)


def _engines(d: Draw, length: float, radius: float, propeller: bool) -> list[Solid]:
    if propeller:
        blade = beam((0, 0, 0), (0, radius * d(1.6, 2.2), 0), radius * 0.3, radius * 0.08)
        count = d.count(2, 5)
        hub = superellipsoid(radius * 0.8, radius * 0.5, radius * 0.5).at(y=-radius * 0.25)
        blades = [blade.turned("x", 360 * k / count) for k in range(count)]
        return [part.at(x=length * 0.505) for part in (hub, *blades)]
    size, long = radius * d(0.4, 0.65), length * d(0.08, 0.12)
    pod = lathe([(0, 0), (size * 0.6, 0), (size, long * 0.5), (size * 0.9, long), (size * 0.75, long), (0, long * 0.7)])
    pod = pod.turned("z", -90)
    if d.chance(0.25):
        return [mirrored(pod.at(-length * 0.36, radius * 0.4, radius + size), "z")]
    offsets = [0.14] if d.chance(0.7) else [0.12, 0.24]
    return [mirrored(pod.at(length * (0.1 - 0.45 * z), -radius * 0.6 - size, length * z), "z") for z in offsets]


def _wheels(length: float, radius: float) -> list[Solid]:
    size, drop = radius * 0.35, radius * 1.8
    wheel = cylinder(size, size * 0.6).turned("x", 90).at(y=-drop)
    strut = rod((0, -drop, 0), (0, -radius * 0.5, 0), size * 0.2)
    gear = join(wheel, strut)
    return [gear.at(x=length * 0.36), mirrored(gear.at(x=length * 0.02, z=radius * 1.3), "z")]
