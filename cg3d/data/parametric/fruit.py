"""Parametric round fruit: apple, pear, orange."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.primitives import lathe, loft, rod, smooth, superellipsoid

LEAF, STALK = np.array((0.25, 0.5, 0.2)), np.array((0.35, 0.25, 0.13))


def tinted(rng: np.random.Generator, *shades: tuple[float, float, float]) -> np.ndarray:
    """One of the colours a fruit has, slightly off."""
    return np.clip(np.array(shades[rng.integers(len(shades))]) + rng.normal(0, 0.03, 3), 0, 1)


def lumpy(rng: np.random.Generator, body: Mesh, share: float, lobes: int = 0, depth: float = 0.0) -> Mesh:
    """The body as it grew: waves of `share` of its size, and `lobes` rounded ridges from stalk to flower."""
    low, high = body.vertices.min(axis=0), body.vertices.max(axis=0)
    unit = (body.vertices - (low + high) / 2) / (high - low) * 2
    grow = np.ones(len(unit))
    for _ in range(4):
        grow += share / 2 * np.sin(unit @ rng.normal(0, 1.3, 3) + rng.uniform(0, 6))
    grow += (
        depth * np.cos(np.arctan2(unit[:, 2], unit[:, 0]) * lobes) * np.clip(0.6 - unit[:, 1] * 0.4, 0, 1)
        if lobes
        else 0
    )
    return Mesh(body.vertices * np.column_stack([grow, 1 + (grow - 1) / 2, grow]), body.faces, body.face_rgb)


def blushed(rng: np.random.Generator, body: Mesh, rgb: np.ndarray, spread: float = 0.7) -> Mesh:
    """The body with another colour that fades in on one side."""
    centre = body.vertices[body.faces].mean(axis=1)
    unit = (centre - centre.mean(axis=0)) / np.ptp(centre, axis=0)
    toward = rng.normal(size=3) * (1, 0.6, 1)
    share = np.clip(0.5 + unit @ toward / np.linalg.norm(toward) * 1.5 + rng.uniform(-0.4, 0.3), 0, 1)[:, None]
    steps = np.round(share * spread * 5) / 5
    return Mesh(body.vertices, body.faces, body.face_rgb * (1 - steps) + rgb * steps)


def resting(rng: np.random.Generator, fruit: Mesh, upright: float) -> Mesh:
    """The fruit on its flower end, or rolled to its side and turned."""
    if rng.random() < upright:
        return fruit.turned("x", rng.normal(0, 8)).grounded()
    return fruit.turned("x", rng.uniform(50, 130)).turned("y", rng.uniform(0, 360)).grounded()


def _leaf(length: float) -> Mesh:
    along = np.linspace(0, 1, 8)
    half = length * 0.25 * np.sin(np.pi * np.clip(along, 0.03, 0.97))
    rise = length * 0.25 * np.sin(np.pi * along * 0.8)
    rows = []
    for sign, lift in ((-1, 0.0), (1, 0.0), (1, 0.0008), (-1, 0.0008)):
        rows.append(np.column_stack([along * length, rise + lift, sign * half]))
    return loft(np.stack(rows, axis=1)[::-1]).painted(LEAF)


def apple(rng: np.random.Generator) -> Mesh:
    """A round body with a dimple at both ends, five faint lobes and a stalk; red, green, yellow, or with a blush."""
    radius, tall = rng.uniform(0.03, 0.046), rng.uniform(0.78, 1.05)
    top = rng.uniform(0.62, 0.8)
    knots = [(0.0, 0.12), (0.18, 0.06), (0.36, 0.0), (0.68, 0.15), (0.95, 0.55), (1.0, 0.95), (0.85, 1.45), (0.5, 1.72)]
    knots += [(0.3, 1.74), (0.12, 1.5 + 0.1 * top), (0.0, 1.42)]
    body = lathe(np.maximum(smooth(knots, 4), 0) * (radius, radius * tall), 36)
    body = lumpy(rng, body, 0.05, 5, rng.uniform(0, 0.03))
    body = body.painted(tinted(rng, (0.7, 0.1, 0.12), (0.6, 0.08, 0.1), (0.5, 0.68, 0.2), (0.85, 0.75, 0.3)))
    if rng.random() < 0.6:
        body = blushed(rng, body, tinted(rng, (0.75, 0.15, 0.12), (0.85, 0.6, 0.25), (0.6, 0.1, 0.1)))
    parts = [body]
    if rng.random() < 0.85:
        lean = rng.normal(0, 0.2, 2) * radius
        end = (lean[0], radius * tall * rng.uniform(1.85, 2.2), lean[1])
        parts.append(rod((0, radius * tall * 1.42, 0), end, 0.0015, 0.0022).painted(STALK))
        if rng.random() < 0.25:
            parts.append(_leaf(radius * rng.uniform(0.7, 1.1)).at(y=radius * tall * 1.75))
    return resting(rng, join(parts), 0.75)


def pear(rng: np.random.Generator) -> Mesh:
    """A broad foot that narrows to a neck, leaning a little, with a stalk; green, yellow, brown or red."""
    radius, neck = rng.uniform(0.028, 0.042), rng.uniform(0.35, 0.6)
    tall, waist = radius * rng.uniform(2.5, 3.6), rng.uniform(0.55, 0.68)
    knots = [(0.0, 0.03), (0.2, 0.0), (0.7, 0.06), (1.0, 0.3), (0.9, 0.48), (neck + 0.22 * waist, 0.64)]
    knots += [(neck, 0.82), (neck * 0.75, 0.94), (neck * 0.35, 0.99), (0.0, 0.98)]
    body = lathe(np.maximum(smooth(knots, 4), 0) * (radius, tall), 32)
    bend = rng.normal(0, 0.12) * radius * (body.vertices[:, 1] / tall) ** 2 * 3
    body = lumpy(rng, Mesh(body.vertices + np.outer(bend, (1, 0, 0)), body.faces, body.face_rgb), 0.05)
    body = body.painted(
        tinted(rng, (0.62, 0.7, 0.25), (0.8, 0.75, 0.3), (0.55, 0.4, 0.2), (0.65, 0.25, 0.2), (0.5, 0.62, 0.25))
    )
    if rng.random() < 0.5:
        body = blushed(rng, body, tinted(rng, (0.75, 0.4, 0.25), (0.6, 0.45, 0.25)), 0.6)
    tip = bend.max() + bend.min()
    stalk = rod(
        (tip, tall * 0.95, 0),
        (tip + rng.normal(0, 0.006), tall * rng.uniform(1.08, 1.2), rng.normal(0, 0.004)),
        0.0018,
        0.0026,
    )
    return resting(rng, join([body, stalk.painted(STALK)]), 0.55)


def orange(rng: np.random.Generator) -> Mesh:
    """A nearly round fruit, whole, or cut through with its segments showing; also mandarin and grapefruit."""
    kind = ("orange", "orange", "mandarin", "grapefruit")[rng.integers(4)]
    radius = {"orange": 0.037, "mandarin": 0.029, "grapefruit": 0.052}[kind] * rng.uniform(0.9, 1.12)
    flat = rng.uniform(0.75, 0.9) if kind == "mandarin" else rng.uniform(0.9, 1.03)
    rgb = tinted(rng, (0.93, 0.52, 0.1), (0.95, 0.6, 0.15), (0.9, 0.45, 0.08))
    rgb = rgb if kind != "grapefruit" else tinted(rng, (0.93, 0.7, 0.3), (0.92, 0.6, 0.35))
    if rng.random() < 0.2:
        return _halved(rng, radius, rgb).called(kind)
    knots = [
        (0.0, 0.03),
        (0.1, 0.01),
        (0.5, 0.11),
        (0.88, 0.48),
        (1.0, 1.0),
        (0.88, 1.5),
        (0.5, 1.88),
        (0.14, 1.97),
        (0, 1.93),
    ]
    body = lumpy(rng, lathe(np.maximum(smooth(knots, 4), 0) * (radius, radius * flat), 32), 0.03).painted(rgb)
    button = superellipsoid(0.007, 0.003, 0.007).at(y=radius * flat * 1.92).painted(LEAF)
    parts = [body, button]
    if rng.random() < 0.15:
        parts.append(_leaf(radius).at(y=radius * flat * 1.95))
    return resting(rng, join(parts), 0.4).called(kind)


def _halved(rng: np.random.Generator, radius: float, rgb: np.ndarray) -> Mesh:
    """Half a fruit with its cut face up: peel, white pith and segments."""
    angle = np.linspace(-np.pi / 2, 0, 12)
    bowl = lathe(
        [*np.column_stack([np.cos(angle), np.sin(angle) + 1]) * radius, (radius * 0.9, radius), (0, radius * 0.995)], 32
    )
    centre = bowl.vertices[bowl.faces].mean(axis=1)
    cut = centre[:, 1] > radius * 0.98
    skin = np.where(cut[:, None], (0.95, 0.9, 0.78), rgb)
    count = int(rng.integers(8, 12))
    wedge = [
        (0.08, 0.0),
        (0.75, -2.2 / count),
        (0.84, -1.2 / count),
        (0.86, 0.0),
        (0.84, 1.2 / count),
        (0.75, 2.2 / count),
    ]
    flat = np.array([(r * np.cos(a), r * np.sin(a)) for r, a in wedge]) * radius
    segment = loft(
        np.stack(
            [np.column_stack([flat[::-1, 0], np.full(6, y), flat[::-1, 1]]) for y in (radius * 0.97, radius * 1.02)]
        )
    )
    segments = [segment.turned("y", 360 * k / count).painted(rgb) for k in range(count)]
    return join([Mesh(bowl.vertices, bowl.faces, skin), *segments])
