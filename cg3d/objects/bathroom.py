"""Sanitary ware: bathtub, faucet, sink, toilet."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, ellipse, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import GREY, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, lathe, rod, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored

CERAMICS = ("white", "white", "white", "beige", "grey", "black", "pink", "turquoise")


@category
def faucet(d: Draw) -> Solid:
    """A spout with one lever, with two taps, with a high swan neck, or a tap on the wall."""
    kinds = {"single-lever faucet": lever_faucet, "two-handle faucet": two_taps}
    kinds |= {"kitchen faucet": swan, "tap": _wall_tap}
    rgb = metal(d) if d.chance(0.8) else paint(d, "yellow", "brown", "orange")
    return one_of(d, kinds).painted(rgb)


def _cross(d: Draw, size: float) -> Solid:
    """A tap's handle about the y axis: four arms, a lever or a fluted knob."""
    stem = cylinder(size * 0.3, size * 0.9)
    kind = d.integers(3)
    if kind == 0:
        arm = join(
            rod((0, 0, 0), (size, 0, 0), size * 0.16),
            superellipsoid(size * 0.45, size * 0.45, size * 0.45).at(size, -size * 0.22),
        )
        return join(stem, *(arm.turned("y", 90 * k).at(y=size * 0.9) for k in range(4)))
    if kind == 1:
        return join(stem, rod((0, size * 0.9, 0), (size * 1.8, size * 1.3, 0), size * 0.22, size * 0.15))
    return join(stem, cylinder(size * 0.75, size * 0.8, size * 0.6, segments=8).at(y=size * 0.7))


def _nozzle(curve: np.ndarray, thick: float) -> Solid:
    """A spout along a curve with a wider mouth at its end."""
    return join(tube(curve, thick), rod(curve[-1] + (0, 0.012, 0), curve[-1] - (0, 0.01, 0), thick * 1.25))


def lever_faucet(d: Draw) -> Solid:
    height, radius, reach = d(0.09, 0.2), d(0.018, 0.026), d(0.1, 0.15)
    level = height * d(0.6, 0.8)
    spout = smooth(
        [(0, level, 0), (reach * 0.6, level + 0.025, 0), (reach * 0.95, level + 0.015, 0), (reach, level - 0.02, 0)]
    )
    lever = rod((0, 0, 0), (-d(0.06, 0.1), d(0.0, 0.06), 0), 0.008, 0.006)
    lever = lever.turned("y", d.pick(0.0, 180.0, 180.0)).at(y=height + 0.02)
    cap = superellipsoid(2 * radius, 0.04, 2 * radius, 0.4).at(y=height)
    return join(
        cylinder(radius * 1.3, 0.012), cylinder(radius, height), cap, lever, _nozzle(spout, radius * d(0.55, 0.8))
    )


def two_taps(d: Draw) -> Solid:
    half, reach, height = d(0.075, 0.11), d(0.1, 0.15), d(0.06, 0.2)
    knots = [(0, 0, 0), (0, height * 0.8, 0), (reach * 0.5, height * 1.15, 0)]
    knots += [(reach * 0.95, height, 0), (reach, height * 0.75, 0)]
    spout = smooth(knots)
    handle = join(cylinder(0.022, 0.03, 0.016), _cross(d, d(0.02, 0.028)).at(y=0.028))
    plate = box(0.05, 0.012, 2 * half + 0.06) if d.chance(0.6) else cylinder(0.025, 0.012)
    return join(plate, _nozzle(spout, 0.012), mirrored(handle.at(y=0.008, z=half), "z"))


def swan(d: Draw) -> Solid:
    rise, reach, thick = d(0.2, 0.32), d(0.08, 0.12), d(0.01, 0.014)
    if d.chance(0.6):
        bow = np.concatenate([[(0, 0, 0), (0, rise * 0.5, 0)], (np.add(arc(reach, reach, 180, -10), (reach, rise, 0)))])
    else:
        knots = [(0, 0, 0), (0, rise + reach * 0.7, 0), (0.03, rise + reach, 0)]
        knots += [(2 * reach, rise + reach, 0), (2.05 * reach, rise, 0)]
        bow = smooth(knots, 12)
    handle = rod((0, 0.05, 0.02), (0, 0.05, 0.05), 0.014)
    lever = rod((0, 0.05, 0.045), (0, d(0.05, 0.13), 0.11), 0.006)
    return join(cylinder(0.028, 0.01), cylinder(0.023, 0.09), handle, lever, _nozzle(bow, thick))


