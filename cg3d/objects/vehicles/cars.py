"""Passenger cars, and the parts that they share with lorries and buses."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, GREY, WHITE, paint
from cg3d.objects.shapes.primitives import box, lathe, loft, rod, stacked, superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored

GLASS = BLACK * 0.8 + np.array(COLOURS["blue"]) * 0.25


def road_wheel(radius: float, width: float) -> Solid:
    """A tyre and its rim; the axle lies along z."""
    profile = [(0, 0), (radius * 0.62, 0), (radius * 0.95, 0), (radius, width * 0.2), (radius, width * 0.8)]
    profile += [(radius * 0.95, width), (radius * 0.62, width), (0, width * 0.85)]
    tyre = lathe(profile, 28)
    hub = lathe(
        [(0, 0), (radius * 0.6, 0), (radius * 0.5, width * 0.06), (radius * 0.15, width * 0.05), (0, width * 0.12)], 20
    )
    return join(tyre.painted(BLACK), hub.at(y=width * 0.98).painted(GREY)).turned("x", 90)


def axle_wheels(radius: float, width: float, track: float, axles: list[float]) -> list[Solid]:
    """A pair of wheels at each x of `axles`; `track` metres between their outer faces."""
    wheel = road_wheel(radius, width).at(y=radius, z=track / 2 - width)
    return [mirrored(wheel.at(x=x), "z") for x in axles]


def car_body(outline: list[tuple[float, float]], width: float, bevel: float) -> Solid:
    """A side view (K, 2), anticlockwise, given breadth: its flanks are rounded by `bevel` metres."""
    flat = np.array(outline)
    middle = flat.mean(axis=0)
    rings = []
    for z, shrink in (
        (-0.5, bevel * 1.2),
        (-0.5, bevel * 0.35),
        (-0.42, 0.0),
        (0.42, 0.0),
        (0.5, bevel * 0.35),
        (0.5, bevel * 1.2),
    ):
        inset = (flat - middle) * (1 - shrink / np.ptp(flat, axis=0)) + middle
        depth = z * width if abs(z) < 0.5 else np.sign(z) * (width / 2 - bevel * (0.0 if shrink > bevel else 0.12))
        rings.append(points(inset, depth))
    return loft(rings)


def glazed_cabin(
    length: float, width: float, height: float, line: float, cabin: tuple[float, float, float, float], rgb: np.ndarray
) -> list[Solid]:
    """Windows all round that lean inwards, pillars and the roof."""
    front, top_front, top_back, back = (x * length for x in cabin)
    levels = [(back, front, 0.47 * width, line - 0.02), (top_back, top_front, 0.39 * width, height - 0.04)]
    levels += [(top_back - 0.04, top_front + 0.04, 0.4 * width, height - 0.06)]
    levels += [(top_back + 0.02, top_front - 0.02, 0.385 * width, height - 0.015)]
    levels += [(top_back + 0.25, top_front - 0.25, 0.3 * width, height)]
    sections = [(np.array([(x1, z), (x0, z), (x0, -z), (x1, -z)]), y) for x0, x1, z, y in levels]
    glass, roof = stacked(sections[:2]).painted(GLASS), stacked(sections[2:]).painted(rgb)
    middle = (top_front + top_back) / 2 + 0.05
    posts = [
        rod((x0, line, 0.475 * width), (x1, height - 0.04, 0.395 * width), 0.035)
        for x0, x1 in ((front, top_front), (middle, middle), (back, top_back))
    ]
    return [glass, roof, mirrored(join(*posts), "z").painted(rgb)]


def car_details(length: float, width: float, line: float, nose: float, lift: float) -> list[Solid]:
    """Head and tail lamps, grille, bumpers and sills."""
    head = superellipsoid(0.12, 0.14, 0.3, 0.4).at(x=length * 0.482, y=nose * 0.74, z=width * 0.34)
    tail = superellipsoid(0.08, 0.16, 0.26, 0.6).at(x=-length * 0.488, y=line * 0.7, z=width * 0.36)
    grille = box(0.06, nose * 0.2, width * 0.36).at(x=length * 0.487, y=nose * 0.6)
    bumpers = [superellipsoid(0.16, 0.16, width * 0.96, 0.75).at(x=x * length, y=lift + 0.08) for x in (0.487, -0.487)]
    red = np.array(COLOURS["red"])
    return [mirrored(head, "z").painted(WHITE), mirrored(tail, "z").painted(red), join(grille, *bumpers).painted(BLACK)]


@category
def car(d: Draw) -> Solid:
    """A passenger car, its nose towards +x: saloon, hatchback, estate, off-roader, sports car or convertible."""
    kinds = {"sedan": _sedan, "hatchback": _hatchback, "station wagon": _estate}
    kinds |= {"off-road vehicle": _suv, "sports car": _sports, "convertible": _convertible}
    return one_of(d, kinds)


def _sedan(d: Draw) -> Solid:
    return _car(d, d(4.3, 5.0), 1.45, (0.27, 0.08, -0.17, -0.33), 0.66)


def _hatchback(d: Draw) -> Solid:
    return _car(d, d(3.4, 4.2), 1.52, (0.29, 0.1, -0.32, -0.46), 0.64)


def _estate(d: Draw) -> Solid:
    return _car(d, d(4.4, 4.9), 1.48, (0.27, 0.09, -0.38, -0.48), 0.65)


def _suv(d: Draw) -> Solid:
    return _car(d, d(4.0, 4.8), 1.85, (0.24, 0.14, -0.42, -0.475), 0.62, lift=0.32, spare=d.chance(0.6))


def _sports(d: Draw) -> Solid:
    return _car(d, d(4.1, 4.6), 1.22, (0.2, -0.02, -0.16, -0.4), 0.7, lift=0.14, wing=d.chance(0.5))


def _convertible(d: Draw) -> Solid:
    return _car(d, d(3.8, 4.5), 1.3, (0.18, 0.08, -0.2, -0.3), 0.7, is_open=True)


def _car(
    d: Draw,
    length: float,
    height: float,
    cabin: tuple[float, float, float, float],
    belt: float,
    lift: float = 0.2,
    spare: bool = False,
    wing: bool = False,
    is_open: bool = False,
) -> Solid:
    """Body, cabin, wheels and lamps.

    Args:
        cabin: x of the windscreen's foot and top and of the rear window's top and foot, in parts of the length.
        belt: height of the lower edge of the windows, in parts of the height.
        lift: ground clearance, metres.
    """
    width, radius, rgb = length * d(0.38, 0.42), d(0.29, 0.34) + lift * 0.15, paint(d)
    height *= d(0.95, 1.06)
    line, nose = height * belt, height * belt * d(0.76, 0.9)
    boot = line * d(0.9, 1.0)
    side = [(-0.49, lift + 0.06), (-0.45, lift), (0.46, lift), (0.495, lift + 0.1), (0.49, nose * 0.82), (0.45, nose)]
    side += [(cabin[0] + 0.03, line * 0.99), (cabin[0] - 0.03, line), (cabin[3] + 0.02, line)]
    side += [(min(cabin[3] - 0.01, -0.36), boot), (-0.48, boot * 0.96), (-0.5, boot * 0.7)]
    parts = [car_body([(x * length, y) for x, y in side], width, 0.12).painted(rgb)]
    parts += axle_wheels(radius, 0.22, width * 1.01, [length * 0.32, -length * 0.3])
    if is_open:
        parts += _open_cabin(d, length, width, height, line, cabin)
    else:
        parts += glazed_cabin(length, width, height, line, cabin, rgb)
    parts += car_details(length, width, line, nose, lift)
    mirror = superellipsoid(0.12, 0.1, 0.16, 0.4).at(x=length * (cabin[0] - 0.06), y=line, z=width / 2 + 0.04)
    parts.append(mirrored(mirror, "z").painted(rgb))
    if spare:
        parts.append(road_wheel(radius * 0.9, 0.2).turned("y", -90).at(x=-length * 0.5, y=line * 0.75))
    if wing:
        posts = mirrored(box(0.12, 0.18, 0.04).at(z=width * 0.35), "z")
        parts.append(
            join(posts, box(0.28, 0.03, width * 0.95).at(y=0.17)).at(x=-length * 0.44, y=boot - 0.02).painted(rgb)
        )
    return join(*parts)


def _open_cabin(
    d: Draw, length: float, width: float, height: float, line: float, cabin: tuple[float, float, float, float]
) -> list[Solid]:
    """A windscreen, four seats and a steering wheel above a dark floor."""
    seat_rgb, x0 = paint(d), cabin[0] * length
    long = (cabin[0] - cabin[3]) * length
    floor = box(long * 0.9, 0.02, width * 0.78).at(x=x0 - long / 2, y=line - 0.005).painted(BLACK)
    corner = width * 0.44
    screen = [
        rod((x0, line, -corner), (x0 - 0.25, height, -corner * 0.85), 0.03),
        rod((x0, line, corner), (x0 - 0.25, height, corner * 0.85), 0.03),
    ]
    screen.append(rod((x0 - 0.25, height, -corner * 0.85), (x0 - 0.25, height, corner * 0.85), 0.03))
    backs = [
        superellipsoid(0.16, 0.42, 0.5, 0.6).turned("z", 10).at(x=x0 - along * long, y=line - 0.1, z=z)
        for along in (0.5, 0.85)
        for z in (-width * 0.21, width * 0.21)
    ]
    wheel = lathe([(0.17, 0), (0.19, 0), (0.19, 0.025), (0.17, 0.025), (0.17, 0)], 24).turned("z", 65)
    wheel = wheel.at(x=x0 - 0.32, y=line + 0.08, z=width * 0.21)
    return [floor, join(*screen).painted(GREY), join(*backs).painted(seat_rgb), wheel.painted(BLACK)]
