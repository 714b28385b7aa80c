"""Poses of finished things: on a table, on their side, upside down."""

from __future__ import annotations

from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.solid import Solid


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
