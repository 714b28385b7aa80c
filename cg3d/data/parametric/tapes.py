"""Parametric adhesive tape."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import COLOURS, paint
from cg3d.data.parametric.primitives import cylinder, extrude, lathe, loft, smooth
from cg3d.data.parametric.variants import one_of


def tape(rng: np.random.Generator) -> Mesh:
    """A roll, lying on its side or standing, new or used up to any degree, of every width; or in its dispenser."""
    if rng.random() < 0.5:
        return _roll_of_tape(rng).called("roll of tape")
    kinds = {"roll of tape": _roll_of_tape, "duct tape": _duct_tape, "tape dispenser": _desk_dispenser}
    return one_of(rng, {**kinds, "stack of tape": _stack} if rng.random() < 0.3 else kinds)


def roll(outer: float, inner: float, width: float, wall: float, rgb: np.ndarray, core: np.ndarray) -> Mesh:
    """A ring of tape round the y axis from y = 0, on a core whose walls are `wall` thick."""
    edge = min(0.001, width * 0.05, (outer - inner) * 0.1)
    rim = [(inner, edge), (inner + edge, 0), (outer - edge, 0), (outer, edge), (outer, width - edge)]
    rim += [(outer - edge, width), (inner + edge, width), (inner, width - edge), (inner, edge)]
    over = width * 0.01
    bush = [(inner - wall, -over), (inner, -over), (inner, width + over), (inner - wall, width + over)]
    return join([lathe(rim, 48).painted(rgb), lathe([*bush, bush[0]], 48).painted(core)])


def _flap(outer: float, width: float, length: float) -> Mesh:
    """The loose end of a roll about the y axis: it leaves the ring at x = `outer` and curls away along +z."""
    t = np.linspace(0, 1, 8)
    x, z = outer + 0.0004 + length * 0.35 * t**2, length * t
    inside = np.column_stack([x - 0.0006, 0 * t, z])
    outside = np.column_stack([x, 0 * t, z])
    up = np.array([0.0, width, 0.0])
    return loft(np.stack([inside, outside, outside + up, inside + up], axis=1))


def _shades(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    core = COLOURS["beige"] if rng.random() < 0.6 else paint(rng, ("white", "grey", "brown", "black"))
    return paint(rng), np.array(core)


def _rested(rng: np.random.Generator, ring: Mesh) -> Mesh:
    return (ring if rng.random() < 0.6 else ring.turned("y", rng.uniform(0, 360)).turned("x", 90)).grounded()


def _roll(rng: np.random.Generator, inner: float, width: float, thick: float) -> Mesh:
    rgb, core = _shades(rng)
    outer = inner + thick
    ring = roll(outer, inner, width, rng.uniform(0.0012, 0.005), rgb, core)
    if rng.random() < 0.35:
        ring = join([ring, _flap(outer, width, rng.uniform(0.1, 0.5) * outer).painted(rgb)])
    return _rested(rng, ring)


def _roll_of_tape(rng: np.random.Generator) -> Mesh:
    inner = rng.choice([rng.uniform(0.0125, 0.02), rng.uniform(0.034, 0.042)])
    width = float(rng.choice([rng.uniform(0.012, 0.02), rng.uniform(0.018, 0.03), rng.uniform(0.036, 0.055)]))
    return _roll(rng, inner, width, inner * rng.uniform(0.1, 0.75))


def _duct_tape(rng: np.random.Generator) -> Mesh:
    """Wide, and often thick: also parcel tape."""
    return _roll(rng, rng.uniform(0.034, 0.042), rng.uniform(0.044, 0.078), rng.uniform(0.006, 0.035))


def _stack(rng: np.random.Generator) -> Mesh:
    """Two to four equal rolls one on another, not quite in line."""
    inner, width = rng.uniform(0.013, 0.04), rng.uniform(0.014, 0.05)
    outer, same = inner * rng.uniform(1.2, 1.6), rng.random() < 0.5
    rgb, core = _shades(rng)
    rolls = []
    for k in range(int(rng.integers(2, 5))):
        ring = roll(outer, inner, width, 0.002, rgb if same else paint(rng), core)
        rolls.append(ring.at(rng.normal(0, 0.0015), k * width * 1.02))
    return join(rolls)


def _desk_dispenser(rng: np.random.Generator) -> Mesh:
    """A weighted foot that rises behind to cradle the roll, and reaches forward to a serrated edge at +x."""
    length, wide = rng.uniform(0.12, 0.17), rng.uniform(0.045, 0.06)
    outer = length * rng.uniform(0.2, 0.25)
    back, rgb = -length * 0.18, paint(rng)
    floor = outer * rng.uniform(0.5, 0.75)
    tip, brow = length * 0.55, floor + outer * rng.uniform(0.1, 0.45)
    knots = [(-length * 0.45, 0.0), (-length * 0.46, outer * 0.5), (back - outer * 0.85, floor + outer * 0.75)]
    hump = smooth([*knots, (back, floor + outer * 0.9), (back + outer * 1.05, floor + outer * 0.35)], 4)
    front = smooth(
        [(tip * 0.5, floor * 0.85), (tip * 0.85, brow), (tip, brow), (tip * 0.9, floor * 0.5), (tip * 0.95, 0.0)], 4
    )
    outline = np.concatenate([hump, front])[::-1]
    cheeks = extrude(outline, wide).painted(rgb)
    used = outer * rng.uniform(0.8, 1.15)
    ring = roll(
        used, outer * 0.42, wide * 1.04, 0.003, np.array([0.88, 0.87, 0.8]), paint(rng, ("white", "grey", "beige"))
    )
    hub = cylinder(outer * 0.4, wide * 1.1, segments=24).painted(paint(rng, ("black", "grey", "white")))
    wheel = join([ring, hub.at(y=-wide * 0.03)]).at(y=-wide * 0.52).turned("x", 90).at(x=back, y=floor + outer * 0.5)
    blade = extrude([(0, 0), (0.006, 0.002), (0.004, 0.008), (0, 0.006)], wide * 0.6).at(x=tip * 0.97, y=brow)
    return join([cheeks, wheel, blade.painted(np.array(COLOURS["grey"]))])
