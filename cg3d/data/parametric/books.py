"""Parametric books."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import box, extrude, loft, rectangle, stacked
from cg3d.data.parametric.variants import one_of


def book(rng: np.random.Generator) -> Mesh:
    """A book lying, standing, or open; or a pile of books."""
    return one_of(rng, {"closed book": _lying, "standing book": _standing, "open book": _open, "pile of books": _pile})


def _closed(rng: np.random.Generator, scale: float = 1.0) -> Mesh:
    """Two covers and a round or flat spine at -x about a block of pages, lying."""
    width, thick = rng.uniform(0.11, 0.22) * scale, rng.uniform(0.012, 0.06)
    depth, board, rgb = width * rng.uniform(1.25, 1.6), rng.uniform(0.002, 0.004), paint(rng)
    edges = rectangle(width - 0.006, depth - 0.012)  # of the pages; the covers hide the rest
    pages = stacked([(edges, board), (edges, board + thick)], capped=False).at(x=-0.002)
    covers = [box(width, board, depth), box(width, board, depth).at(y=thick + board)]
    turn = np.linspace(np.pi / 2, 3 * np.pi / 2, 9)
    bulge = thick * rng.choice([0.03, rng.uniform(0.15, 0.3)])
    half = thick / 2 + board
    outer = np.column_stack([bulge * np.cos(turn) - width / 2, half + half * np.sin(turn)])
    spine = extrude([*outer, (0.004 - width / 2, 0), (0.004 - width / 2, 2 * half)], depth)
    parts = [pages.painted(paint(rng, ("white", "beige"))), join([*covers, spine]).painted(rgb)]
    if rng.random() < 0.6:
        title = box(width * 0.6, 0.002, depth * rng.uniform(0.1, 0.3)).at(y=thick + 2 * board, z=-depth * 0.15)
        parts.append(title.painted(paint(rng)))
    return join(parts)


def _lying(rng: np.random.Generator) -> Mesh:
    return _closed(rng)


def _standing(rng: np.random.Generator) -> Mesh:
    return _closed(rng).turned("x", 90).turned("y", 90).grounded()


def _pile(rng: np.random.Generator) -> Mesh:
    """Two to six books, each turned a little."""
    parts, y, scale = [], 0.0, 1.3
    for _ in range(int(rng.integers(2, 7))):
        volume = _closed(rng, scale).turned("y", rng.uniform(-18, 18) + 180 * rng.integers(2)).grounded().at(y=y)
        parts.append(volume)
        y, scale = float(volume.vertices[:, 1].max()), scale * rng.uniform(0.88, 1.0)
    return join(parts)


def _open(rng: np.random.Generator) -> Mesh:
    """Pages that arch up on both sides of the fold, on two covers that lie flat or stand in a V."""
    width, thick = rng.uniform(0.12, 0.22), rng.uniform(0.012, 0.035)
    depth = width * rng.uniform(1.25, 1.6)
    t = np.linspace(0, 1, 14)
    top = 0.004 + thick * (
        0.35 + 1.1 * np.sin(np.pi * np.clip(t * 1.15, 0, 1) ** 0.6) * (1 - t) ** 0.7 + 0.4 * t * (1 - t)
    )
    edge = np.column_stack([t * width, top])
    outline = np.concatenate([[(0.0, 0.003), (width * 0.98, 0.003)], edge[::-1]])
    leaf = loft(np.stack([np.column_stack([outline, np.full(len(outline), z)]) for z in (-depth / 2, depth / 2)]))
    cover = box(width * 1.04, 0.003, depth * 1.03).at(x=width * 0.52).painted(paint(rng))
    half = join([leaf.painted(paint(rng, ("white", "beige"))), cover])
    return mirrored(half.turned("z", rng.choice([0.0, rng.uniform(5, 50)]))).grounded()
