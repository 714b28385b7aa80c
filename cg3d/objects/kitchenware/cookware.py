"""Things to cook and brew in: frying pan, kettle, pot, teapot."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint, wood
from cg3d.objects.shapes.primitives import cylinder, lathe, ribbon, stacked, superellipsoid, tube
from cg3d.objects.shapes.round_bodies import vessel
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def teapot(d: Draw) -> Solid:
    """A bellied pot with a lid, a spout at +x, and a handle behind or over the top."""
    radius = d(0.06, 0.09)
    height, mouth = radius * d(1.2, 2.3), radius * d(0.4, 0.65)
    foot, belly = radius * d(0.55, 0.85), height * d(0.3, 0.6)
    rgb, lid = paint(d), paint(d)
    profile = smooth([(foot, 0), (radius, belly), (mouth * 1.1, height * 0.95), (mouth, height)])
    parts = [lathe([(0, 0), *profile, (0, height)]).painted(rgb)]
    dome = mouth * d(0.2, 0.55)
    cover = lathe([(0, 0), (mouth * 1.05, 0), (mouth * 0.8, dome * 0.7), (0, dome)])
    knob = superellipsoid(mouth * 0.4, mouth * 0.35, mouth * 0.4).at(y=dome * 0.95)
    parts.append(join(cover, knob).at(y=height).painted(lid if d.chance(0.3) else rgb))
    parts.append(_spout(d, radius, height, belly).painted(rgb))
    return join(*parts, _teapot_handle(d, radius, height, mouth).painted(lid if d.chance(0.4) else rgb))


def _spout(d: Draw, radius: float, height: float, belly: float) -> Solid:
    reach, tip = radius * d(1.6, 2.0), height * d(0.85, 1.05)
    low = belly * d(0.5, 0.8)
    knots = np.array(
        [(radius * 0.8, low), (radius * 1.2, low + 0.2 * (tip - low)), (reach * 0.86, low + 0.7 * (tip - low))]
    )
    curve = smooth([*points(knots, np.zeros(3)), (reach, tip, 0)])
    thick = radius * d(0.2, 0.28)
    return tube(curve, np.linspace(thick, thick * 0.4, len(curve)))


def _teapot_handle(d: Draw, radius: float, height: float, mouth: float) -> Solid:
    thin = radius * d(0.07, 0.12)
    if d.chance(0.3):
        rise = height * d(0.5, 0.8)
        return tube(np.add(arc(mouth * 1.25, rise), (0, height * 0.9, 0)), thin)
    low, high, back = height * d(0.15, 0.3), height * d(0.8, 0.92), radius * d(1.55, 1.8)
    loop = [(-radius * 0.85, low, 0), (-back, low + 0.3 * (high - low), 0), (-back, high, 0), (-mouth, high, 0)]
    return tube(smooth(loop), thin, flatten=d(0.8, 1.5))


@category
def frying_pan(d: Draw) -> Solid:
    """A shallow round or square pan with one long handle."""
    radius, depth = d(0.09, 0.16), d(0.03, 0.055)
    foot, wall = radius * d(0.72, 0.88), d(0.002, 0.005)
    rgb, inside = metal(d), metal(d) if d.chance(0.5) else None
    if d.chance(0.25):
        body = _griddle(radius, depth, wall).painted(rgb)
    else:
        t = np.linspace(0, 1, 10)
        profile = points(foot + (radius - foot) * t ** d(0.6, 1.5), depth * t)
        body = join(*vessel(profile, wall, paint(d) if d.chance(0.25) else rgb, inside))
    return join(body, _long_handle(d, radius, depth))


def _griddle(radius: float, depth: float, wall: float) -> Solid:
    """A square pan with ridges across its floor."""
    width = 1.8 * radius
    sizes = [(width * 0.9, 0.0), (width, depth), (width - 2 * wall, depth), (width * 0.9 - 2 * wall, wall)]
    ridge = ribbon([(-0.4 * width, wall), (0.4 * width, wall)], 0.004, 0.004)
    ridges = [ridge.at(z=z) for z in np.linspace(-0.36, 0.36, 9) * width]
    return join(stacked([(rectangle(size, size, 0.02), y) for size, y in sizes]), *ridges)


def _long_handle(d: Draw, radius: float, depth: float) -> Solid:
    """A handle from the rim at x = `radius` outwards and slightly up."""
    length, rise = d(0.14, 0.21), d(0.01, 0.06)
    curve = smooth([(radius * 0.93, depth * 0.7), (radius * 1.15, depth * 0.95), (radius + length, depth + rise)])
    width = np.interp(np.linspace(0, 1, len(curve)), [0, 0.4, 1], [0.014, 0.016, d(0.02, 0.032)])
    grip = wood(d) if d.chance(0.3) else metal(d)
    if d.chance(0.5):
        return ribbon(curve, width, d(0.006, 0.012)).painted(grip)
    return tube(points(curve, 0 * curve[:, 0]), width / 2.2).painted(grip)


@category
def pot(d: Draw) -> Solid:
    """A cooking pot with two handles, or with one long handle; with or without its lid."""
    radius = d(0.08, 0.15)
    height, wall = radius * d(0.75, 1.9), d(0.002, 0.004)
    rgb = metal(d) if d.chance(0.5) else paint(d)
    bulge, edge = d.pick(0.0, d(0.0, 0.1)), d(0.005, 0.02)
    t = np.linspace(0, 1, 12)
    outside = points(radius * (0.97 + bulge * np.sin(np.pi * t)), edge + (height - edge) * t)
    outside = np.concatenate([[(radius * 0.97 - edge, 0.0)], outside])
    long = d.chance(0.3)
    handle = _long_handle(d, radius, height * 0.85) if long else _side_handles(d, radius, height)
    parts = [*vessel(outside, wall, rgb, metal(d)), handle]
    if d.chance(0.6):
        lid = _pot_lid(d, radius, rgb)
        parts.append(lid.at(y=height))
    return join(*parts).called("saucepan" if long else "cooking pot")


def _side_handles(d: Draw, radius: float, height: float) -> Solid:
    level, reach, half = height * d(0.7, 0.88), radius * d(0.22, 0.38), radius * d(0.25, 0.4)
    loop = np.array(
        [(0.94 * radius, 0, -half), (radius + reach, 0.01, -half * 0.8), (radius + reach, 0.01, half * 0.8)]
    )
    curve = np.add(smooth([*loop, (0.94 * radius, 0, half)], 5), (0, level, 0))
    return mirrored(tube(curve, d(0.004, 0.008), flatten=d(0.8, 1.6))).painted(metal(d))


def _pot_lid(d: Draw, radius: float, rgb: np.ndarray) -> Solid:
    dome = radius * d(0.08, 0.3)
    t = np.linspace(0, 1, 8)
    cover = points(radius * np.cos(t * np.pi / 2), 0.006 + dome * np.sin(t * np.pi / 2))
    shell = lathe([(0, 0), (radius * 1.01, 0), *cover[:-1], (0, dome + 0.006)]).painted(rgb)
    if d.chance(0.5):
        knob = join(cylinder(0.006, 0.02), superellipsoid(0.035, 0.016, 0.035).at(y=0.016))
    else:
        knob = tube(arc(radius * 0.25, 0.03), 0.005)
    return join(shell, knob.at(y=dome + 0.003).painted(metal(d)))


@category
def kettle(d: Draw) -> Solid:
    """A tall electric jug on its foot, a low one for the stove with a bow over it, or one with a gooseneck."""
    kinds = {"electric kettle": _electric, "stovetop kettle": _stovetop, "gooseneck kettle": _gooseneck}
    return one_of(d, kinds)


def _body(knots: list[tuple[float, float]], radius: float, height: float) -> Solid:
    profile = smooth(knots, 5) * (radius, height)
    return lathe([(0, 0), *profile, (0, height)])


def _foot(radius: float) -> Solid:
    """The base that heats, and its cord behind."""
    base = lathe([(0, 0), (radius * 1.08, 0), (radius * 1.1, 0.008), (radius * 1.0, 0.018), (0, 0.018)])
    cord = smooth([(-radius, 0.006, 0), (-radius * 1.5, 0.004, 0.02), (-radius * 1.9, 0.004, -0.03)], 5)
    return join(base, tube(cord, 0.0035, segments=8)).painted(BLACK)


def _side_handle(d: Draw, radius: float, top: float, height: float) -> Solid:
    """A big loop behind, closed or open below."""
    reach, thick = radius * d(0.65, 0.95), d(0.009, 0.013)
    knots = [(-top * 0.85, height * 0.97), (-top - reach * 0.6, height * 1.0), (-radius - reach, height * 0.78)]
    knots += [(-radius - reach * d(0.6, 0.95), height * 0.35)]
    if d.chance(0.65):
        knots += [(-radius * 0.92, height * d(0.1, 0.2))]
    path = smooth([(x, y, 0) for x, y in knots], 6)
    return tube(path, thick, flatten=d(1.0, 1.5))


def _electric(d: Draw) -> Solid:
    radius = d(0.065, 0.085)
    height, top = radius * d(2.1, 3.1), d(0.6, 0.92)
    rgb, dark = (metal(d) if d.chance(0.6) else paint(d)), paint(d, "black", "black", "grey", "white")
    belly = d(0.98, 1.06)
    body = _body([(0.96, 0.0), (belly, 0.12), (0.5 + top * 0.52, 0.6), (top, 0.95), (top * 0.97, 1.0)], radius, height)
    lip = radius * top
    beak = tube(
        [(lip * 0.5, height * 0.84, 0), (lip * 1.0, height * 0.93, 0), (lip * 1.3, height * 1.0, 0)],
        [lip * 0.3, lip * 0.27, lip * 0.16],
    )
    lid = lathe([(0, 0), (lip * 0.95, 0), (lip * 0.85, lip * 0.12), (0, lip * 0.2)]).at(y=height * 0.995)
    knob = superellipsoid(lip * 0.4, lip * 0.25, lip * 0.3, 0.4).at(y=height + lip * 0.12)
    pieces = [body.painted(rgb), beak.painted(rgb), join(lid, knob).painted(dark if d.chance(0.6) else rgb)]
    pieces.append(_side_handle(d, radius, lip, height).painted(dark))
    if d.chance(0.5):
        gauge = superellipsoid(0.012, height * 0.4, 0.022, 0.6).at(x=radius * 0.05, y=height * 0.25, z=radius * 0.93)
        pieces.append(gauge.painted(GREY))
    whole = join(*pieces)
    return join(_foot(radius), whole.at(y=0.017)) if d.chance(0.75) else whole


def _short_spout(d: Draw, radius: float, height: float) -> Solid:
    tip = height * d(0.95, 1.15)
    path = smooth([(radius * 0.75, height * 0.45, 0), (radius * 1.12, height * 0.75, 0), (radius * 1.4, tip, 0)], 5)
    thick = radius * d(0.16, 0.24)
    return tube(path, np.linspace(thick * 1.25, thick * 0.65, len(path)))


def _stovetop(d: Draw) -> Solid:
    """A wide dome or cone, its handle from the front to the back over the lid."""
    radius = d(0.085, 0.12)
    height, rgb = radius * d(0.95, 1.5), metal(d) if d.chance(0.45) else paint(d)
    shape = d.choice(3)
    knots = [
        [(0.95, 0.0), (1.0, 0.15), (0.85, 0.6), (0.5, 0.95), (0.35, 1.0)],
        [(0.97, 0.0), (1.0, 0.06), (0.7, 0.55), (0.42, 0.97), (0.38, 1.0)],
        [(0.75, 0.0), (1.0, 0.35), (0.95, 0.6), (0.55, 0.95), (0.4, 1.0)],
    ][shape]
    lid = lathe([(0, 0), (radius * 0.42, 0), (radius * 0.3, radius * 0.08), (0, radius * 0.1)]).at(y=height * 0.99)
    knob = superellipsoid(*(radius * d(0.18, 0.26),) * 3).at(y=height + radius * 0.08)
    rise, half = radius * d(0.75, 1.1), radius * d(0.55, 0.75)
    bow = np.add(arc(half, rise, -8, 188, 21), (0, height * 0.8, 0))
    grip, dark = bow[5:16], BLACK if d.chance(0.6) else paint(d)
    handle = join(tube(bow, 0.0045).painted(metal(d)), tube(grip, 0.011, flatten=1.2).painted(dark))
    parts = [_body(knots, radius, height).painted(rgb), lid.painted(rgb), knob.painted(dark), handle]
    return join(*parts, _short_spout(d, radius, height).painted(rgb))


def _gooseneck(d: Draw) -> Solid:
    """A cone with a long thin spout from its foot, and an open handle."""
    radius = d(0.06, 0.08)
    height, rgb = radius * d(1.6, 2.1), metal(d) if d.chance(0.7) else paint(d)
    body = _body([(1.0, 0.0), (1.0, 0.05), (0.82, 0.5), (0.66, 0.96), (0.6, 1.0)], radius, height).painted(rgb)
    neck = [(0.85, 0.15), (1.35, 0.25), (1.5, 0.6), (1.75, 0.95), (2.05, 0.98)]
    path = smooth([(x * radius, y * height, 0) for x, y in neck], 6)
    spout = tube(path, np.linspace(0.011, 0.0055, len(path))).painted(rgb)
    lid = lathe([(0, 0), (radius * 0.62, 0), (radius * 0.5, 0.008), (0, 0.012)]).at(y=height)
    knob = join(cylinder(0.005, 0.02), superellipsoid(0.025, 0.014, 0.025).at(y=0.014)).at(y=height + 0.008)
    handle = _side_handle(d, radius, radius * 0.62, height).painted(BLACK)
    whole = join(body, spout, lid.painted(rgb), knob.painted(BLACK), handle)
    return join(_foot(radius), whole.at(y=0.017)) if d.chance(0.5) else whole
