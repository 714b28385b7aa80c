"""Parametric sweets: candy bar."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.cartons import gridded, patched
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import box, lathe, loft, rectangle, stacked
from cg3d.data.parametric.variants import one_of


def candy_bar(rng: np.random.Generator) -> Mesh:
    """A long sweet in a wrapper with crimped ends, a flat bar of chocolate, or an unwrapped one."""
    kinds = {
        "candy bar": _flow_pack,
        "chocolate bar": _tablet,
        "box of chocolates": _chocolates,
        "granola bar": _flow_pack,
    }
    return one_of(rng, kinds)


def _flow_pack(rng: np.random.Generator) -> Mesh:
    """A cushion of foil, flattened and toothed at both ends, with a seam beneath."""
    length = rng.uniform(0.09, 0.17)
    width, thick = length * rng.uniform(0.22, 0.42), length * rng.uniform(0.09, 0.17)
    crimp, around = length * rng.uniform(0.06, 0.1), 24
    x = np.concatenate(
        [
            np.linspace(-length / 2, -length / 2 + crimp, 3),
            np.linspace(-length / 2 + crimp * 1.6, length / 2 - crimp * 1.6, 16),
            np.linspace(length / 2 - crimp, length / 2, 3),
        ]
    )
    inner = np.clip((length / 2 - crimp - np.abs(x)) / (crimp * 1.6), 0, 1) ** 0.5
    angle = np.arange(around) * 2 * np.pi / around
    round_y, round_z = (np.sign(f(angle)) * np.abs(f(angle)) ** 0.6 for f in (np.sin, np.cos))
    half = (0.0012 + (thick / 2 - 0.0012) * inner)[:, None]
    ripple = 1 + 0.07 * np.sin(x[:, None] * rng.uniform(150, 300) + 2 * angle) * inner[:, None]
    tooth = 0.0015 * (np.arange(around) % 2)[None] * np.sign(x)[:, None] * (np.abs(x) > length / 2 - 1e-6)[:, None]
    rows = np.stack(
        [x[:, None] + tooth, half * round_y * ripple, width / 2 * (1.06 - 0.06 * inner)[:, None] * round_z + 0 * half],
        -1,
    )
    body = patched(rng, loft(rows[::-1]).painted(paint(rng)), 3)
    return body.turned("x", rng.normal(0, 2)).grounded()


def _tablet(rng: np.random.Generator) -> Mesh:
    """Squares of chocolate: bare, half unwrapped, or in paper."""
    rows, columns = int(rng.integers(3, 8)), int(rng.integers(2, 5))
    cell, thick = rng.uniform(0.016, 0.026), rng.uniform(0.006, 0.012)
    length, width = rows * cell, columns * cell
    brown = paint(rng, ("brown", "brown", "black", "beige", "white"))
    if rng.random() < 0.45:
        flat = gridded(length * 1.04, thick * 1.3, width * 1.06, 10).painted(paint(rng))
        foil = mirrored(box(length * 0.02, thick * 0.5, width).at(x=length * 0.525, y=thick * 0.3)).painted(
            paint(rng, ("grey", "yellow"))
        )
        return join([patched(rng, flat, 4), foil])
    block = stacked(
        [
            (rectangle(cell * 0.96, cell * 0.96), 0),
            (rectangle(cell * 0.94, cell * 0.94), thick * 0.7),
            (rectangle(cell * 0.75, cell * 0.75), thick),
        ]
    )
    wrapped = rng.choice([0.0, rng.uniform(0.4, 0.7)])
    parts = [box(length, thick * 0.6, width).painted(brown)]
    places = [
        ((i + 0.5) * cell - length / 2, (j + 0.5) * cell - width / 2) for i in range(rows) for j in range(columns)
    ]
    parts.append(join(block.at(x=x, z=z) for x, z in places).painted(brown))
    if wrapped:
        paper = gridded(length * wrapped, thick * 1.25, width * 1.05, 8).at(x=-length * (1 - wrapped) / 2 - 0.003)
        parts.append(patched(rng, paper.painted(paint(rng)), 3))
    return join(parts)


def _chocolates(rng: np.random.Generator) -> Mesh:
    """A flat open box with sweets in rows."""
    rows, columns, pitch = int(rng.integers(3, 7)), int(rng.integers(2, 5)), rng.uniform(0.03, 0.038)
    length, width, height = rows * pitch + 0.012, columns * pitch + 0.012, rng.uniform(0.022, 0.032)
    outer, inner = rectangle(length, width), rectangle(length - 0.006, width - 0.006)
    parts = [stacked([(outer, 0.0), (outer, height), (inner, height), (inner, 0.005)]).painted(paint(rng))]
    shapes = [
        lathe([(0, 0), (0.013, 0), (0.012, 0.01), (0.007, 0.017), (0, 0.018)], 12),
        stacked([(rectangle(0.026, 0.024), 0.0), (rectangle(0.024, 0.022), 0.013), (rectangle(0.018, 0.016), 0.017)]),
        lathe([(0, 0), (0.008, 0.001), (0.013, 0.009), (0.008, 0.018), (0, 0.02)], 12),
    ]
    for i in range(rows):
        for j in range(columns):
            sweet = shapes[rng.integers(3)].at(
                (i + 0.5) * pitch - rows * pitch / 2, 0.005, (j + 0.5) * pitch - columns * pitch / 2
            )
            parts.append(sweet.painted(paint(rng, ("brown", "brown", "black", "beige", "white", "red"))))
    return join(parts)
