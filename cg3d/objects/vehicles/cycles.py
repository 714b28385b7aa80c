"""Vehicles moved by muscle: bicycle, skateboard."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint, wood
from cg3d.objects.shapes.primitives import beam, box, cylinder, hoop, lathe, ribbon, rod, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def bicycle(d: Draw) -> Solid:
    """Two spoked wheels in a frame, its front towards +x: city, racing, mountain or child's bicycle."""
    kinds = {"city bike": _city, "road bike": _racer, "mountain bike": _mountain, "child's bicycle": _small}
    return one_of(d, kinds)


def _city(d: Draw) -> Solid:
    return _bicycle(d, 0.34, 0.018, "swept", step_through=d.chance(0.6), mudguards=True, basket=d.chance(0.5))


def _racer(d: Draw) -> Solid:
    return _bicycle(d, 0.34, 0.012, "drop")


def _mountain(d: Draw) -> Solid:
    return _bicycle(d, 0.33, 0.027, "flat")


def _small(d: Draw) -> Solid:
    bike = _bicycle(d, 0.33, 0.026, "swept", stabilisers=d.chance(0.6))
    size = d(0.5, 0.7)
    return bike.resized(size)


def _cycle_wheel(radius: float, tyre: float, spokes: int) -> Solid:
    """A wheel in the xy plane about the origin."""
    rim = hoop(radius - tyre * 2.2, tyre * 0.7, 44).turned("x", 90).painted(GREY)
    rubber = hoop(radius - tyre, tyre, 44).turned("x", 90).painted(BLACK)
    hub = cylinder(0.02, 0.07, segments=14).at(y=-0.035).turned("x", 90)
    lines = [
        rod((0, 0, 0.03 * (-1) ** k), ((radius - 2 * tyre) * np.cos(a), (radius - 2 * tyre) * np.sin(a), 0), 0.0016)
        for k, a in enumerate(np.arange(spokes) * 2 * np.pi / spokes)
    ]
    return join(rim, rubber, join(hub, *lines).painted(GREY))


def _bicycle(
    d: Draw,
    radius: float,
    tyre: float,
    bars: str,
    step_through: bool = False,
    mudguards: bool = False,
    basket: bool = False,
    stabilisers: bool = False,
) -> Solid:
    """A diamond or step-through frame between two wheels, with what the kind of bicycle adds; see `_handlebar`."""
    base, rgb = d(0.98, 1.06), paint(d)
    rear, front = np.array([-base * 0.43, radius, 0.0]), np.array([base * 0.57, radius, 0.0])
    crank, seat = np.array([-0.02, radius - 0.06, 0.0]), np.array([-0.2, radius + d(0.38, 0.5), 0.0])
    head = np.array([base * 0.57 - 0.15, radius + 0.5, 0.0])
    wheel = _cycle_wheel(radius, tyre, d.pick(16, 24, 32))
    pieces = [_frame(d, rear, front, crank, seat, head, step_through).painted(rgb), wheel.at(*rear), wheel.at(*front)]
    pieces += [_saddle(d).at(*np.add(seat, (-0.03, 0.12, 0))), _handlebar(d, bars).at(*np.add(head, (-0.02, 0.08, 0)))]
    pieces.append(_drive(d, crank, rear))
    if mudguards:
        guard_rgb = rgb if d.chance(0.5) else BLACK
        pieces += [_mudguard(radius).painted(guard_rgb).at(*hub) for hub in (rear, front)]
        pieces.append(_rack(radius).at(*np.add(rear, (-0.02, radius + 0.05, 0))).painted(BLACK))
    if basket:
        crate = lathe([(0.0, 0.0), (0.12, 0), (0.16, 0.22), (0.155, 0.22), (0.115, 0.008), (0, 0.008)], 20)
        pieces.append(crate.painted(paint(d, "brown", "beige", "black", "grey")).at(*np.add(head, (0.17, -0.04, 0))))
    if stabilisers:
        small = cylinder(0.09, 0.03).turned("x", 90).at(x=rear[0], y=0.09, z=0.2)
        arm = beam((rear[0], radius, 0.04), (rear[0], 0.09, 0.2), 0.02, 0.01)
        pieces += [mirrored(small, "z").painted(BLACK), mirrored(arm, "z").painted(metal(d))]
    return join(*pieces)


def _frame(
    d: Draw,
    rear: np.ndarray,
    front: np.ndarray,
    crank: np.ndarray,
    seat: np.ndarray,
    head: np.ndarray,
    step_through: bool,
) -> Solid:
    """Tubes between the hubs, the crank, and the upper ends of the seat and head tubes; the fork, and both stems."""
    thick, fork_top = d(0.014, 0.019), np.add(head, (0.05, -0.16, 0))
    low = crank + (seat - crank) * 0.4
    bones = [(crank, seat), (crank, fork_top), (fork_top, head), (low, fork_top) if step_through else (seat, head)]
    stays = [rod((*rear[:2], 0.045), (*end[:2], 0.018), thick * 0.55) for end in (crank, seat)]
    fork = rod((*front[:2], 0.05), (*fork_top[:2], 0.03), thick * 0.7)
    stems = [rod(seat, np.add(seat, (-0.03, 0.12, 0)), 0.012), rod(head, np.add(head, (-0.02, 0.08, 0)), 0.013)]
    return join(*(rod(a, b, thick) for a, b in bones), mirrored(join(*stays, fork), "z"), *stems)


