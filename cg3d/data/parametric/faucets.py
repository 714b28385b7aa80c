"""Parametric faucets: for basins, kitchens, bathtubs and walls."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import metal, paint
from cg3d.data.parametric.primitives import arc, box, cylinder, rod, smooth, superellipsoid, tube
from cg3d.data.parametric.variants import one_of


def faucet(rng: np.random.Generator) -> Mesh:
    """A spout with one lever, with two taps, with a high swan neck, or a tap on the wall."""
    kinds = {
        "single-lever faucet": lever_faucet,
        "two-handle faucet": two_taps,
        "kitchen faucet": swan,
        "tap": _wall_tap,
    }
    rgb = metal(rng) if rng.random() < 0.8 else paint(rng, ("yellow", "brown", "orange"))
    return one_of(rng, kinds).painted(rgb)


def _cross(rng: np.random.Generator, size: float) -> Mesh:
    """A tap's handle about the y axis: four arms, a lever or a fluted knob."""
    stem = cylinder(size * 0.3, size * 0.9)
    kind = rng.integers(3)
    if kind == 0:
        arm = join(
            [
                rod((0, 0, 0), (size, 0, 0), size * 0.16),
                superellipsoid(size * 0.45, size * 0.45, size * 0.45).at(size, -size * 0.22),
            ]
        )
        return join([stem, *(arm.turned("y", 90 * k).at(y=size * 0.9) for k in range(4))])
    if kind == 1:
        return join([stem, rod((0, size * 0.9, 0), (size * 1.8, size * 1.3, 0), size * 0.22, size * 0.15)])
    return join([stem, cylinder(size * 0.75, size * 0.8, size * 0.6, segments=8).at(y=size * 0.7)])


def _nozzle(curve: np.ndarray, thick: float) -> Mesh:
    """A spout along a curve with a wider mouth at its end."""
    return join([tube(curve, thick), rod(curve[-1] + (0, 0.012, 0), curve[-1] - (0, 0.01, 0), thick * 1.25)])


def lever_faucet(rng: np.random.Generator) -> Mesh:
    height, radius, reach = rng.uniform(0.09, 0.2), rng.uniform(0.018, 0.026), rng.uniform(0.1, 0.15)
    level = height * rng.uniform(0.6, 0.8)
    spout = smooth(
        [(0, level, 0), (reach * 0.6, level + 0.025, 0), (reach * 0.95, level + 0.015, 0), (reach, level - 0.02, 0)]
    )
    lever = rod((0, 0, 0), (-rng.uniform(0.06, 0.1), rng.uniform(0.0, 0.06), 0), 0.008, 0.006)
    lever = lever.turned("y", rng.choice([0.0, 180.0, 180.0])).at(y=height + 0.02)
    cap = superellipsoid(2 * radius, 0.04, 2 * radius, 0.4).at(y=height)
    return join(
        [
            cylinder(radius * 1.3, 0.012),
            cylinder(radius, height),
            cap,
            lever,
            _nozzle(spout, radius * rng.uniform(0.55, 0.8)),
        ]
    )


def two_taps(rng: np.random.Generator) -> Mesh:
    half, reach, height = rng.uniform(0.075, 0.11), rng.uniform(0.1, 0.15), rng.uniform(0.06, 0.2)
    spout = smooth(
        [
            (0, 0, 0),
            (0, height * 0.8, 0),
            (reach * 0.5, height * 1.15, 0),
            (reach * 0.95, height, 0),
            (reach, height * 0.75, 0),
        ]
    )
    handle = join([cylinder(0.022, 0.03, 0.016), _cross(rng, rng.uniform(0.02, 0.028)).at(y=0.028)])
    plate = box(0.05, 0.012, 2 * half + 0.06) if rng.random() < 0.6 else cylinder(0.025, 0.012)
    return join([plate, _nozzle(spout, 0.012), mirrored(handle.at(y=0.008, z=half), "z")])


def swan(rng: np.random.Generator) -> Mesh:
    rise, reach, thick = rng.uniform(0.2, 0.32), rng.uniform(0.08, 0.12), rng.uniform(0.01, 0.014)
    if rng.random() < 0.6:
        bow = np.concatenate([[(0, 0, 0), (0, rise * 0.5, 0)], (np.add(arc(reach, reach, 180, -10), (reach, rise, 0)))])
    else:
        bow = smooth(
            [
                (0, 0, 0),
                (0, rise + reach * 0.7, 0),
                (0.03, rise + reach, 0),
                (2 * reach, rise + reach, 0),
                (2.05 * reach, rise, 0),
            ],
            12,
        )
    handle = rod((0, 0.05, 0.02), (0, 0.05, 0.05), 0.014)
    lever = rod((0, 0.05, 0.045), (0, rng.uniform(0.05, 0.13), 0.11), 0.006)
    return join([cylinder(0.028, 0.01), cylinder(0.023, 0.09), handle, lever, _nozzle(bow, thick)])


def _wall_tap(rng: np.random.Generator) -> Mesh:
    """A garden tap: a rose at the wall, a body with a handle on top, and a spout that bends down."""
    reach, thick = rng.uniform(0.07, 0.11), rng.uniform(0.011, 0.015)
    curve = smooth([(0, 0, 0), (reach * 0.6, 0, 0), (reach * 0.95, -0.01, 0), (reach, -0.05, 0)])
    rose = cylinder(0.032, 0.01).turned("z", -90)
    body = cylinder(thick * 1.4, 0.045, thick).at(x=reach * 0.45)
    return join(
        [rose, _nozzle(curve, thick), body, _cross(rng, rng.uniform(0.02, 0.03)).at(x=reach * 0.45, y=0.04)]
    ).grounded()
