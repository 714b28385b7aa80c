"""Globes, hollow vessels, fluted sides and finely divided profiles: what balls, jars, cans and bottles share."""

from __future__ import annotations

import itertools

import numpy as np

from cg3d.objects.shapes.curves import points
from cg3d.objects.shapes.primitives import lathe, loft
from cg3d.objects.shapes.solid import Solid


def globe(rings: int = 32, corners: int = 48) -> Solid:
    """A sphere of radius 1 about the origin, divided as finely as its colours and its skin need."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    profile = points(np.cos(latitude), np.sin(latitude))
    profile[[0, -1], 0] = 0.0
    return lathe(profile, corners)


def vessel(outside: np.ndarray, wall: float, rgb: np.ndarray, inside_rgb: np.ndarray | None = None) -> list[Solid]:
    """A hollow body with walls `wall` thick inside the outer profile (K, 2), open at the top."""
    inside = outside - (wall, 0)
    inside[:, 1] = np.maximum(inside[:, 1], wall)
    inside = inside[inside[:, 0] > 0][::-1]
    shell = lathe([(0, 0), *outside, inside[0]]).painted(rgb)
    lining = lathe([*inside, (0, wall)]).painted(rgb if inside_rgb is None else inside_rgb)
    return [shell, lining]


def fluted(profile: np.ndarray, ribs: int, depth: float, segments: int = 64) -> Solid:
    """A closed solid of revolution with `ribs` grooves, `depth` of the radius, up its side."""
    angle = -np.arange(segments) * 2 * np.pi / segments
    wave = 1 - depth * (0.5 + 0.5 * np.cos(angle * ribs))
    radius = profile[:, :1] * wave
    return loft(
        np.stack([radius * np.cos(angle), np.broadcast_to(profile[:, 1:], radius.shape), radius * np.sin(angle)], -1)
    )


def sliced(profile: np.ndarray, height: float = 0.004) -> np.ndarray:
    """The profile with points added so that no span is longer than `height`: bands of colour end sharply."""
    rows = [profile[:1]]
    for a, b in itertools.pairwise(profile):
        count = max(int(np.ceil(np.linalg.norm(b - a) / height)), 1)
        rows.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(rows)
