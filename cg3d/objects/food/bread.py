"""Bread."""

from __future__ import annotations

import numpy as np

from cg3d.objects.food.produce import tinted
from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import extrude, lathe, loft
from cg3d.objects.shapes.solid import Solid, join

CRUST = ((0.72, 0.45, 0.2), (0.6, 0.36, 0.16), (0.8, 0.55, 0.28), (0.5, 0.3, 0.14))
CRUMB = np.array((0.92, 0.84, 0.66))


@category
def bread(d: Draw) -> Solid:
    """A round or long loaf with cuts, a tin loaf whole or sliced, a baguette, a slice, or a roll."""
    kinds = {"loaf of bread": _tin_loaf, "round loaf": _round_loaf, "baguette": _baguette}
    kinds |= {"slice of bread": _slice, "bread roll": _roll, "sliced bread": _sliced}
    return one_of(d, kinds)


def _slice_outline(width: float, height: float, puff: float) -> np.ndarray:
    """(K, 2) of a slice of tin bread: straight below, with two round shoulders that jut out over the sides."""
    right = [(0.44, 0.0), (0.46, 0.08), (0.46, 0.6), (0.5, 0.7)]
    right += [(0.5 + 0.02 * puff, 0.82), (0.4, 0.96), (0.2, 1.0), (0.0, 0.97)]
    curve = smooth(right, 3)
    return np.concatenate([curve, (curve * (-1, 1))[-2::-1]]) * (width, height)


def _tin_shape(d: Draw) -> tuple[float, float, float]:
    width = d(0.085, 0.125)
    return width, width * d(0.8, 1.1), d(0.5, 1.5)


def _tin_loaf(d: Draw) -> Solid:
    """A brick with a risen top, ends a little rounder, perhaps one end cut off."""
    width, height, puff = _tin_shape(d)
    length = width * d(1.7, 2.9)
    outline = _slice_outline(width, height, puff)
    middle = np.array([0, height * 0.45])
    sizes = [(0.75, -0.5), (0.92, -0.49), (0.99, -0.45), (1.0, -0.3), (1.03, 0.0)]
    sizes += [(1.0, 0.3), (0.99, 0.45), (0.92, 0.49), (0.75, 0.5)]
    cut = d.chance(0.4)
    sizes = [*sizes[:-3], (0.99, 0.4)] if cut else sizes
    rings = [points(middle + (outline - middle) * s, z * length) for s, z in sizes]
    body = loft(rings).painted(tinted(d, *CRUST))
    body = body.banded(-1, height * d(0.3, 0.6), tinted(d, *CRUST)) if d.chance(0.5) else body
    if not cut:
        return body
    centre = body.face_centres()
    return body.painted_where(centre[:, 2] > 0.3999 * length, CRUMB)


def _one_slice(outline: np.ndarray, thick: float, rgb: np.ndarray) -> Solid:
    body = extrude(outline, thick).painted(rgb)
    flat = np.ptp(body.vertices[body.faces][..., 2], axis=1) < 1e-9
    return body.painted_where(flat, CRUMB)


def _slice(d: Draw) -> Solid:
    """One slice or two, lying; toasted or not."""
    width, height, puff = _tin_shape(d)
    outline, rgb, thick = _slice_outline(width, height, puff), tinted(d, *CRUST), d(0.009, 0.02)
    one = _one_slice(outline, thick, rgb)
    one = one.painted(tinted(d, (0.78, 0.56, 0.3), (0.7, 0.48, 0.25))) if d.chance(0.3) else one
    lying = one.turned("x", 90).grounded()
    if d.chance(0.35):
        return join(lying, lying.turned("y", d(-40, 40)).at(x=d(0, 0.03), y=thick))
    return lying


