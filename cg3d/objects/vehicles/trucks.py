"""Commercial vehicles: bus, truck."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, WHITE, paint
from cg3d.objects.shapes.primitives import box, cylinder, lathe, rod, stacked, superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored
from cg3d.objects.vehicles.cars import GLASS, axle_wheels, car_body, car_details, glazed_cabin


@category
def truck(d: Draw) -> Solid:
    """A lorry, its nose towards +x: a pickup, a box body, a flat bed, a dumper or a tanker."""
    kinds = {"pickup truck": _pickup, "box truck": _box_truck}
    kinds |= {"flatbed truck": _flatbed, "dump truck": _dumper, "tank truck": _tanker}
    return one_of(d, kinds)


def _pickup(d: Draw) -> Solid:
    """A car's nose and cabin before an open bed."""
    length, rgb, lift = d(4.8, 5.6), paint(d), 0.32
    width, height, line, radius = length * 0.36, d(1.75, 1.9), 1.12, d(0.36, 0.42)
    cabin = (0.22, 0.12, d(-0.16, -0.04), 0.0)
    cabin = (*cabin[:3], cabin[2] - 0.02)
    side = [(cabin[3] - 0.01, lift), (0.46, lift), (0.5, lift + 0.15), (0.49, line * 0.84)]
    side += [(0.44, line * 0.92), (cabin[0], line), (cabin[3] - 0.01, line)]
    parts = [car_body([(x * length, y) for x, y in side], width, 0.1).painted(rgb)]
    parts += glazed_cabin(length, width, height, line, cabin, rgb)
    long = (cabin[3] + 0.5) * length
    outer, inner = rectangle(long, width, 0.03), rectangle(long - 0.16, width - 0.16, 0.02)
    bed = stacked([(outer, 0.0), (outer, line - lift), (inner, line - lift), (inner, 0.35)])
    parts.append(bed.at(x=-length / 2 + long / 2, y=lift).painted(rgb))
    parts += axle_wheels(radius, 0.26, width * 1.03, [length * 0.32, -length * 0.3])
    return join(*parts, *car_details(length, width, line, line * 0.9, lift))


def _lorry(d: Draw, axles: int) -> tuple[list[Solid], float, float, float]:
    """Cab, frame and wheels; with x of the load's front end, its length, and the height of the frame."""
    load, width, radius = d(3.2, 6.5), d(2.1, 2.5), d(0.42, 0.5)
    rgb, deck, tall = paint(d), radius * 2 + 0.12, d(2.3, 2.9)
    hood = d.pick(0.0, 0.0, 1.1)
    cab_long = d(1.5, 2.1)
    lean = d(0.05, 0.3)
    belt = deck + (tall - deck) * 0.45
    side = [(0.0, 0.45), (cab_long, 0.45), (cab_long, belt)]
    side += [(cab_long - lean, tall - 0.08), (cab_long - lean - 0.15, tall), (0.0, tall)]
    parts = [car_body(side, width, 0.08).painted(rgb)]
    screen = box(0.1, (tall - belt) * 0.72, width * 0.82).turned("z", np.degrees(np.arctan2(lean, tall - belt)))
    window = box(cab_long * 0.5, (tall - belt) * 0.62, 0.1).at(x=cab_long * 0.55, y=belt + 0.08, z=width / 2)
    parts += [screen.at(x=cab_long + 0.005, y=belt + 0.06).painted(GLASS), mirrored(window, "z").painted(GLASS)]
    if hood > 0:
        piece = superellipsoid(hood * 1.15, belt - 0.5, width * 0.72, 0.8).at(x=cab_long + hood / 2 - 0.1, y=0.5)
        parts.append(piece.painted(rgb))
    face = cab_long + (hood * 1.05 if hood else 0.0)
    lamps = mirrored(box(0.06, 0.16, 0.26).at(x=face, y=0.75, z=width * 0.3), "z").painted(WHITE)
    grille = box(0.05, 0.4, width * 0.4).at(x=face, y=0.8).painted(BLACK)
    bumper = box(0.14, 0.25, width * 0.98).at(x=face, y=0.4).painted(GREY)
    frame = box(load + cab_long, 0.18, 0.9).at(x=(cab_long - load) / 2, y=deck - 0.2).painted(BLACK)
    spots = [cab_long * 0.45 + hood * 0.7, *(-load + 0.9 + k * radius * 2.3 for k in range(axles))]
    return [*parts, lamps, grille, bumper, frame, *axle_wheels(radius, 0.34, width, spots)], load, width, deck


