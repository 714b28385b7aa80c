"""Food on and between bread: hamburger, pizza, sandwich."""

from __future__ import annotations

import numpy as np

from cg3d.objects.food.bread import CRUMB, CRUST
from cg3d.objects.food.produce import tinted
from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, rectangle, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import cylinder, lathe, loft, stacked, superellipsoid
from cg3d.objects.shapes.solid import Solid, join

GREEN, RED, CHEESE, MEAT = (0.35, 0.6, 0.2), (0.78, 0.18, 0.13), (0.95, 0.72, 0.2), (0.35, 0.2, 0.12)


def frill(outline: np.ndarray, height: float, wave: float, waves: int, phase: float) -> Solid:
    """A leaf or a slice: a thin plate whose edge goes up and down and juts out."""
    angle = np.arctan2(outline[:, 1], outline[:, 0])
    rise = wave * np.sin(waves * angle + phase)
    rings = []
    for size, y, share in ((0.6, 0.0, 0.0), (1.0, 0.0, 1.0), (1.0, height, 1.0), (0.6, height, 0.0)):
        flat = outline[::-1] * (size + 0.05 * share * np.sin(waves * angle[::-1] + 1))[:, None]
        rings.append(points(flat[:, 0], y + share * rise[::-1], flat[:, 1]))
    return loft(rings)


def _round(radius: float, count: int = 48) -> np.ndarray:
    angle = np.arange(count) * 2 * np.pi / count
    return points(np.cos(angle), np.sin(angle)) * radius


@category
def hamburger(d: Draw) -> Solid:
    """A bun with seeds over one or two patties, cheese, lettuce, tomato and onion in some order."""
    radius, rgb = d(0.042, 0.062), tinted(d, *CRUST[:3])
    level = radius * d(0.28, 0.45)
    foot = [(0, 0), (radius * 0.9, 0), (radius, level * 0.4)]
    foot += [(radius * 0.99, level * 0.85), (radius * 0.92, level), (0, level)]
    parts = [lathe(foot, 36).painted(rgb)]
    fillings = ["patty", *d.permutation(["cheese", "lettuce", "tomato", "onion", "patty"])[: d.integers(1, 6)]]
    for name in fillings:
        part, thick = _filling(d, str(name), radius)
        parts.append(part.at(y=level - 0.002))
        level += thick
    dome = radius * d(0.55, 0.85)
    knots = smooth([(0.93, 0.0), (1.03, 0.22), (0.93, 0.62), (0.55, 0.93), (0.0, 1.0)], 5)
    cap = lathe([(0, 0), *(np.maximum(knots, 0) * (radius, dome))], 36).turned("z", d.normal(0, 2))
    parts.append(cap.painted(rgb).at(y=level - 0.001))
    if d.chance(0.65):
        parts.append(_seeds(d, radius, dome).at(y=level - 0.001))
    return join(*parts)


def _seeds(d: Draw, radius: float, dome: float) -> Solid:
    seed, spots = lathe([(0, 0), (0.0017, 0.001), (0, 0.002)], 6).scaled(1.5, 1, 1), []
    for _ in range(d.count(20, 50)):
        away, angle = 0.75 * np.sqrt(d.random()), d(0, 2 * np.pi)
        spots.append(
            seed.turned("y", d(0, 180)).at(
                away * radius * np.cos(angle), dome * (1 - 0.55 * away**2.2) - 0.001, away * radius * np.sin(angle)
            )
        )
    return join(*spots).painted(CRUMB)


