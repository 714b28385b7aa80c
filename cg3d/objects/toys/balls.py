"""Balls of play and sport."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cg3d.objects.registry import category
from cg3d.objects.shapes.bodies import uneven
from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import lathe
from cg3d.objects.shapes.solid import Solid

# What each is called, its least and its greatest diameter, and how its panels run.
BALLS: dict[str, tuple[float, float, str]] = {
    "football": (0.19, 0.23, "patches"),
    "basketball": (0.2, 0.25, "ribs"),
    "volleyball": (0.19, 0.22, "strips"),
    "tennis ball": (0.06, 0.07, "seam"),
    "baseball": (0.068, 0.1, "seam"),
    "beach ball": (0.22, 0.45, "wedges"),
    "rubber ball": (0.05, 0.3, "band"),
    "golf ball": (0.05, 0.06, "dimples"),
    "American football": (0.24, 0.3, "laces"),
    "massage ball": (0.06, 0.12, "knobs"),
    "bowling ball": (0.2, 0.24, "holes"),
}


@category
def ball(d: Draw) -> Solid:
    """Of leather, rubber or felt with panels, seams, wedges, dimples, knobs or holes; oval for American football.

    Some have lost air and stand flat on one side.
    """
    kind = d.pick(*BALLS)
    least, most, pattern = BALLS[kind]
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 33)
    profile = points(np.cos(latitude), np.sin(latitude))
    profile[[0, -1], 0] = 0.0
    sphere = lathe(profile, 48)
    colours = _colours(d, kind)
    raised, chosen = _pattern(sphere, pattern, d)
    vertices = sphere.vertices * raised[:, None]
    mesh = replace(sphere, vertices=vertices, face_rgb=colours[chosen[sphere.faces].max(axis=1)])
    if pattern == "laces":
        y = mesh.vertices[:, 1]
        pinch = d(0.56, 0.64) * (1 - 0.25 * np.abs(y) ** 3)
        mesh = mesh.reshaped(mesh.vertices * points(pinch, np.ones_like(y), pinch)).turned("z", 90)
    elif d.chance(0.85):
        mesh = mesh.turned("x", d(0, 360)).turned("z", d(0, 360))
    radius = d(least, most) / 2
    mesh = uneven(d, mesh.resized(radius), d.pick(0.0, 0.003))
    if d.chance(0.25):
        flat = mesh.vertices[:, 1] / radius
        flat = np.where(flat < -0.75, -0.75 + (flat + 0.75) * d(0.1, 0.6), flat)
        mesh = mesh.reshaped(points(mesh.vertices[:, 0], flat * radius, mesh.vertices[:, 2]))
    return mesh.turned("y", d(0, 360)).grounded().called(kind)


def _colours(d: Draw, kind: str) -> np.ndarray:
    """(4, 3) the ground and what is drawn on it."""
    usual = {"tennis ball": ("yellow", "green"), "basketball": ("orange", "brown"), "American football": ("brown",)}
    usual |= {"football": ("white",), "baseball": ("white",), "golf ball": ("white",)}
    ground = paint(d, *usual[kind]) if kind in usual and d.chance(0.8) else paint(d)
    lines = {"tennis ball": ("white",), "basketball": ("black",), "football": ("black",), "baseball": ("red",)}
    first = paint(d, *lines[kind]) if kind in lines and d.chance(0.75) else paint(d)
    return np.array([ground, ground if kind == "golf ball" else first, paint(d), paint(d)])


def _pattern(sphere: Solid, pattern: str, d: Draw) -> tuple[np.ndarray, np.ndarray]:
    """How far each vertex of the unit sphere lies out, and which colour it has: (V,) and (V,)."""
    x, y, z = sphere.vertices.T
    unit, turn = sphere.vertices, np.arctan2(z, x)
    one = np.ones(len(unit))
    if pattern == "patches":
        near = np.abs(unit @ _icosahedron().T).max(axis=1)
        return one - 0.008 * (np.abs(near - 0.93) < 0.012), (near > 0.93).astype(int)
    if pattern == "ribs":
        line = (np.abs(y) < 0.05) | (np.abs(z) < 0.05) | (np.abs(np.abs(x) - 0.35 - 0.3 * y * y) < 0.05)
        return one - 0.012 * line, line.astype(int)
    if pattern == "strips":
        side = np.abs(unit).argmax(axis=1)
        across = np.take_along_axis(unit, ((side + 1) % 3)[:, None], 1)[:, 0]
        strip = (np.abs(across) < 0.24).astype(int)
        return one - 0.008 * (np.abs(np.abs(across) - 0.24) < 0.04), strip * (1 + side % 2)
    if pattern == "seam":
        line = np.abs(y - 0.55 * np.sin(2 * turn) * np.sqrt(1 - np.clip(y * y, 0, 1))) < 0.06
        return one - 0.015 * line, line.astype(int)
    if pattern == "wedges":
        wedge = np.floor((turn + np.pi) / (np.pi / 3)).astype(int) % 4
        return one, np.where(np.abs(y) > 0.97, 0, wedge)
    if pattern == "dimples":
        return one - 0.02 * (np.cos(14 * turn) * np.cos(np.arcsin(np.clip(y, -1, 1)) * 16) > 0.3), one.astype(int)
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
    return one, (np.abs(y) < d(0.0, 0.4)).astype(int)


def _icosahedron() -> np.ndarray:
    golden = (1 + np.sqrt(5)) / 2
    corners = [np.roll([0, 1, s * golden], k) for k in range(3) for s in (1, -1)]
    return np.asarray(corners / np.hypot(1, golden))
