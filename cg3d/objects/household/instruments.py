"""Things to make music with: guitar, piano."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, WHITE, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, extrude, rod, slab, superellipsoid, tube
from cg3d.objects.shapes.resting import posed
from cg3d.objects.shapes.solid import Solid, join, mirrored
from cg3d.objects.shapes.supports import legs


@category
def piano(d: Draw) -> Solid:
    """A grand piano, an upright one, or a keyboard on a stand; sometimes with its bench."""
    whole = one_of(d, {"grand piano": _grand, "upright piano": _upright, "digital piano": _digital})
    if d.chance(0.3):
        width, depth, height = d(0.55, 0.75), 0.34, 0.48
        seat = superellipsoid(width, 0.07, depth, 0.85).at(y=height - 0.05).painted(BLACK)
        feet = join(*legs(width - 0.08, depth - 0.08, height - 0.02, 0.022, 0.0, True)).painted(whole.face_rgb[0])
        front = whole.vertices[:, 2].max()
        return join(whole, join(seat, feet).at(z=front + 0.2)).called(whole.kind)
    return whole


def _finish(d: Draw) -> np.ndarray:
    return BLACK if d.chance(0.4) else wood(d)


def _keyboard(width: float, octaves: int) -> Solid:
    """White and black keys along x, their fronts at z = 0 and their tops at y = 0.02."""
    count = 7 * octaves
    pitch = width / count
    white = [box(pitch * 0.9, 0.02, 0.14).at(x=(k - (count - 1) / 2) * pitch, z=-0.07) for k in range(count)]
    black = [
        box(pitch * 0.55, 0.014, 0.09).at(x=(k - (count - 2) / 2) * pitch, y=0.018, z=-0.095)
        for k in range(count - 1)
        if k % 7 not in (2, 6)
    ]
    return join(join(*white).painted(WHITE), join(*black).painted(BLACK))


def _upright(d: Draw) -> Solid:
    """A tall case with the keys on a shelf in front, a music rest and pedals."""
    width, height, depth = d(1.4, 1.55), d(1.05, 1.35), d(0.32, 0.42)
    rgb, shelf, level = _finish(d), d(0.2, 0.26), d(0.62, 0.68)
    parts = [box(width, height, depth), box(width + 0.04, 0.03, depth + 0.04).at(y=height)]
    parts += [box(width, 0.1, shelf).at(y=level - 0.1, z=(depth + shelf) / 2)]
    cheek = mirrored(box(0.06, 0.16, shelf).at(x=width / 2 - 0.03, y=level - 0.06, z=(depth + shelf) / 2))
    if d.chance(0.7):
        parts.append(mirrored(box(0.07, level - 0.08, 0.07).at(x=width / 2 - 0.05, z=depth / 2 + shelf - 0.06)))
    rest = box(width * 0.5, 0.2, 0.015).turned("x", -12).at(y=level + 0.15, z=depth / 2 + 0.04)
    panel = box(width * 0.85, height * 0.3, 0.012).at(y=height * 0.12, z=depth / 2)
    keys = _keyboard(width - 0.14, 7).at(y=level, z=depth / 2 + shelf - 0.02)
    pedals = [box(0.03, 0.015, 0.12).at(x=x, y=0.04, z=depth / 2 + 0.05) for x in (-0.08, 0.0, 0.08)]
    return join(join(*parts, cheek, rest, panel).painted(rgb), keys, join(*pedals).painted(paint(d, "yellow", "grey")))


def _grand(d: Draw) -> Solid:
    """A wing-shaped case on three legs with its lid shut or propped up at the bass side, -x."""
    width, length = d(1.4, 1.55), d(1.5, 2.4)
    rgb, case, level, thick = _finish(d), 0.3, d(0.6, 0.68), 0.025
    wing = _wing_outline(width, length)
    rim = slab(wing, case).at(y=level)
    lid = slab(wing, thick).at(x=width / 2).turned("z", d.pick(0.0, d(25, 40))).at(x=-width / 2, y=level + case + 0.005)
    shelf = box(width, 0.12, 0.26).at(y=level, z=0.13)
    cheeks = mirrored(box(0.07, 0.22, 0.26).at(x=width / 2 - 0.035, y=level, z=0.13))
    rest = box(width * 0.5, 0.24, 0.015).turned("x", -15).at(y=level + case, z=-0.12)
    keys = _keyboard(width - 0.15, 7).at(y=level + 0.12, z=0.25)
    parts = [rim, lid, shelf, cheeks, rest]
    if lid.vertices[:, 1].max() > level + case + 0.2:
        parts.append(rod((width * 0.38, level + case, -0.5), (width * 0.22, level + case + 0.42, -0.5), 0.012))
    foot = [(-width * 0.4, 0.05), (width * 0.4, 0.05), (-width * 0.25, -length * 0.78)]
    parts += [rod((x, 0.02, z), (x, level + 0.05, z), 0.035, 0.06) for x, z in foot]
    lyre = [mirrored(rod((0.06, 0.08, 0.0), (0.1, level + 0.05, 0.0), 0.014)), box(0.3, 0.05, 0.1).at(y=0.06)]
    pedals = [box(0.03, 0.015, 0.12).at(x=x, y=0.07, z=0.1) for x in (-0.08, 0.0, 0.08)]
    return join(join(*parts, *lyre).painted(rgb), keys, join(*pedals).painted(paint(d, "yellow", "grey")))


def _wing_outline(width: float, length: float) -> np.ndarray:
    """(K, 2) x and z of a grand's case, anticlockwise: straight along -x, keys at z = 0, the tail at z = -`length`."""
    bend = [(0.5, 0.0), (0.5, -0.3), (0.32, -0.52), (0.1, -0.72), (0.02, -0.9)]
    bend += [(-0.14, -0.99), (-0.32, -1.0), (-0.46, -0.95), (-0.5, -0.85)]
    curve = smooth(np.array(bend), 4)
    outline = np.concatenate([[(-0.5, 0.0)], curve]) * (width, length)
    return outline[::-1]


