"""Lids."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import Maker, category, one_of
from cg3d.objects.shapes.curves import arc, points, rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, METALS, metal, paint, wood
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, loft, stacked, superellipsoid, tube
from cg3d.objects.shapes.solid import Solid, join

GLASS = ("white", "white", "grey", "turquoise")


@category
def lid(d: Draw) -> Solid:
    """Of pots, of glass with a steel rim, of jars, of bottles, of food boxes and of paper cups; some upside down."""
    kinds: dict[str, Maker] = {"pot lid": _pot_lid, "glass lid": _glass_lid, "jar lid": _jar_lid, "flat lid": _flat_lid}
    kinds |= {"food box lid": _box_lid, "cup lid": _cup_lid, "bottle cap": _bottle_cap, "stoneware lid": _stoneware_lid}
    cover = one_of(d, kinds if d.chance(0.6) else {key: kinds[key] for key in ("pot lid", "glass lid", "jar lid")})
    pose = d.random()
    if pose < 0.12:
        return cover.turned("x", d(70, 95)).grounded()
    return (cover.turned("x", 180) if pose < 0.32 else cover).grounded()


def _shell(outside: np.ndarray, wall: float) -> Solid:
    """A hollow cover open below; `outside` (K, 2) goes from its rim up to its middle."""
    inside = np.maximum(outside - (wall, wall), (0.0, outside[0, 1]))[::-1]
    return lathe([(0, inside[0, 1]), *inside[inside[:, 0] > 0], *outside, (0, outside[-1, 1])], 48)


def _dome(radius: float, low: float, rise: float) -> np.ndarray:
    """(K, 2) an arched top from its border to near its middle."""
    t = np.linspace(0, np.pi / 2, 12)[:-1]
    return points(radius * np.cos(t), low + rise * np.sin(t))


def _knob(d: Draw, size: float, rgb: np.ndarray) -> Solid:
    """A button on a neck, a ball, a mushroom, a bow or a stump of wood, from y = 0 up."""
    kind, high = d.integers(4), size * d(0.5, 0.9)
    neck = cylinder(size * 0.22, high * 0.7, segments=18)
    if kind == 0:
        return join(neck, superellipsoid(size, size * 0.35, size, 0.5).at(y=high * 0.6)).painted(rgb)
    if kind == 1:
        return join(neck, superellipsoid(*(size * 0.8,) * 3).at(y=high * 0.4)).painted(rgb)
    if kind == 2:
        stump = [(size * 0.32, 0), (size * 0.28, high * 0.5), (size * 0.5, high), (size * 0.46, high * 1.1)]
        return lathe([(0, 0), *stump, (0, high * 1.1)], 24).painted(wood(d) if d.chance(0.5) else rgb)
    return tube(arc(size * d(0.7, 1.3), high * 1.1), size * d(0.1, 0.16), flatten=d(1.0, 2.0)).painted(rgb)


def _pot_lid(d: Draw) -> Solid:
    """Of sheet steel or enamel: a rim that drops into the pot, a brim and a dome."""
    radius = d(0.08, 0.15)
    brim, rise, skirt = radius * d(0.04, 0.1), radius * d(0.06, 0.3), d(0.004, 0.012)
    rgb = metal(d) if d.chance(0.6) else paint(d)
    inner = radius - brim
    low = [(inner * 0.985, 0.0), (inner, skirt), (radius, skirt), (radius, skirt + 0.002), (inner, skirt + 0.003)]
    cover = _shell(np.concatenate([low, _dome(inner * 0.98, skirt + 0.003, rise)]), 0.0015).painted(rgb)
    grip = BLACK if d.chance(0.5) else metal(d)
    return join(cover, _knob(d, d(0.028, 0.045), grip).at(y=skirt + rise + 0.002))


def _glass_lid(d: Draw) -> Solid:
    """A clear dome in a steel or silicone ring, with a knob, its rosette and a steam hole."""
    radius, rise = d(0.08, 0.15), d(0.015, 0.045)
    glass = _shell(_dome(radius, 0.004, rise), 0.004).painted(paint(d, *GLASS))
    ring = hoop(radius, d(0.002, 0.005), 48).scaled(y=d(1.0, 1.8)).at(y=0.004).painted(paint(d, *METALS, "red"))
    rosette = cylinder(0.017, 0.004, 0.014).at(y=rise + 0.003).painted(paint(d, *METALS))
    vent = hoop(0.004, 0.0012, 16).at(x=radius * 0.45, y=0.004 + rise * 0.9).painted(metal(d))
    return join(glass, ring, rosette, vent, _knob(d, d(0.03, 0.045), BLACK).at(y=rise + 0.005))


def _stoneware_lid(d: Draw) -> Solid:
    """Thick and glazed, of a casserole, a teapot or a sugar bowl."""
    radius = d(0.035, 0.13)
    edge, rise, rgb = radius * d(0.06, 0.14), radius * d(0.15, 0.5), paint(d)
    low = [(radius * 0.86, 0.0), (radius * 0.86, edge), (radius, edge), (radius, edge * 1.8)]
    cover = _shell(np.concatenate([low, _dome(radius * 0.97, edge * 2, rise)]), radius * 0.05).painted(rgb)
    return join(cover, _knob(d, radius * d(0.28, 0.4), rgb).at(y=edge * 2 + rise * 0.97))


def _ridged(outside: np.ndarray, wall: float, ribs: int, depth: float) -> Solid:
    """A hollow cover whose outside below its top is ribbed to be gripped."""
    cover = _shell(outside, wall)
    x, y, z = cover.vertices.T
    reach, top = np.hypot(x, z), outside[:, 1].max()
    side = (reach > outside[:, 0].max() - wall * 0.5) & (y > top * 0.05) & (y < top * 0.9)
    wave = 1 - side * depth * (0.5 + 0.5 * np.cos(ribs * np.arctan2(z, x)))
    return cover.reshaped(np.column_stack([x * wave, y, z * wave]))


def _screw_lid(d: Draw, radius: float, tall: float) -> Solid:
    """A flat top with a rounded edge over a straight wall; the liner shows below."""
    step = d.pick(0.0, d(0.02, 0.06)) * tall
    wall = [(radius, t * tall) for t in (0.0, 0.06, 0.3, 0.55, 0.8, 0.88)]
    top = [(radius * 0.97, tall), (radius * 0.9, tall), (radius * 0.86, tall - step), (radius * 0.1, tall - step)]
    return _ridged(np.array([*wall, *top]), d(0.001, 0.002), d.pick(0, 12, 16), d(0.01, 0.035))


def _jar_lid(d: Draw) -> Solid:
    """Of tin or plastic, plain, checked, printed or with a raised middle."""
    radius = d(0.03, 0.055)
    tall = d(0.009, 0.02)
    cover = _screw_lid(d, radius, tall).painted(metal(d) if d.chance(0.4) else paint(d))
    if d.chance(0.4):
        cover = join(cover, cylinder(radius * d(0.4, 0.8), 0.0008).at(y=tall - 0.0003).painted(paint(d)))
    return cover


def _bottle_cap(d: Draw) -> Solid:
    radius = d(0.014, 0.024)
    return _screw_lid(d, radius, radius * d(0.6, 1.3)).painted(paint(d))


def _flat_lid(d: Draw) -> Solid:
    """A plain disc of wood, silicone or cork with a knob, or a canister's."""
    radius, thick = d(0.04, 0.13), d(0.004, 0.014)
    rgb = wood(d) if d.chance(0.5) else paint(d)
    seal = lathe([(0, 0), (radius * 0.88, 0), (radius * 0.9, thick), (0, thick)]).painted(
        paint(d, "white", "grey", "black")
    )
    disc = lathe([(0, 0), (radius, 0), (radius, thick * 0.8), (radius * 0.97, thick), (0, thick)], 48).at(y=thick * 0.8)
    return join(seal, disc.painted(rgb), _knob(d, radius * d(0.25, 0.4), rgb).at(y=thick * 1.7))


