"""Coasters."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.curves import ellipse, points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import COLOURS, paint, wood
from cg3d.objects.shapes.pierced import divided_outline
from cg3d.objects.shapes.primitives import hoop, stacked, tube
from cg3d.objects.shapes.solid import Solid, join


@category
def coaster(d: Draw) -> Solid:
    """Of cork, wood, card, felt, slate, rope or glazed clay; round, square or six-sided, flat or with a rim; also stacks."""
    kinds: dict[str, Maker] = {
        "cork coaster": _cork,
        "beer mat": _card,
        "rimmed coaster": _rimmed,
        "rope coaster": _rope,
    }
    kinds |= {"slate coaster": _slate, "wooden coaster": _wooden, "stack of coasters": _stack}
    mat = one_of(d, kinds).turned("y", d.pick(0.0, 0.0, d(0, 90)))
    return mat.turned("x", d(75, 100)).grounded() if d.chance(0.12) else mat.grounded()


def _outline(d: Draw) -> np.ndarray:
    """(K, 2) round, square with any corners, or six-sided, about 0.1 m across."""
    width, kind = d(0.082, 0.11), d.integers(5)
    if kind < 2:
        return ellipse(width, width, 48)
    if kind == 4:
        return divided_outline(ellipse(width, width, 6), width / 10)
    return rectangle(width, width, d(0.002, 0.025))


def _flat(outline: np.ndarray, thick: float, rgb: np.ndarray) -> Solid:
    edge = min(0.001, thick * 0.25)
    small = 1 - edge / np.abs(outline).max()
    return stacked([(outline * small, 0), (outline, edge), (outline, thick - edge), (outline * small, thick)]).painted(
        rgb
    )


def _printed(d: Draw, outline: np.ndarray, thick: float, rgb: np.ndarray) -> Solid:
    """A flat mat with a picture in a field of its own on top, or a ring."""
    mat = _flat(outline, thick, rgb)
    field = stacked([(outline * d(0.4, 0.92), y) for y in (thick - 0.0003, thick + 0.0002)])
    return join(mat, field.painted(paint(d))) if d.chance(0.6) else mat


def _cork(d: Draw) -> Solid:
    tone = np.array(COLOURS["beige"]) * d(0.75, 1.0)
    return _printed(d, _outline(d), d(0.003, 0.01), tone)


def _card(d: Draw) -> Solid:
    """Thin card with a bend."""
    mat = _printed(d, _outline(d), d(0.0012, 0.002), paint(d, "white", "white", "red", "green", "yellow", "blue"))
    bend = d.normal(0, 0.004)
    x, y, z = mat.vertices.T
    return mat.reshaped(np.column_stack([x, y + bend * (x / 0.05) ** 2, z])).grounded()


def _wooden(d: Draw) -> Solid:
    """A plain board, or a slice of a branch with its bark."""
    if d.chance(0.6):
        return _printed(d, _outline(d), d(0.004, 0.01), wood(d))
    angle = np.arange(48) * 2 * np.pi / 48
    wave = 1 + 0.03 * np.sin(3 * angle + d(0, 6)) + 0.02 * np.sin(7 * angle + d(0, 6))
    slice_ = points(np.cos(angle) * wave, np.sin(angle) * wave) * d(0.038, 0.052)
    thick = d(0.006, 0.014)
    face = stacked([(slice_ * 0.93, y) for y in (-0.0004, thick + 0.0004)]).painted(COLOURS["beige"])
    return join(_flat(slice_, thick, np.array(COLOURS["brown"])), face).grounded()


def _slate(d: Draw) -> Solid:
    """A split stone with broken edges."""
    edge = rectangle(1, 1, 0.05) if d.chance(0.6) else ellipse(1, 1, 40)
    ragged = edge * d(0.085, 0.108) * (1 + d.normal(0, 0.012, (len(edge), 1)))
    thick = d(0.004, 0.008)
    mat = stacked([(ragged * d(0.96, 0.99), 0), (ragged, thick * 0.5), (ragged * d(0.95, 0.99), thick)])
    return mat.painted(paint(d, "black", "black", "grey"))


def _dish(outline: np.ndarray, high: float, rim: float, rgb: np.ndarray) -> Solid:
    """A mat with a raised border of the width `rim`, in parts of its size."""
    levels = [(0.97, 0.0), (1.0, high * 0.3), (1.0, high), (1 - rim * 0.7, high), (1 - rim, high * 0.5)]
    return stacked([(outline * size, y) for size, y in levels]).painted(rgb)


def _rimmed(d: Draw) -> Solid:
    """Wood, metal, silicone or glazed clay, often with a pad of another kind inside."""
    outline, high, rim = _outline(d), d(0.005, 0.014), d(0.06, 0.16)
    dish = _dish(outline, high, rim, wood(d) if d.chance(0.4) else paint(d))
    if d.chance(0.5):
        return dish
    pad = stacked([(outline * (0.97 - rim), y) for y in (high * 0.4, high * 0.65)])
    return join(dish, pad.painted(paint(d, "beige", "white", "black", "brown", "grey")))


def _rope(d: Draw) -> Solid:
    """Cord wound into a spiral, or sewn rings."""
    thick, turns = d(0.0025, 0.0045), d(0.04, 0.053)
    rgb = paint(d, "beige", "beige", "white", "grey", "blue", "brown")
    if d.chance(0.4):
        rings = [hoop(r, thick, 40) for r in np.arange(thick, turns, thick * 1.9)]
        return join(*rings).painted(rgb).grounded()
    angle = np.arange(0.5, turns / thick * np.pi, 0.28)
    radius = thick * 1.85 * angle / (2 * np.pi) + thick * 0.4
    cord = tube(points(radius * np.cos(angle), 0 * angle, radius * np.sin(angle)), thick, segments=8)
    return cord.painted(rgb).grounded()


def _stack(d: Draw) -> Solid:
    """Three to six alike, not quite in line."""
    outline, thick, rgb = _outline(d), d(0.003, 0.009), wood(d) if d.chance(0.5) else paint(d)
    mat = _dish(outline, thick * 1.5, 0.1, rgb) if d.chance(0.3) else _flat(outline, thick, rgb)
    high = float(mat.vertices[:, 1].max()) * 1.02
    shifts = d.normal(0, 0.0015, (6, 2))
    return join(*(mat.turned("y", d(-6, 6)).at(shifts[k, 0], k * high, shifts[k, 1]) for k in range(d.count(3, 7))))
