"""Parametric sanitary ware: toilet, sink."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.faucets import lever_faucet, swan, two_taps
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import GREY, metal, paint, wood
from cg3d.data.parametric.primitives import (
    box,
    cylinder,
    ellipse,
    lathe,
    rectangle,
    rod,
    smooth,
    stacked,
    superellipsoid,
    tube,
)
from cg3d.data.parametric.variants import one_of

CERAMICS = ("white", "white", "white", "beige", "grey", "black", "pink", "turquoise")


def _basin(width: float, depth: float, height: float, round_: bool, wall: float) -> Mesh:
    """A bowl with a flat rim: `width` along x, `depth` along z, its underside narrower."""
    outline = ellipse(width, depth, 40) if round_ else rectangle(width, depth, min(width, depth) * 0.15)
    inner = np.array([(width - 2 * wall) / width, (depth - 2 * wall) / depth])
    levels = [(0.55, 0.0), (0.85, height * 0.35), (1.0, height * 0.85), (1.0, height)]
    inside = [(1.0, height), (0.97, height * 0.8), (0.8, height * 0.4), (0.4, height * 0.22)]
    return stacked([(outline * size, y) for size, y in levels] + [(outline * inner * size, y) for size, y in inside])


def _small_faucet(rng: np.random.Generator, size: float) -> Mesh:
    """A faucet that looks towards +z, scaled to a basin."""
    kinds = [lever_faucet, two_taps, swan]
    tap = kinds[rng.integers(3)](rng).turned("y", -90)
    return tap.scaled(size, size, size).painted(metal(rng))


def sink(rng: np.random.Generator) -> Mesh:
    """A basin with a faucet: on a pedestal, on the wall, in a vanity, or one or two in a kitchen counter."""
    kinds = {
        "pedestal sink": _pedestal_sink,
        "washbasin": _wall_basin,
        "vanity sink": _vanity,
        "kitchen sink": _kitchen_sink,
    }
    return one_of(rng, kinds)


def _washbasin(rng: np.random.Generator) -> tuple[Mesh, float]:
    """A wall basin with a ledge for its faucet at the back, and its height."""
    width, depth, height = rng.uniform(0.42, 0.65), rng.uniform(0.36, 0.48), rng.uniform(0.13, 0.2)
    bowl = _basin(width, depth, height, bool(rng.random() < 0.6), 0.035)
    ledge = superellipsoid(width * rng.uniform(0.7, 1.0), height * 0.75, 0.13, 0.85).at(y=height * 0.28, z=-depth / 2)
    drain = cylinder(0.022, 0.004).at(y=height * 0.225).painted(GREY)
    tap = _small_faucet(rng, 0.85).at(y=height, z=-depth / 2 - 0.01)
    return join([join([bowl, ledge]).painted(paint(rng, CERAMICS)), drain, tap]), height


def _pedestal_sink(rng: np.random.Generator) -> Mesh:
    bowl, _ = _washbasin(rng)
    height, foot = rng.uniform(0.62, 0.72), rng.uniform(0.1, 0.14)
    knots = [
        (foot, 0),
        (foot * 0.85, 0.06),
        (foot * 0.55, height * 0.4),
        (foot * 0.7, height * 0.8),
        (foot * 1.2, height + 0.03),
    ]
    column = lathe([(0, 0), *smooth(knots), (0, height + 0.03)]).at(z=-0.05).painted(bowl.face_rgb[0])
    return join([bowl.at(y=height), column])


def _wall_basin(rng: np.random.Generator) -> Mesh:
    bowl, _ = _washbasin(rng)
    pipe = smooth([(0, 0.01, 0), (0, -0.1, 0), (0, -0.14, -0.04), (0, -0.08, -0.08), (0, -0.08, -0.24)], 5)
    return join([bowl, tube(pipe, 0.018).painted(metal(rng))]).grounded()


def _vanity(rng: np.random.Generator) -> Mesh:
    """A basin on or in a cupboard with two doors."""
    width, depth, height, rgb = rng.uniform(0.6, 0.95), rng.uniform(0.45, 0.55), rng.uniform(0.7, 0.8), wood(rng)
    body = [box(width, height - 0.03, depth).painted(rgb)]
    doors = mirrored(box(width / 2 - 0.02, height - 0.1, 0.018).at(x=width / 4, y=0.04, z=depth / 2 + 0.009)).painted(
        rgb
    )
    knobs = mirrored(superellipsoid(0.03, 0.03, 0.03).at(x=0.05, y=height * 0.6, z=depth / 2 + 0.03)).painted(
        metal(rng)
    )
    top = (
        box(width + 0.03, 0.03, depth + 0.03)
        .at(y=height - 0.03)
        .painted(paint(rng, ("white", "grey", "beige", "black")))
    )
    bowl = _basin(width * rng.uniform(0.55, 0.7), depth * 0.7, 0.14, bool(rng.random() < 0.6), 0.015)
    bowl = bowl.painted(paint(rng, CERAMICS)).at(y=height, z=0.04)
    return join([*body, doors, knobs, top, bowl, _small_faucet(rng, 1.0).at(y=height, z=-depth / 2 + 0.05)])


def _kitchen_sink(rng: np.random.Generator) -> Mesh:
    """A steel or stone plate with one or two square basins that hang below it."""
    basins, drop = int(rng.integers(1, 3)), rng.uniform(0.14, 0.2)
    size, depth, rgb = rng.uniform(0.36, 0.45), rng.uniform(0.48, 0.56), paint(rng, ("grey", "white", "black", "grey"))
    board = rng.choice([0.0, rng.uniform(0.3, 0.45)])
    inner = depth * 0.72
    parts = [_hanging_basin(size, inner, depth, drop).at(x=k * size) for k in range(basins)]
    right = (basins - 0.5) * size
    if board > 0:
        parts.append(box(board, 0.012, depth).at(x=right + board / 2))
        parts += [
            box(board * 0.85, 0.006, 0.012).at(x=right + board / 2, y=0.012, z=z)
            for z in np.linspace(-0.3, 0.3, 7) * depth
        ]
    tap = _small_faucet(rng, 1.0).at(x=(basins - 1) * size / 2, y=0.012, z=-depth / 2 + 0.05)
    return join([join(parts).painted(rgb), tap]).grounded()


def _hanging_basin(size: float, inner: float, depth: float, drop: float) -> Mesh:
    """A cell of a kitchen sink: a flange `size` by `depth` at y = 0 with a basin `drop` deep below it."""
    edge, hole, floor = (
        rectangle(size, depth, 0.01),
        rectangle(size * 0.86, inner, 0.05),
        rectangle(size * 0.8, inner * 0.9, 0.05),
    )
    move = np.array([0.0, depth * 0.06])
    outer = [(floor * 1.03 + move, -drop - 0.005), (hole * 1.02 + move, -0.005), (edge, 0.0)]
    cell = stacked([*outer, (edge, 0.012), (hole + move, 0.012), (floor + move, -drop)])
    return join([cell, cylinder(0.04, 0.006).at(y=-drop, z=move[1])])


def toilet(rng: np.random.Generator) -> Mesh:
    """A bowl with a seat and a cistern, its lid down, up or absent; or a wall-hung bowl without a cistern."""
    width, length, height = rng.uniform(0.34, 0.39), rng.uniform(0.42, 0.5), rng.uniform(0.36, 0.43)
    rgb = paint(rng, CERAMICS)
    seat_rgb = rgb if rng.random() < 0.6 else (wood(rng) if rng.random() < 0.5 else paint(rng))
    rim = _egg(width, length)
    hung, back = rng.random() < 0.2, -length * 0.5
    parts = [_hung_bowl(rim, height) if hung else _standing_bowl(rng, rim, height)]
    parts += [] if hung else _cistern(rng, width, height, back)
    seat = _toilet_seat(rng, rim * 1.03, back + 0.04).at(y=height).painted(seat_rgb)
    tank = [part.painted(rgb) for part in parts]
    return join([*tank, seat]).grounded().called("wall-hung toilet" if hung else "")


def _egg(width: float, length: float) -> np.ndarray:
    """(40, 2) outline of a toilet's rim in x and z; it is narrower in front, at +z."""
    outline = ellipse(width, length, 40)
    return np.column_stack([outline[:, 0] * (1 - 0.12 * outline[:, 1] / length), outline[:, 1]])


