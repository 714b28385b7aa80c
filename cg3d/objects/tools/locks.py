"""What locks and unlocks: key, padlock."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import buttons, casing
from cg3d.objects.shapes.curves import arc, ellipse, points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, BRASS, GREY, paint
from cg3d.objects.shapes.primitives import box, cylinder, hoop, lathe, loft, stacked, tube
from cg3d.objects.shapes.resting import laid
from cg3d.objects.shapes.solid import Colour, Solid, join, mirrored

NICKEL, CHROME, DARK = (0.74, 0.73, 0.69), (0.78, 0.79, 0.81), (0.2, 0.2, 0.2)


@category
def key(d: Draw) -> Solid:
    """Of a door, with cuts or dimples, bare or with a coloured head; of a car, with buttons; an old one; a bunch on a ring."""
    kinds = {"house key": _house_key, "dimple key": _dimple_key, "capped key": _capped_key}
    kinds |= {"car key": _car_key, "skeleton key": _skeleton_key, "bunch of keys": _bunch}
    return laid(d, one_of(d, kinds), 0.85)


def _metal(d: Draw) -> np.ndarray:
    return np.clip(np.array(d.pick(BRASS, NICKEL, CHROME, NICKEL)) + d.normal(0, 0.02, 3), 0, 1)


def _pierced(outline: np.ndarray, hole: np.ndarray, thick: float) -> Solid:
    """An upright plate about z = 0 with a hole; the outlines (K, 2) have as many points and begin in one direction."""
    rim = [(outline * 0.97, -thick / 2), (outline, -thick * 0.3), (outline, thick * 0.3), (outline * 0.97, thick / 2)]
    inner = [(hole, thick / 2), (hole, -thick / 2)]
    return stacked([*rim, *inner, rim[0]], capped=False).turned("x", 90)


def _bow(d: Draw, wide: float, thick: float) -> Solid:
    """The head that one holds, about the origin: round, square, of three lobes or six corners, its hole near the top."""
    angle = np.arange(48) * np.pi / 24
    shapes = [
        1 + 0 * angle,
        1 + 0.1 * np.cos(4 * angle + np.pi),
        1 + 0.12 * np.sin(3 * angle),
        1 + 0.035 * np.cos(6 * angle),
    ]
    reach = wide / 2 * shapes[d.count(0, len(shapes))]
    outline = points(reach * np.cos(angle), reach * np.sin(angle) * d(0.8, 1.0))
    hole = ellipse(wide * d(0.18, 0.5), wide * d(0.16, 0.26), 48)
    return _pierced(outline, hole - (0, wide * 0.2), thick)


def _blade(length: float, wide: float, thick: float, cuts: np.ndarray, both: bool = False) -> Solid:
    """The flat part that enters the lock, down from the origin to its blunt tip, with `cuts` in parts of its width."""
    steps = 6
    y = -length * np.linspace(0, 1, len(cuts) * steps)
    depth = wide * np.interp(np.arange(len(y)) / steps, np.arange(len(cuts)) + 0.35, cuts)
    tip = wide * 0.35 * np.clip((np.arange(len(y)) - len(y) + 5) / 4, 0, 1)
    left, right = -wide / 2 + tip + (depth if both else 0), wide / 2 - tip - depth
    corners = [points(x, y, z * thick / 2) for x, z in ((right, -1), (right, 1), (left, 1), (left, -1))]
    return loft(np.stack(corners, axis=1))


def _cut_blade(d: Draw, length: float, wide: float, thick: float) -> Solid:
    """A blade with five to seven cuts behind a plain shoulder, and the groove along it."""
    cuts = np.concatenate([[0, 0], d.uniform(0.04, 0.42, d.count(5, 8)), [0.15]])
    groove = box(wide * 0.16, length * 0.92, thick * 1.06).at(x=-wide * 0.2, y=-length * 0.94)
    return join(_blade(length, wide, thick, cuts), groove.painted(np.full(3, 0.45)))


def _door_key(d: Draw, blade: Solid, wide: float, thick: float, rgb: np.ndarray) -> Solid:
    """A bow and a collar over a blade that hangs from the origin."""
    collar = box(wide * 0.45, 0.005, thick).at(y=-0.002)
    shaded = blade.painted_where(blade.face_rgb[:, 0] > 0.5, rgb)
    return join(shaded, join(_bow(d, wide, thick).at(y=wide * 0.42), collar).painted(rgb))


def _house_key(d: Draw) -> Solid:
    thick = d(0.0019, 0.0024)
    blade = _cut_blade(d, d(0.026, 0.034), d(0.0078, 0.009), thick)
    return _door_key(d, blade, d(0.021, 0.027), thick, _metal(d))


def _dimple_key(d: Draw) -> Solid:
    """Straight edges, and round dents in the flat sides."""
    thick, long, wide, rgb = d(0.0024, 0.003), d(0.03, 0.036), d(0.0078, 0.009), _metal(d)
    dent = cylinder(0.0014, thick * 1.04, segments=12).at(y=-thick * 0.52).turned("x", 90).painted(rgb * 0.45)
    dents = [dent.at(x=wide * d.pick(-0.2, 0.05, 0.22), y=-long * (0.16 + 0.14 * k)) for k in range(6)]
    return join(_door_key(d, _blade(long, wide, thick, np.zeros(6)), d(0.024, 0.029), thick, rgb), *dents)


def _capped_key(d: Draw) -> Solid:
    """A door key whose head is sheathed in coloured plastic."""
    thick, wide, rgb = d(0.0019, 0.0024), d(0.023, 0.028), _metal(d)
    blade = _cut_blade(d, d(0.026, 0.034), d(0.0078, 0.009), thick)
    shaded = blade.painted_where(blade.face_rgb[:, 0] > 0.5, rgb)
    head = _bow(d, wide, d(0.004, 0.006)).at(y=wide * 0.42)
    return join(shaded, head.painted(paint(d)), box(wide * 0.4, 0.006, thick).at(y=-0.003).painted(rgb))


def _car_key(d: Draw) -> Solid:
    """A thick head of black plastic, with or without buttons, over a blade that is cut on both edges."""
    wide, tall, thick = d(0.028, 0.038), d(0.036, 0.048), d(0.009, 0.014)
    head = casing(wide, tall, thick, wide * d(0.25, 0.48), thick * 0.35, d(0.9, 1.0))
    parts = [head.painted(paint(d, "black", "black", "grey"))]
    if d.chance(0.75):
        count = d.count(1, 4)
        spots = [(0.0, tall * 0.24 * (k - (count - 1) / 2)) for k in range(count)]
        parts.append(buttons(spots, wide * 0.45, tall * 0.17, 0.0006).at(y=thick).painted(np.full(3, d(0.3, 0.6))))
    badge = (
        cylinder(wide * 0.13, 0.001, segments=20)
        .at(y=thick * 0.95, z=-tall * 0.4)
        .painted(paint(d, "grey", "blue", "red"))
    )
    lying = join(*parts, badge).at(y=-thick / 2).turned("x", 90)
    cuts = np.concatenate([[0, 0], d.uniform(0.04, 0.2, 6), [0.05]])
    blade = _blade(d(0.034, 0.042), d(0.008, 0.0095), 0.0024, cuts, both=True).at(y=-tall / 2 + 0.003)
    loop = hoop(0.0045, 0.0015, 24).turned("x", 90).at(y=tall / 2 + 0.002)
    return join(lying, blade.painted(CHROME), loop.painted(GREY))


def _skeleton_key(d: Draw) -> Solid:
    """An iron or brass shank with collars, a looped head, and a bit with a notch or two."""
    long, thin = d(0.04, 0.062), d(0.0022, 0.0034)
    rgb = _metal(d) if d.chance(0.35) else np.array(d.pick((0.32, 0.27, 0.22), DARK, (0.42, 0.3, 0.2)))
    knots = [(thin, 0), (thin, long * 0.72), (thin * 1.7, long * 0.76), (thin, long * 0.8), (thin * 1.7, long * 0.9)]
    shank = lathe([(0, 0), *knots, (thin, long), (0, long)], 18)
    size = long * d(0.13, 0.18)
    loop = hoop(size, thin * 0.75, 32).turned("x", 90).scaled(x=d(1.0, 1.4)).at(y=size)
    lobes = [loop.resized(0.65).turned("z", turn) for turn in (-80, 0, 80)] if d.chance(0.35) else [loop]
    reach, tall = long * d(0.16, 0.24), long * d(0.18, 0.26)
    teeth = [(1.0, 0.0, 0.34), (d(0.5, 0.75), 0.33, 0.3), (d(0.8, 1.0), 0.62, 0.38)]
    bit = [
        box(reach * far, tall * part, thin).at(x=reach * far / 2, y=thin * 2 + tall * low) for far, low, part in teeth
    ]
    return join(shank, join(*lobes).at(y=long * 0.99), *bit).painted(rgb)


def _bunch(d: Draw) -> Solid:
    """Two to four keys fanned out on a split ring, now and then with a tag."""
    ring, thin = d(0.011, 0.015), 0.0011
    loop = join(*(hoop(ring, thin, 32).turned("x", 90).at(z=z) for z in (-thin * 0.8, thin * 0.8)))
    parts, makers = [loop.painted(CHROME)], (_house_key, _house_key, _dimple_key, _capped_key)
    count = d.count(2, 5)
    spread = d(28, 60)
    for k in range(count):
        made = d.pick(*makers)(d)
        hung = made.at(y=-float(made.vertices[:, 1].max()) + 0.004 - ring, z=(k - (count - 1) / 2) * 0.0028)
        parts.append(hung.turned("z", (k - (count - 1) / 2) * spread + d.normal(0, 5)))
    if d.chance(0.4):
        tag = casing(d(0.02, 0.03), d(0.03, 0.045), 0.003, 0.006, 0.0008).turned("x", 90).painted(paint(d))
        parts.append(tag.at(y=-ring - 0.024).turned("z", 180 + d(-15, 15)))
    return join(*parts)


@category
def padlock(d: Draw) -> Solid:
    """A body under a shackle, shut or open: brass, coloured, laminated, round; with a dial, or wheels of figures."""
    kinds = {"brass padlock": _brass_padlock, "coloured padlock": _coloured_padlock, "laminated padlock": _laminated}
    kinds |= {"disc padlock": _disc, "dial padlock": _dial, "combination padlock": _wheels}
    return laid(d, one_of(d, kinds), 0.7)


def _shackle(d: Draw, gap: float, thin: float, high: float, low: float) -> Solid:
    """The bow between two holes `gap` apart, `high` over y = 0; open, it is drawn out and swung round its longer leg."""
    bow = arc(gap / 2, gap / 2, 0, 180, 13) + np.array((0, high - gap / 2, 0))
    bar = tube([(gap / 2, -low, 0), *bow, (-gap / 2, -low * 2, 0)], thin, 14)
    if d.chance(0.2):
        bar = bar.at(x=gap / 2, y=low * 1.6).turned("y", d.pick(0.0, d(15, 170))).at(x=-gap / 2)
    return bar.painted(np.array(d.pick(CHROME, CHROME, GREY, NICKEL, DARK)))


def _keyhole(d: Draw, y: float, rgb: Colour) -> list[Solid]:
    """The turning plug with its slot in the underside at height `y`, now and then with the key in it."""
    plug = cylinder(0.0055, 0.001, segments=20).at(y=y - 0.0006).painted(rgb)
    slot = box(0.0012, 0.0004, 0.006).at(y=y - 0.0009).painted(BLACK)
    if not d.chance(0.2):
        return [plug, slot]
    inserted = _house_key(d).resized(0.75).turned("z", 180).turned("y", d.pick(0, 90)).at(y=y - 0.006)
    return [plug, inserted]


def _bowed(d: Draw, body: Solid, wide: float, long: float = 1.0) -> list[Solid]:
    """The body, whose top is y = 0, with its shackle, `long` times as high as usual."""
    gap, thin = wide * d(0.55, 0.66), wide * d(0.065, 0.09)
    return [body, _shackle(d, gap, thin, wide * d(0.55, 0.75) * long, 0.006)]


def _block(d: Draw, wide: float, rgb: Colour) -> Solid:
    """A cast body with rounded edges, its top at y = 0, and the ledge or stamp on its front."""
    tall, deep = wide * d(0.75, 1.05), wide * d(0.28, 0.4)
    body = casing(wide, deep, tall, deep * d(0.2, 0.48), deep * d(0.06, 0.2)).painted(rgb)
    stamp = casing(wide * d(0.3, 0.6), tall * d(0.12, 0.3), 0.0006, 0.001, 0.0002).turned("x", 90)
    stamp = stamp.at(y=tall * 0.55, z=deep / 2 - 0.0003).painted(np.asarray(rgb) * 0.75)
    return join(body, stamp).at(y=-tall)


def _brass_padlock(d: Draw) -> Solid:
    wide = d(0.025, 0.06)
    body = _block(d, wide, np.array(BRASS) + d.normal(0, 0.02, 3))
    hole = _keyhole(d, float(body.vertices[:, 1].min()), NICKEL)
    return join(*_bowed(d, body, wide, d.pick(1.0, 1.0, 1.7)), *hole)


def _coloured_padlock(d: Draw) -> Solid:
    """Of lacquered aluminium, or sheathed in plastic."""
    wide = d(0.03, 0.055)
    body = _block(d, wide, paint(d, "black", "red", "blue", "green", "grey", "orange", "purple"))
    return join(*_bowed(d, body, wide, d.pick(1.0, 1.3)), *_keyhole(d, float(body.vertices[:, 1].min()), BRASS))


def _laminated(d: Draw) -> Solid:
    """Riveted plates of steel between a bumper and a cap."""
    wide = d(0.035, 0.062)
    tall, deep, plates = wide * d(0.7, 0.85), wide * d(0.42, 0.55), d.count(8, 13)
    outline = rectangle(wide, deep, deep * 0.3)
    edges = [
        (k + part, size) for k in range(plates) for part, size in ((0.02, 0.96), (0.15, 1), (0.85, 1), (0.98, 0.96))
    ]
    pile = stacked([(outline * size, tall * (0.1 + 0.9 * level / plates)) for level, size in edges])
    rivet = cylinder(deep * 0.07, 0.001, segments=10).at(wide * 0.38, -0.0005, deep * 0.3).painted(GREY)
    bumper = casing(wide * 1.04, deep * 1.04, tall * 0.12, deep * 0.3, 0.001).painted(
        paint(d, "black", "blue", "red", "grey")
    )
    body = join(pile.painted(CHROME if d.chance(0.7) else GREY), mirrored(mirrored(rivet), "z"), bumper)
    return join(*_bowed(d, body.at(y=-tall), wide, d.pick(1.0, 1.0, 1.6)), *_keyhole(d, -tall, BRASS))


def _disc(d: Draw) -> Solid:
    """A round body of stainless steel that hides most of its short shackle."""
    radius, deep = d(0.03, 0.042), d(0.02, 0.028)
    edge = deep * d(0.15, 0.35)
    side = [(radius - edge, 0), (radius, edge), (radius, deep - edge), (radius - edge, deep)]
    drum = lathe([(0, 0), *side, (radius * 0.7, deep * 1.02), (0, deep * 1.02)], 44).turned("x", 90).at(z=-deep / 2)
    inner = hoop(radius * 0.75, radius * 0.035, 40).turned("x", 90).at(z=deep * 0.5)
    plug = cylinder(0.007, 0.002, segments=20).turned("x", 90).at(y=-radius * 0.4, z=deep * 0.5)
    slot = box(0.0014, 0.008, 0.001).at(y=-radius * 0.4 - 0.004, z=deep * 0.5 + 0.002)
    bow = _shackle(d, radius * d(0.85, 1.05), radius * 0.13, radius * d(0.35, 0.55), radius * 0.3).at(y=radius * 0.75)
    return join(join(drum, inner).painted(CHROME), plug.painted(NICKEL), slot.painted(BLACK), bow)


def _dial(d: Draw) -> Solid:
    """A round steel case with a black dial, its ticks and its knob in front."""
    radius, deep = d(0.022, 0.027), d(0.016, 0.021)
    case = lathe(
        [(0, 0), (radius * 0.9, 0), (radius, deep * 0.2), (radius, deep * 0.8), (radius * 0.94, deep), (0, deep)], 40
    )
    rgb = paint(d, "black", "black", "blue", "red", "green", "purple")
    face = cylinder(radius * 0.84, deep * 0.2, radius * 0.78).at(y=deep * 0.98).painted(rgb)
    tick = box(radius * 0.03, 0.0004, radius * 0.16).at(z=radius * 0.66, y=deep * 1.17).painted((0.92, 0.92, 0.9))
    ticks = [tick.turned("y", 360 * k / 24) for k in range(24)]
    knob = (
        lathe([(0, 0), (radius * 0.36, 0), (radius * 0.3, deep * 0.45), (0, deep * 0.5)], 24)
        .at(y=deep * 1.15)
        .painted(rgb)
    )
    front = join(case.painted(CHROME), face, *ticks, knob).turned("x", 90).at(z=-deep / 2)
    return join(
        front, _shackle(d, radius * 1.15, radius * 0.16, radius * d(1.0, 1.25), radius * 0.2).at(y=radius * 0.75)
    )


def _wheels(d: Draw) -> Solid:
    """Three or four ribbed wheels with figures, in a row across the front or the underside of the body."""
    wide, count = d(0.026, 0.044), d.count(3, 5)
    tall, deep = wide * d(1.1, 1.6), wide * d(0.38, 0.5)
    rgb = np.array(BRASS) if d.chance(0.3) else paint(d, "black", "grey", "red", "blue", "green", "pink")
    body = casing(wide, deep, tall, deep * d(0.2, 0.45), deep * 0.1).at(y=-tall).painted(rgb)
    radius, step = deep * 0.56, wide * 0.8 / count
    angle = np.arange(30) * np.pi / 15
    ribbed = points(np.cos(angle), np.sin(angle)) * (radius * (1 + 0.05 * np.cos(10 * angle)))[:, None]
    wheel = stacked([(ribbed, -step * 0.38), (ribbed, step * 0.38)]).painted(d.pick(DARK, CHROME, BRASS))
    figure = box(step * 0.3, radius * 0.25, 0.0004).at(y=-radius * 0.12, z=radius * 1.04)
    figure = figure.painted(GREY if wheel.face_rgb[0, 0] < 0.5 else BLACK)
    row = join(wheel.turned("z", 90), *(figure.turned("x", 36 * k) for k in range(10)))
    lines = [row.at(x=step * (k - (count - 1) / 2), y=-tall * 0.62) for k in range(count)]
    return join(*_bowed(d, body, wide, d.pick(1.0, 1.4)), *lines)
