"""Helmets."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, GREY, metal, paint
from cg3d.objects.shapes.primitives import beam, cylinder, loft, superellipsoid, tube
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.solid import Solid, join, mirrored

_AROUND = -np.arange(48) * 2 * np.pi / 48  # 0 is +x, the right; the face is at -pi * 3 / 2, +z


@category
def helmet(d: Draw) -> Solid:
    """A hard hat, a cycling, motorcycle, football, skateboard or army helmet, now and then upside down; its face towards +z."""
    kinds = {"bicycle helmet": _cycling, "motorcycle helmet": _full_face, "hard hat": _hard_hat}
    kinds |= {"football helmet": _football, "skateboard helmet": _skate, "army helmet": _army}
    whole = one_of(d, kinds)
    return toppled(d, whole, 0.12, "x", 180)


def _shell(width: float, length: float, height: float, edge: np.ndarray, wall: float, squareness: float = 0.0) -> Solid:
    """A hollow cap: `edge` (48,) is how far down each part of the rim reaches, metres, 0 at the widest level."""
    power = 1 - 0.5 * squareness
    up = np.linspace(0, np.pi / 2 - 0.02, 12)
    rings = []
    for inset, order in ((0.0, 1), (wall, -1)):
        half = [np.cos(up) ** power, np.sin(up) ** power]
        layer = []
        for k in range(12):
            x = (width / 2 - inset) * half[0][k] * np.cos(_AROUND)
            z = (length / 2 - inset) * half[0][k] * np.sin(_AROUND)
            layer.append(points(x, (height - inset) * half[1][k], z))
        skirt = [
            layer[0] * (s, 1, s) - points(0 * edge, edge * t, 0 * edge)
            for t, s in ((1.0, 0.93), (0.66, 0.97), (0.33, 0.995))
        ]
        rings += [*skirt, *layer][::order]
    return loft(rings)


def _bump(at: float, wide: float) -> np.ndarray:
    """(48,) 1 at the direction `at` (0 right, 1 back, 2 left, 3 front, in quarter turns), falling to 0 round it."""
    away = np.angle(np.exp(1j * (-_AROUND - np.pi / 2 * at)))
    return np.asarray(np.exp(-((away / wide) ** 2)))


def _size(d: Draw) -> tuple[float, float, float]:
    length = d(0.24, 0.31)
    return length * d(0.74, 0.86), length, length * d(0.42, 0.52)


def _chin_strap(width: float, drop: float) -> Solid:
    """Two webbing bands from each side that meet under the chin."""
    low = -drop
    path = [(-width * 0.43, 0, 0.03), (-width * 0.38, low * 0.6, 0.015), (0, low, 0.02)]
    path += [(width * 0.38, low * 0.6, 0.015), (width * 0.43, 0, 0.03)]
    back = tube(
        smooth([(width * 0.43, 0, -0.05), (width * 0.39, low * 0.55, 0.0), (width * 0.3, low * 0.75, 0.015)], 4),
        0.007,
        8,
        0.3,
    )
    return join(tube(smooth(path, 5), 0.008, 8, 0.3), mirrored(back)).painted(BLACK)


def _cycling(d: Draw) -> Solid:
    """Long ridges of foam with dark slots between them, perhaps a peak."""
    width, length, height = _size(d)
    edge = 0.02 + 0.03 * _bump(1, 0.8) + 0.012 * _bump(0, 0.5) + 0.012 * _bump(2, 0.5)
    body = _shell(width, length, height, edge, 0.022)
    ridges, deep = d.count(2, 5), d(0.012, 0.03)
    x, y, z = body.vertices.T
    across = x / (width / 2) * ridges * np.pi
    run = np.clip(1.1 - np.abs(np.abs(z / (length / 2)) - 0.4) * 1.6, 0, 1) * (y > 0.01)
    slot = (0.5 - 0.5 * np.cos(across + np.pi)) ** 2 * run
    outer = np.arange(len(x)) < 15 * 48
    shrink = 1 - np.where(outer, slot * deep / height, 0)
    body = body.reshaped(body.vertices * shrink[:, None]).painted(paint(d))
    dark = slot[body.faces].mean(axis=1) > 0.55
    lining = ~outer[body.faces].any(axis=1)
    parts = [body.painted_where(lining | (dark & outer[body.faces].all(axis=1)), BLACK)]
    if d.chance(0.35):
        parts.append(_peak(width * 0.7, length, 0.05, -0.005).painted(paint(d)))
    if d.chance(0.7):
        parts.append(_chin_strap(width, d(0.08, 0.14)))
    return join(*parts).grounded()


def _peak(width: float, length: float, reach: float, y: float) -> Solid:
    """A short brim over the face."""
    across = np.linspace(-1, 1, 13)
    inner = points(across * width / 2, 0 * across + y, length / 2 * np.sqrt(1 - (across * 0.8) ** 2) - 0.012)
    outer = inner + points(0 * across, -reach * 0.3 - 0.01 * across**2, reach * np.sqrt(1.02 - across**2))
    rows = [inner, outer, outer + np.array([0, 0.004, 0]), inner + np.array([0, 0.004, 0])]
    return loft(np.stack(rows, axis=1)[::-1])


def _full_face(d: Draw) -> Solid:
    """A closed ball with a dark visor, a chin bar and vents, or an open face."""
    width, length, height = d(0.21, 0.25), d(0.27, 0.33), d(0.12, 0.14)
    low = d(0.11, 0.14)
    open_face = d.chance(0.3)
    front = _bump(3, 0.75 if open_face else 0.5)
    edge = low * (1 - front * (0.97 if open_face else 0.0)) - 0.02 * _bump(1, 0.7)
    body = _shell(width, length, height, edge, 0.03).painted(paint(d))
    if d.chance(0.5):
        centre = body.face_centres()
        stripe = np.abs(centre[:, 0] - d.pick(0.0, 0.05) * np.sign(centre[:, 0])) < d(0.012, 0.03)
        body = body.painted_where(stripe & (centre[:, 1] > 0), paint(d))
    hinge = mirrored(cylinder(0.02, 0.006, segments=16).turned("z", -90).at(x=width / 2 - 0.003, y=0.005, z=0.01))
    hinge = hinge.painted(GREY)
    visor = _visor(width, length, 0.035 if not open_face else 0.02, -0.07 if open_face else -0.055)
    parts = [body, hinge]
    if not open_face or d.chance(0.6):
        parts.append(visor.painted(paint(d, "black", "black", "grey", "blue")))
    if not open_face:
        vent = superellipsoid(0.05, 0.014, 0.02, 0.5).at(y=-low * 0.85, z=length / 2 - 0.016)
        parts.append(vent.painted(BLACK))
    return join(*parts).grounded()


def _visor(width: float, length: float, high: float, low: float) -> Solid:
    """A curved pane before the eyes, from temple to temple."""
    angle = np.linspace(0.12, np.pi - 0.12, 21)
    arch = np.sin(angle) ** 0.5
    rows = []
    for out, y in ((0.0, 0), (0.004, 0), (0.004, 1), (0.0, 1)):
        level = (low if y == 0 else high) * (0.25 + 0.75 * arch)
        tuck = 1 - 0.02 * (y == 0)
        rows.append(points((width / 2 * tuck + out) * np.cos(angle), level, (length / 2 * tuck + out) * np.sin(angle)))
    return loft(np.stack(rows, axis=1))


def _hard_hat(d: Draw) -> Solid:
    """A smooth dome with a peak or a brim all round, ridges over the crown and a harness inside."""
    width, length, height = d(0.2, 0.225), d(0.245, 0.28), d(0.13, 0.16)
    rgb = paint(d, "yellow", "white", "orange", "red", "blue", "green")
    body = _shell(width, length, height, np.full(48, 0.012), 0.004, 0.25)
    reach = 0.012 + d(0.03, 0.055) * _bump(3, 0.75) + (d(0.02, 0.04) if d.chance(0.3) else 0.0)
    rim = []
    for out, drop in ((-0.008, 0.0), (1.0, -0.012), (1.0, -0.008), (-0.008, 0.006), (-0.008, 0.0)):
        grow = reach if out > 0 else np.full(48, out)
        rim.append(points((width / 2 + grow) * np.cos(_AROUND), drop - 0.012, (length / 2 + grow) * np.sin(_AROUND)))
    parts = [body.painted(rgb), loft(rim, capped=False).painted(rgb)]
    for x in [0.0] if d.chance(0.5) else [-0.035, 0.0, 0.035]:
        arch = [
            (x, height * np.sin(a) * 0.985, -length / 2 * np.cos(a) * 0.96) for a in np.linspace(0.35, np.pi - 0.35, 15)
        ]
        parts.append(tube(np.array(arch), d(0.007, 0.013), 8, 0.7).painted(rgb))
    band = [
        points((width / 2 - inset) * np.cos(_AROUND), y, (length / 2 - inset) * np.sin(_AROUND))
        for inset, y in ((0.014, -0.02), (0.014, 0.01), (0.018, 0.01), (0.018, -0.02), (0.014, -0.02))
    ]
    return join(*parts, loft(band, capped=False).painted(BLACK)).grounded()


def _football(d: Draw) -> Solid:
    """A round shell over the ears, with a face guard of bars and a stripe."""
    width, length, height = d(0.21, 0.24), d(0.26, 0.29), d(0.12, 0.135)
    edge = 0.13 * (1 - 0.95 * _bump(3, 0.8)) - 0.02 * _bump(1, 0.6)
    body = _shell(width, length, height, edge, 0.018).painted(paint(d))
    centre = body.face_centres()
    body = body.painted_where(np.abs(centre[:, 0]) < d(0.008, 0.02), paint(d))
    rgb, bars = paint(d, "grey", "white", "black", "red", "blue"), []
    for y, reach in ((-0.05, 0.05), (-0.085, 0.06), (-0.12, 0.05))[: d.count(2, 4)]:
        angle = np.linspace(0.35, np.pi - 0.35, 15)
        path = points(width * 0.52 * np.cos(angle), y, 0.02 + (length * 0.42 + reach) * np.sin(angle))
        bars.append(tube(path, 0.0045, 8))
    posts = [
        beam((x, -0.04, 0.02 + length * 0.42 + 0.04), (x, -0.125, 0.02 + length * 0.42 + 0.04), 0.008, 0.008)
        for x in (-0.035, 0.035)
    ]
    return join(body, *(bar.painted(rgb) for bar in [*bars, *posts])).grounded()


def _skate(d: Draw) -> Solid:
    """A plain round shell with holes on its top and a level rim."""
    width, length, height = _size(d)
    edge = 0.045 + 0.02 * _bump(1, 0.8) - 0.015 * _bump(3, 0.7)
    parts = [_shell(width, length, height, edge, 0.018).painted(paint(d))]
    for z in (0.32, -0.32):
        for x in (-0.28, 0.0, 0.28):
            y = height * np.sqrt(1 - (2 * x * 0.6) ** 2 - (2 * z * 0.85) ** 2)
            hole = cylinder(0.012, 0.008, segments=12).scaled(z=1.5).at(x * width * 0.6, y - 0.006, z * length * 0.85)
            parts.append(hole.painted(BLACK))
    if d.chance(0.7):
        parts.append(_chin_strap(width, d(0.09, 0.15)))
    return join(*parts).grounded()


def _army(d: Draw) -> Solid:
    """A steel bowl with a flared rim."""
    width, length, height = _size(d)
    edge = 0.04 + d(0, 0.03) * (_bump(0, 0.6) + _bump(2, 0.6) + _bump(1, 0.6))
    body = _shell(width, length, height, edge, 0.005)
    flare = 1 + d(0.06, 0.2) * np.clip(-body.vertices[:, 1:2] / 0.05, 0, 1.2) * (1, 0, 1)
    whole = body.reshaped(body.vertices * flare).painted(paint(d, "green", "grey", "beige", "brown"))
    parts = [whole.painted(metal(d)) if d.chance(0.2) else whole]
    if d.chance(0.5):
        parts.append(_chin_strap(width, d(0.07, 0.12)))
    return join(*parts).grounded()
