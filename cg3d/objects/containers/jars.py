"""Jars and the small round vessels near them: jar, pill bottle, ramekin."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import arc, points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint
from cg3d.objects.shapes.primitives import cylinder, hoop, lathe, loft, superellipsoid, tube
from cg3d.objects.shapes.printing import labelled
from cg3d.objects.shapes.resting import toppled
from cg3d.objects.shapes.round_bodies import fluted, sliced, vessel
from cg3d.objects.shapes.solid import Solid, join


@category
def jar(d: Draw) -> Solid:
    """A wide-mouthed glass or stone vessel: with a screw lid, with a swing-top lid, a cookie jar, or open."""
    kinds = {"jam jar": _jam_jar, "canning jar": _swing_top, "cookie jar": _cookie_jar, "open jar": _open_jar}
    return one_of(d, kinds)


def _jar_wall(d: Draw, height: float, radius: float) -> np.ndarray:
    """(K, 2) from the foot to the mouth, which is nearly as wide as the body."""
    mouth, belly = d(0.78, 0.97), d.pick(1.0, d(0.95, 1.12))
    shoulder = height * d(0.72, 0.86)
    foot = [(radius * 0.9, 0.0), (radius * 0.99, height * 0.05)]
    knots = [*foot, (radius * belly, height * 0.45), (radius, shoulder), (radius * mouth, height * 0.92)]
    return np.concatenate([smooth(knots, 5), [(radius * mouth, height)]])


def _jar_size(d: Draw) -> tuple[float, float]:
    radius = d(0.028, 0.06)
    return radius * d(1.7, 3.6), radius


def _jam_jar(d: Draw) -> Solid:
    """A screw lid, often a label; the glass shows what is in it."""
    height, radius = _jar_size(d)
    wall = _jar_wall(d, height, radius)
    body = lathe([(0, 0), *sliced(wall), (0, height)]).painted(paint(d))
    if d.chance(0.6):
        body = labelled(d, body, height * d(0.12, 0.25), height * d(0.6, 0.78))
    rim, tall = wall[-1, 0] * d(1.04, 1.12), d(0.01, 0.022)
    cap = np.array(
        [(0, 0), (rim, 0), (rim, tall * 0.85), (rim * 0.95, tall), (rim * 0.6, tall * 0.97), (0, tall * 0.97)]
    )
    lid = fluted(cap, d.pick(16, 32), 0.03).painted(metal(d) if d.chance(0.4) else paint(d))
    return toppled(d, join(body, lid.at(y=height - tall * 0.5)), 0.1)


def _swing_top(d: Draw) -> Solid:
    """A glass lid held down by a wire, or a two-part lid with a bead."""
    height, radius = _jar_size(d)
    wall = _jar_wall(d, height, radius)
    body = lathe([(0, 0), *wall, (0, height)], d.pick(40, 40, 8)).painted(paint(d))
    rim = wall[-1, 0]
    seal = hoop(rim * 1.02, 0.004).at(y=height + 0.002).painted(paint(d, "orange", "red", "white"))
    dome = lathe([(0, 0), (rim * 1.05, 0), (rim * 1.05, 0.008), (rim * 0.8, 0.018), (0, 0.02)]).at(y=height + 0.004)
    wire, thin = metal(d), 0.0016
    clip = [(rim * 1.0, height * 0.86, -rim * 0.5), (rim * 1.25, height * 0.92, 0)]
    clip += [(rim * 1.0, height * 0.86, rim * 0.5)]
    bow = arc(rim * 1.1, rim * 0.5, 0, 180)[:, [0, 1, 2]] + (0, height, 0)
    frame = [tube(smooth(clip, 5), thin, 8), tube(bow, thin, 8), hoop(rim * 1.03, thin, 24).at(y=height * 0.9)]
    return join(body, seal, dome.painted(body.face_rgb[0]), join(*frame).painted(wire))


def _cookie_jar(d: Draw) -> Solid:
    """A bellied pot of stoneware, or a straight canister, with a lid with a knob."""
    radius = d(0.045, 0.1)
    height, straight = radius * d(1.5, 2.6), d.chance(0.5)
    if straight:
        wall = np.array([(radius * 0.97, 0), (radius, height * 0.03), (radius, height * 0.97), (radius * 0.98, height)])
    else:
        belly = [(radius * 0.7, 0), (radius, height * 0.4), (radius * 0.95, height * 0.7), (radius * 0.7, height)]
        wall = smooth(belly)
    body = lathe([(0, 0), *sliced(wall, 0.01), (0, height)]).painted(paint(d))
    if d.chance(0.5):
        body = body.banded(height * d(0.2, 0.4), height * d(0.5, 0.8), paint(d))
    rim, dome = wall[-1, 0] * d(0.98, 1.06), radius * d(0.08, 0.5)
    profile = [(0, 0), (rim, 0), (rim, dome * 0.2 + 0.004)]
    profile += [*smooth([(rim * 0.97, dome * 0.3 + 0.005), (rim * 0.6, dome), (0, dome * 1.15)], 5)]
    lid = lathe(profile)
    knob = superellipsoid(radius * 0.4, radius * d(0.25, 0.5), radius * 0.4, d(0, 0.7)).at(y=dome)
    return join(body, join(lid, knob).painted(paint(d)).at(y=height))


def _open_jar(d: Draw) -> Solid:
    """Without its lid, and with a thread round the mouth."""
    height, radius = _jar_size(d)
    wall = _jar_wall(d, height, radius)
    body = join(*vessel(wall, d(0.0025, 0.004), paint(d)))
    if d.chance(0.4):
        body = labelled(d, body, height * 0.2, height * 0.65)
    threads = [hoop(wall[-1, 0], 0.0013).at(y=height - drop) for drop in (0.004, 0.009)]
    return join(body, *(ring.painted(body.face_rgb[-1]) for ring in threads))


@category
def pill_bottle(d: Draw) -> Solid:
    """A small straight bottle of tinted plastic with a wide ribbed cap and a label, or a white one with a shoulder."""
    kinds = {"prescription bottle": _prescription, "vitamin bottle": _vitamins}
    return toppled(d, one_of(d, kinds), 0.25)


def _ribbed_cap(d: Draw, radius: float, tall: float) -> Solid:
    knots = [(0, 0), (radius, 0), (radius, tall * 0.9), (radius * 0.94, tall)]
    knots += [(radius * 0.8, tall * 0.97), (0, tall * 0.97)]
    return fluted(np.array(knots), d.pick(16, 32), d(0.02, 0.06)).painted(
        paint(d, "white", "white", "white", "blue", "green", "red")
    )


def _prescription(d: Draw) -> Solid:
    radius = d(0.013, 0.024)
    height, tall = radius * d(2.6, 4.2), d(0.013, 0.02)
    side = sliced(np.array([(radius * 0.95, 0), (radius, 0.003), (radius, height)]), 0.003)
    body = lathe([(0, 0), *side, (0, height)], 32).painted(paint(d, "orange", "orange", "brown", "green", "blue"))
    body = body.banded(height * 0.12, height * 0.85, paint(d, "white", "white", "beige"))
    return join(body, _ribbed_cap(d, radius * d(1.08, 1.2), tall).at(y=height - 0.002))


def _vitamins(d: Draw) -> Solid:
    radius = d(0.018, 0.045)
    height, tall = radius * d(1.9, 3.2), radius * d(0.45, 0.75)
    neck = radius * d(0.6, 0.82)
    shoulder = smooth(
        [(radius, height * 0.82), (radius * 0.93, height * 0.92), (neck, height * 0.98), (neck, height)], 4
    )
    side = sliced(np.array([(radius * 0.9, 0), (radius, radius * 0.1), *shoulder]), 0.004)
    body = lathe([(0, 0), *side, (0, height)]).painted(paint(d, "white", "white", "brown", "green", "black", "orange"))
    body = labelled(d, body, height * 0.1, height * 0.76)
    return join(body, _ribbed_cap(d, neck * d(1.08, 1.25), tall).at(y=height - 0.003))


@category
def ramekin(d: Draw) -> Solid:
    """A small low dish with straight, fluted sides, a plain band below the rim and thick walls."""
    radius = d(0.032, 0.06)
    height, wall = radius * d(0.75, 1.25), d(0.004, 0.007)
    taper, ribs = d(0.82, 1.0), int(d.choice([0, 24, 32, 40], p=[0.2, 0.2, 0.4, 0.2]))
    band, floor = height * d(0.78, 0.88), d(0.15, 0.85)
    segments = max(ribs * 4, 48)
    angle = -np.arange(segments) * 2 * np.pi / segments
    groove = 0.03 * (0.5 + 0.5 * np.cos(angle * ribs)) if ribs else np.zeros(segments)
    rows = [(taper * 0.94, 0.0, 0.0), (taper, height * 0.06, 0.5), (taper + (1 - taper) * 0.1, height * 0.1, 1.0)]
    rows += [(1.0, band, 1.0), (1.0, band + height * 0.02, 0.0), (1.03, height * 0.97, 0.0), (1.02, height, 0.0)]
    thin = wall / radius
    rows += [(1.0 - thin, height * 0.99, 0.0), (1.0 - 1.2 * thin, height * 0.9, 0.0)]
    rows += [(taper - 1.2 * thin, wall * 2, 0.0), (taper - 2.5 * thin, wall, 0.0)]
    rings = [[radius * size * (1 - groove * share) * f(angle) for f in (np.cos, np.sin)] for size, _, share in rows]
    body = loft([points(x, y, z) for (x, z), (_, y, _) in zip(rings, rows, strict=True)])
    body = body.painted(paint(d, "white", "white", "white") if d.chance(0.5) else paint(d))
    if d.chance(0.3):
        level = max(height * floor, wall * 2.5)
        return join(
            body,
            cylinder(radius * (taper - thin), level).at(y=0.001).painted(paint(d, "yellow", "brown", "beige", "red")),
        )
    return body
