"""Points, colours and normals spread evenly over the surface of an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.preparation.prepare import FEWEST_POINTS
from cg3d_runtime.preparation.turning import rotation
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.meshes.surface import Mesh, sample_surface
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scans.upward import Up


@dataclass(frozen=True)
class Surface:
    """Samples of a surface in random order, y up.

    Attributes:
        xyz: (P, 3) float32 in the object's own unit.
        rgb: (P, 3) float32 sRGB in [0, 1], or None where the object has no colour.
        normals: (P, 3) float32 unit vectors, outwards as far as the faces tell, or None where only points are known.
        lost_colour: why the object has no colour though its file names one; else empty.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None
    normals: np.ndarray | None
    lost_colour: str = ""

    def upright(self, up: Up) -> Surface:
        """The same surface, turned from a frame whose axis `up` points up to one with y up."""
        normals = None if self.normals is None else turned(self.normals, up)
        return replace(self, xyz=turned(self.xyz, up), normals=normals)


def surface_of(meshes: Sequence[Mesh], count: int, rng: np.random.Generator) -> Surface:
    """Sample `count` points of an object in proportion to area.

    Raises:
        ScanError: the surface has no area, or reaches beyond float32.
    """
    seed = int(rng.integers(2**63))
    xyz, rgb = sample_surface(meshes, count, np.random.default_rng(seed))
    # The sampler carries colours along; with the same random numbers it carries the normals of the same points.
    _, encoded = sample_surface([_normals_as_colour(mesh) for mesh in meshes], count, np.random.default_rng(seed))
    assert encoded is not None  # the meshes carry normals as colours
    with np.errstate(over="ignore"):  # told by the next line
        xyz = xyz.astype(np.float32)
    if not np.isfinite(xyz).all():
        raise ScanError("its vertices reach beyond the range of float32.")
    order = rng.permutation(count)
    return Surface(
        xyz[order],
        None if rgb is None else rgb[order].astype(np.float32),
        _unit_normals(2 * encoded[order] - 1),
    )


def surface_of_cloud(
    cloud: PointCloud, count: int, rng: np.random.Generator, normals: np.ndarray | None = None
) -> Surface:
    """Choose up to `count` points of a cloud, and stand it y up by its own up axis.

    Args:
        normals: (N, 3) float32 of any length where they are known; one that is not finite becomes 0.
    Raises:
        ScanError: fewer than 16 distinct finite points.
    """
    is_finite = finite_rows(cloud.xyz)
    if cloud.rgb is not None:
        is_finite &= finite_rows(cloud.rgb)
    finite = np.flatnonzero(is_finite)
    distinct = len(np.unique(cloud.xyz[finite], axis=0))
    if distinct < FEWEST_POINTS:  # what `prepare` would refuse later, in the middle of a training
        raise ScanError(f"{distinct} distinct finite points, at least {FEWEST_POINTS} are needed.")
    chosen = rng.permutation(finite)[:count]
    rgb = None if cloud.rgb is None else cloud.rgb[chosen]
    directions = (
        None if normals is None else turned(_unit_normals(np.nan_to_num(normals[chosen], posinf=0, neginf=0)), cloud.up)
    )
    return Surface(turned(cloud.xyz[chosen], cloud.up), rgb, directions)


def turned(vectors: np.ndarray, up: Up) -> np.ndarray:
    """Row vectors (P, 3) rotated from a frame whose axis `up` points up to one with y up."""
    upright: np.ndarray = vectors @ rotation(up, "y").T.astype(np.float32)
    return upright


def _unit_normals(vectors: np.ndarray) -> np.ndarray:
    """(P, 3) float32 of length 1, or 0 where they were 0."""
    unit: np.ndarray = (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _normals_as_colour(mesh: Mesh) -> Mesh:
    first, second, third = np.moveaxis(mesh.vertices.astype(np.float64)[mesh.faces], 1, 0)
    normals = np.cross(second - first, third - first)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    return replace(mesh, corner_rgb=np.repeat((normals[:, None] + 1) / 2, 3, axis=1), texture=None)
