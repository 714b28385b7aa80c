"""Panels in a frame: door, mirror, picture frame."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import ellipse, points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, extrude, lathe, loft, rod, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


def _moulding(d: Draw, outline: np.ndarray, inner: np.ndarray, thick: float) -> Solid:
    """A frame in the xz plane between two outlines of the same points; flat, raised inside, outside or in the middle."""
    heights = d.pick((1.0, 1.0, 1.0), (0.6, 0.8, 1.0), (1.0, 0.8, 0.5), (0.6, 1.0, 0.5))
    middle = (outline + inner) / 2
    levels = [(outline, 0.0), (outline, heights[0] * thick)]
    levels += [(middle, heights[1] * thick), (inner, heights[2] * thick), (inner, 0.0)]
    return stacked([*levels, levels[0]], capped=False)


def _picture(d: Draw, outline: np.ndarray, share: float, y: float) -> Solid:
    """A picture of a few blocks of colour, in a mount if `share` is below 1."""
    sizes = np.linspace(1.0, 0.0, 12)[:-1]
    sheet = stacked([(outline, 0.0), *((outline * s, y) for s in sizes)])
    centre = sheet.face_centres()
    reach = np.abs(outline).max(axis=0) * share
    rgb = np.broadcast_to(paint(d, "white", "white", "beige", "black"), centre.shape).copy()
    inside = (np.abs(centre[:, [0, 2]]) < reach).all(axis=1)
    rgb[inside] = paint(d)
    for turn in d.uniform(0, 2 * np.pi, d.count(1, 4)):
        side = centre[:, 0] / reach[0] * np.cos(turn) + centre[:, 2] / reach[1] * np.sin(turn)
        rgb[inside & (side > d(-0.2, 0.6))] = paint(d)
    return Solid(sheet.vertices, sheet.faces, rgb)


@category
def picture_frame(d: Draw) -> Solid:
    """A photo or a painting behind glass: leaning on its stand, upright as on a wall, or lying."""
    width, deep = d.pick(d(0.1, 0.25), d(0.25, 0.8)), d(0.66, 1.5)
    height, thick = width * deep, d(0.01, 0.03)
    broad = min(width, height) * d(0.06, 0.18)
    if d.chance(0.15):
        outline, inner = ellipse(width, height), ellipse(width - 2 * broad, height - 2 * broad)
    else:
        outline, inner = rectangle(width, height), rectangle(width - 2 * broad, height - 2 * broad)
    frame = _moulding(d, outline, inner, thick).painted(wood(d) if d.chance(0.6) else metal(d))
    whole = join(frame, _picture(d, inner * 1.01, d.pick(1.0, d(0.6, 0.85)), thick * 0.4))
    upright = whole.turned("x", 90).grounded()
    if width > 0.45 or d.chance(0.25):
        return upright if d.chance(0.75) else whole.grounded()
    lean = d(10, 22)
    foot = height * 0.62 * np.sin(np.radians(lean)) + d(0.02, 0.05)
    easel = loft(
        [
            [(-w, y, z), (w, y, z), (w, y, z - 0.003), (-w, y, z - 0.003)]
            for w, y, z in (
                (width * 0.14, 0.0, -foot),
                (width * 0.06, height * 0.62, -np.tan(np.radians(lean)) * height * 0.6),
            )
        ]
    )
    back = upright.at(z=0).turned("x", -lean).grounded()
    return join(back.at(z=-back.vertices[:, 2].max()), easel.painted(paint(d, "black", "brown", "grey")).at(z=-thick))


@category
def mirror(d: Draw) -> Solid:
    """Silvered glass in a frame: for a wall, on a stand to swing, on the floor, or to hold in the hand."""
    kinds = {"wall mirror": _wall, "table mirror": _on_stand, "hand mirror": _in_hand, "floor mirror": _floor}
    return one_of(d, kinds)


def _glass(d: Draw) -> np.ndarray:
    return np.clip(np.array((0.72, 0.78, 0.82)) + d.normal(0, 0.05), 0, 1) * np.ones(3)


def _pane(d: Draw, width: float, height: float, broad: float, thick: float) -> Solid:
    """Framed glass upright in the xy plane, centred on the origin: oval, rectangular, or with an arch."""
    shape = d.integers(3)
    if shape == 0:
        outline, inner = ellipse(width, height), ellipse(width - 2 * broad, height - 2 * broad)
    else:
        corner = 0.0 if shape == 1 else min(width, height) * d(0.1, 0.45)
        outline = rectangle(width, height, corner)
        inner = outline * (1 - 2 * broad / width, 1 - 2 * broad / height)
    frame = _moulding(d, outline, inner, thick).painted(wood(d) if d.chance(0.5) else metal(d))
    glass = stacked([(inner * 1.01, 0.0), (inner * 1.01, thick * 0.45)]).painted(_glass(d))
    return join(frame, glass).turned("x", 90)


def _wall(d: Draw) -> Solid:
    width = d(0.3, 0.9)
    return _pane(d, width, width * d(0.9, 1.8), width * d(0.02, 0.12), d(0.015, 0.04))


def _floor(d: Draw) -> Solid:
    width, lean = d(0.35, 0.7), d(3, 14)
    height = d(1.3, 1.75)
    pane = _pane(d, width, height, width * d(0.05, 0.14), 0.035).grounded().turned("x", -lean)
    if d.chance(0.4):
        return pane
    reach, leg = height * 0.9 * np.sin(np.radians(lean)) + 0.3, metal(d)
    legs = [
        tube([(x, height * 0.85, -height * 0.85 * np.tan(np.radians(lean)) - 0.01), (x, 0.0, -reach)], 0.01, 8)
        for x in (-width * 0.4, width * 0.4)
    ]
    return join(pane, *(part.painted(leg) for part in legs))


def _on_stand(d: Draw) -> Solid:
    """A round or square glass that swings in a fork on a foot."""
    width = d(0.13, 0.24)
    height = width * d(1.0, 1.35)
    foot, rgb, rise = width * d(0.25, 0.4), metal(d) if d.chance(0.7) else paint(d), d(0.03, 0.14)
    profile = [(0, 0), (foot, 0), (foot * 0.95, 0.008), (0.012, 0.016), (0.007, 0.03)]
    profile += [(0.007, rise + 0.005), (0, rise + 0.005)]
    base = lathe(profile, 28)
    middle = rise + height / 2 + 0.006
    knots = [(-width * 0.52, middle, 0), (-width * 0.45, middle - height * 0.33, 0), (0, rise, 0)]
    knots += [(width * 0.45, middle - height * 0.33, 0), (width * 0.52, middle, 0)]
    fork = smooth(knots, 5)
    pane = _pane(d, width, height, width * 0.05, 0.012).turned("x", -d(0, 25)).at(y=middle)
    return join(join(base, tube(fork, 0.005, 8)).painted(rgb), pane)


def _in_hand(d: Draw) -> Solid:
    """A glass with a handle, lying on its back or its face."""
    width = d(0.08, 0.14)
    height, grip, thick = width * d(1.0, 1.4), d(0.09, 0.14), d(0.008, 0.014)
    pane = _pane(d, width, height, width * 0.08, thick).turned("x", -90)
    along = np.linspace(0, 1, 12)
    half = np.interp(along, [0, 0.2, 0.6, 0.9, 1], [0.012, 0.007, 0.011, 0.013, 0.007]) * d(0.8, 1.3)
    rod = tube(points(0 * along, 0 * along + thick / 2, height / 2 - 0.006 + along * grip), half, 12, thick / 0.022)
    whole = join(pane, rod.painted(pane.face_rgb[0]))
    return (whole if d.chance(0.75) else whole.turned("z", 180)).grounded()


@category
def door(d: Draw) -> Solid:
    """A leaf with panels or a window and a handle; alone, or hung in its frame and closed or ajar."""
    width, height, rgb, steel = d(0.72, 0.95), d(1.95, 2.1), wood(d), metal(d)
    leaf = _leaf(d, width, height, rgb)
    knob = _door_handle(d).at(x=width / 2 - 0.07, y=height * 0.48, z=0.02).painted(steel)
    leaf = join(leaf, mirrored(knob, "z"))
    if d.chance(0.35):
        return leaf
    jamb, trim = d(0.05, 0.1), rgb if d.chance(0.5) else paint(d)
    posts = mirrored(box(jamb, height + jamb, 0.12).at(x=(width + jamb) / 2 + 0.005))
    frame = join(posts, box(width + 0.01, jamb, 0.12).at(y=height + 0.005)).painted(trim)
    swing = d.pick(0.0, d(15, 100))
    return join(frame, leaf.at(x=width / 2).turned("y", -swing).at(x=-width / 2))


def _leaf(d: Draw, width: float, height: float, rgb: np.ndarray) -> Solid:
    """Stiles and rails round sunk panels, in one or two columns; the uppermost row may be of glass."""
    columns, rows = d.count(1, 3), d.count(1, 5)
    stile, thick = 0.1, 0.04
    xs, ys = (
        np.linspace(-(width - stile) / 2, (width - stile) / 2, columns + 1),
        np.linspace(0, height - 0.12, rows + 1),
    )
    parts = [box(stile, height, thick).at(x=x) for x in xs] + [box(width, 0.12, thick).at(y=y) for y in ys]
    panels = box(width - 0.02, height - 0.02, thick * 0.3).at(y=0.01)
    if d.chance(0.35) and rows > 1:
        glass = paint(d, "turquoise", "white", "grey")
        lights = box(width - 0.02, height - ys[-2] - 0.02, thick * 0.7).at(y=ys[-2]).painted(glass)
        return join(join(*parts, panels).painted(rgb), lights)
    return join(*parts, panels).painted(rgb)


def _door_handle(d: Draw) -> Solid:
    """A lever on a plate, a knob or an upright bar, towards +z."""
    kind = d.integers(3)
    if kind == 0:
        lever = join(rod((0, 0, 0), (0, 0, 0.055), 0.01), rod((0.01, 0, 0.05), (-0.12, 0, 0.05), 0.01))
        return join(extrude(rectangle(0.045, 0.22, 0.02), 0.008).at(z=0.004), lever)
    if kind == 1:
        parts = [cylinder(0.03, 0.01).turned("x", 90), rod((0, 0, 0), (0, 0, 0.05), 0.01)]
        parts += [superellipsoid(0.06, 0.06, 0.05).at(y=-0.03, z=0.06)]
        return join(*parts)
    posts = mirrored(rod((0.15, 0, 0), (0.15, 0, 0.05), 0.008)).turned("z", 90)
    return join(rod((0, -0.2, 0.05), (0, 0.2, 0.05), 0.013), posts)
