"""Things to play and to switch channels with: game cartridge, game controller, handheld game console, remote control."""

from __future__ import annotations

import numpy as np

from cg3d.objects.electronics.phones import DARK
from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import Panel, buttons, casing, panelled
from cg3d.objects.shapes.curves import smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, METALS, paint
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def handheld_game_console(d: Draw) -> Solid:
    """A clamshell with two screens, open or shut, a wide body with the screen between the keys, or a tall one."""
    kinds = {"clamshell game console": _clamshell, "wide game console": _wide, "pocket game console": _tall}
    return one_of(d, kinds)


def _cross(size: float, rise: float) -> Solid:
    """The direction pad on a face at y = 0."""
    arm = casing(size, size * 0.34, 2 * rise, size * 0.05, rise * 0.4).at(y=-rise)
    return join(arm, arm.turned("y", 90), cylinder(size * 0.62, rise * 0.5, segments=24))


def _four(size: float, rise: float) -> Solid:
    """Four round keys in a diamond on a face at y = 0."""
    key = lathe([(0, 0), (size * 0.19, 0), (size * 0.17, rise), (0, rise * 1.1)], 18)
    return join(*[key.at(x=x * size * 0.36, z=z * size * 0.36) for x, z in ((1, 0), (-1, 0), (0, 1), (0, -1))])


def _stick(size: float, rise: float) -> Solid:
    """A thumb stick on a face at y = 0."""
    cap = [(0, 0), (size * 0.3, 0), (size * 0.3, rise * 0.6)]
    cap += [(size * 0.5, rise * 0.7), (size * 0.5, rise), (0, rise * 0.9)]
    return join(lathe(cap, 24), hoop(size * 0.62, size * 0.08, 24))


def _glass(d: Draw, width: float, length: float, z: float = 0.0) -> Panel:
    rgb = DARK + 0.05 * d.random() if d.chance(0.7) else paint(d) * 0.7
    return (width, length, z, rgb)


def _clamshell(d: Draw) -> Solid:
    """Two hinged halves: a screen between speakers above, a smaller one between the keys below."""
    wide, thick = d(0.125, 0.16), d(0.009, 0.013)
    deep, rgb = wide * d(0.5, 0.58), paint(d)
    inside = rgb if d.chance(0.5) else paint(d, *METALS)
    corner, edge = wide * d(0.03, 0.1), thick * d(0.15, 0.4)
    lining = (wide - 2.2 * edge, deep - 2.2 * edge, 0.0, inside)
    size = (wide, deep, thick)
    lower, upper = d(0.4, 0.55), d(0.5, 0.85)
    pad = wide * 0.115
    shift = d.pick(0.0, deep * 0.17)
    parts = [panelled(size, corner, edge, rgb, [lining, _glass(d, wide * lower, deep * 0.7)])]
    side = wide * (0.25 + lower / 4)
    parts.append(_cross(pad, 0.0018).at(x=-side, y=thick, z=shift).painted(BLACK if d.chance(0.6) else inside))
    parts.append(_four(pad * 1.2, 0.002).at(x=side, y=thick, z=-shift * 0.4).painted(paint(d, *METALS)))
    if shift:
        parts.append(cylinder(pad * 0.4, 0.003, segments=24).at(x=-side, y=thick, z=-deep * 0.2).painted(BLACK))
    base = join(*parts).at(y=-thick, z=deep / 2)
    lid = panelled(size, corner, edge, rgb, [lining, _glass(d, wide * upper, deep * 0.72)]).at(y=-thick, z=-deep / 2)
    hinge = cylinder(thick * 0.6, wide * 0.8, segments=18).turned("z", 90).at(x=wide * 0.4).painted(rgb)
    angle = 179.0 if d.chance(0.25) else d(0, 75)
    return join(base, lid.turned("x", angle), hinge).grounded()


