"""Parametric sponges."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import lathe, rectangle, smooth, stacked, superellipsoid
from cg3d.data.parametric.variants import one_of


def sponge(rng: np.random.Generator) -> Mesh:
    """A block with a scouring side, a waisted or plain one, a car or bath sponge, or a natural lump."""
    return one_of(rng, {"dish sponge": _dish, "bath sponge": _bath, "natural sponge": _natural})


def pitted(rng: np.random.Generator, body: Mesh, depth: float, scale: float) -> Mesh:
    """The body with pores of roughly `scale` metres pressed into it."""
    wave = np.ones(len(body.vertices))
    for _ in range(3):
        wave *= np.sin(body.vertices @ rng.normal(0, 1, 3) * 2 * np.pi / scale + rng.uniform(0, 6))
    centre = body.vertices.mean(axis=0)
    away = body.vertices - centre
    unit = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    return Mesh(body.vertices - unit * np.clip(wave, 0, 1)[:, None] * depth, body.faces, body.face_rgb)


def _dish(rng: np.random.Generator) -> Mesh:
    """Foam under a thin rough layer; flat, on its side, or turned over."""
    width = rng.uniform(0.08, 0.13)
    depth, height, waist = width * rng.uniform(0.5, 0.75), rng.uniform(0.018, 0.045), rng.uniform(0.0, 0.2)
    outline = rectangle(width, depth, rng.uniform(0.003, 0.015))
    dense = np.concatenate(
        [
            a + (b - a) * np.linspace(0, 1, 3, endpoint=False)[:, None]
            for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True)
        ]
    )
    shape = dense * np.column_stack([np.ones(len(dense)), 1 - waist * np.exp(-((dense[:, 0] / width * 4) ** 2))])
    levels = [(shape * 0.97, 0.0), (shape, height * 0.15), (shape, height * 0.85), (shape * 0.98, height)]
    foam = stacked(levels).painted(paint(rng, ("yellow", "yellow", "blue", "pink", "green", "orange", "turquoise")))
    parts = [foam]
    if rng.random() < 0.75:
        pad = stacked([(shape * 0.99, height - 0.001), (shape * 0.99, height + rng.uniform(0.004, 0.009))])
        parts.append(pad.painted(paint(rng, ("green", "green", "grey", "black", "blue", "red", "white"))))
    whole, pose = join(parts), rng.random()
    return (whole if pose < 0.6 else whole.turned("x", 180 if pose < 0.85 else 90)).grounded()


def _bath(rng: np.random.Generator) -> Mesh:
    """A big soft block with round edges, or in the shape of an 8."""
    length = rng.uniform(0.12, 0.22)
    width, height = length * rng.uniform(0.5, 0.7), length * rng.uniform(0.25, 0.45)
    body = superellipsoid(length, height, width, rng.uniform(0.45, 0.75)).painted(paint(rng))
    pinch = 1 - rng.choice([0.0, rng.uniform(0.15, 0.4)]) * np.exp(-((body.vertices[:, 0] / length * 4.5) ** 2))
    body = Mesh(body.vertices * np.column_stack([pinch * 0 + 1, pinch * 0 + 1, pinch]), body.faces, body.face_rgb)
    return pitted(rng, body, 0.004, 0.03).grounded()


def _natural(rng: np.random.Generator) -> Mesh:
    """A yellow-brown lump with a flat foot and large pores."""
    radius = rng.uniform(0.04, 0.08)
    knots = [(0.0, 0.0), (0.75, 0.02), (1.0, 0.5), (0.95, 0.9), (0.6, 1.25), (0.0, 1.35)]
    body = lathe(np.maximum(smooth(knots, 7), 0) * radius, 56).scaled(1, rng.uniform(0.7, 1.0), rng.uniform(0.75, 1.1))
    body = pitted(rng, body, radius * 0.15, radius * 0.8)
    return (
        pitted(rng, body, radius * 0.1, radius * 0.4)
        .painted(paint(rng, ("beige", "yellow", "brown", "orange")))
        .grounded()
    )
