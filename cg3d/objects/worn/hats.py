"""Hats."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import paint
from cg3d.objects.shapes.primitives import lathe, loft, superellipsoid
from cg3d.objects.shapes.solid import Solid, join


@category
def hat(d: Draw) -> Solid:
    """A crown with a brim: top hat, straw or sun hat, cowboy hat, cap, or a knitted hat."""
    kinds = {"top hat": _top_hat, "sun hat": _sun_hat, "cowboy hat": _cowboy_hat}
    kinds |= {"baseball cap": _cap, "beanie": _beanie}
    return one_of(d, kinds)


def _brimmed(crown: list[tuple[float, float]], brim: float, lift: float, rgb: np.ndarray, band: np.ndarray) -> Solid:
    """A hollow crown, (radius, y) knots from the brim up, on a brim of the given radius whose edge rises by `lift`."""
    wall = smooth(crown) if len(crown) > 3 else np.array(crown)
    base = wall[0, 0]
    thin = 0.003
    flat = points(np.linspace(brim, base, 6), lift * np.linspace(1, 0, 6) ** 2)
    profile = np.concatenate([flat[:1], flat, wall[1:]])[1:]
    outside = lathe([*profile, (0, wall[-1, 1])])
    inside = lathe([(0, wall[-1, 1] - thin), *(profile[::-1] - (0, thin)), profile[0]])
    ribbon = lathe([(0, 0), (base * 1.01, 0), (np.interp(0.03, wall[:, 1], wall[:, 0]) * 1.01, 0.03), (0, 0.03)])
    ribbon = ribbon.painted(band)
    return join(join(outside, inside).painted(rgb), ribbon.at(y=0.002)).grounded()


def _top_hat(d: Draw) -> Solid:
    base, tall = d(0.085, 0.1), d(0.12, 0.19)
    top = base * d(0.95, 1.15)
    crown = [(base, 0.0), (top, tall), (top * 0.97, tall + 0.004)]
    whole = _brimmed(
        crown, base + d(0.045, 0.065), 0.012, paint(d, "black", "grey", "brown", "blue", "red", "white"), paint(d)
    )
    return _rolled(whole, d(0.2, 0.5))


def _sun_hat(d: Draw) -> Solid:
    base, tall = d(0.085, 0.1), d(0.09, 0.12)
    crown = [(base, 0.0), (base * 0.97, tall * 0.5), (base * 0.75, tall * 0.9), (base * 0.3, tall)]
    straw = paint(d, "beige", "yellow", "white") if d.chance(0.6) else paint(d)
    return _brimmed(crown, base + d(0.07, 0.14), d(-0.05, 0.02), straw, paint(d))


def _cowboy_hat(d: Draw) -> Solid:
    base, tall = d(0.085, 0.095), d(0.1, 0.13)
    crown = [(base, 0.0), (base * 0.92, tall * 0.6), (base * 0.8, tall), (base * 0.4, tall * d(0.8, 0.95))]
    rgb = paint(d, "brown", "beige", "black", "white", "red")
    whole = _brimmed(crown, base + d(0.07, 0.1), 0.0, rgb, paint(d)).scaled(z=1.15)
    return _rolled(whole, d(1.5, 3.0))


def _rolled(whole: Solid, amount: float) -> Solid:
    """The brim bent up at both sides, x."""
    x = whole.vertices[:, 0]
    rise = amount * np.clip(np.abs(x) - 0.09, 0, None) ** 1.6 * 2
    return whole.reshaped(whole.vertices + np.outer(rise, (0, 1, 0)))


def _dome(radius: float, height: float, long: float) -> list[Solid]:
    """A hollow half ball, longer along z."""
    t = np.linspace(0, np.pi / 2, 12)[:-1]
    wall = points(radius * np.cos(t), height * np.sin(t))
    shell, lining = lathe([*wall, (0, height)]), lathe([(0, height - 0.004), *(wall[::-1] * 0.97), wall[0]])
    return [shell.scaled(z=long), lining.scaled(z=long)]


def _cap(d: Draw) -> Solid:
    """A half ball of six panels with a bill in front and a button on top."""
    radius, height = d(0.08, 0.092), d(0.09, 0.125)
    rgb, bill_rgb = paint(d), paint(d)
    bill_rgb = rgb if d.chance(0.5) else bill_rgb
    angle = np.linspace(0.12 * np.pi, 0.88 * np.pi, 15)
    inner = points(radius * np.cos(angle), radius * 1.1 * np.sin(angle)) * 0.98
    reach = d(0.055, 0.075)
    outer = points(radius * 0.95 * np.cos(angle), radius * np.sin(angle) + reach * np.sin(angle) ** 0.6)
    arch = d(0.0, 0.02)
    rings = []
    for near, far in zip(inner, outer, strict=True):
        near_y, far_y = arch * (1 - (near[0] / radius) ** 2), arch * 0.7 * (1 - (far[0] / radius) ** 2) - 0.012
        corners = [(near[0], near_y, near[1]), (far[0], far_y, far[1])]
        corners += [(far[0], far_y + 0.003, far[1]), (near[0], near_y + 0.003, near[1])]
        rings.append(corners)
    bill = loft(rings)
    button = superellipsoid(0.014, 0.008, 0.014).at(y=height - 0.002)
    return join(
        *(part.painted(rgb) for part in _dome(radius, height, 1.12)), bill.painted(bill_rgb), button.painted(bill_rgb)
    )


def _beanie(d: Draw) -> Solid:
    """A knitted hat with a turned-up edge, perhaps with a bobble."""
    radius, height, rgb = d(0.085, 0.1), d(0.15, 0.22), paint(d)
    cuff = d(0.04, 0.065)
    ribs = d.count(20, 34)
    angle = -np.arange(ribs * 4) * 2 * np.pi / (ribs * 4)
    wave = 1 + 0.02 * np.cos(angle * ribs)
    sizes = [(0.97, 0.0), (1.06, 0.004), (1.07, cuff), (1.0, cuff + 0.003), (0.98, height * 0.55)]
    sizes += [(0.72, height * 0.85), (0.3, height * 0.98), (0.05, height)]
    radii = np.array([size for size, _ in sizes])[:, None] * radius * wave
    y = np.broadcast_to(np.array([at for _, at in sizes])[:, None], radii.shape)
    body = loft(np.stack([radii * np.cos(angle), y, radii * np.sin(angle)], -1)).painted(rgb)
    body = body.banded(0.0, cuff + 0.001, paint(d)) if d.chance(0.5) else body
    if d.chance(0.6):
        size = d(0.05, 0.08)
        return join(body, superellipsoid(size, size, size).at(y=height - 0.012).painted(paint(d)))
    return body
