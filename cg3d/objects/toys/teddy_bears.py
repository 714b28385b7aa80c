"""Teddy bears."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import blob, limb, trunk, uneven
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored, opposite


@category
def teddy_bear(d: Draw) -> Solid:
    """A plush bear, sitting with its legs ahead, standing, or on its back; bow, shirt or bare; plump or long-limbed."""
    rgb, light = (
        paint(d, "brown", "brown", "beige", "beige", "white", "black", "pink", "grey"),
        paint(d, "beige", "white"),
    )
    pads, plump = light if d.chance(0.6) else rgb, d(0.24, 0.34)
    standing = d.chance(0.2)
    low = 0.34 if standing else 0.02
    deep = plump * d(0.8, 0.95)
    body = trunk(
        [(0, low + 0.14, deep, plump), (0.01, low + 0.3, deep, plump), (0, low + 0.58, deep * 0.7, plump * 0.72)]
    )
    shirt = paint(d) if d.chance(0.25) else rgb
    parts = [
        body.painted(shirt),
        blob(deep * 1.6, 0.4, plump * 1.4).at(deep * 0.28, low + 0.3).painted(pads if d.chance(0.3) else shirt),
    ]
    parts.append(_head(d, rgb, pads).at(0.03, low + 0.62))
    parts += [_arms(d, plump, low, rgb, pads), _legs(d, plump, standing, rgb, pads)]
    if d.chance(0.35):
        parts.append(_bow().at(deep * 0.85, low + 0.6).painted(paint(d)))
    mesh = uneven(d, join(*parts), d(0.003, 0.01))
    factor = d(0.1, 0.45) / np.ptp(mesh.vertices, axis=0).max()
    mesh = mesh.resized(factor)
    return (mesh.turned("z", d(75, 95)) if d.chance(0.15) else mesh).grounded()


def _head(d: Draw, rgb: np.ndarray, pads: np.ndarray) -> Solid:
    """The head about its neck: broad skull, muzzle, round ears on its upper corners, eyes and nose."""
    size, wide = d(0.9, 1.2), d(1.0, 1.2)
    ears = mirrored(blob(0.1, 0.22, 0.22).at(-0.03, 0.43, 0.23 * wide), "z")
    inner = mirrored(blob(0.06, 0.14, 0.14).at(0.01, 0.43, 0.23 * wide), "z")
    skull = blob(0.5, 0.5, 0.54 * wide).at(0, 0.22)
    muzzle = blob(0.26, 0.22, 0.28).at(0.23, 0.14)
    dark = [blob(0.07, 0.07, 0.1).at(0.35, 0.2), mirrored(blob(0.05, 0.06, 0.06).at(0.21, 0.29, 0.11), "z")]
    fur = join(skull, ears).painted(rgb)
    face = join(fur, join(muzzle, inner).painted(pads), join(*dark).painted(BLACK))
    return face.turned("x", d(-10, 10)).turned("y", d(-20, 20)).resized(size)


def _arms(d: Draw, plump: float, low: float, rgb: np.ndarray, pads: np.ndarray) -> Solid:
    parts = []
    for side in (1, -1):
        out, ahead, drop = d(0.05, 0.25), d(0.05, 0.32), d(0.05, 0.34)
        start = np.array([0, low + 0.52, plump * 0.6])
        end = np.array([ahead, low + 0.52 - drop, plump + out])
        knots = [(*start, 0.09), (*((start + end) / 2 + (0, 0, 0.04)), 0.095), (*end, 0.1)]
        arm = join(
            limb(knots).painted(rgb), blob(0.12, 0.14, 0.12).at(end[0] + 0.05, end[1] - 0.02, end[2]).painted(pads)
        )
        parts.append(arm if side == 1 else opposite(arm))
    return join(*parts)


def _legs(d: Draw, plump: float, standing: bool, rgb: np.ndarray, pads: np.ndarray) -> Solid:
    thick, reach, apart = d(0.11, 0.14), d(0.42, 0.6), d(0.7, 1.25)
    if standing:
        z = plump * 0.55
        leg = limb([(0, 0.42, z, thick), (0, 0.2, z, thick), (0.02, 0.09, z, thick)])
        foot, sole = blob(0.34, 0.18, 0.24).at(0.07, 0.09, z), blob(0.28, 0.1, 0.2).at(0.08, 0.05, z)
    else:
        z = plump * apart
        knots = [(0.05, thick, plump * 0.5, thick)]
        knots += [(reach * 0.5, thick, (plump * 0.5 + z) / 2, thick), (reach, thick, z, thick)]
        leg = limb(knots)
        foot, sole = blob(0.2, 0.34, 0.26).at(reach + 0.06, 0.16, z), blob(0.12, 0.26, 0.2).at(reach + 0.11, 0.16, z)
    return mirrored(join(join(leg, foot).painted(rgb), sole.painted(pads)), "z")


def _bow() -> Solid:
    wing = superellipsoid(0.06, 0.14, 0.16, 0.2).at(0, -0.07, 0.1)
    return join(mirrored(wing, "z"), blob(0.09, 0.08, 0.07))
