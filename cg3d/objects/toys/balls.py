"""Balls of play and sport."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import uneven
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.round_bodies import globe
from cg3d.objects.shapes.solid import Solid

Skin = tuple[
    np.ndarray, np.ndarray
]  # how far each vertex of the unit sphere lies out, and which colour it has: (V,), (V,)


class Ball(NamedTuple):
    """What is known of one kind: its diameter in metres, how its panels run, and its usual colours; none means any."""

    least: float
    most: float
    pattern: str
    ground: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    soft: bool = False  # it may have lost air


BALLS: dict[str, Ball] = {
    "football": Ball(0.19, 0.225, "patches", ("white",), ("black",), True),
    "basketball": Ball(0.225, 0.245, "ribs", ("orange", "brown"), ("black",), True),
    "volleyball": Ball(0.2, 0.22, "strips", soft=True),
    "tennis ball": Ball(0.065, 0.068, "felt", ("yellow", "green", "yellow"), ("white",)),
    "baseball": Ball(0.073, 0.076, "stitches", ("white",), ("red",)),
    "softball": Ball(0.096, 0.098, "stitches", ("yellow", "white"), ("red",)),
    "beach ball": Ball(0.22, 0.45, "wedges", soft=True),
    "rubber ball": Ball(0.04, 0.2, "band", soft=True),
    "golf ball": Ball(0.0427, 0.0432, "dimples", ("white",), ("white",)),
    "racquetball": Ball(0.0565, 0.0575, "smooth", ("blue", "blue", "green", "purple", "red")),
    "ping-pong ball": Ball(0.0397, 0.0403, "smooth", ("white", "orange"), ("grey", "red", "blue")),
    "American football": Ball(0.26, 0.29, "laces", ("brown",), ("white",)),
    "massage ball": Ball(0.06, 0.1, "knobs"),
    "bowling ball": Ball(0.213, 0.219, "holes", (), ("black",)),
}
SMOOTH = ("smooth", "wedges", "band")  # few faces do


@category
def ball(d: Draw) -> Solid:
    """Of leather, rubber or felt with panels, seams, stitches, wedges, dimples, knobs or holes, or smooth.

    The American football is oval. Some soft ones have lost air and stand flat on one side.
    """
    name = d.pick(*BALLS)
    kind = BALLS[name]
    sphere = globe(32, 48) if kind.pattern in SMOOTH else globe(76, 132)
    colours = _colours(d, kind)
    raised, chosen = _pattern(sphere.vertices, kind.pattern, d)
    vertices = sphere.vertices * raised[:, None]
    mesh = replace(sphere, vertices=vertices, face_rgb=colours[chosen[sphere.faces].max(axis=1)])
    if kind.pattern == "laces":
        y = mesh.vertices[:, 1]
        pinch = d(0.56, 0.64) * (1 - 0.25 * np.abs(y) ** 3)
        mesh = mesh.reshaped(mesh.vertices * points(pinch, np.ones_like(y), pinch)).turned("z", 90)
    elif d.chance(0.85):
        mesh = mesh.turned("x", d(0, 360)).turned("z", d(0, 360))
    radius = d(kind.least, kind.most) / 2
    mesh = mesh.resized(radius)
    if kind.soft:
        mesh = _lost_air(d, uneven(d, mesh, d.pick(0.0, 0.003)), radius)
    return mesh.turned("y", d(0, 360)).grounded().called(name)


def _lost_air(d: Draw, mesh: Solid, radius: float) -> Solid:
    """The ball with a flat foot, one time in four."""
    if not d.chance(0.25):
        return mesh
    x, y, z = (mesh.vertices / radius).T
    y = np.where(y < -0.75, -0.75 + (y + 0.75) * d(0.1, 0.6), y)
    return mesh.reshaped(points(x, y, z) * radius)


def _colours(d: Draw, kind: Ball) -> np.ndarray:
    """(4, 3) the ground and what is drawn on it."""
    ground = paint(d, *kind.ground) if d.chance(0.85) else paint(d)
    lines = paint(d, *kind.lines) if d.chance(0.8) else paint(d)
    return np.array([ground, ground if kind.pattern == "dimples" else lines, paint(d), paint(d)])


def _pattern(unit: np.ndarray, pattern: str, d: Draw) -> Skin:
    """The skin of a unit sphere with these vertices."""
    x, y, z = unit.T
    turn = np.arctan2(z, x)
    one = np.ones(len(unit))
    plain = {"patches": _patches, "stitches": _stitches, "dimples": _dimples}
    if pattern in plain:
        return plain[pattern](unit)
    if pattern == "felt":
        return _felt(unit, d)
    if pattern == "ribs":
        line = (np.abs(y) < 0.03) | (np.abs(z) < 0.03) | (np.abs(np.abs(x) - 0.35 - 0.3 * y * y) < 0.03)
        return one - 0.012 * line, line.astype(int)
    if pattern == "strips":
        side = np.abs(unit).argmax(axis=1)
        across = np.take_along_axis(unit, ((side + 1) % 3)[:, None], 1)[:, 0]
        strip = (np.abs(across) < 0.24).astype(int)
        return one - 0.008 * (np.abs(np.abs(across) - 0.24) < 0.02), strip * (1 + side % 2)
    if pattern == "wedges":
        wedge = np.floor((turn + np.pi) / (np.pi / 3)).astype(int) % 4
        return one, np.where(np.abs(y) > 0.97, 0, wedge)
    if pattern == "knobs":
        wave = np.cos(10 * turn) * np.cos(np.arcsin(np.clip(y, -1, 1)) * 10)
        return one + 0.12 * np.clip(wave, 0, 1) * (np.abs(y) < 0.98), 0 * one.astype(int)
    if pattern == "laces":
        lace = (x > 0.93) & (np.abs(y) < 0.35)
        ends = (np.abs(np.abs(y) - 0.68) < 0.05) & d.chance(0.5)
        return one + 0.03 * lace, (lace | ends).astype(int)
    if pattern == "holes":
        spots = np.array([(0.96, 0.2, 0.12), (0.96, 0.2, -0.12), (0.99, -0.1, 0.0)])
        hole = (unit @ (spots / np.linalg.norm(spots, axis=1, keepdims=True)).T).max(axis=1) > 0.993
        return one - 0.15 * hole, hole.astype(int)
    if pattern == "smooth":
        return one, ((np.abs(turn) < 0.25) & (np.abs(y) < 0.07) & d.chance(0.6)).astype(int)
    return one, (np.abs(y) < d(0.0, 0.4)).astype(int)


def _patches(unit: np.ndarray) -> Skin:
    """Twelve pentagons and twenty hexagons, sewn together."""
    corners = _icosahedron()
    near = np.abs(unit @ corners.T).max(axis=1)
    hexagons = [(a + s * b + t * c) for a, b, c, s, t in _triples(corners)]
    centres = np.array(hexagons) / np.linalg.norm(hexagons[0])
    score = np.sort(
        np.concatenate([np.abs(unit @ centres.T) / 2.267, np.abs(unit @ corners.T) / 2.327], axis=1), axis=1
    )
    seam = score[:, -1] - score[:, -2] < 0.008
    return 1 - 0.008 * seam, (near / 2.327 >= score[:, -1]).astype(int)


def _triples(corners: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, float, float]]:
    """The ten pairs of opposite faces of the icosahedron: three corners each, with the signs that make them neighbours."""
    near = np.sign(corners @ corners.T)
    rows = [(i, j, k) for i in range(6) for j in range(i) for k in range(j) if near[i, j] * near[j, k] * near[i, k] > 0]
    return [(corners[i], corners[j], corners[k], near[i, j], near[i, k]) for i, j, k in rows]


def _seam(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The closed curve along which two figures of eight are joined: how far each vertex is from it, and where: (V,), (V,)."""
    turn = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    wide, narrow = 0.75, 0.25
    curve = points(wide * np.cos(turn) + narrow * np.cos(3 * turn), wide * np.sin(turn) - narrow * np.sin(3 * turn))
    near = unit @ points(curve, 2 * np.sqrt(wide * narrow) * np.sin(2 * turn)).T
    return np.arccos(np.clip(near.max(axis=1), -1, 1)), turn[near.argmax(axis=1)]


