"""Things to carry along: backpack, handbag, suitcase, umbrella."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, loft, ribbon, rod, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def backpack(d: Draw) -> Solid:
    """A soft body with a front pocket, a loop on top and two straps behind; some with side pockets or a mat."""
    width, height = d(0.26, 0.34), d(0.38, 0.6)
    depth, softness, rgb = d(0.13, 0.2), d(0.5, 0.75), paint(d)
    trim = paint(d) if d.chance(0.6) else rgb
    parts = [superellipsoid(width, height, depth, softness).painted(rgb)]
    pocket = superellipsoid(width * d(0.7, 0.88), height * d(0.38, 0.55), depth * 0.55, softness)
    parts.append(pocket.at(y=height * 0.06, z=depth * 0.42).painted(trim))
    if d.chance(0.5):
        second = superellipsoid(width * 0.6, height * 0.25, depth * 0.3, softness)
        parts.append(second.at(y=height * 0.6, z=depth * 0.45).painted(trim))
    if d.chance(0.5):
        side = superellipsoid(depth * 0.45, height * 0.35, depth * 0.7, softness)
        parts.append(mirrored(side.at(x=width * 0.5, y=height * 0.05)).painted(trim))
    strap_rgb = paint(d, "black", "grey", "brown") if d.chance(0.6) else trim
    parts += [
        _straps(d, width, height, depth).painted(strap_rgb),
        tube(np.add(arc(0.035, 0.05), (0, height * 0.97, -depth * 0.2)), 0.008).painted(strap_rgb),
    ]
    if d.chance(0.25):
        roll = cylinder(0.06, width * 1.15).at(y=-width * 0.575).turned("z", 90).at(y=height + 0.05)
        parts.append(roll.painted(paint(d)))
    return join(*parts)


def _straps(d: Draw, width: float, height: float, depth: float) -> Solid:
    """Two wide bands that bow out behind the back, from the top edge to the lower corners."""
    bow = d(0.06, 0.11)
    side = [(-depth * 0.35, height * 0.93), (-depth * 0.5 - bow, height * 0.8)]
    side += [(-depth * 0.5 - bow, height * 0.35), (-depth * 0.4, height * 0.06)]
    band = ribbon(smooth(side), d(0.05, 0.07), 0.012)
    return mirrored(band.turned("y", -90).at(x=width * 0.26))


@category
def suitcase(d: Draw) -> Solid:
    """A trolley case on wheels with its handle in or out, or an old-fashioned case; standing or lying open."""
    return one_of(d, {"rolling suitcase": _trolley, "vintage suitcase": _vintage, "open suitcase": _open_case})


def _trolley(d: Draw) -> Solid:
    width, height, depth = d(0.35, 0.5), d(0.5, 0.75), d(0.2, 0.3)
    rgb, dark, lift = paint(d), BLACK, 0.055
    parts = [superellipsoid(width, height, depth, d(0.8, 0.93)).painted(rgb)]
    if d.chance(0.6):
        grooves = np.linspace(-0.36, 0.36, d.count(5, 10)) * width
        parts += [
            box(0.014, height * 0.84, depth * 1.015).at(x=x, y=height * 0.08).painted(rgb * 0.88) for x in grooves
        ]
    else:
        pocket = superellipsoid(width * 0.85, height * 0.5, 0.06, 0.8).at(y=height * 0.07, z=depth * 0.5)
        parts.append(pocket.painted(rgb if d.chance(0.6) else paint(d)))
    seam = stacked([(rectangle(width * 1.012, 0.02), y) for y in (height * 0.03, height * 0.97)]).painted(metal(d))
    reach = d.pick(0.03, d(0.25, 0.45))
    posts = mirrored(rod((0.07, height * 0.9, 0), (0.07, height + reach, 0), 0.008)).painted(metal(d))
    grip = superellipsoid(0.2, 0.03, 0.032, 0.7).at(y=height + reach - 0.01).painted(dark)
    handle = join(posts, grip).at(z=-depth * 0.35)
    wheel = join(cylinder(0.026, 0.02).turned("z", 90).at(x=0.01, y=-0.028), box(0.03, 0.03, 0.03).at(y=-0.022))
    wheels = mirrored(mirrored(wheel.at(x=width * 0.38, z=depth * 0.33)), "z").painted(dark)
    top = tube(
        smooth(
            [(-0.08, height - 0.01, 0), (-0.06, height + 0.025, 0), (0.06, height + 0.025, 0), (0.08, height - 0.01, 0)]
        ),
        0.009,
    )
    return join(*parts, seam, handle, wheels, top.painted(dark)).at(y=lift)


def _shell(width: float, height: float, depth: float, wall: float) -> Solid:
    """Half a case: a shallow tub."""
    outer, inner = rectangle(width, depth, 0.03), rectangle(width - 2 * wall, depth - 2 * wall, 0.025)
    return stacked([(outer * 0.985, 0.0), (outer, 0.02), (outer, height), (inner, height), (inner, wall)])


def _vintage(d: Draw) -> Solid:
    """A box with leather corners, belts and a handle on its long side."""
    width, height, depth = d(0.45, 0.65), d(0.3, 0.42), d(0.13, 0.2)
    rgb, trim = paint(d, "brown", "beige", "red", "green", "blue", "black"), paint(d, "brown", "black", "beige")
    parts = [superellipsoid(width, height, depth, 0.94).painted(rgb)]
    corner = superellipsoid(0.07, 0.07, depth * 1.03, 0.7).at(x=width / 2 - 0.032, y=0.0)
    corners = mirrored(join(corner.at(y=-0.003), corner.at(y=height - 0.067)))
    belts = mirrored(superellipsoid(0.035, height * 1.02, depth * 1.04, 0.95).at(x=width * 0.27, y=-height * 0.01))
    handle = tube(
        smooth([(-0.07, height, 0), (-0.055, height + 0.035, 0), (0.055, height + 0.035, 0), (0.07, height, 0)]), 0.01
    )
    locks = mirrored(box(0.04, 0.035, 0.012).at(x=width * 0.15, y=height * 0.9, z=depth / 2 + 0.003)).painted(metal(d))
    seam = box(width * 1.006, height * 0.98, 0.01).at(y=height * 0.01)
    return join(*parts, join(corners, belts, handle, seam).painted(trim), locks)


def _open_case(d: Draw) -> Solid:
    """Both halves hinged open, folded clothes in the lower one."""
    width, depth, height = d(0.5, 0.7), d(0.36, 0.48), d(0.09, 0.14)
    rgb = paint(d)
    case = _shell(width, height, depth, 0.008).painted(rgb)
    lid = _shell(width, height, depth, 0.008).turned("x", 180).at(y=height, z=depth / 2).turned("x", -d(80, 120))
    rows = [(x, z) for x in np.linspace(-0.3, 0.3, 3) * width for z in (-depth * 0.22, depth * 0.22)]
    clothes = [
        superellipsoid(width * 0.29, height * d(0.6, 1.1), depth * 0.42, 0.7).at(x, 0.012, z).painted(paint(d))
        for x, z in rows
    ]
    handle = tube(arc(0.07, 0.035), 0.009).turned("x", 90).at(y=height * 0.7, z=depth / 2).painted(BLACK)
    return join(case, lid.at(y=height, z=-depth / 2).painted(rgb), handle, *(clothes if d.chance(0.8) else []))


@category
def handbag(d: Draw) -> Solid:
    """A bag with one or two handles or a shoulder strap: a tote, a flap bag or a soft, round one."""
    return one_of(d, {"tote bag": _tote, "shoulder bag": _flap_bag, "handbag": _round_bag})


def _tote(d: Draw) -> Solid:
    """An open bag that widens upwards with two loops."""
    width, height, depth = d(0.28, 0.42), d(0.25, 0.36), d(0.09, 0.15)
    rgb, foot = paint(d), d(0.75, 1.0)
    outer, low = rectangle(width, depth, 0.03), rectangle(width * foot, depth, 0.03)
    inner = rectangle(width - 0.012, depth - 0.012, 0.025)
    level = d(0.3, 0.6)
    middle = rectangle(width * (foot + (1 - foot) * level), depth, 0.03)
    walls = [(low, 0.0), (middle, height * level), (outer, height), (inner, height), (inner * (foot, 1), 0.008)]
    bag = stacked(walls).painted(rgb)
    if d.chance(0.4):
        bag = bag.banded(0.009, height * level, paint(d))
    loop = tube(np.add(arc(width * 0.2, d(0.1, 0.22)), (0, height * 0.97, 0)), 0.008, flatten=0.6)
    return join(bag, mirrored(loop.at(z=depth / 2 - 0.004), "z").painted(rgb if d.chance(0.4) else paint(d)))


def _flap_bag(d: Draw) -> Solid:
    width, height, depth = d(0.2, 0.32), d(0.14, 0.22), d(0.06, 0.09)
    rgb, buckle = paint(d), paint(d, "yellow", "grey", "white")
    body = superellipsoid(width, height, depth, 0.88).painted(rgb)
    drop = height * d(0.45, 0.75)
    knots = [(-depth * 0.4, height), (depth * 0.45, height * 1.005)]
    knots += [(depth * 0.57, height * 0.93), (depth * 0.56, height - drop)]
    flap = ribbon(smooth(knots), width * 1.01, 0.008)
    flap = flap.turned("y", -90).painted(rgb if d.chance(0.6) else paint(d))
    clasp = superellipsoid(0.035, 0.03, 0.012, 0.6).at(y=height - drop - 0.005, z=depth * 0.58).painted(buckle)
    strap = tube(np.add(arc(width * 0.48, d(0.12, 0.35)), (0, height * 0.9, 0)), 0.006, flatten=0.7)
    return join(body, flap, clasp, strap.painted(buckle if d.chance(0.3) else rgb))


def _round_bag(d: Draw) -> Solid:
    """A soft trapezoid that narrows to its zip, with two stiff handles."""
    width, height, depth = d(0.26, 0.36), d(0.18, 0.26), d(0.12, 0.18)
    rgb, trim = paint(d), paint(d)
    sizes = [(0.92, 0.9, 0.0), (1.0, 1.0, 0.15), (0.95, 0.8, 0.6), (0.75, 0.28, 0.95), (0.7, 0.12, 1.0)]
    body = stacked([(rectangle(width * x, depth * z, depth * z * 0.45), height * y) for x, z, y in sizes]).painted(rgb)
    loop = tube(np.add(arc(width * 0.22, d(0.09, 0.14)), (0, height * 0.85, 0)), 0.008)
    handles = mirrored(loop.turned("x", 8).at(z=depth * 0.2), "z").painted(trim)
    zip_ = box(width * 0.68, 0.008, 0.012).at(y=height).painted(metal(d))
    return join(body, handles, zip_)


@category
def umbrella(d: Draw) -> Solid:
    """An open umbrella with a crook or straight handle, or a rolled one."""
    ribs, rgb, frame = d.count(6, 11), paint(d), metal(d)
    radius, height = d(0.42, 0.62), d(0.72, 0.95)
    grip = wood(d)
    shaft = rod((0, 0.05, 0), (0, height + 0.05, 0), d(0.005, 0.009)).painted(frame)
    crook = _crook(d(0.03, 0.05), d(0.008, 0.014))
    handle = crook if d.chance(0.65) else cylinder(0.016, 0.13)
    if d.chance(0.2):
        profile = smooth([(0.012, 0.18), (0.035, 0.3), (0.03, height * 0.7), (0.01, height)])
        canopy = _pleated(profile, ribs, 0.3)
    else:
        rise = radius * d(0.32, 0.6)
        t = np.linspace(1, 0.02, 14)
        top = points(radius * t, height - rise * t ** d(1.6, 2.2))
        canopy = _pleated(np.concatenate([top, top[::-1] - (0, 0.004)]), ribs, d(0.04, 0.12))
    return join(canopy.painted(rgb), shaft, handle.painted(grip)).grounded()


def _pleated(profile: np.ndarray, ribs: int, sag: float) -> Solid:
    """A surface of revolution whose radius shrinks by `sag` between the ribs, more towards the rim."""
    angle = -np.arange(ribs * 6) * 2 * np.pi / (ribs * 6)
    radius = profile[:, :1] * (1 - sag * profile[:, :1] / profile[:, 0].max() * np.abs(np.sin(angle * ribs / 2)))
    y = np.broadcast_to(profile[:, 1:], radius.shape)
    return loft(np.stack([radius * np.cos(angle), y, radius * np.sin(angle)], -1), capped=False)


def _crook(bend: float, radius: float) -> Solid:
    """A J-shaped handle that hangs below y = 0.1."""
    turn = np.linspace(0, np.pi * 1.05, 12)
    hook = points(bend * (1 - np.cos(turn)), -bend * np.sin(turn), np.zeros(12))
    return tube(np.concatenate([[(0.0, 0.1, 0.0)], hook]), radius)
