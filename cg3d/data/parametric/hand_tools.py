"""Parametric hand tools: screwdriver, wrench."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import metal, paint
from cg3d.data.parametric.primitives import arc, cylinder, ellipse, extrude, lathe, loft, smooth, stacked
from cg3d.data.parametric.variants import one_of, posed


def screwdriver(rng: np.random.Generator) -> Mesh:
    """A fluted handle on a steel shaft with a flat or a pointed tip; long, or short and stubby."""
    grip = rng.uniform(0.07, 0.125)
    radius, shaft = grip * rng.uniform(0.12, 0.2), rng.uniform(0.04, 0.19)
    thin, flutes = radius * rng.uniform(0.2, 0.32), int(rng.choice([0, 6, 8]))
    rgb, steel = paint(rng), metal(rng)
    knots = smooth([(0.7, 0.0), (1.0, 0.1), (0.92, 0.55), (rng.uniform(0.55, 0.75), 0.82), (0.8, 0.95), (0.6, 1.0)])
    handle = _fluted(knots * (radius, grip), flutes).painted(rgb)
    if rng.random() < 0.5:
        handle = handle.banded(grip * 0.12, grip * rng.uniform(0.3, 0.7), paint(rng))
    end = grip + shaft
    if rng.random() < 0.5:  # a blade for slotted screws
        widths = [
            (thin, thin, grip),
            (thin, thin, end - 0.02),
            (thin * 1.6, thin * 0.6, end - 0.008),
            (thin * 1.3, thin * 0.3, end),
        ]
        bit = stacked([(ellipse(2 * x, 2 * z, 12), y) for x, z, y in widths])
    else:
        bit = lathe([(0, grip), (thin, grip), (thin, end - 2.5 * thin), (thin * 0.3, end), (0, end)], 12)
    return posed(rng, join([handle, bit.painted(steel)]))


def _fluted(profile: np.ndarray, flutes: int) -> Mesh:
    """A closed body of revolution with grooves along it."""
    angle = -np.arange(48) * 2 * np.pi / 48
    groove = 1 - 0.08 * (1 + np.cos(angle * flutes)) if flutes else np.ones(48)
    radius = profile[:, :1] * groove
    rings = [radius * np.cos(angle), np.broadcast_to(profile[:, 1:], radius.shape), radius * np.sin(angle)]
    return loft(np.stack(rings, -1))


def wrench(rng: np.random.Generator) -> Mesh:
    """A flat bar with jaws or a ring at its ends, or an adjustable jaw."""
    kinds = {"open-end wrench": _open_ended, "combination wrench": _combination, "adjustable wrench": _adjustable}
    rgb = metal(rng) if rng.random() < 0.75 else paint(rng)
    return posed(rng, one_of(rng, kinds).painted(rgb))


def _jaw(size: float, thick: float, mouth: float, tilt: float) -> Mesh:
    """An open head about the origin whose mouth, `mouth` wide, looks to +y turned by `tilt` degrees."""
    gap, steps = mouth / 2, np.linspace(0, 1, 14)
    outer = arc(size, size, 90 + np.degrees(np.arcsin(gap / size)), 270, 25)[:, :2]
    inner = np.array([(-gap, outer[0, 1]), (-gap, -gap * 0.3), (-gap * 0.8, -gap * 0.9), (0.0, -gap * 1.1)])
    edge, lip = _resampled(outer, steps), _resampled(inner, steps)
    half = [
        [(*a, -thick / 2), (*b, -thick / 2), (*b, thick / 2), (*a, thick / 2)] for a, b in zip(lip, edge, strict=True)
    ]
    return mirrored(loft(np.array(half)[::-1])).turned("z", tilt)


def _resampled(path: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Points at fractions of the length of a path (K, 2)."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    return np.column_stack([np.interp(steps * length[-1], length, axis) for axis in path.T])


def _ring(size: float, thick: float, hole: float) -> Mesh:
    """A flat ring in the xy plane about the origin."""
    outer, inner = ellipse(2 * size, 2 * size, 36), ellipse(2 * hole, 2 * hole, 36)
    sections = [(outer, -thick / 2), (outer, thick / 2), (inner, thick / 2), (inner, -thick / 2), (outer, -thick / 2)]
    return stacked(sections, capped=False).turned("x", 90)


def _shank(rng: np.random.Generator, length: float, width: float, thick: float) -> Mesh:
    waist = rng.uniform(0.75, 1.0)
    sizes = [(1.0, 0.0), (waist, 0.25), (waist, 0.75), (1.0, 1.0)]
    return loft(np.array([_flat_ring(width * size, length * at, thick) for size, at in sizes]))


def _flat_ring(width: float, y: float, thick: float) -> np.ndarray:
    corners = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)]) * (width / 2, thick / 2)
    return np.column_stack([corners[:, 0], np.full(4, y), corners[:, 1]])


def _sizes(rng: np.random.Generator) -> tuple[float, float, float]:
    length = rng.uniform(0.11, 0.3)
    return length, length * rng.uniform(0.075, 0.12), length * rng.uniform(0.03, 0.05)


def _open_ended(rng: np.random.Generator) -> Mesh:
    length, size, thick = _sizes(rng)
    mouth, tilt, other = size * rng.uniform(1.0, 1.25), float(rng.choice([-15, 0, 15])), rng.uniform(0.75, 0.95)
    heads = [
        _jaw(size, thick * 1.2, mouth, tilt).at(y=length),
        _jaw(size * other, thick * 1.2, mouth * other, 180 + tilt),
    ]
    return join([*heads, _shank(rng, length - 1.5 * size, size * 0.9, thick).at(y=size * 0.75)])


def _combination(rng: np.random.Generator) -> Mesh:
    length, size, thick = _sizes(rng)
    hole = size * rng.uniform(0.55, 0.68)
    heads = [_jaw(size, thick * 1.2, size * rng.uniform(1.0, 1.25), float(rng.choice([-15, 0, 15]))).at(y=length)]
    return join(
        [
            *heads,
            _ring(size * 0.85, thick * 1.5, hole),
            _shank(rng, length - 1.4 * size, size * 0.8, thick).at(y=size * 0.7),
        ]
    )


def _adjustable(rng: np.random.Generator) -> Mesh:
    """A fixed jaw, a sliding one beside it, and the screw that moves it."""
    length, size, thick = rng.uniform(0.15, 0.3), rng.uniform(0.02, 0.03), rng.uniform(0.009, 0.014)
    gap = size * rng.uniform(0.4, 1.2)
    fixed = extrude([(-1.3 * size, 0), (1.2 * size, -0.2 * size), (1.2 * size, 0.6 * size), (0.0, 0.75 * size)], thick)
    prong = extrude(
        [(-1.3 * size, 0), (0, 0.3 * size), (0, 2.1 * size), (-0.5 * size, 2.2 * size), (-1.2 * size, 1.2 * size)],
        thick,
    )
    slide = extrude(
        [
            (0, 0.4 * size),
            (size * 0.9, 0.3 * size),
            (size * 0.8, 1.2 * size),
            (0.3 * size, 2.0 * size),
            (0, 2.0 * size),
        ],
        thick,
    )
    worm = cylinder(size * 0.3, size * 0.8).turned("z", 90).at(x=0.9 * size, y=-0.1 * size)
    shank = _shank(rng, length, size * 0.95, thick * 0.7).at(x=-0.2 * size, y=-length + 0.15 * size)
    eye = _ring(size * 0.5, thick * 0.7, size * 0.25).at(x=-0.2 * size, y=-length - size * 0.3)
    return join([fixed, prong, slide.at(x=gap), worm, shank, eye])
