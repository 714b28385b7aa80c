"""A simulated depth camera: what one view of an object leaves of it, with the faults of a real sensor.

Sources: axial noise that grows with the square of the depth, and lateral noise of a fraction of a pixel, after Nguyen, Izadi
and Lovell, Modeling Kinect Sensor Noise, 2012; depth in even steps of disparity as in every triangulating sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.data.views import View
from cg3d_runtime.points import PointCloud


@dataclass(frozen=True)
class DepthCamera:
    """The sensor; lengths are in radii of the object's bounding sphere, so that a mug and a sofa look alike to it."""

    pixels: int = 96  # across the object's diameter
    distance: float = 4.0  # from the object's centre
    axial_noise: float = 0.006  # standard deviation of the depth at the object's centre
    lateral_noise: float = 0.25  # standard deviation across the line of sight, in pixels
    depth_step: float = 0.006  # between neighbouring disparities at the object's centre
    dropout: float = 0.05  # part of the points that is lost anywhere
    flying: float = 0.12  # part of the points at depth edges that lands behind the edge
    holes: int = 2  # round gaps, as left by shiny or dark patches
    hole_radius: float = 0.12  # of the largest gap


def pixels_for(count: int) -> int:
    """The finest resolution at which `count` points, spread over the whole surface, leave hardly a pixel empty."""
    return max(24, int(np.sqrt(count) * 0.65))


def scan(cloud: PointCloud, view: View, camera: DepthCamera, rng: np.random.Generator) -> PointCloud:
    """Look at an object from one side.

    Args:
        cloud: finite points spread densely over the whole surface, y up; twice `camera.pixels ** 2` of them or more.
        view: the side to look from.
        camera: the sensor.
        rng: source of the noise.
    Returns:
        the points seen, moved by the sensor's noise, in the frame and unit of `cloud`.
    """
    low, high = cloud.xyz.min(axis=0), cloud.xyz.max(axis=0)
    centre = (low + high) / 2
    radius = max(float(np.linalg.norm(cloud.xyz - centre, axis=1).max()), 1e-9)
    rotation = view.rotation()
    rays = (cloud.xyz - centre) / radius @ rotation.T * (1, 1, -1) + (0, 0, camera.distance)  # right, up, depth
    index, edge = _visible(rays, camera)
    index, edge = _drop(rays, index, edge, camera, rng)
    measured = _measure(rays[index], edge, camera, rng)
    xyz = (measured - (0, 0, camera.distance)) * (1, 1, -1) @ rotation * radius + centre
    return PointCloud(xyz.astype(np.float32), None if cloud.rgb is None else cloud.rgb[index], cloud.up)


def _visible(rays: np.ndarray, camera: DepthCamera) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the points on the nearest surface, and for each how far (M,) the picture falls away beside it."""
    side, pitch, depth = camera.pixels + 8, 2 / camera.pixels, rays[:, 2]
    scale = camera.distance / (depth * pitch)
    column, row = ((rays[:, axis] * scale + side / 2).astype(np.int64).clip(0, side - 1) for axis in (0, 1))
    buffer = np.full((side, side), np.inf)
    np.minimum.at(buffer, (row, column), depth)
    closed = _filtered(buffer, np.minimum, 1)  # without the gaps between the points
    # A point answers to the neighbouring pixels too: its own may be such a gap.
    seen = (depth <= buffer[row, column] + pitch) & (depth <= closed[row, column] + 3 * pitch)
    index = np.flatnonzero(seen)
    return index, _filtered(closed, np.maximum, 2)[row[index], column[index]] - depth[index]


def _filtered(image: np.ndarray, pick: np.ufunc, reach: int) -> np.ndarray:
    """The least or greatest value within `reach` pixels of each pixel, by rows and then by columns."""
    for axis in (0, 1):
        image = pick.reduce([np.roll(image, shift, axis) for shift in range(-reach, reach + 1)])
    return image


def _drop(
    rays: np.ndarray, index: np.ndarray, edge: np.ndarray, camera: DepthCamera, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The points that survive random loss and the round gaps."""
    keep = rng.random(len(index)) >= camera.dropout
    across = rays[index, :2]
    for centre in across[rng.integers(len(index), size=camera.holes)]:
        keep &= np.linalg.norm(across - centre, axis=1) > camera.hole_radius * rng.random()
    return index[keep], edge[keep]


def _measure(rays: np.ndarray, edge: np.ndarray, camera: DepthCamera, rng: np.random.Generator) -> np.ndarray:
    """Points (M, 3) where the sensor believes them: shifted along and across the line of sight, then quantised."""
    depth = rays[:, 2] + rng.normal(0, 1, len(rays)) * camera.axial_noise * (rays[:, 2] / camera.distance) ** 2
    flies = (edge > 0.1) & (rng.random(len(rays)) < camera.flying)
    depth += flies * rng.random(len(rays)) * np.minimum(edge, 0.2)
    if camera.depth_step > 0:
        disparity_step = camera.depth_step / camera.distance**2
        depth = 1 / (np.rint(1 / depth / disparity_step) * disparity_step)
    shift = rng.normal(0, camera.lateral_noise * 2 / camera.pixels, (len(rays), 2))
    return np.column_stack([rays[:, :2] * (depth / rays[:, 2])[:, None] + shift, depth])
