"""Tools for house and garden: broom, ladder, shovel."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import METALS, metal, paint, wood
from cg3d.objects.shapes.primitives import beam, box, loft, rod, superellipsoid, tube
from cg3d.objects.shapes.resting import posed
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def shovel(d: Draw) -> Solid:
    """A dished blade on a shaft, pointed or square, with a long pole or a D-shaped grip; or a garden trowel."""
    kinds = {"pointed shovel": _pointed, "square shovel": _square, "garden trowel": _trowel}
    return posed(d, one_of(d, kinds).turned("z", 180).grounded())


def _pointed(d: Draw) -> Solid:
    return _shovel(d, d(0.2, 0.26), d(0.26, 0.34), d(0.9, 1.2), point=d(0.35, 0.6))


def _square(d: Draw) -> Solid:
    return _shovel(d, d(0.22, 0.4), d(0.26, 0.34), d(0.6, 1.1), point=0.0)


def _trowel(d: Draw) -> Solid:
    return _shovel(d, d(0.06, 0.09), d(0.13, 0.17), d(0.09, 0.12), point=d(0.4, 0.7))


def _shovel(d: Draw, width: float, long: float, shaft: float, point: float) -> Solid:
    """Blade up, from y = `shaft`; the shaft down to y = 0 with its grip."""
    rgb = metal(d) if d.chance(0.6) else paint(d)
    handle, small = (wood(d) if d.chance(0.7) else paint(d)), shaft < 0.2
    thin = 0.012 if small else d(0.014, 0.019)
    parts = [_blade(d, width, long, point).at(y=shaft).painted(rgb)]
    socket = smooth([(0, shaft - 0.25 * long, 0), (0, shaft, -0.01), (0, shaft + 0.2 * long, 0.0)])
    parts.append(tube(socket, np.linspace(thin * 1.25, thin * 0.5, len(socket))).painted(rgb))
    if small:
        grip = superellipsoid(2.4 * thin, shaft, 2.4 * thin, 0.3).painted(handle)
        return join(*parts, grip)
    parts.append(rod((0, 0, 0), (0, shaft, 0), thin).painted(handle))
    if d.chance(0.6):
        parts.append(_d_grip(d).painted(handle if d.chance(0.4) else paint(d)))
    return join(*parts)


def _d_grip(d: Draw) -> Solid:
    """The grip of a spade below y = 0: a bar between two arms."""
    half, drop = d(0.045, 0.06), d(0.08, 0.11)
    arms = smooth(
        [(-half, -drop, 0), (-half * 0.95, -drop * 0.6, 0), (0, 0, 0), (half * 0.95, -drop * 0.6, 0), (half, -drop, 0)]
    )
    return join(tube(arms, 0.01), rod((-half - 0.01, -drop, 0), (half + 0.01, -drop, 0), 0.014))


def _blade(d: Draw, width: float, long: float, point: float) -> Solid:
    """A dished sheet, its hollow towards +z, that ends in a point taking `point` of its length."""
    dish, thick = d(0.08, 0.16) * width, 0.012 * width + 0.001
    t = np.linspace(0, 1, 14)
    half = np.interp(t, [0, 0.08, 1.0], [0.72, 0.94, 1.0]) * width / 2
    if point > 0:
        half *= np.sqrt(np.clip(1 - np.clip((t - 1 + point) / point, 0, 1) ** 2, 0.003, None))
    across = np.linspace(-1, 1, 9)
    rings = []
    for at, h in zip(t, half, strict=True):
        z = dish * across**2 * (h / width * 2) ** 2 + dish * 1.5 * (at - 0.3) ** 2
        front = points(h * across, at * long, z)
        rings.append(np.concatenate([front[::-1], front - (0, 0, thick)]))
    return loft(np.array(rings)[:, ::-1])


@category
def broom(d: Draw) -> Solid:
    """A brush across the end of a pole, a bundle of straw, or a wide push broom."""
    kinds = {"broom": _house_broom, "straw broom": _straw_broom, "push broom": _push_broom}
    whole = one_of(d, kinds)
    if d.chance(0.3):
        return whole.turned("x", -90).grounded()
    return (whole if d.chance(0.7) else whole.turned("z", 180)).grounded()


def _pole(d: Draw, low: float) -> tuple[Solid, float]:
    length = d(0.9, 1.3)
    handle = rod((0, low, 0), (0, low + length, 0), d(0.01, 0.014)).painted(wood(d) if d.chance(0.6) else paint(d))
    return join(handle, superellipsoid(0.03, 0.06, 0.03).at(y=low + length - 0.03).painted(handle.face_rgb[0])), length


def _tufts(d: Draw, width: float, depth: float, height: float, splay: float, columns: int, rows: int) -> Solid:
    """Bundles of bristles that hang from y = `height` to the floor and spread by `splay`."""
    parts = []
    for x in np.linspace(-0.5, 0.5, columns):
        for z in np.linspace(-0.5, 0.5, rows):
            tip = (x * width * (1 + splay), d(0, 0.05) * height, z * depth * (1 + splay))
            thick = 0.55 * width / columns
            parts.append(tube([tip, (x * width, height, z * depth)], [thick, thick * 0.8], segments=7))
    return join(*parts)


def _house_broom(d: Draw) -> Solid:
    width, bristle = d(0.26, 0.36), d(0.09, 0.14)
    block = superellipsoid(width, d(0.04, 0.06), 0.06, 0.7).at(y=bristle - 0.005).painted(paint(d))
    tufts = _tufts(d, width * 0.92, 0.04, bristle, d(0.05, 0.3), 12, 3).painted(paint(d))
    handle, _ = _pole(d, bristle + 0.03)
    socket = rod((0, bristle + 0.03, 0), (0, bristle + 0.13, 0), 0.022, 0.016).painted(block.face_rgb[0])
    return join(block, tufts, handle, socket)


def _push_broom(d: Draw) -> Solid:
    width, bristle = d(0.45, 0.65), d(0.06, 0.09)
    block = box(width, 0.035, 0.07).at(y=bristle - 0.003).painted(wood(d))
    tufts = _tufts(d, width * 0.95, 0.055, bristle, 0.04, 20, 3).painted(paint(d))
    handle, _ = _pole(d, 0.0)
    return join(block, tufts, handle.turned("x", -d(25, 40)).at(y=bristle + 0.02))


def _straw_broom(d: Draw) -> Solid:
    """A flat or round sheaf of straw, bound with bands below the pole."""
    tall, flat = d(0.35, 0.5), d.pick(1.0, d(0.3, 0.5))
    straw, wide = paint(d, "beige", "yellow", "brown"), d(0.11, 0.16)
    turns = np.linspace(0, 2 * np.pi, 29)[:-1]
    stalks = []
    for reach in (0.45, 1.0):
        for turn in turns:
            x, z = reach * np.cos(turn), reach * np.sin(turn) * flat
            knots = [(x * wide, d(0, 0.03), z * wide)]
            knots += [(x * wide * 0.75, tall * 0.5, z * wide * 0.75), (x * 0.03, tall, z * 0.03)]
            curve = smooth(knots, 4)
            stalks.append(tube(curve, np.linspace(0.011, 0.007, len(curve)), segments=6))
    bands = [
        superellipsoid(size * 2, 0.02, size * 2 * flat, 0.4).at(y=y)
        for y, size in ((tall * 0.72, wide * 0.52), (tall * 0.9, wide * 0.3))
    ]
    handle, _ = _pole(d, tall - 0.05)
    return join(join(*stalks).painted(straw), join(*bands).painted(paint(d)), handle)


@category
def ladder(d: Draw) -> Solid:
    """A straight ladder, or a step ladder that stands on four legs."""
    rungs, pitch = d.count(3, 11), d(0.22, 0.32)
    height, width = (rungs + 0.6) * pitch, d(0.32, 0.5)
    taper, rail = d(0.0, 0.12), d(0.018, 0.03)
    rgb = wood(d) if d.chance(0.5) else paint(d, *METALS, "red", "yellow", "blue")
    flat = d.chance(0.5)
    front = [mirrored(beam((width / 2 + taper, 0, 0), (width / 2, height, 0), rail, rail * 2.2))]
    for k in range(rungs):
        y = (k + 0.8) * pitch
        half = width / 2 + taper * (1 - y / height)
        step = beam((-half, y, 0), (half, y, 0), 0.09, 0.02) if flat else rod((-half, y, 0), (half, y, 0), rail * 0.6)
        front.append(step)
    ladder = join(*front)
    if rungs <= 7 and d.chance(0.6):
        return _step_ladder(ladder, d(11, 17), height, width, taper, rail).painted(rgb).grounded()
    return ladder.turned("x", -d.pick(0.0, d(4, 16))).painted(rgb).grounded()


def _step_ladder(front: Solid, lean: float, height: float, width: float, taper: float, rail: float) -> Solid:
    """The ladder leaned back against a lighter pair of legs, with a platform on top."""
    back = mirrored(beam((width / 2 + taper, 0, 0), (width / 2, height, 0), rail * 0.8, rail * 1.4))
    brace = rod((-width / 2, height * 0.4, 0), (width / 2, height * 0.4, 0), rail * 0.4)
    top = box(width + rail, 0.03, 0.2).at(y=height * np.cos(np.radians(lean)) - 0.02)
    spread = height * np.sin(np.radians(lean))
    return join(front.turned("x", -lean).at(z=spread), join(back, brace).turned("x", lean).at(z=-spread), top)
