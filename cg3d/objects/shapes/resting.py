"""Poses of finished things: on a table, on their side, upside down, together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.solid import Solid, join


def laid(d: Draw, upright: Solid, lying: float = 0.7) -> Solid:
    """A thing modelled along y whose broad side looks to +z: lying on its back or its face, else on end either way up.

    Args:
        lying: how often it lies; scanners prop up the flattest tools now and then, so this is rarely 1.
    """
    if d.chance(lying):
        return upright.turned("x", -90 if d.chance(0.75) else 90).grounded()
    return upright.turned("z", 0 if d.chance(0.6) else 180).grounded()


def posed(d: Draw, upright: Solid) -> Solid:
    """A long thing, modelled along y with its broad side in the xy plane: standing, upside down, or lying on that side."""
    pose = d.random()
    if pose < 0.4:
        return upright.turned("x", -90).grounded()
    return (upright if pose < 0.75 else upright.turned("z", 180)).grounded()


def toppled(d: Draw, standing: Solid, share: float = 0.2, axis: str = "z", degrees: float = 90.0) -> Solid:
    """A thing as it stands, or with the chance `share` turned over: unless said otherwise, onto its side."""
    return standing.turned(axis, degrees).grounded() if d.chance(share) else standing


def on_any_face(d: Draw, box: Solid) -> Solid:
    """A box-like thing on any of its six faces, turned about the vertical by nothing or a right angle."""
    lain = box.turned(d.pick("x", "z"), d.pick(-90, 90)) if d.chance(2 / 3) else box.turned("z", d.pick(0, 180))
    return lain.turned("y", d.pick(0, 90)).grounded()


def fallen(d: Draw, upright: Solid) -> Solid:
    """A round thing modelled along y, slim below, on its side: it touches the table with its foot and its widest part."""
    x, y, z = upright.vertices.T
    reach = np.hypot(x, z)
    wide, foot = reach.argmax(), y < y.min() + 0.15 * np.ptp(y)
    slope = np.degrees(np.arctan2(reach[wide] - reach[foot].max(), y[wide] - y.min()))
    return upright.turned("y", d(0, 360)).turned("z", slope - 90).turned("y", d(0, 360)).grounded()


def together(d: Draw, make: Callable[[Draw], Solid], count: int) -> Solid:
    """Up to seven things of about one size on a table: one in the middle, the others round it."""
    things = [make(d).grounded() for _ in range(count)]
    wide = max(float(np.ptp(thing.vertices[:, [0, 2]], axis=0).mean()) for thing in things)
    ring = [thing.at(x=wide * d(1.03, 1.15)).turned("y", 60 * k + d(-4, 4)) for k, thing in enumerate(things[1:])]
    return join(things[0], *ring)
