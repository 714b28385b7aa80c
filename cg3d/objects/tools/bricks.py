"""Bricks."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.bodies import uneven
from cg3d.objects.shapes.cuboids import cuboid, dented
from cg3d.objects.shapes.curves import rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import GREY, paint
from cg3d.objects.shapes.pierced import perforated
from cg3d.objects.shapes.primitives import box, stacked
from cg3d.objects.shapes.resting import on_any_face
from cg3d.objects.shapes.solid import Solid, join

CLAY = np.array([0.62, 0.30, 0.21])


@category
def brick(d: Draw) -> Solid:
    """Of clay: whole, broken in two, with holes through it or a hollow on top; of concrete with two cells; of foam."""
    kinds: dict[str, Maker] = {"clay brick": _whole, "perforated brick": _holes, "brick with a frog": _frog}
    kinds |= {"foam brick": _foam, "half brick": _half, "concrete block": _block, "paving brick": _paver}
    return on_any_face(d, one_of(d, kinds)) if d.chance(0.5) else one_of(d, kinds).grounded()


def _clay(d: Draw) -> np.ndarray:
    """Red, brown, yellow, grey or whitewashed."""
    if d.chance(0.65):
        return np.clip(CLAY * d(0.7, 1.25) + d.normal(0, 0.03, 3), 0, 1)
    return paint(d, "beige", "brown", "grey", "white", "orange")


def _size(d: Draw) -> tuple[float, float, float]:
    """Length, height and width of the formats of several countries."""
    length = d(0.19, 0.25)
    return length, length * d(0.22, 0.45), length * d(0.42, 0.52)


def _rough(d: Draw, size: tuple[float, float, float]) -> Solid:
    """Fired clay with worn edges, chipped corners and a surface that is not quite flat."""
    body = cuboid(*size, d(0.001, 0.006), 14)
    return uneven(d, dented(d, body, 5, d(0.005, 0.014)), d(0.0, 0.004)).painted(_clay(d))


def _whole(d: Draw) -> Solid:
    return _rough(d, _size(d))


def _half(d: Draw) -> Solid:
    """One end is a slanted break."""
    length, height, depth = _size(d)
    body = _rough(d, (length * d(0.45, 0.7), height, depth))
    x, y, z = body.vertices.T
    slant = d.normal(0, 0.15) * y + d.normal(0, 0.15) * z + 0.006 * np.sin(90 * y + 60 * z)
    return body.reshaped(np.column_stack([x + slant * np.clip(x / x.max(), 0, 1), y, z]))


def _paver(d: Draw) -> Solid:
    """For paths: lower, with a chamfer round its top."""
    width, depth, height = 0.2 * d(0.95, 1.1), 0.1 * d(0.9, 1.6), d(0.045, 0.08)
    cut = d(0.003, 0.008)
    sections = [(0.0, 0.0), (0.0, height - cut), (2 * cut, height)]
    return stacked([(rectangle(width - less, depth - less, 0.002), y) for less, y in sections]).painted(_clay(d))


def _frog(d: Draw) -> Solid:
    """A trough in its top, which holds mortar."""
    length, height, depth = _size(d)
    sink, edge = height * d(0.12, 0.3), d(0.002, 0.005)
    top, floor = d(0.62, 0.78), d(0.45, 0.58)
    levels = [(1.0, 0.0), (1.0, height - edge), (0.985, height), (top, height), (floor, height - sink)]
    body = stacked([(rectangle(length * size, depth * size, 0.004), y) for size, y in levels])
    return uneven(d, body, d(0.0, 0.002)).painted(_clay(d))


def _holes(d: Draw) -> Solid:
    """Three large holes, or two to three rows of small ones, round or oblong."""
    length, height, depth = _size(d)
    columns, rows = d.pick((3, 1), (5, 2), (4, 3), (7, 3), (10, 2), (5, 3))
    return perforated((length, height, depth), columns, rows, d(0.4, 0.72), d.chance(0.4)).painted(_clay(d))


def _block(d: Draw) -> Solid:
    """A large grey block with two or three cells."""
    size = (d(0.28, 0.4), d(0.14, 0.2), d(0.1, 0.2))
    return perforated(size, d.pick(2, 2, 3), 1, d(0.6, 0.8), True).painted(GREY * d(0.8, 1.2))


def _foam(d: Draw) -> Solid:
    """A light toy or prop: plain, soft at the edges, in bright colours; or long, with a pattern of holes drawn on top."""
    length = d(0.07, 0.22)
    size = (length, length * d(0.28, 0.68), length * d(0.45, 0.7))
    rgb = paint(d, "red", "red", "red", "orange", "blue", "yellow", "green", "brown")
    body = dented(d, cuboid(*size, d(0.001, 0.005), 8), 3, 0.004).painted(rgb)
    if d.chance(0.7):
        return body
    row = [
        box(length * 0.14, 0.001, size[2] * 0.4).at(x, size[1] - 0.0006) for x in np.array([-0.28, 0, 0.28]) * length
    ]
    return join(body, join(*row).painted(rgb * 0.5))