def _box_truck(d: Draw) -> Solid:
    parts, load, width, deck = _lorry(d, 1)
    tall, rgb = d(1.9, 2.6), paint(d)
    body = [box(load, tall, width).at(x=-load / 2 - 0.12, y=deck).painted(rgb)]
    if d.chance(0.5):
        stripe = mirrored(
            box(load * 0.8, tall * 0.35, 0.1).at(x=-load / 2 - 0.12, y=deck + tall * 0.35, z=width / 2), "z"
        )
        body.append(stripe.painted(paint(d)))
    doors = mirrored(box(0.1, tall * 0.92, width * 0.46).at(x=-load - 0.13, y=deck + 0.06, z=width * 0.24), "z")
    return join(*parts, *body, doors.painted(np.clip(rgb * 0.9, 0, 1)))


def _flatbed(d: Draw) -> Solid:
    """An open bed with low boards; sometimes with crates or logs on it."""
    parts, load, width, deck = _lorry(d, d.count(1, 3))
    rgb = paint(d, "brown", "grey", "beige", "blue", "red")
    bed = [box(load, 0.1, width).at(x=-load / 2 - 0.12, y=deck)]
    board = d.pick(0.0, 0.45)
    if board > 0:
        bed.append(mirrored(box(load, board, 0.05).at(x=-load / 2 - 0.12, y=deck + 0.1, z=width / 2 - 0.025), "z"))
    bed.append(box(0.06, 0.9, width).at(x=-0.15, y=deck + 0.1))
    cargo = []
    if d.chance(0.3):
        cargo = [
            rod((-load, deck + 0.32 + y, z), (-0.3, deck + 0.32 + y, z), 0.22).painted(paint(d, "brown", "beige"))
            for y, z in ((0, -0.5), (0, 0), (0, 0.5), (0.4, -0.25), (0.4, 0.25))
        ]
    elif d.chance(0.5):
        cargo = [
            box(0.9, d(0.5, 1.1), 0.9).at(x=-0.9 - 1.05 * k, y=deck + 0.1, z=d(-0.4, 0.4)).painted(paint(d))
            for k in range(int((load - 0.8) // 1.05))
        ]
    return join(*parts, join(*bed).painted(rgb), *cargo)


def _dumper(d: Draw) -> Solid:
    """An open trough that widens upwards, level or tipped."""
    parts, load, width, deck = _lorry(d, 2)
    tall = d(0.9, 1.4)
    outer, inner = rectangle(load, width, 0.02), rectangle(load - 0.16, width - 0.16, 0.02)
    trough = stacked([(outer * (0.86, 0.8), 0.0), (outer, tall), (inner, tall), (inner * (0.84, 0.76), 0.1)])
    ribs = [
        mirrored(rod((x * load, 0.05, width * 0.41), (x * load, tall, width / 2 + 0.01), 0.05), "z")
        for x in np.linspace(-0.36, 0.36, 5)
    ]
    body = join(trough, *ribs).at(x=load / 2).turned("z", d.pick(0.0, d(15, 40)))
    return join(*parts, body.at(x=-load - 0.12, y=deck + 0.02).painted(paint(d)))


def _tanker(d: Draw) -> Solid:
    parts, load, width, deck = _lorry(d, 2)
    radius = width * d(0.38, 0.46)
    knots = [(radius * 0.6, 0.0), (radius * 0.92, 0.06), (radius, 0.25)]
    knots += [(radius, load - 0.25), (radius * 0.92, load - 0.06), (radius * 0.6, load)]
    tank = lathe([(0, 0), *knots, (0, load)]).turned("z", 90).scaled(1, 1, width * 0.48 / radius)
    hoops = [
        lathe([(radius * 1.02, 0), (radius * 1.03, 0.05), (radius * 0.9, 0.05), (radius * 0.9, 0), (radius * 1.02, 0)])
        .turned("z", 90)
        .scaled(1, 1, width * 0.48 / radius)
        .at(x=-x * load)
        for x in (0.25, 0.5, 0.75)
    ]
    hatches = [cylinder(0.25, 0.14).at(x=-x * load, y=radius) for x in (0.37, 0.63)]
    rgb = paint(d)
    return join(
        *parts,
        join(tank, *hatches).at(x=-0.12, y=deck + radius).painted(rgb),
        join(*hoops).at(x=-0.12, y=deck + radius).painted(GREY),
    )


@category
def bus(d: Draw) -> Solid:
    """A long box with a row of windows and doors: a city bus, a double-decker, or a school bus with a hood."""
    return one_of(d, {"city bus": _city_bus, "double-decker bus": _double_decker, "school bus": _school_bus})


def _coach(d: Draw, length: float, height: float, decks: int, rgb: np.ndarray, hood: float) -> Solid:
    width, radius, lift = d(2.3, 2.55), d(0.44, 0.5), 0.35
    front = length / 2
    side = [(-front, lift), (front - 0.1, lift), (front, lift + 0.3), (front - 0.12, height - 0.1)]
    side += [(front - 0.3, height), (-front + 0.15, height), (-front, height - 0.15)]
    parts = [car_body(side, width, 0.1).painted(rgb)]
    count, tall = d.count(5, 10), min(0.95, (height - 1.3) / decks * 0.62)
    pitch = (length - 0.8) / count
    for deck in range(decks):
        y = 1.25 + deck * (height - 1.2) / decks
        row = [
            box(pitch * 0.86, tall, 0.12).at(x=-front + 0.4 + (k + 0.5) * pitch, y=y, z=width / 2) for k in range(count)
        ]
        parts.append(mirrored(join(*row), "z").painted(GLASS))
        parts += [
            box(0.12, tall * 1.1, width * 0.86).at(x=x, y=y - 0.02).painted(GLASS) for x in (front - 0.04, -front)
        ]
    doors = [
        box(1.0, 1.9, 0.18).at(x=x, y=lift + 0.05, z=width / 2)
        for x in ((front - 0.9,) if hood else (front - 0.9, -0.2))
    ]
    parts += [
        join(*doors).painted(np.clip(GLASS * 1.6, 0, 1)),
        *axle_wheels(radius, 0.32, width * 1.01, [front * 0.58 + hood * 0.75, -front * 0.6]),
    ]
    if hood > 0:
        piece = superellipsoid(hood * 1.3, 1.1, width * 0.85, 0.8).at(x=front + hood * 0.5 - 0.15, y=lift + 0.1)
        parts.append(piece.painted(rgb))
    face = front + (hood * 1.1 if hood else 0.0)
    lamps = mirrored(superellipsoid(0.1, 0.2, 0.28, 0.4).at(x=face - 0.02, y=0.72, z=width * 0.32), "z").painted(WHITE)
    bumper = box(0.14, 0.22, width * 0.95).at(x=face - 0.04, y=0.42).painted(BLACK)
    band = mirrored(box(length * 0.97, 0.14, 0.1).at(y=0.95, z=width / 2), "z").painted(paint(d))
    return join(*parts, lamps, bumper, band)


def _city_bus(d: Draw) -> Solid:
    return _coach(d, d(8, 12), d(2.8, 3.2), 1, paint(d), 0.0)


def _double_decker(d: Draw) -> Solid:
    return _coach(d, d(8.5, 11), d(4.1, 4.4), 2, paint(d, "red", "red", "blue", "green", "white", "yellow"), 0.0)


def _school_bus(d: Draw) -> Solid:
    return _coach(d, d(6.5, 9.5), d(2.8, 3.1), 1, paint(d, "yellow", "yellow", "orange", "white"), d(1.0, 1.4))