def _wide(d: Draw) -> Solid:
    """A lozenge or a slab, held in both hands."""
    wide, thick = d(0.14, 0.29), d(0.012, 0.024)
    deep = wide * d(0.4, 0.5)
    rgb = paint(d)
    corner = deep * d(0.15, 0.5)
    share, pad, side = d(0.5, 0.62), deep * d(0.22, 0.3), wide * 0.41
    screen = _glass(d, wide * share, deep * d(0.7, 0.85))
    parts = [panelled((wide, deep, thick), corner, min(thick * d(0.2, 0.45), deep * 0.06), rgb, [screen])]
    if d.chance(0.4):  # grips of other colours at the ends
        ends = [casing(wide * 0.16, deep * 1.01, thick * 1.04, corner, thick * 0.3) for _ in range(2)]
        parts += [end.at(x=x * wide * 0.425).painted(paint(d)) for end, x in zip(ends, (-1, 1), strict=True)]
    sticks, up = d.chance(0.6), deep * 0.19
    parts.append(_cross(pad, 0.002).at(x=-side, y=thick, z=up if sticks else 0).painted(paint(d, *METALS)))
    parts.append(_four(pad * 1.2, 0.0025).at(x=side, y=thick, z=-up if sticks else 0).painted(paint(d, *METALS)))
    if sticks:
        nubs = [_stick(pad * 0.7, 0.006).at(x=x * side, y=thick, z=x * up) for x in (-1, 1)]
        parts.append(join(*nubs).painted(BLACK))
    return _face_up_or_not(d, join(*parts))


def _tall(d: Draw) -> Solid:
    """A screen above, a cross and two round keys below."""
    tall, thick = d(0.11, 0.155), d(0.016, 0.032)
    wide, rgb = tall * d(0.56, 0.64), paint(d, *tuple(COLOURS))
    bezel = (wide * 0.86, tall * 0.42, -tall * 0.24, paint(d, *METALS))
    glass = _glass(d, wide * 0.58, tall * 0.32, -tall * 0.24)
    body = panelled((wide, tall, thick), wide * d(0.05, 0.16), thick * 0.15, rgb, [bezel, glass])
    cross = _cross(wide * 0.26, 0.003).at(x=-wide * 0.27, y=thick, z=tall * 0.16).painted(BLACK)
    key = cylinder(wide * 0.075, 0.004, segments=20)
    pair = join(key.at(x=wide * 0.17, z=tall * 0.18), key.at(x=wide * 0.36, z=tall * 0.13)).at(y=thick)
    pills = buttons([(-wide * 0.1, tall * 0.33), (wide * 0.1, tall * 0.33)], wide * 0.13, 0.004, 0.0015).at(y=thick)
    small = [pair.painted(paint(d)), pills.painted(paint(d, *METALS))]
    return _face_up_or_not(d, join(body, cross, *small))


def _face_up_or_not(d: Draw, face_up: Solid) -> Solid:
    pose = d.random()
    if pose < 0.65:
        return face_up.grounded()
    return face_up.turned("x", 180 if pose < 0.8 else d(65, 90)).grounded()


@category
def game_controller(d: Draw) -> Solid:
    """A body with two horns for the hands, sticks, a cross and four keys; or a plain flat pad."""
    return one_of(d, {"gamepad": _gamepad} if d.chance(0.7) else {"retro gamepad": _flat_pad})