def _wall_tap(d: Draw) -> Solid:
    """A garden tap: a rose at the wall, a body with a handle on top, and a spout that bends down."""
    reach, thick = d(0.07, 0.11), d(0.011, 0.015)
    curve = smooth([(0, 0, 0), (reach * 0.6, 0, 0), (reach * 0.95, -0.01, 0), (reach, -0.05, 0)])
    rose = cylinder(0.032, 0.01).turned("z", -90)
    body = cylinder(thick * 1.4, 0.045, thick).at(x=reach * 0.45)
    return join(rose, _nozzle(curve, thick), body, _cross(d, d(0.02, 0.03)).at(x=reach * 0.45, y=0.04)).grounded()


def _basin(width: float, depth: float, height: float, round_: bool, wall: float) -> Solid:
    """A bowl with a flat rim: `width` along x, `depth` along z, its underside narrower."""
    outline = ellipse(width, depth, 40) if round_ else rectangle(width, depth, min(width, depth) * 0.15)
    inner = np.array([(width - 2 * wall) / width, (depth - 2 * wall) / depth])
    levels = [(0.55, 0.0), (0.85, height * 0.35), (1.0, height * 0.85), (1.0, height)]
    inside = [(1.0, height), (0.97, height * 0.8), (0.8, height * 0.4), (0.4, height * 0.22)]
    return stacked([(outline * size, y) for size, y in levels] + [(outline * inner * size, y) for size, y in inside])


def _small_faucet(d: Draw, size: float) -> Solid:
    """A faucet that looks towards +z, scaled to a basin."""
    kinds = [lever_faucet, two_taps, swan]
    tap = d.pick(*kinds)(d).turned("y", -90)
    return tap.resized(size).painted(metal(d))


@category
def sink(d: Draw) -> Solid:
    """A basin with a faucet: on a pedestal, on the wall, in a vanity, or one or two in a kitchen counter."""
    kinds = {"pedestal sink": _pedestal_sink, "washbasin": _wall_basin}
    kinds |= {"vanity sink": _vanity, "kitchen sink": _kitchen_sink}
    return one_of(d, kinds)


def _washbasin(d: Draw) -> tuple[Solid, float]:
    """A wall basin with a ledge for its faucet at the back, and its height."""
    width, depth, height = d(0.42, 0.65), d(0.36, 0.48), d(0.13, 0.2)
    bowl = _basin(width, depth, height, d.chance(0.6), 0.035)
    ledge = superellipsoid(width * d(0.7, 1.0), height * 0.75, 0.13, 0.85).at(y=height * 0.28, z=-depth / 2)
    drain = cylinder(0.022, 0.004).at(y=height * 0.225).painted(GREY)
    tap = _small_faucet(d, 0.85).at(y=height, z=-depth / 2 - 0.01)
    return join(join(bowl, ledge).painted(paint(d, *CERAMICS)), drain, tap), height


def _pedestal_sink(d: Draw) -> Solid:
    bowl, _ = _washbasin(d)
    height, foot = d(0.62, 0.72), d(0.1, 0.14)
    knots = [(foot, 0), (foot * 0.85, 0.06), (foot * 0.55, height * 0.4)]
    knots += [(foot * 0.7, height * 0.8), (foot * 1.2, height + 0.03)]
    column = lathe([(0, 0), *smooth(knots), (0, height + 0.03)]).at(z=-0.05).painted(bowl.face_rgb[0])
    return join(bowl.at(y=height), column)


