"""Markers."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.curves import ellipse
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, WHITE, paint
from cg3d.objects.shapes.primitives import box, lathe, stacked, superellipsoid
from cg3d.objects.shapes.round_bodies import fluted, sliced
from cg3d.objects.shapes.solid import Solid, join

INKS = ("black", "black", "blue", "red", "green", "orange", "purple", "pink", "brown", "yellow", "turquoise")


@category
def marker(d: Draw) -> Solid:
    """Thick permanent ones, for the board, highlighters, thin felt tips, jumbo ones; capped, bare, or the cap beside them."""
    kinds: dict[str, Maker] = {"permanent marker": _permanent, "whiteboard marker": _board, "felt-tip pen": _felt_tip}
    kinds |= {"highlighter": _highlighter, "jumbo marker": _jumbo}
    return one_of(d, kinds)


def _permanent(d: Draw) -> Solid:
    """A stout barrel, in its ink's colour or grey or white with a printed band."""
    ink = paint(d, *INKS)
    barrel = d.pick(ink, ink, np.array(COLOURS["grey"]), WHITE)
    return _marker(d, d(0.12, 0.145), d(0.0065, 0.0095), barrel, ink)


def _board(d: Draw) -> Solid:
    """White or in its ink's colour, with a coloured cap."""
    ink = paint(d, *INKS[:5])
    return _marker(d, d(0.118, 0.145), d(0.0065, 0.0105), WHITE if d.chance(0.7) else ink, ink)


def _felt_tip(d: Draw) -> Solid:
    """Slim, as children draw with."""
    ink = paint(d, *INKS)
    return _marker(d, d(0.13, 0.165), d(0.0038, 0.0055), ink if d.chance(0.5) else paint(d, "white", "black"), ink)


def _jumbo(d: Draw) -> Solid:
    ink = paint(d, *INKS)
    return _marker(d, d(0.125, 0.17), d(0.0105, 0.0145), ink if d.chance(0.6) else WHITE, ink)


def _highlighter(d: Draw) -> Solid:
    """Flat across or round, bright all over, with a chisel tip."""
    ink = paint(d, "yellow", "yellow", "green", "orange", "pink", "turquoise")
    return _marker(d, d(0.1, 0.14), d(0.007, 0.011), ink if d.chance(0.7) else BLACK, ink, flat=d(0.55, 1.0))


def _marker(d: Draw, length: float, radius: float, barrel: np.ndarray, ink: np.ndarray, flat: float = 1.0) -> Solid:
    """A marker of the given length with its cap on: lying, upright, or without its cap, which may lie beside it."""
    cap, neck = length * d(0.28, 0.42), radius * d(0.55, 0.75)
    body = _barrel(d, length, cap, radius, neck, barrel, ink)
    cover = _cap(d, cap, radius * d(1.0, 1.1), ink)
    state, roll = d.random(), d(0, 360) if flat > 0.9 else d.pick(0, 180)
    if state < 0.6:
        return _laid(d, join(body, cover.at(y=length - cap)).scaled(z=flat), roll)
    tip = _tip(d, neck, length - cap * d(0.45, 0.6), ink)
    pen = join(body, tip)
    if state < 0.75:  # the cap is put on the other end
        return _laid(d, join(pen, cover.turned("x", 180).at(y=cap * 0.45)).scaled(z=flat), roll)
    bare = _laid(d, pen.scaled(z=flat), roll, 0.0)
    if state < 0.85:
        return bare
    loose = _laid(d, cover.scaled(z=flat), d(0, 360), 0.25).turned("y", d(0, 360))
    return join(bare, loose.at(x=d(-0.3, 0.3) * length, z=d.pick(-1, 1) * (radius * 2 + cap * 0.75)))


def _laid(d: Draw, upright: Solid, roll: float, standing: float = 0.12) -> Solid:
    """Lying along x, rolled about its length, or on one end."""
    if d.chance(standing):
        return upright.turned("x", d.pick(0, 180)).grounded()
    return upright.turned("x", 90).turned("z", roll).turned("y", d.pick(90, 90, d(60, 120))).grounded()


def _barrel(d: Draw, length: float, cap: float, radius: float, neck: float, rgb: np.ndarray, ink: np.ndarray) -> Solid:
    """The body along y, its end at 0, up to the neck that the cap covers; perhaps with a plug and a printed band."""
    shoulder, end = length - cap, length - cap * 0.62
    edge = radius * d(0.05, 0.4)
    side = [(radius - edge, 0), (radius, edge), (radius, shoulder), (neck * 1.15, shoulder + 0.0006), (neck, end)]
    body = lathe([(0, 0), *sliced(np.array(side), 0.003), (0, end)], 24).painted(rgb)
    if d.chance(0.5):
        body = body.banded(-1, length * d(0.03, 0.1), ink)
    if d.chance(0.5):
        low = length * d(0.15, 0.3)
        body = body.banded(low, low + length * d(0.1, 0.3), paint(d, "white", "black", "grey"))
    return body.banded(shoulder + 0.0005, length, paint(d, "black", "white", "grey"))


def _tip(d: Draw, neck: float, start: float, ink: np.ndarray) -> Solid:
    """The felt and its holder from `start` up: a bullet or a chisel."""
    size, reach = neck * d(0.35, 0.65), neck * d(1.0, 1.8)
    holder = lathe([(0, -0.004), (neck * 0.9, -0.004), (size * 1.25, reach * 0.8), (0, reach * 0.8)], 20).painted(BLACK)
    if d.chance(0.5):
        nib = lathe([(0, 0), (size, 0), (size, reach), (size * 0.7, reach * 1.25), (0, reach * 1.4)], 16)
    else:
        outline = ellipse(2 * size, 1.2 * size, 16)
        nib = stacked([(outline, 0), (outline, reach), (outline * (1, 0.5), reach * 1.4)])
        nib = nib.reshaped(
            nib.vertices + np.outer((nib.vertices[:, 1] > reach * 1.3) * nib.vertices[:, 0] * 0.5, (0, 1, 0))
        )
    return join(holder, nib.painted(ink)).at(y=start)


def _cap(d: Draw, length: float, radius: float, rgb: np.ndarray) -> Solid:
    """A cover along y from 0 up: plain, tapered or ribbed, with or without a clip."""
    taper, edge = d(0.75, 1.0), radius * d(0.1, 0.5)
    top = radius * taper
    side = np.array(
        [(0, 0), (radius, 0), (radius, length * 0.3), (top, length - edge), (top - edge, length), (0, length)]
    )
    cover = fluted(side, d.pick(0, 0, 12, 16), d(0.02, 0.08)).painted(rgb)
    if d.chance(0.5):
        return cover
    clip = box(radius * 0.6, length * d(0.6, 0.9), radius * 0.22).at(0, length * 0.08, radius * 1.25)
    arm = superellipsoid(radius * 0.6, radius * 0.5, radius * 1.2, 0.7).at(0, length * 0.8, radius * 0.85)
    return join(cover, join(clip, arm).painted(rgb))
