"""A simulated depth camera: what one view of an object leaves of it, with the faults of a real sensor.

Sources: axial noise that grows with the square of the depth, and lateral noise of a fraction of a pixel, after Nguyen, Izadi
and Lovell, Modeling Kinect Sensor Noise, 2012; depth in even steps of disparity as in every triangulating sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.data.drawing.views import View
from cg3d_runtime.scans.cloud import PointCloud


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
    centre, radius = bounding_sphere(cloud.xyz)
    rotation = view.rotation()
    index, measured = observe(to_rays((cloud.xyz - centre) / radius, rotation, camera), camera, rng)
    xyz = from_rays(measured, rotation, camera) * radius + centre
    return PointCloud(xyz.astype(np.float32), None if cloud.rgb is None else cloud.rgb[index], cloud.up)


def bounding_sphere(xyz: np.ndarray) -> tuple[np.ndarray, float]:
    """The middle (3,) of the bounding box of (N, 3) points, and the distance to the farthest of them, above 0."""
    columns = np.ascontiguousarray(xyz.T)  # several times faster to reduce than rows of three
    centre = (columns.min(axis=1) + columns.max(axis=1)) / 2
    x, y, z = (columns - centre[:, None]) ** 2
    return centre, max(float(np.sqrt((x + y + z).max())), 1e-9)


def to_rays(xyz: np.ndarray, rotation: np.ndarray, camera: DepthCamera) -> np.ndarray:
    """Points as the camera has them.

    Args:
        xyz: (N, 3) around the origin, in radii.
        rotation: (3, 3) of the view.
    Returns:
        (N, 3) to the right, up, and away from the camera.
    """
    rays: np.ndarray = xyz @ rotation.T
    rays[:, 2] = camera.distance - rays[:, 2]
    return rays


def from_rays(rays: np.ndarray, rotation: np.ndarray, camera: DepthCamera) -> np.ndarray:
    """Undo `to_rays`."""
    towards = np.column_stack([rays[:, :2], camera.distance - rays[:, 2]])
    xyz: np.ndarray = towards @ rotation
    return xyz


def observe(rays: np.ndarray, camera: DepthCamera, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The points of a scene that the camera measures.

    Args:
        rays: (N, 3) points as `to_rays` gives them, at least one.
    Returns:
        indices (M,) of the points that are seen, and (M, 3) where the camera places them.
    """
    index, edge = _visible(rays, camera)
    index, edge = _drop(rays, index, edge, camera, rng)
    return index, _measure(rays[index], edge, camera, rng)


def _visible(rays: np.ndarray, camera: DepthCamera) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the points on the nearest surface, and for each how far (M,) the picture falls away beside it."""
    side, pitch, depth = camera.pixels + 8, 2 / camera.pixels, rays[:, 2]
    scale = camera.distance / (depth * pitch)
    column, row = ((rays[:, axis] * scale + side / 2).astype(np.int64).clip(0, side - 1) for axis in (0, 1))
    pixel = row * side + column
    buffer = np.full(side * side, np.inf, depth.dtype)
    np.minimum.at(buffer, pixel, depth)
    closed = _filtered(buffer.reshape(side, side), np.minimum, 1)  # without the gaps between the points
    # A point answers to the neighbouring pixels too: its own may be such a gap.
    seen = (depth <= buffer[pixel] + pitch) & (depth <= closed.reshape(-1)[pixel] + 3 * pitch)
    index = np.flatnonzero(seen)
    return index, _filtered(closed, np.maximum, 2).reshape(-1)[pixel[index]] - depth[index]


def _filtered(image: np.ndarray, pick: np.ufunc, reach: int) -> np.ndarray:
    """The least or greatest value within `reach` pixels of each pixel, by rows and then by columns."""
    for _ in range(2):
        result = image.copy()
        for shift in range(1, reach + 1):
            pick(result[shift:], image[:-shift], out=result[shift:])
            pick(result[:-shift], image[shift:], out=result[:-shift])
        image = result.T
    return image


def _drop(
    rays: np.ndarray, index: np.ndarray, edge: np.ndarray, camera: DepthCamera, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The points that survive random loss and the round gaps."""
    keep = rng.random(len(index)) >= camera.dropout
    right, up = rays[index, 0], rays[index, 1]
    for centre in rng.integers(len(index), size=camera.holes):
        distance = np.sqrt((right - right[centre]) ** 2 + (up - up[centre]) ** 2)
        keep &= distance > camera.hole_radius * rng.random()
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