def _standing_bowl(rng: np.random.Generator, rim: np.ndarray, height: float) -> Mesh:
    foot, waist = rng.uniform(0.55, 0.75), rng.uniform(0.45, 0.65)
    move = np.array([0.0, -0.05])
    outer = [(foot, 0.0), (waist, height * 0.35), (0.85, height * 0.7), (1.0, height * 0.92), (1.0, height)]
    inner = [(0.78, height), (0.7, height * 0.8), (0.35, height * 0.5)]
    sections = [(rim * size + move * (1 - size) * 3, y) for size, y in outer] + [(rim * size, y) for size, y in inner]
    return stacked(sections)


def _hung_bowl(rim: np.ndarray, height: float) -> Mesh:
    """A bowl that leaves the floor free, in front of a wall plate with a button."""
    move = np.array([0.0, -0.06])
    outer = [(0.6, height * 0.25), (0.9, height * 0.55), (1.0, height * 0.9), (1.0, height)]
    inner = [(0.78, height), (0.7, height * 0.85), (0.35, height * 0.6)]
    bowl = stacked([(rim * size + move * (1 - size) * 3, y) for size, y in (*outer, *inner)])
    back = float(rim[:, 1].min())
    wall = box(0.6, height + 0.65, 0.03).at(z=back - 0.02)
    return join([bowl, wall, box(0.22, 0.14, 0.015).at(y=height + 0.38, z=back)])


