"""Plates and blocks with holes that go through them from top to bottom."""

from __future__ import annotations

import numpy as np

from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.primitives import stacked
from cg3d.objects.shapes.solid import Solid, join


def divided_outline(outline: np.ndarray, step: float) -> np.ndarray:
    """A closed outline (K, 2) with points added so that no side is longer than `step`."""
    rows = []
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        count = max(int(np.ceil(np.linalg.norm(end - start) / step)), 1)
        rows.append(start + (end - start) * (np.arange(count) / count)[:, None])
    return np.concatenate(rows)


def pierced(
    outline: np.ndarray, height: float, bevel: float, hole: tuple[float, float], where: tuple[float, float]
) -> Solid:
    """A plate on y = 0 with softened edges and an oval hole.

    Args:
        outline: (K, 2) convex, as `slab` takes it, about the origin, with points all along its sides.
        hole: width and depth.
        where: the middle of the hole, x and z.
    """
    away = np.asarray(outline) - where
    angle = np.arctan2(away[:, 1] / hole[1], away[:, 0] / hole[0])
    inner = points(np.cos(angle), np.sin(angle)) * np.array(hole) / 2 + where
    small = outline * (1 - bevel / np.abs(outline).max(axis=0))
    levels = [(small, 0.0), (outline, bevel), (outline, height - bevel), (small, height)]
    return stacked([*levels, (inner, height), (inner, 0.0), (small, 0.0)], capped=False)


def perforated(size: tuple[float, float, float], columns: int, rows: int, hole: float, square: bool) -> Solid:
    """A block on y = 0 of the given width, height and depth with rows of equal holes; nothing lies between its cells.

    Args:
        hole: width of the holes, in parts of a cell.
        square: oblong holes with sharp corners, else oval ones.
    """
    width, height, depth = size
    cell = np.array([width / columns, depth / rows])
    outline = divided_outline(np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) / 2, 0.26)
    inner = outline * hole if square else outline / np.linalg.norm(outline, axis=1, keepdims=True) * hole / 2
    outer, inner = outline * cell, inner * cell
    one = stacked([(outer, 0), (outer, height), (inner, height), (inner, 0), (outer, 0)], capped=False)
    places = [(x, z) for x in np.arange(columns) for z in np.arange(rows)]
    whole = join(*(one.at((x + 0.5) * cell[0] - width / 2, 0, (z + 0.5) * cell[1] - depth / 2) for x, z in places))
    return _without_partitions(whole, cell, (width, depth))


def _without_partitions(block: Solid, cell: np.ndarray, size: tuple[float, float]) -> Solid:
    """The cells of a block as one shell: the walls where two of them touch are left out."""
    keep = np.ones(len(block.faces), bool)
    for axis, pitch, length in zip((0, 2), cell, size, strict=True):
        corners = block.vertices[block.faces, axis]
        flat = np.ptp(corners, axis=1) < 1e-9
        place = corners.mean(axis=1)
        seam = np.abs((place + length / 2) / pitch - np.rint((place + length / 2) / pitch)) < 1e-6
        keep &= ~(flat & seam & (np.abs(place) < length / 2 - 1e-6))
    return Solid(block.vertices, block.faces[keep], block.face_rgb[keep])