def _wall_basin(d: Draw) -> Solid:
    bowl, _ = _washbasin(d)
    pipe = smooth([(0, 0.01, 0), (0, -0.1, 0), (0, -0.14, -0.04), (0, -0.08, -0.08), (0, -0.08, -0.24)], 5)
    return join(bowl, tube(pipe, 0.018).painted(metal(d))).grounded()


def _vanity(d: Draw) -> Solid:
    """A basin on or in a cupboard with two doors."""
    width, depth, height, rgb = d(0.6, 0.95), d(0.45, 0.55), d(0.7, 0.8), wood(d)
    body = [box(width, height - 0.03, depth).painted(rgb)]
    doors = mirrored(box(width / 2 - 0.02, height - 0.1, 0.018).at(x=width / 4, y=0.04, z=depth / 2 + 0.009))
    doors = doors.painted(rgb)
    knobs = mirrored(superellipsoid(0.03, 0.03, 0.03).at(x=0.05, y=height * 0.6, z=depth / 2 + 0.03)).painted(metal(d))
    top = box(width + 0.03, 0.03, depth + 0.03).at(y=height - 0.03).painted(paint(d, "white", "grey", "beige", "black"))
    bowl = _basin(width * d(0.55, 0.7), depth * 0.7, 0.14, d.chance(0.6), 0.015)
    bowl = bowl.painted(paint(d, *CERAMICS)).at(y=height, z=0.04)
    return join(*body, doors, knobs, top, bowl, _small_faucet(d, 1.0).at(y=height, z=-depth / 2 + 0.05))


def _kitchen_sink(d: Draw) -> Solid:
    """A steel or stone plate with one or two square basins that hang below it."""
    basins, drop = d.count(1, 3), d(0.14, 0.2)
    size, depth, rgb = d(0.36, 0.45), d(0.48, 0.56), paint(d, "grey", "white", "black", "grey")
    board = d.pick(0.0, d(0.3, 0.45))
    inner = depth * 0.72
    parts = [_hanging_basin(size, inner, depth, drop).at(x=k * size) for k in range(basins)]
    right = (basins - 0.5) * size
    if board > 0:
        parts.append(box(board, 0.012, depth).at(x=right + board / 2))
        parts += [
            box(board * 0.85, 0.006, 0.012).at(x=right + board / 2, y=0.012, z=z)
            for z in np.linspace(-0.3, 0.3, 7) * depth
        ]
    tap = _small_faucet(d, 1.0).at(x=(basins - 1) * size / 2, y=0.012, z=-depth / 2 + 0.05)
    return join(join(*parts).painted(rgb), tap).grounded()


def _hanging_basin(size: float, inner: float, depth: float, drop: float) -> Solid:
    """A cell of a kitchen sink: a flange `size` by `depth` at y = 0 with a basin `drop` deep below it."""
    edge, hole, floor = (
        rectangle(size, depth, 0.01),
        rectangle(size * 0.86, inner, 0.05),
        rectangle(size * 0.8, inner * 0.9, 0.05),
    )
    move = np.array([0.0, depth * 0.06])
    outer = [(floor * 1.03 + move, -drop - 0.005), (hole * 1.02 + move, -0.005), (edge, 0.0)]
    cell = stacked([*outer, (edge, 0.012), (hole + move, 0.012), (floor + move, -drop)])
    return join(cell, cylinder(0.04, 0.006).at(y=-drop, z=move[1]))


@category
def toilet(d: Draw) -> Solid:
    """A bowl with a seat and a cistern, its lid down, up or absent; or a wall-hung bowl without a cistern."""
    width, length, height = d(0.34, 0.39), d(0.42, 0.5), d(0.36, 0.43)
    rgb = paint(d, *CERAMICS)
    seat_rgb = rgb if d.chance(0.6) else (wood(d) if d.chance(0.5) else paint(d))
    rim = _egg(width, length)
    hung, back = d.chance(0.2), -length * 0.5
    parts = [_hung_bowl(rim, height) if hung else _standing_bowl(d, rim, height)]
    parts += [] if hung else _cistern(d, width, height, back)
    seat = _toilet_seat(d, rim * 1.03, back + 0.04).at(y=height).painted(seat_rgb)
    tank = [part.painted(rgb) for part in parts]
    return join(*tank, seat).grounded().called("wall-hung toilet" if hung else "")


