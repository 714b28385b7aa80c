"""Parametric packages of paper and foil: carton, tube."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import box, cylinder, loft, rectangle, stacked, superellipsoid
from cg3d.data.parametric.round_bodies import fluted
from cg3d.data.parametric.variants import one_of


def carton(rng: np.random.Generator) -> Mesh:
    """A drink in coated paper: with a gable top, a flat brick, a small one with a straw, or an egg box."""
    kinds = {"milk carton": _gable, "juice carton": _brick, "juice box": _small_brick, "egg carton": _eggs}
    return one_of(rng, kinds)


def patched(rng: np.random.Generator, body: Mesh, patches: int = 3) -> Mesh:
    """Printed paper: blocks of colour at random places on the surface of the body."""
    low, size = body.vertices.min(axis=0), np.ptp(body.vertices, axis=0)
    at, rgb = (body.vertices[body.faces].mean(axis=1) - low) / size, body.face_rgb.copy()
    for _ in range(int(rng.integers(1, patches + 1))):
        centre, half = rng.uniform(0.15, 0.85, 3), rng.uniform(0.08, 0.4, 3)
        half[rng.integers(3)] = 1.0
        rgb[(np.abs(at - centre) < half).all(axis=1)] = paint(rng)
    return Mesh(body.vertices, body.faces, rgb)


def gridded(width: float, height: float, depth: float, count: int = 12) -> Mesh:
    """A box whose upright sides are divided finely enough to be printed on."""
    side = np.linspace(-0.5, 0.5, count, endpoint=False)
    edges = [np.column_stack([side, np.full(count, -0.5)]), np.column_stack([np.full(count, 0.5), side])]
    outline = np.concatenate([*edges, *(-edge for edge in edges)]) * (width, depth)
    return stacked([(outline, y) for y in np.linspace(0, height, 2 * count)])


def _lying(rng: np.random.Generator, standing: Mesh, share: float = 0.15) -> Mesh:
    return standing.turned("x", -90).grounded() if rng.random() < share else standing


def _gable(rng: np.random.Generator) -> Mesh:
    """A square body, a roof of two slopes and a fin along the ridge; perhaps a screw cap on one slope."""
    width = rng.choice([rng.uniform(0.055, 0.075), rng.uniform(0.08, 0.1)])
    height, roof, depth = width * rng.uniform(1.3, 2.7), width * rng.uniform(0.4, 0.6), width * rng.uniform(0.92, 1.0)
    rgb = paint(rng, ("white", "white", "blue", "green", "red", "orange", "yellow"))
    body = patched(rng, gridded(width, height, depth).painted(rgb))
    fin = rng.uniform(0.014, 0.024)
    base, ridge = rectangle(width, depth), rectangle(width, 0.004)
    gable = rectangle(width * 0.98, 0.006)
    top = [(base, height), (gable, height + roof), (ridge, height + roof), (ridge, height + roof + fin)]
    slope = stacked(top).painted(paint(rng) if rng.random() < 0.4 else rgb)
    tucked = slope.vertices.copy()  # the triangular ends fold inwards
    ends = (tucked[:, 1] > height + roof * 0.9) & (tucked[:, 1] < height + roof * 1.001)
    tucked[ends, 0] *= 0.9
    parts = [body, Mesh(tucked, slope.faces, slope.face_rgb)]
    if rng.random() < 0.6:
        cap = cylinder(width * 0.17, 0.016, segments=20).turned("x", np.degrees(np.arctan2(roof, depth / 2)))
        parts.append(cap.at(y=height + roof * 0.5, z=depth * 0.24).painted(paint(rng)))
    return _lying(rng, join(parts))


def _brick(rng: np.random.Generator) -> Mesh:
    """A tall block with a flat or slanted top and a screw cap."""
    width = rng.uniform(0.06, 0.1)
    height, depth = width * rng.uniform(1.9, 2.8), width * rng.uniform(0.6, 1.0)
    slant = depth * rng.choice([0.0, rng.uniform(0.15, 0.45)])
    body = gridded(width, height, depth)
    over = np.clip((body.vertices[:, 1] / height - 0.8) / 0.2, 0, 1) * (body.vertices[:, 2] / depth + 0.5)
    body = Mesh(body.vertices - np.outer(over * slant, (0, 1, 0)), body.faces, body.face_rgb)
    body = patched(rng, body.painted(paint(rng)), 4)
    cap = fluted(np.array([(0, 0), (0.013, 0), (0.013, 0.013), (0, 0.014)]) * rng.uniform(0.9, 1.3), 16, 0.05)
    lid = cap.turned("x", np.degrees(np.arctan2(slant, depth))).at(y=height - slant * 0.65 - 0.002, z=depth * 0.15)
    return _lying(rng, join([body, lid.painted(paint(rng))]))


def _small_brick(rng: np.random.Generator) -> Mesh:
    """A portion with a straw through its top or glued to its side, and folded ears."""
    width = rng.uniform(0.042, 0.062)
    height, depth = width * rng.uniform(1.7, 2.5), width * rng.uniform(0.6, 0.8)
    parts = [patched(rng, gridded(width, height, depth, 8).painted(paint(rng)), 4)]
    straw = paint(rng, ("white", "yellow", "red", "green"))
    if rng.random() < 0.6:
        tip = height * rng.uniform(0.25, 0.5)
        up = cylinder(0.0022, tip, segments=10).turned("z", rng.uniform(-15, 15))
        parts.append(up.at(x=width * 0.25, y=height - 0.004).painted(straw))
    else:
        parts.append(
            cylinder(0.0025, height * 0.9, segments=10)
            .turned("z", 25)
            .at(width * 0.2, height * 0.06, -depth / 2)
            .painted(straw)
        )
    return _lying(rng, join(parts))


def _eggs(rng: np.random.Generator) -> Mesh:
    """Two rows of cups; open with eggs in them, or under a lid with flattened knobs."""
    count, pitch = int(rng.choice([3, 4, 5, 6])), rng.uniform(0.046, 0.052)
    card = paint(rng, ("grey", "grey", "beige", "white", "green", "blue"))
    places = [(x, z) for x in (np.arange(count) - (count - 1) / 2) * pitch for z in (-pitch / 2, pitch / 2)]
    width, depth = count * pitch + 0.01, 2 * pitch + 0.01
    cup = cylinder(pitch * 0.33, 0.036, pitch * 0.52, 14)
    rim = box(width, 0.004, depth).at(y=0.034)
    parts = [*(cup.at(x=x, z=z) for x, z in places), rim]
    if rng.random() < 0.5:
        lid = stacked(
            [
                (rectangle(width, depth, 0.01), 0.038),
                (rectangle(width * 0.94, depth * 0.85, 0.01), 0.068),
                (rectangle(width * 0.9, depth * 0.75, 0.01), 0.07),
            ]
        )
        return patched(rng, join([*parts, lid]).painted(card), 2)
    shell = paint(rng, ("white", "beige", "brown"))
    egg = superellipsoid(0.042, 0.055, 0.042)
    parts = [join(parts).painted(card), *(egg.at(x, 0.018, z).painted(shell) for x, z in places if rng.random() < 0.85)]
    cover = [
        (rectangle(width, depth, 0.01), 0.0),
        (rectangle(width * 0.94, depth * 0.85, 0.01), 0.032),
        (rectangle(width * 0.92, depth * 0.83, 0.01), 0.032),
        (rectangle(width * 0.97, depth * 0.96, 0.01), 0.003),
    ]
    flap = (
        stacked([*cover[:2], *cover[2:]]).at(z=depth / 2).turned("x", -rng.uniform(95, 130)).at(y=0.036, z=-depth / 2)
    )
    return join([*parts, flap.painted(card)])


def tube(rng: np.random.Generator) -> Mesh:
    """Toothpaste or cream: round and capped at one end, pressed flat at the other; lying, or standing on its cap."""
    length, radius = rng.uniform(0.08, 0.2), rng.uniform(0.012, 0.027)
    around, steps = 32, np.linspace(0, 1, 18)
    angle = -np.arange(around) * 2 * np.pi / around
    used = rng.choice([0.0, rng.uniform(0.2, 0.8)])  # paste that has been squeezed out leaves it flat
    flat = (1 - steps) ** rng.uniform(0.5, 0.9) * (1 - used * np.sin(np.pi * steps) ** 2 * 0.6)
    flat[-3:] = np.minimum(flat[-3:], [0.06, 0.05, 0.05])
    wide = radius * (1 + (np.pi / 2 - 1) * np.clip(1 - flat, 0, 1) * rng.uniform(0.75, 1.0))
    y = steps * length
    bend = rng.normal(0, 0.03) * length * steps**2
    rings = [
        np.column_stack([w * np.cos(angle), np.full(around, at), np.maximum(radius * f, 0.0012) * np.sin(angle) + b])
        for w, f, at, b in zip(wide, flat, y, bend, strict=True)
    ]
    shoulder = np.column_stack(
        [radius * 0.5 * np.cos(angle), np.full(around, -radius * 0.35), radius * 0.5 * np.sin(angle)]
    )
    rgb = paint(rng, ("white", "white", "blue", "red", "green", "grey", "turquoise", "orange"))
    body = loft(np.stack([shoulder, *rings])).painted(rgb)
    for _ in range(int(rng.integers(1, 3))):
        low = rng.uniform(0.1, 0.7) * length
        body = body.banded(low, low + rng.uniform(0.1, 0.4) * length, paint(rng))
    wide_cap = rng.uniform(0.4, 1.0) * radius
    tall = rng.uniform(0.012, 0.03)
    cap = fluted(
        np.array([(0, 0), (wide_cap, 0), (max(wide_cap * 0.95, radius * 0.45), tall), (0, tall)]),
        int(rng.choice([0, 16])),
        0.05,
    )
    whole = join([body, cap.at(y=-radius * 0.3 - tall).painted(paint(rng, ("white", "white", "red", "blue", "black")))])
    if wide_cap > radius * 0.75 and rng.random() < 0.5:
        return whole.grounded()
    return whole.turned("x", 90).grounded().turned("y", rng.uniform(0, 360))