def _gamepad(d: Draw) -> Solid:
    wide = d(0.14, 0.165)
    deep, thick = wide * d(0.38, 0.48), wide * d(0.2, 0.27)
    rgb, dark = paint(d, "black", "black", "white", "grey", "red", "blue", "pink", "green"), paint(d, *METALS)
    body = superellipsoid(wide * 0.82, thick * 0.85, deep, 0.55)
    top, splay = thick * 0.8, d(0.32, 0.44) * wide
    path = [(wide * 0.28, thick * 0.45, -deep * 0.05)]
    path += [(wide * 0.4, thick * 0.42, deep * 0.3), (splay, thick * 0.2, deep * 0.98)]
    curve = smooth(path, 6)
    fat = np.interp(np.linspace(0, 1, len(curve)), [0, 0.4, 0.85, 0.95, 1], [0.4, 0.46, 0.34, 0.26, 0.12]) * thick
    horns = mirrored(tube(curve, fat, segments=18, flatten=1.1))
    pad, side = wide * 0.13, wide * 0.3
    bumper = mirrored(
        superellipsoid(wide * 0.2, thick * 0.4, deep * 0.25, 0.5).at(x=side, y=thick * 0.4, z=-deep * 0.45)
    )
    offset = d.pick(0.0, 1.0)
    left, middle = -deep * 0.16, deep * 0.18
    cross = _cross(pad, 0.004).at(x=-side + offset * wide * 0.13, y=top, z=middle if offset else left)
    stick = _stick(pad, 0.014)
    sticks = [
        stick.at(x=-side if offset else -wide * 0.15, y=top, z=left if offset else middle),
        stick.at(x=wide * 0.15, y=top, z=middle),
    ]
    keys = _four(pad * 1.3, 0.006).at(x=side, y=top, z=left)
    small = join(cross, *sticks, bumper).painted(dark)
    shell = join(body, horns).painted(rgb)
    return _face_up_or_not(d, join(shell, small, keys.painted(paint(d))))


def _flat_pad(d: Draw) -> Solid:
    """A box, or a bone with round ends, with a cross and two or four keys, and its cable."""
    wide, thick = d(0.12, 0.15), d(0.015, 0.022)
    deep, rgb = wide * d(0.38, 0.48), paint(d, "grey", "white", "black", "red")
    face = (wide * 0.9, deep * 0.7, deep * 0.02, paint(d, *METALS))
    parts = [panelled((wide, deep, thick), deep * d.pick(0.08, 0.4), thick * 0.2, rgb, [face])]
    parts.append(_cross(deep * 0.42, 0.004).at(x=-wide * 0.31, y=thick).painted(BLACK))
    parts.append(_four(deep * 0.5, 0.004).at(x=wide * 0.3, y=thick).painted(paint(d)))
    pills = buttons([(-wide * 0.06, deep * 0.1), (wide * 0.08, deep * 0.1)], wide * 0.09, deep * 0.07, 0.0015)
    parts.append(pills.at(y=thick).painted(BLACK))
    if d.chance(0.6):
        cable = [(0, thick / 2, -deep * 0.48), (0.01, thick / 2, -deep * 0.9), (wide * 0.4, 0.002, -deep * 1.1)]
        parts.append(tube(smooth([*cable, (wide * 0.7, 0.002, -deep * 0.7)], 6), 0.002, segments=8).painted(BLACK))
    return join(*parts).grounded()


@category
def game_cartridge(d: Draw) -> Solid:
    """A flat block with a label sunk in its face, ribs at its upper end and a mouth of contacts at the lower."""
    wide = d.pick(d(0.033, 0.042), d(0.05, 0.065), d(0.1, 0.135))
    tall, thick = wide * d(0.62, 1.15), wide * d(0.11, 0.18)
    rgb = paint(d, "grey", "grey", "black", "white", "red", "yellow", "blue")
    label = (wide * d(0.6, 0.8), tall * d(0.5, 0.7), -tall * 0.02, paint(d))
    body = panelled((wide, tall, thick), wide * 0.04, thick * 0.12, rgb, [label])
    foot = casing(wide * 0.84, tall * 0.12, thick * 0.7, wide * 0.02, thick * 0.1).at(y=thick * 0.15, z=tall * 0.53)
    parts = [body, foot.painted(np.clip(rgb * 0.8, 0, 1))]
    rows = d.count(0, 5)
    if rows:
        places = [(0.0, -tall * (0.47 - 0.035 * k)) for k in range(rows)]
        parts.append(buttons(places, wide * 0.9, tall * 0.018, thick * 0.06).at(y=thick).painted(rgb))
    return _face_up_or_not(d, join(*parts))


