"""Parametric things of the street: traffic cone, fire hydrant, streetlight."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import BLACK, COLOURS, METALS, WHITE, paint
from cg3d.data.parametric.primitives import cylinder, hoop, lathe, rectangle, rod, slab, smooth, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def traffic_cone(rng: np.random.Generator) -> Mesh:
    """A hollow cone on a plate with reflecting bands; sometimes fallen over."""
    height = rng.uniform(0.28, 1.0)
    radius, tip, plate = (
        height * rng.uniform(0.17, 0.24),
        height * rng.uniform(0.025, 0.05),
        height * rng.uniform(0.025, 0.06),
    )
    rgb = paint(rng, ("orange", "orange", "red", "yellow", "green", "blue"))
    wide = radius * rng.uniform(2.4, 2.9)
    outline = (
        rectangle(wide, wide, wide * rng.uniform(0.02, 0.25)) if rng.random() < 0.8 else rectangle(wide, wide, wide / 2)
    )
    base = slab(outline, plate).painted(rgb if rng.random() < 0.5 else BLACK)
    levels = np.linspace(0, 1, 30)
    wall = np.column_stack([radius + (tip - radius) * levels, plate + (height - plate) * levels])
    inside = wall[::-4] * (0.94, 0.99)
    cone = lathe([*wall, *inside, wall[0]]).painted(rgb)
    band = paint(rng, ("white", "white", "grey", "yellow"))
    for k in range(int(rng.integers(0, 3))):
        low = plate + height * (0.35 + 0.25 * k)
        cone = cone.banded(low, low + height * 0.15, band)
    foot = lathe([(0, 0), (radius * 1.12, 0), (radius, plate), (0, plate)]).at(y=plate).painted(rgb)
    whole = join([base, cone, foot])
    return (
        whole.turned("x", 90 - np.degrees(np.arctan2(wide / 2 - radius * 0.2, height))).grounded()
        if rng.random() < 0.15
        else whole
    )


def fire_hydrant(rng: np.random.Generator) -> Mesh:
    """A stout post with a bonnet, flanges with bolts, and two or three outlets."""
    height = rng.uniform(0.55, 0.95)
    radius = height * rng.uniform(0.13, 0.17)
    rgb, trim = paint(rng, ("red", "red", "yellow", "orange", "blue", "green")), paint(rng)
    trim = rgb if rng.random() < 0.5 else trim
    shoulder = height * rng.uniform(0.68, 0.76)
    post = lathe(
        [(0, 0), (radius * 1.5, 0), (radius * 1.5, 0.03), (radius, 0.045), (radius * 0.95, shoulder), (0, shoulder)]
    )
    flange = lathe([(0, 0), (radius * 1.3, 0), (radius * 1.3, 0.03), (0, 0.03)])
    dome = height - shoulder - 0.05
    t = np.linspace(0, np.pi / 2, 8)[:-1]
    bonnet = lathe([(0, 0), *np.column_stack([radius * 1.1 * np.cos(t), dome * np.sin(t)]), (0, dome)])
    nut = cylinder(radius * 0.28, 0.05, segments=5).at(y=height - 0.055)
    parts = [
        post.painted(rgb),
        flange.at(y=shoulder - 0.01).painted(rgb),
        join([bonnet, nut.at(y=-shoulder - 0.02)]).at(y=shoulder + 0.02).painted(trim),
    ]
    level = height * rng.uniform(0.5, 0.6)
    outlet = _outlet(radius * rng.uniform(0.42, 0.52), radius * 1.55)
    parts.append(mirrored(outlet.turned("z", -90).at(y=level)).painted(trim))
    if rng.random() < 0.8:
        parts.append(
            _outlet(radius * rng.uniform(0.55, 0.68), radius * 1.5)
            .turned("x", 90)
            .at(y=level - height * rng.uniform(0.0, 0.08))
            .painted(trim)
        )
    bolts = [
        cylinder(0.011, 0.02, segments=6).at(radius * 1.18 * np.cos(a), 0, radius * 1.18 * np.sin(a))
        for a in np.arange(8) * np.pi / 4
    ]
    parts += [join(bolts).at(y=y).painted(rgb) for y in (shoulder + 0.015, 0.03)]
    return join(parts)


def _outlet(radius: float, reach: float) -> Mesh:
    """A nozzle along +y with its cap and a square nut."""
    pipe = lathe(
        [
            (0, 0),
            (radius * 0.85, 0),
            (radius * 0.85, reach * 0.75),
            (radius * 1.1, reach * 0.75),
            (radius * 1.1, reach),
            (0, reach),
        ]
    )
    return join([pipe, cylinder(radius * 0.3, radius * 0.45, segments=5).at(y=reach)])


def streetlight(rng: np.random.Generator) -> Mesh:
    """A pole with an arm and a lamp head, with two of them, or an old lantern."""
    return one_of(rng, {"street lamp": _arm_light, "double street lamp": _double_light, "street lantern": _lantern})


def _pole_parts(rng: np.random.Generator, height: float) -> list[Mesh]:
    radius = height * rng.uniform(0.009, 0.014)
    return [rod((0, 0, 0), (0, height, 0), radius, radius * 0.6), cylinder(radius * 2.2, height * 0.05, radius * 1.6)]


def _arm(rng: np.random.Generator, height: float) -> tuple[Mesh, Mesh]:
    """An arm from the top of the pole towards +x, and its lamp head with the glass below."""
    reach, rise, thin = height * rng.uniform(0.15, 0.28), height * rng.uniform(0.02, 0.12), height * 0.007
    if rng.random() < 0.5:
        path = smooth([(0, height * 0.97, 0), (reach * 0.2, height + rise * 0.8, 0), (reach, height + rise, 0)])
    else:
        path = np.array([(0, height * 0.99, 0), (reach, height + rise * 0.5, 0)])
    size = height * rng.uniform(0.07, 0.1)
    head = superellipsoid(size * 1.8, size * 0.36, size * 0.75, rng.uniform(0.2, 0.7))
    glass = superellipsoid(size * 1.2, size * 0.22, size * 0.55, 0.4).at(y=-size * 0.05).painted(WHITE)
    return tube(path, thin), join([head, glass]).at(path[-1, 0] + size * 0.7, path[-1, 1] - size * 0.18)


def _arm_light(rng: np.random.Generator) -> Mesh:
    height, rgb = rng.uniform(4, 9), paint(rng, (*METALS, "green"))
    arm, head = _arm(rng, height)
    return join([join([*_pole_parts(rng, height), arm]).painted(rgb), _keep_white(head, rgb)])


def _double_light(rng: np.random.Generator) -> Mesh:
    height, rgb = rng.uniform(5, 10), paint(rng, (*METALS, "green"))
    arm, head = _arm(rng, height)
    return join([join([*_pole_parts(rng, height), mirrored(arm)]).painted(rgb), mirrored(_keep_white(head, rgb))])


def _keep_white(head: Mesh, rgb: np.ndarray) -> Mesh:
    """`head` painted, except for its white glass."""
    glass = (head.face_rgb == COLOURS["white"]).all(axis=1)
    return Mesh(head.vertices, head.faces, np.where(glass[:, None], head.face_rgb, rgb))


def _lantern(rng: np.random.Generator) -> Mesh:
    """A fluted post that carries one to three glass lanterns or globes."""
    height, rgb = rng.uniform(2.6, 4.2), paint(rng, ("black", "black", "green", "grey", "white"))
    thin = height * 0.014
    knots = [
        (thin * 4, 0),
        (thin * 3.2, height * 0.05),
        (thin * 1.6, height * 0.12),
        (thin * 2.0, height * 0.25),
        (thin, height * 0.3),
        (thin * 0.8, height),
    ]
    parts = [
        lathe([(0, 0), *knots, (0, height)], 16).painted(rgb),
        hoop(thin * 1.5, thin * 0.5).at(y=height * 0.85).painted(rgb),
    ]
    size, globe, count = height * rng.uniform(0.06, 0.085), rng.random() < 0.4, int(rng.integers(1, 4))
    light = _globe(size) if globe else _glass_box(size, rgb)
    if count == 1:
        return join([*parts, light.at(y=height)])
    reach = size * rng.uniform(1.8, 2.6)
    arm = tube(
        smooth([(0, height * 0.88, 0), (reach * 0.5, height * 0.86, 0), (reach, height * 0.92, 0)]), thin * 0.6
    ).painted(rgb)
    one = join([arm, light.at(x=reach, y=height * 0.92)])
    return join(
        [
            *parts,
            *(one.turned("y", 360 * k / count) for k in range(count)),
            *([light.at(y=height)] if rng.random() < 0.5 else []),
        ]
    )


def _globe(size: float) -> Mesh:
    return superellipsoid(2 * size, 2 * size, 2 * size).painted(WHITE)


def _glass_box(size: float, rgb: np.ndarray) -> Mesh:
    """A four- or six-sided lantern that widens upwards, under a roof with a finial."""
    glass = cylinder(size * 0.55, size * 1.6, size * 0.95, segments=6).painted(np.array(COLOURS["yellow"]))
    roof = [
        cylinder(size * 1.15, size * 0.7, size * 0.15, segments=6).at(y=size * 1.6),
        superellipsoid(size * 0.3, size * 0.4, size * 0.3).at(y=size * 2.2),
    ]
    bars = [rod((size * 0.57, 0, 0), (size * 0.97, size * 1.6, 0), size * 0.05).turned("y", 60 * k) for k in range(6)]
    return join([glass, join([*roof, *bars, cylinder(size * 0.6, size * 0.1, segments=6)]).painted(rgb)])
