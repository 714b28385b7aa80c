"""Lunch boxes."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint
from cg3d.objects.shapes.primitives import box, extrude, stacked, tube
from cg3d.objects.shapes.solid import Solid, join, mirrored


@category
def lunch_box(d: Draw) -> Solid:
    """A plastic or metal box with a handle and clasps, a workman's with a round lid, a soft bag, or a bento box."""
    kinds = {"lunch box": _with_handle, "workman's lunch box": _domed}
    kinds |= {"insulated lunch bag": _soft, "bento box": _bento, "food container": _container}
    return one_of(d, kinds)


def rounded(
    width: float, height: float, depth: float, corner: float, edge: float, taper: float = 1.0, level: float = 0.0
) -> Solid:
    """A box with upright corners of radius `corner` and softened edges; its foot is `taper` times its top."""
    sizes = [(edge, 0.0), (edge * 0.3, edge * 0.3), (0.0, edge)]
    sizes += [(0.0, height - edge), (edge * 0.3, height - edge * 0.3)]
    sizes.append((edge, height))
    rings = []
    for inset, y in sizes:
        share = taper + (1 - taper) * y / height
        outline = rectangle(width * share - 2 * inset, depth * share - 2 * inset, max(corner - inset * 0.5, 0.001))
        rings.append((outline, level + y))
    return stacked(rings)


def _grip(wide: float, rise: float, thick: float, flat: float = 1.0) -> Solid:
    """A handle about the y axis: up, across and down."""
    path = [(-wide / 2, 0, 0), (-wide / 2, rise * 0.7, 0), (-wide * 0.36, rise, 0)]
    path += [(0, rise * 1.04, 0), *((-x, y, z) for x, y, z in reversed(path))]
    return tube(smooth(path, 5), thick, 10, flat)


def _size(d: Draw) -> tuple[float, float, float]:
    width = d(0.16, 0.27)
    return width, width * d(0.62, 0.9), width * d(0.33, 0.5)


def _clasps(d: Draw, width: float, seam: float, depth: float) -> Solid:
    """Two catches or one over the seam in front."""
    catch = box(width * d(0.08, 0.14), d(0.02, 0.035), 0.008).at(y=seam - 0.014, z=depth / 2 + 0.002)
    whole = mirrored(catch.at(x=width * 0.28)) if d.chance(0.6) else catch.scaled(1.6, 1, 1)
    return whole.painted(paint(d) if d.chance(0.5) else metal(d))


def _with_handle(d: Draw) -> Solid:
    """Two halves that meet at a rim, standing on edge or lying flat."""
    width, height, depth = _size(d)
    corner, rgb, trim = d(0.012, 0.045), paint(d), paint(d)
    other = rgb if d.chance(0.5) else paint(d)
    edge = d(0.004, 0.014)
    front = rounded(width, depth * 0.5, height, corner, edge).painted(rgb)
    if d.chance(0.6):
        panel = rounded(width * d(0.6, 0.85), 0.003, height * d(0.6, 0.8), corner * 0.7, 0.001)
        front = join(front, panel.at(y=depth * 0.5 - 0.001).painted(paint(d)))
    back = rounded(width, depth * 0.5, height, corner, edge).turned("z", 180).painted(other)
    rim = rounded(width + 0.008, 0.008, height + 0.008, corner, 0.002).at(y=-0.004).painted(trim)
    handle = _grip(width * d(0.35, 0.5), d(0.03, 0.045), d(0.005, 0.009), d(0.7, 1.6))
    body = join(front, back, rim, handle.turned("x", -90).at(z=-height / 2 + 0.003).painted(trim))
    catch = box(0.025, depth * 0.35, 0.008).at(y=-depth * 0.175, z=-height / 2 - 0.002)
    body = join(body, mirrored(catch.at(x=width * 0.34)).painted(metal(d)))
    return (body if d.chance(0.35) else body.turned("x", 90)).grounded()


def _domed(d: Draw) -> Solid:
    """A metal box whose lid is a half cylinder that holds the flask."""
    width, depth = d(0.22, 0.34), d(0.11, 0.17)
    low, dome = depth * d(0.6, 0.85), depth * d(0.4, 0.55)
    angle = np.linspace(0, np.pi, 17)
    lid = extrude(points(depth / 2 * np.cos(angle), dome * np.sin(angle)), width).turned("y", 90).at(y=low + 0.004)
    base = rounded(width, low, depth, 0.008, 0.003)
    rim = rounded(width + 0.005, 0.008, depth + 0.005, 0.008, 0.001).at(y=low - 0.002)
    rgb = paint(d)
    top = rgb if d.chance(0.7) else paint(d)
    handle = _grip(width * 0.45, 0.035, 0.006, 1.4).at(y=low + dome - 0.002).painted(paint(d, "black", "grey", "red"))
    return join(base.painted(rgb), lid.painted(top), rim.painted(metal(d)), _clasps(d, width, low, depth), handle)