@category
def remote_control(d: Draw) -> Solid:
    """A long bar with rows of keys: straight or waisted, flat or with a bulging back, full of keys or nearly bare."""
    length = d(0.085, 0.14) if d.chance(0.3) else d(0.15, 0.24)
    wide, thick = max(length * d(0.19, 0.3), 0.032), d(0.009, 0.026)
    rgb = paint(d, "black", "black", "black", "grey", "white")
    body = _body(d, wide, length, thick).painted(rgb)
    keys = _ring_keys(d, wide, length, thick) if d.chance(0.6) else _rows(d, wide, length, thick, -0.42, 0.42)
    eye = casing(wide * 0.35, 0.003, thick * 0.3, 0.001, 0.0005).at(y=thick * 0.4, z=-length / 2)
    whole = join(body, keys, eye.painted(np.array(COLOURS["red"]) * 0.5))
    pose = d.random()
    if pose < 0.72:
        return whole.grounded()
    return whole.turned("x", 180 if pose < 0.85 else d.pick(90, -90)).grounded()


def _body(d: Draw, wide: float, length: float, thick: float) -> Solid:
    """The case, its keys up; its sides drawn in and its ends bent up or down a little."""
    corner = wide * d(0.06, 0.5)
    stick = casing(wide, length, thick, corner, thick * d(0.12, 0.45))
    refined = stick.vertices.copy()
    along = 2 * refined[:, 2] / length
    refined[:, 0] *= 1 + d(-0.12, 0.12) * along
    under = np.clip(1 - refined[:, 1] / thick, 0, 1)
    refined[:, 0] *= 1 - d(0.0, 0.25) * under
    refined[:, 1] += d(-0.25, 0.25) * thick * along * under
    return stick.reshaped(refined)


def _rows(d: Draw, wide: float, length: float, thick: float, first: float, last: float) -> Solid:
    """Rows of keys from `first` to `last` along z, in parts of the length; some of another colour."""
    columns = d.count(2, 5)
    pitch = wide * d(0.24, 0.36)
    count = max(int((last - first) * length / pitch), 1)
    key_wide, key_deep = wide * 0.8 / columns * d(0.55, 0.85), pitch * d(0.45, 0.75)
    rgb, rows = paint(d, *METALS), []
    rise = d(0.0008, 0.0022)
    for z in np.linspace(first, last, count) * length:
        if d.chance(0.12):
            continue
        x = (np.arange(columns) - (columns - 1) / 2) * wide * 0.8 / columns
        row = buttons([(float(at), float(z)) for at in x], key_wide, key_deep, rise)
        rows.append(row.painted(paint(d) if d.chance(0.15) else rgb))
    power = cylinder(wide * 0.09, rise * 1.4, segments=18).at(x=wide * 0.28, z=(first - 0.01) * length)
    return join(*rows, power.painted(COLOURS["red"])).at(y=thick)


def _ring_keys(d: Draw, wide: float, length: float, thick: float) -> Solid:
    """A round pad between two fields of keys, or hardly any key but the pad."""
    radius, place = wide * d(0.24, 0.38), d(-0.25, 0.1)
    rim = hoop(radius, radius * 0.18, 28).scaled(y=0.5)
    knob = cylinder(radius * 0.45, 0.002, segments=24)
    pad = join(rim, knob).at(y=thick, z=place * length).painted(paint(d, *METALS))
    gap = radius * 1.4 / length
    fields = [(-0.43, place - gap), (place + gap, 0.42)]
    if d.chance(0.3):
        fields = fields[1:]
    parts = [pad]
    for first, last in fields:
        if last - first > 0.05:
            parts.append(_rows(d, wide, length, thick, first, last))
    return join(*parts)
