"""A small human body for figures, facing +x and one unit tall: build, pose of arms and legs, head and what it wears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.objects.shapes.bodies import blob, limb, trunk
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import BLACK, paint
from cg3d.objects.shapes.primitives import cylinder, lathe, stacked
from cg3d.objects.shapes.solid import Solid, join, mirrored


@dataclass(frozen=True)
class Physique:
    """Proportions in parts of the height."""

    head: float  # height of the head
    hip: float  # height of the hip joints
    shoulders: float  # half the width of the chest
    waist: float
    hips: float
    depth: float  # half the depth of the chest
    arm: float  # length of the arm
    thick: float  # radius of the upper arm

    @property
    def neck(self) -> float:
        """Height of the top of the chest."""
        return 1.0 - self.head * 1.12


@dataclass(frozen=True)
class Clothes:
    """Colours of the parts of a figure."""

    skin: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    boots: np.ndarray
    gloves: np.ndarray


def physique(d: Draw, build: str) -> Physique:
    """A hero with wide shoulders, a plain person, or a cartoon character with a large head on short legs."""
    if build == "cartoon":
        head = d(0.32, 0.48)
        wide = d(0.13, 0.19)
        return Physique(head, (1 - head) * d(0.32, 0.45), wide, wide, wide, wide * 0.85, 0.26, 0.055)
    wide = d(0.15, 0.19) if build == "hero" else d(0.105, 0.13)
    hips = d(0.085, 0.105)
    thick = d(0.042, 0.058) if build == "hero" else d(0.028, 0.036)
    deep = wide * d(0.5, 0.65)
    return Physique(d(0.125, 0.155), d(0.46, 0.51), wide, hips * 0.92, hips, deep, 0.4, thick)


def clothes(d: Draw) -> Clothes:
    """A suit of one colour or of several."""
    skin = np.array([0.88, 0.68, 0.53]) * d(0.4, 1.0)
    top = paint(d)
    bottom = top if d.chance(0.35) else paint(d)
    boots = paint(d)
    return Clothes(skin, top, bottom, boots, boots if d.chance(0.4) else skin)


def torso(body: Physique, lean: float = 0.0) -> Solid:
    """Hips, waist, chest and shoulders; `lean` moves the shoulders ahead."""
    low, high, deep = body.hip, body.neck, body.depth
    knots = [(0.0, low - 0.02, deep * 0.8, body.hips), (0, low + 0.25 * (high - low), deep * 0.78, body.waist)]
    knots += [(lean * 0.6, low + 0.68 * (high - low), deep, body.shoulders * 0.92)]
    knots += [(lean, high - 0.06 * (high - low), deep * 0.7, body.shoulders * 0.82)]
    return trunk(knots, segments=22, blunt=0.5)


def arm(body: Physique, wear: Clothes, ahead: float, out: float, elbow: float, lean: float = 0.0) -> Solid:
    """The left arm, at +z, and its hand.

    Args:
        ahead: how far the upper arm is swung forwards from hanging, degrees.
        out: how far the arm is lifted sideways, degrees.
        elbow: how far the forearm is bent forwards and up, degrees.
    """
    start = np.array([lean, body.neck - 0.045, body.shoulders + body.thick * 0.25])
    joint = start + body.arm * 0.47 * _direction(ahead, out)
    wrist = joint + body.arm * 0.4 * _direction(ahead + elbow, out * 0.8)
    thick = body.thick
    upper = [(*start, thick * 1.3), (*((start + joint) / 2), thick * 1.08), (*joint, thick * 0.78)]
    lower = [(*joint, thick * 0.78), (*(0.6 * joint + 0.4 * wrist), thick * 0.92), (*wrist, thick * 0.6)]
    hand = blob(thick * 2.1, thick * 2.3, thick * 1.7).at(*(wrist + 0.9 * thick * _direction(ahead + elbow, out * 0.8)))
    parts = [limb(upper).painted(wear.top), limb(lower).painted(wear.gloves), hand.painted(wear.gloves)]
    return join(*parts)


def hand_of(body: Physique, ahead: float, out: float, elbow: float) -> np.ndarray:
    """(3,) where the hand of `arm` is."""
    start = np.array([0, body.neck - 0.045, body.shoulders + body.thick * 0.25])
    reach = 0.4 * body.arm + body.thick
    return start + body.arm * 0.47 * _direction(ahead, out) + reach * _direction(ahead + elbow, out * 0.8)


def _direction(ahead: float, out: float) -> np.ndarray:
    a, o = np.radians(ahead), np.radians(out)
    return np.array([np.sin(a) * np.cos(o), -np.cos(a) * np.cos(o), np.sin(o)])


def leg(body: Physique, wear: Clothes, ahead: float, out: float, knee: float) -> Solid:
    """The left leg; `ahead` and `out` as for `arm`, `knee` bends the shin back."""
    length, thick = body.hip, body.hips * 0.58
    start = np.array([0, body.hip, body.hips * 0.52])
    joint = start + length * 0.5 * _direction(ahead, out)
    ankle = joint + length * 0.44 * _direction(ahead - knee, out)
    upper = [(*start, thick), (*((start + joint) / 2), thick * 0.95), (*joint, thick * 0.7)]
    lower = [(*joint, thick * 0.7), (*(0.65 * joint + 0.35 * ankle), thick * 0.78), (*ankle, thick * 0.5)]
    x, y, z = ankle
    low = y - length * 0.03
    foot = trunk(
        [(x - 0.02, low, thick * 0.55, thick * 0.55), (x + thick * 1.6, low - 0.008, thick * 0.42, thick * 0.62)]
    )
    return join(limb(upper).painted(wear.bottom), join(limb(lower), foot.at(z=z)).painted(wear.boots))


def head(d: Draw, size: float, wear: Clothes, style: str) -> Solid:
    """A head of height `size` over its neck at the origin; style: bare, hair, cap, helmet, masked or hood."""
    face = wear.top if style == "masked" else wear.skin
    skull = blob(size * 0.82, size, size * 0.74).at(size * 0.02, size * 0.55)
    jaw = blob(size * 0.5, size * 0.42, size * 0.46).at(size * 0.13, size * 0.25)
    neck = cylinder(size * 0.24, size * 0.5, segments=14).at(0, -size * 0.22)
    nose = blob(size * 0.14, size * 0.18, size * 0.12).at(size * 0.43, size * 0.48)
    parts = [join(skull, jaw, neck, nose).painted(face), _headwear(d, size, style)]
    if d.chance(0.6):
        piece = mirrored(blob(size * 0.08, size * 0.12, size * 0.14).at(size * 0.38, size * 0.6, size * 0.17), "z")
        parts.append(piece.painted(BLACK))
    return join(*parts).turned("y", d.pick(0.0, d(-45, 45))).turned("z", d(-8, 4))


def _headwear(d: Draw, size: float, style: str) -> Solid:
    rgb = paint(d)
    top = blob(size * 0.92, size * 0.75, size * 0.84).at(-size * 0.05, size * 0.76)
    if style == "hair":
        back = blob(size * 0.45, size * d(0.7, 1.3), size * 0.8).at(-size * 0.28, size * 0.45)
        return join(top, back).painted(paint(d, "black", "brown", "yellow", "red", "grey"))
    if style == "cap":
        peak = blob(size * 0.7, size * 0.1, size * 0.72).at(size * 0.42, size * 0.72)
        return join(blob(size * 1.0, size * 0.62, size * 0.98).at(-size * 0.03, size * 0.86), peak).painted(rgb)
    if style == "helmet":
        profile = [(0, 0.4), (0.5, 0.4), (0.52, 0.62), (0.46, 0.9), (0.28, 1.1), (0, 1.17)]
        crest = blob(size * 0.9, size * 0.3, size * 0.1).at(0, size * 1.15) if d.chance(0.4) else top
        return join(lathe(profile, 20).scaled(size * 1.02, size, size * 0.92).at(-size * 0.06), crest).painted(rgb)
    if style == "masked":
        ears = (
            limb([(0, 0.85, 0.24, 0.08), (-0.02, 1.25, 0.28, 0.02)])
            if d.chance(0.5)
            else blob(0.12, 0.3, 0.2).at(0.38, 0.6, 0.14)
        )
        return mirrored(ears.resized(size), "z").painted(rgb)
    if style == "hood":
        return join(top, blob(size * 0.8, size * 1.0, size * 0.92).at(-size * 0.14, size * 0.45)).painted(rgb)
    return blob(size * 0.7, size * 0.5, size * 0.7).at(-size * 0.04, size * 0.75).painted(rgb)


def cape(d: Draw, body: Physique) -> Solid:
    """Cloth from the shoulders down the back, wider and in folds below."""
    end, folds, away = body.neck * d(0.05, 0.5), d(0.0, 0.02), d(0.05, 0.3)
    across = np.linspace(-1, 1, 15)
    outlines = []
    for share in np.linspace(1, 0, 8):
        wide = body.shoulders * (0.85 + 0.5 * share)
        x = -body.depth * 0.8 - away * share**1.5 + 0.06 * across**2 + folds * share * np.sin(9 * across)
        outer, inner = points(x - 0.012, wide * across), points(x + 0.012, wide * across)
        outlines.append((np.concatenate([inner, outer[::-1]]), body.neck - 0.02 - share * (body.neck - end)))
    return stacked(outlines).painted(paint(d))
