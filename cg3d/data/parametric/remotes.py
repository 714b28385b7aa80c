"""Parametric remote controls."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import buttons, casing
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import COLOURS, METALS, paint
from cg3d.data.parametric.primitives import cylinder, hoop


def remote_control(rng: np.random.Generator) -> Mesh:
    """A long bar with rows of keys: straight or waisted, flat or with a bulging back, full of keys or nearly bare."""
    length = rng.uniform(0.085, 0.14) if rng.random() < 0.3 else rng.uniform(0.15, 0.24)
    wide, thick = max(length * rng.uniform(0.19, 0.3), 0.032), rng.uniform(0.009, 0.026)
    rgb = paint(rng, ("black", "black", "black", "grey", "white"))
    body = _body(rng, wide, length, thick).painted(rgb)
    keys = _ring_keys(rng, wide, length, thick) if rng.random() < 0.6 else _rows(rng, wide, length, thick, -0.42, 0.42)
    eye = casing(wide * 0.35, 0.003, thick * 0.3, 0.001, 0.0005).at(y=thick * 0.4, z=-length / 2)
    whole = join([body, keys, eye.painted(np.array(COLOURS["red"]) * 0.5)])
    pose = rng.random()
    if pose < 0.72:
        return whole.grounded()
    return whole.turned("x", 180 if pose < 0.85 else rng.choice([90, -90])).grounded()


def _body(rng: np.random.Generator, wide: float, length: float, thick: float) -> Mesh:
    """The case, its keys up; its sides drawn in and its ends bent up or down a little."""
    corner = wide * rng.uniform(0.06, 0.5)
    stick = casing(wide, length, thick, corner, thick * rng.uniform(0.12, 0.45))
    refined = stick.vertices.copy()
    along = 2 * refined[:, 2] / length
    refined[:, 0] *= 1 + rng.uniform(-0.12, 0.12) * along
    under = np.clip(1 - refined[:, 1] / thick, 0, 1)
    refined[:, 0] *= 1 - rng.uniform(0.0, 0.25) * under
    refined[:, 1] += rng.uniform(-0.25, 0.25) * thick * along * under
    return Mesh(refined, stick.faces, stick.face_rgb)


def _rows(rng: np.random.Generator, wide: float, length: float, thick: float, first: float, last: float) -> Mesh:
    """Rows of keys from `first` to `last` along z, in parts of the length; some of another colour."""
    columns = int(rng.integers(2, 5))
    pitch = wide * rng.uniform(0.24, 0.36)
    count = max(int((last - first) * length / pitch), 1)
    key_wide, key_deep = wide * 0.8 / columns * rng.uniform(0.55, 0.85), pitch * rng.uniform(0.45, 0.75)
    rgb, rows = paint(rng, METALS), []
    rise = rng.uniform(0.0008, 0.0022)
    for z in np.linspace(first, last, count) * length:
        if rng.random() < 0.12:
            continue
        x = (np.arange(columns) - (columns - 1) / 2) * wide * 0.8 / columns
        row = buttons([(float(at), float(z)) for at in x], key_wide, key_deep, rise)
        rows.append(row.painted(paint(rng) if rng.random() < 0.15 else rgb))
    power = cylinder(wide * 0.09, rise * 1.4, segments=18).at(x=wide * 0.28, z=(first - 0.01) * length)
    return join([*rows, power.painted(np.array(COLOURS["red"]))]).at(y=thick)


def _ring_keys(rng: np.random.Generator, wide: float, length: float, thick: float) -> Mesh:
    """A round pad between two fields of keys, or hardly any key but the pad."""
    radius, place = wide * rng.uniform(0.24, 0.38), rng.uniform(-0.25, 0.1)
    rim = hoop(radius, radius * 0.18, 28).scaled(y=0.5)
    knob = cylinder(radius * 0.45, 0.002, segments=24)
    pad = join([rim, knob]).at(y=thick, z=place * length).painted(paint(rng, METALS))
    gap = radius * 1.4 / length
    fields = [(-0.43, place - gap), (place + gap, 0.42)]
    if rng.random() < 0.3:
        fields = fields[1:]
    parts = [pad]
    for first, last in fields:
        if last - first > 0.05:
            parts.append(_rows(rng, wide, length, thick, first, last))
    return join(parts)
