"""What fruit and vegetables have in common: the leaves under a stalk, a crease, how they look when they are cut."""

from __future__ import annotations

import numpy as np

from cg3d.objects.food.produce import leaf
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.solid import Colour, Solid, join


def calyx(d: Draw, count: int, length: float, width: float = 1.0) -> Solid:
    """A star of pointed leaves about the origin that droop, spread or rise; `width` in parts of a broad leaf's."""
    tilt = d(-25, 25)
    star = []
    for k in range(count):
        blade = leaf(length * d(0.8, 1.15)).scaled(z=width).turned("z", tilt + d(-12, 12))
        star.append(blade.turned("y", 360 * k / count + d(-9, 9)))
    return join(*star)


def creased(body: Solid, depth: float, width: float) -> Solid:
    """A body about the y axis with a crease from stalk to tip on its side to +x, `width` radians to each side."""
    angle = np.arctan2(body.vertices[:, 2], body.vertices[:, 0])
    kept = 1 - depth * np.exp(-np.abs(angle / width))
    return body.reshaped(body.vertices * points(kept, 1.0, kept))


def cut_open(body: Solid, *layers: tuple[float, Colour]) -> Solid:
    """Half a body about the origin, its cut face to -z.

    Args:
        layers: what one sees on the cut face from the rim inwards: how far from the middle it begins, in parts of the way
            to the rim, and its colour.
    """
    behind = body.face_centres()[:, 2] / body.vertices[:, 2].min()
    out = np.sqrt(1 - np.clip(behind, 0, 1) ** 2)
    half = body.reshaped(body.vertices * (1, 1, 0) + np.maximum(body.vertices, 0) * (0, 0, 1))
    for reach, rgb in layers:
        half = half.painted_where((behind > 0) & (out < reach), rgb)
    return half
