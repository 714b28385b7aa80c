"""Airplanes."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.palette import COLOURS, paint
from cg3d.objects.shapes.primitives import beam, cylinder, lathe, loft, rod, smooth, superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def airplane(rng: np.random.Generator) -> Solid:
    """An airliner, a jet or a propeller plane, nose towards +x, on its wheels or without them."""
    propeller = rng.random() < 0.4
    length = rng.uniform(6, 12) if propeller else rng.uniform(12, 55)
    radius = length * (rng.uniform(0.05, 0.075) if propeller else rng.uniform(0.035, 0.06))
    rgb, trim = paint(rng), paint(rng)
    parts = [_fuselage(rng, length, radius).painted(rgb)]
    parts += [part.painted(rgb if rng.random() < 0.7 else trim) for part in _wings(rng, length, radius, propeller)]
    parts.append(_tail(rng, length, radius).painted(trim))
    parts += [part.painted(trim) for part in _engines(rng, length, radius, propeller)]
    if rng.random() < 0.5:
        parts += [part.painted(np.array(COLOURS["black"])) for part in _wheels(length, radius)]
    return join(parts).grounded()


def _fuselage(rng: np.random.Generator, length: float, radius: float) -> Solid:
    """A body of revolution along x whose tail sweeps upwards."""
    nose, tail = rng.uniform(0.06, 0.14), rng.uniform(0.25, 0.5)
    knots = [(0.12, 0.0), (0.6, tail * 0.5), (1.0, tail), (1.0, 1 - nose), (0.75, 1 - nose * 0.45), (0.1, 1.0)]
    profile = smooth(knots) * (radius, length)
    body = lathe([(0, 0), *profile, (0, length)]).turned("z", -90).at(x=-length / 2)
    behind = np.clip((-length / 2 + tail * length - body.vertices[:, 0]) / (tail * length), 0, 1)
    lifted = body.vertices + np.outer(behind**2, (0, radius * rng.uniform(0.3, 0.8), 0))
    return Solid(lifted, body.faces, body.face_rgb)


def _wing(root: float, tip: float, span: float, sweep: float, rise: float) -> Solid:
    """One tapering wing from the origin along +z; chords and sweep along x, metres."""
    outline = np.array([(0.5, 0.0), (0.25, 0.06), (-0.1, 0.055), (-0.5, 0.0), (-0.1, -0.03), (0.25, -0.035)])[::-1]
    rings = [np.column_stack([outline * chord, np.zeros(6)]) for chord in (root, tip)]
    return loft(np.stack([rings[0], rings[1] + (-sweep, rise, span)])[:, ::-1])


def _wings(rng: np.random.Generator, length: float, radius: float, propeller: bool) -> list[Solid]:
    span = length * rng.uniform(0.38, 0.62)
    root, taper = length * rng.uniform(0.13, 0.22), rng.uniform(0.3, 0.9) if propeller else rng.uniform(0.15, 0.4)
    sweep = span * (rng.uniform(-0.02, 0.1) if propeller else rng.uniform(0.25, 0.7))
    level = radius * rng.choice([-0.6, -0.6, 0.0, 0.85])
    wing = _wing(root, root * taper, span, sweep, span * rng.uniform(-0.02, 0.12))
    main = mirrored(wing.at(x=length * rng.uniform(0.02, 0.12), y=level), "z")
    if propeller and level < 0 and rng.random() < 0.2:
        strut = mirrored(rod((0, level, span * 0.6), (0, radius * 2.2, span * 0.6), radius * 0.06), "z")
        return [main, main.at(y=radius * 2.8), strut.at(x=length * 0.05)]
    return [main]


def _tail(rng: np.random.Generator, length: float, radius: float) -> Solid:
    """The fin and the two stabilisers, which sit on the body or on top of the fin."""
    height, chord = length * rng.uniform(0.11, 0.19), length * rng.uniform(0.09, 0.15)
    sweep = height * rng.uniform(0.2, 0.9)
    fin = _wing(chord, chord * rng.uniform(0.4, 0.8), height, sweep, 0.0).turned("x", -90)
    half = _wing(chord * 0.8, chord * rng.uniform(0.35, 0.7), length * rng.uniform(0.12, 0.2), sweep, 0.0)
    on_top = rng.random() < 0.25
    stabilisers = mirrored(half.at(x=-sweep, y=height) if on_top else half, "z")
    return join([fin, stabilisers]).at(x=-length / 2 + chord * 0.7, y=radius * 0.6)


def _engines(rng: np.random.Generator, length: float, radius: float, propeller: bool) -> list[Solid]:
    if propeller:
        blade = beam((0, 0, 0), (0, radius * rng.uniform(1.6, 2.2), 0), radius * 0.3, radius * 0.08)
        count = int(rng.integers(2, 5))
        hub = superellipsoid(radius * 0.8, radius * 0.5, radius * 0.5).at(y=-radius * 0.25)
        blades = [blade.turned("x", 360 * k / count) for k in range(count)]
        return [part.at(x=length * 0.505) for part in (hub, *blades)]
    size, long = radius * rng.uniform(0.4, 0.65), length * rng.uniform(0.08, 0.12)
    pod = lathe([(0, 0), (size * 0.6, 0), (size, long * 0.5), (size * 0.9, long), (size * 0.75, long), (0, long * 0.7)])
    pod = pod.turned("z", -90)
    if rng.random() < 0.25:
        return [mirrored(pod.at(-length * 0.36, radius * 0.4, radius + size), "z")]
    offsets = [0.14] if rng.random() < 0.7 else [0.12, 0.24]
    return [mirrored(pod.at(length * (0.1 - 0.45 * z), -radius * 0.6 - size, length * z), "z") for z in offsets]


def _wheels(length: float, radius: float) -> list[Solid]:
    size, drop = radius * 0.35, radius * 1.8
    wheel = cylinder(size, size * 0.6).turned("x", 90).at(y=-drop)
    strut = rod((0, -drop, 0), (0, -radius * 0.5, 0), size * 0.2)
    gear = join([wheel, strut])
    return [gear.at(x=length * 0.36), mirrored(gear.at(x=length * 0.02, z=radius * 1.3), "z")]
