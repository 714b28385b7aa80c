"""The sides of `scripts/bench scenes`: a camera's frame of a table and rooms, by `Recognizer.detect` and by Open3D."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np

from cg3d_runtime import PointCloud, Recognizer
from cg3d_runtime.scenes.scene import Scene

CAMERA = 585.0  # focal length of the frame, pixels
NOISE = 0.003  # metres, of the rooms


def frame(width: int = 640, height: int = 480, things: int = 8) -> np.ndarray:
    """(N, 3) points of a table with boxes before a depth camera that looks down on it; N is about width x height."""
    rng = np.random.default_rng(0)
    down = np.radians(40)
    u, v = np.meshgrid((np.arange(width) - width / 2) / CAMERA, (np.arange(height) - height / 2) / CAMERA)
    rays = np.stack([u, v * np.cos(down) + np.sin(down), np.cos(down) - v * np.sin(down)], axis=-1).reshape(-1, 3)
    depth = _met(rays, np.array([0, 0.65, 0]), np.array([4.0, 0, 4.0]))  # the table: y is down
    for _ in range(things):
        half = rng.uniform(0.03, 0.09, 3)
        depth = np.minimum(
            depth, _met(rays, np.array([rng.uniform(-0.35, 0.35), 0.65 - half[1], rng.uniform(0.5, 1.1)]), half)
        )
    seen = np.isfinite(depth) & (depth < 3)
    points = rays[seen] * depth[seen, None]
    points *= 1 + rng.normal(0, 0.0015, (len(points), 1)) * depth[seen, None]
    turn = np.array([[1, 0, 0], [0, np.cos(down), -np.sin(down)], [0, np.sin(down), np.cos(down)]])
    return (points @ turn.T).astype(np.float32)


def _met(rays: np.ndarray, middle: np.ndarray, half: np.ndarray) -> np.ndarray:
    """(N,) how far along each ray from the origin a box is met; infinite where it is missed (Kay and Kajiya 1986)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (middle - half) / rays, (middle + half) / rays
    near, far = np.minimum(first, second).max(axis=1), np.maximum(first, second).min(axis=1)
    return np.where((near <= far) & (far > 0), near, np.inf)


def room(points: int, things: int = 20) -> np.ndarray:
    """(points, 3) of a room of 6 by 5 metres with a ceiling, two walls and boxes, evenly sampled and noisy."""
    rng = np.random.default_rng(0)
    faces = [((0, 0, 0), (6, 0, 0), (0, 5, 0)), ((0, 0, 2.6), (6, 0, 0), (0, 5, 0))]
    faces += [((0, 0, 0), (6, 0, 0), (0, 0, 2.6)), ((0, 0, 0), (0, 5, 0), (0, 0, 2.6))]
    for _ in range(things):
        x, y, (a, b, c) = *rng.uniform((0.6, 0.6), (4.8, 3.8)), rng.uniform(0.2, 1.0, 3)
        faces += [((x, y, c), (a, 0, 0), (0, b, 0))]
        faces += [((x, y + k, 0), (a, 0, 0), (0, 0, c)) for k in (0, b)]
        faces += [((x + k, y, 0), (0, b, 0), (0, 0, c)) for k in (0, a)]
    corners, along, across = (np.array(part, float) for part in zip(*faces, strict=True))
    areas = np.linalg.norm(np.cross(along, across), axis=1)
    chosen = rng.choice(len(faces), points, p=areas / areas.sum())
    places = corners[chosen] + rng.random((points, 1)) * along[chosen] + rng.random((points, 1)) * across[chosen]
    return (places + rng.normal(0, NOISE, places.shape)).astype(np.float32)


def ours(recognizer: Recognizer, xyz: np.ndarray) -> Callable[[], Scene]:
    """From points to named boxes."""
    return lambda: recognizer.detect(PointCloud(xyz))


def of_open3d(xyz: np.ndarray, spacing: float) -> Callable[[], int] | None:
    """Open3D's usual way from the same points to unnamed clusters, with its defaults; None where it is not installed.

    Args:
        spacing: side of the voxels that it thins to first, as its tutorials do, metres.
    """
    try:
        import open3d
    except ImportError:
        return None

    def clusters() -> int:
        cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(xyz.astype(np.float64)))
        cloud = cloud.voxel_down_sample(spacing)
        for _ in range(4):
            _, inliers = cloud.segment_plane(distance_threshold=2 * spacing, ransac_n=3, num_iterations=1000)
            if len(inliers) < 0.05 * len(cloud.points):
                break
            cloud = cloud.select_by_index(inliers, invert=True)
        labels = np.array(cloud.cluster_dbscan(eps=4 * spacing, min_points=10))
        return int(labels.max(initial=-1)) + 1

    return clusters


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median time of a call."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return float(np.median(times))


def most_megabytes() -> float:
    """Memory that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
