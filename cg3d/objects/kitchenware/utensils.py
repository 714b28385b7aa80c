"""Tools of the kitchen: can opener, ladle, spatula, whisk."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import casing
from cg3d.objects.shapes.curves import arc, ellipse, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint, wood
from cg3d.objects.shapes.primitives import cylinder, extrude, hoop, lathe, loft, ribbon, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join


@category
def spatula(d: Draw) -> Solid:
    """A flat head to turn food, whole or slotted, on a bent neck; or a soft scraper on a straight handle."""
    return laid(d, one_of(d, {"turner": _turner, "rubber spatula": _scraper}), 0.8)


def _grip(d: Draw, low: float, high: float, rgb: np.ndarray) -> Solid:
    """A handle along y from `low`, its end, up to `high`: a thick moulded one, or the flat bar goes on to a hole."""
    length = high - low
    if d.chance(0.6):
        thick = d(0.007, 0.013)
        knots = smooth([(0.5, 0), (0.9, 0.05), (1.0, 0.3), (d(0.6, 0.95), 0.75), (0.55, 1.0)], 5)
        profile = knots * (thick, length)
        return lathe([(0, 0), *profile, (0, length)], 18).scaled(z=d(0.55, 1.0)).at(y=low).painted(rgb)
    wide, deep = d(0.015, 0.026), d(0.004, 0.009)
    path = smooth([(low, 0), (low + length * 0.5, d(0.0, 0.01)), (high, 0)], 5)
    bar = ribbon(path, np.linspace(wide, wide * 0.6, len(path)), deep).turned("x", 90)  # along x, wide in y
    eye = hoop(wide * 0.45, deep * 0.45, 20).turned("x", 90).at(x=low - wide * 0.35)
    return join(bar, eye).turned("z", 90).painted(rgb)


def _neck(low: float, high: float, dip: float, thick: float) -> Solid:
    """A rod along y that steps back by `dip` before its upper end."""
    rise = high - low
    path = smooth([(0, low, 0), (0, low + rise * 0.6, 0), (0, high - rise * 0.12, -dip), (0, high, -dip * 1.05)], 6)
    return tube(path, thick, segments=10, flatten=1.5)


def _turner(d: Draw) -> Solid:
    length, reach = d(0.19, 0.27), d(0.07, 0.115)
    wide, dip = reach * d(0.65, 1.05), d(0.006, 0.045)
    rgb = paint(d) if d.chance(0.5) else metal(d)
    root, thin = wide * d(0.45, 1.0), d(0.0014, 0.004)
    curl, slant = d(-0.1, 0.12) * reach, d(-0.12, 0.12)
    blade = _blade(d, reach, root, wide, thin, curl, slant).at(y=length, z=-dip).painted(rgb)
    join_at = length * d(0.4, 0.65)
    neck = _neck(join_at * 0.9, length + reach * 0.12, dip, d(0.0028, 0.005))
    hilt = rgb if d.chance(0.4) else wood(d) if d.chance(0.4) else BLACK
    return join(blade, neck.painted(rgb if d.chance(0.5) else metal(d)), _grip(d, 0.0, join_at, hilt))


def _blade(d: Draw, reach: float, root: float, wide: float, thin: float, curl: float, slant: float) -> Solid:
    """A plate from y = 0 up that widens and curves to +z; with slots it is a comb between two cross pieces."""
    t = np.linspace(0, 1, 12)
    half = np.interp(t, [0, 0.06, 0.35, 0.95, 1], [0.8 * root, root, wide, wide, 0.9 * wide]) / 2
    slots = d.pick(0, 0, 3, 4, 5)

    def strip(left: float, right: float, span: slice) -> Solid:
        rings = []
        for share, size in zip(t[span], half[span], strict=True):
            z, lean = curl * share**2, 1 + slant * np.array([left, right])
            x, y = size * np.array([left, right]), reach * share * lean
            corners = [(x[0], y[0], z), (x[1], y[1], z), (x[1], y[1], z + thin), (x[0], y[0], z + thin)]
            rings.append(corners[::-1])
        return loft(rings)

    if not slots:
        return strip(-1, 1, slice(None))
    edges = np.linspace(-1, 1, 2 * slots + 2)
    bars = [strip(edges[k], edges[k + 1], slice(2, 11)) for k in range(0, 2 * slots + 1, 2)]
    return join(strip(-1, 1, slice(0, 4)), strip(-1, 1, slice(9, 12)), *bars)


def _scraper(d: Draw) -> Solid:
    """A thick blade of silicone, one of its corners round, often hollowed like a spoon."""
    reach, thick = d(0.065, 0.1), d(0.007, 0.014)
    wide, length, rgb = reach * d(0.5, 0.72), d(0.16, 0.24), paint(d)
    t = np.linspace(0, 1, 14)
    end = np.sqrt(np.maximum(1 - np.clip((t - 0.8) / 0.2, 0, 1) ** 2, 0.0))
    root = np.interp(t, [0, 0.15, 0.3, 1], [0.45, 0.75, 0.95, 1.0])
    lone = d.chance(0.6)
    left, right = (
        -wide / 2 * root * (0.75 + 0.25 * end),
        wide / 2 * root * ((0.4 + 0.6 * end) if lone else (0.75 + 0.25 * end)),
    )
    deep, hollow = thick * np.interp(t, [0, 0.2, 1], [1.1, 1.0, 0.25]), d(0.0, 0.5)
    rings = []
    for share, low, high, tall in zip(t, left, right, deep, strict=True):
        x = np.array([low, low * 0.5, 0, high * 0.5, high])
        over = tall / 2 * np.array([0.35, 0.9, 1 - hollow, 0.9, 0.35])
        under = -tall / 2 * np.array([0.35, 0.9, 1, 0.9, 0.35])
        face = points(x, share * reach, over)
        rings.append(np.concatenate([face, points(x, share * reach, under)[::-1]]))
    head = loft(rings).at(y=length).painted(rgb)
    thin = d(0.0045, 0.007)
    stem = tube([(0, length * 0.4, 0), (0, length + reach * 0.2, 0)], thin, flatten=1.5)
    hilt = wood(d) if d.chance(0.5) else paint(d, "white", "black", "grey") if d.chance(0.6) else rgb
    return join(head, stem.painted(hilt), _grip(d, 0.0, length * 0.6, hilt))


@category
def ladle(d: Draw) -> Solid:
    """A deep round bowl at the end of a long handle that rises from its rim and often ends in a hook."""
    radius, length = d(0.03, 0.052), d(0.18, 0.3)
    rgb, thin = (metal(d) if d.chance(0.65) else paint(d)), d(0.0012, 0.003)
    deep = radius * d(0.6, 1.0)
    t = np.linspace(0, np.pi / 2, 10)
    out = points(radius * np.sin(t), deep * (1 - np.cos(t)))
    inside = points((radius - thin) * np.sin(t), deep - (deep - thin) * np.cos(t))[::-1]
    bowl = lathe([*out, *inside], 36).painted(rgb)
    lean, hook = d(0.15, 0.9), d(0.01, 0.025)
    away = np.array([np.sin(lean), np.cos(lean)])
    start = np.array([radius * 0.96, deep * 0.85])
    end = start + away * length
    knots = [start, start + away * length * 0.25 + (0.004, 0), end]
    if d.chance(0.6):
        curl = hook * np.array([(0.7, 0.6), (1.8, -0.1), (1.9, -1.0)])
        knots += [*(end + curl)]
    path = smooth(knots, 8)
    wide = np.interp(np.linspace(0, 1, len(path)), [0, 0.3, 1], [0.02, 0.011, d(0.012, 0.02)])
    handle = ribbon(path, wide, d(0.0022, 0.005)).painted(rgb)
    parts = [bowl, handle]
    if d.chance(0.4):
        grip = tube(
            np.column_stack([(start + away * s * length) for s in (0.5, 0.97)]).T @ np.eye(2, 3), 0.009, flatten=1.4
        )
        parts.append(grip.painted(BLACK if d.chance(0.6) else paint(d)))
    whole = join(*parts)
    return (whole.turned("z", -np.degrees(np.pi / 2 - lean) + d(0, 8)) if d.chance(0.5) else whole).grounded()


@category
def whisk(d: Draw) -> Solid:
    """Loops of wire that bulge from the end of a handle, or a coil or flat loops."""
    grip, cage = d(0.1, 0.15), d(0.09, 0.16)
    bulge, wire = cage * d(0.16, 0.32), d(0.0011, 0.0019)
    rgb, steel = (metal(d) if d.chance(0.5) else paint(d)), metal(d) if d.chance(0.7) else paint(d)
    flat = d(0.25, 0.5) if d.chance(0.2) else 1.0
    knots = np.array([(0.12, -0.05), (0.2, 0.12), (0.8, 0.5), (1.0, 0.75), (0.75, 0.93), (0.0, 1.0)]) * (bulge, cage)
    side = smooth(knots, 5)
    loop = np.concatenate([side, side[-2::-1] * (-1, 1)])
    bow = tube(points(loop, 0 * loop[:, 0]), wire, segments=7)
    count = d.count(4, 7)
    loops = join(*[bow.turned("y", 180 / count * k) for k in range(count)]).scaled(z=flat).painted(steel)
    thick = d(0.0075, 0.014)
    profile = smooth([(0.6, 0), (1.0, 0.1), (0.85, 0.6), (0.8, 0.9), (0.6, 1.0)], 5) * (thick, grip)
    handle = join(lathe([(0, 0), *profile, (0, grip)], 20), tube(arc(0.008, 0.012, 180, 360), 0.0015, segments=8))
    return laid(d, join(loops.at(y=grip), handle.painted(rgb)), 0.85)


@category
def can_opener(d: Draw) -> Solid:
    """Two handles with wheels and a key at their head, all of bare steel or with fat grips, or an electric tower."""
    if d.chance(0.4):  # by far the most common
        return _gripped(d).called("handheld can opener")
    kinds = {"handheld can opener": _gripped, "butterfly can opener": _bare, "electric can opener": _electric}
    return one_of(d, kinds)


def _wheel(radius: float, thick: float, teeth: int) -> Solid:
    """A toothed or smooth disc in the xy plane."""
    count = max(4 * teeth, 32)
    ring = ellipse(2 * radius, 2 * radius, count)
    if teeth:
        ring *= (1 - 0.08 * (np.arange(count) % 4 >= 2))[:, None]
    return extrude(ring, thick)


def _key(d: Draw, size: float) -> Solid:
    """A wing to turn, along x, on a shaft along +z from z = 0."""
    reach, thick = size * d(0.45, 0.9), size * d(0.1, 0.2)
    shaft = cylinder(size * 0.09, reach, segments=14).turned("x", 90)
    if d.chance(0.5):
        wing = superellipsoid(size, size * 0.34, thick, 0.5).at(y=-size * 0.17)
    else:
        lobe = superellipsoid(size * 0.52, size * 0.42, thick, 0.25).at(y=-size * 0.21)
        wing = join(
            lobe.at(x=-size * 0.27), lobe.at(x=size * 0.27), superellipsoid(size * 0.3, thick, thick).at(y=-thick / 2)
        )
    return join(shaft, wing.turned("z", d(-90, 90)).at(z=reach))


def _head(d: Draw, size: float, gap: float) -> Solid:
    """The steel at the top: two plates one behind the other, a rivet, the cutting wheel and the toothed one."""
    tall = size * d(1.5, 2.1)
    plate = superellipsoid(size * 0.95, tall, gap * 0.6, 0.75)
    tilt = d(-14, 14)
    parts = [plate.at(x=-size * 0.1, y=-size * 0.6)]
    parts += [plate.turned("z", tilt).at(x=size * 0.15, y=-size * 0.6, z=gap * 0.7)]
    parts += [_wheel(size * d(0.3, 0.42), gap * 0.6, 0).at(x=size * 0.05, y=size * 0.55, z=gap * 1.3)]
    parts += [_wheel(size * d(0.28, 0.38), gap * 0.8, 18).at(x=size * 0.1, y=-size * 0.05, z=gap * 1.4)]
    return join(*parts, cylinder(size * 0.14, gap * 2.6, segments=16).turned("x", 90).at(y=-size * 0.45, z=-gap * 0.6))


def _levers(d: Draw, length: float, reach: float) -> list[np.ndarray]:
    """The two handles' paths from the head at the origin down: side by side, bowed apart, more or less open."""
    bow = length * d(0.0, 0.05)
    knots = [(0, 0), (reach * 0.6, -length * 0.18), (reach + bow, -length * 0.55), (reach, -length)]
    right = smooth(knots, 6)
    return [right, right * (-1, 1)]


