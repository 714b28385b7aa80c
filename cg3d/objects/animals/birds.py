"""Birds, as ornaments and toys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import bent, blob, limb, placed, spike, trunk, uneven
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, WHITE, paint
from cg3d.objects.shapes.primitives import cylinder, extrude, rod
from cg3d.objects.shapes.solid import Solid, join, mirrored


@dataclass(frozen=True)
class Bird:
    """Proportions of one kind; lengths in parts of the body, which is one long."""

    pitch: float  # the body above the level, degrees
    girth: float  # half the width of the body
    neck: float
    skull: float  # length of the head without its bill
    bill: float  # length of the bill
    flat: float  # width of the bill in parts of its height
    leg: float
    tail: float
    colours: tuple[str, ...]


BIRDS = {
    "songbird": Bird(25, 0.27, 0.12, 0.32, 0.14, 1.0, 0.22, 0.45, ("blue", "red", "yellow", "brown", "grey")),
    "duck": Bird(8, 0.3, 0.26, 0.32, 0.24, 2.4, 0.12, 0.22, ("yellow", "white", "brown", "green")),
    "rubber duck": Bird(4, 0.42, 0.22, 0.62, 0.26, 2.6, 0.0, 0.18, ("yellow", "yellow", "yellow", "pink", "blue")),
    "eagle": Bird(48, 0.26, 0.2, 0.27, 0.17, 0.8, 0.24, 0.4, ("brown", "brown", "black", "grey", "yellow")),
    "owl": Bird(78, 0.34, 0.05, 0.6, 0.1, 0.9, 0.1, 0.18, ("brown", "grey", "white", "beige", "orange")),
    "parrot": Bird(62, 0.24, 0.1, 0.34, 0.16, 0.8, 0.1, 0.9, ("green", "red", "blue", "yellow")),
    "penguin": Bird(86, 0.3, 0.1, 0.34, 0.2, 0.9, 0.05, 0.12, ("black", "black", "grey", "blue")),
    "swan": Bird(6, 0.3, 0.75, 0.26, 0.2, 1.4, 0.0, 0.25, ("white", "white", "black")),
    "flamingo": Bird(15, 0.24, 0.85, 0.22, 0.2, 1.0, 1.1, 0.2, ("pink", "white")),
    "hen": Bird(22, 0.31, 0.26, 0.26, 0.12, 1.0, 0.28, 0.35, ("brown", "white", "red", "black")),
    "chick": Bird(30, 0.4, 0.02, 0.5, 0.14, 1.2, 0.12, 0.1, ("yellow", "yellow", "beige")),
}


@category
def bird(d: Draw) -> Solid:
    """Songbird, duck, eagle, owl, parrot, penguin, swan, flamingo, hen, chick; wings folded or spread."""
    kind = d.pick(*BIRDS)
    plan, rgb = BIRDS[kind], paint(d) if d.chance(0.12) else paint(d, *BIRDS[kind].colours)
    girth, stretch = plan.girth * d(0.88, 1.15), d(0.85, 1.15)
    turn = np.radians(plan.pitch + d(-8, 8))
    ahead, up = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    middle = np.array([0, max(plan.leg * stretch, 0.02) + 0.42 * abs(np.sin(turn)) + girth * np.cos(turn)])
    sections = [(-0.45, 0.06, 0.4), (-0.22, 0.01, 0.8), (0.08, 0, 1.0), (0.32, 0.04, 0.78), (0.44, 0.08, 0.5)]
    body = trunk([(*(middle + x * ahead + y * up), girth * s * 1.02, girth * s) for x, y, s in sections], segments=22)
    parts = [body.painted(rgb), _head(d, plan, rgb, kind, middle + 0.38 * ahead + 0.1 * up, stretch)]
    wing_rgb = rgb * d(0.6, 1.0) if d.chance(0.7) else paint(d)
    spread = d.chance({"eagle": 0.6, "parrot": 0.3, "songbird": 0.25, "owl": 0.25, "swan": 0.2}.get(kind, 0.06))
    wing = _spread_wing(d) if spread else _folded_wing(d, girth)
    wings = mirrored(wing.at(z=girth * 0.4 if spread else 0), "z")
    parts.append(placed(wings, np.degrees(turn) * (0.6 if spread else 1), middle + 0.1 * up).painted(wing_rgb))
    parts.append(_tail(d, plan, kind, np.degrees(turn), middle - 0.42 * ahead + 0.05 * up).painted(wing_rgb))
    if plan.leg:
        parts.append(_legs(d, middle[1], girth))
    if kind == "penguin":
        parts.append(blob(girth * 1.3, 0.8, girth * 1.5).at(girth * 0.42, middle[1]).painted(WHITE))
    mesh = uneven(d, bent(join(*parts), middle[0] + 0.2, 0.5, d.pick(0.0, d(-45, 45)), middle[1]), d(0, 0.006))
    factor = d(0.05, 0.32) / np.ptp(mesh.vertices, axis=0).max()
    return mesh.resized(factor).grounded().called(kind)


def _head(d: Draw, plan: Bird, rgb: np.ndarray, kind: str, base: np.ndarray, stretch: float) -> Solid:
    """Neck, skull, bill, eyes, and what the kind wears on its head."""
    tip, size, dark = base + np.array([0.08, 1.0]) * plan.neck * stretch, plan.skull, rgb
    if plan.neck > 0.5:
        sway = np.array([0.22, 0.0])
        knots = [(*base, 0, 0.13), (*(base + sway * 0.9 + 0.25 * (tip - base)), 0, 0.08)]
        knots += [(*(base - sway * 0.3 + 0.7 * (tip - base)), 0, 0.07), (*tip, 0, 0.08)]
        neck = limb(knots)
    else:
        neck = limb([(*(base - (0.05, 0.05)), 0, plan.girth * 0.65), (tip[0], tip[1] + size * 0.25, 0, size * 0.34)])
    if kind in ("eagle", "duck") and d.chance(0.6):
        dark = WHITE if kind == "eagle" else paint(d, "green", "brown", "white")
    skull = blob(size * 1.08, size * 0.95, size * 0.92).at(0.02, size * 0.35)
    deep = plan.bill * 0.42 if plan.flat < 1.3 else size * 0.17
    hook = -0.35 if kind in ("eagle", "parrot", "owl", "flamingo") else -0.05
    long, wide_tip = plan.bill, deep * (0.65 if plan.flat > 1.3 else 0.2) * plan.flat
    knots = [(size * 0.4, size * 0.3, deep, deep * plan.flat)]
    knots += [(size * 0.5 + long * 0.6, size * 0.27 + hook * 0.25 * long, deep * 0.7, deep * 0.75 * plan.flat)]
    bill = trunk([*knots, (size * 0.5 + long, size * 0.27 + hook * long, deep * 0.2, wide_tip)])
    wide = 0.26 if kind == "owl" else 0.12
    eye = blob(wide * size * 0.6, wide * size, wide * size)
    eye = eye.at(size * (0.47 if kind == "owl" else 0.34), size * 0.5, size * (0.2 if kind == "owl" else 0.33))
    parts = [skull.painted(dark), bill.painted(paint(d, "orange", "yellow", "black"))]
    parts += [mirrored(eye, "z").painted(BLACK)]
    if kind == "hen":
        comb = [blob(0.1, 0.13, 0.03).at(x, size * 0.9) for x in (-0.08, 0, 0.08)]
        wattle = blob(0.05, 0.14, 0.06).at(size * 0.5, 0)
        parts.append(join(*comb, wattle).painted(paint(d, "red")))
    elif kind == "owl":
        ear = spike(size * 0.3, size * 0.14).turned("x", 20).at(0.03, size * 0.7, size * 0.25)
        parts.append(mirrored(ear, "z").painted(rgb))
    return join(neck.painted(dark if plan.neck < 0.2 else rgb), join(*parts).at(*tip))


def _folded_wing(d: Draw, girth: float) -> Solid:
    """A wing along the flank, its tip towards the tail."""
    knots = [(0.26, 0.0, 0.12, 0.035), (0.05, 0.02, girth * 0.75, 0.05)]
    knots += [(-0.3, 0.02, girth * 0.5, 0.04), (-0.58, 0.04, 0.05, 0.02)]
    return trunk(knots).turned("y", -8).at(0, -0.06, girth * d(0.86, 0.98))


def _spread_wing(d: Draw) -> Solid:
    """A wing lifted from the back: a flat hand of feathers, broad near the body."""
    length, lift = d(0.9, 1.5), d(5, 70)
    outline = [(0.16, 0), (0.24, 0.45), (0.1, 0.85), (-0.12, 1.0), (-0.2, 0.92), (-0.26, 0.8)]
    outline += [(-0.34, 0.68), (-0.4, 0.5), (-0.36, 0.25), (-0.3, 0)]
    plate = extrude(np.array(outline) * (0.9, length), 0.04)
    return plate.turned("x", 90 - lift).turned("y", d(-20, 15))


def _tail(d: Draw, plan: Bird, kind: str, pitch: float, where: np.ndarray) -> Solid:
    length, up = plan.tail * d(0.8, 1.2), d(-12, 12)
    if kind in ("hen", "duck", "rubber duck", "swan"):
        up = -d(20, 55)
    fan = trunk([(0.08, 0, 0.1, 0.12), (-length * 0.5, 0, 0.05, 0.13), (-length, 0.0, 0.025, 0.15)], blunt=0.3)
    return placed(fan, pitch + up, where)


def _legs(d: Draw, middle: float, girth: float) -> Solid:
    z, thin = girth * 0.45, d(0.02, 0.035)
    shank = rod((0, thin * 0.5, z), (-0.03, middle, z), thin)
    toes = [
        limb([(0, thin, 0, thin), (0.17, thin * 0.6, 0, thin * 0.6)], 2, 8).turned("y", turn).at(z=z)
        for turn in (-30, 0, 30, 180)
    ]
    legs = mirrored(join(shank, *toes), "z")
    if d.chance(0.3):
        legs = join(legs, cylinder(0.32, 0.07, 0.3).at(0, -0.06))
    return legs.painted(paint(d, "orange", "brown", "black", "yellow"))
