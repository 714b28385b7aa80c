"""Sandals."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import box, cylinder, loft
from cg3d.objects.shapes.solid import Solid, join
from cg3d.objects.worn.shoe_parts import flexed, heel_block, single_or_pair, sole, sole_outline


@category
def sandal(d: Draw) -> Solid:
    """An open shoe or a pair: flip-flop, slide, buckled straps, a clog with holes, or a heeled one."""
    kinds = {"flip-flop": _flip_flop, "slide sandal": _slide}
    kinds |= {"strappy sandal": _strapped, "clog": _clog, "heeled sandal": _heeled}
    return one_of(d, kinds)


def _base(d: Draw, thick: float, size: float, wide: float) -> tuple[np.ndarray, Solid]:
    """The outline and the sole, in one colour or two layers, perhaps with a raised rim of its foot bed."""
    outline = sole_outline(size, size * wide, waist=d(0.08, 0.17))
    out = d(0.0, 0.004)
    foot = sole(
        outline, [(0, -0.003), (0.003, 0.0), (thick * 0.5, out), (thick, 0.0), (thick, -0.006), (thick - 0.002, -0.01)]
    )
    foot = foot.painted(paint(d))
    if d.chance(0.5):
        foot = foot.banded(0.0, thick * 0.9, paint(d))
    return outline, foot


def _edge(outline: np.ndarray, z: float, side: float) -> float:
    """x of the sole's edge at z on one side."""
    row = outline[(outline[:, 0] * side) > 0]
    row = row[np.argsort(row[:, 1])]
    return float(np.interp(z, row[:, 1], row[:, 0]))


def _strap(outline: np.ndarray, base: float, z: tuple[float, float], rise: float, broad: float, thin: float) -> Solid:
    """A band over the foot from the right edge at z[0] to the left edge at z[1]; wider at its ends."""
    along = np.linspace(-1, 1, 15)
    ends = (_edge(outline, z[0], 1), _edge(outline, z[1], -1))
    x = (ends[0] + ends[1]) / 2 - (ends[0] - ends[1]) / 2 * along * 1.01
    y = base - 0.006 + rise * (1 - np.abs(along) ** 2.6)
    at = z[0] + (z[1] - z[0]) * (along + 1) / 2
    half = broad / 2 * (0.85 + 0.15 * along**2)
    slope = np.gradient(y) / np.gradient(x)
    normal = points(-slope, np.ones(15)) / np.hypot(slope, 1)[:, None]
    rows = []
    for sign, edge in ((0, -1), (1, -1), (1, 1), (0, 1)):
        rows.append(points(x + normal[:, 0] * thin * sign, y + normal[:, 1] * thin * sign, at + edge * half))
    return loft(np.stack(rows, axis=1)[::-1])


def _flip_flop(d: Draw) -> Solid:
    """A thong from between the toes to both sides of a flat sole."""
    size, wide, thick = d(0.18, 0.3), d(0.36, 0.42), d(0.012, 0.026)
    outline, foot = _base(d, thick, size, wide)
    rise, rgb = size * d(0.16, 0.22), paint(d)
    front, back = size * d(0.76, 0.8), size * d(0.36, 0.46)
    broad, thin = size * d(0.03, 0.07), d(0.002, 0.006)
    parts = [foot]
    for side in (1, -1):
        x = _edge(outline, back, side)
        start = [(0, thick - 0.004, front), (side * 0.004, thick + rise * 0.5, front - 0.005)]
        end = [(x * 0.55, thick + rise, (front + 2 * back) / 3), (x * 0.99, thick - 0.005, back)]
        path = smooth(start + end, 6)
        width = np.interp(np.linspace(0, 1, len(path)), [0, 0.35, 1], [0.006, broad, broad * 0.7])
        parts.append(_band(path, width, thin).painted(rgb))
    return single_or_pair(d, flexed(join(*parts), size, size * d(0.0, 0.06), size * d(0, 0.05)), 0.45)


