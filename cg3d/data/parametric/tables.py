"""Parametric furniture to put things on: table, bookcase."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import metal, paint, wood
from cg3d.data.parametric.primitives import box, ellipse, rectangle, slab
from cg3d.data.parametric.seats import legs, star_base


def table(rng: np.random.Generator) -> Mesh:
    """A board on legs, trestles or a pedestal; from coffee to dining height."""
    height, round_top = rng.uniform(0.4, 0.78), rng.random() < 0.35
    width = rng.uniform(0.75, 1.9) if not round_top else rng.uniform(0.7, 1.3)
    depth = width * rng.choice([1.0, rng.uniform(0.5, 0.95)])
    top = rng.uniform(0.018, 0.06)
    outline = ellipse(width, depth) if round_top else rectangle(width, depth, rng.choice([0.0, rng.uniform(0, 0.15)]))
    board, frame = wood(rng), (wood(rng) if rng.random() < 0.6 else metal(rng))
    support = _table_support(rng, width, depth, height - top, round_top)
    return join([slab(outline, top).at(y=height - top).painted(board), *(part.painted(frame) for part in support)])


def _table_support(rng: np.random.Generator, width: float, depth: float, height: float, round_top: bool) -> list[Mesh]:
    kind = rng.choice(["legs", "legs", "trestle", "pedestal"])
    if kind == "pedestal" and depth > 0.6 * width:
        return star_base(rng, height, min(width, depth) * rng.uniform(0.3, 0.45))
    if kind == "trestle" and not round_top:
        foot, post, head = box(0.08, 0.05, depth * 0.8), box(0.05, height, depth * 0.25), box(0.06, 0.05, depth * 0.8)
        end = join([foot, post, head.at(y=height - 0.05)])
        return [mirrored(end.at(x=width * 0.36)), box(width * 0.72, 0.1, 0.03).at(y=height * 0.3)]
    shrink = 0.66 if round_top else 0.9
    radius, splay = rng.uniform(0.015, 0.045), rng.choice([0.0, rng.uniform(0, 0.1)])
    parts = legs(width * shrink, depth * shrink, height, radius, splay, bool(rng.random() < 0.6))
    apron = rng.uniform(0.05, 0.13)
    if rng.random() < 0.5:
        parts.append(mirrored(box(0.02, apron, depth * shrink).at(x=width * shrink / 2, y=height - apron)))
        parts.append(mirrored(box(width * shrink, apron, 0.02).at(y=height - apron, z=depth * shrink / 2), "z"))
    if rng.random() < 0.2:
        parts.append(box(width * shrink * 0.98, 0.02, depth * shrink * 0.98).at(y=height * 0.3))
    return parts


def bookcase(rng: np.random.Generator) -> Mesh:
    """Shelves between two sides, with or without a back, often with books."""
    width, height, depth = rng.uniform(0.5, 1.3), rng.uniform(0.8, 2.1), rng.uniform(0.22, 0.38)
    board, shelves = rng.uniform(0.016, 0.035), int(rng.integers(3, 7))
    rgb, base = wood(rng), rng.choice([0.0, rng.uniform(0.03, 0.12)])
    levels = np.linspace(base, height - board, shelves)
    parts = [mirrored(box(board, height, depth).at(x=width / 2))]
    parts += [box(width, board, depth).at(y=y) for y in levels]
    if rng.random() < 0.7:
        parts.append(box(width, height - base, 0.01).at(y=base, z=-depth / 2))
    if rng.random() < 0.3:
        parts.append(box(board, height - base, depth).at(y=base))
    fill = rng.choice([0.0, rng.uniform(0.3, 1.0)])
    clear = levels[1] - levels[0] - board
    books = [book for y in levels[:-1] for book in _books(rng, width - 2 * board, clear, depth, fill, y + board)]
    return join([*(part.painted(rgb) for part in parts), *books])


def _books(rng: np.random.Generator, width: float, clear: float, depth: float, fill: float, y: float) -> list[Mesh]:
    """A row of upright books from the left, each with its own size and colour."""
    x, books = -width / 2, []
    while x < -width / 2 + fill * width - 0.06:
        thick, tall = rng.uniform(0.015, 0.05), clear * rng.uniform(0.6, 0.95)
        book = box(thick, tall, depth * rng.uniform(0.55, 0.85)).at(x + thick / 2, y)
        books.append(book.painted(paint(rng)))
        x += thick + 0.001
    return books
