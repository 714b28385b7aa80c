"""Parametric bathtubs."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.bathroom import CERAMICS
from cg3d.data.parametric.faucets import lever_faucet, two_taps
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import metal, paint
from cg3d.data.parametric.primitives import ellipse, rectangle, smooth, stacked, tube
from cg3d.data.parametric.variants import one_of


def bathtub(rng: np.random.Generator) -> Mesh:
    """A tub to lie in: on claw feet, free-standing, built in, or a corner tub."""
    kinds = {"clawfoot bathtub": _clawfoot, "freestanding bathtub": _freestanding, "built-in bathtub": _built_in}
    return one_of(rng, kinds)


def _tub(rng: np.random.Generator, outline: np.ndarray, height: float, foot: float, rim: float) -> Mesh:
    """A hollow body over `outline`; `foot` is the size of its floor in parts of it, `rim` the width of the edge, metres."""
    wide = np.ptp(outline, axis=0)
    inner = (wide - 2 * rim) / wide
    outer = [
        (foot, 0.0),
        (foot + (1 - foot) * 0.55, height * 0.25),
        (0.97, height * 0.75),
        (1.0, height - 0.03),
        (1.0, height),
    ]
    inside = [(1.0, height), (0.96, height * 0.7), (foot + (1 - foot) * 0.5, height * 0.3), (foot * 0.85, height * 0.2)]
    return stacked([(outline * size, y) for size, y in outer] + [(outline * inner * size, y) for size, y in inside])


def _bath_outline(rng: np.random.Generator) -> np.ndarray:
    length, width = rng.uniform(1.4, 1.8), rng.uniform(0.68, 0.82)
    return (
        ellipse(length, width, 48) if rng.random() < 0.4 else rectangle(length, width, width * rng.uniform(0.35, 0.5))
    )


def _bath_tap(rng: np.random.Generator) -> Mesh:
    kinds = [lever_faucet, two_taps]
    return kinds[rng.integers(2)](rng).scaled(1.4, 1.2, 1.4).painted(metal(rng))


def _clawfoot(rng: np.random.Generator) -> Mesh:
    outline, height, lift = _bath_outline(rng), rng.uniform(0.42, 0.5), rng.uniform(0.1, 0.16)
    tub = _tub(rng, outline, height, 0.75, 0.04)
    long, wide = np.ptp(outline, axis=0)
    if rng.random() < 0.6:  # a slipper: the head end swept up
        rise = (
            np.clip(tub.vertices[:, 0] / long, 0, None) ** 2 * 4 * rng.uniform(0.1, 0.2) * tub.vertices[:, 1] / height
        )
        tub = Mesh(tub.vertices + np.outer(rise, (0, 1, 0)), tub.faces, tub.face_rgb)
    claw = tube(smooth([(0, lift + 0.1, 0), (0.05, lift * 0.7, 0.05), (0.02, 0.04, 0.02), (0.05, 0.015, 0.05)]), 0.022)
    feet = mirrored(mirrored(claw.at(long * 0.27, 0, wide * 0.24)), "z").painted(metal(rng))
    inside = paint(rng, ("white",))
    body = tub.painted(paint(rng, CERAMICS) if rng.random() < 0.5 else inside)
    tap = _bath_tap(rng).at(x=-long * 0.49, y=lift + height)
    return join([body.at(y=lift), feet, tap])


def _freestanding(rng: np.random.Generator) -> Mesh:
    outline, height = _bath_outline(rng), rng.uniform(0.52, 0.62)
    rgb = paint(rng, CERAMICS)
    pillar = smooth(
        [(0, 0, 0), (0, height + 0.3, 0), (0.08, height + 0.36, 0), (0.2, height + 0.33, 0), (0.22, height + 0.26, 0)]
    )
    tap = tube(pillar, 0.018).at(x=-np.ptp(outline[:, 0]) / 2 - 0.06).painted(metal(rng))
    return join([_tub(rng, outline, height, rng.uniform(0.7, 0.88), rng.uniform(0.03, 0.05)).painted(rgb), tap])


def _built_in(rng: np.random.Generator) -> Mesh:
    """A tub sunk into a rectangular apron with a wide edge."""
    length, width, height = rng.uniform(1.4, 1.8), rng.uniform(0.7, 0.85), rng.uniform(0.45, 0.58)
    outer = rectangle(length, width, 0.02)
    hole = rectangle(length - 0.2, width - 0.16, rng.uniform(0.12, 0.3))
    sections = [
        (outer, 0.0),
        (outer, height),
        (hole, height),
        (hole * (0.95, 0.93), height * 0.6),
        (hole * (0.82, 0.75), height * 0.25),
    ]
    rgb = paint(rng, CERAMICS)
    tap = _bath_tap(rng).at(x=-length / 2 + 0.05, y=height)
    return join([stacked(sections).painted(rgb), tap])
