"""Puzzle cubes."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.cuboids import divided, rounded
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, WHITE, paint
from cg3d.objects.shapes.solid import Solid, join

STICKERS = ("white", "yellow", "red", "orange", "blue", "green")


@category
def puzzle_cube(d: Draw) -> Solid:
    """Three by three by three, pocket cubes of two and larger ones of four; solved, mixed or half-way through a turn."""
    return one_of(
        d, {"puzzle cube": _classic, "pocket cube": _pocket, "four-layer cube": _large, "magic cube": _classic}
    )


def _classic(d: Draw) -> Solid:
    return _puzzle(d, 3, d(0.052, 0.062))


def _pocket(d: Draw) -> Solid:
    """Of two layers, or a small one of three to hang on keys."""
    return _puzzle(d, d.pick(2, 2, 3), d(0.03, 0.054))


def _large(d: Draw) -> Solid:
    return _puzzle(d, 4, d(0.058, 0.068))


def _puzzle(d: Draw, count: int, size: float) -> Solid:
    """The whole cube, or its layers with one of them turned."""
    pitch, edge = size / count, d(0.03, 0.14) * size / count
    rgb = d.pick(BLACK, BLACK, WHITE)
    palette = np.array([paint(d, name) for name in STICKERS])
    if d.chance(0.55):
        whole = _layer(d, count, count, pitch, edge).at(y=size / 2)
        return _stuck(d, whole, count, pitch, rgb, palette).turned("y", d(0, 90)).grounded()
    layers = [_stuck(d, _layer(d, count, 1, pitch, edge), count, pitch, rgb, palette) for _ in range(count)]
    turned, angle = d.integers(count), d(8, 45)
    parts = [layer.turned("y", angle * (k == turned)).at(y=k * pitch) for k, layer in enumerate(layers)]
    return join(*parts).turned(d.pick("x", "y", "z"), 90).turned("y", d(0, 90)).grounded()


def _layer(d: Draw, count: int, tall: int, pitch: float, edge: float) -> Solid:
    """A block about the origin of small cubes with grooves between them, `tall` of them high."""
    axes = [_cuts(number, pitch, edge) for number in (count, tall, count)]
    block = divided(axes)
    groove = np.zeros(len(block.vertices), bool)
    for axis, number in enumerate((count, tall, count)):
        seams = (np.arange(1, number) - number / 2) * pitch
        groove |= (np.abs(block.vertices[:, axis, None] - seams) < pitch * 0.01).any(axis=1)
    depth = d(0.1, 0.25) * pitch
    inwards = np.abs(rounded(block, edge).vertices)
    sunk = np.maximum(inwards - depth * groove[:, None] * _outer(block), 0)
    return block.reshaped(sunk * np.sign(block.vertices))


def _outer(block: Solid) -> np.ndarray:
    """(V, 3) whether a vertex of a block about the origin lies on the faces across each axis."""
    return np.asarray(np.abs(np.abs(block.vertices) - block.vertices.max(axis=0)) < 1e-9)


def _cuts(count: int, pitch: float, edge: float) -> np.ndarray:
    """The cuts of one axis: at each seam, beside it, and at the borders of the stickers."""
    inside = np.array([0.04, 0.12, 0.88, 0.96]) * pitch
    starts = (np.arange(count) - count / 2) * pitch
    cuts = np.concatenate([*(start + inside for start in starts), starts, [-starts[0]]])
    ends = -starts[0] - edge * np.array([1.0, 0.6])
    return np.unique(np.concatenate([cuts, ends, -ends]).round(9))


def _stuck(d: Draw, block: Solid, count: int, pitch: float, rgb: np.ndarray, palette: np.ndarray) -> Solid:
    """The block with a sticker on every small face: each side of one colour, or all mixed."""
    half = block.vertices.max(axis=0)
    centres = block.face_centres()
    axis = (np.abs(centres) / half).argmax(axis=1)
    side = 2 * axis + (np.take_along_axis(centres, axis[:, None], 1)[:, 0] > 0)
    cell = np.floor((centres + half) / pitch).astype(int).clip(0, count - 1)
    within = np.abs((centres + half) / pitch % 1 - 0.5)
    within[np.arange(len(axis)), axis] = 0.0
    sticker = (within < d.pick(0.39, 0.46, 0.5)).all(axis=1)
    shades = np.arange(6).repeat(count**3).reshape(6, count, count, count)
    if d.chance(0.75):
        shades = d.integers(0, 6, shades.shape)
    return block.painted(rgb).painted_where(sticker, palette[shades[side, cell[:, 0], cell[:, 1], cell[:, 2]]])
