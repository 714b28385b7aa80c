"""Parametric cameras."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.computers import PLASTICS
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, COLOURS, WHITE, metal, paint
from cg3d.data.parametric.primitives import box, cylinder, lathe, rod, smooth, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def camera(rng: np.random.Generator) -> Mesh:
    """A body with a lens: a reflex camera, a compact one, or a box camera on a tripod."""
    return one_of(rng, {"reflex camera": _reflex, "compact camera": _compact, "camera on a tripod": _tripod_camera})


def _lens(rng: np.random.Generator, radius: float, reach: float, ring: np.ndarray) -> Mesh:
    """Stepped barrels towards +z with a sunk front glass."""
    dark, step = BLACK, rng.uniform(0.85, 1.05)
    barrel = lathe(
        [
            (0, 0),
            (radius, 0),
            (radius, reach * 0.45),
            (radius * step, reach * 0.5),
            (radius * step, reach),
            (radius * step * 0.85, reach),
            (radius * 0.7, reach * 0.85),
            (0, reach * 0.85),
        ]
    )
    glass = (
        superellipsoid(radius * 1.4, reach * 0.2, radius * 1.4)
        .at(y=reach * 0.76)
        .painted(np.array(COLOURS["blue"]) * 0.6)
    )
    band = (
        lathe([(0, 0), (radius * 1.06, 0), (radius * 1.06, reach * 0.18), (0, reach * 0.18)])
        .at(y=reach * 0.2)
        .painted(ring)
    )
    return join([barrel.painted(dark), glass, band]).turned("x", 90)


def _reflex(rng: np.random.Generator) -> Mesh:
    width, height, depth = rng.uniform(0.12, 0.15), rng.uniform(0.075, 0.1), rng.uniform(0.045, 0.06)
    rgb = paint(rng, ("black", "black", "grey", "brown", "white"))
    radius, reach = height * rng.uniform(0.33, 0.42), rng.uniform(0.05, 0.14)
    parts = [
        superellipsoid(width, height, depth, 0.85),
        superellipsoid(width * 0.26, height * 0.98, depth * 1.5, 0.75).at(x=-width * 0.4, z=depth * 0.15),
    ]
    hump = superellipsoid(width * 0.4, height * 0.42, depth * 1.1, 0.6).at(y=height * 0.82, z=0.003)
    dials = join(
        [
            cylinder(0.011, 0.01).at(x=width * 0.34, y=height),
            cylinder(0.006, 0.012).at(x=-width * 0.4, y=height - 0.002, z=0.01),
        ]
    )
    lens = _lens(rng, radius, reach, paint(rng)).at(x=width * 0.04, y=height * 0.47, z=depth / 2 - 0.002)
    screen = (
        box(width * 0.5, height * 0.5, 0.004)
        .at(y=height * 0.18, z=-depth / 2 - 0.002)
        .painted(np.array(COLOURS["blue"]) * 0.5)
    )
    body = join([*parts, hump]).painted(rgb)
    camera = join([body, dials.painted(metal(rng)), lens, screen])
    if rng.random() < 0.3:
        strap = smooth(
            [
                (-width / 2, height * 0.85, 0),
                (-width * 0.8, height * 0.3, -0.03),
                (-width * 0.3, 0.003, -0.12),
                (width * 0.4, 0.003, -0.12),
                (width * 0.8, height * 0.3, -0.03),
                (width / 2, height * 0.85, 0),
            ]
        )
        camera = join([camera, tube(strap, 0.005, flatten=1.8).painted(paint(rng))])
    return camera


def _compact(rng: np.random.Generator) -> Mesh:
    width, height, depth = rng.uniform(0.09, 0.12), rng.uniform(0.055, 0.07), rng.uniform(0.022, 0.035)
    rgb, side = paint(rng), rng.choice([-0.18, 0.0, 0.15])
    lens = _lens(rng, height * rng.uniform(0.28, 0.36), rng.uniform(0.015, 0.035), metal(rng))
    flash = box(0.018, 0.01, 0.004).at(x=width * 0.34, y=height * 0.75, z=depth / 2).painted(WHITE)
    button = cylinder(0.007, 0.005).at(x=-width * 0.3, y=height - 0.001).painted(metal(rng))
    screen = box(width * 0.6, height * 0.7, 0.003).at(x=width * 0.08, y=height * 0.14, z=-depth / 2 - 0.001)
    body = superellipsoid(width, height, depth, 0.88).painted(rgb)
    return join(
        [
            body,
            lens.at(x=width * side, y=height * 0.48, z=depth / 2 - 0.003),
            flash,
            button,
            screen.painted(BLACK),
        ]
    )


def _tripod_camera(rng: np.random.Generator) -> Mesh:
    camera = (_reflex if rng.random() < 0.7 else _compact)(rng)
    height, spread, dark = rng.uniform(0.25, 0.9), rng.uniform(0.35, 0.5), paint(rng, PLASTICS)
    leg = rod((0, 0.006, height * spread), (0, height * 0.95, 0.012), 0.006, 0.01)
    legs = [leg.turned("y", 120 * k) for k in range(3)]
    head = [
        cylinder(0.014, 0.09).at(y=height * 0.9),
        cylinder(0.03, 0.012).at(y=height * 0.9 + 0.085),
        rod((0, height + 0.02, 0), (0.02, height * 0.95 - 0.02, -0.13), 0.005),
    ]
    return join([join([*legs, *head]).painted(dark), camera.at(y=height * 0.9 + 0.096)])
