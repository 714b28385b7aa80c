"""Perturbations of scans, one fault at a time and by degrees.

Each function takes a cloud (y up, finite), a severity and a source of chance, and gives a cloud with at least 16 points
wherever it got 16. The same chance at another severity changes the cloud in the same direction, further or less far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cg3d.data.drawing.views import lean, random_view
from cg3d.data.samples import number_of
from cg3d_runtime.preparation.prepare import FEWEST_POINTS
from cg3d_runtime.scans.cloud import PointCloud

Change = Callable[[PointCloud, float, np.random.Generator], PointCloud]


def thin_out(cloud: PointCloud, count: float, rng: np.random.Generator) -> PointCloud:
    """Keep `count` points at random, all where there are no more."""
    return kept(cloud, np.sort(rng.permutation(len(cloud))[: int(count)]))


def add_noise(cloud: PointCloud, sigma: float, rng: np.random.Generator) -> PointCloud:
    """Move every point by Gaussian noise of standard deviation `sigma` along each axis, in radii of the object.

    The radius is the largest distance of a point from the mean: 1 after `prepare`.
    """
    noise = rng.standard_normal(cloud.xyz.shape) * (sigma * _radius(cloud.xyz))
    return moved(cloud, cloud.xyz + noise)


def occlude(cloud: PointCloud, share: float, rng: np.random.Generator) -> PointCloud:
    """Hide a share (0 to 1) of the points behind a straight edge.

    The camera is far away, above the horizon, at a random place; the edge lies in its picture at a random angle and hides
    everything on one side of it, the object's back as well.
    """
    right, up, _ = random_view(rng).rotation()
    angle = rng.uniform(0, 2 * np.pi)
    across = cloud.xyz @ (np.cos(angle) * right + np.sin(angle) * up)  # (N,)
    left = max(len(cloud) - round(share * len(cloud)), min(FEWEST_POINTS, len(cloud)))
    return kept(cloud, np.sort(np.argsort(across, kind="stable")[:left]))


def tilt(cloud: PointCloud, degrees: float, rng: np.random.Generator) -> PointCloud:
    """Turn about a random horizontal axis through the mean: the vertical leans by `degrees`."""
    turn = lean(rng.uniform(0, 2 * np.pi), degrees)
    mean = cloud.xyz.mean(axis=0, dtype=np.float64)
    return moved(cloud, (cloud.xyz - mean) @ turn.T + mean)


@dataclass(frozen=True)
class Perturbation:
    """One curve: what is changed, in which unit, by which degrees."""

    unit: str
    severities: tuple[float, ...]  # from mild to harsh
    change: Change


PERTURBATIONS = {
    "thinning": Perturbation("points left", (2048, 1024, 512, 256, 128, 64, 32), thin_out),
    "noise": Perturbation("radii", (0.005, 0.01, 0.02, 0.04, 0.08), add_noise),
    "occlusion": Perturbation("share hidden", (0.1, 0.25, 0.4, 0.55, 0.7), occlude),
    "rotation off the vertical": Perturbation("degrees", (5, 10, 20, 45, 90, 180), tilt),
}


def perturb(cloud: PointCloud, name: str, severity: float, id: str, seed: int) -> PointCloud:
    """Change a cloud; depends on the arguments only.

    Args:
        name: a key of `PERTURBATIONS`.
        id: of the object: each has its own chance.
    """
    rng = np.random.default_rng([seed, number_of(id), number_of(name)])
    return PERTURBATIONS[name].change(cloud, severity, rng)


def distinct(cloud: PointCloud) -> PointCloud:
    """Each place once, in the order of the cloud: packed data repeat points where a scan had too few."""
    return kept(cloud, np.sort(np.unique(cloud.xyz, axis=0, return_index=True)[1]))


def _radius(xyz: np.ndarray) -> float:
    return float(np.linalg.norm(xyz - xyz.mean(axis=0), axis=1).max())


def kept(cloud: PointCloud, index: np.ndarray) -> PointCloud:
    """Some of the points, with their colours, by index."""
    return PointCloud(cloud.xyz[index], None if cloud.rgb is None else cloud.rgb[index], cloud.up)


def moved(cloud: PointCloud, xyz: np.ndarray) -> PointCloud:
    """The same points elsewhere: (N, 3) of any float type."""
    return PointCloud(xyz.astype(np.float32), cloud.rgb, cloud.up)
