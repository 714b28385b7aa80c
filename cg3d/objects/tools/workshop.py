"""Tools of a workbench: clamp, drill."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import casing
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, lathe, ribbon, rod, superellipsoid, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def clamp(d: Draw) -> Solid:
    """A C-shaped frame with a screw, jaws on a long bar that a screw or a trigger closes, or sprung tongs."""
    kinds = {"C-clamp": _c_clamp, "bar clamp": _bar_clamp}
    kinds |= {"trigger clamp": _trigger_clamp, "spring clamp": _spring_clamp}
    return laid(d, one_of(d, kinds), 0.75)


def _thread(radius: float, low: float, high: float) -> Solid:
    """A threaded rod along y."""
    y = np.linspace(low, high, 31)
    ridge = radius * (1 - 0.12 * (np.arange(31) % 2))
    return lathe([(0, low), *points(ridge, y), (0, high)], 14)


def _screw(radius: float, low: float, high: float, bar: float) -> Solid:
    """A spindle along y with a swivelling pad at its upper end and a sliding bar through its lower one."""
    pad = lathe(
        [(0, 0), (radius * 1.2, 0), (radius * 2, radius * 0.8), (radius * 2, radius * 1.7), (0, radius * 1.7)], 20
    )
    head = cylinder(radius * 1.25, radius * 3.4, segments=16).at(y=low - radius * 1.7)
    stick = rod((-bar, low, 0), (bar * 0.7, low, 0), radius * 0.45)
    knobs = [superellipsoid(*(radius * 1.4,) * 3).at(x=x, y=low - radius * 0.7) for x in (-bar, bar * 0.7)]
    return join(_thread(radius, low, high), pad.at(y=high - radius * 0.4), head, stick.turned("y", 35), *_turned(knobs))


def _turned(parts: list[Solid]) -> list[Solid]:
    return [part.turned("y", 35) for part in parts]


def _c_clamp(d: Draw) -> Solid:
    """A cast frame, its mouth towards -x and the spindle along y at x = 0."""
    gap = d(0.04, 0.17)
    throat, thick = gap * d(0.5, 0.95), gap * d(0.12, 0.2)
    width, radius = thick * d(0.6, 1.3), gap * d(0.045, 0.07) + 0.001
    soft = throat * d(0.1, 0.45)
    corners = [(-thick * 0.5, 0), (throat * 0.5, 0), (throat - soft, 0), (throat, soft), (throat * 1.03, gap / 2)]
    corners += [(x, gap - y) for x, y in corners[-2::-1]]
    path = smooth(corners, 5)
    swell = 1 + 0.35 * np.sin(np.pi * np.linspace(0, 1, len(path))) ** 2 * d.random()
    frame = ribbon(path[::-1], width, thick * swell)
    if d.chance(0.5):  # an I-section: a rib round the outside
        frame = join(frame, ribbon(path[::-1] * (1.02, 1.0), width * 1.7, thick * 0.35))
    boss = cylinder(thick * 0.85, thick * 1.7, segments=20).at(y=-thick * 0.85)
    anvil = cylinder(thick * 0.75, thick * 0.9, segments=20).at(y=gap - thick * 0.95)
    low = -gap * d(0.35, 0.95)
    screw = _screw(radius, low, min(low + gap * 1.15, gap * 0.8), gap * d(0.25, 0.4))
    rgb = paint(d, "grey", "black", "blue", "red", "orange", "green") if d.chance(0.8) else metal(d)
    return join(join(frame, boss, anvil).painted(rgb), screw.painted(metal(d)))


def _jaw(reach: float, root: float, tip: float, width: float) -> Solid:
    """An arm from x = 0 to `reach` about y = 0, thick at its root, whose working side, below, is straight."""
    t = np.linspace(0, 1, 7)
    thick = root + (tip - root) * t**0.7
    return ribbon(points(t * reach, thick / 2), width, thick)


def _bar(d: Draw, length: float) -> Solid:
    wide, thin = d(0.016, 0.03), d(0.005, 0.009)
    return box(wide, length, thin).painted(metal(d))


def _bar_clamp(d: Draw) -> Solid:
    """An F-clamp: a fixed arm on top of the bar, a sliding one, and a spindle with a handle of wood or plastic."""
    length, reach = d(0.2, 0.8), d(0.06, 0.13)
    root, width = reach * d(0.26, 0.4), d(0.013, 0.024)
    place = length * d(0.25, 0.8)
    fixed = _jaw(reach, root, root * 0.6, width).at(y=length - root)
    slider = _jaw(reach, root, root * 0.85, width).turned("x", 180).at(y=place)
    sleeves = [box(0.042, root * 1.1, width * 1.1).at(y=y) for y in (length - root * 1.05, place - root * 1.05)]
    grip, thick = d(0.08, 0.13), d(0.011, 0.017)
    knots = smooth([(0.55, 0), (1, 0.15), (0.8, 0.6), (0.95, 0.85), (0.6, 1)], 4) * (thick, grip)
    low = place - root - grip - d(0.0, 0.05)
    handle = lathe([(0, 0), *knots, (0, grip)], 20).at(x=reach * 0.9, y=low)
    spindle = _thread(0.006, low + grip * 0.5, place + d(0.012, 0.05))
    pads = [cylinder(0.014, 0.008, segments=20).at(y=y) for y in (spindle.vertices[:, 1].max(), length - root - 0.008)]
    rgb = paint(d, "grey", "black", "red", "blue", "green", "orange")
    iron = join(fixed, slider, *sleeves).painted(rgb)
    tips = join(spindle, *pads).at(x=reach * 0.9).painted(metal(d))
    return join(_bar(d, length), iron, tips, handle.painted(wood(d) if d.chance(0.6) else paint(d)))


def _trigger_clamp(d: Draw) -> Solid:
    """A one-handed clamp: plastic jaws with soft pads, and a pistol grip with its trigger on the sliding one."""
    length, reach = d(0.22, 0.75), d(0.07, 0.11)
    root, width, rgb = reach * d(0.4, 0.6), d(0.022, 0.034), paint(d)
    place, pad = length * d(0.3, 0.75), paint(d, "orange", "yellow", "red", "blue", "grey", "black")
    fixed = join(_jaw(reach, root, root * 0.4, width), superellipsoid(0.045, root * 1.2, width * 1.15, 0.8))
    soft = superellipsoid(root * 0.8, 0.014, width * 1.1, 0.7).at(x=reach * 0.82)
    body = superellipsoid(0.055, root * 2.2, width * 1.2, 0.7).at(y=-root * 1.9)
    slider = join(_jaw(reach, root, root * 0.4, width).turned("x", 180), body)
    grip = tube(smooth([(0.02, -root, 0), (0.06, -root * 1.3, 0), (0.105, -root * 1.9, 0)], 6), 0.017, flatten=0.85)
    trigger = tube(
        smooth([(0.02, -root * 1.8, 0), (0.05, -root * 2.2, 0), (0.085, -root * 3, 0)], 6), 0.01, flatten=0.8
    )
    top = length - root
    upper, lower = fixed.at(y=top).painted(rgb), join(slider, grip).at(y=place).painted(rgb)
    pads = join(soft.at(y=top - 0.011), soft.at(y=place - 0.003), trigger.at(y=place)).painted(pad)
    return join(_bar(d, length), upper, lower, pads)


def _spring_clamp(d: Draw) -> Solid:
    """Two crossed levers, jaws up, with a coil at the pivot and soft tips; more or less open."""
    length = d(0.08, 0.22)
    wide, thick, spread = length * d(0.1, 0.2), length * d(0.05, 0.09), d(-4, 10)
    bow = length * d(0.12, 0.2)
    path = smooth([(0.9 * bow, 0), (0.75 * bow, length * 0.2), (0.2 * bow, length * 0.48), (-bow * 0.1, length * 0.56)])
    jaw = smooth([path[-1], (-bow * 0.75, length * 0.72), (-bow * 0.65, length * 0.88), (-bow * 0.02, length)])
    lever = np.concatenate([path, jaw[1:]]) - (0, length * 0.52)
    half = np.linspace(0, 1, len(lever))
    arm = ribbon(lever, wide * (1 - 0.3 * half), thick * (1.1 - 0.4 * half)).turned("z", spread)
    tip = superellipsoid(thick * 1.3, length * 0.1, wide * 0.95, 0.6).at(x=-bow * 0.05, y=length * 0.41)
    tip = tip.turned("z", spread)
    grip = lever[: len(lever) // 3]
    sleeve = ribbon(grip, wide * 1.12, thick * 1.5).turned("z", spread)
    pivot = cylinder(thick * 0.9, wide * 1.3, segments=18).turned("x", 90).at(z=-wide * 0.65)
    rgb, soft = (metal(d) if d.chance(0.5) else paint(d)), paint(d, "orange", "red", "blue", "black")
    soft_parts = [mirrored(tip), mirrored(sleeve)] if d.chance(0.6) else [mirrored(tip)]
    return join(mirrored(arm).painted(rgb), join(*soft_parts).painted(soft), pivot.painted(BLACK))


@category
def drill(d: Draw) -> Solid:
    """A pistol with a chuck towards +x: on its battery or with a cord, bitted or not; standing or lying on a side."""
    kinds = {"cordless drill": _cordless, "corded drill": _corded}
    whole = one_of(d, {"cordless drill": _cordless} if d.chance(0.6) else kinds)
    lying = d.chance(0.4 if whole.kind == "cordless drill" else 0.85)
    return (whole.turned("x", d.pick(90, -90)) if lying else whole).grounded()


def _motor(d: Draw, radius: float, length: float, rgb: np.ndarray) -> Solid:
    """The housing along x from behind the grip to the chuck, stepped or smooth, about y = 0, and its collar."""
    nose = d(0.7, 0.95)
    knots = [(0.55, 0.0), (0.92, 0.04), (1.0, 0.25), (0.97, 0.55), (nose, 0.8), (nose * 0.85, 1.0)]
    shell = smooth(knots, 4) * (radius, length)
    body = lathe([(0, 0), *shell, (0, length)], 28).turned("z", -90).scaled(y=d(1.0, 1.25)).painted(rgb)
    at = length * d(0.7, 0.85)
    collar = lathe([(0, 0), (radius * 0.93, 0), (radius * 0.88, length * 0.14), (0, length * 0.14)], 28)
    collar = collar.turned("z", -90)
    return join(body, collar.at(x=at).painted(BLACK))


def _chuck(d: Draw, radius: float) -> Solid:
    """A ribbed sleeve that tapers to the jaws, from x = 0 on, often with a bit."""
    length = radius * d(1.5, 2.4)
    angle = np.arange(36) * np.pi / 18
    sleeve = [(0.85, 0), (1.0, 0.08), (1.0, 0.5), (0.85, 0.6), (0.5, 0.92), (0.38, 1.0)]
    body = lathe([(0, 0), *(np.array(sleeve) * (radius, length)), (0, length)], len(angle)).turned("z", -90)
    parts = [body.painted(BLACK if d.chance(0.75) else GREY)]
    if d.chance(0.55):
        reach, thin = d(0.02, 0.1), d(0.0018, 0.005)
        parts.append(rod((length * 0.9, 0, 0), (length + reach, 0, 0), thin, thin * 0.7).painted(GREY))
    return join(*parts)


def _grip(d: Draw, top: float, foot: tuple[float, float], thick: float) -> tuple[Solid, Solid]:
    """The handle from x = `top` under the motor down to `foot`, and the trigger in front of it."""
    x, y = foot
    curve = smooth([(top, 0, 0), (top + (x - top) * 0.35 - 0.004, y * 0.4, 0), (x, y, 0)], 6)
    swell = thick * np.interp(np.linspace(0, 1, len(curve)), [0, 0.35, 0.7, 1], [1.25, 0.95, 1.0, 1.1])
    handle = tube(curve, swell, segments=18, flatten=d(1.15, 1.4))
    trigger = superellipsoid(thick * 1.1, abs(y) * 0.3, thick * 0.9, 0.5).at(x=top + thick * 1.15, y=y * 0.62)
    return handle, trigger


def _cordless(d: Draw) -> Solid:
    radius = d(0.025, 0.036)
    length, drop = radius * d(3.4, 5.2), d(0.1, 0.14)
    rgb, dark = paint(d), paint(d, "black", "black", "grey")
    top, lean = length * d(0.3, 0.48), d(-0.035, 0.005)
    handle, trigger = _grip(d, top, (top + lean, -drop - radius * 0.6), d(0.017, 0.022))
    wide, tall = d(0.06, 0.078), d(0.035, 0.062)
    long = wide * d(1.2, 1.7)
    battery = casing(long, wide, tall, 0.012, 0.008).at(x=top + lean + 0.012, y=-drop - radius - tall * 0.8)
    battery = battery.painted(dark)
    plinth = casing(long * 0.9, wide * 0.9, 0.022, 0.012, 0.006, 0.75)
    plinth = plinth.at(x=top + lean + 0.01, y=-drop - radius + tall * 0.15)
    parts = [_motor(d, radius, length, rgb), _chuck(d, radius * d(0.55, 0.72)).at(x=length * 0.97)]
    parts += [handle.painted(dark if d.chance(0.5) else rgb), trigger.painted(BLACK), plinth.painted(rgb), battery]
    return join(*parts)


def _corded(d: Draw) -> Solid:
    """Its handle at the back, rounded at its foot, where the cord leaves; some have a second handle at the side."""
    radius = d(0.028, 0.038)
    length, drop = radius * d(5, 6.5), d(0.11, 0.14)
    rgb = paint(d)
    top = radius * d(0.7, 1.2)
    foot = (top - d(0.01, 0.05), -drop - radius * 0.5)
    handle, trigger = _grip(d, top, foot, d(0.017, 0.021))
    cord = [(*foot, 0), (foot[0] - 0.005, foot[1] - 0.03, 0), (foot[0] + 0.03, foot[1] - 0.07, 0.0)]
    cable = tube(smooth([*cord, (foot[0] + 0.1, foot[1] - 0.075, 0.02)], 6), 0.0038, segments=8).painted(BLACK)
    parts = [_motor(d, radius, length, rgb), _chuck(d, radius * 0.62).at(x=length * 0.97), handle.painted(rgb)]
    if d.chance(0.3):
        side = smooth([(0.5, 0), (1, 0.1), (0.8, 0.7), (1.0, 1.0)], 4) * (0.017, 0.11)
        bar = lathe([(0, 0), *side, (0, 0.11)], 18).turned("x", 180).at(x=length * 0.82, y=-radius * 0.8)
        parts.append(bar.painted(BLACK))
    return join(*parts, trigger.painted(BLACK), cable)
