"""Cutlery: fork, knife, spoon."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint, wood
from cg3d.objects.shapes.primitives import extrude, loft, ribbon, superellipsoid
from cg3d.objects.shapes.resting import posed
from cg3d.objects.shapes.solid import Solid, join


@category
def fork(d: Draw) -> Solid:
    """Two to four tines on a slender handle, lying or hanging."""
    length, width = d(0.15, 0.24), d(0.022, 0.03)
    tines, thick = d.pick(2, 3, 4, 4), d(0.0018, 0.003)
    rgb = metal(d) if d.chance(0.8) else paint(d)
    root, neck, arch = length * d(0.26, 0.32), length * d(0.36, 0.44), length * d(0.02, 0.06)
    x = np.concatenate([np.linspace(root * 0.85, neck, 12), np.linspace(neck, length, 14)[1:]])
    shoulder = np.interp(x, [root * 0.85, root, neck, length], [1.0, 0.96, 0.22, d(0.3, 0.65)]) * width
    body = ribbon(points(x, _bow(x, root, length, arch)), shoulder, np.interp(x, [neck, length], [thick, 2 * thick]))
    pitch, along = width / tines, np.linspace(0, root, 9)
    slim = pitch * d(0.45, 0.6)
    tine = ribbon(
        points(along, _bow(along, root, length, arch)), np.interp(along, [0, root / 3], [slim / 3, slim]), thick
    )
    places = np.linspace(-(width - slim) / 2, (width - slim) / 2, tines)
    handle = wood(d) if d.chance(0.25) else rgb
    grip = superellipsoid(length * 0.42, 0.009, width * 0.5, 0.4)
    grip = grip.at(length * 0.8, float(_bow(np.array(length * 0.8), root, length, arch)) - 0.0045)
    parts = [body, *(tine.at(z=z) for z in places)]
    parts = [part.painted(rgb) for part in parts] + ([grip.painted(handle)] if d.chance(0.3) else [])
    return posed(d, join(*parts).turned("x", 90).turned("z", -90))


def _bow(x: np.ndarray, root: float, length: float, arch: float) -> np.ndarray:
    """The side view of a fork: the tines curve up to their tips, the handle is arched."""
    tips = 0.35 * root * np.clip(1 - x / root, 0, 1) ** 1.6
    return tips + arch * np.sin(np.pi * np.clip((x - root) / (length - root), 0, 1) * 0.8)


@category
def knife(d: Draw) -> Solid:
    """A blade and a handle in line: for the table, for meat, for bread, or a cleaver."""
    kinds = {"table knife": _table_knife, "chef's knife": _chefs_knife}
    kinds |= {"bread knife": _bread_knife, "cleaver": _cleaver}
    return posed(d, one_of(d, kinds))


def _table_knife(d: Draw) -> Solid:
    long, wide = d(0.09, 0.12), d(0.016, 0.021)
    edge = [(0.0, 0.0), (0.8, 0.1), (1.0, 0.5), (0.95, 0.8), (0.85, 1.0)]
    steel = metal(d)
    return _knife(d, long, wide, edge, steel, steel if d.chance(0.6) else paint(d))


def _chefs_knife(d: Draw) -> Solid:
    edge = [(-0.35, 0.0), (-0.3, 0.4), (-0.1, 0.75), (d(0.5, 0.9), 1.0)]
    return _knife(d, d(0.15, 0.24), d(0.035, 0.05), edge, metal(d), wood(d))


def _bread_knife(d: Draw) -> Solid:
    teeth = [(0.12 * (k % 2) - 0.06, t) for k, t in enumerate(np.linspace(0.03, 0.93, 25))]
    edge = [(0.0, 0.0), *teeth, (d(0.2, 0.6), 1.0)]
    return _knife(d, d(0.18, 0.25), d(0.026, 0.034), edge, metal(d), wood(d))


def _cleaver(d: Draw) -> Solid:
    edge = [(-0.6, 0.02), (-0.65, 0.3), (-0.6, 0.97), (0.6, 1.0)]
    return _knife(d, d(0.14, 0.19), d(0.06, 0.08), edge, metal(d), wood(d))


def _knife(
    d: Draw, long: float, wide: float, edge: list[tuple[float, float]], steel: np.ndarray, grip: np.ndarray
) -> Solid:
    """A blade of the given length and width above a handle; `edge` runs from the heel to the tip, in parts of both."""
    handle, thick = d(0.09, 0.125), d(0.0018, 0.003)
    front = [(wide / 2 - u * wide, v * long) for u, v in edge]
    back = [(-wide / 2, long * v) for v in np.linspace(front[-1][1] / long * 0.8, 0, 6)]
    blade = extrude([*front, *back], thick)
    width = min(wide, 0.026) * d(0.75, 0.95)
    stock = superellipsoid(width, handle, d(0.009, 0.016), d(0.4, 0.8)).at(x=(width - wide) / 2)
    return join(blade.at(y=handle * 0.97).painted(steel), stock.painted(grip))


@category
def spoon(d: Draw) -> Solid:
    """A shallow oval blade on a slender curved handle, lying on its back."""
    length, width = d(0.13, 0.3), d(0.03, 0.055)
    blade = width * d(1.2, 1.75)
    dish, arch = width * d(0.15, 0.35), length * d(0.02, 0.12)
    thickness, narrow = d(0.0015, 0.004), width * d(0.12, 0.25)
    wide = width * d(0.18, 0.5)
    x = np.concatenate([blade * (1 - np.cos(np.linspace(0.12, np.pi * 0.93, 18))) / 2, np.linspace(blade, length, 16)])
    along = np.clip((x - blade) / (length - blade), 0, 1)
    oval = width * np.sqrt(np.clip(1 - (2 * x / blade - 1) ** 2, 0, None))
    handle = narrow + (wide - narrow) * along**1.5
    half = np.maximum(oval, np.where(x > blade * 0.8, handle, 0.0)) / 2
    depth = dish * np.where(x < blade, (2 * half / width) ** 2, 0.0)
    rise = 0.3 * dish * np.where(x < blade, (2 * x / blade - 1) ** 2, 1.0)
    rise += arch * np.sin(np.pi * np.minimum(along, 0.75))
    mesh = loft(_spoon_rings(x, half, depth, rise, thickness)).painted(wood(d) if d.chance(0.35) else metal(d))
    return mesh.grounded()


def _spoon_rings(x: np.ndarray, half: np.ndarray, depth: np.ndarray, rise: np.ndarray, thickness: float) -> np.ndarray:
    """Cross-sections (S, 18, 3) of a dished sheet: across the top one way, across the bottom back."""
    across = np.linspace(-1, 1, 9)
    top = rise[:, None] - depth[:, None] * (1 - across**2)
    z = half[:, None] * across
    y = np.concatenate([top, top[:, ::-1] - thickness], axis=1)
    return np.stack([np.broadcast_to(x[:, None], y.shape), y, np.concatenate([z, z[:, ::-1]], axis=1)], -1)