def _digital(d: Draw) -> Solid:
    """A slim keyboard on crossed legs or on a frame."""
    width, octaves = d.pick((0.9, 5), (1.1, 6), (1.35, 7))
    level, rgb, depth = d(0.65, 0.8), paint(d, "black", "white", "grey", "red", "brown"), d(0.26, 0.32)
    parts = [box(width, 0.07, depth).at(y=level), box(width, 0.05, depth - 0.15).at(y=level + 0.06, z=-0.075)]
    keys = _keyboard(width - 0.08, int(octaves)).at(y=level + 0.065, z=depth / 2 - 0.005)
    buttons = [box(0.03, 0.008, 0.012).at(x=x, y=level + 0.108, z=-0.05) for x in np.linspace(-0.4, 0.4, 12) * width]
    if d.chance(0.6):
        cross = join(rod((-0.35, 0.015, 0), (0.35, level, 0), 0.016), rod((0.35, 0.015, 0), (-0.35, level, 0), 0.016))
        stand = join(
            mirrored(cross.at(z=depth * 0.35), "z"),
            mirrored(rod((0.35, level - 0.015, -depth / 2), (0.35, level - 0.015, depth / 2), 0.014)),
        )
    else:
        side = join(box(0.03, level, depth * 0.6), box(0.04, 0.03, depth * 1.3))
        stand = join(
            mirrored(side.at(x=width / 2 - 0.06)), box(width - 0.1, level * 0.3, 0.02).at(y=level * 0.35, z=-0.05)
        )
    return join(
        join(*parts).painted(rgb),
        keys,
        join(*buttons).painted(paint(d)),
        stand.painted(paint(d, "black", "grey", "white", "brown")),
    )


@category
def guitar(d: Draw) -> Solid:
    """A waisted body with a neck, frets, strings and pegs: acoustic, electric or a ukulele."""
    kinds = {"acoustic guitar": _acoustic, "electric guitar": _electric, "soprano ukulele": _ukulele}
    return posed(d, one_of(d, kinds).grounded())