def _egg(width: float, length: float) -> np.ndarray:
    """(40, 2) outline of a toilet's rim in x and z; it is narrower in front, at +z."""
    outline = ellipse(width, length, 40)
    return points(outline[:, 0] * (1 - 0.12 * outline[:, 1] / length), outline[:, 1])


def _standing_bowl(d: Draw, rim: np.ndarray, height: float) -> Solid:
    foot, waist = d(0.55, 0.75), d(0.45, 0.65)
    move = np.array([0.0, -0.05])
    outer = [(foot, 0.0), (waist, height * 0.35), (0.85, height * 0.7), (1.0, height * 0.92), (1.0, height)]
    inner = [(0.78, height), (0.7, height * 0.8), (0.35, height * 0.5)]
    sections = [(rim * size + move * (1 - size) * 3, y) for size, y in outer] + [(rim * size, y) for size, y in inner]
    return stacked(sections)


def _hung_bowl(rim: np.ndarray, height: float) -> Solid:
    """A bowl that leaves the floor free, in front of a wall plate with a button."""
    move = np.array([0.0, -0.06])
    outer = [(0.6, height * 0.25), (0.9, height * 0.55), (1.0, height * 0.9), (1.0, height)]
    inner = [(0.78, height), (0.7, height * 0.85), (0.35, height * 0.6)]
    bowl = stacked([(rim * size + move * (1 - size) * 3, y) for size, y in (*outer, *inner)])
    back = float(rim[:, 1].min())
    wall = box(0.6, height + 0.65, 0.03).at(z=back - 0.02)
    return join(bowl, wall, box(0.22, 0.14, 0.015).at(y=height + 0.38, z=back))


def _cistern(d: Draw, width: float, height: float, back: float) -> list[Solid]:
    """The tank behind the bowl with its lid and a lever or a button."""
    wide, tall, deep = width * d(1.0, 1.25), d(0.3, 0.42), d(0.15, 0.2)
    base = box(width * 0.75, height * 0.25, 0.2).at(y=height * 0.74, z=back)
    sections = [(rectangle(wide * 0.9, deep * 0.9, 0.03), 0.0), (rectangle(wide, deep, 0.03), tall)]
    tank = stacked(sections).at(y=height - 0.01, z=back - deep * 0.35)
    lid = stacked([(rectangle(wide + 0.03, deep + 0.03, 0.03), y) for y in (0.0, 0.035)])
    lid = lid.at(y=height + tall - 0.01, z=back - deep * 0.35)
    if d.chance(0.5):
        button = cylinder(0.025, 0.01).at(y=height + tall + 0.025, z=back - deep * 0.35)
    else:
        button = rod((wide * 0.38, 0, 0), (wide * 0.2, -0.01, 0.01), 0.009)
        button = button.at(y=height + tall * 0.85, z=back + deep * 0.18)
    return [base, tank, lid, button]


def _toilet_seat(d: Draw, outline: np.ndarray, hinge: float) -> Solid:
    """The ring and its lid above y = 0, hinged at z = `hinge`: both down, the lid up, both up, or no lid."""
    hole = outline * (0.66, 0.7) + (0, 0.015)
    ring = stacked([(outline, 0.002), (outline, 0.022), (hole, 0.022), (hole, 0.002), (outline, 0.002)], capped=False)
    lid = stacked([(outline, 0.024), (outline, 0.036), (outline * 0.9, 0.045)])
    state = d.pick("closed", "lid up", "lid up", "both up", "no lid")

    def tilt(part: Solid) -> Solid:
        return part.at(z=-hinge).turned("x", -97).at(z=hinge)

    if state == "no lid":
        return ring
    return join(tilt(ring) if state == "both up" else ring, lid if state == "closed" else tilt(lid))


