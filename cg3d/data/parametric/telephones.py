"""Parametric telephones with a cord or on a charger."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import buttons, casing, panelled
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, COLOURS, GREY, METALS, paint
from cg3d.data.parametric.primitives import cylinder, hoop, lathe, rod, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def telephone(rng: np.random.Generator) -> Mesh:
    """A handset along x across a wedge with a dial, beside keys and a display, or upright in its charger."""
    return one_of(rng, {"corded telephone": _classic, "desk telephone": _desk, "cordless telephone": _cordless})


def _handset(rng: np.random.Generator, length: float, thick: float) -> Mesh:
    """A bowed grip along x with the two cups below its ends, which rest on y = 0."""
    rise = thick * rng.uniform(1.6, 2.4)
    x = np.linspace(-0.5, 0.5, 13)
    path = np.column_stack([x * length * 0.9, rise - rise * 0.35 * (2 * x) ** 4, 0 * x])
    grip = tube(path, thick * (0.75 + 0.35 * np.abs(2 * x) ** 2), flatten=rng.uniform(0.9, 1.3))
    cup = lathe(
        [(0, 0), (thick * 1.35, 0), (thick * 1.45, thick * 0.4), (thick * 0.8, thick * 1.3), (0, thick * 1.5)], 24
    )
    return join([grip, cup.at(x=-length * 0.42), cup.at(x=length * 0.42)])


def _coil(start: tuple[float, float, float], end: tuple[float, float, float]) -> Mesh:
    """The curly cord, sagging to the table."""
    t = np.linspace(0, 1, 90)[:, None]
    line = np.array(start) * (1 - t) + np.array(end) * t
    line[:, 1] = np.maximum(line[:, 1] - 0.05 * np.sin(np.pi * t[:, 0]), 0.006)
    turn = 2 * np.pi * 15 * t[:, 0]
    return tube(line + 0.005 * np.column_stack([0 * turn, np.cos(turn), np.sin(turn)]), 0.0018, segments=6)


def _classic(rng: np.random.Generator) -> Mesh:
    """A body that rises to a cradle, with a finger wheel, or square keys, on its slope."""
    wide, deep, back = rng.uniform(0.18, 0.22), rng.uniform(0.18, 0.22), rng.uniform(0.09, 0.12)
    rgb = paint(rng, ("black", "black", "red", "green", "beige", "white", "turquoise"))
    body = casing(wide, deep, back, 0.03, 0.012, 0.72)
    body.vertices[:, 2] -= 0.25 * deep * np.clip(body.vertices[:, 1] / back, 0, 1) ** 0.5
    size, lean = wide * 0.33, 48
    plate = lathe([(0, 0), (size * 1.1, 0), (size, 0.012), (0, 0.012)])
    turn = np.radians(np.arange(10) * 28 - 10)
    spots = [
        cylinder(size * 0.13, 0.016, segments=14).at(x=size * 0.75 * np.cos(a), z=size * 0.75 * np.sin(a)) for a in turn
    ]
    hub = cylinder(size * 0.42, 0.018, segments=24)
    if rng.random() < 0.7:
        face = join([plate.painted(rgb), join(spots).painted(np.array(COLOURS["white"])), hub.painted(GREY)])
    else:
        grid = [(x * size * 0.5, z * size * 0.42) for x in (-1, 0, 1) for z in (-1.5, -0.5, 0.5, 1.5)]
        face = buttons(grid, size * 0.36, size * 0.3, 0.006).at(y=0.008).painted(np.array(COLOURS["white"]))
    face = face.turned("x", lean).at(y=back * 0.55, z=deep * 0.18)
    prongs = [
        superellipsoid(0.02, 0.03, 0.045, 0.5).at(x=x * wide * 0.27, y=back - 0.008, z=-deep * 0.26) for x in (-1, 1)
    ]
    thick = rng.uniform(0.017, 0.022)
    handset = _handset(rng, rng.uniform(0.2, 0.24), thick).at(y=back + 0.005, z=-deep * 0.26)
    cord = _coil((-wide * 0.5, back + 0.02, -deep * 0.26), (-wide * 0.5, 0.015, deep * 0.2))
    return join(
        [body.painted(rgb), join(prongs).painted(rgb), face, handset.painted(rgb), cord.painted(BLACK)]
    ).grounded()


def _desk(rng: np.random.Generator) -> Mesh:
    """A tilted slab with the handset along its left side, a display and fields of keys."""
    wide, deep = rng.uniform(0.17, 0.24), rng.uniform(0.17, 0.23)
    rgb, thick = paint(rng, ("black", "black", "grey", "white", "beige")), rng.uniform(0.025, 0.04)
    shown = (wide * 0.45, deep * 0.2, -deep * 0.28, np.array([0.45, 0.52, 0.45]) if rng.random() < 0.6 else BLACK)
    body = panelled((wide, deep, thick), 0.012, 0.006, rgb, [shown])
    pad = wide * 0.085
    grid = [(wide * 0.1 + x * pad, deep * 0.06 + z * pad) for x in (-1, 0, 1) for z in range(4)]
    keys = [buttons(grid, pad * 0.75, pad * 0.65, 0.0025)]
    if rng.random() < 0.7:
        keys.append(
            buttons([(wide * 0.38, z * deep) for z in np.linspace(-0.3, 0.4, 7)], wide * 0.12, deep * 0.05, 0.002)
        )
    handset = _handset(rng, min(deep * 1.05, 0.21), 0.016).turned("y", 90).at(x=-wide * 0.35, y=thick + 0.001)
    slab = join([body, join(keys).at(y=thick).painted(paint(rng, METALS)), handset.painted(rgb)])
    tilt = rng.uniform(8, 30)
    tipped = slab.turned("x", tilt).grounded()
    prop = (
        casing(wide * 0.6, 0.02, deep * np.sin(np.radians(tilt)) * 0.85, 0.006, 0.003).at(z=-deep * 0.35).painted(rgb)
    )
    cord = _coil((-wide * 0.35, thick, deep * 0.45), (-wide * 0.62, 0.015, -deep * 0.3))
    return join([tipped, prop, cord.painted(BLACK)]).grounded()


def _cordless(rng: np.random.Generator) -> Mesh:
    """A slim handset with keys, upright in a cup or lying; some have a stub of an aerial."""
    length, rgb = rng.uniform(0.14, 0.18), paint(rng, ("black", "grey", "white", "blue"))
    wide, thick = length * rng.uniform(0.28, 0.36), rng.uniform(0.02, 0.03)
    shown = (wide * 0.62, length * 0.2, -length * 0.2, np.array([0.5, 0.56, 0.5]))
    body = panelled((wide, length, thick), wide * 0.3, 0.006, rgb, [shown])
    pitch = length * 0.085
    grid = [(x * wide * 0.27, length * 0.03 + z * pitch) for x in (-1, 0, 1) for z in range(5)]
    keys = buttons(grid, wide * 0.2, pitch * 0.6, 0.0015).at(y=thick).painted(paint(rng, METALS))
    ear = hoop(wide * 0.15, 0.0012, 20).at(y=thick, z=-length * 0.4).painted(BLACK)
    parts = [body, keys, ear]
    if rng.random() < 0.35:
        parts.append(
            rod((wide * 0.3, thick / 2, -length * 0.47), (wide * 0.3, thick / 2, -length * 0.66), 0.005).painted(rgb)
        )
    handset = join(parts)
    if rng.random() < 0.35:
        return handset.grounded()
    upright = handset.turned("x", rng.uniform(72, 84)).grounded().at(y=0.012)
    cup = casing(
        wide * rng.uniform(1.3, 2.0), wide * rng.uniform(1.4, 1.9), rng.uniform(0.03, 0.045), wide * 0.3, 0.008, 0.9
    )
    return join([upright, cup.painted(rgb if rng.random() < 0.6 else BLACK)]).grounded()
