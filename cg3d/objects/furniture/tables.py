"""Furniture to work and eat at: desk, table."""

from __future__ import annotations

import numpy as np

from cg3d.objects.furniture.cabinets import drawers
from cg3d.objects.registry import category
from cg3d.objects.shapes.curves import ellipse, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint, wood
from cg3d.objects.shapes.primitives import beam, box, slab
from cg3d.objects.shapes.solid import Solid, join, mirrored
from cg3d.objects.shapes.supports import legs, star_base


@category
def table(d: Draw) -> Solid:
    """A board on legs, trestles or a pedestal; from coffee to dining height."""
    height, round_top = d(0.4, 0.78), d.chance(0.35)
    width = d(0.75, 1.9) if not round_top else d(0.7, 1.3)
    depth = width * d.pick(1.0, d(0.5, 0.95))
    top = d(0.018, 0.06)
    outline = ellipse(width, depth) if round_top else rectangle(width, depth, d.pick(0.0, d(0, 0.15)))
    board, frame = wood(d), (wood(d) if d.chance(0.6) else metal(d))
    support = _table_support(d, width, depth, height - top, round_top)
    return join(slab(outline, top).at(y=height - top).painted(board), *(part.painted(frame) for part in support))


def _table_support(d: Draw, width: float, depth: float, height: float, round_top: bool) -> list[Solid]:
    kind = d.pick("legs", "legs", "trestle", "pedestal")
    if kind == "pedestal" and depth > 0.6 * width:
        return star_base(d, height, min(width, depth) * d(0.3, 0.45))
    if kind == "trestle" and not round_top:
        foot, post, head = box(0.08, 0.05, depth * 0.8), box(0.05, height, depth * 0.25), box(0.06, 0.05, depth * 0.8)
        end = join(foot, post, head.at(y=height - 0.05))
        return [mirrored(end.at(x=width * 0.36)), box(width * 0.72, 0.1, 0.03).at(y=height * 0.3)]
    shrink = 0.66 if round_top else 0.9
    radius, splay = d(0.015, 0.045), d.pick(0.0, d(0, 0.1))
    parts = legs(width * shrink, depth * shrink, height, radius, splay, d.chance(0.6))
    apron = d(0.05, 0.13)
    if d.chance(0.5):
        parts.append(mirrored(box(0.02, apron, depth * shrink).at(x=width * shrink / 2, y=height - apron)))
        parts.append(mirrored(box(width * shrink, apron, 0.02).at(y=height - apron, z=depth * shrink / 2), "z"))
    if d.chance(0.2):
        parts.append(box(width * shrink * 0.98, 0.02, depth * shrink * 0.98).at(y=height * 0.3))
    return parts


@category
def desk(d: Draw) -> Solid:
    """A work table with drawers under its top, or with a modesty panel; perhaps a hutch with shelves on it."""
    width, depth, height = d(1.1, 1.8), d(0.55, 0.8), d(0.7, 0.78)
    rgb, steel, top = wood(d), metal(d), d(0.02, 0.04)
    frame = rgb if d.chance(0.5) else metal(d)
    front = rgb if d.chance(0.5) else paint(d)
    parts = [box(width, top, depth).at(y=height - top).painted(rgb)]
    pedestal = d(0.36, 0.45)
    sides = [1.0] if d.chance(0.6) else [1.0, -1.0]
    size = (pedestal, height - top, depth * 0.92)
    parts += [_pedestal(d, size, frame, front, steel).at(x=side * (width - pedestal) / 2) for side in sides]
    if len(sides) == 1:
        parts.append(_desk_side(d, height - top, depth).at(x=-width / 2 + 0.03).painted(frame))
    parts.append(box(width - 0.1, height * d(0.3, 0.6), 0.018).at(y=height * 0.35, z=-depth / 2 + 0.05).painted(frame))
    if d.chance(0.25):
        parts.append(_hutch(d, width, d(0.35, 0.6)).at(y=height, z=-depth / 2 + 0.13).painted(rgb))
    return join(*parts)


def _pedestal(
    d: Draw, size: tuple[float, float, float], rgb: np.ndarray, front: np.ndarray, steel: np.ndarray
) -> Solid:
    """Drawers that carry a side of the desk, down to the floor or hanging under the top."""
    width, height, depth = size
    low = 0.0 if d.chance(0.6) else height * d(0.3, 0.6)
    rows = 3 if low == 0 else d.count(1, 3)
    parts = [box(width, height - low, depth).at(y=low).painted(rgb)]
    parts.append(drawers(d, width - 0.02, height - low - 0.04, rows, 1, front, steel).at(y=low + 0.02, z=depth / 2))
    if low > 0:
        posts = mirrored(box(0.04, low, 0.04).at(x=width / 2 - 0.02, z=depth / 2 - 0.03), "z")
        parts.append(posts.painted(rgb))
    return join(*parts)


def _desk_side(d: Draw, height: float, depth: float) -> Solid:
    if d.chance(0.5):
        return box(0.03, height, depth * 0.9)
    foot = join(beam((0, 0, -depth * 0.42), (0, 0, depth * 0.42), 0.05, 0.05).at(y=0.025), box(0.05, height, 0.05))
    return foot if d.chance(0.5) else mirrored(box(0.05, height, 0.05).at(z=depth * 0.4), "z")


def _hutch(d: Draw, width: float, height: float) -> Solid:
    sides = mirrored(box(0.02, height, 0.24).at(x=width / 2 - 0.01))
    walls = [box(0.02, height, 0.24).at(x=x * width) for x in np.linspace(-0.5, 0.5, d.count(3, 5))[1:-1]]
    shelf = box(width, 0.02, 0.24).at(y=height * d(0.4, 0.7))
    return join(sides, *walls, shelf, box(width, 0.02, 0.24).at(y=height), box(width, height, 0.01).at(z=-0.12))
