"""What cars, trucks and buses are put together from: wheels, bodies, cabins, lamps."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, COLOURS, GREY, WHITE
from cg3d.data.parametric.primitives import box, lathe, loft, rod, stacked, superellipsoid

GLASS = BLACK * 0.8 + np.array(COLOURS["blue"]) * 0.25


def road_wheel(radius: float, width: float) -> Mesh:
    """A tyre and its rim; the axle lies along z."""
    tyre = lathe(
        [
            (0, 0),
            (radius * 0.62, 0),
            (radius * 0.95, 0),
            (radius, width * 0.2),
            (radius, width * 0.8),
            (radius * 0.95, width),
            (radius * 0.62, width),
            (0, width * 0.85),
        ],
        28,
    )
    hub = lathe(
        [(0, 0), (radius * 0.6, 0), (radius * 0.5, width * 0.06), (radius * 0.15, width * 0.05), (0, width * 0.12)], 20
    )
    return join([tyre.painted(BLACK), hub.at(y=width * 0.98).painted(GREY)]).turned("x", 90)


def axle_wheels(radius: float, width: float, track: float, axles: list[float]) -> list[Mesh]:
    """A pair of wheels at each x of `axles`; `track` metres between their outer faces."""
    wheel = road_wheel(radius, width).at(y=radius, z=track / 2 - width)
    return [mirrored(wheel.at(x=x), "z") for x in axles]


def car_body(outline: list[tuple[float, float]], width: float, bevel: float) -> Mesh:
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
        rings.append(np.column_stack([inset, np.full(len(flat), depth)]))
    return loft(np.stack(rings))


def glazed_cabin(
    length: float, width: float, height: float, line: float, cabin: tuple[float, float, float, float], rgb: np.ndarray
) -> list[Mesh]:
    """Windows all round that lean inwards, pillars and the roof."""
    front, top_front, top_back, back = (x * length for x in cabin)
    levels = [
        (back, front, 0.47 * width, line - 0.02),
        (top_back, top_front, 0.39 * width, height - 0.04),
        (top_back - 0.04, top_front + 0.04, 0.4 * width, height - 0.06),
        (top_back + 0.02, top_front - 0.02, 0.385 * width, height - 0.015),
        (top_back + 0.25, top_front - 0.25, 0.3 * width, height),
    ]
    sections = [(np.array([(x1, z), (x0, z), (x0, -z), (x1, -z)]), y) for x0, x1, z, y in levels]
    glass, roof = stacked(sections[:2]).painted(GLASS), stacked(sections[2:]).painted(rgb)
    middle = (top_front + top_back) / 2 + 0.05
    posts = [
        rod((x0, line, 0.475 * width), (x1, height - 0.04, 0.395 * width), 0.035)
        for x0, x1 in ((front, top_front), (middle, middle), (back, top_back))
    ]
    return [glass, roof, mirrored(join(posts), "z").painted(rgb)]


def car_details(length: float, width: float, line: float, nose: float, lift: float) -> list[Mesh]:
    """Head and tail lamps, grille, bumpers and sills."""
    head = superellipsoid(0.12, 0.14, 0.3, 0.4).at(x=length * 0.482, y=nose * 0.74, z=width * 0.34)
    tail = superellipsoid(0.08, 0.16, 0.26, 0.6).at(x=-length * 0.488, y=line * 0.7, z=width * 0.36)
    grille = box(0.06, nose * 0.2, width * 0.36).at(x=length * 0.487, y=nose * 0.6)
    bumpers = [superellipsoid(0.16, 0.16, width * 0.96, 0.75).at(x=x * length, y=lift + 0.08) for x in (0.487, -0.487)]
    red = np.array(COLOURS["red"])
    return [
        mirrored(head, "z").painted(WHITE),
        mirrored(tail, "z").painted(red),
        join([grille, *bumpers]).painted(BLACK),
    ]
