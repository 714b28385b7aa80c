"""Ovens for a worktop: microwave oven, toaster."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.casings import buttons, casing, panelled
from cg3d.objects.shapes.curves import points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, GREY, METALS, metal, paint
from cg3d.objects.shapes.primitives import box, cylinder, loft, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join

GLASS = np.array([0.1, 0.1, 0.12])


BREAD = np.array([0.78, 0.58, 0.34])


@category
def microwave_oven(d: Draw) -> Solid:
    """A box whose door, with a dark window, takes most of its front, and a panel of keys or dials the rest."""
    wide = d(0.42, 0.58)
    size = (wide, wide * d(0.52, 0.65), wide * d(0.6, 0.85))
    rgb = paint(d, "white", "white", "black", "grey", "red", "beige") if d.chance(0.8) else metal(d)
    return oven_front(d, size, rgb, d(0.7, 0.8), handle=d.pick("side", "side", "none"))


def _facing(plate: Solid) -> Solid:
    """A plate with its face up turned to look to +z; what was its -z end is its top."""
    return plate.turned("x", 90)


def oven_front(d: Draw, size: tuple[float, float, float], rgb: np.ndarray, share: float, handle: str) -> Solid:
    """An oven that looks to +z.

    Args:
        size: width, height and depth.
        share: of the front that the door takes; the controls are at +x beside it.
        handle: on the `side` of the door, along its `top`, or `none`.
    """
    wide, tall, deep = size
    face = rgb if d.chance(0.5) else paint(d, *METALS)
    body = casing(wide, deep, tall, 0.008, 0.006).painted(rgb)
    door_wide, height, thick = wide * share, tall * 0.97, 0.022
    border = 0.1 * door_wide if handle == "top" else d(0.08, 0.2) * door_wide
    window = (door_wide - 2 * border, height * d(0.6, 0.78), 0.0, GLASS + d(0, 0.08))
    door = _facing(panelled((door_wide - 0.004, height, thick), 0.006, 0.004, face, [window]))
    left, front = -wide / 2 + door_wide / 2, deep / 2 - 0.006
    panel_wide = wide - door_wide
    panel = casing(panel_wide - 0.002, height, thick * 0.9, 0.006, 0.004).painted(face if d.chance(0.6) else BLACK)
    middle = wide / 2 - panel_wide / 2
    knobs = _dials(d, panel_wide, height) if handle == "top" or d.chance(0.25) else _keys(d, panel_wide, height)
    parts = [body, door.at(x=left, y=tall / 2, z=front)]
    parts.append(_facing(join(panel, knobs.at(y=thick * 0.9))).at(x=middle, y=tall / 2, z=front))
    if handle != "none":
        parts.append(_handle(d, handle, door_wide, height).at(x=left, y=tall / 2, z=front + thick))
    feet = [
        cylinder(0.012, 0.014, segments=14).at(x=x * wide * 0.42, y=-0.012, z=z * deep * 0.4)
        for x in (-1, 1)
        for z in (-1, 1)
    ]
    return join(*parts, join(*feet).painted(BLACK)).grounded()


def _keys(d: Draw, wide: float, height: float) -> Solid:
    """A display over rows of three keys and a big one, on a plate seen from above."""
    shown = casing(wide * 0.75, height * 0.12, 0.003, 0.002, 0.0008).at(y=-0.001, z=-height * 0.37)
    rows = d.count(4, 7)
    places = [(x * wide * 0.26, z) for z in np.linspace(-0.22, 0.24, rows) * height for x in (-1, 0, 1)]
    grid = buttons(places, wide * 0.2, height * 0.3 / rows, 0.0015).painted(paint(d, *METALS))
    big = buttons([(0.0, height * 0.4)], wide * 0.7, height * 0.09, 0.003).painted(GREY)
    return join(shown.painted(np.array(COLOURS["green"]) * 0.4), grid, big)


def _dials(d: Draw, wide: float, height: float) -> Solid:
    """Two or three knobs with a ridge, one above another, on a plate seen from above."""
    radius = min(wide * d(0.24, 0.34), height * 0.11)
    knob = join(cylinder(radius, 0.014, radius * 0.92), casing(radius * 0.3, radius * 1.8, 0.024, 0.003, 0.002))
    spots = np.linspace(-0.3, 0.3, d.count(2, 4)) * height
    return join(*[knob.turned("y", d(0, 360)).at(z=z) for z in spots]).painted(paint(d, *METALS))


def _handle(d: Draw, place: str, wide: float, height: float) -> Solid:
    """A bar on two posts before the door, whose middle is the origin."""
    half, reach = (height if place == "side" else wide) * d(0.3, 0.44), d(0.02, 0.035)
    path = [(0, -half, -0.004), (0, -half, reach), (0, half, reach), (0, half, -0.004)]
    bar = tube(np.array(path), d(0.006, 0.009), segments=10).painted(metal(d))
    if place == "side":
        return bar.at(x=wide * 0.44)
    return bar.turned("z", 90).at(y=height * 0.43)


@category
def toaster(d: Draw) -> Solid:
    """A box with two or four slots in its rounded top, a lever at one end; or a small oven with a door."""
    return one_of(d, {"toaster": _slotted} if d.chance(0.75) else {"toaster oven": _oven})


def _shell(length: float, deep: float, tall: float, slots: np.ndarray, soft: float, rgb: np.ndarray) -> Solid:
    """The middle, along x: its section is a rounded box with the slots cut in from above."""
    gap, sunk = 0.03, tall * 0.55
    outline = np.roll(rectangle(deep, tall, soft), -6, axis=0)  # from the left end of its top, down and round
    outline[:, 1] += tall / 2
    cuts = [[(z + gap / 2, 0), (z + gap / 2, -sunk), (z - gap / 2, -sunk), (z - gap / 2, 0)] for z in slots[::-1]]
    section = np.concatenate([np.add(np.concatenate(cuts), (0, tall)), outline])
    rings = [points(x, section[:, 1], -section[:, 0]) for x in (-length / 2, length / 2)]
    shell = loft(rings).painted(rgb)
    _, y, z = shell.face_centres().T
    within = (np.abs(z[:, None] - slots).min(axis=1) < gap * 0.6) & (y > tall * 0.4) & (y < tall * 0.99)
    return shell.painted_where(within, BLACK)


def _slotted(d: Draw) -> Solid:
    """Mesh of the shell between two plastic ends, which close the slots."""
    count = d.pick(1, 2, 2, 2, 4)
    pairs = 2 if count == 4 else 1
    length = d(0.2, 0.26) * (1.45 if count == 1 else 1.0)
    deep, tall = {1: 0.11, 2: 0.16, 4: 0.27}[count] * d(0.95, 1.15), d(0.16, 0.2)
    rgb, ends = (metal(d) if d.chance(0.5) else paint(d)), paint(d, "black", "black", "white", "grey", "red")
    slots = (np.arange(count) - (count - 1) / 2) * deep / (count + 0.6)
    soft = d(0.015, 0.045)
    body = _shell(length, deep, tall, slots, soft, rgb)
    if d.chance(0.35):
        ends = rgb
    side = casing(tall * 1.01, deep * 1.01, 0.03, soft, 0.012)
    sides = [side.turned("z", 90).at(x=x, y=tall / 2) for x in (length / 2 + 0.028, -length / 2 + 0.002)]
    front = length / 2 + 0.028
    controls = []
    for z in (np.arange(pairs) - (pairs - 1) / 2) * deep * 0.5:
        controls.append(superellipsoid(0.03, 0.016, 0.045, 0.5).at(x=front + 0.012, y=tall * d(0.6, 0.8), z=z))
        controls.append(box(0.003, tall * 0.5, 0.006).at(x=front, y=tall * 0.3, z=z))
        controls.append(
            cylinder(0.015, 0.014, segments=20).turned("z", -90).at(x=front, y=tall * 0.2, z=z + deep * 0.1)
        )
    feet = casing(length * 0.95, deep * 0.9, 0.014, 0.02, 0.004).at(y=-0.01).painted(BLACK)
    parts = [body, join(*sides).painted(ends), join(*controls).painted(BLACK if d.chance(0.7) else metal(d)), feet]
    if d.chance(0.25):
        toast = superellipsoid(length * 0.45, 0.11, 0.016, 0.85)
        parts += [toast.at(y=tall * 0.7, z=-z).painted(BREAD) for z in slots]
    return join(*parts).grounded()


def _oven(d: Draw) -> Solid:
    wide, tall, deep = d(0.36, 0.47), d(0.2, 0.27), d(0.24, 0.33)
    rgb = metal(d) if d.chance(0.7) else paint(d)
    return oven_front(d, (wide, tall, deep), rgb, d(0.72, 0.8), handle="top")
