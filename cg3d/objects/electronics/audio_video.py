"""Things that take and give sound and pictures: camera, headset, speaker, television set."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import casing, panelled
from cg3d.objects.shapes.curves import arc, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, GREY, METALS, PLASTICS, WHITE, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, hoop, lathe, loft, rod, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


def _case(d: Draw) -> np.ndarray:
    return paint(d, *PLASTICS) if d.chance(0.6) else paint(d)


@category
def headset(d: Draw) -> Solid:
    """Two padded cups on a band over the head, with or without a microphone; upright or lying on its side."""
    half, rise = d(0.07, 0.085), d(0.11, 0.14)
    cup, thick = d(0.032, 0.048), d(0.018, 0.03)
    rgb, pad, flat = _case(d), paint(d, "black", "grey", "brown", "white"), d(1.0, 1.3)
    band = tube(
        arc(half + 0.012, rise, 0, 180, 25),
        np.interp(np.abs(np.linspace(-1, 1, 25)), [0, 0.5, 1], [0.012, 0.01, 0.006]),
        flatten=0.5,
    )
    cushion = tube(arc(half, rise - 0.012, 55, 125, 13), 0.011, flatten=0.7).painted(pad)
    shell = lathe([(0, 0), (cup * 0.8, 0), (cup, thick * 0.4), (cup, thick), (0, thick)], 28).turned("z", 90)
    shell = shell.at(x=thick)
    ring = hoop(cup * 0.72, cup * 0.26, 28).turned("z", 90)
    ear = join(shell.at(x=0.004).painted(rgb), ring.painted(pad)).scaled(1, flat, 1)
    parts = [band.painted(rgb if d.chance(0.6) else metal(d)), cushion, mirrored(ear.at(x=half, y=-cup * 0.2))]
    if d.chance(0.5):
        boom = smooth([(half + 0.02, -cup * 0.2, 0), (half + 0.01, -cup * 0.9, 0.05), (half * 0.5, -cup * 1.3, 0.1)])
        tip = superellipsoid(0.016, 0.014, 0.022).at(*(boom[-1] - (0, 0.007, 0)))
        parts.append(join(tube(boom, 0.003), tip).painted(BLACK))
    whole = join(*parts)
    return (whole.turned("x", 90) if d.chance(0.3) else whole).grounded()


@category
def speaker(d: Draw) -> Solid:
    """A cabinet with round drivers, a portable roll, or a smart speaker."""
    return one_of(
        d,
        {
            "bookshelf speaker": _bookshelf_speaker,
            "tower speaker": _tower_speaker,
            "portable speaker": _roll_speaker,
            "smart speaker": _smart_speaker,
        },
    )


def _driver(radius: float, rgb: np.ndarray) -> Solid:
    """A ring, a sunk cone and a dust cap that face +z from the plane z = 0."""
    front = [(radius * 0.85, 0.006), (radius * 0.3, -radius * 0.25), (0, -radius * 0.25)]
    cone = lathe([(0, -radius * 0.3), (radius * 0.35, -radius * 0.3), (radius * 0.88, 0.0), *front], 32)
    ring = hoop(radius * 0.9, radius * 0.1, 32).at(y=0.002)
    cap = superellipsoid(radius * 0.6, radius * 0.25, radius * 0.6).at(y=-radius * 0.28)
    return join(cone.painted(GREY * 0.6), ring.painted(BLACK), cap.painted(rgb)).turned("x", 90)


def _bookshelf_speaker(d: Draw) -> Solid:
    return _cabinet_speaker(d, 2, d(0.14, 0.26))


def _tower_speaker(d: Draw) -> Solid:
    return _cabinet_speaker(d, d.count(3, 6), d(0.18, 0.28))


def _cabinet_speaker(d: Draw, drivers: int, width: float) -> Solid:
    """A case with its drivers above each other, the smallest on top."""
    sizes = [width * 0.42] * (drivers - 1) + [width * d(0.15, 0.24)]
    depth, margin = width * d(0.9, 1.4), width * 0.09
    height = sum(2 * size + margin for size in sizes) + 2 * margin
    rgb, cap = wood(d) if d.chance(0.6) else paint(d, *PLASTICS), paint(d)
    front, baffle = paint(d, "black", "grey", "white"), 0.02 + width * 0.12
    parts, y = [], margin
    for size in sizes:
        y += size + margin / 2
        parts.append(_driver(size, cap).at(y=y, z=depth / 2 + 0.001))
        y += size + margin / 2
    body = [box(width, height, depth - baffle).at(z=-baffle / 2).painted(rgb)]
    frame = _pierced(
        width,
        height,
        baffle,
        [(part.vertices[:, 1].mean(), size * 0.86) for part, size in zip(parts, sizes, strict=True)],
    )
    return join(*body, frame.at(z=depth / 2 - baffle).painted(front), *parts)


def _pierced(width: float, height: float, thick: float, holes: list[tuple[float, float]]) -> Solid:
    """A board from z = 0 to `thick` with round holes, (y, radius) from below, on its vertical middle line."""
    levels = [0.0, *((a + b) / 2 + (ra - rb) / 2 for (a, ra), (b, rb) in pairwise(holes)), height]
    turn = np.arange(48) * 2 * np.pi / 48
    unit = points(np.cos(turn), np.sin(turn))
    parts = []
    for (y, radius), low, high in zip(holes, levels[:-1], levels[1:], strict=True):
        reach = np.array([width / 2, (high - low) / 2])
        edge = unit / np.maximum(np.abs(unit[:, :1]), np.abs(unit[:, 1:])) * reach + (0, (low + high) / 2)
        hole = unit * radius + (0, y)
        rings = [(edge, 0.0), (edge, thick), (hole, thick), (hole, 0.0), (edge, 0.0)]
        parts.append(loft([points(flat, z) for flat, z in rings], capped=False))
    return join(*parts)


def _roll_speaker(d: Draw) -> Solid:
    """A lying cylinder, round at its ends, with a grip or a strap."""
    length, radius = d(0.17, 0.32), d(0.035, 0.06)
    rgb, trim = paint(d), paint(d, *PLASTICS)
    profile = [(0, 0), (radius * 0.6, 0), (radius * 0.62, 0.012), (radius, 0.02), (radius, length - 0.02)]
    profile += [(radius * 0.62, length - 0.012), (radius * 0.6, length), (0, length)]
    roll = lathe(profile)
    ends = [hoop(radius * 0.8, radius * 0.2).at(y=y) for y in (0.014, length - 0.014)]
    body = join(roll.painted(rgb), *(end.painted(trim) for end in ends)).at(y=-length / 2).turned("z", 90)
    grip = (
        tube(arc(length * 0.42, radius * d(1.8, 2.6)), 0.008, flatten=1.4)
        if d.chance(0.5)
        else box(length * 0.5, 0.012, 0.02).at(y=radius - 0.004)
    )
    feet = box(length * 0.6, 0.01, radius).at(y=-radius - 0.004)
    return join(body, join(grip, feet).painted(trim)).grounded()


def _smart_speaker(d: Draw) -> Solid:
    """A cloth-covered can or ball with a flat top and a ring of light."""
    radius, rgb = d(0.04, 0.075), _case(d)
    height = radius * d(0.9, 3.4)
    squareness = d(0.25, 0.75)
    t = np.linspace(-0.9, 0.9, 15)
    wall = points(radius * (1 - np.abs(t) ** (2 + 8 * squareness)) ** 0.5, height * (t + 0.9) / 1.8)
    top = wall[-1, 0]
    light = hoop(top * 0.85, 0.003).at(y=height + 0.001).painted(paint(d, "blue", "turquoise", "white", "red"))
    parts = [lathe([(0, 0), *wall, (0, height)]).painted(rgb), light]
    parts += [cylinder(top * 0.7, 0.004).at(y=height - 0.001).painted(BLACK)]
    return join(*parts)


@category
def camera(d: Draw) -> Solid:
    """A body with a lens: a reflex camera, a compact one, or a box camera on a tripod."""
    return one_of(d, {"reflex camera": _reflex, "compact camera": _compact, "camera on a tripod": _tripod_camera})


def _lens(d: Draw, radius: float, reach: float, ring: np.ndarray) -> Solid:
    """Stepped barrels towards +z with a sunk front glass."""
    dark, step = BLACK, d(0.85, 1.05)
    profile = [(0, 0), (radius, 0), (radius, reach * 0.45), (radius * step, reach * 0.5), (radius * step, reach)]
    profile += [(radius * step * 0.85, reach), (radius * 0.7, reach * 0.85), (0, reach * 0.85)]
    barrel = lathe(profile)
    glass = superellipsoid(radius * 1.4, reach * 0.2, radius * 1.4).at(y=reach * 0.76)
    glass = glass.painted(np.array(COLOURS["blue"]) * 0.6)
    band = lathe([(0, 0), (radius * 1.06, 0), (radius * 1.06, reach * 0.18), (0, reach * 0.18)]).at(y=reach * 0.2)
    band = band.painted(ring)
    return join(barrel.painted(dark), glass, band).turned("x", 90)


def _reflex(d: Draw) -> Solid:
    width, height, depth = d(0.12, 0.15), d(0.075, 0.1), d(0.045, 0.06)
    rgb = paint(d, "black", "black", "grey", "brown", "white")
    radius, reach = height * d(0.33, 0.42), d(0.05, 0.14)
    parts = [
        superellipsoid(width, height, depth, 0.85),
        superellipsoid(width * 0.26, height * 0.98, depth * 1.5, 0.75).at(x=-width * 0.4, z=depth * 0.15),
    ]
    hump = superellipsoid(width * 0.4, height * 0.42, depth * 1.1, 0.6).at(y=height * 0.82, z=0.003)
    dials = join(
        cylinder(0.011, 0.01).at(x=width * 0.34, y=height),
        cylinder(0.006, 0.012).at(x=-width * 0.4, y=height - 0.002, z=0.01),
    )
    lens = _lens(d, radius, reach, paint(d)).at(x=width * 0.04, y=height * 0.47, z=depth / 2 - 0.002)
    screen = box(width * 0.5, height * 0.5, 0.004).at(y=height * 0.18, z=-depth / 2 - 0.002)
    screen = screen.painted(np.array(COLOURS["blue"]) * 0.5)
    body = join(*parts, hump).painted(rgb)
    camera = join(body, dials.painted(metal(d)), lens, screen)
    if d.chance(0.3):
        knots = [(-width / 2, height * 0.85, 0), (-width * 0.8, height * 0.3, -0.03), (-width * 0.3, 0.003, -0.12)]
        knots += [(width * 0.4, 0.003, -0.12), (width * 0.8, height * 0.3, -0.03), (width / 2, height * 0.85, 0)]
        strap = smooth(knots)
        camera = join(camera, tube(strap, 0.005, flatten=1.8).painted(paint(d)))
    return camera


def _compact(d: Draw) -> Solid:
    width, height, depth = d(0.09, 0.12), d(0.055, 0.07), d(0.022, 0.035)
    rgb, side = paint(d), d.pick(-0.18, 0.0, 0.15)
    lens = _lens(d, height * d(0.28, 0.36), d(0.015, 0.035), metal(d))
    flash = box(0.018, 0.01, 0.004).at(x=width * 0.34, y=height * 0.75, z=depth / 2).painted(WHITE)
    button = cylinder(0.007, 0.005).at(x=-width * 0.3, y=height - 0.001).painted(metal(d))
    screen = box(width * 0.6, height * 0.7, 0.003).at(x=width * 0.08, y=height * 0.14, z=-depth / 2 - 0.001)
    body = superellipsoid(width, height, depth, 0.88).painted(rgb)
    return join(
        body, lens.at(x=width * side, y=height * 0.48, z=depth / 2 - 0.003), flash, button, screen.painted(BLACK)
    )


def _tripod_camera(d: Draw) -> Solid:
    camera = (_reflex if d.chance(0.7) else _compact)(d)
    height, spread, dark = d(0.25, 0.9), d(0.35, 0.5), paint(d, *PLASTICS)
    leg = rod((0, 0.006, height * spread), (0, height * 0.95, 0.012), 0.006, 0.01)
    legs = [leg.turned("y", 120 * k) for k in range(3)]
    head = [cylinder(0.014, 0.09).at(y=height * 0.9), cylinder(0.03, 0.012).at(y=height * 0.9 + 0.085)]
    head += [rod((0, height + 0.02, 0), (0.02, height * 0.95 - 0.02, -0.13), 0.005)]
    return join(join(*legs, *head).painted(dark), camera.at(y=height * 0.9 + 0.096))


@category
def television_set(d: Draw) -> Solid:
    """A flat screen on a foot or on two feet, or a deep box with a tube, its knobs and aerials."""
    return one_of(d, {"flat-screen television": _flat} if d.chance(0.65) else {"tube television": _tube})


def _front(d: Draw, wide: float, tall: float, thick: float, edge: float, rgb: np.ndarray) -> Solid:
    """A plate upright on y = 0 that looks to +z, with the screen in its border."""
    shade = np.array([0.07, 0.08, 0.1]) + d(0, 0.06) if d.chance(0.8) else paint(d) * 0.8
    screen = (wide - 2 * edge, tall - 2.4 * edge, 0.0, shade)
    plate = panelled((wide, tall, thick), edge * 0.4, min(thick * 0.2, edge * 0.4), rgb, [screen])
    return plate.turned("x", 90).at(y=tall / 2)


def _flat(d: Draw) -> Solid:
    wide = d(0.5, 1.6)
    tall, thick, edge = wide * d(0.56, 0.62), d(0.02, 0.07), wide * d(0.008, 0.04)
    rgb, lift = paint(d, "black", "black", "black", "grey", "white"), wide * d(0.04, 0.1)
    screen = _front(d, wide, tall, thick, edge, rgb).at(y=lift)
    hump = casing(wide * 0.7, 0.05, tall * 0.55, 0.02, 0.015).at(y=lift + tall * 0.08, z=-0.015).painted(BLACK)
    if d.chance(0.5):
        foot = casing(wide * d(0.3, 0.55), wide * 0.2, 0.014, wide * d(0.02, 0.1), 0.005)
        neck = casing(wide * d(0.06, 0.2), 0.04, lift + 0.05, 0.015, 0.004).at(y=0.005)
        stand = join(foot, neck)
    else:
        spread, reach = wide * d(0.3, 0.44), wide * 0.11
        leg = tube([(spread, 0.006, -reach), (spread * 0.97, lift + 0.01, 0.01), (spread, 0.006, reach)], 0.008)
        stand = mirrored(leg)
    return join(screen, hump, stand.painted(rgb if d.chance(0.6) else paint(d, *METALS))).grounded()


def _tube(d: Draw) -> Solid:
    """A cabinet that narrows to the back behind a bulging screen, keys beside or below it."""
    wide = d(0.35, 0.75)
    tall, deep = wide * d(0.72, 0.9), wide * d(0.6, 0.85)
    rgb = wood(d) if d.chance(0.3) else paint(d, "black", "black", "grey", "red", "white", "beige")
    beside = d.chance(0.4)
    front = casing(wide, tall, deep * 0.4, wide * 0.03, wide * 0.015).turned("x", 90).at(y=tall / 2, z=0)
    back = casing(wide * 0.92, tall * 0.92, deep * 0.6, wide * 0.06, wide * 0.02, 0.62).turned("x", -90)
    back = back.at(y=tall * 0.48, z=0.01)
    share, low = (0.68, 0.1) if beside else (0.84, 0.2)
    bulge = superellipsoid(wide * share, tall * (0.94 - low), wide * 0.07, 0.75)
    glass = bulge.at(x=-wide * 0.11 if beside else 0, y=tall * low, z=deep * 0.4 - wide * 0.008)
    knob = cylinder(wide * 0.03, wide * 0.03, segments=20).turned("x", 90)
    places = [(0.37, 0.75), (0.37, 0.55)] if beside else [(0.25, 0.1), (0.35, 0.1)]
    knobs = [knob.at(x=x * wide, y=y * tall, z=deep * 0.4 - 0.002) for x, y in places]
    parts = [join(front, back).painted(rgb), glass.painted(np.array([0.18, 0.2, 0.2])), join(*knobs).painted(BLACK)]
    if d.chance(0.4):
        ears = [rod((0, tall, -0.02), (x * wide * 0.4, tall + wide * 0.5, -0.02), 0.003) for x in (-1, 0.7)]
        parts.append(join(*ears, superellipsoid(0.07, 0.03, 0.06).at(y=tall - 0.004, z=-0.02)).painted(BLACK))
    return join(*parts).grounded()
