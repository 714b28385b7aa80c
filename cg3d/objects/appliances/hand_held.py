"""Hand-held appliances: hair dryer, iron."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint
from cg3d.objects.shapes.primitives import cylinder, lathe, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join


@category
def iron(d: Draw) -> Solid:
    """A pointed steel sole under a body that narrows upwards, and a handle over it; flat, or standing on its heel."""
    length = d(0.22, 0.29)
    wide, rgb, trim = length * d(0.38, 0.46), paint(d), paint(d)
    outline = _sole(length, wide)
    sole = stacked([(outline, 0.0), (outline * 1.01, 0.004), (outline * 0.97, 0.01)]).painted(metal(d))
    rise = length * d(0.17, 0.25)
    levels = [(0.96, 0.0), (0.94, 0.35), (0.8, 0.75), (0.55, 1.0)]
    shift = length * d(0.02, 0.06)
    body = stacked([(outline * (s, s * 0.5 + 0.48) - (0, (1 - s) * shift), 0.009 + y * rise) for s, y in levels])
    top, high = rise * 0.8, length * d(0.42, 0.54)
    knots = [(top, -length * 0.36), (high * 0.88, -length * 0.4), (high, -length * 0.2), (high * 0.97, length * 0.1)]
    knots += [(high * 0.8, length * 0.26), (top * 0.9, length * 0.3)]
    if d.chance(0.3):  # open behind
        knots = [(high * 0.92, -length * 0.42), *knots[2:]]
    path = smooth([(0, y, z) for y, z in knots], 6)
    handle = tube(path, d(0.014, 0.019), flatten=1.15)
    dial = cylinder(wide * 0.2, 0.012, segments=24).at(y=rise * 1.0, z=-length * 0.03)
    heel = superellipsoid(wide * 0.8, rise * 1.1, length * 0.1, 0.7).at(y=0.01, z=-length * 0.45)
    tip = superellipsoid(0.02, 0.012, 0.02).at(y=rise * 0.85, z=length * 0.3)
    cord = smooth(
        [(0, high * 0.9, -length * 0.42), (0.01, high * 0.7, -length * 0.6), (0.05, high * 0.2, -length * 0.7)], 5
    )
    parts = [sole, body.painted(rgb), handle.painted(rgb if d.chance(0.5) else trim), heel.painted(rgb)]
    parts += [dial.painted(trim), tip.painted(GREY), tube(cord, 0.0035, segments=8).painted(BLACK)]
    whole = join(*parts)
    return (whole.turned("x", -90) if d.chance(0.3) else whole).grounded()


def _sole(length: float, wide: float) -> np.ndarray:
    """(36, 2) x and z of the plate, its tip towards +z."""
    z = np.linspace(-1, 1, 18)
    half = np.interp(z, [-1, -0.96, -0.3, 0.1, 0.5, 0.8, 0.97, 1], [0.75, 0.88, 1.0, 0.94, 0.72, 0.42, 0.12, 0.04])
    right = points(half * wide / 2, z * length / 2)
    # anticlockwise as `stacked` wants it: up the right side, and down the left
    return np.concatenate([right, right[::-1] * (-1, 1)])


@category
def hair_dryer(d: Draw) -> Solid:
    """A barrel with a nozzle towards +x and a grille behind, across a handle that slants or folds; lying."""
    radius = d(0.03, 0.045)
    length, rgb, dark = radius * d(3.6, 5.2), paint(d), paint(d, "black", "grey", "white")
    nose = d(0.6, 0.8)
    knots = [(0.75, 0.0), (1.0, 0.12), (1.02, 0.3), (0.9, 0.6), (nose, 1.0)]
    side = smooth(knots, 5) * (radius, length)
    bore = side[-1, 0] * 0.88
    barrel = lathe([(0, 0), *side, (bore, length), (bore, length * 0.8), (0, length * 0.8)])
    parts = [barrel.painted(rgb)]
    grille = [lathe([(0, -0.002), (radius * 0.72, -0.002), (radius * 0.6, -0.008), (0, -0.01)][::-1]).painted(dark)]
    parts += grille
    if d.chance(0.65):  # a flat nozzle
        end = d(1.1, 1.5)
        turn = np.arange(32) * np.pi / 16
        circle = points(np.cos(turn), np.sin(turn)) * side[-1, 0]
        mouth = [(circle * 1.04, length * 0.96), (circle, length * 1.04)]
        mouth += [(circle * (end, 0.28), length * 1.04 + radius)]
        parts.append(stacked([*mouth, (circle * (end * 0.9, 0.15), length * 1.02 + radius)]).painted(BLACK))
    body = join(*parts).turned("z", -90)
    at, grip = length * d(0.22, 0.35), d(0.1, 0.14)
    lean = d.pick(0.0, d(-0.03, 0.03), 0.07)
    path = smooth(
        [(at, -radius * 0.4, 0), (at + lean * 0.35, -radius - grip * 0.4, 0), (at + lean, -radius - grip, 0)], 6
    )
    thick = np.interp(np.linspace(0, 1, len(path)), [0, 0.4, 1], [0.021, 0.017, d(0.014, 0.019)])
    handle = tube(path, thick, segments=18, flatten=1.2).painted(rgb if d.chance(0.7) else dark)
    keys = superellipsoid(0.01, 0.04, 0.014, 0.5).at(x=at + lean * 0.4 + 0.018, y=-radius - grip * 0.5).painted(dark)
    foot = path[-1]
    loop = [foot, np.add(foot, (0, -0.02, 0)), np.add(foot, (-0.03, -0.05, 0.01))]
    loop += [np.add(foot, (-0.1, -0.03, 0.02)), np.add(foot, (-0.12, 0.03, 0))]
    whole = join(body, handle, keys, tube(smooth(loop, 5), 0.0035, segments=8).painted(BLACK))
    return whole.turned("x", d.pick(90, -90, 90, 180)).grounded()
