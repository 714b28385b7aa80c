"""Parametric hard drives."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import buttons, casing, panelled
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, METALS, metal, paint
from cg3d.data.parametric.primitives import box, cylinder, smooth, tube
from cg3d.data.parametric.variants import one_of


def hard_drive(rng: np.random.Generator) -> Mesh:
    """A rounded flat case for the pocket or the desk, with or without its cable, or the bare drive from a computer."""
    kinds = {"portable hard drive": _portable, "desktop hard drive": _desktop, "internal hard drive": _internal}
    return one_of(rng, {"portable hard drive": _portable} if rng.random() < 0.3 else kinds)


def _case(rng: np.random.Generator, wide: float, deep: float, thick: float) -> Mesh:
    """A case that is smooth, or two shells with a seam, or banded round its middle; with a lamp and a badge."""
    rgb = paint(rng, ("black", "black", "grey", "white", "blue", "red", "orange", "green"))
    corner, bevel = wide * rng.uniform(0.03, 0.16), min(thick * rng.uniform(0.06, 0.45), wide * 0.09)
    style, fields = rng.random(), []
    if style < 0.35:  # a lid of another colour
        fields.append((wide - 2.5 * bevel, deep - 2.5 * bevel, 0.0, paint(rng)))
    shift = (deep / 2 - 2 * bevel - deep * 0.06) * rng.uniform(-0.9, 0.9)
    fields.append((wide * 0.35, deep * 0.09, shift, metal(rng)))
    parts = [panelled((wide, deep, thick), corner, bevel, rgb, fields)]
    if 0.35 <= style < 0.6:
        band = casing(wide * 1.025, deep * 1.02, thick * 0.3, corner, thick * 0.1).at(y=thick * 0.35)
        parts.append(band.painted(paint(rng, (*METALS, "orange"))))
    elif 0.6 <= style < 0.75:
        ribs = [(x * wide, 0.0) for x in np.linspace(-0.4, 0.4, 9)]
        parts.append(buttons(ribs, wide * 0.04, deep * 0.86, thick * 0.04).at(y=thick).painted(rgb))
    lamp = buttons([(wide * 0.3, deep * 0.38)], wide * 0.04, wide * 0.04, 0.0006).at(y=thick)
    return join([*parts, lamp.painted(paint(rng, ("white", "blue")))])


def _cable(rng: np.random.Generator, deep: float, thick: float) -> Mesh:
    """A plug at the end z = -deep / 2 and a cord that bends away along the table."""
    plug = casing(0.012, 0.02, 0.007, 0.002, 0.001).at(y=thick * 0.4, z=-deep / 2 - 0.007)
    side = rng.choice([-1, 1])
    start = (0, thick * 0.4 + 0.0035, -deep / 2 - 0.014)
    bends = [(side * 0.02, 0.003, -deep * 0.75), (side * rng.uniform(0.06, 0.11), 0.002, -deep * rng.uniform(0.2, 0.7))]
    return join([plug, tube(smooth([start, *bends, (side * 0.1, 0.002, 0.0)], 6), 0.0018, segments=8)]).painted(BLACK)


def _portable(rng: np.random.Generator) -> Mesh:
    wide = rng.uniform(0.065, 0.09)
    deep, thick = wide * rng.uniform(1.3, 1.6), rng.uniform(0.009, 0.024)
    case = _case(rng, wide, deep, thick)
    if rng.random() < 0.35:
        return join([case, _cable(rng, deep, thick).at(x=rng.uniform(-0.25, 0.25) * wide)]).grounded()
    pose = rng.random()
    if pose < 0.7:
        return case.turned("x", 180 if pose < 0.12 else 0).grounded()
    return case.turned("x" if pose < 0.85 else "z", 90).grounded()


def _desktop(rng: np.random.Generator) -> Mesh:
    """As thick as a book: lying, or standing like one, often in a foot."""
    wide = rng.uniform(0.1, 0.135)
    deep, thick = wide * rng.uniform(1.3, 1.7), rng.uniform(0.03, 0.052)
    case = _case(rng, wide, deep, thick)
    if rng.random() < 0.4:
        feet = buttons([(x * wide * 0.4, z * deep * 0.4) for x in (-1, 1) for z in (-1, 1)], 0.015, 0.015, 0.002)
        return join([case, feet.painted(BLACK)]).grounded()
    standing = case.turned("z", 90).grounded()
    if rng.random() < 0.5:
        return standing if rng.random() < 0.6 else case.turned("x", 90).grounded()
    foot = casing(thick * rng.uniform(1.4, 2.2), deep * rng.uniform(0.5, 0.9), 0.014, 0.01, 0.004).at(y=-0.008)
    return join([standing, foot.painted(paint(rng, METALS))]).grounded()


def _internal(rng: np.random.Generator) -> Mesh:
    """A cast frame with a lid of sheet steel, a round hub on it and a label; a circuit board below."""
    small = rng.random() < 0.4
    wide, deep, thick = (0.07, 0.1, rng.uniform(0.007, 0.0125)) if small else (0.1016, 0.147, rng.uniform(0.02, 0.026))
    frame = casing(wide, deep, thick * 0.6, 0.004, 0.001).at(y=thick * 0.05).painted(metal(rng))
    label = (wide * 0.7, deep * 0.4, deep * 0.18, paint(rng, ("white", "white", "grey")))
    lid = panelled((wide * 0.94, deep * 0.92, thick * 0.4), wide * 0.1, 0.0008, metal(rng), [label]).at(y=thick * 0.6)
    hub = cylinder(wide * rng.uniform(0.12, 0.25), thick * 0.06, segments=32).at(y=thick * 0.98, z=-deep * 0.22)
    board = box(wide * 0.9, thick * 0.1, deep * 0.6).at(z=deep * 0.15).painted(paint(rng, ("green", "blue", "black")))
    plug = box(wide * 0.5, thick * 0.25, 0.004).at(y=thick * 0.1, z=deep * 0.5).painted(BLACK)
    screws = buttons([(x * wide * 0.43, z * deep * 0.42) for x in (-1, 1) for z in (-1, 0, 1)], 0.005, 0.005, 0.0008)
    whole = join([frame, lid, hub.painted(metal(rng)), screws.at(y=thick), board, plug])
    return whole.turned("x", rng.choice([0, 0, 180, 90])).grounded()