def _filling(d: Draw, name: str, radius: float) -> tuple[Solid, float]:
    """What lies in a bun, and how thick it is."""
    if name == "patty":
        thick = radius * d(0.25, 0.42)
        wide = 2 * radius * d(0.98, 1.08)
        return superellipsoid(wide, thick * 1.05, wide, 0.6).painted(tinted(d, MEAT)), thick
    if name == "cheese":
        side = radius * d(1.7, 1.95)
        sheet = frill(rectangle(side, side, 0.002), 0.003, -radius * 0.1, 4, np.pi / 2).turned("y", d(0, 90))
        return sheet.painted(tinted(d, CHEESE)), 0.002
    if name == "lettuce":
        leaf = frill(_round(radius * d(1.05, 1.2), 72), 0.003, 0.004, d.count(7, 13), d(0, 6))
        return leaf.painted(tinted(d, GREEN)), 0.006
    rgb, thick = (tinted(d, RED), 0.007) if name == "tomato" else (tinted(d, (0.92, 0.88, 0.9), (0.7, 0.4, 0.6)), 0.004)
    disc = lathe([(0, 0), (radius * 0.93, 0), (radius * 0.95, thick / 2), (radius * 0.93, thick), (0, thick)], 28)
    return disc.painted(rgb).at(x=d.normal(0, radius * 0.05)), thick * 0.9


@category
def sandwich(d: Draw) -> Solid:
    """Two slices of bread with something between: square, cut to triangles, or a long roll."""
    return one_of(d, {"sandwich": _square, "triangle sandwich": _triangles, "submarine sandwich": _sub})


def _layers(d: Draw, outline: np.ndarray, thick: float) -> Solid:
    """Bread of the given outline with sheets of filling whose edges show, and perhaps a third slice."""
    crust, parts, level = tinted(d, *CRUST), [], 0.0
    for floor in range(2 if d.chance(0.25) else 1):
        if floor == 0:
            parts.append(_bread(outline, thick, crust))
            level = thick
        for rgb, wavy in d.permutation(np.array([(0, 1), (1, 0), (2, 0), (3, 0)]))[: d.integers(1, 5)]:
            shade = tinted(d, (GREEN, RED, CHEESE, (0.85, 0.55, 0.5))[rgb])
            parts.append(
                frill(outline * d(0.97, 1.06), 0.004, 0.003 if wavy else 0.0008, 9, d(0, 6)).at(y=level).painted(shade)
            )
            level += 0.0045
        parts.append(_bread(outline, thick, crust).at(y=level - 0.001))
        level += thick - 0.001
    return join(*parts)


def _bread(outline: np.ndarray, thick: float, crust: np.ndarray) -> Solid:
    soft = 0.97
    body = stacked([(outline * soft, 0.0), (outline, thick * 0.2), (outline, thick * 0.8), (outline * soft, thick)])
    body = body.painted(crust)
    flat = np.ptp(body.vertices[body.faces][..., 1], axis=1) < 1e-9
    return body.painted_where(flat, CRUMB)


def _dense(corners: list[tuple[float, float]], count: int = 12) -> np.ndarray:
    """The polygon with points along its sides."""
    ends = np.array(corners)
    step = np.linspace(0, 1, count, endpoint=False)[:, None]
    return np.concatenate([a + (b - a) * step for a, b in zip(ends, np.roll(ends, -1, axis=0), strict=True)])


def _square(d: Draw) -> Solid:
    half, deep = d(0.045, 0.062), d(0.85, 1.05)
    outline = _dense([(half, half * deep), (-half, half * deep), (-half, -half * deep), (half, -half * deep)])
    return _layers(d, outline, d(0.01, 0.017))


def _triangles(d: Draw) -> Solid:
    """One half, lying or standing on its crust, or both halves."""
    half, thick = d(0.05, 0.065), d(0.01, 0.016)
    corners = np.array([(-half, -half), (half, -half), (-half, half)])
    outline = _dense([tuple(c) for c in (corners - corners.mean(axis=0))])
    one = _layers(d, outline, thick).at(x=-half / 3, z=-half / 3)
    pose = d.random()
    if pose < 0.35:
        return one
    if pose < 0.65:
        return one.turned("z", 90).grounded()
    gap = d(0.0, 0.03)
    return join(one.at(x=-gap, z=-gap), one.turned("y", 180).at(x=gap, z=gap))


