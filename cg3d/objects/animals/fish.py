"""Fish, as ornaments and toys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import bent, blob, trunk, uneven
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import extrude
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def fish(d: Draw) -> Solid:
    """Slim, deep or round, with a forked or a broad tail, fins above, below and at the sides; on its belly or its side."""
    deep, thick, rgb, fin_rgb = d(0.12, 0.32), d(0.07, 0.16), paint(d), paint(d)
    shape = [(-0.48, 0.22), (-0.3, 0.42), (0.0, 0.95), (0.2, 1.0), (0.4, 0.7), (0.48, 0.4)]
    body = trunk([(x, 0, deep * s, thick * s) for x, s in shape], segments=22)
    spread, fork = d(0.15, 0.3), d(0.0, 0.18)
    tail = [(-0.42, -0.04), (-0.42, 0.04), (-0.72, spread), (-0.7 + fork, 0), (-0.72, -spread)]
    back = [(0.22, deep * 0.85), (0.1, deep + d(0.06, 0.2)), (-0.3, deep * d(0.6, 0.9)), (-0.25, deep * 0.4)]
    under = [(-0.05, -deep * 0.8), (-0.25, -deep * 0.4), (-0.28, -deep * 0.9), (-0.15, -deep - 0.08)]
    side = _fin([(0, 0.05), (-0.24, 0.08), (-0.22, -0.08), (0, -0.05)], 0.02).turned("y", -35)
    side = side.at(0.18, -deep * 0.25, thick * 0.9)
    fins = [_fin(outline) for outline in (tail, back, under)]
    eyes = mirrored(blob(0.07, 0.07, 0.04).at(0.36, deep * 0.2, thick * 0.74), "z").painted(BLACK)
    mouth = blob(0.06, 0.09, 0.1).at(0.53, -0.01)
    mesh = join(body.painted(rgb), mouth.painted(rgb), join(*fins, mirrored(side, "z")).painted(fin_rgb), eyes)
    mesh = uneven(d, bent(mesh, 0.0, -0.8, d(-40, 40)), d(0, 0.005))
    factor = d(0.06, 0.4) / np.ptp(mesh.vertices, axis=0).max()
    mesh = mesh.resized(factor)
    return (mesh.turned("x", 90) if d.chance(0.5) else mesh).grounded()


def _fin(outline: Sequence[tuple[float, float]], thick: float = 0.03) -> Solid:
    """A plate whose outline may run either way round."""
    x, y = np.asarray(outline, float).T
    clockwise = np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) < 0
    return extrude(outline[::-1] if clockwise else outline, thick)
