"""Rounded cases, the bodies of gadgets and small appliances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cg3d.objects.shapes.curves import points, rectangle
from cg3d.objects.shapes.primitives import loft, stacked
from cg3d.objects.shapes.solid import Solid, join

CORNERS = 24  # of a rounded rectangle
Panel = tuple[float, float, float, np.ndarray]


def casing(width: float, depth: float, height: float, corner: float, bevel: float, top: float = 1.0) -> Solid:
    """A box with rounded corners and softened edges, standing on y = 0.

    Args:
        corner: radius of the upright edges, seen from above.
        bevel: radius of the edges round the bottom and the top.
        top: width and depth at the top in parts of those at the bottom.
    """
    bevel = min(bevel, 0.49 * height, 0.45 * width, 0.45 * depth)
    turn = np.linspace(0, np.pi / 2, 4)
    low = [(bevel * (1 - np.sin(a)), bevel * (1 - np.cos(a))) for a in turn]
    levels = [*low, *((inset, height - y) for inset, y in low[::-1])]
    corner = max(corner, bevel * 1.01)
    return stacked([(_inset(width, depth, corner, inset, 1 + (top - 1) * y / height), y) for inset, y in levels])


def _inset(width: float, depth: float, corner: float, inset: float, size: float) -> np.ndarray:
    corner = min(corner, width / 2, depth / 2)
    return rectangle(width - 2 * inset, depth - 2 * inset, max(corner - inset, 1e-4)) * size


def panelled(
    size: tuple[float, float, float], corner: float, bevel: float, rgb: np.ndarray, panels: Sequence[Panel]
) -> Solid:
    """A casing with coloured fields on its top, such as a screen in its border: no hidden surface lies below them.

    Args:
        size: width (x), depth (z) and height.
        panels: width, depth, z of the centre and colour; each within the one before it.
    """
    width, depth, height = size
    body = casing(width, depth, height, corner, bevel)
    count = len(body.vertices) // CORNERS
    rings = body.vertices[: count * CORNERS].reshape(count, CORNERS, 3)
    fields = []
    for wide, deep, z, _ in panels:
        flat = rectangle(wide, deep, min(corner, wide * 0.05, deep * 0.05))[::-1]
        fields.append(points(flat[:, 0], height, flat[:, 1] + z))
    shades = np.array([rgb] * count + [panel[3] for panel in panels])  # of the band above each ring
    side = np.repeat(shades[:-1], CORNERS, axis=0)
    ends = np.repeat(np.array([rgb, shades[-1]]), CORNERS, axis=0)
    whole = loft(np.concatenate([rings, fields]))
    return Solid(whole.vertices, whole.faces, np.concatenate([side, side, ends]))


def buttons(places: Iterable[tuple[float, float]], width: float, depth: float, rise: float) -> Solid:
    """Low keys at x and z on a face at y = 0; each sinks in as far as it stands out."""
    cut = min(width, depth) * 0.25
    x, z = width / 2, depth / 2
    quarter = [(x, z - cut), (x - cut, z), (cut - x, z), (-x, z - cut)]
    outline = np.array(quarter + [(-a, -b) for a, b in quarter])
    key = stacked([(outline, -rise), (outline, rise * 0.5), (outline * 0.88, rise)])
    return join(*[key.at(x=x, z=z) for x, z in places])