def _cistern(rng: np.random.Generator, width: float, height: float, back: float) -> list[Mesh]:
    """The tank behind the bowl with its lid and a lever or a button."""
    wide, tall, deep = width * rng.uniform(1.0, 1.25), rng.uniform(0.3, 0.42), rng.uniform(0.15, 0.2)
    base = box(width * 0.75, height * 0.25, 0.2).at(y=height * 0.74, z=back)
    sections = [(rectangle(wide * 0.9, deep * 0.9, 0.03), 0.0), (rectangle(wide, deep, 0.03), tall)]
    tank = stacked(sections).at(y=height - 0.01, z=back - deep * 0.35)
    lid = stacked([(rectangle(wide + 0.03, deep + 0.03, 0.03), y) for y in (0.0, 0.035)]).at(
        y=height + tall - 0.01, z=back - deep * 0.35
    )
    if rng.random() < 0.5:
        button = cylinder(0.025, 0.01).at(y=height + tall + 0.025, z=back - deep * 0.35)
    else:
        button = rod((wide * 0.38, 0, 0), (wide * 0.2, -0.01, 0.01), 0.009).at(
            y=height + tall * 0.85, z=back + deep * 0.18
        )
    return [base, tank, lid, button]


def _toilet_seat(rng: np.random.Generator, outline: np.ndarray, hinge: float) -> Mesh:
    """The ring and its lid above y = 0, hinged at z = `hinge`: both down, the lid up, both up, or no lid."""
    hole = outline * (0.66, 0.7) + (0, 0.015)
    ring = stacked([(outline, 0.002), (outline, 0.022), (hole, 0.022), (hole, 0.002), (outline, 0.002)], capped=False)
    lid = stacked([(outline, 0.024), (outline, 0.036), (outline * 0.9, 0.045)])
    state = rng.choice(["closed", "lid up", "lid up", "both up", "no lid"])

    def tilt(part: Mesh) -> Mesh:
        return part.at(z=-hinge).turned("x", -97).at(z=hinge)

    if state == "no lid":
        return ring
    return join([tilt(ring) if state == "both up" else ring, lid if state == "closed" else tilt(lid)])
