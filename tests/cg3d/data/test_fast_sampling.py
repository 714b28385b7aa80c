"""The loader's farthest point sampling against the runtime's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d.data.batches import fast_sampling
from cg3d.data.batches.fast_sampling import fast_farthest_point_sample
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.preparation.sampling import farthest_point_sample
from cg3d_runtime.scans.cloud import PointCloud

if fast_sampling.bucket_fps_kdline_sampling is None:
    pytest.skip("fpsample is not installed: the loader samples as the runtime does", allow_module_level=True)


def start_of(xyz: np.ndarray) -> int:
    return int(((xyz - xyz.mean(axis=0)) ** 2).sum(axis=1).argmax())


def shape(kind: str, count: int, seed: int) -> np.ndarray:
    xyz = np.random.default_rng(seed).normal(size=(count, 3))
    if kind == "ball":
        xyz /= np.linalg.norm(xyz, axis=1, keepdims=True)
    if kind == "plane":
        xyz[:, 1] = 0
    if kind == "line":
        xyz[:, 1:] = xyz[:, :1] * (1, -2)
    if kind == "outlier":
        xyz[0] = (30, -20, 0)
    if kind == "far away":
        xyz = xyz * 0.01 + 1
    return np.unique(xyz.astype(np.float32), axis=0)


def assert_greedy(xyz: np.ndarray, picks: np.ndarray) -> None:
    """Every pick is a farthest point from those before, and none comes twice."""
    assert len(set(picks)) == len(picks)
    nearest = np.full(len(xyz), np.inf)
    for before, pick in itertools.pairwise(picks):
        nearest = np.minimum(nearest, ((xyz - xyz[before]).astype(np.float64) ** 2).sum(axis=1))
        assert nearest[pick] >= nearest.max() * (1 - 1e-5)


@pytest.mark.parametrize("kind", ["cloud", "far away"])
def test_the_same_picks_where_no_distances_are_equal(kind: str) -> None:
    for seed in range(20):
        xyz = shape(kind, 1500, seed)
        start = start_of(xyz)
        fast, reference = fast_farthest_point_sample(xyz, 1024, start), farthest_point_sample(xyz, 1024, start)
        assert fast.dtype == reference.dtype and np.array_equal(fast, reference)


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["cloud", "ball", "plane", "line", "outlier", "far away"]),
    count=st.integers(16, 700),
    share=st.floats(0.01, 1),
    seed=st.integers(0, 2**32),
)
def test_any_shape_is_picked_greedily_from_the_start(kind: str, count: int, share: float, seed: int) -> None:
    xyz = shape(kind, count, seed)
    start = start_of(xyz)
    picks = fast_farthest_point_sample(xyz, max(1, int(share * len(xyz))), start)
    assert picks[0] == start
    assert_greedy(xyz, picks)


def test_other_starts_are_left_to_the_reference() -> None:
    xyz = shape("cloud", 300, 0)
    nearest_to_middle = int((xyz**2).sum(axis=1).argmin())
    expected = farthest_point_sample(xyz, 100, nearest_to_middle)
    assert np.array_equal(fast_farthest_point_sample(xyz, 100, nearest_to_middle), expected)


def test_prepared_clouds_are_the_robots() -> None:
    for seed in range(10):
        cloud = PointCloud(shape("cloud", 1800, seed), None, "y")
        fast, robots = (
            prepare(cloud, PrepareSpec(), sample) for sample in (fast_farthest_point_sample, farthest_point_sample)
        )
        assert np.array_equal(fast, robots)
        few = PointCloud(cloud.xyz[:700], None, "y")
        assert np.array_equal(prepare(few, PrepareSpec(), fast_farthest_point_sample), prepare(few, PrepareSpec()))


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["cloud", "ball", "plane", "line", "outlier", "far away"]),
    count=st.integers(16, 400),
    share=st.floats(0.01, 1),
    seed=st.integers(0, 2**32),
)
def test_every_point_is_owned_by_a_pick_nearest_to_it(kind: str, count: int, share: float, seed: int) -> None:
    xyz = shape(kind, count, seed)
    for start in (start_of(xyz), 0):  # sampled fast, and left to the reference
        owners = np.full(len(xyz), -1)
        picks = fast_farthest_point_sample(xyz, max(1, int(share * len(xyz))), start, owners)
        squared = ((xyz[:, None].astype(np.float64) - xyz[picks]) ** 2).sum(axis=2)  # (N, count)
        assert (owners[picks] == np.arange(len(picks))).all()
        chosen, least = squared[np.arange(len(xyz)), owners], squared.min(axis=1)
        assert chosen == pytest.approx(least, rel=1e-5, abs=1e-12)


def test_prepared_clouds_of_the_mode_with_means_are_the_robots() -> None:
    """Where a point lies between two picks alike, a mean may be another, so that only nearly all of them are the same."""
    spec = PrepareSpec(mode="cg3d-2")
    for seed in range(10):
        cloud = PointCloud(shape("cloud", 1800, seed), None, "y")
        fast, robots = prepare(cloud, spec, fast_farthest_point_sample), prepare(cloud, spec)
        assert (fast == robots).all(axis=1).mean() > 0.99
        few = PointCloud(cloud.xyz[:700], None, "y")
        assert np.array_equal(prepare(few, spec, fast_farthest_point_sample), prepare(few, spec))


def test_without_fpsample_the_reference_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_sampling, "bucket_fps_kdline_sampling", None)
    xyz = shape("ball", 300, 0)
    expected = farthest_point_sample(xyz, 100, start_of(xyz))
    assert np.array_equal(fast_farthest_point_sample(xyz, 100, start_of(xyz)), expected)
