"""Parametric clamps."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, metal, paint, wood
from cg3d.data.parametric.primitives import box, cylinder, lathe, ribbon, rod, smooth, superellipsoid, tube
from cg3d.data.parametric.resting import laid
from cg3d.data.parametric.variants import one_of


def clamp(rng: np.random.Generator) -> Mesh:
    """A C-shaped frame with a screw, jaws on a long bar that a screw or a trigger closes, or sprung tongs."""
    kinds = {
        "C-clamp": _c_clamp,
        "bar clamp": _bar_clamp,
        "trigger clamp": _trigger_clamp,
        "spring clamp": _spring_clamp,
    }
    return laid(rng, one_of(rng, kinds), 0.75)


def _thread(radius: float, low: float, high: float) -> Mesh:
    """A threaded rod along y."""
    y = np.linspace(low, high, 31)
    ridge = radius * (1 - 0.12 * (np.arange(31) % 2))
    return lathe([(0, low), *np.column_stack([ridge, y]), (0, high)], 14)


def _screw(radius: float, low: float, high: float, bar: float) -> Mesh:
    """A spindle along y with a swivelling pad at its upper end and a sliding bar through its lower one."""
    pad = lathe(
        [(0, 0), (radius * 1.2, 0), (radius * 2, radius * 0.8), (radius * 2, radius * 1.7), (0, radius * 1.7)], 20
    )
    head = cylinder(radius * 1.25, radius * 3.4, segments=16).at(y=low - radius * 1.7)
    stick = rod((-bar, low, 0), (bar * 0.7, low, 0), radius * 0.45)
    knobs = [superellipsoid(*(radius * 1.4,) * 3).at(x=x, y=low - radius * 0.7) for x in (-bar, bar * 0.7)]
    return join(
        [_thread(radius, low, high), pad.at(y=high - radius * 0.4), head, stick.turned("y", 35), *_turned(knobs)]
    )


def _turned(parts: list[Mesh]) -> list[Mesh]:
    return [part.turned("y", 35) for part in parts]


def _c_clamp(rng: np.random.Generator) -> Mesh:
    """A cast frame, its mouth towards -x and the spindle along y at x = 0."""
    gap = rng.uniform(0.04, 0.17)
    throat, thick = gap * rng.uniform(0.5, 0.95), gap * rng.uniform(0.12, 0.2)
    width, radius = thick * rng.uniform(0.6, 1.3), gap * rng.uniform(0.045, 0.07) + 0.001
    soft = throat * rng.uniform(0.1, 0.45)
    corners = [(-thick * 0.5, 0), (throat * 0.5, 0), (throat - soft, 0), (throat, soft), (throat * 1.03, gap / 2)]
    corners += [(x, gap - y) for x, y in corners[-2::-1]]
    path = smooth(corners, 5)
    swell = 1 + 0.35 * np.sin(np.pi * np.linspace(0, 1, len(path))) ** 2 * rng.random()
    frame = ribbon(path[::-1], width, thick * swell)
    if rng.random() < 0.5:  # an I-section: a rib round the outside
        frame = join([frame, ribbon(path[::-1] * (1.02, 1.0), width * 1.7, thick * 0.35)])
    boss = cylinder(thick * 0.85, thick * 1.7, segments=20).at(y=-thick * 0.85)
    anvil = cylinder(thick * 0.75, thick * 0.9, segments=20).at(y=gap - thick * 0.95)
    low = -gap * rng.uniform(0.35, 0.95)
    screw = _screw(radius, low, min(low + gap * 1.15, gap * 0.8), gap * rng.uniform(0.25, 0.4))
    rgb = paint(rng, ("grey", "black", "blue", "red", "orange", "green")) if rng.random() < 0.8 else metal(rng)
    return join([join([frame, boss, anvil]).painted(rgb), screw.painted(metal(rng))])


def _jaw(reach: float, root: float, tip: float, width: float) -> Mesh:
    """An arm from x = 0 to `reach` about y = 0, thick at its root, whose working side, below, is straight."""
    t = np.linspace(0, 1, 7)
    thick = root + (tip - root) * t**0.7
    return ribbon(np.column_stack([t * reach, thick / 2]), width, thick)


def _bar(rng: np.random.Generator, length: float) -> Mesh:
    wide, thin = rng.uniform(0.016, 0.03), rng.uniform(0.005, 0.009)
    return box(wide, length, thin).painted(metal(rng))


def _bar_clamp(rng: np.random.Generator) -> Mesh:
    """An F-clamp: a fixed arm on top of the bar, a sliding one, and a spindle with a handle of wood or plastic."""
    length, reach = rng.uniform(0.2, 0.8), rng.uniform(0.06, 0.13)
    root, width = reach * rng.uniform(0.26, 0.4), rng.uniform(0.013, 0.024)
    place = length * rng.uniform(0.25, 0.8)
    fixed = _jaw(reach, root, root * 0.6, width).at(y=length - root)
    slider = _jaw(reach, root, root * 0.85, width).turned("x", 180).at(y=place)
    sleeves = [box(0.042, root * 1.1, width * 1.1).at(y=y) for y in (length - root * 1.05, place - root * 1.05)]
    grip, thick = rng.uniform(0.08, 0.13), rng.uniform(0.011, 0.017)
    knots = smooth([(0.55, 0), (1, 0.15), (0.8, 0.6), (0.95, 0.85), (0.6, 1)], 4) * (thick, grip)
    low = place - root - grip - rng.uniform(0.0, 0.05)
    handle = lathe([(0, 0), *knots, (0, grip)], 20).at(x=reach * 0.9, y=low)
    spindle = _thread(0.006, low + grip * 0.5, place + rng.uniform(0.012, 0.05))
    pads = [cylinder(0.014, 0.008, segments=20).at(y=y) for y in (spindle.vertices[:, 1].max(), length - root - 0.008)]
    rgb = paint(rng, ("grey", "black", "red", "blue", "green", "orange"))
    iron = join([fixed, slider, *sleeves]).painted(rgb)
    tips = join([spindle, *pads]).at(x=reach * 0.9).painted(metal(rng))
    return join([_bar(rng, length), iron, tips, handle.painted(wood(rng) if rng.random() < 0.6 else paint(rng))])


def _trigger_clamp(rng: np.random.Generator) -> Mesh:
    """A one-handed clamp: plastic jaws with soft pads, and a pistol grip with its trigger on the sliding one."""
    length, reach = rng.uniform(0.22, 0.75), rng.uniform(0.07, 0.11)
    root, width, rgb = reach * rng.uniform(0.4, 0.6), rng.uniform(0.022, 0.034), paint(rng)
    place, pad = length * rng.uniform(0.3, 0.75), paint(rng, ("orange", "yellow", "red", "blue", "grey", "black"))
    fixed = join([_jaw(reach, root, root * 0.4, width), superellipsoid(0.045, root * 1.2, width * 1.15, 0.8)])
    soft = superellipsoid(root * 0.8, 0.014, width * 1.1, 0.7).at(x=reach * 0.82)
    body = superellipsoid(0.055, root * 2.2, width * 1.2, 0.7).at(y=-root * 1.9)
    slider = join([_jaw(reach, root, root * 0.4, width).turned("x", 180), body])
    grip = tube(smooth([(0.02, -root, 0), (0.06, -root * 1.3, 0), (0.105, -root * 1.9, 0)], 6), 0.017, flatten=0.85)
    trigger = tube(
        smooth([(0.02, -root * 1.8, 0), (0.05, -root * 2.2, 0), (0.085, -root * 3, 0)], 6), 0.01, flatten=0.8
    )
    top = length - root
    upper, lower = fixed.at(y=top).painted(rgb), join([slider, grip]).at(y=place).painted(rgb)
    pads = join([soft.at(y=top - 0.011), soft.at(y=place - 0.003), trigger.at(y=place)]).painted(pad)
    return join([_bar(rng, length), upper, lower, pads])


def _spring_clamp(rng: np.random.Generator) -> Mesh:
    """Two crossed levers, jaws up, with a coil at the pivot and soft tips; more or less open."""
    length = rng.uniform(0.08, 0.22)
    wide, thick, spread = length * rng.uniform(0.1, 0.2), length * rng.uniform(0.05, 0.09), rng.uniform(-4, 10)
    bow = length * rng.uniform(0.12, 0.2)
    path = smooth([(0.9 * bow, 0), (0.75 * bow, length * 0.2), (0.2 * bow, length * 0.48), (-bow * 0.1, length * 0.56)])
    jaw = smooth([path[-1], (-bow * 0.75, length * 0.72), (-bow * 0.65, length * 0.88), (-bow * 0.02, length)])
    lever = np.concatenate([path, jaw[1:]]) - (0, length * 0.52)
    half = np.linspace(0, 1, len(lever))
    arm = ribbon(lever, wide * (1 - 0.3 * half), thick * (1.1 - 0.4 * half)).turned("z", spread)
    tip = (
        superellipsoid(thick * 1.3, length * 0.1, wide * 0.95, 0.6)
        .at(x=-bow * 0.05, y=length * 0.41)
        .turned("z", spread)
    )
    grip = lever[: len(lever) // 3]
    sleeve = ribbon(grip, wide * 1.12, thick * 1.5).turned("z", spread)
    pivot = cylinder(thick * 0.9, wide * 1.3, segments=18).turned("x", 90).at(z=-wide * 0.65)
    rgb, soft = (metal(rng) if rng.random() < 0.5 else paint(rng)), paint(rng, ("orange", "red", "blue", "black"))
    soft_parts = [mirrored(tip), mirrored(sleeve)] if rng.random() < 0.6 else [mirrored(tip)]
    return join([mirrored(arm).painted(rgb), join(soft_parts).painted(soft), pivot.painted(BLACK)])