def _soft(d: Draw) -> Solid:
    """A padded bag with a zip round its lid, a strap to carry it and a pocket in front."""
    width, height, depth = _size(d)
    height, depth = height * d(0.9, 1.3), depth * d(1.1, 1.6)
    body = rounded(width, height, depth, d(0.02, 0.05), d(0.012, 0.025), d(0.9, 1.05))
    bulge = 1 + 0.06 * np.sin(np.pi * np.clip(body.vertices[:, 1:2] / height, 0, 1)) * (1, 0, 1)
    body = body.reshaped(body.vertices * bulge).painted(paint(d))
    zipper = rounded(width * 1.015, 0.008, depth * 1.015, 0.03, 0.002).at(y=height * d(0.78, 0.9)).painted(paint(d))
    pocket = rounded(width * 0.78, height * 0.5, 0.025, 0.01, 0.008).at(y=height * 0.12, z=depth / 2 * 1.03)
    pocket = pocket.painted(paint(d))
    strap = _grip(width * d(0.4, 0.75), d(0.03, 0.09), 0.012, 0.25)
    parts = [body, zipper, strap.at(y=height - 0.012).painted(paint(d))]
    return join(*([*parts, pocket] if d.chance(0.6) else parts))


def _bento(d: Draw) -> Solid:
    """One or two low trays with a lid, held by a band; closed, or open with food in its compartments."""
    width, height = d(0.15, 0.22), d(0.04, 0.06)
    depth, corner, rgb = width * d(0.5, 0.85), d(0.01, 0.04), paint(d)
    if d.chance(0.35):
        return _open_bento(d, width, height, depth, corner)
    parts, level = [], 0.0
    for _ in range(d.count(1, 3)):
        parts.append(
            rounded(width, height, depth, corner, 0.003, 0.95).at(y=level).painted(rgb if d.chance(0.6) else paint(d))
        )
        level += height
    parts.append(rounded(width * 1.03, 0.014, depth * 1.03, corner, 0.005).at(y=level - 0.004).painted(paint(d)))
    if d.chance(0.6):
        band = rounded(0.022, level + 0.014, depth * 1.06, 0.004, 0.003).at(x=width * d.pick(0, 0.25), y=-0.001)
        parts.append(band.painted(paint(d)))
    else:
        parts.append(mirrored(box(0.006, 0.03, depth * 0.4).at(x=width * 0.52, y=level - 0.02)).painted(paint(d)))
    return join(*parts)


def _tray(width: float, height: float, depth: float, corner: float, wall: float) -> Solid:
    """An open box with rounded corners."""
    outer, inner = (
        rectangle(width, depth, corner),
        rectangle(width - 2 * wall, depth - 2 * wall, max(corner - wall, 0.002)),
    )
    foot = rectangle(width * 0.93, depth * 0.93, corner)
    return stacked([(foot, 0.0), (outer, height), (inner, height), (inner * 0.95, wall)])


def _open_bento(d: Draw, width: float, height: float, depth: float, corner: float) -> Solid:
    parts = [_tray(width, height, depth, corner, 0.003).painted(paint(d))]
    cut = d(-0.15, 0.2) * width
    parts.append(box(0.003, height * 0.85, depth * 0.93).at(x=cut, y=0.002).painted(parts[0].face_rgb[0]))
    for low, high in ((-width * 0.42, cut - 0.004), (cut + 0.004, width * 0.42)):
        food = rounded(high - low, height * d(0.4, 0.85), depth * 0.82, corner * 0.8, 0.006)
        food = food.at(x=(low + high) / 2, y=0.002)
        parts.append(food.painted(paint(d, "white", "green", "orange", "brown", "red", "yellow")))
    return join(*parts)


def _container(d: Draw) -> Solid:
    """A plastic box with a lid that snaps on at four sides."""
    width = d(0.11, 0.24)
    depth, height, corner = width * d(0.6, 1.0), width * d(0.25, 0.6), d(0.012, 0.035)
    body = rounded(width, height, depth, corner, 0.004, d(0.82, 0.95)).painted(paint(d))
    lid = rounded(width * 1.05, 0.012, depth * 1.07, corner, 0.003).at(y=height - 0.004)
    inset = rounded(width * 0.85, 0.003, depth * 0.82, corner, 0.001).at(y=height + 0.007)
    flaps = [mirrored(box(0.005, 0.026, depth * 0.45).at(x=width * 0.53, y=height - 0.018))]
    flaps.append(mirrored(box(width * 0.45, 0.026, 0.005).at(z=depth * 0.54, y=height - 0.018), "z"))
    return join(body, join(lid, inset, *flaps).painted(paint(d)))
