"""Paper labels and printed boxes."""

from __future__ import annotations

import numpy as np

from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import stacked
from cg3d.objects.shapes.solid import Solid


def labelled(d: Draw, body: Solid, low: float, high: float) -> Solid:
    """The body with a paper label between two heights: plain, with a band, and with a patch of print in front."""
    body = body.banded(low, high, paint(d))
    if d.chance(0.5):
        cut = low + (high - low) * d(0.15, 0.5)
        body = body.banded(low, cut, paint(d))
    x, y, z = body.face_centres().T
    patch = (np.abs(np.arctan2(x, z)) < d(0.3, 0.9)) & (y > low + 0.3 * (high - low)) & (y < low + 0.8 * (high - low))
    return body.painted_where(patch, paint(d))


def printed(d: Draw, body: Solid, patches: int = 3) -> Solid:
    """Printed paper: blocks of colour at random places on the surface of the body."""
    low, size = body.vertices.min(axis=0), np.ptp(body.vertices, axis=0)
    at, rgb = (body.face_centres() - low) / size, body.face_rgb.copy()
    for _ in range(d.count(1, patches + 1)):
        centre, half = d.uniform(0.15, 0.85, 3), d.uniform(0.08, 0.4, 3)
        half[d.integers(3)] = 1.0
        rgb[(np.abs(at - centre) < half).all(axis=1)] = paint(d)
    return Solid(body.vertices, body.faces, rgb)


def gridded(width: float, height: float, depth: float, count: int = 12) -> Solid:
    """A box whose upright sides are divided finely enough to be printed on."""
    side = np.linspace(-0.5, 0.5, count, endpoint=False)
    edges = [points(side, -0.5), points(0.5, side)]
    outline = np.concatenate([*edges, *(-edge for edge in edges)]) * (width, depth)
    return stacked([(outline, y) for y in np.linspace(0, height, 2 * count)])
