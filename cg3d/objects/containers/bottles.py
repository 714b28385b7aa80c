"""Things to pour, spray and pump from: bottle, pitcher, soap dispenser, spray bottle."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.palette import metal, paint
from cg3d.objects.shapes.primitives import (
    box,
    cylinder,
    extrude,
    lathe,
    rectangle,
    smooth,
    stacked,
    superellipsoid,
    tube,
)
from cg3d.objects.shapes.printing import labelled
from cg3d.objects.shapes.round_bodies import fluted, sliced, vessel
from cg3d.objects.shapes.solid import Solid, join


@category
def bottle(rng: np.random.Generator) -> Solid:
    """A closed vessel with a neck: wine, water, sauce, medicine or spirits."""
    height, radius = rng.uniform(0.14, 0.34), rng.uniform(0.028, 0.05)
    neck, neck_base = radius * rng.uniform(0.28, 0.6), height * rng.uniform(0.62, 0.86)
    shoulder = neck_base - (neck_base * rng.uniform(0.1, 0.4))
    cap_base = height * rng.uniform(0.88, 0.95)
    waist = rng.choice([1.0, rng.uniform(0.8, 1.05)])
    knots = [(radius, 0.006), (radius * waist, shoulder / 2), (radius, shoulder)]
    knots += [((radius + neck) / 2 * rng.uniform(0.9, 1.15), (shoulder + neck_base) / 2), (neck, neck_base)]
    outside = smooth([*knots, (neck, cap_base)])
    segments = int(rng.choice([40, 40, 40, 8, 4]))
    rgb, cap = paint(rng), paint(rng)
    body = lathe([(0, 0), (radius * 0.9, 0), *outside, (0, cap_base)], segments).painted(rgb)
    if rng.random() < 0.5:  # a paper label
        body = body.banded(shoulder * rng.uniform(0.1, 0.3), shoulder * rng.uniform(0.7, 0.95), paint(rng))
    return join([body, cylinder(neck * rng.uniform(1.05, 1.35), height - cap_base).at(y=cap_base).painted(cap)])


@category
def pitcher(rng: np.random.Generator) -> Solid:
    """A tall vessel with a spout drawn out of its rim and a large handle: a water jug, a creamer, a measuring jug."""
    kinds = {"water pitcher": _jug, "milk jug": _bellied, "measuring jug": _measure, "lidded pitcher": _lidded}
    return one_of(rng, kinds)


def _beak(body: Solid, height: float, radius: float, reach: float, low: float) -> Solid:
    """The body with its wall pushed out to a spout at +x, more and more above `low`."""
    x, y, z = body.vertices.T
    turn = np.arctan2(z, x)
    up = np.clip((y - low) / (height - low), 0, 1) ** 2
    push = reach * up * np.exp(-((turn / 0.38) ** 2)) * np.clip(np.hypot(x, z) / radius, 0, 1) ** 2
    lift = 0.35 * push
    return Solid(
        np.column_stack([x + push * np.cos(turn), y + lift, z + push * np.sin(turn) * 0.6]), body.faces, body.face_rgb
    )


def _handle(rng: np.random.Generator, wall: np.ndarray, height: float, thick: float) -> Solid:
    """A loop behind, at -x, between two heights of the wall (K, 2)."""
    low, high = height * rng.uniform(0.12, 0.35), height * rng.uniform(0.8, 0.97)
    near = [-np.interp(y, wall[:, 1], wall[:, 0]) + thick * 0.4 for y in (low, high)]
    reach = min(near) - (high - low) * rng.uniform(0.3, 0.5)
    path = [
        (near[1], high),
        (reach * 0.85 + near[1] * 0.15, high + height * rng.uniform(-0.02, 0.05)),
        (reach, high * 0.75 + low * 0.25),
    ]
    path += [(reach * 0.75 + near[0] * 0.25, low + (high - low) * 0.25), (near[0], low)]
    return tube(smooth([(x, y, 0.0) for x, y in path], 6), thick, 12, rng.uniform(0.5, 1.6))


def _hollow(rng: np.random.Generator, knots: list[tuple[float, float]], wall: float) -> tuple[np.ndarray, Solid]:
    outside = sliced(smooth(knots, 6), 0.012)
    rgb = paint(rng)
    return outside, join(vessel(outside, wall, rgb, None if rng.random() < 0.7 else paint(rng)))


def _spouted(rng: np.random.Generator, knots: list[tuple[float, float]], wall: float) -> Solid:
    outside, body = _hollow(rng, knots, wall)
    height, rim = outside[-1, 1], outside[-1, 0]
    if rng.random() < 0.3:
        body = body.banded(height * rng.uniform(0.2, 0.4), height * rng.uniform(0.5, 0.7), paint(rng))
    body = _beak(body, height, rim, rim * rng.uniform(0.2, 0.5), height * rng.uniform(0.55, 0.8))
    handle = _handle(rng, outside, height, rim * rng.uniform(0.09, 0.15))
    return join([body, handle.painted(body.face_rgb[0] if rng.random() < 0.7 else paint(rng))])


def _jug(rng: np.random.Generator) -> Solid:
    """Nearly straight, conical or waisted."""
    radius = rng.uniform(0.05, 0.075)
    height = radius * rng.uniform(2.4, 3.8)
    foot, waist, rim = rng.uniform(0.75, 1.1), rng.uniform(0.85, 1.05), rng.uniform(0.75, 1.1)
    knots = [
        (radius * foot * 0.95, 0),
        (radius * foot, height * 0.04),
        (radius * waist, height * 0.5),
        (radius * rim * 0.98, height * 0.9),
        (radius * rim, height),
    ]
    return _spouted(rng, knots, rng.uniform(0.003, 0.006))


def _bellied(rng: np.random.Generator) -> Solid:
    """A round belly, a narrower neck and a flared rim; down to a small creamer."""
    radius = rng.choice([rng.uniform(0.03, 0.045), rng.uniform(0.055, 0.09)])
    height, neck = radius * rng.uniform(2.1, 3.2), rng.uniform(0.5, 0.72)
    belly = rng.uniform(0.25, 0.45)
    knots = [
        (radius * rng.uniform(0.55, 0.75), 0),
        (radius, height * belly),
        (radius * neck, height * 0.78),
        (radius * neck * rng.uniform(1.05, 1.3), height),
    ]
    return _spouted(rng, knots, rng.uniform(0.003, 0.006))


def _measure(rng: np.random.Generator) -> Solid:
    """Wide and conical, with marks in another colour."""
    radius = rng.uniform(0.045, 0.08)
    height = radius * rng.uniform(1.5, 2.3)
    knots = [
        (radius * rng.uniform(0.6, 0.85), 0),
        (radius * 0.85, height * 0.2),
        (radius * 0.95, height * 0.8),
        (radius, height),
    ]
    outside, body = _hollow(rng, knots, 0.003)
    body = _beak(body, height, radius, radius * rng.uniform(0.25, 0.4), height * 0.7)
    ink, body_rgb = paint(rng, ("red", "blue", "black")), body.face_rgb[0]
    marks = [
        box(radius * w, 0.002, 0.001).at(y=height * y, z=np.interp(height * y, outside[:, 1], outside[:, 0]))
        for y, w in zip(np.linspace(0.25, 0.85, 6), (0.3, 0.2) * 3, strict=True)
    ]
    return join(
        [body, *(mark.painted(ink) for mark in marks), _handle(rng, outside, height, radius * 0.13).painted(body_rgb)]
    )


def _lidded(rng: np.random.Generator) -> Solid:
    """A plastic pitcher, round or square, with a flat lid that covers the spout."""
    radius = rng.uniform(0.05, 0.07)
    height = radius * rng.uniform(2.8, 4.2)
    knots = [(radius * 0.85, 0), (radius * 0.88, height * 0.04), (radius * 0.95, height * 0.6), (radius, height)]
    outside = sliced(smooth(knots, 6), 0.012)
    body = lathe([(0, 0), *outside, (0, height)]).painted(paint(rng))
    lid = lathe([(0, 0), (radius * 1.04, 0), (radius * 1.04, 0.01), (radius * 0.9, 0.016), (0, 0.016)]).at(
        y=height - 0.002
    )
    whole = join([body, lid.painted(paint(rng))])
    whole = _beak(whole, height, radius, radius * rng.uniform(0.15, 0.35), height * 0.75)
    handle = _handle(rng, outside, height, radius * rng.uniform(0.11, 0.16))
    knob = superellipsoid(radius * 0.4, 0.02, radius * 0.4, 0.3).at(y=height + 0.012).painted(lid.face_rgb[0])
    return join(
        [whole, handle.painted(body.face_rgb[0] if rng.random() < 0.6 else paint(rng)), knob.painted(paint(rng))]
    )


def _flask(rng: np.random.Generator, width: float, height: float, depth: float, neck: float) -> Solid:
    """A bottle body, oval or rectangular, that narrows over its shoulder to a neck; with a label."""
    corner = min(width, depth) * rng.uniform(0.15, 0.5)
    shoulder, waist = rng.uniform(0.6, 0.82), rng.uniform(0.8, 1.0)
    knots = smooth(
        [(0.94, 0.0), (1.0, 0.04), (waist, 0.45), (1.0 - (1 - waist) * 0.3, shoulder), (0.7, 0.9), (0.35, 1.0)], 6
    )
    rings = []
    for size, y in knots:
        share = np.clip((size - 0.35) / 0.5, 0, 1)
        across, deep = neck * 2 + (width * size - neck * 2) * share, neck * 2 + (depth * size - neck * 2) * share
        rings.append((rectangle(across, deep, corner * share + neck * (1 - share)), y * height))
    body = stacked(rings).painted(paint(rng))
    if rng.random() < 0.7:
        body = labelled(rng, body, height * rng.uniform(0.1, 0.2), height * rng.uniform(0.5, 0.7))
    return body


@category
def spray_bottle(rng: np.random.Generator) -> Solid:
    """A bottle with a trigger under a spray head whose nozzle looks to +x; its waist may be narrow to hold."""
    height = rng.uniform(0.13, 0.21)
    width, neck = height * rng.uniform(0.4, 0.62), rng.uniform(0.011, 0.015)
    body = _flask(rng, width, height, width * rng.uniform(0.5, 1.0), neck)
    rgb, trim = paint(rng), paint(rng, ("white", "black", "red", "blue", "grey"))
    collar = fluted(np.array([(0, 0), (neck * 1.3, 0), (neck * 1.25, 0.018), (0, 0.018)]), 16, 0.04).at(
        y=height - 0.003
    )
    size = rng.uniform(0.9, 1.25)
    top = [
        (-0.028, 0),
        (0.012, -0.004),
        (0.016, 0.008),
        (0.048, 0.012),
        (0.05, 0.03),
        (0.01, 0.04),
        (-0.022, 0.036),
        (-0.036, 0.02),
    ]
    head = extrude(np.array(top) * size, 0.021 * size).at(y=height + 0.018)
    nozzle = (
        cylinder(0.008 * size, 0.012, segments=12).turned("z", -90).at(x=0.048 * size, y=height + 0.018 + 0.021 * size)
    )
    pull = [(0.03, 0.014, 0), (0.034, -0.005, 0), (0.028, -0.022, 0), (0.034, -0.04, 0)]
    trigger = tube(smooth(np.array(pull) * size, 4), 0.006 * size, 8, 0.6).at(y=height + 0.018)
    stem = cylinder(neck * 0.8, 0.012, segments=16).at(y=height + 0.012)
    whole = join([body, join([collar, nozzle, trigger]).painted(trim), join([head, stem]).painted(rgb)])
    return whole.turned("x", 90).grounded() if rng.random() < 0.15 else whole


@category
def soap_dispenser(rng: np.random.Generator) -> Solid:
    """A squat bottle or pot with a pump whose beak looks to +x; of plastic, glass or stoneware."""
    height, neck = rng.uniform(0.09, 0.19), rng.uniform(0.009, 0.014)
    radius = height * rng.uniform(0.22, 0.38)
    if rng.random() < 0.5:
        body = _flask(rng, 2 * radius, height, 2 * radius * rng.uniform(0.5, 1.0), neck)
    else:
        knots = [
            (radius * rng.uniform(0.8, 1), 0),
            (radius, height * 0.08),
            (radius * rng.uniform(0.75, 1), height * 0.75),
        ]
        knots += [(radius * rng.uniform(0.5, 0.8), height * 0.92), (neck * 1.1, height)]
        segments = int(rng.choice([40, 40, 40, 4]))
        body = lathe([(0, 0), *sliced(smooth(knots, 5)), (0, height)], segments).painted(paint(rng))
        body = labelled(rng, body, height * 0.15, height * 0.6) if rng.random() < 0.4 else body
    rgb = metal(rng) if rng.random() < 0.6 else paint(rng)
    collar = lathe([(0, 0), (neck * 1.35, 0), (neck * 1.3, 0.014), (neck * 0.9, 0.018), (0, 0.018)], 24)
    rise, reach = rng.uniform(0.015, 0.035), rng.uniform(0.03, 0.055)
    stem = cylinder(neck * 0.35, rise + 0.01, segments=12).at(y=0.015)
    top = 0.018 + rise
    cap = superellipsoid(neck * 1.7, 0.012, neck * 1.6, 0.5).at(y=top)
    beak = tube(
        smooth(
            [
                (0, top + 0.006, 0),
                (reach * 0.7, top + 0.007, 0),
                (reach, top + 0.001, 0),
                (reach * 1.03, top - 0.008, 0),
            ],
            4,
        ),
        [0.0055] * 9 + [0.004] * 4,
        10,
    )
    return join([body, join([collar, stem, cap, beak]).at(y=height - 0.003).painted(rgb)])
