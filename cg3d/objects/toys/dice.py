"""Dice."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.bodies import blob
from cg3d.objects.shapes.cuboids import cuboid
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, WHITE, paint
from cg3d.objects.shapes.primitives import GREY
from cg3d.objects.shapes.solid import Solid, join

# Of each number, where its pips are in a field of three by three.
PIPS = {
    1: [(0, 0)],
    2: [(-1, -1), (1, 1)],
    3: [(-1, -1), (0, 0), (1, 1)],
    4: [(-1, -1), (-1, 1), (1, -1), (1, 1)],
    5: [(-1, -1), (-1, 1), (1, -1), (1, 1), (0, 0)],
    6: [(-1, -1), (-1, 1), (1, -1), (1, 1), (-1, 0), (1, 0)],
}
GOLDEN = (1 + np.sqrt(5)) / 2


@category
def dice(d: Draw) -> Solid:
    """One with pips, sunk or painted, its edges sharp, round or turned like a ball; a pair, a foam die, many sides."""
    kinds = {"die": _one, "pair of dice": _pair, "foam die": _foam, "polyhedral die": _many_sided}
    return one_of(d, kinds) if d.chance(0.7) else _one(d).called("die")


def _shades(d: Draw) -> tuple[np.ndarray, np.ndarray]:
    """The body and its pips."""
    body = paint(d, "white", "white", "red", "black", "blue", "green", "beige", "purple", "yellow")
    return body, (WHITE if body.mean() < 0.45 else BLACK) if d.chance(0.85) else paint(d)


def _one(d: Draw) -> Solid:
    return _thrown(d, _cube(d, d(0.011, 0.022), d(0.0, 0.08), *_shades(d)))


def _pair(d: Draw) -> Solid:
    """Two alike, side by side or one leaning on nothing but chance."""
    size, depth, shades = d(0.011, 0.02), d(0.0, 0.07), _shades(d)
    first, second = (_thrown(d, _cube(d, size, depth, *shades)) for _ in range(2))
    away, turn = size * d(1.45, 2.2), d(0, 360)
    return join(first, second.at(x=away)).turned("y", turn)


def _foam(d: Draw) -> Solid:
    """Soft and large, for children and for learning to count."""
    return _thrown(d, _cube(d, d(0.03, 0.07), d(0.0, 0.05), *_shades(d)))


def _thrown(d: Draw, die: Solid) -> Solid:
    """On any face, turned by any angle."""
    return die.turned(d.pick("x", "z"), d.pick(0, 90, 180, 270)).turned("y", d(0, 360)).grounded()


def _cube(d: Draw, size: float, depth: float, rgb: np.ndarray, ink: np.ndarray) -> Solid:
    """A die about the origin; its pips are sunk by `depth` in parts of its size."""
    body = cuboid(size, size, size, size * d(0.015, 0.22), 24).at(y=-size / 2)
    if d.chance(0.35):  # turned like a ball, so that its corners are gone
        reach = np.linalg.norm(body.vertices, axis=1, keepdims=True)
        body = body.reshaped(body.vertices * np.minimum(1, size * d(0.64, 0.78) / reach))
    radius, apart = d(0.07, 0.11), d(0.23, 0.28)
    share, axis = _pip(body.vertices / size, radius, apart)
    sunk = body.vertices.copy()
    rows = np.arange(len(sunk))
    sunk[rows, axis] -= np.sign(sunk[rows, axis]) * size * depth * np.sqrt(np.clip(1 - share, 0, 1))
    inside = _pip(body.face_centres() / size, radius, apart)[0] < 1
    return body.painted(rgb).reshaped(sunk).painted_where(inside, ink)


def _pip(places: np.ndarray, radius: float, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """How far each place on a unit cube is from the nearest pip, squared in parts of its radius, and its face's axis."""
    axis = np.abs(places).argmax(axis=1)
    first, second = (np.take_along_axis(places, ((axis + k) % 3)[:, None], 1)[:, 0] for k in (1, 2))
    front = np.take_along_axis(places, axis[:, None], 1)[:, 0] > 0
    nearest = np.full(len(places), 9.0)
    for number, pips in PIPS.items():
        side = (axis == min(number, 7 - number) - 1) & (front == (number <= 3))
        for a, b in pips:
            away = ((first - a * apart) ** 2 + (second - b * apart) ** 2) / radius**2
            nearest = np.where(side, np.minimum(nearest, away), nearest)
    return nearest, axis


