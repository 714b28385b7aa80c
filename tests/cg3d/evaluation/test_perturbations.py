"""What perturbations do to a cloud, and that they always do the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cg3d.evaluation.perturbations import PERTURBATIONS, distinct, perturb
from cg3d_runtime.scans.cloud import PointCloud


def box(count: int = 400, seed: int = 0) -> PointCloud:
    rng = np.random.default_rng(seed)
    xyz = (rng.random((count, 3)) * [2, 1, 0.5] + [7, -3, 0.1]).astype(np.float32)
    return PointCloud(xyz, xyz / 10 % 1, up="y")


def rows(cloud: PointCloud) -> set[bytes]:
    """Points with their colours."""
    return {row.tobytes() for row in np.hstack([cloud.xyz, cloud.rgb])}


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_the_same_object_is_always_changed_in_the_same_way(name: str) -> None:
    severity = PERTURBATIONS[name].severities[2]
    one, again = (perturb(box(2000), name, severity, "mug-1", 3) for _ in range(2))
    np.testing.assert_array_equal(one.xyz, again.xyz)
    np.testing.assert_array_equal(one.rgb, again.rgb)
    for id, seed in (("mug-2", 3), ("mug-1", 4)):
        assert not np.array_equal(one.xyz, perturb(box(2000), name, severity, id, seed).xyz)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_perturbed_cloud_can_be_prepared(name: str) -> None:
    for severity in PERTURBATIONS[name].severities:
        assert len(perturb(box(16), name, severity, "a", 0)) == 16
        assert perturb(PointCloud(box().xyz), name, severity, "a", 0).rgb is None


def test_severities_grow() -> None:
    for name, perturbation in PERTURBATIONS.items():
        ordered = sorted(perturbation.severities, reverse=name == "thinning")
        assert list(perturbation.severities) == ordered


@settings(max_examples=20)
@given(st.integers(1, 500))
def test_thinning_keeps_so_many_of_the_points(count: int) -> None:
    kept = perturb(box(), "thinning", count, "a", 0)
    assert len(kept) == len(rows(kept)) == min(count, 400)
    assert rows(kept) <= rows(box())
    assert rows(kept) <= rows(perturb(box(), "thinning", count + 50, "a", 0))  # fewer, but not others


def test_noise_is_measured_in_radii() -> None:
    cloud = box(20000)
    radius = np.linalg.norm(cloud.xyz - cloud.xyz.mean(axis=0), axis=1).max()
    moved = (perturb(cloud, "noise", 0.04, "a", 0).xyz - cloud.xyz) / radius
    np.testing.assert_allclose(moved.std(axis=0), 0.04, rtol=0.03)
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.002)
    np.testing.assert_allclose((perturb(cloud, "noise", 0.08, "a", 0).xyz - cloud.xyz) / radius, 2 * moved, atol=1e-6)


@settings(max_examples=20)
@given(st.floats(0.05, 0.9), st.integers(0, 50))
def test_occlusion_hides_one_side(share: float, seed: int) -> None:
    cloud = box()
    seen = perturb(cloud, "occlusion", share, "a", seed)
    assert len(seen) == 400 - round(share * 400)
    assert rows(seen) <= rows(cloud)
    assert rows(seen) <= rows(perturb(cloud, "occlusion", share / 2, "a", seed))
    hidden = np.array([row for row in cloud.xyz if row.tobytes() not in {point.tobytes() for point in seen.xyz}])
    assert separable(seen.xyz, hidden)


def separable(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether a plane lies between two sets of points."""
    points = np.column_stack([np.vstack([one, other]), np.ones(len(one) + len(other))]).astype(np.float64)
    signs = np.repeat([-1.0, 1.0], [len(one), len(other)])
    plane = linprog(np.zeros(4), A_ub=signs[:, None] * points, b_ub=-np.ones(len(points)), bounds=(None, None))
    return bool(plane.success)


@pytest.mark.parametrize("degrees", PERTURBATIONS["rotation off the vertical"].severities)
def test_the_vertical_leans_by_so_much(degrees: float) -> None:
    up = np.array([[0, 0, 0], [0, 1, 0]], dtype=np.float32)
    turned = perturb(PointCloud(up), "rotation off the vertical", degrees, "a", 0).xyz
    assert turned[1, 1] - turned[0, 1] == pytest.approx(np.cos(np.radians(degrees)), abs=1e-6)
    np.testing.assert_allclose(turned.mean(axis=0), up.mean(axis=0), atol=1e-6)


def test_tilting_turns_and_does_not_mirror() -> None:
    cloud = box()
    turned = perturb(cloud, "rotation off the vertical", 45, "a", 0)
    before, after = (each.xyz - each.xyz.mean(axis=0) for each in (cloud, turned))
    turn, *_ = np.linalg.lstsq(before, after, rcond=None)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-4)
    assert np.linalg.det(turn) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(before @ turn, after, atol=1e-4)


def test_repeated_points_count_once() -> None:
    cloud = box(50)
    twice = PointCloud(np.concatenate([cloud.xyz, cloud.xyz]), np.concatenate([cloud.rgb, cloud.rgb]), "y")
    np.testing.assert_array_equal(distinct(twice).xyz, cloud.xyz)
    np.testing.assert_array_equal(distinct(twice).rgb, cloud.rgb)
