"""Thinning against an obvious reference, and its independence of order and copies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cg3d_runtime.preparation.voxel_grid import MOST_POINTS, _search_grid, lexicographic, thin


def sphere(rng: np.random.Generator, count: int) -> np.ndarray:
    directions = rng.normal(size=(count, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def with_outlier(rng: np.random.Generator, count: int) -> np.ndarray:
    """One flying pixel a thousand radii away: most of the bounding box is empty."""
    return np.concatenate([sphere(rng, count - 1), [[1000.0, 50.0, 3.0]]])


CLOUDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "surface": sphere,
    "volume": lambda rng, count: rng.random((count, 3)),
    "plane": lambda rng, count: rng.random((count, 3)) * [1.0, 1.0, 0.0],
    "wire": lambda rng, count: np.outer(rng.random(count), [1.0, 1.0, 1.0]),
    "outlier": with_outlier,
    "far from the origin": lambda rng, count: sphere(rng, count) * 100 + 1e6,
    "millimetres": lambda rng, count: sphere(rng, count) * 1e3,
}


def cloud(kind: str, count: int, seed: int = 0) -> np.ndarray:
    return CLOUDS[kind](np.random.default_rng(seed), count).astype(np.float32)


def slow_thin(points: np.ndarray, resolution: int) -> set[tuple[float, ...]]:
    """A dictionary from voxel to its best point."""
    low = points.min(axis=0)
    extent = points.max(axis=0) - low
    scale = np.float32(resolution) / extent.max()
    last = np.minimum(np.floor(extent * scale), np.float32(resolution - 1))
    best: dict[tuple[float, ...], tuple[float, ...]] = {}
    for point in points:
        position = (point - low) * scale
        cell = np.minimum(np.floor(position), last)
        dx, dy, dz = position - cell - np.float32(0.5)
        candidate = (dx * dx + dy * dy + dz * dz, *point)
        key = tuple(cell)
        best[key] = min(best.get(key, candidate), candidate)
    return {candidate[1:] for candidate in best.values()}


def as_set(points: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(point) for point in points}


@pytest.mark.parametrize("kind", CLOUDS)
def test_matches_the_reference(kind: str) -> None:
    points = cloud(kind, 12_000)
    grid, _ = _search_grid(points)
    kept = thin(points)
    assert as_set(points[kept]) == slow_thin(points, grid.resolution)
    assert len(set(kept.tolist())) == len(kept) == len(as_set(points[kept]))


@pytest.mark.parametrize("count", [8_193, 12_000, 50_000])
@pytest.mark.parametrize("kind", CLOUDS)
def test_keeps_nearly_as_many_as_allowed(kind: str, count: int) -> None:
    """Also just above the limit, where voxels hardly grow in number with the resolution."""
    assert 0.8 * MOST_POINTS <= len(thin(cloud(kind, count))) <= MOST_POINTS


@pytest.mark.parametrize("kind", CLOUDS)
def test_does_not_depend_on_order_or_copies(kind: str) -> None:
    points = cloud(kind, 20_000)
    rng = np.random.default_rng(1)
    shuffled = np.concatenate([rng.permutation(points), points[rng.integers(0, len(points), 5_000)]])
    assert as_set(points[thin(points)]) == as_set(shuffled[thin(shuffled)])


def test_a_cloud_of_few_distinct_points_is_kept_whole() -> None:
    points = cloud("surface", 8_000)
    copies = np.repeat(points, 4, axis=0)
    assert as_set(copies[thin(copies)]) == as_set(points)


def test_equal_points_become_one() -> None:
    assert len(thin(np.ones((10_000, 3), dtype=np.float32))) == 1


def test_more_distinct_points_than_voxels_can_part_are_thinned_all_the_same() -> None:
    """A cluster far smaller than the finest voxel, and one point far away."""
    cluster = np.random.default_rng(0).random((20_000, 3)) * 1e-12
    points = np.concatenate([cluster, [[1.0, 1.0, 1.0]]]).astype(np.float32)
    assert 2 <= len(thin(points)) <= MOST_POINTS


def test_features_decide_between_points_at_one_place() -> None:
    places = cloud("surface", 10_000)
    points = np.concatenate(
        [np.c_[places, np.full(10_000, 0.7)], np.c_[places, np.full(10_000, 0.2)]], dtype=np.float32, casting="unsafe"
    )
    assert (points[thin(points), 3] == np.float32(0.2)).all()


def test_lexicographic_order_drops_copies() -> None:
    points = np.array([[1, 0, 0, 5], [0, 2, 0, 5], [0, 1, 9, 5], [1, 0, 0, 4], [0, 1, 3, 5]], dtype=np.float32)
    assert lexicographic(points).tolist() == [4, 2, 1, 3]
