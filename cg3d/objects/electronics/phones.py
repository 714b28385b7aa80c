"""Telephones and tablets: cellular telephone, tablet computer, telephone."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import buttons, casing, panelled
from cg3d.objects.shapes.curves import arc, points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, GREY, METALS, paint
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, rod, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join

DARK = np.array([0.06, 0.07, 0.09])


@category
def tablet_computer(d: Draw) -> Solid:
    """A thin slate: bare, in a folding cover, in a thick frame for children, or on a stand; lying or leaning back."""
    kinds = {"tablet": _bare_tablet, "e-reader": _reader}
    kinds |= {"tablet in a cover": _covered_tablet, "tablet for children": _children_tablet}
    return one_of(d, {"tablet": _bare_tablet} if d.chance(0.5) else kinds)


def _screen(d: Draw) -> np.ndarray:
    """Off, or lit in some colour."""
    return DARK + d(0, 0.06) if d.chance(0.65) else paint(d) * d(0.5, 1.0)


def _slate(d: Draw, size: tuple[float, float, float], border: tuple[float, float], rgb: np.ndarray) -> Solid:
    """A plate of x, z and y, its screen up, with a border at its sides and at its ends.

    Args:
        size: width (x), length (z) and thickness.
        border: metres beside the screen, and before and behind it.
    """
    width, length, thick = size
    corner, bevel = width * d(0.03, 0.13), thick * d(0.15, 0.45)
    bezel = d.choice(np.stack([BLACK, BLACK, np.array(COLOURS["white"]), rgb]))
    front = (width - 2.2 * bevel, length - 2.2 * bevel, 0.0, bezel)
    inside = (max(border[0], 1.3 * bevel), max(border[1], 1.3 * bevel))
    glass = (width - 2 * inside[0], length - 2 * inside[1], 0.0, _screen(d))
    return panelled(size, corner, bevel, rgb, [front, glass])


def _bumps(d: Draw, width: float, length: float, thick: float) -> Solid:
    """The camera on the back and the keys at the side."""
    spot, reach = width * d(0.05, 0.12), d(0.0006, 0.002)
    eye = casing(spot, spot * d(1, 2), 2 * reach, spot * 0.4, reach * 0.4)
    key = casing(0.002, length * 0.08, thick * 0.35, 0.0008, 0.0004).at(x=width / 2, y=thick * 0.3, z=-length * 0.25)
    return join(eye.at(x=-width * 0.36, y=-reach, z=-length * 0.4), key, key.at(z=length * 0.13)).painted(BLACK)


def _leaning(d: Draw, slate: Solid, stand: Solid | None = None) -> Solid:
    """On its long or short edge, tipped back from upright."""
    turned = slate.turned("y", 90 if d.chance(0.6) else 0).grounded()
    tipped = turned.turned("x", d(55, 85)).grounded()
    return tipped if stand is None else join(tipped, stand).grounded()


def _flat_or_leaning(d: Draw, slate: Solid, flat: float = 0.65) -> Solid:
    if d.chance(flat):
        return (slate.turned("z", 180) if d.chance(0.2) else slate).grounded()
    return _leaning(d, slate, _stand(d, float(np.ptp(slate.vertices[:, 2])) * 0.5) if d.chance(0.4) else None)


def _stand(d: Draw, wide: float) -> Solid:
    """A shallow foot with a lip in front."""
    foot = casing(wide, wide * 0.7, 0.01, 0.02, 0.003)
    lip = casing(wide * 0.8, 0.008, 0.02, 0.003, 0.002).at(z=wide * 0.25)
    rear = casing(wide * 0.5, 0.01, wide * 0.7, 0.004, 0.003).turned("x", -12).at(y=0.005, z=-wide * 0.28)
    return join(foot, lip, rear).painted(paint(d, *METALS))


def _tablet_size(d: Draw) -> tuple[float, float, float]:
    length = d(0.18, 0.3)
    return length * d(0.58, 0.78), length, d(0.006, 0.013)


def _bare_tablet(d: Draw) -> Solid:
    width, length, thick = _tablet_size(d)
    edge = width * d(0.03, 0.11)
    ends = edge * d(1.0, 2.0)
    slate = _slate(d, (width, length, thick), (edge, ends), paint(d, "grey", "black", "white", "pink", "blue"))
    parts = [slate, _bumps(d, width, length, thick)]
    if ends > 0.012 and d.chance(0.7):
        parts.append(cylinder(0.0055, 0.0012, segments=24).at(y=thick, z=length / 2 - ends / 2).painted(DARK + 0.1))
    return _flat_or_leaning(d, join(*parts))


def _reader(d: Draw) -> Solid:
    """A smaller slate with a pale screen and a broad border below, sometimes with keys in it."""
    width, length, thick = d(0.11, 0.14), d(0.16, 0.2), d(0.008, 0.012)
    rgb = paint(d, "black", "grey", "white")
    page = (width * 0.8, length * 0.76, -length * 0.05, np.array([0.8, 0.8, 0.77]))
    parts = [panelled((width, length, thick), 0.008, thick * 0.4, rgb, [page])]
    if d.chance(0.5):
        places = [(x * width, length * 0.43) for x in np.linspace(-0.3, 0.3, d.count(2, 6))]
        parts.append(buttons(places, 0.01, 0.006, 0.001).at(y=thick).painted(paint(d, *METALS)))
    return _flat_or_leaning(d, join(*parts), 0.75)


def _covered_tablet(d: Draw) -> Solid:
    """The slate leans on a cover that is folded to a ridge behind it, or lies open beside it like a book."""
    width, length, thick = _tablet_size(d)
    cover, edge = paint(d), width * 0.07
    shell = casing(width * 1.03, length * 1.03, thick * 0.6, 0.01, 0.002).painted(cover)
    slate = join(_slate(d, (width, length, thick), (edge, edge), BLACK).at(y=thick * 0.35), shell)
    flap = casing(width * 1.03, length * 1.03, 0.003, 0.008, 0.001).painted(cover)
    if d.chance(0.5):
        return join(slate, flap.at(x=-width * 1.05))
    lean = d(50, 70)
    raised = slate.turned("y", 90).at(z=-width * 0.515).turned("x", lean)
    floor = flap.turned("y", 90).at(z=-width * 0.3)
    prop_height = width * 0.7 * np.sin(np.radians(lean))
    back = -width * 0.7 * np.cos(np.radians(lean))
    reach = prop_height / np.sin(np.radians(60))
    prop = casing(length * 1.0, reach, 0.003, 0.002, 0.001).at(z=-reach / 2).turned("x", -60)
    return join(raised, floor, prop.at(y=prop_height, z=back).painted(cover)).grounded()


def _children_tablet(d: Draw) -> Solid:
    """A small slate sunk in a fat soft frame with a handle on top."""
    width, length, rgb = d(0.13, 0.16), d(0.19, 0.23), paint(d)
    thick = d(0.02, 0.032)
    glass = (width * 0.72, length * 0.74, 0.0, _screen(d))
    frame = panelled((width, length, thick), 0.03, thick * 0.4, rgb, [glass])
    path = arc(length * 0.25, d(0.03, 0.05))
    grip = tube(path, thick * 0.33).turned("x", -90).turned("y", 90).at(x=-width * 0.47, y=thick / 2)
    whole = join(frame, grip.painted(rgb))
    return whole if d.chance(0.6) else whole.turned("y", -90).turned("x", d(60, 80)).grounded()


@category
def cellular_telephone(d: Draw) -> Solid:
    """A slab of glass, a bar with keys, or a clamshell open or shut."""
    kinds = {"flip phone": _flip_phone, "feature phone": _key_phone, "smartphone": _smartphone}
    return one_of(d, kinds if d.chance(0.6) else {"smartphone": _smartphone})


def _smartphone(d: Draw) -> Solid:
    length, thick = d(0.115, 0.168), d(0.007, 0.012)
    width = length * d(0.46, 0.54)
    rgb = paint(d)
    edge = width * d(0.02, 0.07)
    ends = edge if d.chance(0.5) else length * d(0.08, 0.13)
    parts = [_slate(d, (width, length, thick), (edge, ends), rgb), _bumps(d, width, length, thick)]
    if ends > length * 0.07:
        parts.append(cylinder(width * 0.08, 0.001, segments=20).at(y=thick, z=length / 2 - ends / 2).painted(rgb))
    return _flat_or_leaning(d, join(*parts), 0.7)


def _pad(width: float, length: float, thick: float, rgb: np.ndarray) -> Solid:
    """Four rows of three keys and a round one above them, about z = 0 on a face at y = `thick`."""
    places = [(x * width * 0.29, z * length) for z in (-0.1, 0.08, 0.26, 0.44) for x in (-1, 0, 1)]
    keys = buttons(places, width * 0.24, length * 0.12, 0.0012)
    ring = cylinder(width * 0.17, 0.0015, segments=24).at(z=-length * 0.33)
    sides = buttons([(-width * 0.33, -length * 0.3), (width * 0.33, -length * 0.3)], width * 0.2, length * 0.1, 0.001)
    return join(keys, ring, sides).at(y=thick).painted(rgb)


def _key_phone(d: Draw) -> Solid:
    length = d(0.1, 0.135)
    width, thick, rgb = length * d(0.38, 0.46), d(0.013, 0.022), paint(d)
    glass = (width * 0.72, length * 0.3, -length * 0.25, _screen(d))
    body = panelled((width, length, thick), width * d(0.12, 0.35), thick * 0.35, rgb, [glass])
    keys = _pad(width * 0.95, length * 0.45, thick, paint(d, "white", "grey", "black")).at(z=length * 0.22)
    parts = [body, keys]
    if d.chance(0.3):
        stub = cylinder(0.004, length * 0.2, 0.003).turned("x", -90).at(x=width * 0.35, y=thick / 2, z=-length * 0.48)
        parts.append(stub.painted(rgb))
    return _flat_or_leaning(d, join(*parts), 0.85)


def _flip_phone(d: Draw) -> Solid:
    half, thick = d(0.08, 0.1), d(0.009, 0.013)
    width, rgb = half * d(0.5, 0.6), paint(d)
    shell = casing(width, half, thick, width * 0.2, thick * 0.35).painted(rgb)
    glass = (width * 0.76, half * 0.66, 0.0, _screen(d))
    face = panelled((width, half, thick), width * 0.2, thick * 0.35, rgb, [glass])
    low = join(shell, _pad(width * 0.95, half * 0.85, thick, paint(d, *METALS)))
    lid = face.at(y=-thick, z=-half / 2)  # its hinge on the x axis
    hinge = cylinder(thick * 0.55, width * 0.8, segments=16).turned("z", 90).at(x=width * 0.4)
    angle = 178.0 if d.chance(0.25) else d(-5, 50)
    whole = join(low.at(y=-thick, z=half / 2), lid.turned("x", angle), hinge.painted(rgb))
    return whole.grounded()


@category
def telephone(d: Draw) -> Solid:
    """A handset along x across a wedge with a dial, beside keys and a display, or upright in its charger."""
    return one_of(d, {"corded telephone": _classic, "desk telephone": _desk, "cordless telephone": _cordless})


def _handset(d: Draw, length: float, thick: float) -> Solid:
    """A bowed grip along x with the two cups below its ends, which rest on y = 0."""
    rise = thick * d(1.6, 2.4)
    x = np.linspace(-0.5, 0.5, 13)
    path = points(x * length * 0.9, rise - rise * 0.35 * (2 * x) ** 4, 0 * x)
    grip = tube(path, thick * (0.75 + 0.35 * np.abs(2 * x) ** 2), flatten=d(0.9, 1.3))
    cup = lathe(
        [(0, 0), (thick * 1.35, 0), (thick * 1.45, thick * 0.4), (thick * 0.8, thick * 1.3), (0, thick * 1.5)], 24
    )
    return join(grip, cup.at(x=-length * 0.42), cup.at(x=length * 0.42))


def _coil(start: tuple[float, float, float], end: tuple[float, float, float]) -> Solid:
    """The curly cord, sagging to the table."""
    t = np.linspace(0, 1, 90)[:, None]
    line = np.array(start) * (1 - t) + np.array(end) * t
    line[:, 1] = np.maximum(line[:, 1] - 0.05 * np.sin(np.pi * t[:, 0]), 0.006)
    turn = 2 * np.pi * 15 * t[:, 0]
    return tube(line + 0.005 * points(0 * turn, np.cos(turn), np.sin(turn)), 0.0018, segments=6)


def _classic(d: Draw) -> Solid:
    """A body that rises to a cradle, with a finger wheel, or square keys, on its slope."""
    wide, deep, back = d(0.18, 0.22), d(0.18, 0.22), d(0.09, 0.12)
    rgb = paint(d, "black", "black", "red", "green", "beige", "white", "turquoise")
    body = casing(wide, deep, back, 0.03, 0.012, 0.72)
    body.vertices[:, 2] -= 0.25 * deep * np.clip(body.vertices[:, 1] / back, 0, 1) ** 0.5
    size, lean = wide * 0.33, 48
    plate = lathe([(0, 0), (size * 1.1, 0), (size, 0.012), (0, 0.012)])
    turn = np.radians(np.arange(10) * 28 - 10)
    spots = [
        cylinder(size * 0.13, 0.016, segments=14).at(x=size * 0.75 * np.cos(a), z=size * 0.75 * np.sin(a)) for a in turn
    ]
    hub = cylinder(size * 0.42, 0.018, segments=24)
    if d.chance(0.7):
        face = join(plate.painted(rgb), join(*spots).painted(COLOURS["white"]), hub.painted(GREY))
    else:
        grid = [(x * size * 0.5, z * size * 0.42) for x in (-1, 0, 1) for z in (-1.5, -0.5, 0.5, 1.5)]
        face = buttons(grid, size * 0.36, size * 0.3, 0.006).at(y=0.008).painted(COLOURS["white"])
    face = face.turned("x", lean).at(y=back * 0.55, z=deep * 0.18)
    prongs = [
        superellipsoid(0.02, 0.03, 0.045, 0.5).at(x=x * wide * 0.27, y=back - 0.008, z=-deep * 0.26) for x in (-1, 1)
    ]
    thick = d(0.017, 0.022)
    handset = _handset(d, d(0.2, 0.24), thick).at(y=back + 0.005, z=-deep * 0.26)
    cord = _coil((-wide * 0.5, back + 0.02, -deep * 0.26), (-wide * 0.5, 0.015, deep * 0.2))
    return join(
        body.painted(rgb), join(*prongs).painted(rgb), face, handset.painted(rgb), cord.painted(BLACK)
    ).grounded()


def _desk(d: Draw) -> Solid:
    """A tilted slab with the handset along its left side, a display and fields of keys."""
    wide, deep = d(0.17, 0.24), d(0.17, 0.23)
    rgb, thick = paint(d, "black", "black", "grey", "white", "beige"), d(0.025, 0.04)
    shown = (wide * 0.45, deep * 0.2, -deep * 0.28, np.array([0.45, 0.52, 0.45]) if d.chance(0.6) else BLACK)
    body = panelled((wide, deep, thick), 0.012, 0.006, rgb, [shown])
    pad = wide * 0.085
    grid = [(wide * 0.1 + x * pad, deep * 0.06 + z * pad) for x in (-1, 0, 1) for z in range(4)]
    keys = [buttons(grid, pad * 0.75, pad * 0.65, 0.0025)]
    if d.chance(0.7):
        keys.append(
            buttons([(wide * 0.38, z * deep) for z in np.linspace(-0.3, 0.4, 7)], wide * 0.12, deep * 0.05, 0.002)
        )
    handset = _handset(d, min(deep * 1.05, 0.21), 0.016).turned("y", 90).at(x=-wide * 0.35, y=thick + 0.001)
    slab = join(body, join(*keys).at(y=thick).painted(paint(d, *METALS)), handset.painted(rgb))
    tilt = d(8, 30)
    tipped = slab.turned("x", tilt).grounded()
    prop = casing(wide * 0.6, 0.02, deep * np.sin(np.radians(tilt)) * 0.85, 0.006, 0.003).at(z=-deep * 0.35)
    prop = prop.painted(rgb)
    cord = _coil((-wide * 0.35, thick, deep * 0.45), (-wide * 0.62, 0.015, -deep * 0.3))
    return join(tipped, prop, cord.painted(BLACK)).grounded()


def _cordless(d: Draw) -> Solid:
    """A slim handset with keys, upright in a cup or lying; some have a stub of an aerial."""
    length, rgb = d(0.14, 0.18), paint(d, "black", "grey", "white", "blue")
    wide, thick = length * d(0.28, 0.36), d(0.02, 0.03)
    shown = (wide * 0.62, length * 0.2, -length * 0.2, np.array([0.5, 0.56, 0.5]))
    body = panelled((wide, length, thick), wide * 0.3, 0.006, rgb, [shown])
    pitch = length * 0.085
    grid = [(x * wide * 0.27, length * 0.03 + z * pitch) for x in (-1, 0, 1) for z in range(5)]
    keys = buttons(grid, wide * 0.2, pitch * 0.6, 0.0015).at(y=thick).painted(paint(d, *METALS))
    ear = hoop(wide * 0.15, 0.0012, 20).at(y=thick, z=-length * 0.4).painted(BLACK)
    parts = [body, keys, ear]
    if d.chance(0.35):
        parts.append(
            rod((wide * 0.3, thick / 2, -length * 0.47), (wide * 0.3, thick / 2, -length * 0.66), 0.005).painted(rgb)
        )
    handset = join(*parts)
    if d.chance(0.35):
        return handset.grounded()
    upright = handset.turned("x", d(72, 84)).grounded().at(y=0.012)
    cup = casing(wide * d(1.3, 2.0), wide * d(1.4, 1.9), d(0.03, 0.045), wide * 0.3, 0.008, 0.9)
    return join(upright, cup.painted(rgb if d.chance(0.6) else BLACK)).grounded()
