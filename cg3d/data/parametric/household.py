"""Parametric things about the house: umbrella."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import metal, paint, wood
from cg3d.data.parametric.primitives import cylinder, loft, rod, smooth, tube


def umbrella(rng: np.random.Generator) -> Mesh:
    """An open umbrella with a crook or straight handle, or a rolled one."""
    ribs, rgb, frame = int(rng.integers(6, 11)), paint(rng), metal(rng)
    radius, height = rng.uniform(0.42, 0.62), rng.uniform(0.72, 0.95)
    grip = wood(rng)
    shaft = rod((0, 0.05, 0), (0, height + 0.05, 0), rng.uniform(0.005, 0.009)).painted(frame)
    crook = _crook(rng.uniform(0.03, 0.05), rng.uniform(0.008, 0.014))
    handle = crook if rng.random() < 0.65 else cylinder(0.016, 0.13)
    if rng.random() < 0.2:
        profile = smooth([(0.012, 0.18), (0.035, 0.3), (0.03, height * 0.7), (0.01, height)])
        canopy = _pleated(profile, ribs, 0.3)
    else:
        rise = radius * rng.uniform(0.32, 0.6)
        t = np.linspace(1, 0.02, 14)
        top = np.column_stack([radius * t, height - rise * t ** rng.uniform(1.6, 2.2)])
        canopy = _pleated(np.concatenate([top, top[::-1] - (0, 0.004)]), ribs, rng.uniform(0.04, 0.12))
    return join([canopy.painted(rgb), shaft, handle.painted(grip)]).grounded()


def _pleated(profile: np.ndarray, ribs: int, sag: float) -> Mesh:
    """A surface of revolution whose radius shrinks by `sag` between the ribs, more towards the rim."""
    angle = -np.arange(ribs * 6) * 2 * np.pi / (ribs * 6)
    radius = profile[:, :1] * (1 - sag * profile[:, :1] / profile[:, 0].max() * np.abs(np.sin(angle * ribs / 2)))
    y = np.broadcast_to(profile[:, 1:], radius.shape)
    return loft(np.stack([radius * np.cos(angle), y, radius * np.sin(angle)], -1), capped=False)


def _crook(bend: float, radius: float) -> Mesh:
    """A J-shaped handle that hangs below y = 0.1."""
    turn = np.linspace(0, np.pi * 1.05, 12)
    hook = np.column_stack([bend * (1 - np.cos(turn)), -bend * np.sin(turn), np.zeros(12)])
    return tube(np.concatenate([[(0.0, 0.1, 0.0)], hook]), radius)
