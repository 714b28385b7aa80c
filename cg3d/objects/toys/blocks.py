"""What children build with: toy brick, wooden block."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.cuboids import cuboid
from cg3d.objects.shapes.curves import points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint, wood
from cg3d.objects.shapes.primitives import box, extrude, lathe, loft, stacked
from cg3d.objects.shapes.resting import on_any_face, toppled
from cg3d.objects.shapes.solid import Solid, join

BRIGHT = ("red", "blue", "yellow", "green", "white", "orange", "black", "grey", "turquoise", "pink")


class Grid(NamedTuple):
    """Sizes of a system of bricks in metres."""

    pitch: float  # from stud to stud
    height: float
    stud: float  # radius
    rise: float  # of the studs
    wall: float


SMALL = Grid(0.008, 0.0096, 0.0024, 0.0018, 0.0015)
LARGE = Grid(0.016, 0.0192, 0.0047, 0.0044, 0.002)
JUMBO = Grid(0.032, 0.032, 0.0105, 0.0085, 0.003)
LAYOUTS = ((2, 2), (2, 4), (2, 4), (1, 4), (1, 2), (2, 3), (2, 6), (1, 6), (4, 4))  # studs across and along


@category
def toy_brick(d: Draw) -> Solid:
    """Small, large and jumbo bricks with one to four rows of studs, hollow below; flat plates, roofs, stacks of some."""
    kinds: dict[str, Maker] = {"building brick": _single, "duplo brick": _single, "stack of toy bricks": _stack}
    kinds |= {"brick plate": _plate, "roof brick": _roof}
    return one_of(d, kinds) if d.chance(0.6) else _single(d).called("building brick")


def _grid(d: Draw) -> Grid:
    """One of the systems; now and then none of the well-known ones."""
    grid = d.pick(SMALL, SMALL, SMALL, LARGE, LARGE, LARGE, JUMBO)
    return Grid(*(np.array(grid) * d(0.8, 1.3))) if d.chance(0.2) else grid


def _studs(grid: Grid, across: int, along: int, y: float) -> Solid:
    profile = np.array([(0, -0.2), (1, -0.2), (1, 0.88), (0.92, 1), (0, 1)]) * (grid.stud, grid.rise)
    stud = lathe(profile, 20)
    x, z = (np.arange(along) - (along - 1) / 2) * grid.pitch, (np.arange(across) - (across - 1) / 2) * grid.pitch
    return join(*(stud.at(a, y, b) for a in x for b in z))


def _brick(grid: Grid, across: int, along: int, height: float, hollow: bool = True) -> Solid:
    """A brick along x with its studs; below it lies open on tubes, or pins under a single row, where it is hollow."""
    long, deep, edge = along * grid.pitch - 0.0002, across * grid.pitch - 0.0002, grid.pitch * 0.02
    outside = [(rectangle(long, deep, edge), 0.0), (rectangle(long, deep, edge), height - edge)]
    outside.append((rectangle(long - 2 * edge, deep - 2 * edge, edge / 2), height))
    if not hollow:
        return join(stacked(outside), _studs(grid, across, along, height))
    inside = rectangle(long - 2 * grid.wall, deep - 2 * grid.wall, edge)
    shell = stacked([(inside, height - grid.wall), (inside, 0.0), *outside])
    return join(shell, _studs(grid, across, along, height), *_tubes(grid, across, along, height - grid.wall / 2))


def _tubes(grid: Grid, across: int, along: int, height: float) -> list[Solid]:
    """What holds the studs of the brick below, between them."""
    outer, inner = grid.pitch * 0.407, grid.stud
    ring = lathe([(inner, 0), (outer, 0), (outer, height), (inner, height), (inner, 0)], 20)
    pin = lathe([(0, 0), (grid.stud * 0.6, 0), (grid.stud * 0.6, height), (0, height)], 14)
    z = (np.arange(across - 1) - (across - 2) / 2) * grid.pitch if across > 1 else np.zeros(1)
    x = (np.arange(along - 1) - (along - 2) / 2) * grid.pitch
    return [(ring if across > 1 else pin).at(a, 0, b) for a in x for b in z]


def _lying(d: Draw, brick: Solid) -> Solid:
    """On its foot as a rule, else on its studs, a side or an end."""
    return (brick if d.chance(0.5) else on_any_face(d, brick)).grounded()


def _single(d: Draw) -> Solid:
    grid = _grid(d)
    across, along = d.pick(*(LAYOUTS[:2] if grid.pitch > 0.025 else LAYOUTS))
    brick = _brick(grid, across, along, grid.height)
    return _lying(d, brick.painted(paint(d, *BRIGHT))).called("duplo brick" if grid is LARGE else "building brick")


def _plate(d: Draw) -> Solid:
    """A third as tall as a brick, and often wide."""
    grid = d.pick(SMALL, SMALL, LARGE)
    across, along = d.pick((2, 4), (2, 6), (4, 4), (4, 6), (2, 8), (1, 6), (4, 8))
    return _lying(d, _brick(grid, across, along, grid.height / 3).painted(paint(d, *BRIGHT)))


def _roof(d: Draw) -> Solid:
    """One row of studs above a slope."""
    grid, along = _grid(d), d.count(1, 5)
    long, deep, low = along * grid.pitch, 2 * grid.pitch, grid.height * 0.15
    side = [(-deep / 2, 0), (deep / 2, 0), (deep / 2, low), (0, grid.height), (-deep / 2, grid.height)]
    body = extrude(side, long).turned("y", -90)
    return _lying(d, join(body, _studs(grid, 1, along, grid.height).at(z=-grid.pitch / 2)).painted(paint(d, *BRIGHT)))


def _stack(d: Draw) -> Solid:
    """Two to four bricks one on another, in line, shifted by whole studs or turned by a right angle."""
    grid, parts, same = _grid(d), [], d.chance(0.3)
    rgb, first = paint(d, *BRIGHT), d.pick((2, 2), (2, 4), (2, 3), (1, 4))
    for k in range(d.count(2, 5)):
        across, along = first if d.chance(0.6) else d.pick((2, 2), (2, 4))
        brick = _brick(grid, across, along, grid.height, hollow=k == 0).painted(rgb if same else paint(d, *BRIGHT))
        turn = 90 if across == 2 and along != 3 and d.chance(0.3) else 0
        shift = grid.pitch * d.pick(0, 0, -1, 1) * (k > 0)
        parts.append(brick.turned("y", turn).at(shift, k * grid.height))
    return join(*parts).turned("y", d(0, 360)) if d.chance(0.8) else on_any_face(d, join(*parts))


@category
def wooden_block(d: Draw) -> Solid:
    """Cubes, oblongs, planks, pillars, triangles, half rounds, arches, letter cubes, bare or painted; small towers."""
    kinds: dict[str, Maker] = {"wooden cube": _cube, "wooden brick": _oblong, "wooden arch": _arch, "plank": _plank}
    kinds |= {"wooden triangle": _triangle, "wooden cylinder": _pillar, "half-round block": _half_round}
    kinds |= {"alphabet block": _letter_cube, "tower of blocks": _tower, "toy block": _oblong}
    return one_of(d, kinds)


def _unit(d: Draw) -> float:
    """The edge of a cube of the set."""
    return d.pick(d(0.025, 0.04), d(0.03, 0.05), d(0.04, 0.07))


def _stain(d: Draw) -> np.ndarray:
    return wood(d) if d.chance(0.55) else paint(d, *BRIGHT)


def _solid_wood(d: Draw, width: float, height: float, depth: float) -> Solid:
    """An oblong with edges from sharp to well rounded."""
    return on_any_face(d, cuboid(width, height, depth, d(0.02, 0.2) * min(width, height, depth), 3)).painted(_stain(d))


def _cube(d: Draw) -> Solid:
    size = _unit(d)
    return _solid_wood(d, size, size, size)


def _oblong(d: Draw) -> Solid:
    size = _unit(d)
    return _solid_wood(d, size * d.pick(1.5, 2.0, 3.0, d(1, 4)), size, size * d.pick(0.5, 1.0, d(0.4, 1)))


def _plank(d: Draw) -> Solid:
    size = _unit(d)
    return _solid_wood(d, size * d(2.5, 3.8), size * d(0.2, 0.35), size * d(0.7, 1.0))


def _pillar(d: Draw) -> Solid:
    """A cylinder or a thick disc."""
    size = _unit(d)
    radius, height, edge = size / 2, size * d(0.4, 2.2), size * d(0.02, 0.08)
    side = [(radius - edge, 0), (radius, edge), (radius, height - edge), (radius - edge, height)]
    return on_any_face(d, lathe([(0, 0), *side, (0, height)], 36)).painted(_stain(d))


def _triangle(d: Draw) -> Solid:
    """A roof or a wedge."""
    size, height = _unit(d) * d(1, 2), d(0.4, 0.9)
    tip = d.pick(0.0, -0.47)
    outline = np.array([(-0.5, 0), (0.5, 0), (0.5, 0.02), (tip + 0.02, height), (tip - 0.02, height), (-0.5, 0.02)])
    roof = extrude(outline * size, size * d(0.4, 0.9))
    return toppled(d, roof, 0.4, "x").turned("y", d(0, 360)).painted(_stain(d))


def _half_round(d: Draw) -> Solid:
    size = _unit(d)
    angle = np.linspace(0, np.pi, 19)
    half = points(size * np.cos(angle), size * d(0.8, 1.0) * np.sin(angle))
    return on_any_face(d, extrude(half, size * d(0.5, 1.0))).painted(_stain(d))


def _arch(d: Draw) -> Solid:
    """A bridge: an oblong with a half circle cut out below."""
    size = _unit(d)
    radius, half, deep = size * d(0.5, 0.9), size * d(1.0, 1.5), size * d(0.25, 0.5)
    height = radius + size * d(0.15, 0.5)
    angle = np.linspace(np.pi, 0, 21)
    x = np.array([-half, *(radius * np.cos(angle)), half])
    low = np.array([0.0, *(radius * np.sin(angle)), 0.0])
    rings = [[(a, b, -deep), (a, height, -deep), (a, height, deep), (a, b, deep)] for a, b in zip(x, low, strict=True)]
    return on_any_face(d, loft(rings)).painted(_stain(d))


def _letter_cube(d: Draw) -> Solid:
    """A cube with a raised frame and a raised sign on each face."""
    size, bare = d(0.028, 0.05), wood(d)
    body = cuboid(size, size, size, size * 0.05, 3).painted(bare)
    parts, rise = [body], size * 0.03
    for axis, turn in [("y", 0), ("y", 90), ("y", 180), ("y", 270), ("x", 90), ("x", 270)]:
        ink = paint(d, *BRIGHT[:4])
        bar = box(size * 0.86, size * 0.08, rise * 2).at(y=size * 0.35, z=size / 2)
        frame = [bar.turned("z", 90 * k) for k in range(4)]
        parts.append(join(*frame, _sign(d, size).at(z=size / 2)).painted(ink).turned(axis, turn).at(y=size / 2))
    return join(*parts).grounded().turned("y", d(0, 360))


def _sign(d: Draw, size: float) -> Solid:
    """Some strokes of a letter, on z = 0."""
    stroke = box(size * 0.09, size * 0.44, size * 0.05).at(y=-size * 0.22)
    bars = [stroke.at(x=-size * 0.13), stroke.turned("z", d.pick(90, 45, -45)).at(y=size * d.pick(-0.15, 0, 0.15))]
    return join(*bars, stroke.at(x=size * 0.13)) if d.chance(0.5) else join(*bars)


def _tower(d: Draw) -> Solid:
    """Two to four blocks of one set, each turned a little, perhaps with a roof or a cylinder on top."""
    parts, y, size = [], 0.0, d(0.03, 0.045)
    for _ in range(d.count(2, 5)):
        height = size * d.pick(0.5, 1.0, 1.0)
        block = cuboid(size * d.pick(1.0, 1.0, 2.0), height, size, size * d(0.03, 0.1), 2).painted(_stain(d))
        parts.append(
            block.turned("y", d(-12, 12) + d.pick(0, 90)).at(d.normal(0, 0.05) * size, y, d.normal(0, 0.05) * size)
        )
        y += height
    if d.chance(0.4):
        roof = extrude([(-size / 2, 0), (size / 2, 0), (0, size * d(0.4, 0.8))], size)
        top = lathe([(0, 0), (size * 0.5, 0), (size * 0.5, size), (0, size)], 32)
        parts.append(d.pick(roof, top).turned("y", d(-12, 12)).at(y=y).painted(_stain(d)))
    return join(*parts).grounded()
