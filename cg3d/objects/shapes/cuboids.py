"""Boxes whose six faces are divided, so that they can be rounded, dented, bulged and painted in patches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d.objects.shapes.curves import Point
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import GREY
from cg3d.objects.shapes.solid import Solid, join


def divided(axes: Sequence[Point]) -> Solid:
    """A box whose faces are cut at the ascending coordinates given for each axis."""
    cuts = [np.asarray(axis, float) for axis in axes]
    return join(*(_face(cuts, axis, end) for axis in range(3) for end in (0, -1)))


def _face(cuts: Sequence[np.ndarray], axis: int, end: int) -> Solid:
    """The face of a divided box on one end of an axis."""
    across, along = (axis + 1) % 3, (axis + 2) % 3
    corners = np.empty((len(cuts[across]), len(cuts[along]), 3))
    corners[..., axis] = cuts[axis][end]
    corners[..., across], corners[..., along] = np.meshgrid(cuts[across], cuts[along], indexing="ij")
    number = np.arange(corners[..., 0].size).reshape(corners.shape[:2])
    one, two, three, four = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    faces = np.concatenate([np.stack([one, two, three], -1), np.stack([one, three, four], -1)]).reshape(-1, 3)
    return Solid(corners.reshape(-1, 3), faces if end else faces[:, ::-1], np.full(faces.shape, GREY))


def cuts(length: float, edge: float, parts: int) -> np.ndarray:
    """Where to cut an axis of a divided box about 0: into `parts`, and more finely within `edge` of its ends."""
    inner = np.linspace(-1, 1, parts + 1) * (length / 2 - edge)
    outer = length / 2 - edge * np.array([0.6, 0.0])
    return np.concatenate([-outer[::-1], inner, outer])


def rounded(box: Solid, edge: float) -> Solid:
    """A divided box whose edges are round with the radius `edge`."""
    low, high = box.vertices.min(axis=0), box.vertices.max(axis=0)
    inner = np.clip(box.vertices, low + edge, high - edge)
    away = box.vertices - inner
    distance = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-12)
    return box.reshaped(np.where(away.any(axis=1, keepdims=True), inner + away * edge / distance, box.vertices))


def cuboid(width: float, height: float, depth: float, edge: float, parts: int = 6) -> Solid:
    """A box with divided faces and round edges, standing on y = 0."""
    sizes = (width, height, depth)
    edge = min(edge, 0.45 * min(sizes))
    return rounded(divided([cuts(size, edge, parts) for size in sizes]), edge).at(y=height / 2)


def dented(d: Draw, box: Solid, count: int, size: float) -> Solid:
    """A divided box with up to `count` dents at its corners and edges, each reaching about `size` inwards."""
    low, high = box.vertices.min(axis=0), box.vertices.max(axis=0)
    moved = box.vertices.copy()
    for _ in range(d.count(0, count + 1)):
        place = d.integers(0, 2, 3).astype(float)
        if d.chance(0.5):
            place[d.integers(3)] = d.random()
        spot = low + place * (high - low)
        near = np.exp(-np.sum((moved - spot) ** 2, axis=1) / (2 * size) ** 2)
        inwards = (low + high) / 2 - spot
        moved += np.outer(near, inwards / np.linalg.norm(inwards)) * size * d(0.3, 1.0)
    return box.reshaped(moved)


def bulging(box: Solid, axis: str, share: float) -> Solid:
    """A divided box whose two faces across an axis are swollen by `share` of its size there, or hollow where negative."""
    low, high = box.vertices.min(axis=0), box.vertices.max(axis=0)
    unit = (box.vertices - (low + high) / 2) / (high - low) * 2
    others = [k for k in range(3) if k != "xyz".index(axis)]
    swell = 1 + share * np.prod(np.cos(np.pi / 2 * unit[:, others]), axis=1)
    factors = np.ones_like(unit)
    factors[:, "xyz".index(axis)] = swell
    return box.reshaped((low + high) / 2 + unit * factors * (high - low) / 2)
