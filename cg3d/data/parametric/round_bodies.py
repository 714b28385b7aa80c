"""What jars, cans and bottles have in common: fluted sides, labels, and how they are put down."""

from __future__ import annotations

import itertools

import numpy as np

from cg3d.data.parametric.mesh import Mesh
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import (
    loft,
)


def fluted(profile: np.ndarray, ribs: int, depth: float, segments: int = 64) -> Mesh:
    """A closed solid of revolution with `ribs` grooves, `depth` of the radius, up its side."""
    angle = -np.arange(segments) * 2 * np.pi / segments
    wave = 1 - depth * (0.5 + 0.5 * np.cos(angle * ribs))
    radius = profile[:, :1] * wave
    return loft(
        np.stack([radius * np.cos(angle), np.broadcast_to(profile[:, 1:], radius.shape), radius * np.sin(angle)], -1)
    )


def labelled(rng: np.random.Generator, body: Mesh, low: float, high: float) -> Mesh:
    """The body with a paper label between two heights: plain, with a band, and with a patch of print in front."""
    body = body.banded(low, high, paint(rng))
    if rng.random() < 0.5:
        cut = low + (high - low) * rng.uniform(0.15, 0.5)
        body = body.banded(low, cut, paint(rng))
    x, y, z = body.vertices[body.faces].mean(axis=1).T
    patch = (
        (np.abs(np.arctan2(x, z)) < rng.uniform(0.3, 0.9))
        & (y > low + 0.3 * (high - low))
        & (y < low + 0.8 * (high - low))
    )
    return Mesh(body.vertices, body.faces, np.where(patch[:, None], paint(rng), body.face_rgb))


def sliced(profile: np.ndarray, height: float = 0.004) -> np.ndarray:
    """The profile with points added so that no span is longer than `height`: bands of colour end sharply."""
    rows = [profile[:1]]
    for a, b in itertools.pairwise(profile):
        count = max(int(np.ceil(np.linalg.norm(b - a) / height)), 1)
        rows.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(rows)


def laid(rng: np.random.Generator, standing: Mesh, share: float = 0.2) -> Mesh:
    """A round thing as it stands, or now and then lying on its side."""
    return standing.turned("z", 90).grounded() if rng.random() < share else standing