def _sliced(d: Draw) -> Solid:
    """A tin loaf in slices that lean or have come apart."""
    width, height, puff = _tin_shape(d)
    outline, rgb = _slice_outline(width, height, puff), tinted(d, *CRUST)
    thick, count, lean = d(0.01, 0.016), d.count(5, 14), d(0, 25)
    parts, at = [], 0.0
    for _ in range(count):
        parts.append(_one_slice(outline, thick, rgb).turned("x", lean + d.normal(0, 1)).at(x=d.normal(0, 0.001), z=at))
        at += thick * d(1.02, 1.2) / np.cos(np.radians(lean))
    return join(*parts)


def _cut(body: Solid, ridge: np.ndarray, depth: float) -> Solid:
    """The body with grooves where `ridge` (V,) is 1; what opens there is paler."""
    vertices = body.vertices - np.outer(
        ridge * depth * (body.vertices[:, 1] > np.ptp(body.vertices[:, 1]) * 0.45), (0, 1, 0)
    )
    opened = (ridge[body.faces].mean(axis=1) > 0.5) & (
        body.vertices[body.faces, 1].mean(axis=1) > np.ptp(vertices[:, 1]) * 0.5
    )
    return body.reshaped(vertices).painted_where(opened, CRUMB * 0.93)


def _long(d: Draw, length: float, width: float, height: float, blunt: float, cuts: int) -> Solid:
    """A loaf along x with a flat foot, its ends more or less pointed, with slanted cuts."""
    along = np.linspace(-1, 1, 72)
    size = np.maximum(1 - np.abs(along) ** blunt, 0.004) ** 0.5
    angle = np.arange(28) * 2 * np.pi / 28
    y = np.where(np.sin(angle) > 0, np.sin(angle), 0.45 * np.sin(angle)) * height / 1.45
    curve = d.normal(0, 0.03) * length * along**2
    rings = [
        points(a * length / 2, y * (0.4 + 0.6 * s) * min(1, s * 1.6), s * width / 2 * np.cos(angle) + c)
        for a, s, c in zip(along, size, curve, strict=True)
    ]
    body = loft(np.stack(rings)[::-1]).grounded().painted(tinted(d, *CRUST))
    x, z = body.vertices[:, 0] / length, body.vertices[:, 2] / width
    phase = (x + d(0.05, 0.12) * z * 2) * cuts * 1.15
    ridge = (
        np.exp(-(((phase - np.round(phase)) / 0.16) ** 2)) * (np.abs(z) < 0.33) * (np.abs(x) < 0.45) if cuts else 0 * x
    )
    return _cut(body, ridge, height * 0.12)


def _baguette(d: Draw) -> Solid:
    length = d(0.28, 0.62)
    width = d(0.05, 0.075)
    return _long(d, length, width, width * d(0.7, 0.9), d(4, 9), int(length / d(0.07, 0.11)))


def _roll(d: Draw) -> Solid:
    length = d(0.08, 0.14)
    width = length * d(0.55, 0.95)
    return _long(d, length, width, width * d(0.55, 0.75), d(2, 3), d.count(0, 3))


def _round_loaf(d: Draw) -> Solid:
    """A dome, long or round, with one cut, a cross, or a lattice."""
    length = d(0.17, 0.28)
    width, tall = length * d(0.7, 1.0), d(0.35, 0.5)
    knots = [(0.0, 0.0), (0.8, 0.0), (0.97, 0.15), (1.0, 0.4), (0.85, 0.75), (0.5, 0.95), (0.0, 1.0)]
    body = lathe(np.maximum(smooth(knots, 6), 0), 64).scaled(length / 2, width * tall, width / 2)
    body = body.painted(tinted(d, *CRUST))
    x, z = body.vertices[:, 0] / length, body.vertices[:, 2] / width
    style, near = d.integers(3), np.hypot(x, z) < 0.38
    lines = {0: [z + 0.3 * x**2], 1: [x, z], 2: [((4 * (x + z)) % 1 - 0.5) / 4, ((4 * (x - z)) % 1 - 0.5) / 4]}[
        int(style)
    ]
    ridge = np.max([np.exp(-((line / 0.035) ** 2)) for line in lines], axis=0) * near
    return _cut(body, ridge, width * 0.025)