def _waisted(lower: float, upper: float, waist: float, length: float, cutaway: float = 0.0) -> np.ndarray:
    """(K, 2) outline of a body from y = 0 to `length` by its three half widths; the upper bout's +x side cut by `cutaway`."""
    knots = [(0, 0.0), (0.72 * lower, 0.035), (lower, 0.27), (waist, 0.58)]
    knots += [(upper, 0.83), (0.6 * upper, 0.985), (0, 1.0)]
    right = smooth(np.array(knots), 6) * (1, length)
    left = (right * (-1, 1))[::-1]
    t = right[:, 1] / length
    right = right * points(1 - cutaway * np.clip((t - 0.6) / 0.3, 0, 1), np.ones(len(t)))
    return np.concatenate([right[:-1], left[:-1]])


def _acoustic(d: Draw) -> Solid:
    return _hollow_guitar(d, d(0.46, 0.52), d(0.09, 0.12), 6)


def _ukulele(d: Draw) -> Solid:
    return _hollow_guitar(d, d(0.22, 0.3), d(0.055, 0.07), 4)


def _hollow_guitar(d: Draw, length: float, deep: float, strings: int) -> Solid:
    """A box with a pale top, a round hole with its rosette, and a bridge."""
    lower, back = length * d(0.36, 0.41), wood(d)
    upper, waist = lower * d(0.7, 0.8), lower * d(0.58, 0.68)
    outline = _waisted(lower, upper, waist, length, d.pick(0.0, 0.0, 0.4))
    top = wood(d) if d.chance(0.7) else paint(d)
    parts = [
        extrude(outline, deep).painted(back),
        extrude(outline * (0.985, 0.995), 0.006).at(y=0.001, z=deep / 2).painted(top),
    ]
    hole = cylinder(length * 0.1, 0.004).turned("x", 90).at(y=length * 0.64, z=deep / 2 + 0.002)
    ring = cylinder(length * 0.125, 0.002).turned("x", 90).at(y=length * 0.64, z=deep / 2 + 0.002)
    bridge = box(length * 0.3, length * 0.05, 0.012).at(y=length * 0.25, z=deep / 2 + 0.007)
    parts += [
        hole.painted(BLACK),
        ring.painted(paint(d, "brown", "beige", "black")),
        bridge.painted(paint(d, "brown", "black")),
    ]
    neck = _neck(
        d, length * 0.28, length * d(1.85, 2.05), length * 0.95, 0.055 * length / 0.48, strings, deep / 2 + 0.004, back
    )
    return join(*parts, neck)


def _neck(
    d: Draw, bridge: float, nut: float, joint: float, width: float, strings: int, front: float, rgb: np.ndarray
) -> Solid:
    """From the body at y = `joint` to the nut at y = `nut`: neck, frets, head with pegs, and strings from the bridge."""
    slim, start = width * 0.42, joint - 0.2 * (nut - joint)
    rear = tube(
        [(0, joint * 0.97, front - slim * 0.4), (0, nut, front - slim * 0.3)], [width * 0.5, width * 0.42], flatten=0.8
    )
    board = extrude([(-width / 2, start), (width / 2, start), (width * 0.42, nut), (-width * 0.42, nut)], 0.008)
    frets = [
        box(width * 0.95, 0.003, 0.004).at(
            y=start + (nut - start) * (1 - 2 ** (-k / 12)) / (1 - 2 ** (-15 / 12)), z=0.005
        )
        for k in range(1, 15)
    ]
    lines = [
        rod((x, bridge, front + 0.008), (x * 0.85, nut, front + 0.007), 0.0011)
        for x in np.linspace(-0.38, 0.38, strings) * width
    ]
    overlay = [board.painted(paint(d, "black", "brown")), join(*frets).painted(metal(d))]
    fingerboard = join(*overlay).at(z=front + 0.002)
    top = _headstock(d, width, strings, rgb).turned("x", -9).at(y=nut, z=front - 0.002)
    return join(rear.painted(rgb), fingerboard, top, join(*lines).painted(GREY))


