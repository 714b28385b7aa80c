"""Legs and star-shaped feet of furniture."""

from __future__ import annotations

from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import beam, cylinder, rod, superellipsoid
from cg3d.objects.shapes.solid import Solid, join


def legs(width: float, depth: float, height: float, radius: float, splay: float, square: bool) -> list[Solid]:
    """Four legs under the corners of a rectangle; `splay` metres outwards at the foot."""
    parts = []
    for side, end in ((1, 1), (1, -1), (-1, -1), (-1, 1)):
        top = (side * width / 2, height, end * depth / 2)
        foot = (side * (width / 2 + splay), 0.0, end * (depth / 2 + splay))
        parts.append(beam(foot, top, 2 * radius, 2 * radius) if square else rod(foot, top, radius * 0.8, radius))
    return parts


def star_base(d: Draw, height: float, reach: float) -> list[Solid]:
    """A column on four or five spokes with castors, or on a round plate: swivel chairs, bar stools, pedestal tables."""
    column = cylinder(d(0.02, 0.04), height)
    if d.chance(0.4):
        return [column, cylinder(reach, d(0.015, 0.03), reach * d(0.8, 1.0))]
    count = d.count(4, 6)
    spoke = join(beam((0, 0.09, 0), (reach, 0.06, 0), 0.04, 0.03), superellipsoid(0.05, 0.05, 0.03).at(x=reach))
    return [column, *(spoke.turned("y", 360 * k / count) for k in range(count))]