def _sub(d: Draw) -> Solid:
    """A split roll, longer than wide."""
    length = d(0.14, 0.3)
    width = d(0.055, 0.08)
    outline, rgb, thick = rectangle(length, width, width * 0.48), tinted(d, *CRUST), width * d(0.25, 0.4)
    low = stacked([(outline * (0.95, 0.8), 0.0), (outline, thick * 0.6), (outline * (0.99, 0.96), thick)])
    parts, level = [low.painted(rgb)], thick
    for shade, wave in ((GREEN, 0.004), (RED, 0.001), (CHEESE, 0.001), ((0.85, 0.55, 0.5), 0.002)):
        if d.chance(0.75):
            parts.append(
                frill(outline * (1.0, 1.06), 0.005, wave, 12, d(0, 6)).at(y=level - 0.001).painted(tinted(d, shade))
            )
            level += 0.0055
    domed = [(outline * (0.99, 0.97), 0.0), (outline, thick * 0.35)]
    domed += [(outline * (0.97, 0.85), thick * 0.85), (outline * (0.9, 0.5), thick * 1.15)]
    return join(*parts, stacked(domed).at(y=level - 0.001).painted(rgb))


@category
def pizza(d: Draw) -> Solid:
    """A flat round with a raised rim and toppings; whole, with a piece missing, or one slice."""
    radius, pose = d(0.11, 0.19), d.random()
    start, sweep = (0.0, 2 * np.pi) if pose < 0.4 else (0.0, d(0.35, 0.9) if pose < 0.75 else d(3.2, 5.6))
    whole = _pie(d, radius, start, sweep)
    kind = "slice of pizza" if 0.4 <= pose < 0.75 else "pizza"
    return whole.turned("y", d(0, 360)).called(kind)


def _pie(d: Draw, radius: float, start: float, sweep: float) -> Solid:
    """The part of a pizza between two directions."""
    crust, sauce = (
        tinted(d, *CRUST),
        tinted(d, (0.9, 0.72, 0.3), (0.78, 0.3, 0.15), (0.88, 0.62, 0.25), (0.92, 0.82, 0.55)),
    )
    rim, flat = d(0.012, 0.024), d(0.006, 0.01)
    profile = [(0.004, 0.0), (radius, 0.0), (radius + rim * 0.2, rim * 0.5), (radius - rim * 0.3, rim)]
    profile += [(radius - rim, rim * 0.85), (radius - rim * 1.5, flat), (0.004, flat)]
    closed = sweep > 6.2
    turn = np.linspace(start, start + sweep, 49)[: 48 if closed else 49]
    section = np.array(profile)[::-1]
    bumps = 1 + 0.02 * np.sin(turn * d.count(5, 9) + d(0, 6))
    rings = np.array(
        [
            points(section[:, 0] * b * np.cos(a), section[:, 1], -section[:, 0] * b * np.sin(a))
            for a, b in zip(turn, bumps, strict=True)
        ]
    )
    body = loft(np.concatenate([rings, rings[:1]]) if closed else rings, capped=not closed).painted(crust)
    centre = body.face_centres()
    inside = (np.hypot(centre[:, 0], centre[:, 2]) < radius - rim * 1.1) & (centre[:, 1] > flat * 0.9)
    parts = [body.painted_where(inside, sauce)]
    for rgb, size in (
        (tinted(d, (0.7, 0.15, 0.12), (0.75, 0.3, 0.2)), d(0.014, 0.022)),
        (paint(d, "green", "black", "white", "yellow"), d(0.006, 0.012)),
    ):
        topping = cylinder(size, 0.003, size * 0.9, 14).painted(rgb)
        for _ in range(int(d.integers(5, 16) * max(sweep / 6.3, 0.3))):
            edge = min(0.12, sweep / 4)
            away, angle = (radius - 1.6 * rim - size) * np.sqrt(d(0.08, 1)), d(start + edge, start + sweep - edge)
            parts.append(topping.at(away * np.cos(angle), flat - 0.0005, -away * np.sin(angle)))
    return join(*parts)