def _headstock(d: Draw, width: float, strings: int, rgb: np.ndarray) -> Solid:
    """The head above y = 0 with its pegs: half of them at either side, or all in one row."""
    long, wide = width * d(2.8, 3.6), width * d(0.55, 0.7)
    right = [(width * 0.42, 0), (wide, long * 0.2), (wide * 0.9, long)]
    head = extrude([*right, *((-x, y) for x, y in reversed(right))], 0.016)
    one_side = d.chance(0.3) and strings == 6
    count = strings if one_side else strings // 2
    pin = rod((wide * 0.8, 0, 0), (wide * 1.35, 0, 0), 0.004)
    button = superellipsoid(width * 0.25, width * 0.3, 0.009, 0.4).at(wide * 1.5, -width * 0.15)
    row = join(*[join(pin, button).at(y=long * (0.25 + 0.65 * k / count)) for k in range(count)])
    return join(head.painted(rgb), (row if one_side else mirrored(row)).painted(metal(d)))


def _electric(d: Draw) -> Solid:
    """A thin solid body with horns or points, pick-ups, knobs and a long neck."""
    length, thick, rgb = d(0.38, 0.46), d(0.036, 0.05), paint(d)
    shapes = [_horned, _single_cut, _flying_v]
    outline = d.pick(*shapes)(d) * length
    parts = [extrude(outline, thick).painted(rgb)]
    front = thick / 2
    if d.chance(0.5):
        guard = extrude(
            [(0.02, 0.1), (0.22, 0.25), (0.13, 0.55), (0.12, 0.75), (-0.08, 0.7), (-0.1, 0.3)] * np.array(length), 0.003
        )
        parts.append(guard.at(z=front + 0.001).painted(paint(d, "white", "black", "beige")))
    pickup = superellipsoid(0.085, 0.022, 0.016, 0.8).at(z=front + 0.003).painted(paint(d, "black", "white", "grey"))
    parts += [pickup.at(y=y) for y in np.linspace(0.36, 0.66, d.count(2, 4)) * length]
    parts.append(box(0.085, 0.025, 0.016).at(y=0.25 * length, z=front + 0.006).painted(metal(d)))
    knob = cylinder(0.011, 0.016).turned("x", 90)
    parts += [
        knob.at(x=0.24 * length, y=(0.16 + 0.09 * k) * length, z=front).painted(metal(d)) for k in range(d.count(2, 4))
    ]
    neck = _neck(d, 0.27 * length, length * d(1.95, 2.15), length * 0.85, 0.05, 6, front + 0.004, wood(d))
    return join(*parts, neck)


def _horned(d: Draw) -> np.ndarray:
    """A body with two horns beside the neck, one long."""
    horn = d(0.92, 1.05)
    knots = [(0.02, 0), (0.33, 0.06), (0.4, 0.3), (0.28, 0.55), (0.33, 0.78), (0.27, 0.88), (0.16, 0.72), (0.0, 0.74)]
    knots += [(-0.13, 0.78), (-0.27, horn), (-0.33, horn * 0.92), (-0.29, 0.62)]
    knots += [(-0.41, 0.32), (-0.33, 0.06), (0.02, 0)]
    return smooth(knots, 5)[:-1]


def _single_cut(d: Draw) -> np.ndarray:
    return _waisted(0.4, 0.3, 0.25, 1.0, d(0.45, 0.6)) * (1, 0.95)


def _flying_v(d: Draw) -> np.ndarray:
    spread = d(0.42, 0.52)
    corners = [(0.0, 0.34), (spread - 0.18, -0.05), (spread, 0.0), (0.13, 0.85), (0.0, 0.9)]
    corners += [(-0.13, 0.85), (-spread, 0.0), (0.18 - spread, -0.05)]
    return np.array(corners)
