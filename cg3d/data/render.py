"""Pictures of point clouds: a z-buffer splat renderer.

Every point is drawn as a small disc that lies in its surface. A first pass keeps the nearest depth of each pixel, a second
one averages the shaded colours of the discs on that nearest surface, which hides the grain of the points. Light falls
from the upper left over the viewer's shoulder; pixels behind which the picture falls away darken, so that a white object
stands out from the white background.
Sources: Zwicker et al., Surface Splatting, 2001; Boucheny, eye-dome lighting, 2009.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d.data.views import View

CAMERA_DISTANCE = 4.0  # in radii of the object: mild perspective
MARGIN = 0.92  # part of half the picture that the object's radius fills
LIGHT = np.array([-0.40, 0.65, 0.65], np.float32)  # unit vector towards the light: right, up, towards the viewer
AMBIENT, HEADLIGHT, KEYLIGHT = 0.40, 0.25, 0.45
STEEPEST = 0.2  # cosine at which discs stop tilting: a steeper one would smear along the line of sight


def render_views(
    points: np.ndarray, views: Sequence[View], size: int = 224, normals: np.ndarray | None = None
) -> np.ndarray:
    """Draw a coloured point cloud from several sides on white.

    Args:
        points: (P, 6) xyz, y up, any unit, and sRGB in [0, 1]; all finite, spread evenly over the surface.
        views: V camera positions.
        size: width and height H = W of the pictures, pixels.
        normals: (P, 3) unit normals of either sign; None estimates them from the neighbours.
    Returns:
        (V, H, W, 3) uint8 RGB.
    """
    xyz, rgb = _to_unit_sphere(points[:, :3]), points[:, 3:].astype(np.float32)
    normals = estimate_normals(xyz) if normals is None else normals.astype(np.float32)
    radius = _disc_radius(xyz)
    return np.stack([_render(xyz, rgb, normals, view, size, radius) for view in views])


def _to_unit_sphere(xyz: np.ndarray) -> np.ndarray:
    centred = xyz - (xyz.min(axis=0) + xyz.max(axis=0)) / 2
    return (centred / max(np.linalg.norm(centred, axis=1).max(), 1e-9)).astype(np.float32)


def estimate_normals(xyz: np.ndarray, neighbours: int = 12) -> np.ndarray:
    """(P, 3) unit normals of either sign: the direction in which the nearest neighbours of each point spread least."""
    import torch

    cloud = torch.from_numpy(xyz)
    nearest = [
        torch.cdist(chunk, cloud).topk(min(neighbours, len(xyz)), largest=False, sorted=False).indices
        for chunk in cloud.split(1024)
    ]
    offsets = xyz[torch.cat(nearest).numpy()]  # (P, K, 3)
    offsets -= offsets.mean(axis=1, keepdims=True)
    return np.linalg.eigh(offsets.transpose(0, 2, 1) @ offsets)[1][..., 0]


def _disc_radius(xyz: np.ndarray) -> float:
    """The radius that closes a surface of randomly spread samples, from the typical distance to the eighth neighbour."""
    probes = xyz[:: max(1, len(xyz) // 64)]
    squared = (probes**2).sum(1)[:, None] + (xyz**2).sum(1) - 2 * probes @ xyz.T
    eighth = np.partition(squared, min(8, len(xyz) - 1), axis=1)[:, min(8, len(xyz) - 1)]
    return float(1.05 * np.sqrt(np.median(eighth)))


def _render(xyz: np.ndarray, rgb: np.ndarray, normals: np.ndarray, view: View, size: int, radius: float) -> np.ndarray:
    rotation = view.rotation().T.astype(np.float32)
    seen, facing = xyz @ rotation, normals @ rotation
    facing *= np.where(facing[:, 2:] < 0, np.float32(-1), np.float32(1))
    light = AMBIENT + HEADLIGHT * facing[:, 2] + KEYLIGHT * np.clip(facing @ LIGHT, 0, None)
    pixel, depth, weight, point = _discs(seen, facing, size, radius)
    nearest = np.full(size * size, -np.inf, np.float32)
    np.maximum.at(nearest, pixel, depth)
    front = depth > nearest[pixel] - 0.25 * radius
    pixel, weight, point = pixel[front], weight[front], point[front]
    total = np.bincount(pixel, weight, size * size)
    colour = rgb * light[:, None]
    sums = [np.bincount(pixel, weight * channel[point], size * size) for channel in colour.T]
    surface = np.stack(sums, -1) / np.maximum(total, 1e-9)[:, None] * _eye_dome(nearest.reshape(size, size))
    image = np.where(total[:, None] > 0, np.clip(surface, 0, 1), 1.0)
    return np.rint(image * 255).astype(np.uint8).reshape(size, size, 3)


def _discs(
    seen: np.ndarray, facing: np.ndarray, size: int, radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels covered by the discs of all points, with depth (growing towards the viewer), weight and index of the point."""
    zoom = np.float32(MARGIN * size / 2) * CAMERA_DISTANCE / (CAMERA_DISTANCE - seen[:, 2])
    u, v = size / 2 + zoom * seen[:, 0], size / 2 - zoom * seen[:, 1]
    reach = int(np.ceil(radius * zoom.max()))
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    right, down = (grid.reshape(-1) for grid in np.meshgrid(steps, steps))
    near = right**2 + down**2 <= (reach + 0.5) ** 2
    right, down = right[near], down[near]
    column, row = np.floor(u)[:, None] + right, np.floor(v)[:, None] + down  # (P, S)
    x, y = (column + 0.5 - u[:, None]) / zoom[:, None], (v[:, None] - row - 0.5) / zoom[:, None]
    slope = facing[:, :2] / np.maximum(facing[:, 2:], STEEPEST)
    z = -(slope[:, :1] * x + slope[:, 1:] * y)
    falloff = 1 - (x * x + y * y + z * z) / np.float32(radius**2)
    falloff[:, (right == 0) & (down == 0)] = np.maximum(falloff[:, (right == 0) & (down == 0)], 0.01)
    covers = np.flatnonzero((falloff > 0) & (column >= 0) & (column < size) & (row >= 0) & (row < size))
    point = covers // falloff.shape[1]
    pixel = (row.reshape(-1)[covers] * size + column.reshape(-1)[covers]).astype(np.int64)
    return pixel, seen[point, 2] + z.reshape(-1)[covers], falloff.reshape(-1)[covers] ** 2, point


def _eye_dome(depth: np.ndarray) -> np.ndarray:
    """(H * W, 1) factor that darkens pixels behind which the picture falls away."""
    padded = np.pad(np.maximum(depth, -2), 1, mode="edge")
    fall = sum(
        np.clip(depth - side, 0, 0.15)
        for side in (padded[1:-1, 2:], padded[2:, 1:-1], padded[1:-1, :-2], padded[:-2, 1:-1])
    )
    return np.exp(-1.2 * fall).reshape(-1, 1)
