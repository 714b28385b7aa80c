"""Computers and their parts: hard drive, keyboard, laptop computer, monitor, mouse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import buttons, casing, panelled
from cg3d.objects.shapes.curves import ellipse, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, METALS, PLASTICS, metal, paint
from cg3d.objects.shapes.primitives import beam, box, cylinder, loft, ribbon, slab, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored

SCREENS = ("black", "black", "blue", "turquoise", "purple", "green", "orange", "white")


def _keys(width: float, depth: float, rows: int, columns: int, height: float, sizes: Draw) -> Solid:
    """Rows of keycaps over a rectangle, standing on y = 0; the row nearest +z has the space bar."""
    pitch, row_pitch = width / columns, depth / rows
    cap = stacked([(rectangle(1, 1), 0.0), (rectangle(0.9, 0.9), height)])
    keys = []
    for row in range(rows):
        cells = (
            np.ones(columns - row % 2) if row < rows - 1 else np.array([1.2, 1.2, 1.2, columns * 0.42, 1.2, 1.2, 1.2])
        )
        cells = cells + (sizes.random(len(cells)) < 0.08) * 0.4
        cells *= columns * pitch / cells.sum()
        x = -width / 2 + np.cumsum(cells) - cells / 2
        z = -depth / 2 + (row + 0.5) * row_pitch
        keys += [
            cap.scaled(c - pitch * 0.12, 1, row_pitch * 0.86).at(x=x_, z=z) for c, x_ in zip(cells, x, strict=True)
        ]
    return join(*keys)


@category
def laptop_computer(d: Draw) -> Solid:
    """A keyboard and a screen joined by a hinge, at any angle of the lid from nearly shut to flat."""
    width = d(0.27, 0.4)
    depth, thick = width * d(0.62, 0.74), d(0.012, 0.028)
    rgb, dark = paint(d) if d.chance(0.3) else paint(d, *PLASTICS), paint(d, "black", "grey", "white")
    corner, screen = d(0.003, 0.018), paint(d, *SCREENS)
    base = slab(rectangle(width, depth, corner), thick).painted(rgb)
    keys = _keys(width * 0.88, depth * 0.45, 5, 14, 0.003, d).at(y=thick, z=-depth * 0.16).painted(dark)
    pad = slab(rectangle(width * 0.3, depth * 0.26, 0.004), 0.0015).at(y=thick, z=depth * 0.28)
    bezel, lid = d(0.006, 0.018), thick * d(0.35, 0.6)
    glass = rectangle(width - 2 * bezel, depth - 2 * bezel, corner / 2)
    face_down = _screen(glass, rectangle(width, depth, corner), lid, rgb, screen).at(z=depth / 2)
    cover = face_down.turned("x", -d.pick(d(90, 135), d(25, 180)))
    shade = np.clip(rgb * 0.8 + 0.06, 0, 1)
    return join(base, keys, pad.painted(shade), cover.at(y=thick + 0.004, z=-depth / 2))


def _screen(glass: np.ndarray, case: np.ndarray, thick: float, rgb: np.ndarray, glass_rgb: np.ndarray) -> Solid:
    """A panel with the outline `case` that faces down; the part within `glass`, of as many points, has its own colour."""
    panel = stacked([(glass, 0.0), (case, 0.0), (case, thick)]).painted(rgb)
    fan = panel.faces[:, 2] == len(panel.vertices) - 2  # the triangles that close the first section
    return replace(panel, face_rgb=np.where(fan[:, None], glass_rgb, panel.face_rgb))


@category
def computer_monitor(d: Draw) -> Solid:
    """A screen on a stand: flat on a foot, curved on two feet, or an old tube."""
    if d.chance(0.2):
        return _tube_monitor(d).called("CRT monitor")
    width = d(0.42, 0.85)
    height, lift = width * d.pick(0.75, 0.6, 0.5625, 0.43), d(0.08, 0.18)
    rgb, screen, bezel = paint(d, *PLASTICS), paint(d, *SCREENS), d(0.008, 0.03)
    curve = d.pick(0.0, 0.0, d(0.3, 0.9)) if width > 0.6 else 0.0
    panel = _bent_panel(width, height, 0.03, curve).painted(rgb)
    glass = _bent_panel(width - 2 * bezel, height - 2 * bezel, 0.004, curve).at(y=bezel, z=0.019).painted(screen)
    bump = superellipsoid(width * 0.5, height * 0.55, 0.06, 0.6).at(y=height * 0.2, z=-0.02).painted(rgb)
    head = join(panel, glass, bump).turned("x", -d(-3, 12))
    neck = box(d(0.04, 0.1), lift + height * 0.5, 0.025).at(z=-0.055)
    return join(head.at(y=lift), join(neck, *_monitor_foot(d, width)).painted(rgb if d.chance(0.7) else metal(d)))


def _bent_panel(width: float, height: float, thick: float, curve: float) -> Solid:
    """A panel about z = 0, standing on y = 0, whose edges come forward as `curve` (1 / metres) bids."""
    x = np.linspace(-width / 2, width / 2, 17 if curve else 2)
    return ribbon(points(x, -curve * x**2), height, thick).turned("x", -90).at(y=height / 2)


def _monitor_foot(d: Draw, width: float) -> list[Solid]:
    """A round or square plate, or two legs that spread forwards and a short one behind."""
    kind = d.integers(3)
    if kind == 0:
        return [slab(ellipse(width * 0.5, 0.2), 0.014)]
    if kind == 1:
        return [slab(rectangle(width * 0.42, 0.19, 0.02), 0.012)]
    leg = mirrored(beam((0, 0.03, -0.055), (width * 0.25, 0.008, 0.13), 0.035, 0.016))
    return [leg, beam((0, 0.03, -0.05), (0, 0.008, -0.13), 0.035, 0.016)]


def _tube_monitor(d: Draw) -> Solid:
    """A deep case that narrows towards the back, on a swivel foot."""
    width = d(0.34, 0.44)
    height, depth, rgb = width * d(0.8, 0.9), width * d(0.9, 1.1), paint(d, "beige", "grey", "black")
    sizes = [(1.0, 0.0), (1.0, depth * 0.22), (0.92, depth * 0.28), (0.6, depth * 0.85), (0.55, depth)]
    case = stacked([(rectangle(width * size, height * size, 0.02), y) for size, y in sizes]).turned("x", -90)
    glass = superellipsoid(width * 0.84, height * 0.8, 0.03, 0.85).at(y=-height * 0.37).painted(paint(d, *SCREENS))
    foot = join(cylinder(width * 0.36, 0.02), cylinder(width * 0.2, 0.05)).at(z=-depth * 0.35).painted(rgb)
    return join(join(case.painted(rgb), glass).turned("x", -4).at(y=height / 2 + 0.05), foot)


@category
def computer_keyboard(d: Draw) -> Solid:
    """Rows of keys in a flat case, with or without the number pad, straight or split and angled; sometimes with a cable."""
    depth, thick = d(0.12, 0.17), d(0.012, 0.03)
    case_rgb, key_rgb = paint(d, *PLASTICS), paint(d, *PLASTICS) if d.chance(0.6) else paint(d)
    main = depth * d(2.0, 2.25)
    blocks = [(main, 14)]
    if d.chance(0.7):
        blocks += [(main * 0.2, 3), (main * 0.27, 4)]
    rows, rise, gap = d.count(5, 7), d(0.005, 0.011), 0.012
    width = sum(size for size, _ in blocks) + gap * (len(blocks) + 1)
    case = (
        superellipsoid(width, thick, depth, 0.92)
        if d.chance(0.3)
        else slab(rectangle(width, depth, d(0.002, 0.02)), thick)
    )
    parts, left = [case.painted(case_rgb)], -width / 2 + gap
    for size, columns in blocks:
        field = _keys(size, depth * 0.86, rows, columns, rise, d).at(x=left + size / 2, y=thick * 0.98)
        parts.append(field.painted(key_rgb))
        left += size + gap
    board = join(*parts).turned("x", d(2, 8)).grounded()
    if d.chance(0.4):
        cable = smooth([(0, thick / 2, -depth / 2 + 0.01), (0.01, 0.006, -depth * 0.8), (-0.04, 0.004, -depth * 1.3)])
        board = join(board, tube(cable, 0.003).painted(case_rgb))
    return board


@category
def computer_mouse(d: Draw) -> Solid:
    """A palm-sized shell with two buttons and a wheel, with a cable or without."""
    length = d(0.095, 0.125)
    width, height = length * d(0.5, 0.64), length * d(0.27, 0.38)
    rgb, trim = paint(d, *PLASTICS) if d.chance(0.6) else paint(d), paint(d)
    waist, hump = d(0.0, 0.14), d(-0.15, 0.2)
    parts = [_mouse_shell(length, width, height, waist, hump).painted(rgb)]
    along = np.linspace(0.55, 0.95, 8)
    top = points((along - 0.5) * length, height * _mouse_side(along, hump))
    groove = ribbon(top, 0.003, 0.003).turned("y", -90).painted(BLACK)
    wheel = cylinder(0.009, 0.007).turned("z", 90).at(x=0.0035, y=top[4, 1] - 0.004, z=top[4, 0])
    parts += [groove, wheel.painted(trim)]
    if d.chance(0.3):
        parts.append(superellipsoid(width * 1.02, height * 0.35, length * 0.96, 0.3).at(y=0.001).painted(trim))
    if d.chance(0.65):
        reach = d(0.06, 0.14)
        curl = d(-0.6, 0.6) * reach
        cable = smooth([(0, 0.01, length * 0.46), (0, 0.006, length * 0.6), (curl, 0.003, length * 0.55 + reach)])
        parts.append(tube(cable, 0.0022).painted(rgb if d.chance(0.5) else BLACK))
    return join(*parts)


def _mouse_shell(length: float, width: float, height: float, waist: float, hump: float) -> Solid:
    """Flat below, arched above, narrower by `waist` in its middle, its highest point `hump` of the length behind."""
    t = np.linspace(0.02, 0.98, 22)
    plan = (1 - np.abs(2 * t - 1) ** 3.2) ** 0.5 * (1 - waist * np.sin(np.pi * t) ** 4)
    side = _mouse_side(t, hump)
    angle = np.linspace(0, np.pi, 15)
    rings = []
    for k, at in enumerate(t):
        x, y = plan[k] * width / 2 * np.cos(angle), side[k] * height * np.sin(angle) ** 0.7
        rings.append(points(x, y, (at - 0.5) * length))
    return loft(rings)


def _mouse_side(t: np.ndarray, hump: float) -> np.ndarray:
    """The height of a mouse, in parts of its greatest, along its length from back (0) to front (1)."""
    return np.sin(np.pi * t ** (1.0 + hump)) ** 0.55


@category
def hard_drive(d: Draw) -> Solid:
    """A rounded flat case for the pocket or the desk, with or without its cable, or the bare drive from a computer."""
    kinds = {"portable hard drive": _portable, "desktop hard drive": _desktop, "internal hard drive": _internal}
    return one_of(d, {"portable hard drive": _portable} if d.chance(0.3) else kinds)


def _case(d: Draw, wide: float, deep: float, thick: float) -> Solid:
    """A case that is smooth, or two shells with a seam, or banded round its middle; with a lamp and a badge."""
    rgb = paint(d, "black", "black", "grey", "white", "blue", "red", "orange", "green")
    corner, bevel = wide * d(0.03, 0.16), min(thick * d(0.06, 0.45), wide * 0.09)
    style, fields = d.random(), []
    if style < 0.35:  # a lid of another colour
        fields.append((wide - 2.5 * bevel, deep - 2.5 * bevel, 0.0, paint(d)))
    shift = (deep / 2 - 2 * bevel - deep * 0.06) * d(-0.9, 0.9)
    fields.append((wide * 0.35, deep * 0.09, shift, metal(d)))
    parts = [panelled((wide, deep, thick), corner, bevel, rgb, fields)]
    if 0.35 <= style < 0.6:
        band = casing(wide * 1.025, deep * 1.02, thick * 0.3, corner, thick * 0.1).at(y=thick * 0.35)
        parts.append(band.painted(paint(d, *METALS, "orange")))
    elif 0.6 <= style < 0.75:
        ribs = [(x * wide, 0.0) for x in np.linspace(-0.4, 0.4, 9)]
        parts.append(buttons(ribs, wide * 0.04, deep * 0.86, thick * 0.04).at(y=thick).painted(rgb))
    lamp = buttons([(wide * 0.3, deep * 0.38)], wide * 0.04, wide * 0.04, 0.0006).at(y=thick)
    return join(*parts, lamp.painted(paint(d, "white", "blue")))


def _cable(d: Draw, deep: float, thick: float) -> Solid:
    """A plug at the end z = -deep / 2 and a cord that bends away along the table."""
    plug = casing(0.012, 0.02, 0.007, 0.002, 0.001).at(y=thick * 0.4, z=-deep / 2 - 0.007)
    side = d.pick(-1, 1)
    start = (0, thick * 0.4 + 0.0035, -deep / 2 - 0.014)
    bends = [(side * 0.02, 0.003, -deep * 0.75), (side * d(0.06, 0.11), 0.002, -deep * d(0.2, 0.7))]
    return join(plug, tube(smooth([start, *bends, (side * 0.1, 0.002, 0.0)], 6), 0.0018, segments=8)).painted(BLACK)


def _portable(d: Draw) -> Solid:
    wide = d(0.065, 0.09)
    deep, thick = wide * d(1.3, 1.6), d(0.009, 0.024)
    case = _case(d, wide, deep, thick)
    if d.chance(0.35):
        return join(case, _cable(d, deep, thick).at(x=d(-0.25, 0.25) * wide)).grounded()
    pose = d.random()
    if pose < 0.7:
        return case.turned("x", 180 if pose < 0.12 else 0).grounded()
    return case.turned("x" if pose < 0.85 else "z", 90).grounded()


def _desktop(d: Draw) -> Solid:
    """As thick as a book: lying, or standing like one, often in a foot."""
    wide = d(0.1, 0.135)
    deep, thick = wide * d(1.3, 1.7), d(0.03, 0.052)
    case = _case(d, wide, deep, thick)
    if d.chance(0.4):
        feet = buttons([(x * wide * 0.4, z * deep * 0.4) for x in (-1, 1) for z in (-1, 1)], 0.015, 0.015, 0.002)
        return join(case, feet.painted(BLACK)).grounded()
    standing = case.turned("z", 90).grounded()
    if d.chance(0.5):
        return standing if d.chance(0.6) else case.turned("x", 90).grounded()
    foot = casing(thick * d(1.4, 2.2), deep * d(0.5, 0.9), 0.014, 0.01, 0.004).at(y=-0.008)
    return join(standing, foot.painted(paint(d, *METALS))).grounded()


def _internal(d: Draw) -> Solid:
    """A cast frame with a lid of sheet steel, a round hub on it and a label; a circuit board below."""
    small = d.chance(0.4)
    wide, deep, thick = (0.07, 0.1, d(0.007, 0.0125)) if small else (0.1016, 0.147, d(0.02, 0.026))
    frame = casing(wide, deep, thick * 0.6, 0.004, 0.001).at(y=thick * 0.05).painted(metal(d))
    label = (wide * 0.7, deep * 0.4, deep * 0.18, paint(d, "white", "white", "grey"))
    lid = panelled((wide * 0.94, deep * 0.92, thick * 0.4), wide * 0.1, 0.0008, metal(d), [label]).at(y=thick * 0.6)
    hub = cylinder(wide * d(0.12, 0.25), thick * 0.06, segments=32).at(y=thick * 0.98, z=-deep * 0.22)
    board = box(wide * 0.9, thick * 0.1, deep * 0.6).at(z=deep * 0.15).painted(paint(d, "green", "blue", "black"))
    plug = box(wide * 0.5, thick * 0.25, 0.004).at(y=thick * 0.1, z=deep * 0.5).painted(BLACK)
    screws = buttons([(x * wide * 0.43, z * deep * 0.42) for x in (-1, 1) for z in (-1, 0, 1)], 0.005, 0.005, 0.0008)
    whole = join(frame, lid, hub.painted(metal(d)), screws.at(y=thick), board, plug)
    return whole.turned("x", d.pick(0, 0, 180, 90)).grounded()
