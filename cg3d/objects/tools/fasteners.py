"""What holds things together: bolt, nail, nut."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import alloy, paint
from cg3d.objects.shapes.primitives import box, cylinder, hoop, lathe, loft, stacked, superellipsoid, tube
from cg3d.objects.shapes.resting import together
from cg3d.objects.shapes.solid import Solid, join, mirrored

AROUND = 48  # corners of a nut's outline and of its bore
RUST = ((0.42, 0.27, 0.18), (0.35, 0.24, 0.18))


def threaded(radius: float, low: float, high: float) -> Solid:
    """A rod along y with a screw thread; `radius` is that of its crests."""
    pitch = max(radius * 0.28, (high - low) / 42)
    angle = -np.arange(16) * np.pi / 8
    y = np.arange(low, high, pitch / 4)
    turns = y[:, None] / pitch + angle / (2 * np.pi)
    ridge = radius - pitch * 0.55 * np.abs(2 * (turns % 1) - 1)
    ridge[[0, -1]] = radius - pitch * 0.55
    level = np.broadcast_to(y[:, None], ridge.shape)
    return loft(np.stack([ridge * np.cos(angle), level, ridge * np.sin(angle)], -1))


def hexagon(radius: float, height: float) -> Solid:
    """A prism of six sides with softened edges; `radius` reaches to its corners."""
    soft = [(radius * 0.94, 0), (radius, height * 0.12), (radius, height * 0.88), (radius * 0.94, height)]
    return lathe([(0, 0), *soft, (0, height)], 6)


def _washer(outer: float, bore: float, thick: float) -> Solid:
    """A flat ring on y = 0."""
    rim = [(bore, 0), (outer, 0), (outer, thick), (bore, thick), (bore, 0)]
    return lathe(rim, 32)


@category
def bolt(d: Draw) -> Solid:
    """With a hexagon head, a domed one, a socket or an eye; L-shaped or U-shaped; with a nut and a washer; lying or upright."""
    kinds = {"hex bolt": _hex_bolt, "flange bolt": _flange_bolt, "carriage bolt": _carriage_bolt}
    kinds |= {"socket bolt": _socket_bolt, "eye bolt": _eye_bolt, "U-bolt": _u_bolt, "anchor bolt": _anchor_bolt}
    kinds |= {"bolt with a nut": _bolt_with_nut}
    made = one_of(d, {"hex bolt": _hex_bolt} if d.chance(0.25) else kinds)
    if made.kind in ("U-bolt", "eye bolt", "anchor bolt"):
        return made.turned("x", -90 if d.chance(0.8) else 0).turned("y", d(0, 360)).grounded()
    if d.chance(0.25):
        return made.grounded()
    head = np.ptp(made.vertices[:, 2]) / 2
    tilt = np.degrees(np.arctan(head * 0.4 / np.ptp(made.vertices[:, 1])))
    return made.turned("x", 90 - tilt).turned("y", d(0, 360)).grounded()


def _shank(d: Draw, radius: float, length: float) -> Solid:
    """From y = 0 up to the end of the thread, threaded all along or in its upper part."""
    plain = length * d.pick(0.04, d(0.2, 0.6))
    return join(cylinder(radius, plain + radius * 0.1, segments=18), threaded(radius, plain, length))


def _measures(d: Draw) -> tuple[float, float]:
    """The radius of a thread from M4 to M16, and a length that goes with it."""
    radius = d.pick(0.002, 0.0025, 0.003, 0.004, 0.004, 0.005, 0.006, 0.008)
    return radius, float(np.clip(radius * d(6, 18), 0.014, 0.11))


def _hex_bolt(d: Draw) -> Solid:
    """Standing on its head."""
    radius, length = _measures(d)
    high = radius * d(1.2, 1.45)
    head = hexagon(radius * d(1.85, 2.1), high)
    return join(head, _shank(d, radius, length).at(y=high * 0.99)).painted(alloy(d))


def _flange_bolt(d: Draw) -> Solid:
    """The head widens to a skirt below."""
    radius, length = _measures(d)
    high = radius * 1.4
    skirt = cylinder(radius * 1.7, radius * 0.4, radius * d(2.2, 2.5)).at(y=high * 0.75)
    rim = cylinder(radius * 2.4, radius * 0.25).at(y=high * 0.75 + radius * 0.4)
    top = high * 0.75 + radius * 0.6
    return join(hexagon(radius * 1.8, high), skirt, rim, _shank(d, radius, length).at(y=top)).painted(alloy(d))


def _carriage_bolt(d: Draw) -> Solid:
    """A dome over a square neck."""
    radius, length = _measures(d)
    wide, high = radius * d(2.1, 2.5), radius * d(0.9, 1.3)
    angle = np.linspace(-np.pi / 2, 0, 8)
    dome = lathe([*(points(np.cos(angle), np.sin(angle) + 1) * (wide, high) * (1, 1)), (0, high)], 32)
    neck = box(radius * 2, radius * 1.4, radius * 2).at(y=high * 0.98)
    return join(dome, neck, _shank(d, radius, length).at(y=high)).painted(alloy(d))


def _socket_bolt(d: Draw) -> Solid:
    """A cylinder with a hexagon hole, often blackened; ribbed round its side, or a low button."""
    radius, length = _measures(d)
    wide, high = radius * d(1.5, 1.7), radius * d.pick(2.0, 2.0, 1.1)
    angle = np.arange(AROUND) * 2 * np.pi / AROUND
    ribs = wide * (1 + 0.02 * np.cos(angle * 24))
    outer = points(ribs * np.cos(angle), ribs * np.sin(angle))
    hole = _polygon(6, radius * 0.85)
    sections = [(hole, high * 0.55), (hole, 0.0), (outer * 0.94, 0.0), (outer, high * 0.1), (outer, high)]
    rgb = np.full(3, 0.17) if d.chance(0.5) else alloy(d)
    head = stacked(sections).painted(rgb)
    inside = np.linalg.norm(head.face_centres()[:, [0, 2]], axis=1) < radius * 0.8
    return join(head.painted_where(inside, rgb * 0.5), _shank(d, radius, length).at(y=high * 0.99).painted(rgb))


def _eye_bolt(d: Draw) -> Solid:
    """A ring at the end of the shank, forged or bent from wire, upright."""
    radius = d(0.0025, 0.006)
    ring = radius * d(2.2, 3.4)
    eye = hoop(ring, radius * d(0.8, 1.1), 32).turned("x", 90).at(y=-ring)
    collar = cylinder(radius * d(1.1, 2.0), radius * 0.8, segments=24).at(y=-radius * 0.4)
    return join(eye, collar, _shank(d, radius, radius * d(6, 14))).painted(alloy(d))


def _u_bolt(d: Draw) -> Solid:
    """Two threaded legs under a bow, with nuts, now and then with the plate between them."""
    radius = d(0.0025, 0.005)
    half, leg = radius * d(3.5, 7), radius * d(6, 11)
    rgb = alloy(d)
    bow = tube(arc(half, half, 180, 360, 21), radius, 14)
    sides = [threaded(radius, 0, leg), _nut_body(6, radius * 1.9, radius, radius * 1.6).at(y=leg * d(0.4, 0.7))]
    parts = [bow, mirrored(join(*sides).at(x=half))]
    if d.chance(0.5):
        parts.append(box(half * 2 + radius * 5, radius * 0.9, radius * 4).at(y=leg * 0.35))
    return join(*parts).painted(rgb)


def _anchor_bolt(d: Draw) -> Solid:
    """A rod that is bent to an L or a J at its foot, with a nut on its thread."""
    radius = d(0.003, 0.006)
    long, soft, turn = radius * d(12, 18), radius * d(2, 3.5), d.pick(90.0, 90.0, 170.0)
    hook = arc(soft, soft, 180, 180 + turn, 9)
    ahead = np.array([np.sin(np.radians(turn)), -np.cos(np.radians(turn)), 0.0]) * radius * d(2, 4)
    shaft = tube([(-soft, long * 0.6, 0), *hook, hook[-1] + ahead], radius * 0.95, 14)
    thread = threaded(radius, long * 0.58, long).at(x=-soft)
    turned_on = _nut_body(6, radius * 1.95, radius, radius * 1.7).at(x=-soft, y=long * d(0.7, 0.85))
    return join(shaft, thread, turned_on).painted(alloy(d))


def _bolt_with_nut(d: Draw) -> Solid:
    """A hexagon bolt with its nut, and washers on either side of it or none."""
    radius, length = _measures(d)
    rgb, high = alloy(d), radius * 1.3
    place = high + length * d(0.3, 0.8)
    parts = [hexagon(radius * 1.95, high), _shank(d, radius, length).at(y=high * 0.99)]
    parts.append(_nut_body(6, radius * 1.95, radius * 0.96, radius * 1.6).at(y=place))
    if d.chance(0.6):
        ring = _washer(radius * d(2.1, 2.8), radius, radius * 0.3)
        parts += [ring.at(y=place - radius * 0.35), ring.at(y=high)]
    return join(*parts).painted(rgb)


def _polygon(sides: int, radius: float) -> np.ndarray:
    """(AROUND, 2) the outline of a regular polygon; `radius` reaches to its corners."""
    angle = np.arange(AROUND) * 2 * np.pi / AROUND
    within = angle % (2 * np.pi / sides) - np.pi / sides
    reach = radius * np.cos(np.pi / sides) / np.cos(within)
    return points(reach * np.cos(angle), reach * np.sin(angle))


def _nut_body(sides: int, radius: float, bore: float, height: float) -> Solid:
    """A prism on y = 0 with a threaded hole; its corners, `radius` from the axis, are chamfered."""
    outer, hole = _polygon(sides, radius), _polygon(AROUND, bore)
    flat = np.minimum(1, radius * 0.93 / np.linalg.norm(outer, axis=1, keepdims=True)) * outer
    rim = [(flat, 0.0), (outer, height * 0.1), (outer, height * 0.9), (flat, height)]
    levels = np.linspace(0.94, 0.06, 13) * height
    ridges = [(hole * (1.0 if k % 2 else 0.88), y) for k, y in enumerate(levels)]
    return stacked([*rim, (hole * 1.05, height), *ridges, (hole * 1.05, 0.0), rim[0]], capped=False)


@category
def nut(d: Draw) -> Solid:
    """Of a bolt: hexagon, square, flanged, capped, winged, long or with a ring of nylon; flat, on its side, or a few."""
    kinds = {"hex nut": _hex_nut, "square nut": _square_nut, "flange nut": _flange_nut, "cap nut": _cap_nut}
    kinds |= {"wing nut": _wing_nut, "coupling nut": _coupling_nut, "lock nut": _lock_nut, "handful of nuts": _nuts}
    return one_of(d, {"hex nut": _hex_nut} if d.chance(0.2) else kinds)


def _bore(d: Draw) -> float:
    """The radius of a thread from M5 to M20."""
    return d.pick(0.0025, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01)


def _dropped(d: Draw, made: Solid, share: float = 0.65) -> Solid:
    """Flat, or on one of its sides."""
    made = made if d.chance(share) else made.turned("y", 30).turned("x", 90)
    return made.turned("y", d(0, 360)).grounded()


def _hex_nut(d: Draw) -> Solid:
    bore = _bore(d)
    return _dropped(d, _nut_body(6, bore * d(1.85, 2.15), bore, bore * d(1.1, 1.8)).painted(alloy(d)))


def _square_nut(d: Draw) -> Solid:
    bore = _bore(d)
    return _dropped(d, _nut_body(4, bore * d(2.2, 2.5), bore, bore * d(0.9, 1.6)).painted(alloy(d)))


def _flange_nut(d: Draw) -> Solid:
    """A hexagon on a wide skirt."""
    bore = _bore(d) * 0.9
    wide = bore * d(2.3, 2.7)
    slope = [(bore, 0), (wide, 0), (wide, bore * 0.3), (bore * 1.7, bore * 0.7), (bore, bore * 0.7), (bore, 0)]
    return _dropped(
        d, join(lathe(slope, AROUND), _nut_body(6, bore * 1.9, bore, bore * d(1.6, 2.0))).painted(alloy(d)), 0.8
    )


def _cap_nut(d: Draw) -> Solid:
    """Closed by a dome, often bright."""
    bore = _bore(d) * 0.9
    high = bore * d(1.2, 1.7)
    angle = np.linspace(0, np.pi / 2, 8)
    dome = points(np.cos(angle), np.sin(angle)) * (bore * d(1.5, 1.65), bore * d(1.2, 1.7)) + (0, high)
    dome[-1, 0] = 0
    cap = lathe([(0, high * 0.8), (dome[0, 0], high * 0.8), *dome], 32)
    rgb = np.array((0.8, 0.81, 0.82)) if d.chance(0.5) else alloy(d)
    return _dropped(d, join(_nut_body(6, bore * 1.95, bore, high), cap).painted(rgb))


def _wing_nut(d: Draw) -> Solid:
    """A cone with two ears to turn it by hand."""
    bore = _bore(d) * 0.8
    high = bore * d(1.6, 2.2)
    slope = [(bore, 0), (bore * 1.9, 0), (bore * 1.45, high), (bore, high), (bore, 0)]
    reach, rise = bore * d(2.2, 2.9), high * d(1.2, 1.7)
    ear = superellipsoid(bore * d(1.9, 2.4), bore * d(2.2, 3.0), bore * 0.75, 0.25).turned("z", -d(10, 40))
    neck = tube([(bore * 1.35, high * 0.35, 0), (reach, rise * 0.75, 0)], bore * 0.5, 12)
    whole = join(lathe(slope, 32), mirrored(join(ear.at(x=reach - bore * 0.5, y=rise * 0.45), neck))).painted(alloy(d))
    return (whole if d.chance(0.55) else whole.turned("x", 90)).turned("y", d(0, 360)).grounded()


def _coupling_nut(d: Draw) -> Solid:
    """Three times as long as wide, to join two rods."""
    bore = _bore(d) * 0.8
    return _dropped(d, _nut_body(6, bore * 1.9, bore, bore * d(4, 6)).painted(alloy(d)), 0.4)


def _lock_nut(d: Draw) -> Solid:
    """With a ring of nylon, blue, white or red, in its collar."""
    bore = _bore(d)
    high = bore * d(1.3, 1.6)
    collar = [(bore * 1.1, high * 0.9), (bore * 1.55, high * 0.9), (bore * 1.4, high * 1.35), (bore * 1.1, high * 1.35)]
    ring = _washer(bore * 1.25, bore * 0.9, high * 0.32).at(y=high).painted(paint(d, "blue", "white", "red"))
    rgb = alloy(d)
    body = join(_nut_body(6, bore * 1.95, bore, high), lathe([*collar, collar[0]], AROUND)).painted(rgb)
    return _dropped(d, join(body, ring), 0.75)


def _nuts(d: Draw) -> Solid:
    """Two to four alike."""
    made = d.pick(_hex_nut, _hex_nut, _square_nut, _flange_nut)(d)
    return together(d, lambda d: _dropped(d, made), d.count(2, 5))


@category
def nail(d: Draw) -> Solid:
    """A common nail, one with a small or a broad head, a square cut one, a masonry nail; straight, bent, or a few."""
    kinds = {"common nail": _common, "finishing nail": _finishing, "roofing nail": _roofing, "cut nail": _cut}
    kinds |= {"masonry nail": _masonry, "bent nail": _bent, "handful of nails": _nails}
    made = one_of(d, {"common nail": _common} if d.chance(0.25) else kinds)
    if made.kind == "handful of nails":
        return made.grounded()
    return made.turned("z", 180).grounded() if d.chance(0.12) else _fallen(d, made)


def _fallen(d: Draw, made: Solid) -> Solid:
    """A nail along y on its side, so that the rim of its head and its point touch the table."""
    head, long = np.ptp(made.vertices[:, 2]) / 2, np.ptp(made.vertices[:, 1])
    return (
        made.turned("y", d(0, 360))
        .turned("x", 90 + np.degrees(np.arctan(head / long)))
        .turned("y", d(0, 360))
        .grounded()
    )


def _wire(d: Draw, path: np.ndarray, radius: float, head: float) -> Solid:
    """A nail of wire from its point along a path to its head, `head` in metres from the axis, with marks under it."""
    way = np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()
    size = radius * np.interp(np.concatenate([[0], way]), [0, radius * 3.5, way[-1]], [0.06, 1.0, 1.0])
    thick = min(radius * d(0.7, 1.1), 0.002)
    disc = lathe([(0, 0), (radius, 0), (head, thick * 0.5), (head * 0.97, thick), (0, thick)], 24).at(*path[-1])
    top = path[-1, 1]
    rings = [
        hoop(radius, radius * 0.1, 14).at(path[-1, 0], top - radius * (1.2 + 0.8 * k), path[-1, 2]) for k in range(4)
    ]
    return join(tube(path, size, 12), disc, *rings)


def _straight(length: float, radius: float) -> np.ndarray:
    return points(0.0, [0.0, radius * 3.5, length / 2, length], 0.0)


def _steel(d: Draw) -> np.ndarray:
    """Bright, galvanised, blackened or rusty."""
    rgb = d.pick((0.7, 0.71, 0.72), (0.6, 0.61, 0.62), (0.5, 0.51, 0.53), (0.24, 0.24, 0.25), *RUST)
    return np.clip(np.array(rgb) + d.normal(0, 0.02, 3), 0, 1)


def _common(d: Draw) -> Solid:
    length = d(0.03, 0.115)
    radius = length * d(0.017, 0.024) + 0.0003
    return _wire(d, _straight(length, radius), radius, radius * d(2.0, 2.6)).painted(_steel(d))


def _finishing(d: Draw) -> Solid:
    """A head hardly wider than the shank, to be sunk."""
    length = d(0.027, 0.08)
    radius = length * d(0.014, 0.02) + 0.0003
    return _wire(d, _straight(length, radius), radius, radius * d(1.3, 1.5)).painted(_steel(d))


def _roofing(d: Draw) -> Solid:
    """Short, with a broad flat head."""
    length = d(0.026, 0.05)
    radius = d(0.0013, 0.0018)
    return _wire(d, _straight(length, radius), radius, radius * d(3.0, 4.2)).painted(_steel(d))


def _cut(d: Draw) -> Solid:
    """Square and tapering all along, with a hammered head: old and mostly rusty."""
    length = d(0.035, 0.11)
    half = length * d(0.03, 0.045)
    shank = lathe([(0, 0), (half * 0.3, 0), (half * 0.66, length * 0.5), (half, length * 0.98), (0, length)], 4).turned(
        "y", 45
    )
    head = lathe(
        [
            (0, -half * 0.2),
            (half * d(1.5, 2.0), 0),
            (half * 1.3, half * 0.7),
            (half * 0.6, half * 0.8),
            (0, half * d(0.9, 1.3)),
        ],
        d.pick(4, 7),
    )
    rgb = np.array(d.pick(*RUST, (0.3, 0.3, 0.31), (0.5, 0.5, 0.5))) + d.normal(0, 0.02, 3)
    return join(shank.scaled(z=d(0.6, 1.0)), head.turned("y", 45).at(y=length)).painted(np.clip(rgb, 0, 1))


def _masonry(d: Draw) -> Solid:
    """Thick and hardened, fluted along its shank."""
    length, radius = d(0.03, 0.085), d(0.0016, 0.0026)
    angle = -np.arange(24) * np.pi / 12
    reach = radius * (1 + 0.14 * np.cos(8 * angle))
    levels = [(0.05, 0.0), (1.0, radius * 4), (1.0, length)]
    shank = loft([points(size * reach * np.cos(angle), y, size * reach * np.sin(angle)) for size, y in levels])
    head = cylinder(radius * d(1.9, 2.3), radius * 0.9, segments=24).at(y=length - radius * 0.2)
    rgb = np.array(d.pick((0.2, 0.2, 0.22), (0.62, 0.63, 0.64))) + d.normal(0, 0.02, 3)
    return join(shank, head).painted(np.clip(rgb, 0, 1))


def _bent(d: Draw) -> Solid:
    """Pulled out, or struck askew."""
    length = d(0.04, 0.11)
    radius, bow, place = length * d(0.017, 0.024) + 0.0003, d(0.12, 0.4), d(0.3, 0.65)
    knots = [
        (0, 0, 0),
        (bow * place * 0.5, place * 0.5, 0),
        (bow * place, place, 0),
        (bow * place * 0.7, place + 0.15, 0),
    ]
    path = smooth(np.array([*knots, (0.2 * bow * place, 1, 0)]) * length, 6)
    return _wire(d, path, radius, radius * d(2.0, 2.6)).painted(_steel(d))


def _nails(d: Draw) -> Solid:
    """Three to six of one sort, side by side and across."""
    made, parts, rise = d.pick(_common, _finishing, _roofing, _cut)(d), [], 0.0
    length = float(np.ptp(made.vertices[:, 1]))
    for _ in range(d.count(3, 7)):
        lying = _fallen(d, made).turned("y", d(0, 360)).at(d.normal(0, 0.12) * length, rise, d.normal(0, 0.12) * length)
        parts.append(lying)
        rise += float(np.ptp(lying.vertices[:, 1])) * 0.3
    return join(*parts)
