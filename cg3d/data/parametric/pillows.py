"""Parametric pillows."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import hoop, lathe, loft, smooth, tube
from cg3d.data.parametric.variants import one_of


def pillow(rng: np.random.Generator) -> Mesh:
    """A stuffed cushion with pinched corners, square or oblong, lying or leaning; or a bolster."""
    kinds = {"pillow": _oblong, "bed pillow": _oblong, "throw pillow": _square, "bolster": _bolster}
    return one_of(rng, kinds)


def _oblong(rng: np.random.Generator) -> Mesh:
    return _cushion(rng, rng.uniform(0.55, 0.85), rng.uniform(0.36, 0.5), rng.uniform(0.13, 0.22), False)


def _square(rng: np.random.Generator) -> Mesh:
    size = rng.uniform(0.35, 0.5)
    whole = _cushion(rng, size, size * rng.uniform(0.9, 1.0), rng.uniform(0.12, 0.2), True)
    lean = rng.choice([0.0, rng.uniform(50, 85)])
    return whole.turned("x", lean).grounded()


def _cushion(rng: np.random.Generator, width: float, depth: float, height: float, trimmed: bool) -> Mesh:
    """Two bulging sheets sewn along an edge that draws in between its four corners."""
    pinch, dent = rng.uniform(0.08, 0.16), rng.uniform(0.0, 0.3)
    turn = np.arange(64) * 2 * np.pi / 64
    unit = np.column_stack([np.cos(turn), np.sin(turn)])
    square = unit / np.abs(unit).max(axis=1, keepdims=True)
    edge = square * (1 - pinch * (1 - np.abs(square).min(axis=1, keepdims=True) ** 2)) * (width / 2, depth / 2)
    levels = np.array([1.0, 0.98, 0.94, 0.86, 0.75, 0.6, 0.4, 0.2, 0.05])
    rings = []
    for sign, sizes in ((-1, levels[:0:-1]), (1, levels)):
        for size in sizes:
            full = np.prod(1 - np.abs(square * size) ** 2.6, axis=1) ** 0.45  # 1 in the middle, 0 along the seam
            rise = sign * height / 2 * full * (1 - dent * (sign > 0) * (1 - size) ** 2)
            rings.append(np.column_stack([edge[:, 0] * size, rise, edge[:, 1] * size]))
    rgb = paint(rng)
    body = loft(np.stack(rings)[:, ::-1]).painted(rgb)
    if trimmed and rng.random() < 0.5:
        cord = np.column_stack([edge[:, 0], 0 * turn, edge[:, 1]])
        body = join([body, tube(np.concatenate([cord, cord[:1]]), 0.006, segments=8).painted(paint(rng))])
    return body.grounded()


def _bolster(rng: np.random.Generator) -> Mesh:
    length, radius, rgb, trim = rng.uniform(0.45, 0.9), rng.uniform(0.08, 0.12), paint(rng), paint(rng)
    knots = smooth(
        [
            (radius * 0.6, 0.0),
            (radius * 0.95, 0.02),
            (radius, 0.08),
            (radius, length - 0.08),
            (radius * 0.95, length - 0.02),
            (radius * 0.6, length),
        ]
    )
    roll = lathe([(0, 0.015), *knots, (0, length - 0.015)]).painted(rgb)
    piping = [hoop(radius * 0.97, 0.006).at(y=y).painted(trim) for y in (0.02, length - 0.02)]
    return join([roll, *piping]).turned("z", 90).grounded()
