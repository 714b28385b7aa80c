"""Things to pour, spray and pump from: bottle, pitcher, soap dispenser, spray bottle."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint
from cg3d.objects.shapes.primitives import box, cylinder, extrude, lathe, stacked, superellipsoid, tube
from cg3d.objects.shapes.printing import labelled
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.round_bodies import fluted, sliced, vessel
from cg3d.objects.shapes.solid import Solid, join


@category
def bottle(d: Draw) -> Solid:
    """A closed vessel with a neck: wine, water, sauce, medicine or spirits."""
    height, radius = d(0.14, 0.34), d(0.028, 0.05)
    neck, neck_base = radius * d(0.28, 0.6), height * d(0.62, 0.86)
    shoulder = neck_base - (neck_base * d(0.1, 0.4))
    cap_base = height * d(0.88, 0.95)
    waist = d.pick(1.0, d(0.8, 1.05))
    knots = [(radius, 0.006), (radius * waist, shoulder / 2), (radius, shoulder)]
    knots += [((radius + neck) / 2 * d(0.9, 1.15), (shoulder + neck_base) / 2), (neck, neck_base)]
    outside = smooth([*knots, (neck, cap_base)])
    segments = d.pick(40, 40, 40, 8, 4)
    rgb, cap = paint(d), paint(d)
    body = lathe([(0, 0), (radius * 0.9, 0), *outside, (0, cap_base)], segments).painted(rgb)
    if d.chance(0.5):  # a paper label
        body = body.banded(shoulder * d(0.1, 0.3), shoulder * d(0.7, 0.95), paint(d))
    return join(body, cylinder(neck * d(1.05, 1.35), height - cap_base).at(y=cap_base).painted(cap))


@category
def pitcher(d: Draw) -> Solid:
    """A tall vessel with a spout drawn out of its rim and a large handle: a water jug, a creamer, a measuring jug."""
    kinds = {"water pitcher": _jug, "milk jug": _bellied, "measuring jug": _measure, "lidded pitcher": _lidded}
    return one_of(d, kinds)


def _beak(body: Solid, height: float, radius: float, reach: float, low: float) -> Solid:
    """The body with its wall pushed out to a spout at +x, more and more above `low`."""
    x, y, z = body.vertices.T
    turn = np.arctan2(z, x)
    up = np.clip((y - low) / (height - low), 0, 1) ** 2
    push = reach * up * np.exp(-((turn / 0.38) ** 2)) * np.clip(np.hypot(x, z) / radius, 0, 1) ** 2
    lift = 0.35 * push
    return body.reshaped(points(x + push * np.cos(turn), y + lift, z + push * np.sin(turn) * 0.6))


def _handle(d: Draw, wall: np.ndarray, height: float, thick: float) -> Solid:
    """A loop behind, at -x, between two heights of the wall (K, 2)."""
    low, high = height * d(0.12, 0.35), height * d(0.8, 0.97)
    near = [-np.interp(y, wall[:, 1], wall[:, 0]) + thick * 0.4 for y in (low, high)]
    reach = min(near) - (high - low) * d(0.3, 0.5)
    path = [(near[1], high), (reach * 0.85 + near[1] * 0.15, high + height * d(-0.02, 0.05))]
    path += [(reach, high * 0.75 + low * 0.25)]
    path += [(reach * 0.75 + near[0] * 0.25, low + (high - low) * 0.25), (near[0], low)]
    return tube(smooth([(x, y, 0.0) for x, y in path], 6), thick, 12, d(0.5, 1.6))


def _hollow(d: Draw, knots: list[tuple[float, float]], wall: float) -> tuple[np.ndarray, Solid]:
    outside = sliced(smooth(knots, 6), 0.012)
    rgb = paint(d)
    return outside, join(*vessel(outside, wall, rgb, None if d.chance(0.7) else paint(d)))


def _spouted(d: Draw, knots: list[tuple[float, float]], wall: float) -> Solid:
    outside, body = _hollow(d, knots, wall)
    height, rim = outside[-1, 1], outside[-1, 0]
    if d.chance(0.3):
        body = body.banded(height * d(0.2, 0.4), height * d(0.5, 0.7), paint(d))
    body = _beak(body, height, rim, rim * d(0.2, 0.5), height * d(0.55, 0.8))
    handle = _handle(d, outside, height, rim * d(0.09, 0.15))
    return join(body, handle.painted(body.face_rgb[0] if d.chance(0.7) else paint(d)))


def _jug(d: Draw) -> Solid:
    """Nearly straight, conical or waisted."""
    radius = d(0.05, 0.075)
    height = radius * d(2.4, 3.8)
    foot, waist, rim = d(0.75, 1.1), d(0.85, 1.05), d(0.75, 1.1)
    knots = [(radius * foot * 0.95, 0), (radius * foot, height * 0.04), (radius * waist, height * 0.5)]
    knots += [(radius * rim * 0.98, height * 0.9), (radius * rim, height)]
    return _spouted(d, knots, d(0.003, 0.006))


def _bellied(d: Draw) -> Solid:
    """A round belly, a narrower neck and a flared rim; down to a small creamer."""
    radius = d.pick(d(0.03, 0.045), d(0.055, 0.09))
    height, neck = radius * d(2.1, 3.2), d(0.5, 0.72)
    belly = d(0.25, 0.45)
    knots = [(radius * d(0.55, 0.75), 0), (radius, height * belly)]
    knots += [(radius * neck, height * 0.78), (radius * neck * d(1.05, 1.3), height)]
    return _spouted(d, knots, d(0.003, 0.006))


def _measure(d: Draw) -> Solid:
    """Wide and conical, with marks in another colour."""
    radius = d(0.045, 0.08)
    height = radius * d(1.5, 2.3)
    knots = [(radius * d(0.6, 0.85), 0), (radius * 0.85, height * 0.2), (radius * 0.95, height * 0.8), (radius, height)]
    outside, body = _hollow(d, knots, 0.003)
    body = _beak(body, height, radius, radius * d(0.25, 0.4), height * 0.7)
    ink, body_rgb = paint(d, "red", "blue", "black"), body.face_rgb[0]
    marks = [
        box(radius * w, 0.002, 0.001).at(y=height * y, z=np.interp(height * y, outside[:, 1], outside[:, 0]))
        for y, w in zip(np.linspace(0.25, 0.85, 6), (0.3, 0.2) * 3, strict=True)
    ]
    return join(
        body, *(mark.painted(ink) for mark in marks), _handle(d, outside, height, radius * 0.13).painted(body_rgb)
    )


def _lidded(d: Draw) -> Solid:
    """A plastic pitcher, round or square, with a flat lid that covers the spout."""
    radius = d(0.05, 0.07)
    height = radius * d(2.8, 4.2)
    knots = [(radius * 0.85, 0), (radius * 0.88, height * 0.04), (radius * 0.95, height * 0.6), (radius, height)]
    outside = sliced(smooth(knots, 6), 0.012)
    body = lathe([(0, 0), *outside, (0, height)]).painted(paint(d))
    lid = lathe([(0, 0), (radius * 1.04, 0), (radius * 1.04, 0.01), (radius * 0.9, 0.016), (0, 0.016)])
    lid = lid.at(y=height - 0.002)
    whole = join(body, lid.painted(paint(d)))
    whole = _beak(whole, height, radius, radius * d(0.15, 0.35), height * 0.75)
    handle = _handle(d, outside, height, radius * d(0.11, 0.16))
    knob = superellipsoid(radius * 0.4, 0.02, radius * 0.4, 0.3).at(y=height + 0.012).painted(lid.face_rgb[0])
    return join(whole, handle.painted(body.face_rgb[0] if d.chance(0.6) else paint(d)), knob.painted(paint(d)))


def _flask(d: Draw, width: float, height: float, depth: float, neck: float) -> Solid:
    """A bottle body, oval or rectangular, that narrows over its shoulder to a neck; with a label."""
    corner = min(width, depth) * d(0.15, 0.5)
    shoulder, waist = d(0.6, 0.82), d(0.8, 1.0)
    knots = smooth(
        [(0.94, 0.0), (1.0, 0.04), (waist, 0.45), (1.0 - (1 - waist) * 0.3, shoulder), (0.7, 0.9), (0.35, 1.0)], 6
    )
    rings = []
    for size, y in knots:
        share = np.clip((size - 0.35) / 0.5, 0, 1)
        across, deep = neck * 2 + (width * size - neck * 2) * share, neck * 2 + (depth * size - neck * 2) * share
        rings.append((rectangle(across, deep, corner * share + neck * (1 - share)), y * height))
    body = stacked(rings).painted(paint(d))
    if d.chance(0.7):
        body = labelled(d, body, height * d(0.1, 0.2), height * d(0.5, 0.7))
    return body


@category
def spray_bottle(d: Draw) -> Solid:
    """A bottle with a trigger under a spray head whose nozzle looks to +x; its waist may be narrow to hold."""
    height = d(0.13, 0.21)
    width, neck = height * d(0.4, 0.62), d(0.011, 0.015)
    body = _flask(d, width, height, width * d(0.5, 1.0), neck)
    rgb, trim = paint(d), paint(d, "white", "black", "red", "blue", "grey")
    collar = fluted(np.array([(0, 0), (neck * 1.3, 0), (neck * 1.25, 0.018), (0, 0.018)]), 16, 0.04)
    collar = collar.at(y=height - 0.003)
    size = d(0.9, 1.25)
    top = [(-0.028, 0), (0.012, -0.004), (0.016, 0.008), (0.048, 0.012), (0.05, 0.03)]
    top += [(0.01, 0.04), (-0.022, 0.036), (-0.036, 0.02)]
    head = extrude(np.array(top) * size, 0.021 * size).at(y=height + 0.018)
    nozzle = cylinder(0.008 * size, 0.012, segments=12).turned("z", -90)
    nozzle = nozzle.at(x=0.048 * size, y=height + 0.018 + 0.021 * size)
    pull = [(0.03, 0.014, 0), (0.034, -0.005, 0), (0.028, -0.022, 0), (0.034, -0.04, 0)]
    trigger = tube(smooth(np.array(pull) * size, 4), 0.006 * size, 8, 0.6).at(y=height + 0.018)
    stem = cylinder(neck * 0.8, 0.012, segments=16).at(y=height + 0.012)
    whole = join(body, join(collar, nozzle, trigger).painted(trim), join(head, stem).painted(rgb))
    return toppled(d, whole, 0.15, "x")


@category
def soap_dispenser(d: Draw) -> Solid:
    """A squat bottle or pot with a pump whose beak looks to +x; of plastic, glass or stoneware."""
    height, neck = d(0.09, 0.19), d(0.009, 0.014)
    radius = height * d(0.22, 0.38)
    if d.chance(0.5):
        body = _flask(d, 2 * radius, height, 2 * radius * d(0.5, 1.0), neck)
    else:
        knots = [(radius * d(0.8, 1), 0), (radius, height * 0.08), (radius * d(0.75, 1), height * 0.75)]
        knots += [(radius * d(0.5, 0.8), height * 0.92), (neck * 1.1, height)]
        segments = d.pick(40, 40, 40, 4)
        body = lathe([(0, 0), *sliced(smooth(knots, 5)), (0, height)], segments).painted(paint(d))
        body = labelled(d, body, height * 0.15, height * 0.6) if d.chance(0.4) else body
    rgb = metal(d) if d.chance(0.6) else paint(d)
    collar = lathe([(0, 0), (neck * 1.35, 0), (neck * 1.3, 0.014), (neck * 0.9, 0.018), (0, 0.018)], 24)
    rise, reach = d(0.015, 0.035), d(0.03, 0.055)
    stem = cylinder(neck * 0.35, rise + 0.01, segments=12).at(y=0.015)
    top = 0.018 + rise
    cap = superellipsoid(neck * 1.7, 0.012, neck * 1.6, 0.5).at(y=top)
    course = [(0, top + 0.006, 0), (reach * 0.7, top + 0.007, 0)]
    course += [(reach, top + 0.001, 0), (reach * 1.03, top - 0.008, 0)]
    beak = tube(smooth(course, 4), [0.0055] * 9 + [0.004] * 4, 10)
    return join(body, join(collar, stem, cap, beak).at(y=height - 0.003).painted(rgb))
