"""Parametric computers and their parts: laptop computer, monitor, keyboard, mouse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, metal, paint
from cg3d.data.parametric.primitives import (
    beam,
    box,
    cylinder,
    ellipse,
    loft,
    rectangle,
    ribbon,
    slab,
    smooth,
    stacked,
    superellipsoid,
    tube,
)

PLASTICS = ("black", "white", "grey", "black", "beige")
SCREENS = ("black", "black", "blue", "turquoise", "purple", "green", "orange", "white")


def _keys(width: float, depth: float, rows: int, columns: int, height: float, sizes: np.random.Generator) -> Mesh:
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
    return join(keys)


def laptop_computer(rng: np.random.Generator) -> Mesh:
    """A keyboard and a screen joined by a hinge, at any angle of the lid from nearly shut to flat."""
    width = rng.uniform(0.27, 0.4)
    depth, thick = width * rng.uniform(0.62, 0.74), rng.uniform(0.012, 0.028)
    rgb, dark = paint(rng) if rng.random() < 0.3 else paint(rng, PLASTICS), paint(rng, ("black", "grey", "white"))
    corner, screen = rng.uniform(0.003, 0.018), paint(rng, SCREENS)
    base = slab(rectangle(width, depth, corner), thick).painted(rgb)
    keys = _keys(width * 0.88, depth * 0.45, 5, 14, 0.003, rng).at(y=thick, z=-depth * 0.16).painted(dark)
    pad = slab(rectangle(width * 0.3, depth * 0.26, 0.004), 0.0015).at(y=thick, z=depth * 0.28)
    bezel, lid = rng.uniform(0.006, 0.018), thick * rng.uniform(0.35, 0.6)
    glass = rectangle(width - 2 * bezel, depth - 2 * bezel, corner / 2)
    face_down = _screen(glass, rectangle(width, depth, corner), lid, rgb, screen).at(z=depth / 2)
    cover = face_down.turned("x", -rng.choice([rng.uniform(90, 135), rng.uniform(25, 180)]))
    shade = np.clip(rgb * 0.8 + 0.06, 0, 1)
    return join([base, keys, pad.painted(shade), cover.at(y=thick + 0.004, z=-depth / 2)])


def _screen(glass: np.ndarray, case: np.ndarray, thick: float, rgb: np.ndarray, glass_rgb: np.ndarray) -> Mesh:
    """A panel with the outline `case` that faces down; the part within `glass`, of as many points, has its own colour."""
    panel = stacked([(glass, 0.0), (case, 0.0), (case, thick)]).painted(rgb)
    fan = panel.faces[:, 2] == len(panel.vertices) - 2  # the triangles that close the first section
    return replace(panel, face_rgb=np.where(fan[:, None], glass_rgb, panel.face_rgb))


def computer_monitor(rng: np.random.Generator) -> Mesh:
    """A screen on a stand: flat on a foot, curved on two feet, or an old tube."""
    if rng.random() < 0.2:
        return _tube_monitor(rng).called("CRT monitor")
    width = rng.uniform(0.42, 0.85)
    height, lift = width * rng.choice([0.75, 0.6, 0.5625, 0.43]), rng.uniform(0.08, 0.18)
    rgb, screen, bezel = paint(rng, PLASTICS), paint(rng, SCREENS), rng.uniform(0.008, 0.03)
    curve = rng.choice([0.0, 0.0, rng.uniform(0.3, 0.9)]) if width > 0.6 else 0.0
    panel = _bent_panel(width, height, 0.03, curve).painted(rgb)
    glass = _bent_panel(width - 2 * bezel, height - 2 * bezel, 0.004, curve).at(y=bezel, z=0.019).painted(screen)
    bump = superellipsoid(width * 0.5, height * 0.55, 0.06, 0.6).at(y=height * 0.2, z=-0.02).painted(rgb)
    head = join([panel, glass, bump]).turned("x", -rng.uniform(-3, 12))
    neck = box(rng.uniform(0.04, 0.1), lift + height * 0.5, 0.025).at(z=-0.055)
    return join(
        [head.at(y=lift), join([neck, *_monitor_foot(rng, width)]).painted(rgb if rng.random() < 0.7 else metal(rng))]
    )


def _bent_panel(width: float, height: float, thick: float, curve: float) -> Mesh:
    """A panel about z = 0, standing on y = 0, whose edges come forward as `curve` (1 / metres) bids."""
    x = np.linspace(-width / 2, width / 2, 17 if curve else 2)
    return ribbon(np.column_stack([x, -curve * x**2]), height, thick).turned("x", -90).at(y=height / 2)


def _monitor_foot(rng: np.random.Generator, width: float) -> list[Mesh]:
    """A round or square plate, or two legs that spread forwards and a short one behind."""
    kind = rng.integers(3)
    if kind == 0:
        return [slab(ellipse(width * 0.5, 0.2), 0.014)]
    if kind == 1:
        return [slab(rectangle(width * 0.42, 0.19, 0.02), 0.012)]
    leg = mirrored(beam((0, 0.03, -0.055), (width * 0.25, 0.008, 0.13), 0.035, 0.016))
    return [leg, beam((0, 0.03, -0.05), (0, 0.008, -0.13), 0.035, 0.016)]


def _tube_monitor(rng: np.random.Generator) -> Mesh:
    """A deep case that narrows towards the back, on a swivel foot."""
    width = rng.uniform(0.34, 0.44)
    height, depth, rgb = (
        width * rng.uniform(0.8, 0.9),
        width * rng.uniform(0.9, 1.1),
        paint(rng, ("beige", "grey", "black")),
    )
    sizes = [(1.0, 0.0), (1.0, depth * 0.22), (0.92, depth * 0.28), (0.6, depth * 0.85), (0.55, depth)]
    case = stacked([(rectangle(width * size, height * size, 0.02), y) for size, y in sizes]).turned("x", -90)
    glass = superellipsoid(width * 0.84, height * 0.8, 0.03, 0.85).at(y=-height * 0.37).painted(paint(rng, SCREENS))
    foot = join([cylinder(width * 0.36, 0.02), cylinder(width * 0.2, 0.05)]).at(z=-depth * 0.35).painted(rgb)
    return join([join([case.painted(rgb), glass]).turned("x", -4).at(y=height / 2 + 0.05), foot])


def computer_keyboard(rng: np.random.Generator) -> Mesh:
    """Rows of keys in a flat case, with or without the number pad, straight or split and angled; sometimes with a cable."""
    depth, thick = rng.uniform(0.12, 0.17), rng.uniform(0.012, 0.03)
    case_rgb, key_rgb = paint(rng, PLASTICS), paint(rng, PLASTICS) if rng.random() < 0.6 else paint(rng)
    main = depth * rng.uniform(2.0, 2.25)
    blocks = [(main, 14)]
    if rng.random() < 0.7:
        blocks += [(main * 0.2, 3), (main * 0.27, 4)]
    rows, rise, gap = int(rng.integers(5, 7)), rng.uniform(0.005, 0.011), 0.012
    width = sum(size for size, _ in blocks) + gap * (len(blocks) + 1)
    case = (
        superellipsoid(width, thick, depth, 0.92)
        if rng.random() < 0.3
        else slab(rectangle(width, depth, rng.uniform(0.002, 0.02)), thick)
    )
    parts, left = [case.painted(case_rgb)], -width / 2 + gap
    for size, columns in blocks:
        field = _keys(size, depth * 0.86, rows, columns, rise, rng).at(x=left + size / 2, y=thick * 0.98)
        parts.append(field.painted(key_rgb))
        left += size + gap
    board = join(parts).turned("x", rng.uniform(2, 8)).grounded()
    if rng.random() < 0.4:
        cable = smooth([(0, thick / 2, -depth / 2 + 0.01), (0.01, 0.006, -depth * 0.8), (-0.04, 0.004, -depth * 1.3)])
        board = join([board, tube(cable, 0.003).painted(case_rgb)])
    return board


def computer_mouse(rng: np.random.Generator) -> Mesh:
    """A palm-sized shell with two buttons and a wheel, with a cable or without."""
    length = rng.uniform(0.095, 0.125)
    width, height = length * rng.uniform(0.5, 0.64), length * rng.uniform(0.27, 0.38)
    rgb, trim = paint(rng, PLASTICS) if rng.random() < 0.6 else paint(rng), paint(rng)
    waist, hump = rng.uniform(0.0, 0.14), rng.uniform(-0.15, 0.2)
    parts = [_mouse_shell(length, width, height, waist, hump).painted(rgb)]
    along = np.linspace(0.55, 0.95, 8)
    top = np.column_stack([(along - 0.5) * length, height * _mouse_side(along, hump)])
    groove = ribbon(top, 0.003, 0.003).turned("y", -90).painted(BLACK)
    wheel = cylinder(0.009, 0.007).turned("z", 90).at(x=0.0035, y=top[4, 1] - 0.004, z=top[4, 0])
    parts += [groove, wheel.painted(trim)]
    if rng.random() < 0.3:
        parts.append(superellipsoid(width * 1.02, height * 0.35, length * 0.96, 0.3).at(y=0.001).painted(trim))
    if rng.random() < 0.65:
        reach = rng.uniform(0.06, 0.14)
        curl = rng.uniform(-0.6, 0.6) * reach
        cable = smooth([(0, 0.01, length * 0.46), (0, 0.006, length * 0.6), (curl, 0.003, length * 0.55 + reach)])
        parts.append(tube(cable, 0.0022).painted(rgb if rng.random() < 0.5 else BLACK))
    return join(parts)


def _mouse_shell(length: float, width: float, height: float, waist: float, hump: float) -> Mesh:
    """Flat below, arched above, narrower by `waist` in its middle, its highest point `hump` of the length behind."""
    t = np.linspace(0.02, 0.98, 22)
    plan = (1 - np.abs(2 * t - 1) ** 3.2) ** 0.5 * (1 - waist * np.sin(np.pi * t) ** 4)
    side = _mouse_side(t, hump)
    angle = np.linspace(0, np.pi, 15)
    rings = []
    for k, at in enumerate(t):
        x, y = plan[k] * width / 2 * np.cos(angle), side[k] * height * np.sin(angle) ** 0.7
        rings.append(np.column_stack([x, y, np.full(15, (at - 0.5) * length)]))
    return loft(np.stack(rings))


def _mouse_side(t: np.ndarray, hump: float) -> np.ndarray:
    """The height of a mouse, in parts of its greatest, along its length from back (0) to front (1)."""
    return np.sin(np.pi * t ** (1.0 + hump)) ** 0.55
