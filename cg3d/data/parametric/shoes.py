"""Parametric shoes."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import box, lathe, loft, smooth, stacked, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def shoe(rng: np.random.Generator) -> Mesh:
    """A sports shoe, a boot, a pump with a heel, or a slipper; its toe towards +z."""
    return one_of(rng, {"sneaker": _sneaker, "boot": _boot, "high-heeled shoe": _pump, "slipper": _slipper})


def _foot_half_width(z: np.ndarray) -> np.ndarray:
    """Half the width of a sole at z from -1 (heel) to 1 (toe), in parts of its greatest."""
    return np.sqrt(np.maximum(1 - np.abs(z) ** 2.6, 0)) * (0.86 + 0.14 * np.cos(2.2 * (z - 0.45)))


def _foot_outline(length: float, width: float) -> np.ndarray:
    """(40, 2) x and z of a sole, toe towards +z and slightly to one side."""
    turn = np.arange(40) * 2 * np.pi / 40
    z = np.sin(turn)
    x = _foot_half_width(z) * np.sign(np.cos(turn)) - 0.12 * np.clip(z - 0.2, 0, None) ** 2
    return np.column_stack([x * width / 2, z * length / 2])


def _upper(outline: np.ndarray, base: float, shape: list[tuple[float, float, float, float]], length: float) -> Mesh:
    """A hollow upper on a sole at y = `base`.

    Args:
        shape: levels up the outside and down the inside: height at the heel and at the toe, metres, and the parts of the
            sole's length (from the heel) and of its width that are left.
    """
    rings = []
    share = outline[::-1, 1] / length + 0.5
    for heel, toe, keep, wide in shape:
        z = (share * keep + 0.02 * (1 - keep) - 0.5) * length
        rings.append(np.column_stack([outline[::-1, 0] * wide, base + heel + (toe - heel) * share, z]))
    return loft(np.array(rings))


def _sneaker(rng: np.random.Generator) -> Mesh:
    length, sole = rng.uniform(0.24, 0.31), rng.uniform(0.02, 0.035)
    width, collar = length * rng.uniform(0.34, 0.39), length * rng.uniform(0.26, 0.4)
    outline, rgb, trim = _foot_outline(length, width), paint(rng), paint(rng)
    toe = length * 0.14
    shape = [
        (0.0, 0.0, 0.98, 0.95),
        (collar * 0.4, toe * 0.7, 0.97, 0.93),
        (collar * 0.8, toe * 1.35, 0.72, 0.72),
        (collar, collar * 0.92, 0.5, 0.62),
    ]
    opening = [(collar * 0.98, collar * 0.9, 0.46, 0.5), (collar * 0.35, collar * 0.35, 0.46, 0.45)]
    parts = [_upper(outline, sole * 0.9, shape + opening, length).painted(rgb)]
    low = stacked([(outline * (0.98, 0.97), 0.0), (outline * (1.03, 1.01), sole * 0.4), (outline * (1.0, 0.99), sole)])
    parts.append(low.painted(paint(rng, ("white", "black", "grey", "beige")) if rng.random() < 0.7 else trim))
    lace = paint(rng, ("white", "black", "yellow", "red"))
    for along in np.linspace(0.15, 0.85, 4):
        z, y = (0.22 - 0.21 * along) * length, sole + toe * 1.3 + (collar * 0.92 - toe * 1.3) * along
        end = (width * 0.2, y - 0.006, z - 0.07 * length)
        parts.append(tube(smooth([end, (0, y + 0.003, z), (-end[0], *end[1:])], 4), 0.004).painted(lace))
    tongue = (
        superellipsoid(width * 0.36, collar * 0.65, 0.012, 0.6)
        .turned("x", -38)
        .at(y=sole + collar * 0.62, z=length * 0.04)
    )
    return join([*parts, tongue.painted(trim)])


def _boot(rng: np.random.Generator) -> Mesh:
    """A shaft over the ankle or up to the knee, with a heel."""
    length, sole, shaft = rng.uniform(0.25, 0.31), rng.uniform(0.015, 0.025), rng.uniform(0.14, 0.34)
    width, toe = length * rng.uniform(0.34, 0.38), length * 0.17
    outline, rgb, dark = _foot_outline(length, width), paint(rng), paint(rng, ("black", "brown", "beige", "white"))
    ankle = length * 0.35
    wide = rng.uniform(0.95, 1.25)
    shape = [
        (0.0, 0.0, 0.98, 0.95),
        (ankle * 0.4, toe * 0.8, 0.98, 0.94),
        (ankle * 0.75, toe * 1.35, 0.74, 0.8),
        (ankle, ankle, 0.47, 0.75),
        (shaft, shaft, 0.5 * wide, 0.85 * wide),
    ]
    opening = [(shaft, shaft, 0.46 * wide, 0.76 * wide), (0.08, 0.08, 0.4, 0.6)]
    heel = rng.uniform(0.015, 0.04)
    body = _upper(outline, heel + sole * 0.9, shape + opening, length).painted(rgb)
    plate = stacked([(outline * 1.02, heel), (outline * 1.02, heel + sole)])
    block = box(width * 0.62, heel + 0.002, length * 0.25).at(z=-length * 0.34)
    ball = stacked([(outline * (0.9, 0.5), 0.0), (outline * (0.9, 0.5), heel + 0.002)]).at(z=length * 0.22)
    return join([body, join([plate, block, ball]).painted(dark)])


def _pump(rng: np.random.Generator) -> Mesh:
    """A low shoe whose sole rises to a thin heel."""
    length, heel = rng.uniform(0.21, 0.25), rng.uniform(0.05, 0.11)
    width, rgb = length * rng.uniform(0.31, 0.36), paint(rng)
    outline = _foot_outline(length, width)
    quarter, toe = length * 0.22, length * 0.13
    shape = [(0.0, 0.0, 1.0, 0.9), (quarter * 0.6, toe * 0.5, 0.99, 0.86), (quarter, toe * 0.75, 0.8, 0.76)]
    opening = [(quarter * 0.98, toe * 0.72, 0.77, 0.68), (quarter * 0.25, 0.006, 0.8, 0.6)]
    body = join(
        [
            stacked([(outline * (0.95, 1.0), 0.0), (outline * (0.97, 1.0), 0.006)]),
            _upper(outline, 0.004, shape + opening, length),
        ]
    )
    share = np.clip(0.55 - (body.vertices[:, 2] / length + 0.5), 0, None) / 0.55
    rise = heel * np.sin(np.clip(share * 1.25, 0, 1) * np.pi / 2) ** 1.5
    lifted = Mesh(body.vertices + np.outer(rise, (0, 1, 0)), body.faces, body.face_rgb)
    thin = rng.uniform(0.005, 0.02)
    spike = lathe([(0, 0), (thin, 0), (thin * 1.2, heel * 0.5), (0.022, heel * 1.02), (0, heel * 1.02)], 20).at(
        z=-length * 0.42
    )
    return join([lifted, spike]).painted(rgb)


def _slipper(rng: np.random.Generator) -> Mesh:
    """A sole with a strap or a cap over the toes, or a flip-flop with a thong."""
    length, sole = rng.uniform(0.24, 0.3), rng.uniform(0.014, 0.028)
    width, rgb = length * rng.uniform(0.36, 0.4), paint(rng)
    outline = _foot_outline(length, width)
    foot = stacked([(outline, 0.0), (outline * 1.02, sole * 0.5), (outline, sole)]).painted(paint(rng))
    rise = length * rng.uniform(0.2, 0.26)
    if rng.random() < 0.4:
        front = (0, sole, length * 0.3)
        straps = [
            smooth(
                [
                    front,
                    (side * width * 0.25, sole + rise * 0.6, length * 0.13),
                    (side * width * 0.47, sole * 0.7, -length * 0.03),
                ]
            )
            for side in (1, -1)
        ]
        return join([foot, *(tube(strap, 0.006, flatten=1.6).painted(rgb) for strap in straps)])
    angle = np.linspace(0, np.pi, 17)
    rings = []
    for z, size in zip(
        np.linspace(-0.02, rng.choice([0.26, 0.46]), 8) * length, np.linspace(1.0, 0.62, 8), strict=True
    ):
        reach = max(float(_foot_half_width(np.array(2 * z / length))), 0.3) * width / 2
        outer = np.column_stack(
            [reach * 1.03 * np.cos(angle), sole * 0.6 + rise * size * np.sin(angle), np.full(17, z)]
        )
        inner = np.column_stack(
            [reach * 0.96 * np.cos(angle), sole * 0.6 + (rise * size - 0.006) * np.sin(angle), np.full(17, z)]
        )
        rings.append(np.concatenate([outer, inner[::-1]]))
    return join([foot, loft(np.array(rings)).painted(rgb)])
