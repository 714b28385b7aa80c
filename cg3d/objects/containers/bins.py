"""Open containers and bins: barrel, basket, bucket, trash can."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, WHITE, metal, paint, wood
from cg3d.objects.shapes.primitives import beam, box, cylinder, hoop, lathe, ribbon, rod, stacked, superellipsoid, tube
from cg3d.objects.shapes.primitives import box as block
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.round_bodies import vessel
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def basket(d: Draw) -> Solid:
    """A woven basket with a handle over the top, a laundry basket, or a shopping basket."""
    return one_of(d, {"wicker basket": _wicker, "laundry basket": _laundry, "shopping basket": _shopping})


def _wicker(d: Draw) -> Solid:
    """Coils of cane, each a ripple of the wall, and an arched handle."""
    radius = d(0.13, 0.24)
    height, foot, narrow = radius * d(0.6, 1.1), radius * d(0.65, 0.9), d(0.6, 1.0)
    coils, rgb = d.count(6, 11), wood(d)
    t = np.linspace(0, 1, coils * 5 + 1)
    ripple = height / coils * 0.28 * np.abs(np.sin(np.pi * coils * t))
    outside = points(foot + (radius - foot) * t + ripple, height * t)
    body = join(*vessel(outside, 0.008, rgb)).scaled(z=narrow)
    rim = hoop(radius, 0.011).scaled(z=narrow).at(y=height)
    handle = tube(np.add(arc(radius * 0.98, radius * d(0.9, 1.4)), (0, height, 0)), 0.009, flatten=1.6)
    return join(body, join(rim, handle).painted(rgb if d.chance(0.6) else wood(d)))


def _laundry(d: Draw) -> Solid:
    """A tall tub of upright slats between hoops, open to see through, with two grips."""
    radius, height = d(0.19, 0.26), d(0.28, 0.6)
    foot, slats, narrow = d(0.7, 0.9), d.count(18, 30), d(0.65, 1.0)
    slat = ribbon([(radius * foot, 0.01), (radius, height)], 0.018, 0.004)
    parts = [slat.turned("y", 360 * k / slats) for k in range(slats)]
    levels = np.linspace(0, 1, d.count(3, 6))
    parts += [hoop(radius * (foot + (1 - foot) * t), 0.009).at(y=max(t * height, 0.009)) for t in levels]
    parts.append(cylinder(radius * foot, 0.012))
    grips = mirrored(tube(arc(0.06, 0.045), 0.008).turned("y", 90).at(x=radius, y=height))
    return join(*parts, grips).scaled(z=narrow).painted(paint(d))


def _shopping(d: Draw) -> Solid:
    """A rectangular basket with walls of bars and two wire handles, folded down or up."""
    width, depth, height = d(0.4, 0.48), d(0.27, 0.32), d(0.2, 0.27)
    taper, rgb = d(0.82, 0.92), paint(d)
    rows = [(taper, 0.0), (taper + (1 - taper) * 0.4, height * 0.4), (1.0, height - 0.03)]
    parts = [_band(width * size, depth * size, y, 0.025) for size, y in rows]
    parts.append(stacked([(rectangle(width * taper, depth * taper, 0.03), y) for y in (0.0, 0.008)]))
    bar = [ribbon([(depth * taper / 2, 0), (depth / 2, height)], 0.012, 0.004).turned("y", -90)]
    long = [bar[0].at(x=x) for x in np.linspace(-0.42, 0.42, 12) * width * taper]
    short = ribbon([(width * taper / 2, 0), (width / 2, height)], 0.012, 0.004)
    parts += [
        mirrored(join(*long), "z"),
        mirrored(join(*[short.at(z=z) for z in np.linspace(-0.4, 0.4, 7) * depth * taper])),
    ]
    swing = d(15, 80)
    handle = tube(smooth([*arc(width * 0.42, depth * 0.52, 0, 180, 9)], 3), 0.005).turned("x", swing)
    wire = mirrored(handle.at(y=height, z=0.01), "z").painted(metal(d))
    return join(join(*parts).painted(rgb), wire)


def _band(width: float, depth: float, y: float, height: float) -> Solid:
    """A rectangular ring 6 mm thick."""
    outer, inner = rectangle(width, depth, 0.03), rectangle(width - 0.012, depth - 0.012, 0.025)
    return stacked([(outer, y), (outer, y + height), (inner, y + height), (inner, y), (outer, y)], capped=False)


@category
def bucket(d: Draw) -> Solid:
    """A conical pail with a rolled rim and a wire bail, up or hanging down at one side."""
    radius = d(0.12, 0.17)
    height, foot = radius * d(1.5, 2.1), radius * d(0.65, 0.85)
    rgb = metal(d) if d.chance(0.4) else paint(d)
    t = np.linspace(0, 1, 16)
    outside = points(foot + (radius - foot) * t, height * t)
    parts = [*vessel(outside, 0.003, rgb), hoop(radius, 0.005).at(y=height).painted(rgb)]
    if d.chance(0.5):
        level = d(0.75, 0.88)
        parts.append(hoop(foot + (radius - foot) * level, 0.005).at(y=height * level).painted(rgb))
    bail = arc(radius * 1.02, radius * d(0.95, 1.25))
    grip = tube(bail[6:11], 0.011).painted(wood(d) if d.chance(0.5) else metal(d))
    handle = join(tube(bail, 0.004).painted(metal(d)), *([grip] if d.chance(0.6) else []))
    ears = mirrored(block(0.012, 0.04, 0.03).at(x=radius, y=height - 0.05)).painted(rgb)
    swing = d.pick(0.0, d(20, 75), 112.0)
    return join(*parts, ears, handle.turned("x", swing).at(y=height - 0.03))


@category
def barrel(d: Draw) -> Solid:
    """A wooden barrel with iron hoops or a steel drum, standing or lying."""
    whole = one_of(d, {"wooden barrel": _wooden_barrel, "oil drum": _drum})
    return toppled(d, whole, 0.25, "x")


def _wooden_barrel(d: Draw) -> Solid:
    height = d(0.5, 1.0)
    radius = height * d(0.3, 0.4)
    end, rgb, iron = radius * d(0.74, 0.88), wood(d), paint(d, "black", "grey")
    t = np.linspace(0, 1, 17)
    wall = points(end + (radius - end) * np.sin(np.pi * t), height * t)
    lip = 0.04 * height
    profile = [(0, lip), (end * 0.93, lip), (end * 0.93, 0), *wall, (end * 0.93, height)]
    profile += [(end * 0.93, height - lip), (0, height - lip)]
    body = lathe(profile, 20)
    parts = [body.painted(rgb)]
    for level in (0.06, d(0.2, 0.32), d(0.68, 0.8), 0.94):
        at, tall = np.interp(level, t, wall[:, 0]) + 0.003, 0.035 * height
        parts.append(lathe([(0, 0), (at, 0), (at, tall), (0, tall)], 20).at(y=level * height - tall / 2).painted(iron))
    if d.chance(0.3):
        tap = join(cylinder(0.015, 0.09).turned("x", 90), cylinder(0.01, 0.07).at(y=-0.03, z=0.07))
        parts.append(tap.at(y=height * 0.15, z=radius * 0.85).painted(wood(d)))
    return join(*parts)


def _drum(d: Draw) -> Solid:
    height = d(0.6, 0.95)
    radius = height * d(0.3, 0.36)
    rgb = paint(d)
    wall = [(radius, height * t) for t in (0, 0.35, 0.65, 1)]
    rim = radius * 0.96
    ends = [(0, 0.02), (rim, 0.02), (rim, 0)], [(rim, height), (rim, height - 0.02), (0, height - 0.02)]
    body = lathe([*ends[0], *wall, *ends[1]]).painted(rgb)
    ribs = [hoop(radius, 0.012).at(y=y * height).painted(rgb) for y in (0.02, 0.34, 0.66, 0.98)]
    if d.chance(0.4):
        body = body.banded(0.4 * height, 0.6 * height, paint(d))
    plug = cylinder(0.03, 0.015).at(x=radius * 0.6, y=height - 0.022).painted(BLACK)
    return join(body, *ribs, plug)


@category
def trash_can(d: Draw) -> Solid:
    """A bin with a pedal, on wheels, with a swing top, with a loose lid, or a basket for paper."""
    kinds = {"pedal bin": _pedal_bin, "wheelie bin": _wheelie_bin, "swing-top bin": _swing_bin}
    kinds |= {"garbage can": _garbage_can, "wastepaper basket": _paper_basket}
    return one_of(d, kinds)


def _pedal_bin(d: Draw) -> Solid:
    """A cylinder with a domed lid, closed or tilted open, and a pedal in front."""
    radius = d(0.1, 0.18)
    height, rgb, dark = radius * d(2.4, 4.2), metal(d), BLACK
    wall = points(radius, np.linspace(0.03, height, 6))
    body = vessel(wall - (0, 0.03), 0.006, rgb, dark)
    t = np.linspace(0, 1, 8)
    dome = points(radius * np.cos(t[:-1] * np.pi / 2), 0.02 + radius * 0.28 * np.sin(t[:-1] * np.pi / 2))
    lid = lathe([(0, 0), (radius, 0), *dome, (0, 0.02 + radius * 0.28)]).painted(rgb if d.chance(0.5) else paint(d))
    if d.chance(0.4):
        lid = lid.at(z=radius).turned("x", -d(30, 85)).at(z=-radius)
    foot = cylinder(radius * 1.03, 0.04).painted(dark)
    pedal = box(radius * 0.6, 0.015, 0.06).at(y=0.012, z=radius + 0.02).painted(dark)
    return join(*(part.at(y=0.03) for part in body), lid.at(y=height + 0.002), foot, pedal)


def _wheelie_bin(d: Draw) -> Solid:
    """A tall square tub on two wheels with a hinged lid and a bar to pull."""
    width, height = d(0.45, 0.58), d(0.85, 1.1)
    depth, taper = width * d(1.0, 1.25), d(0.72, 0.85)
    rgb, dark = paint(d, "green", "black", "blue", "grey", "brown"), BLACK
    lid_rgb = rgb if d.chance(0.5) else paint(d, "yellow", "red", "green", "blue", "black")
    sizes = [(taper, 0.04), (1.0, height - 0.05), (1.06, height - 0.05)]
    sizes += [(1.06, height), (0.96, height), (taper * 0.95, 0.08)]
    body = stacked([(rectangle(width * size, depth * size, 0.05 * size), y) for size, y in sizes]).painted(rgb)
    lid = superellipsoid(width * 1.08, 0.09, depth * 1.1, 0.85).painted(lid_rgb)
    if d.chance(0.3):
        lid = lid.at(z=depth * 0.53).turned("x", -d(30, 100)).at(z=-depth * 0.53)
    wheel = cylinder(0.1, 0.045).turned("z", 90).at(x=width * taper / 2 + 0.04, y=0.1, z=-depth * taper / 2 - 0.02)
    bar = rod((-width * 0.45, height - 0.03, -depth * 0.6), (width * 0.45, height - 0.03, -depth * 0.6), 0.017)
    arms = mirrored(
        beam((width * 0.4, height - 0.03, -depth * 0.5), (width * 0.4, height - 0.03, -depth * 0.6), 0.03, 0.03)
    )
    axle = rod((-width * 0.4, 0.1, -depth * taper / 2 - 0.02), (width * 0.4, 0.1, -depth * taper / 2 - 0.02), 0.015)
    return join(body, lid.at(y=height - 0.03), mirrored(wheel).painted(dark), join(bar, arms, axle).painted(rgb))


def _swing_bin(d: Draw) -> Solid:
    """A rounded rectangular bin under a gable in which a flap swings."""
    width, height = d(0.25, 0.42), d(0.4, 0.75)
    depth, taper = width * d(0.65, 0.95), d(0.75, 0.95)
    rgb, cover = paint(d), paint(d)
    low = [(taper, 0.0), (1.0, height)]
    body = stacked([(rectangle(width * size, depth * size, 0.05 * size), y) for size, y in low]).painted(rgb)
    rise = depth * d(0.35, 0.6)
    top = [(1.03, 1.03, 0.0), (1.03, 1.03, 0.05), (0.98, 0.3, 0.05 + rise), (0.95, 0.22, 0.06 + rise)]
    hood = stacked([(rectangle(width * x, depth * z, 0.03 * z), y) for x, z, y in top]).at(y=height).painted(cover)
    slope = np.degrees(np.arctan2(rise, depth * 0.36))
    flap = superellipsoid(width * 0.7, 0.02, rise * 0.95, 0.8).at(y=-0.005).turned("x", slope)
    flap = flap.at(y=height + 0.05 + rise * 0.5, z=depth * 0.34).painted(rgb)
    return join(body, hood, flap)


def _garbage_can(d: Draw) -> Solid:
    """A ribbed steel can with side handles and a loose lid with a grip, on it or off."""
    radius = d(0.2, 0.28)
    height, rgb = radius * d(2.3, 2.9), metal(d) if d.chance(0.6) else paint(d)
    ribs = d.count(14, 24)
    angle = -np.arange(ribs * 4) * 2 * np.pi / (ribs * 4)
    ripple = 1 + 0.025 * np.sign(np.sin(angle * ribs - 0.4))
    sections = []
    for size, y, wave in (
        (0.84, 0.0, 0),
        (0.86, 0.05, 1),
        (0.97, height - 0.06, 1),
        (1.0, height, 0),
        (0.97, height, 0),
        (0.8, 0.02, 0),
    ):
        reach = radius * size * np.where(wave, ripple, 1.0)
        sections.append((points(reach * np.cos(-angle), reach * np.sin(-angle)), y))
    handles = mirrored(tube(arc(0.07, 0.05, 180, 360), 0.008).turned("y", 90).at(x=radius * 1.02, y=height * 0.78))
    t = np.linspace(0, 1, 8)[:-1]
    dome = points(radius * np.cos(t * np.pi / 2), 0.03 + radius * 0.3 * np.sin(t * np.pi / 2))
    lid = lathe([(0, 0), (radius * 1.06, 0), (radius * 1.06, 0.03), *dome, (0, 0.03 + radius * 0.3)])
    lid = join(lid, tube(arc(0.07, 0.05), 0.009).at(y=0.02 + radius * 0.3))
    beside = lid.turned("x", 68).at(y=radius * 0.98, z=radius * 1.25)
    lid = beside if d.chance(0.25) else lid.at(y=height - 0.01)
    return join(stacked(sections), handles, lid).painted(rgb)


def _paper_basket(d: Draw) -> Solid:
    """An open cone of wire or of sheet, perhaps with crumpled paper in it."""
    radius, height = d(0.12, 0.17), d(0.25, 0.36)
    foot, rgb = radius * d(0.65, 0.85), paint(d)
    if d.chance(0.6):
        wires, rings = d.count(20, 32), d.count(4, 9)
        wire = rod((foot, 0, 0), (radius, height, 0), 0.003)
        parts = [wire.turned("y", 360 * k / wires) for k in range(wires)]
        parts += [
            hoop(foot + (radius - foot) * t, 0.004).at(y=max(height * t, 0.004)) for t in np.linspace(0, 1, rings)
        ]
        parts.append(cylinder(foot, 0.006))
    else:
        t = np.linspace(0, 1, 12)
        parts = [*vessel(points(foot + (radius - foot) * t, height * t), 0.003, rgb), hoop(radius, 0.006).at(y=height)]
    basket = join(*parts).painted(rgb)
    if d.chance(0.6):
        balls = [superellipsoid(0.08, 0.08, 0.08, 0.3).turned("x", 40 * k) for k in range(4)]
        paper = [
            ball.at(0.05 * np.cos(2 * k), height * d(0.5, 0.8), 0.05 * np.sin(2 * k)) for k, ball in enumerate(balls)
        ]
        return join(basket, join(*paper).painted(WHITE))
    return basket
