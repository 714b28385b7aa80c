"""Parametric trash cans: for the kitchen, the office, the yard and the street."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.kitchen import vessel
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, WHITE, metal, paint
from cg3d.data.parametric.primitives import (
    arc,
    beam,
    box,
    cylinder,
    hoop,
    lathe,
    rectangle,
    rod,
    stacked,
    superellipsoid,
    tube,
)
from cg3d.data.parametric.variants import one_of


def trash_can(rng: np.random.Generator) -> Mesh:
    """A bin with a pedal, on wheels, with a swing top, with a loose lid, or a basket for paper."""
    kinds = {
        "pedal bin": _pedal_bin,
        "wheelie bin": _wheelie_bin,
        "swing-top bin": _swing_bin,
        "garbage can": _garbage_can,
        "wastepaper basket": _paper_basket,
    }
    return one_of(rng, kinds)


def _pedal_bin(rng: np.random.Generator) -> Mesh:
    """A cylinder with a domed lid, closed or tilted open, and a pedal in front."""
    radius = rng.uniform(0.1, 0.18)
    height, rgb, dark = radius * rng.uniform(2.4, 4.2), metal(rng), BLACK
    wall = np.column_stack([np.full(6, radius), np.linspace(0.03, height, 6)])
    body = vessel(wall - (0, 0.03), 0.006, rgb, dark)
    t = np.linspace(0, 1, 8)
    dome = np.column_stack([radius * np.cos(t[:-1] * np.pi / 2), 0.02 + radius * 0.28 * np.sin(t[:-1] * np.pi / 2)])
    lid = lathe([(0, 0), (radius, 0), *dome, (0, 0.02 + radius * 0.28)]).painted(
        rgb if rng.random() < 0.5 else paint(rng)
    )
    if rng.random() < 0.4:
        lid = lid.at(z=radius).turned("x", -rng.uniform(30, 85)).at(z=-radius)
    foot = cylinder(radius * 1.03, 0.04).painted(dark)
    pedal = box(radius * 0.6, 0.015, 0.06).at(y=0.012, z=radius + 0.02).painted(dark)
    return join([*(part.at(y=0.03) for part in body), lid.at(y=height + 0.002), foot, pedal])


def _wheelie_bin(rng: np.random.Generator) -> Mesh:
    """A tall square tub on two wheels with a hinged lid and a bar to pull."""
    width, height = rng.uniform(0.45, 0.58), rng.uniform(0.85, 1.1)
    depth, taper = width * rng.uniform(1.0, 1.25), rng.uniform(0.72, 0.85)
    rgb, dark = paint(rng, ("green", "black", "blue", "grey", "brown")), BLACK
    lid_rgb = rgb if rng.random() < 0.5 else paint(rng, ("yellow", "red", "green", "blue", "black"))
    sizes = [
        (taper, 0.04),
        (1.0, height - 0.05),
        (1.06, height - 0.05),
        (1.06, height),
        (0.96, height),
        (taper * 0.95, 0.08),
    ]
    body = stacked([(rectangle(width * size, depth * size, 0.05 * size), y) for size, y in sizes]).painted(rgb)
    lid = superellipsoid(width * 1.08, 0.09, depth * 1.1, 0.85).painted(lid_rgb)
    if rng.random() < 0.3:
        lid = lid.at(z=depth * 0.53).turned("x", -rng.uniform(30, 100)).at(z=-depth * 0.53)
    wheel = cylinder(0.1, 0.045).turned("z", 90).at(x=width * taper / 2 + 0.04, y=0.1, z=-depth * taper / 2 - 0.02)
    bar = rod((-width * 0.45, height - 0.03, -depth * 0.6), (width * 0.45, height - 0.03, -depth * 0.6), 0.017)
    arms = mirrored(
        beam((width * 0.4, height - 0.03, -depth * 0.5), (width * 0.4, height - 0.03, -depth * 0.6), 0.03, 0.03)
    )
    axle = rod((-width * 0.4, 0.1, -depth * taper / 2 - 0.02), (width * 0.4, 0.1, -depth * taper / 2 - 0.02), 0.015)
    return join([body, lid.at(y=height - 0.03), mirrored(wheel).painted(dark), join([bar, arms, axle]).painted(rgb)])


def _swing_bin(rng: np.random.Generator) -> Mesh:
    """A rounded rectangular bin under a gable in which a flap swings."""
    width, height = rng.uniform(0.25, 0.42), rng.uniform(0.4, 0.75)
    depth, taper = width * rng.uniform(0.65, 0.95), rng.uniform(0.75, 0.95)
    rgb, cover = paint(rng), paint(rng)
    low = [(taper, 0.0), (1.0, height)]
    body = stacked([(rectangle(width * size, depth * size, 0.05 * size), y) for size, y in low]).painted(rgb)
    rise = depth * rng.uniform(0.35, 0.6)
    top = [(1.03, 1.03, 0.0), (1.03, 1.03, 0.05), (0.98, 0.3, 0.05 + rise), (0.95, 0.22, 0.06 + rise)]
    hood = stacked([(rectangle(width * x, depth * z, 0.03 * z), y) for x, z, y in top]).at(y=height).painted(cover)
    slope = np.degrees(np.arctan2(rise, depth * 0.36))
    flap = superellipsoid(width * 0.7, 0.02, rise * 0.95, 0.8).at(y=-0.005).turned("x", slope)
    flap = flap.at(y=height + 0.05 + rise * 0.5, z=depth * 0.34).painted(rgb)
    return join([body, hood, flap])


def _garbage_can(rng: np.random.Generator) -> Mesh:
    """A ribbed steel can with side handles and a loose lid with a grip, on it or off."""
    radius = rng.uniform(0.2, 0.28)
    height, rgb = radius * rng.uniform(2.3, 2.9), metal(rng) if rng.random() < 0.6 else paint(rng)
    ribs = int(rng.integers(14, 24))
    angle = -np.arange(ribs * 4) * 2 * np.pi / (ribs * 4)
    ripple = 1 + 0.025 * np.sign(np.sin(angle * ribs - 0.4))
    sections = []
    for size, y, wave in (
        (0.84, 0.0, 0),
        (0.86, 0.05, 1),
        (0.97, height - 0.06, 1),
        (1.0, height, 0),
        (0.97, height, 0),
        (0.8, 0.02, 0),
    ):
        reach = radius * size * np.where(wave, ripple, 1.0)
        sections.append((np.column_stack([reach * np.cos(-angle), reach * np.sin(-angle)]), y))
    handles = mirrored(tube(arc(0.07, 0.05, 180, 360), 0.008).turned("y", 90).at(x=radius * 1.02, y=height * 0.78))
    t = np.linspace(0, 1, 8)[:-1]
    dome = np.column_stack([radius * np.cos(t * np.pi / 2), 0.03 + radius * 0.3 * np.sin(t * np.pi / 2)])
    lid = lathe([(0, 0), (radius * 1.06, 0), (radius * 1.06, 0.03), *dome, (0, 0.03 + radius * 0.3)])
    lid = join([lid, tube(arc(0.07, 0.05), 0.009).at(y=0.02 + radius * 0.3)])
    beside = lid.turned("x", 68).at(y=radius * 0.98, z=radius * 1.25)
    lid = beside if rng.random() < 0.25 else lid.at(y=height - 0.01)
    return join([stacked(sections), handles, lid]).painted(rgb)


def _paper_basket(rng: np.random.Generator) -> Mesh:
    """An open cone of wire or of sheet, perhaps with crumpled paper in it."""
    radius, height = rng.uniform(0.12, 0.17), rng.uniform(0.25, 0.36)
    foot, rgb = radius * rng.uniform(0.65, 0.85), paint(rng)
    if rng.random() < 0.6:
        wires, rings = int(rng.integers(20, 32)), int(rng.integers(4, 9))
        wire = rod((foot, 0, 0), (radius, height, 0), 0.003)
        parts = [wire.turned("y", 360 * k / wires) for k in range(wires)]
        parts += [
            hoop(foot + (radius - foot) * t, 0.004).at(y=max(height * t, 0.004)) for t in np.linspace(0, 1, rings)
        ]
        parts.append(cylinder(foot, 0.006))
    else:
        t = np.linspace(0, 1, 12)
        parts = [
            *vessel(np.column_stack([foot + (radius - foot) * t, height * t]), 0.003, rgb),
            hoop(radius, 0.006).at(y=height),
        ]
    basket = join(parts).painted(rgb)
    if rng.random() < 0.6:
        balls = [superellipsoid(0.08, 0.08, 0.08, 0.3).turned("x", 40 * k) for k in range(4)]
        paper = [
            ball.at(0.05 * np.cos(2 * k), height * rng.uniform(0.5, 0.8), 0.05 * np.sin(2 * k))
            for k, ball in enumerate(balls)
        ]
        return join([basket, join(paper).painted(WHITE)])
    return basket
