"""Marbles: small balls of glass, clay or stone."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.resting import together
from cg3d.objects.shapes.round_bodies import globe
from cg3d.objects.shapes.solid import Solid

GLASS = ((0.72, 0.82, 0.78), (0.78, 0.85, 0.86), (0.8, 0.86, 0.8))


@category
def marble(d: Draw) -> Solid:
    """Of clear glass with a cat's eye or a twisted core, of swirled, patched, speckled or plain glass; or a few of them."""
    kinds = {"cat's eye marble": _cats_eye, "swirl marble": _swirl, "glass marble": _clear, "patch marble": _patched}
    kinds |= {
        "speckled marble": _speckled,
        "opaque marble": _opaque,
        "core swirl marble": _core,
        "handful of marbles": _few,
    }
    return one_of(d, kinds)


def _ball(d: Draw) -> tuple[Solid, np.ndarray]:
    """A marble of a usual size, or a large shooter, and the middles of its faces on a unit sphere: (F, 3)."""
    unit = globe(48, 64)
    radius = d(0.0115, 0.0128) if d.chance(0.2) else d(0.0068, 0.0088)
    centre = unit.face_centres()
    return unit.resized(radius), centre / np.linalg.norm(centre, axis=1, keepdims=True)


def _tumbled(d: Draw, body: Solid) -> Solid:
    return body.turned("x", d(0, 360)).turned("z", d(0, 360)).turned("y", d(0, 360)).grounded()


def _glass(d: Draw) -> np.ndarray:
    """Clear, greenish or bluish."""
    return np.clip(np.array(d.pick(*GLASS)) + d.normal(0, 0.02, 3), 0, 1)


def _cats_eye(d: Draw) -> Solid:
    """Three to six blades of colour from pole to pole, seen through clear glass."""
    body, centre = _ball(d)
    turn, y = np.arctan2(centre[:, 2], centre[:, 0]), centre[:, 1]
    blades, wide = d.count(3, 7), d(0.3, 0.7)
    blade = np.cos(blades * turn + d(-0.6, 0.6) * y) > 1 - wide * (1 - y * y)
    rgb = paint(d, "blue", "green", "yellow", "red", "orange", "white", "turquoise")
    return _tumbled(d, body.painted(_glass(d)).painted_where(blade & (np.abs(y) < 0.86), rgb))


def _swirl(d: Draw) -> Solid:
    """Two or three colours that flow into one another, as stirred."""
    body, centre = _ball(d)
    flow = centre @ d.normal(0, 1.6, (3, 3))
    flow = centre @ d.normal(0, 2.2, (3, 3)) + 1.2 * np.sin(flow + d.uniform(0, 6, 3))
    wave = np.sin(flow).sum(axis=1)
    body = body.painted(paint(d, "white", "white", "blue", "green", "yellow", "black", "turquoise"))
    return _tumbled(d, body.painted_where(wave > d(0.2, 0.7), paint(d)).painted_where(wave < d(-1.3, -0.6), paint(d)))


def _clear(d: Draw) -> Solid:
    """One colour of glass with a few small bubbles."""
    body, centre = _ball(d)
    share = d(0.1, 0.5)
    rgb = paint(d) * (1 - share) + _glass(d) * share
    bubbles = d.normal(size=(d.count(1, 9), 3))
    near = centre @ (bubbles / np.linalg.norm(bubbles, axis=1, keepdims=True)).T
    return _tumbled(d, body.painted(rgb).painted_where(near.max(axis=1) > 0.992, np.minimum(rgb * 0.6 + 0.4, 1)))


def _patched(d: Draw) -> Solid:
    """Half or a ribbon of it in another colour than the rest."""
    body, centre = _ball(d)
    wave = centre[:, 1] + 0.25 * np.sin(centre @ d.normal(0, 2.5, 3) + d(0, 6))
    low = d(-0.5, 0.2)
    ribbon = (wave > low) & (wave < low + d.pick(0.35, 0.6, 2.0))
    body = body.painted(paint(d, "white", "white", "beige", "yellow", "turquoise", "blue"))
    return _tumbled(d, body.painted_where(ribbon, paint(d)))


def _speckled(d: Draw) -> Solid:
    """Dark or white glass, or fired clay, with flecks of one to three colours."""
    body, centre = _ball(d)
    body = body.painted(paint(d, "black", "white", "blue", "brown", "green", "red"))
    for _ in range(d.count(1, 4)):
        spots = d.normal(size=(d.count(12, 40), 3))
        near = centre @ (spots / np.linalg.norm(spots, axis=1, keepdims=True)).T
        body = body.painted_where(near.max(axis=1) > d(0.985, 0.994), paint(d))
    return _tumbled(d, body)


def _opaque(d: Draw) -> Solid:
    body, _ = _ball(d)
    return _tumbled(d, body.painted(paint(d)))


def _core(d: Draw) -> Solid:
    """Strands of several colours that wind from pole to pole in clear glass."""
    body, centre = _ball(d)
    turn, y = np.arctan2(centre[:, 2], centre[:, 0]), centre[:, 1]
    strand = (turn + d.pick(-1, 1) * d(0.8, 2.5) * y) / (2 * np.pi) * d.count(4, 9)
    body = body.painted(_glass(d))
    shades = [paint(d) for _ in range(d.count(2, 4))]
    for k, rgb in enumerate(shades):
        body = body.painted_where((strand % 1 < d(0.35, 0.7)) & (np.floor(strand) % len(shades) == k), rgb)
    return _tumbled(d, body)


def _few(d: Draw) -> Solid:
    """Two to four, of one sort or mixed."""
    sorts = (_cats_eye, _swirl, _clear, _patched, _speckled, _opaque, _core)
    same = d.pick(*sorts)
    mixed = d.chance(0.5)
    return together(d, lambda d: (d.pick(*sorts) if mixed else same)(d), d.count(2, 5))