@category
def bathtub(d: Draw) -> Solid:
    """A tub to lie in: on claw feet, free-standing, built in, or a corner tub."""
    kinds = {"clawfoot bathtub": _clawfoot, "freestanding bathtub": _freestanding, "built-in bathtub": _built_in}
    return one_of(d, kinds)


def _tub(outline: np.ndarray, height: float, foot: float, rim: float) -> Solid:
    """A hollow body over `outline`; `foot` is the size of its floor in parts of it, `rim` the width of the edge, metres."""
    wide = np.ptp(outline, axis=0)
    inner = (wide - 2 * rim) / wide
    outer = [(foot, 0.0), (foot + (1 - foot) * 0.55, height * 0.25)]
    outer += [(0.97, height * 0.75), (1.0, height - 0.03), (1.0, height)]
    inside = [(1.0, height), (0.96, height * 0.7), (foot + (1 - foot) * 0.5, height * 0.3), (foot * 0.85, height * 0.2)]
    return stacked([(outline * size, y) for size, y in outer] + [(outline * inner * size, y) for size, y in inside])


def _bath_outline(d: Draw) -> np.ndarray:
    length, width = d(1.4, 1.8), d(0.68, 0.82)
    return ellipse(length, width, 48) if d.chance(0.4) else rectangle(length, width, width * d(0.35, 0.5))


def _bath_tap(d: Draw) -> Solid:
    kinds = [lever_faucet, two_taps]
    return d.pick(*kinds)(d).scaled(1.4, 1.2, 1.4).painted(metal(d))


def _clawfoot(d: Draw) -> Solid:
    outline, height, lift = _bath_outline(d), d(0.42, 0.5), d(0.1, 0.16)
    tub = _tub(outline, height, 0.75, 0.04)
    long, wide = np.ptp(outline, axis=0)
    if d.chance(0.6):  # a slipper: the head end swept up
        rise = np.clip(tub.vertices[:, 0] / long, 0, None) ** 2 * 4 * d(0.1, 0.2) * tub.vertices[:, 1] / height
        tub = tub.reshaped(tub.vertices + np.outer(rise, (0, 1, 0)))
    claw = tube(smooth([(0, lift + 0.1, 0), (0.05, lift * 0.7, 0.05), (0.02, 0.04, 0.02), (0.05, 0.015, 0.05)]), 0.022)
    feet = mirrored(mirrored(claw.at(long * 0.27, 0, wide * 0.24)), "z").painted(metal(d))
    inside = paint(d, "white")
    body = tub.painted(paint(d, *CERAMICS) if d.chance(0.5) else inside)
    tap = _bath_tap(d).at(x=-long * 0.49, y=lift + height)
    return join(body.at(y=lift), feet, tap)


def _freestanding(d: Draw) -> Solid:
    outline, height = _bath_outline(d), d(0.52, 0.62)
    rgb = paint(d, *CERAMICS)
    pillar = smooth(
        [(0, 0, 0), (0, height + 0.3, 0), (0.08, height + 0.36, 0), (0.2, height + 0.33, 0), (0.22, height + 0.26, 0)]
    )
    tap = tube(pillar, 0.018).at(x=-np.ptp(outline[:, 0]) / 2 - 0.06).painted(metal(d))
    return join(_tub(outline, height, d(0.7, 0.88), d(0.03, 0.05)).painted(rgb), tap)


def _built_in(d: Draw) -> Solid:
    """A tub sunk into a rectangular apron with a wide edge."""
    length, width, height = d(1.4, 1.8), d(0.7, 0.85), d(0.45, 0.58)
    outer = rectangle(length, width, 0.02)
    hole = rectangle(length - 0.2, width - 0.16, d(0.12, 0.3))
    sections = [(outer, 0.0), (outer, height), (hole, height)]
    sections += [(hole * (0.95, 0.93), height * 0.6), (hole * (0.82, 0.75), height * 0.25)]
    rgb = paint(d, *CERAMICS)
    tap = _bath_tap(d).at(x=-length / 2 + 0.05, y=height)
    return join(stacked(sections).painted(rgb), tap)
