"""Parametric things to cook and brew in: teapot, frying pan, pot."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.kitchen import vessel
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import metal, paint, wood
from cg3d.data.parametric.primitives import (
    arc,
    cylinder,
    lathe,
    rectangle,
    ribbon,
    smooth,
    stacked,
    superellipsoid,
    tube,
)


def teapot(rng: np.random.Generator) -> Mesh:
    """A bellied pot with a lid, a spout at +x, and a handle behind or over the top."""
    radius = rng.uniform(0.06, 0.09)
    height, mouth = radius * rng.uniform(1.2, 2.3), radius * rng.uniform(0.4, 0.65)
    foot, belly = radius * rng.uniform(0.55, 0.85), height * rng.uniform(0.3, 0.6)
    rgb, lid = paint(rng), paint(rng)
    profile = smooth([(foot, 0), (radius, belly), (mouth * 1.1, height * 0.95), (mouth, height)])
    parts = [lathe([(0, 0), *profile, (0, height)]).painted(rgb)]
    dome = mouth * rng.uniform(0.2, 0.55)
    cover = lathe([(0, 0), (mouth * 1.05, 0), (mouth * 0.8, dome * 0.7), (0, dome)])
    knob = superellipsoid(mouth * 0.4, mouth * 0.35, mouth * 0.4).at(y=dome * 0.95)
    parts.append(join([cover, knob]).at(y=height).painted(lid if rng.random() < 0.3 else rgb))
    parts.append(_spout(rng, radius, height, belly).painted(rgb))
    return join([*parts, _teapot_handle(rng, radius, height, mouth).painted(lid if rng.random() < 0.4 else rgb)])


def _spout(rng: np.random.Generator, radius: float, height: float, belly: float) -> Mesh:
    reach, tip = radius * rng.uniform(1.6, 2.0), height * rng.uniform(0.85, 1.05)
    low = belly * rng.uniform(0.5, 0.8)
    knots = np.array(
        [(radius * 0.8, low), (radius * 1.2, low + 0.2 * (tip - low)), (reach * 0.86, low + 0.7 * (tip - low))]
    )
    curve = smooth([*np.column_stack([knots, np.zeros(3)]), (reach, tip, 0)])
    thick = radius * rng.uniform(0.2, 0.28)
    return tube(curve, np.linspace(thick, thick * 0.4, len(curve)))


def _teapot_handle(rng: np.random.Generator, radius: float, height: float, mouth: float) -> Mesh:
    thin = radius * rng.uniform(0.07, 0.12)
    if rng.random() < 0.3:
        rise = height * rng.uniform(0.5, 0.8)
        return tube(np.add(arc(mouth * 1.25, rise), (0, height * 0.9, 0)), thin)
    low, high, back = height * rng.uniform(0.15, 0.3), height * rng.uniform(0.8, 0.92), radius * rng.uniform(1.55, 1.8)
    loop = [(-radius * 0.85, low, 0), (-back, low + 0.3 * (high - low), 0), (-back, high, 0), (-mouth, high, 0)]
    return tube(smooth(loop), thin, flatten=rng.uniform(0.8, 1.5))


def frying_pan(rng: np.random.Generator) -> Mesh:
    """A shallow round or square pan with one long handle."""
    radius, depth = rng.uniform(0.09, 0.16), rng.uniform(0.03, 0.055)
    foot, wall = radius * rng.uniform(0.72, 0.88), rng.uniform(0.002, 0.005)
    rgb, inside = metal(rng), metal(rng) if rng.random() < 0.5 else None
    if rng.random() < 0.25:
        body = _griddle(radius, depth, wall).painted(rgb)
    else:
        t = np.linspace(0, 1, 10)
        profile = np.column_stack([foot + (radius - foot) * t ** rng.uniform(0.6, 1.5), depth * t])
        body = join(vessel(profile, wall, paint(rng) if rng.random() < 0.25 else rgb, inside))
    return join([body, _long_handle(rng, radius, depth)])


def _griddle(radius: float, depth: float, wall: float) -> Mesh:
    """A square pan with ridges across its floor."""
    width = 1.8 * radius
    sizes = [(width * 0.9, 0.0), (width, depth), (width - 2 * wall, depth), (width * 0.9 - 2 * wall, wall)]
    ridge = ribbon([(-0.4 * width, wall), (0.4 * width, wall)], 0.004, 0.004)
    ridges = [ridge.at(z=z) for z in np.linspace(-0.36, 0.36, 9) * width]
    return join([stacked([(rectangle(size, size, 0.02), y) for size, y in sizes]), *ridges])


def _long_handle(rng: np.random.Generator, radius: float, depth: float) -> Mesh:
    """A handle from the rim at x = `radius` outwards and slightly up."""
    length, rise = rng.uniform(0.14, 0.21), rng.uniform(0.01, 0.06)
    curve = smooth([(radius * 0.93, depth * 0.7), (radius * 1.15, depth * 0.95), (radius + length, depth + rise)])
    width = np.interp(np.linspace(0, 1, len(curve)), [0, 0.4, 1], [0.014, 0.016, rng.uniform(0.02, 0.032)])
    grip = wood(rng) if rng.random() < 0.3 else metal(rng)
    if rng.random() < 0.5:
        return ribbon(curve, width, rng.uniform(0.006, 0.012)).painted(grip)
    return tube(np.column_stack([curve, 0 * curve[:, 0]]), width / 2.2).painted(grip)


def pot(rng: np.random.Generator) -> Mesh:
    """A cooking pot with two handles, or with one long handle; with or without its lid."""
    radius = rng.uniform(0.08, 0.15)
    height, wall = radius * rng.uniform(0.75, 1.9), rng.uniform(0.002, 0.004)
    rgb = metal(rng) if rng.random() < 0.5 else paint(rng)
    bulge, edge = rng.choice([0.0, rng.uniform(0.0, 0.1)]), rng.uniform(0.005, 0.02)
    t = np.linspace(0, 1, 12)
    outside = np.column_stack([radius * (0.97 + bulge * np.sin(np.pi * t)), edge + (height - edge) * t])
    outside = np.concatenate([[(radius * 0.97 - edge, 0.0)], outside])
    long = rng.random() < 0.3
    handle = _long_handle(rng, radius, height * 0.85) if long else _side_handles(rng, radius, height)
    parts = [*vessel(outside, wall, rgb, metal(rng)), handle]
    if rng.random() < 0.6:
        lid = _pot_lid(rng, radius, rgb)
        parts.append(lid.at(y=height))
    return join(parts).called("saucepan" if long else "cooking pot")


def _side_handles(rng: np.random.Generator, radius: float, height: float) -> Mesh:
    level, reach, half = (
        height * rng.uniform(0.7, 0.88),
        radius * rng.uniform(0.22, 0.38),
        radius * rng.uniform(0.25, 0.4),
    )
    loop = np.array(
        [(0.94 * radius, 0, -half), (radius + reach, 0.01, -half * 0.8), (radius + reach, 0.01, half * 0.8)]
    )
    curve = np.add(smooth([*loop, (0.94 * radius, 0, half)], 5), (0, level, 0))
    return mirrored(tube(curve, rng.uniform(0.004, 0.008), flatten=rng.uniform(0.8, 1.6))).painted(metal(rng))


def _pot_lid(rng: np.random.Generator, radius: float, rgb: np.ndarray) -> Mesh:
    dome = radius * rng.uniform(0.08, 0.3)
    t = np.linspace(0, 1, 8)
    cover = np.column_stack([radius * np.cos(t * np.pi / 2), 0.006 + dome * np.sin(t * np.pi / 2)])
    shell = lathe([(0, 0), (radius * 1.01, 0), *cover[:-1], (0, dome + 0.006)]).painted(rgb)
    if rng.random() < 0.5:
        knob = join([cylinder(0.006, 0.02), superellipsoid(0.035, 0.016, 0.035).at(y=0.016)])
    else:
        knob = tube(arc(radius * 0.25, 0.03), 0.005)
    return join([shell, knob.at(y=dome + 0.003).painted(metal(rng))])
