"""Points, colours and normals spread evenly over triangle meshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cg3d_runtime.scans.surface import Mesh, sample_surface


@dataclass(frozen=True)
class Surface:
    """Samples of a surface in random order, y up.

    Attributes:
        xyz: (P, 3) float32 in the object's own unit.
        rgb: (P, 3) float32 sRGB in [0, 1], or None where the object has no colour.
        normals: (P, 3) float32 unit vectors of either sign, or None where only points are known.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None
    normals: np.ndarray | None


def surface_of(meshes: Sequence[Mesh], count: int, rng: np.random.Generator) -> Surface:
    """Sample `count` points of an object in proportion to area.

    Raises:
        ScanError: the surface has no area.
    """
    seed = int(rng.integers(2**63))
    xyz, rgb = sample_surface(meshes, count, np.random.default_rng(seed))
    # The sampler carries colours along; with the same random numbers it carries the normals of the same points.
    _, encoded = sample_surface([_normals_as_colour(mesh) for mesh in meshes], count, np.random.default_rng(seed))
    assert encoded is not None  # the meshes carry normals as colours
    order = rng.permutation(count)
    normals = 2 * encoded[order] - 1
    return Surface(
        xyz[order].astype(np.float32),
        None if rgb is None else rgb[order].astype(np.float32),
        (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)).astype(np.float32),
    )


def _normals_as_colour(mesh: Mesh) -> Mesh:
    first, second, third = np.moveaxis(mesh.vertices.astype(np.float64)[mesh.faces], 1, 0)
    normals = np.cross(second - first, third - first)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    return replace(mesh, corner_rgb=np.repeat((normals[:, None] + 1) / 2, 3, axis=1), texture=None)