def _mudguard(radius: float) -> Solid:
    turn = np.linspace(0.1, 0.95, 15) * np.pi
    return ribbon(points(np.cos(turn), np.sin(turn)) * (radius + 0.018), 0.06, 0.004)


def _rack(radius: float) -> Solid:
    """A carrier that stands on the rear hub, which is `radius` and 5 cm below it."""
    return join(box(0.34, 0.012, 0.11), mirrored(rod((-0.1, 0, 0.05), (0.02, -radius - 0.03, 0.05), 0.005), "z"))


def _drive(d: Draw, crank: np.ndarray, rear: np.ndarray) -> Solid:
    """Chainring, chain, cranks and pedals."""
    ring = cylinder(0.085, 0.006).turned("x", 90).at(*(np.add(crank, (0, 0, 0.045))))
    cog = cylinder(0.035, 0.012).turned("x", 90).at(*(np.add(rear, (0, 0, 0.04))))
    chain = [rod(np.add(crank, (0, y, 0.048)), np.add(rear, (0, y * 0.42, 0.048)), 0.004) for y in (0.083, -0.083)]
    turn = d(0, 2 * np.pi)
    tip = 0.17 * np.array([np.cos(turn), np.sin(turn), 0])
    arms = []
    for side in (1, -1):
        hub, end = np.add(crank, (0, 0, 0.06 * side)), crank + side * tip + (0, 0, 0.075 * side)
        arms += [rod(hub, end, 0.009), box(0.09, 0.02, 0.08).at(*(np.add(end, (0, -0.01, 0.045 * side))))]
    axle = rod(crank - (0, 0, 0.06), np.add(crank, (0, 0, 0.06)), 0.018)
    return join(ring, cog, *chain, *arms, axle).painted(GREY * 0.6)


def _saddle(d: Draw) -> Solid:
    nose = superellipsoid(0.2, 0.045, 0.05).at(x=0.06)
    rear = superellipsoid(0.15, 0.06, d(0.13, 0.2)).at(x=-0.05, y=0.002)
    return join(nose, rear).painted(paint(d, "black", "black", "brown", "white"))


def _handlebar(d: Draw, bars: str) -> Solid:
    """Half of it is drawn at +z and mirrored, with grips."""
    wide = d(0.26, 0.34)
    corners = [(0.02, 0, 0), (0.03, 0, 0.19), (0.1, -0.01, 0.2), (0.11, -0.09, 0.2)]
    corners += [(0.04, -0.13, 0.21), (-0.03, -0.13, 0.21)]
    knots = {
        "flat": [(0.02, 0.0, 0), (0.02, 0.01, wide * 0.5), (0.0, 0.01, wide)],
        "swept": [(0.02, 0.0, 0), (0.05, 0.03, wide * 0.4), (0.02, 0.05, wide * 0.8), (-0.14, 0.04, wide * 0.9)],
        "drop": corners,
    }[bars]
    curve = smooth([(x, y, z) for x, y, z in knots])
    grip = tube(curve[-6:], 0.017).painted(BLACK if d.chance(0.7) else paint(d))
    return mirrored(join(tube(curve, 0.011).painted(metal(d)), grip), "z")


@category
def skateboard(d: Draw) -> Solid:
    """A deck turned up at its ends on two axles with four wheels: popsicle, cruiser or longboard; maybe wheels up."""
    long = d.pick(d(0.72, 0.82), d(0.55, 0.65), d(0.9, 1.1))
    width, kick = d(0.18, 0.24), d(0.03, 0.07)
    t = np.linspace(-1, 1, 41)
    bend = kick * np.clip((np.abs(t) - 0.62) / 0.38, 0, 1) ** 1.4 * np.where(t < 0, d(0.6, 1.0), d(0.2, 1.0))
    half = width * np.sqrt(np.clip(1 - np.clip((np.abs(t) - 0.72) / 0.285, 0, 1) ** 2, 0.0, 1))
    deck = ribbon(points(t * long / 2, bend), half, 0.011)
    grip = ribbon(points(t * long / 2, bend + 0.0075), half * 0.99, 0.003).painted(BLACK if d.chance(0.6) else paint(d))
    radius, rgb = d(0.026, 0.036), paint(d)
    wheel = cylinder(radius, 0.034).turned("x", 90).at(y=-0.055, z=width / 2 + 0.005).painted(rgb)
    truck = [rod((0, -0.055, -width / 2), (0, -0.055, width / 2), 0.011)]
    truck += [superellipsoid(0.07, 0.06, 0.06, 0.5).at(y=-0.062), box(0.09, 0.012, 0.06).at(y=-0.016)]
    gear = join(mirrored(wheel, "z"), join(*truck).painted(metal(d)))
    board = join(
        deck.painted(wood(d) if d.chance(0.5) else paint(d)), grip, *(gear.at(x=x * long) for x in (0.29, -0.29))
    )
    return (board if d.chance(0.7) else board.turned("x", 180)).grounded()
