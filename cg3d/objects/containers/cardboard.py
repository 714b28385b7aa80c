"""Boxes of board as they come out of use, for the most part plain cuboids: cardboard box, cereal box."""

from __future__ import annotations

import numpy as np

from cg3d.objects.containers.boxes import cardboard, open_box, printed_carton, taped_box, tub, upright_carton
from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.cuboids import bulging, cuboid, dented
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import box as block
from cg3d.objects.shapes.printing import printed
from cg3d.objects.shapes.resting import on_any_face
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def cardboard_box(d: Draw) -> Solid:
    """A closed box of any proportions, new or dented, taped or not, on any of its faces; or one with open flaps."""
    kinds = {"parcel": _parcel, "moving box": _moving_box, "flat parcel": _mailer, "long parcel": _long_box}
    if d.chance(0.7):
        return on_any_face(d, one_of(d, kinds if d.chance(0.7) else {"parcel": _parcel}))
    return one_of(d, {"taped box": lambda d: on_any_face(d, taped_box(d)), "open cardboard box": open_box})


def _parcel(d: Draw) -> Solid:
    """Of any proportions."""
    longest = d(0.18, 0.6)
    return _shut(d, *d.permutation(longest * np.array([1.0, *np.exp(d.uniform(np.log(0.3), 0.0, 2))])))


def _moving_box(d: Draw) -> Solid:
    """Like a cube."""
    width = d(0.25, 0.6)
    return _shut(d, width, width * d(0.7, 1.1), width * d(0.7, 1.0))


def _mailer(d: Draw) -> Solid:
    """Flat, as books and shirts are sent in."""
    width = d(0.2, 0.5)
    return _shut(d, width, width * d(0.1, 0.3), width * d(0.6, 0.95))


def _long_box(d: Draw) -> Solid:
    """For posters, lamps and tools."""
    width = d(0.35, 0.85)
    return _shut(d, width, width * d(0.12, 0.3), width * d(0.12, 0.35))


def _shut(d: Draw, width: float, height: float, depth: float) -> Solid:
    """A worn cuboid, bare or with the two flaps that meet above it and a strip of tape over their gap."""
    card = cardboard(d)
    body = bulging(cuboid(width, height, depth, d(0.001, 0.006), 9), d.pick("x", "y", "z"), d(-0.03, 0.05))
    parts = [dented(d, body, 4, min(width, height, depth) * d(0.03, 0.12)).painted(card)]
    if d.chance(0.4):
        return parts[0]
    gap, lift = d(0.001, 0.012), d(0, 6)
    flap = block(width * 0.995, 0.003, depth / 2 - gap).at(z=-depth / 4).turned("x", lift).at(y=height, z=depth / 2)
    parts.append(mirrored(flap, "z").painted(card * d(0.92, 1.0)))
    if d.chance(0.5):
        tape = block(width * 0.99, 0.002, d(0.04, 0.06)).at(y=flap.vertices[:, 1].max())
        parts.append(tape.painted(paint(d, "brown", "beige", "white", "grey")))
    return join(*parts)


@category
def cereal_box(d: Draw) -> Solid:
    """Tall and flat: cereals, muesli, crackers, a family pack; new or dented, shut, gaping or open; standing or lying."""
    if d.chance(0.25):
        return upright_carton(d).called("cereal box")
    shapes = {"cereal box": (0.24, 0.33, 0.58, 0.72), "muesli box": (0.18, 0.27, 0.6, 0.8)}
    shapes |= {"cracker box": (0.14, 0.22, 0.55, 0.85), "family pack of cereal": (0.29, 0.37, 0.62, 0.8)}
    kind = d.pick(*shapes)
    low, high, narrow, wide = shapes[kind]
    height = d(low, high)
    size = (height * d(narrow, wide), height, height * d(0.16, 0.34))
    carton = d.pick(_worn_carton, _worn_carton, printed_carton, _opened_carton)(d, *size)
    return (carton if d.chance(0.5) else on_any_face(d, carton)).grounded().called(kind)


def _worn_carton(d: Draw, width: float, height: float, depth: float) -> Solid:
    """A printed cuboid swollen by what is in it, with a flap on top that lies flat or gapes a little."""
    body = bulging(cuboid(width, height, depth, d(0.0008, 0.003), 18), "z", d(-0.04, 0.14)).painted(paint(d))
    body = dented(d, printed(d, body), 4, depth * d(0.06, 0.2))
    if d.chance(0.3):
        return body
    reach, rgb = depth * d(0.5, 0.98), body.face_rgb[0]
    flap = block(width * 0.985, 0.0012, reach).at(z=reach / 2).turned("x", -d.pick(0.0, d(0, 12)))
    return join(body, flap.at(y=height, z=-depth / 2).painted(rgb * d(0.9, 1.0)))


def _opened_carton(d: Draw, width: float, height: float, depth: float) -> Solid:
    """Without the flap glued down: two long flaps stand or lean outwards over the hollow box."""
    rgb, card = paint(d), paint(d, "beige", "grey", "white")
    parts = [tub(width, height, depth, 0.0015).painted(rgb)]
    fill = block(width - 0.004, height * d(0.4, 0.9), depth - 0.004).at(y=0.0015)
    parts.append(fill.painted(paint(d, "white", "grey", "beige")))
    for side in (0, 180):
        reach = depth * d(0.6, 0.98)
        flap = block(width * 0.985, 0.0012, reach).at(z=reach / 2).turned("x", -d(10, 130))
        parts.append(flap.at(y=height, z=depth / 2 - 0.0012).turned("y", side).painted(card))
    return join(*parts)