def _gripped(d: Draw) -> Solid:
    length, size, gap = d(0.13, 0.18), d(0.024, 0.034), d(0.004, 0.006)
    fat, reach = d(0.008, 0.014), length * d(0.09, 0.2)
    rgb, steel = paint(d), metal(d)
    parts = [_head(d, size, gap).painted(steel)]
    for path, z in zip(_levers(d, length, reach), (0.0, gap), strict=True):
        line = points(path, z)
        grip = line[len(line) // 4 :]
        swell = fat * np.interp(np.linspace(0, 1, len(grip)), [0, 0.1, 0.5, 0.92, 1], [0.6, 0.95, 1.0, 0.9, 0.5])
        parts.append(tube(line, 0.004, segments=10).painted(steel))
        parts.append(tube(grip, swell, flatten=d(0.9, 1.4)).painted(rgb))
    key = _key(d, d(0.045, 0.065)).at(x=size * 0.1, y=-size * 0.05, z=gap)
    return laid(d, join(*parts, key.painted(steel if d.chance(0.4) else rgb)), 0.8)


def _bare(d: Draw) -> Solid:
    """Two handles bent of thin steel strip, with a butterfly key."""
    length, size, gap = d(0.11, 0.15), d(0.02, 0.028), d(0.003, 0.005)
    wide, steel = d(0.007, 0.013), metal(d)
    strips = [ribbon(path, wide, 0.0035) for path in _levers(d, length, length * d(0.07, 0.2))]
    key = _key(d, d(0.04, 0.055)).at(x=size * 0.1, y=-size * 0.05, z=gap)
    return laid(d, join(_head(d, size, gap), *strips, key).painted(steel), 0.85)


def _electric(d: Draw) -> Solid:
    """A tower that leans or bulges, with a lever over the wheels and the magnet at the front of its top."""
    height, width, depth = d(0.19, 0.27), d(0.1, 0.15), d(0.1, 0.14)
    rgb, dark = paint(d, "white", "black", "grey", "red", "beige"), paint(d, "black", "grey")
    body = casing(width, depth, height, d(0.02, 0.045), 0.015, d(0.7, 1.0)).painted(rgb)
    head = casing(width * 0.85, depth * 0.5, height * 0.3, 0.015, 0.008).at(y=height * 0.66, z=depth * 0.35)
    head = head.painted(rgb)
    front, level = depth * 0.6, height * 0.74
    wheel = join(_wheel(0.013, 0.012, 18), _wheel(0.01, 0.006, 0).at(y=0.02, z=0.006)).at(y=level - 0.01, z=front)
    lever = superellipsoid(width * 0.75, 0.018, 0.035, 0.6).turned("x", -20).at(x=width * 0.1, y=height * 0.93, z=front)
    arm = tube([(width * 0.1, height * 0.97, front), (width * 0.1, level + 0.005, front + 0.008)], 0.006)
    magnet = lathe([(0, 0), (0.012, 0), (0.012, 0.01), (0, 0.01)], 20).turned("x", 90)
    magnet = magnet.at(x=-0.025, y=level, z=front + 0.012)
    foot = casing(width * 1.08, depth * 1.1, 0.02, 0.03, 0.008).at(z=0.004).painted(dark)
    small = join(wheel, magnet).painted(GREY)
    return join(body, head, foot, small, join(lever, arm).painted(BLACK if d.chance(0.5) else dark))