def _box_lid(d: Draw) -> Solid:
    """Of a lunch box: a shallow tray of plastic, hollow below, with a raised field and often clips at its sides."""
    width, tall, wall = d(0.1, 0.26), d(0.01, 0.025), 0.0018
    depth, corner, rgb = width * d(0.6, 1.0), d(0.01, 0.04), paint(d)

    def ring(less: float) -> np.ndarray:
        return rectangle(width - less, depth - less, corner - less / 3)

    field = d(0.012, 0.03)
    under = [(ring(wall * 2), tall - wall), (ring(wall * 2), 0.0)]
    over = [(ring(0), 0.0), (ring(0), tall * 0.9), (ring(0.003), tall), (ring(field), tall)]
    over.append((ring(field * 1.15), tall + d.pick(-0.5, 1.0) * wall * 1.2))
    parts = [stacked([*under, *over]).painted(rgb)]
    if d.chance(0.5):
        clip = superellipsoid(0.006, tall * 1.6, depth * 0.35, 0.8).at(y=-tall * 0.5)
        parts += [clip.at(x=side * (width / 2 + 0.002)).painted(paint(d) if d.chance(0.4) else rgb) for side in (1, -1)]
    return join(*parts)


def _cup_lid(d: Draw) -> Solid:
    """Of a paper cup: a rolled rim, a raised brim with a sip hole, and a sunk middle."""
    radius, tall = d(0.038, 0.047), d(0.012, 0.02)
    rim = [(radius * 0.97, 0.0), (radius, 0.003), (radius * 0.97, 0.006), (radius * 0.9, 0.006)]
    top = [(radius * 0.86, tall), (radius * 0.78, tall), (radius * 0.74, tall * 0.65), (radius * 0.1, tall * 0.65)]
    cover = _shell(np.array([*rim, *top]), 0.0006).painted(paint(d, "white", "white", "black", "brown"))
    angle = np.arange(16) * 2 * np.pi / 16
    hole = loft([points(0.005 * np.cos(angle), y, -0.0025 * np.sin(angle)) for y in (tall - 0.001, tall + 0.0004)])
    return join(cover, hole.at(x=radius * 0.82).painted(BLACK))