def _band(path: np.ndarray, width: np.ndarray, thin: float) -> Solid:
    """A flat strap along a path in space that lies level across its run."""
    tangent = np.gradient(path, axis=0)
    side = np.cross(tangent, (0.0, 1.0, 0.0)) + np.array([1e-6, 0, 0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    normal = np.cross(side, tangent)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    ring = [path + a * side * width[:, None] / 2 + b * normal * thin / 2 for a, b in corners]
    return loft(np.stack(ring, axis=1)[::-1])


def _slide(d: Draw) -> Solid:
    """One broad band, or two, over a thick sole."""
    size, wide, thick = d(0.2, 0.31), d(0.36, 0.42), d(0.018, 0.04)
    outline, foot = _base(d, thick, size, wide)
    rise, thin, rgb = size * d(0.2, 0.27), d(0.003, 0.008), paint(d)
    if d.chance(0.5):
        bands = [(d(0.56, 0.64), size * d(0.22, 0.34))]
    else:
        bands = [(0.7, size * d(0.08, 0.14)), (0.5, size * d(0.08, 0.14))]
    parts = [foot]
    for z, broad in bands:
        band = _strap(outline, thick, (z * size, z * size), rise * (1.3 - 0.5 * z), broad, thin)
        parts.append(band.painted(rgb))
        if len(bands) == 2:
            buckle = box(0.022, 0.006, broad * 0.9).at(x=-size * wide * 0.22, y=thick + rise * 0.8, z=z * size)
            parts.append(buckle.painted(paint(d, "grey", "yellow", "black")))
    return single_or_pair(d, flexed(join(*parts), size, size * d(0, 0.05)), 0.5)


def _strapped(d: Draw) -> Solid:
    """Straps over the toes and the instep, and one round the heel."""
    size, wide, thick = d(0.17, 0.3), d(0.34, 0.4), d(0.015, 0.04)
    outline, foot = _base(d, thick, size, wide)
    thin, rise, rgb = d(0.002, 0.006), size * d(0.2, 0.28), paint(d)
    count, skew = d.count(2, 4), size * d(-0.12, 0.12)
    broad = size * d(0.05, 0.13)
    parts = [foot]
    for k, z in enumerate(np.linspace(0.74, d(0.4, 0.5), count)):
        ends = (z * size + skew * (-1) ** k, z * size - skew * (-1) ** k)
        parts.append(_strap(outline, thick, ends, rise * (1.4 - 0.85 * z), broad, thin).painted(rgb))
    parts.append(_heel_strap(d, outline, size, thick, rise, broad * 0.7, thin).painted(rgb))
    return single_or_pair(d, flexed(join(*parts), size, size * d(0, 0.06), size * d(0, 0.1)).grounded(), 0.55)


def _heel_strap(
    d: Draw, outline: np.ndarray, size: float, thick: float, rise: float, broad: float, thin: float
) -> Solid:
    """A band from the middle of the sole round behind the heel."""
    reach, high = _edge(outline, size * 0.1, 1), thick + rise * d(0.7, 1.0)
    front = size * d(0.36, 0.46)
    side = [(_edge(outline, front, 1) * 0.98, thick - 0.004, front), (reach * 1.05, high * 0.85, size * 0.17)]
    other = [(-x, y, z) for x, y, z in reversed(side)]
    path = smooth([*side, (0, high, size * 0.005), *other], 6)
    ring = [(0, -1), (thin, -1), (thin, 1), (0, 1)]
    outward = path * (1, 0, 1) - (0, 0, size * 0.2)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    rows = [path + a * outward + (0, b * broad / 2, 0) for a, b in ring]
    return loft(np.stack(rows, axis=1)[::-1])


def _clog(d: Draw) -> Solid:
    """A thick foam or wooden shoe, closed over the toes, often with holes and a strap behind."""
    size, wide, thick = d(0.16, 0.31), d(0.38, 0.43), d(0.022, 0.045)
    outline, foot = _base(d, thick, size, wide)
    rgb = foot.face_rgb[0] if d.chance(0.6) else paint(d)
    angle, rise = np.linspace(0, np.pi, 15), size * d(0.24, 0.3)
    rows = []
    at = np.array([0.46, 0.55, 0.66, 0.76, 0.86, 0.93, 0.975, 0.99])
    for z, high in zip(at, (1.0, 0.97, 0.88, 0.76, 0.62, 0.48, 0.33, 0.2), strict=True):
        half = (_edge(outline, z * size, 1) - _edge(outline, z * size, -1)) / 2 * 1.02
        cosine, sine = np.cos(angle), np.sin(angle)
        wall = [(half - t) * np.sign(cosine) * np.abs(cosine) ** 0.7 for t in (0.0, 0.006)]
        lift = [thick * 0.6 + (rise * high - t) * sine**0.8 for t in (0.0, 0.006)]
        outer, inner = (points(x, y, z * size) for x, y in zip(wall, lift, strict=True))
        rows.append(np.concatenate([outer, inner[::-1]]))
    parts = [foot, loft(rows).painted(rgb)]
    if d.chance(0.7):
        dot = cylinder(0.0065, 0.004, segments=8).painted(paint(d, "black", "grey"))
        parts += [
            dot.at(x=x * size, y=thick * 0.6 + rise * high - 0.002, z=z * size)
            for x, z, high in (
                (-0.08, 0.68, 0.73),
                (0.0, 0.7, 0.84),
                (0.08, 0.68, 0.73),
                (-0.05, 0.79, 0.67),
                (0.05, 0.79, 0.67),
            )
        ]
    if d.chance(0.7):
        parts.append(_heel_strap(d, outline, size, thick, rise * 1.05, size * 0.07, 0.005).painted(rgb))
    return single_or_pair(d, flexed(join(*parts), size, size * d(0.02, 0.06)), 0.5)


def _heeled(d: Draw) -> Solid:
    """Thin straps on a sole that rises to a heel, or on a wedge."""
    size, wide, thick = d(0.2, 0.25), d(0.31, 0.36), d(0.006, 0.02)
    outline, foot = _base(d, thick, size, wide)
    heel, rgb, thin = d(0.03, 0.1), paint(d), d(0.002, 0.004)
    rise, broad = size * 0.22, size * d(0.03, 0.1)
    places = np.array([0.78, d(0.55, 0.68)])
    straps = [_strap(outline, thick, (z * size, z * size), rise * (1.3 - 0.6 * z), broad, thin) for z in places]
    parts = [foot, join(*straps).painted(rgb)]
    parts.append(_heel_strap(d, outline, size, thick, rise * 1.3, broad * 0.6, thin).painted(rgb))
    share = d.pick(0.22, 0.55)
    block = heel_block(outline, size, heel * (1 if share < 0.3 else 0.75) + thick * 0.4, share, d(0.35, 0.95))
    return single_or_pair(d, join(flexed(join(*parts), size, 0.0, heel), block.painted(paint(d))), 0.55)
