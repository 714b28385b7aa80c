"""Kitchen timers."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.casings import buttons, casing, panelled
from cg3d.objects.shapes.curves import smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, COLOURS, WHITE, metal, paint, wood
from cg3d.objects.shapes.primitives import box, cylinder, lathe, superellipsoid
from cg3d.objects.shapes.solid import Solid, join


@category
def timer(d: Draw) -> Solid:
    """An egg, a tomato or a drum to wind up, one with a dial in front, a digital one with keys, or a sand glass."""
    kinds: dict[str, Maker] = {"egg timer": _egg, "mechanical timer": _drum, "dial timer": _dial}
    kinds |= {"digital timer": _digital, "sand timer": _sand_glass}
    return one_of(d, kinds)


def _scale(radius: float, y: float, rgb: np.ndarray) -> Solid:
    """Twelve marks round a body at the height `y`, every third one longer."""
    marks = []
    for k in range(12):
        mark = box(radius * 0.05, radius * (0.22 if k % 3 else 0.34), radius * 0.08)
        marks.append(mark.at(0, y, radius * 0.98).turned("y", 30 * k))
    return join(*marks).painted(rgb)


def _egg(d: Draw) -> Solid:
    """Two halves of an egg, an apple or a tomato; the upper one turns against a scale on the lower one."""
    radius, split = d(0.027, 0.036), d(0.38, 0.52)
    rgb, height = paint(d, "white", "red", "yellow", "green", "grey", "beige"), radius * d(1.7, 2.5)
    knots = [(0.55, 0.0), (0.85, 0.12), (1.0, split), (0.85, 0.72), (0.45, 0.94), (0.12, 1.0)]
    side = smooth(knots, 8) * (radius, height)
    low, high = side[side[:, 1] <= split * height], side[side[:, 1] > split * height]
    seam = low[-1, 1]
    lower = lathe([(0, 0), *low, (0, seam)]).painted(rgb)
    upper = lathe([(0, seam), (high[0, 0] * 0.94, seam), (high[0, 0] * 0.94, seam + 0.001), *high, (0, height)])
    top = upper.turned("y", d(0, 90)).painted(rgb if d.chance(0.6) else paint(d))
    dark = BLACK if rgb.mean() > 0.4 else WHITE
    parts = [lower, top, _scale(radius, seam - radius * 0.36, dark)]
    if d.chance(0.3):
        leaf = superellipsoid(radius * 0.8, 0.003, radius * 0.3).at(x=radius * 0.35, y=height)
        parts.append(join(*(leaf.turned("y", 72 * k) for k in range(5))).painted(paint(d, "green")))
    return join(*parts)


def _drum(d: Draw) -> Solid:
    """A low cylinder of steel or plastic whose upper part turns, with a scale round its side and ribs or a bar to grip."""
    radius = d(0.028, 0.042)
    foot, cap = radius * d(0.3, 0.9), radius * d(0.35, 0.8)
    rgb, top = metal(d), metal(d) if d.chance(0.5) else paint(d)
    base = lathe([(0, 0), (radius * 0.95, 0), (radius, 0.002), (radius, foot), (0, foot)])
    side = [(radius * 0.97, 0), (radius * 0.97, cap * 0.9), (radius * 0.88, cap), (0, cap)]
    upper = lathe([(0, 0), *side]).at(y=foot + 0.0008)
    parts = [base.painted(rgb), upper.painted(top), _scale(radius, foot * 0.3, BLACK if rgb.mean() > 0.4 else WHITE)]
    if d.chance(0.5):
        bar = superellipsoid(radius * 1.5, radius * d(0.3, 0.6), radius * 0.3, 0.6).at(y=foot + cap * 0.9)
        parts.append(bar.turned("y", d(0, 180)).painted(top))
    return join(*parts)


def _dial(d: Draw) -> Solid:
    """A rounded square or round case with a dial and a knob in front; standing, leaning back on its foot, or on its back."""
    size, deep = d(0.06, 0.085), d(0.025, 0.04)
    rgb = paint(d, "white", "white", "red", "black", "green", "blue", "yellow")
    corner = size * d.pick(0.1, 0.25, 0.5)
    face = cylinder(size * 0.44, 0.002, segments=40).at(y=deep).painted(WHITE if rgb.mean() < 0.6 else WHITE * 0.8)
    marks = [
        box(size * 0.018, 0.001, size * 0.06).at(y=deep + 0.0015, z=size * 0.38).turned("y", 30 * k) for k in range(12)
    ]
    knob = join(
        cylinder(size * 0.17, 0.012, size * 0.14).at(y=deep), box(size * 0.3, 0.012, size * 0.06).at(y=deep + 0.008)
    )
    dark = join(*marks).painted(BLACK)
    grip = knob.turned("y", d(0, 360)).painted(paint(d, "red", "white", "black", "grey"))
    flat = join(casing(size, size, deep, corner, deep * 0.2).painted(rgb), face, dark, grip)
    return (flat if d.chance(0.3) else flat.turned("x", 90 - d.pick(0, d(5, 25)))).grounded()


def _digital(d: Draw) -> Solid:
    """A flat case with a grey screen over rows of keys or one large knob; on its back, on edge, or on a fold-out stand."""
    width, thick = d(0.055, 0.085), d(0.012, 0.022)
    depth = width * d(0.75, 1.3)
    rgb = paint(d, "white", "white", "black", "red", "grey", "green", "blue", "pink")
    glass = np.array(COLOURS["grey"]) * d(0.9, 1.4)
    panel = (width * d(0.7, 0.85), depth * d(0.28, 0.42), -depth * 0.18, np.clip(glass, 0, 1))
    case = panelled((width, depth, thick), width * d(0.05, 0.35), thick * 0.25, rgb, [panel])
    across = d.pick(2, 3, 3, 4)
    rows = [depth * 0.2, depth * 0.35] if d.chance(0.4) else [depth * 0.27]
    places = [(x * width, z) for x in np.linspace(-0.3, 0.3, across) for z in rows]
    keys = buttons(places, width * 0.4 / across * 1.2, depth * 0.1, 0.002).at(y=thick).painted(paint(d))
    flat = join(case, keys, _digits(panel, thick))
    if d.chance(0.4):
        return flat
    stand = box(width * 0.4, 0.003, depth * 0.6).at(z=depth * 0.2).turned("x", 40).at(y=-0.001, z=-depth * 0.15)
    lean = d(15, 35)
    up = join(flat, stand.turned("x", 180).painted(rgb)) if d.chance(0.5) else flat
    return up.turned("x", 90 - (lean if up is not flat else 0)).grounded()


def _digits(panel: tuple[float, float, float, np.ndarray], thick: float) -> Solid:
    """Four figures in strokes on the screen."""
    width, depth, z, _ = panel
    stroke = box(width * 0.03, 0.0006, depth * 0.6)
    bars = []
    for x in (-0.34, -0.15, 0.15, 0.34):
        bars += [stroke.at(x * width + width * 0.055, thick - 0.0002, z)]
        bars += [
            box(width * 0.12, 0.0006, depth * 0.08).at(x * width, thick - 0.0002, z + k * depth * 0.28) for k in (-1, 1)
        ]
    return join(*bars).painted(BLACK)


def _sand_glass(d: Draw) -> Solid:
    """Two bulbs of glass between discs on three or four posts, with sand in one of them; standing or fallen."""
    height, radius = d(0.07, 0.13), d(0.012, 0.026)
    frame = wood(d) if d.chance(0.6) else paint(d)
    waist = smooth([(0.8, 0.04), (1.0, 0.2), (0.7, 0.4), (0.12, 0.5), (0.7, 0.6), (1.0, 0.8), (0.8, 0.96)], 6)
    glass = lathe([(0, height * 0.04), *(waist * (radius, height)), (0, height * 0.96)], 28)
    glass = glass.painted(paint(d, "white", "grey", "turquoise")).banded(0, height * d(0.15, 0.35), paint(d))
    plate = lathe(
        [(0, 0), (radius * 1.5, 0), (radius * 1.6, height * 0.03), (radius * 1.5, height * 0.06), (0, height * 0.06)]
    )
    post = cylinder(radius * 0.1, height * 0.92, segments=12).at(x=radius * 1.25, y=height * 0.04)
    count = d.pick(3, 4)
    wooden = join(plate, plate.at(y=height * 0.94), *(post.turned("y", 360 / count * k) for k in range(count)))
    whole = join(glass, wooden.painted(frame))
    return whole.turned("z", 90).grounded() if d.chance(0.2) else whole
