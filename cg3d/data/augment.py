"""Random changes to a cloud that leave its name true: pose, proportions, sensor noise and missing parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.data.depth_camera import DepthCamera, pixels_for, scan
from cg3d.data.views import random_view
from cg3d_runtime.points import PointCloud

MISALIGNMENT = 0.004  # standard deviation of a view's place among others, in radii
FEWEST_SEEN = 64  # a scan with fewer points shows nothing; the whole object is used instead


@dataclass(frozen=True)
class Augmentation:
    """How much is changed. Rotation about the up axis is always free: objects have no known front.

    Lengths are in radii of the object's bounding sphere.
    """

    partial: float = 0.5  # probability of a scan by the simulated depth camera, from one to three sides
    tilt: float = 5.0  # standard deviation of the lean away from upright, degrees
    stretch: tuple[float, float] = (0.8, 1.2)  # factor along each axis of the object
    jitter: float = 0.01  # largest standard deviation of the noise on whole objects
    hole: float = 0.3  # probability of a gap in a whole object
    hole_radius: float = 0.4  # of the largest gap
    most_points: int = 2048  # before `prepare`; between half of it and all are kept


def augment(cloud: PointCloud, how: Augmentation, rng: np.random.Generator) -> PointCloud:
    """Change a whole object (y up, finite, densely sampled) at random; at least 16 points are left."""
    seen = _seen(cloud, rng) if rng.random() < how.partial else _worn(cloud, how, rng)
    kept = rng.permutation(len(seen))[: rng.integers(how.most_points // 2, how.most_points + 1)]
    xyz = seen.xyz[kept] * rng.uniform(*how.stretch, 3) @ _pose(how.tilt, rng).T
    return PointCloud(xyz.astype(np.float32), None if seen.rgb is None else seen.rgb[kept], up="y")


def _seen(cloud: PointCloud, rng: np.random.Generator) -> PointCloud:
    """One to three views by a better or worse camera, not perfectly aligned, often with something in the way."""
    camera = DepthCamera(
        pixels=pixels_for(len(cloud)),
        axial_noise=rng.uniform(0.001, 0.015),
        depth_step=rng.uniform(0.0, 0.012),
        dropout=rng.uniform(0.0, 0.3),
        flying=rng.uniform(0.0, 0.3),
        holes=int(rng.integers(0, 4)),
        hole_radius=rng.uniform(0.1, 0.5),
    )
    views = [scan(cloud, random_view(rng), camera, rng) for _ in range(rng.integers(1, 4))]
    fused = _fused(views, MISALIGNMENT * _radius(cloud), rng)
    return fused if len(fused) >= FEWEST_SEEN else cloud


def _fused(views: list[PointCloud], misalignment: float, rng: np.random.Generator) -> PointCloud:
    """The views in one cloud, each moved a little."""
    xyz = np.concatenate([view.xyz + rng.normal(0, misalignment, 3).astype(np.float32) for view in views])
    rgb = None if views[0].rgb is None else np.concatenate([view.rgb for view in views])
    return PointCloud(xyz, rgb, views[0].up)


def _radius(cloud: PointCloud) -> float:
    return float(np.linalg.norm(np.ptp(cloud.xyz, axis=0)) / 2)


def _worn(cloud: PointCloud, how: Augmentation, rng: np.random.Generator) -> PointCloud:
    """The whole object with noise, and at times a round gap."""
    radius = _radius(cloud)
    keep = np.ones(len(cloud), bool)
    if rng.random() < how.hole:
        centre = cloud.xyz[rng.integers(len(cloud))]
        keep = np.linalg.norm(cloud.xyz - centre, axis=1) > how.hole_radius * radius * rng.random()
    keep = keep if keep.sum() >= FEWEST_SEEN else np.ones(len(cloud), bool)
    xyz = cloud.xyz[keep] + rng.normal(0, how.jitter * radius * rng.random(), (keep.sum(), 3))
    return PointCloud(xyz.astype(np.float32), None if cloud.rgb is None else cloud.rgb[keep], cloud.up)


def _pose(tilt: float, rng: np.random.Generator) -> np.ndarray:
    """(3, 3) a free turn about y followed by a small one about a random level axis (Rodrigues' formula)."""
    turn, heading = rng.uniform(0, 2 * np.pi, 2)
    lean = np.radians(rng.normal(0, tilt))
    about_y = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    x, z = np.cos(heading), np.sin(heading)
    cross = np.array([[0, -z, 0], [z, 0, -x], [0, x, 0]])
    return (np.eye(3) + np.sin(lean) * cross + (1 - np.cos(lean)) * cross @ cross) @ about_y