def _corners(sides: int) -> np.ndarray:
    """(K, 3) of the regular solid with so many sides; for ten, of two pyramids base to base."""
    cube = np.array([(a, b, c) for a in (1, -1) for b in (1, -1) for c in (1, -1)], float)
    if sides == 4:
        return np.asarray(cube[np.prod(cube, axis=1) > 0])
    if sides == 8:
        return np.concatenate([np.eye(3), -np.eye(3)])
    if sides == 10:
        angle = np.arange(10) * np.pi / 5
        belt = np.column_stack([np.cos(angle), 0.105 * (-1.0) ** np.arange(10), np.sin(angle)])
        return np.concatenate([belt, [(0, 1, 0), (0, -1, 0)]])
    return np.concatenate([cube, _rectangles(1 / GOLDEN)]) if sides == 12 else _rectangles(1.0)


def _rectangles(short: float) -> np.ndarray:
    """(12, 3) corners of three rectangles that cross in the origin; half their sides are `short` and the golden ratio."""
    return np.array([np.roll([0, s * short, t * GOLDEN], k) for k in range(3) for s in (1, -1) for t in (1, -1)])


def _many_sided(d: Draw) -> Solid:
    """Four, eight, ten, twelve or twenty sides, each with a mark for its number; resting on one of them."""
    sides = d.pick(4, 8, 10, 12, 20, 20)
    corners = _corners(sides)
    normals, distances = _sides(corners)
    rgb, ink = _shades(d)
    body = _hull(corners, normals, distances).painted(rgb)
    marks = [
        _facing(blob(0.26, 0.03, 0.16).turned("y", d(0, 360)), normal, distance)
        for normal, distance in zip(normals, distances, strict=True)
    ]
    whole = join(body, *(mark.painted(ink) for mark in marks))
    factor = d(0.015, 0.026) / np.ptp(corners, axis=0).max()
    frame = _frame(-normals[d.integers(len(normals))])
    return whole.reshaped(whole.vertices @ frame).resized(factor).turned("y", d(0, 360)).grounded()


def _sides(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit normals (F, 3) and distances (F,) of the sides of the convex body about the origin with the given corners."""
    first, second, third = (corners[list(row)] for row in zip(*combinations(range(len(corners)), 3), strict=True))
    normals = np.cross(second - first, third - first)
    lengths = np.linalg.norm(normals, axis=1)
    normals, first = normals[lengths > 1e-9] / lengths[lengths > 1e-9, None], first[lengths > 1e-9]
    normals *= np.sign((normals * first).sum(axis=1))[:, None]
    distances = (normals * first).sum(axis=1)
    outer = (distances > 0) & (corners @ normals.T <= distances + 1e-6).all(axis=0)
    planes = np.unique(np.column_stack([normals, distances])[outer].round(6) + 0.0, axis=0)
    return planes[:, :3] / np.linalg.norm(planes[:, :3], axis=1, keepdims=True), planes[:, 3]


def _hull(corners: np.ndarray, normals: np.ndarray, distances: np.ndarray) -> Solid:
    """The convex body with these corners and sides, each of them a fan of triangles."""
    faces = [face for plane in zip(normals, distances, strict=True) for face in _fan(corners, *plane)]
    return Solid(corners, np.array(faces), np.full((len(faces), 3), GREY))


def _fan(corners: np.ndarray, normal: np.ndarray, distance: float) -> list[tuple[int, int, int]]:
    own = np.flatnonzero(np.abs(corners @ normal - distance) < 1e-4)
    flat = (corners[own] - corners[own].mean(axis=0)) @ _frame(normal)
    ring = own[np.argsort(np.arctan2(flat[:, 0], flat[:, 2]))].tolist()
    return [(ring[0], one, other) for one, other in pairwise(ring[1:])]


def _frame(normal: np.ndarray) -> np.ndarray:
    """(3, 3) three axes in columns, right-handed, the second along `normal`."""
    side = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    side /= np.linalg.norm(side)
    return np.column_stack([side, normal, np.cross(side, normal)])


def _facing(part: Solid, normal: np.ndarray, distance: float) -> Solid:
    """A part with its y axis turned along `normal`, `distance` away from the origin along it."""
    return part.at(y=distance).reshaped(part.at(y=distance).vertices @ _frame(normal).T)