def _stitches(unit: np.ndarray) -> Skin:
    """Two rows of slanting stitches, one to each side of a seam."""
    away, along = _seam(unit)
    seam, stitch = away < 0.022, (away > 0.03) & (away < 0.09) & (np.cos(64 * along) > 0)
    return 1 - 0.01 * seam + 0.008 * stitch, stitch.astype(int)


def _felt(unit: np.ndarray, d: Draw) -> Skin:
    """Fuzz, with a smooth seam in it."""
    seam = _seam(unit)[0] < 0.055
    fuzz = np.sin(unit @ d.normal(0, 40, (3, 4))).sum(axis=1) * d(0.002, 0.005)
    return 1 + np.where(seam, -0.012, fuzz), seam.astype(int)


def _dimples(unit: np.ndarray) -> Skin:
    """About as many as a golf ball has, along a spiral from pole to pole."""
    count = 330
    height = 1 - (np.arange(count) + 0.5) * 2 / count
    angle, level = np.arange(count) * np.pi * (3 - np.sqrt(5)), np.sqrt(1 - height**2)
    near = (unit @ points(level * np.cos(angle), height, level * np.sin(angle)).T).max(axis=1)
    inside = np.clip(1 - np.arccos(np.clip(near, -1, 1)) / 0.09, 0, 1)
    return 1 - 0.022 * np.sqrt(inside), 0 * inside.astype(int) + 1


def _icosahedron() -> np.ndarray:
    golden = (1 + np.sqrt(5)) / 2
    corners = [np.roll([0, 1, s * golden], k) for k in range(3) for s in (1, -1)]
    return np.asarray(corners / np.hypot(1, golden))
