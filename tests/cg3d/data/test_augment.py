"""Augmented clouds: every change can be switched off, does what it says, and leaves most of the object."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d.config import load_config
from cg3d.data.augment.clutter import FAR, ROUGHNESS, SURFACE, Scene, outliers, support, table, wall
from cg3d.data.augment.occluder import Occluder
from cg3d.data.augment.points import (
    FEWEST_PIXELS,
    MOST_CLUTTER,
    ONE_SIDED,
    RANGES,
    SPARSE,
    Augmentation,
    _pose,
    _random_camera,
    augment,
    place,
)
from cg3d.data.drawing.views import View
from cg3d.data.surface import surface_of
from cg3d.objects import make_object
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans.cloud import PointCloud

STILL = Augmentation(
    turn=0,
    tilt=0,
    lean=0,
    stretch=(1, 1),
    scale=(1, 1),
    shift=0,
    jitter=0,
    hole=0,
    dropout=0,
    most_points=100_000,
    sparse=0,
    partial=0,
    views=1,
    misalignment=0,
    distance=(4, 4),
    depth_noise=0,
    depth_step=0,
    lateral_noise=0,
    flying=0,
    occluder=0,
    table=0,
    support=0,
    wall=0,
    outliers=0,
)
EVERYTHING = Augmentation(
    lean=0.7, sparse=0.5, partial=0.7, hole=0.7, occluder=0.7, table=0.5, support=0.7, wall=0.7, outliers=0.7
)
RED = np.float32([1, 0, 0])


def chair(count: int = 2048) -> PointCloud:
    """In red, so that its points are told from clutter."""
    surface = surface_of([make_object("chair", 1).coloured_corners()], count, np.random.default_rng(0))
    return PointCloud(surface.xyz, np.tile(RED, (count, 1)), up="y")


def own(rgb: np.ndarray) -> np.ndarray:
    return (rgb == RED).all(axis=1)


def unit(cloud: PointCloud) -> np.ndarray:
    centre = (cloud.xyz.min(axis=0) + cloud.xyz.max(axis=0)) / 2
    return (cloud.xyz - centre) / np.linalg.norm(cloud.xyz - centre, axis=1).max()


def by_rows(xyz: np.ndarray) -> np.ndarray:
    return xyz[np.lexsort(xyz.round(4).T)]


def test_with_everything_off_nothing_changes() -> None:
    cloud = chair()
    same = augment(cloud, STILL, np.random.default_rng(0))
    assert by_rows(same.xyz) == pytest.approx(by_rows(unit(cloud)), abs=1e-5)
    points = prepare(same, PrepareSpec())
    assert np.array_equal(place(points.copy(), STILL, np.random.default_rng(0)), points)


def test_a_perfect_scan_has_points_of_the_object_only() -> None:
    cloud = chair()
    seen = augment(cloud, replace(STILL, partial=1), np.random.default_rng(0)).xyz
    nearest = np.linalg.norm(seen[:, None] - unit(cloud)[None], axis=2).min(axis=1)
    assert 200 < len(seen) < 0.8 * len(cloud) and nearest.max() < 1e-5


def test_turning_keeps_heights_and_distances_from_the_axis() -> None:
    cloud = chair()
    turned, whole = augment(cloud, replace(STILL, turn=180), np.random.default_rng(0)).xyz, unit(cloud)
    for measure in (lambda xyz: xyz[:, 1], lambda xyz: np.hypot(xyz[:, 0], xyz[:, 2])):
        assert sorted(measure(turned)) == pytest.approx(sorted(measure(whole)), abs=1e-5)
    assert np.abs(np.sort(turned[:, 0]) - np.sort(whole[:, 0])).max() > 0.01


def test_stretch_acts_on_each_axis_and_scale_on_the_prepared_cloud() -> None:
    changed = augment(chair(), replace(STILL, stretch=(0.5, 2)), np.random.default_rng(0))
    factors = np.ptp(changed.xyz, axis=0) / np.ptp(unit(chair()), axis=0)
    assert (factors > 0.5).all() and (factors < 2).all() and np.ptp(factors) > 0.1
    points = prepare(changed, PrepareSpec())
    placed = place(points.copy(), replace(STILL, scale=(0.5, 0.5), shift=0.2), np.random.default_rng(0))
    moved = placed - points / 2
    assert np.ptp(moved, axis=0) == pytest.approx(0, abs=1e-6) and 0 < np.abs(moved[0]).max() <= 0.2


def test_jitter_dropout_and_hole_do_what_they_say() -> None:
    rng = np.random.default_rng(0)
    noisy = by_rows(augment(chair(), replace(STILL, jitter=0.05), rng).xyz)
    distance = np.linalg.norm(noisy[:, None] - unit(chair())[None], axis=2).min(axis=1)
    assert 0.001 < distance.mean() < 0.1
    sizes = [len(augment(chair(), replace(STILL, dropout=0.5), rng)) for _ in range(30)]
    assert min(sizes) >= 1024 and max(sizes) <= 2048 and np.std(sizes) > 100
    holed = [len(augment(chair(), replace(STILL, hole=1, hole_radius=0.5), rng)) for _ in range(30)]
    assert min(holed) < 1950 and max(holed) <= 2048


def test_misaligned_views_lie_apart() -> None:
    flat = np.random.default_rng(0).uniform(-1, 1, (4096, 3)) * (1, 0, 1)
    plate = PointCloud(flat.astype(np.float32), up="y")
    thick = [
        max(np.ptp(augment(plate, how, np.random.default_rng(seed)).xyz[:, 1]) for seed in range(8))
        for how in (replace(STILL, partial=1, views=3, misalignment=lie) for lie in (0, 0.05))
    ]
    assert thick[0] < 1e-5 < 0.01 < thick[1]


def test_support_lies_under_the_object_and_wall_behind_it() -> None:
    rng, xyz = np.random.default_rng(0), unit(chair())
    for _ in range(20):
        plane = support(xyz, 0.25, rng)
        assert len(plane) <= 512 and np.abs(plane[:, 1] - xyz[:, 1].min()).max() < 0.2
        assert np.abs(plane[:, [0, 2]]).max() < 1.8
        behind = wall(xyz, View(90, 20), 0.25, rng)
        assert len(behind) <= 512 and behind[:, 0].max() < 0.2  # seen from +x
    assert sum(len(support(xyz, 0.25, rng)) < 512 for _ in range(30)) > 5  # patches


def test_a_table_reaches_as_far_as_a_box_cut_around_the_object() -> None:
    rng, xyz = np.random.default_rng(0), unit(chair())
    for sides in (1.0, 2.0):
        for _ in range(10):
            patch = table(xyz, sides, rng)
            middle, half = (xyz.min(axis=0) + xyz.max(axis=0)) / 2, np.ptp(xyz, axis=0) * sides / 2
            assert (np.abs(patch - middle)[:, [0, 2]] <= half[[0, 2]]).all()
            assert np.abs(patch[:, 1] - xyz[:, 1].min()).max() < 6 * ROUGHNESS
            assert len(patch) / (4 * half[0] * half[2]) == pytest.approx(len(xyz) / SURFACE, rel=0.05)  # as dense
    assert len(table(xyz, 100.0, rng)) == 2 * len(xyz)
    pole = xyz * (0.001, 1, 0.001)
    assert 0.15 < np.ptp(table(pole, 1.0, rng)[:, [0, 2]], axis=0).min() < 0.21  # a pole stands on a patch, too


def test_outliers_are_near_half_the_time_else_far() -> None:
    rng = np.random.default_rng(0)
    distances = [np.linalg.norm(outliers(20, rng), axis=1) for _ in range(200)]
    near = [found for found in distances if found.max() < FAR[0]]
    far = [found for found in distances if found.min() >= FAR[0]]
    assert len(near) + len(far) == 200 and 70 < len(near) < 130
    assert max(found.max() for found in near) < 1.34 and 15 < max(found.max() for found in far) <= FAR[1]


def test_occluder_hides_the_share_asked_for_and_leaves_a_rim_in_front() -> None:
    rng, rays = np.random.default_rng(0), unit(chair()) * (1, 1, -1) + (0, 0, 4)
    for _ in range(30):
        thing = Occluder.before(rays, 0.3, 4.0, rng)
        assert thing.hides(rays).mean() == pytest.approx(0.3, abs=0.01)
        rim = thing.rim(rays, 2048, rng)
        assert thing.hides(rim).mean() > 0.99 and rim[:, 2].mean() < rays[:, 2].min()


@pytest.mark.parametrize("name", ["occluder", "table", "support", "wall", "outliers"])
def test_each_kind_of_clutter_comes_from_its_own_switch(name: str) -> None:
    how, rng = replace(STILL, partial=1, **{name: 1}), np.random.default_rng(0)
    clouds = [augment(chair(), how, rng) for _ in range(40)]
    assert sum((~own(cloud.rgb)).any() for cloud in clouds) >= 30  # seen from one side, some of it is hidden
    bare = [augment(chair(), replace(how, **{name: 0}), rng) for _ in range(10)]
    assert all(own(cloud.rgb).all() for cloud in bare)


def test_scenes_without_colour_stay_without() -> None:
    cloud = PointCloud(chair().xyz, None, "y")
    assert augment(cloud, EVERYTHING, np.random.default_rng(0)).rgb is None
    assert Scene.of(cloud).with_clutter(np.zeros((3, 3)), np.random.default_rng(0)).rgb is None


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), size=st.floats(0.01, 100))
def test_the_object_keeps_its_part_of_what_the_encoder_sees(seed: int, size: float) -> None:
    cloud = PointCloud(chair().xyz * np.float32(size), chair().rgb, "y")
    changed = augment(cloud, EVERYTHING, np.random.default_rng(seed))
    assert changed.up == "y" and SPARSE[0] <= len(changed) <= EVERYTHING.most_points
    assert own(changed.rgb).sum() * MOST_CLUTTER + 2 >= (~own(changed.rgb)).sum()
    for mode in (
        "cg3d",
        "cg3d-2",
    ):  # sampling spreads evenly, so that a wide table has more of the points than in the scan
        prepared = prepare(changed, PrepareSpec(channels=6, mode=mode))
        assert np.isfinite(prepared).all() and own(prepared[:, 3:]).mean() > 0.25


def test_mostly_the_object_is_most_of_the_scan() -> None:
    rng = np.random.default_rng(0)
    shares = [own(augment(chair(), Augmentation(), rng).rgb).mean() for _ in range(200)]
    assert np.mean(shares) > 0.85 and np.quantile(shares, 0.1) > 0.5


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), points=st.integers(16, 200))
def test_sparse_clouds_survive(seed: int, points: int) -> None:
    rng = np.random.default_rng(seed)
    cloud = PointCloud((rng.random((points, 3)) * (1, 0.2, 0.5)).astype(np.float32), up="y")
    changed = augment(cloud, EVERYTHING, rng)
    for mode in ("cg3d", "cg3d-2"):
        assert np.isfinite(prepare(changed, PrepareSpec(points=64, mode=mode))).all()


def test_sparse_scans_have_as_many_points_as_they_say() -> None:
    rng = np.random.default_rng(0)
    sizes = [len(augment(chair(), replace(STILL, sparse=1), rng)) for _ in range(200)]
    assert SPARSE[0] <= min(sizes) < 40 and 850 < max(sizes) <= SPARSE[1]
    assert np.median(sizes) == pytest.approx(np.sqrt(SPARSE[0] * SPARSE[1]), rel=0.3)  # as many below 181 as above
    some = [len(augment(chair(), replace(STILL, sparse=0.3), rng)) for _ in range(200)]
    assert np.mean(np.array(some) < 2048) == pytest.approx(0.3, abs=0.1)


def test_most_noise_is_weak() -> None:
    """Half of the scans have a quarter of the largest noise or less: a model of nothing but bad scans would be a bad one."""
    rng, how = np.random.default_rng(0), replace(STILL, jitter=0.1)
    plate = PointCloud((rng.uniform(-1, 1, (2048, 3)) * (1, 0, 1)).astype(np.float32), up="y")
    strengths = [augment(plate, how, rng).xyz[:, 1].std() for _ in range(300)]
    assert np.quantile(strengths, 0.5) == pytest.approx(0.025, abs=0.008) and 0.08 < max(strengths) <= 0.105


@pytest.mark.parametrize(("distance", "expected"), [(4.0, 0.01), (8.0, 0.04), (16.0, 0.04)])
def test_noise_of_the_depth_grows_with_the_distance_squared_up_to_its_bound(distance: float, expected: float) -> None:
    """The median over cameras: a quarter of the strength at 4 radii."""
    how = replace(STILL, depth_noise=0.04, depth_step=0.04, distance=(distance, distance))
    rng = np.random.default_rng(0)
    cameras = [_random_camera(2048, how, rng) for _ in range(400)]
    for found in ([camera.axial_noise for camera in cameras], [camera.depth_step for camera in cameras]):
        assert np.median(found) == pytest.approx(expected, abs=0.004) and max(found) <= 0.04


def test_far_cameras_have_fewer_pixels() -> None:
    def pixels(distance: float) -> int:
        return _random_camera(8192, replace(STILL, distance=(distance, distance)), np.random.default_rng(0)).pixels

    assert pixels(2.0) == pixels(4.0) == 2 * pixels(8.0) and pixels(100.0) == FEWEST_PIXELS


@given(seed=st.integers(0, 2**32))
def test_poses_are_proper_rotations_near_upright(seed: int) -> None:
    pose = _pose(Augmentation(lean=0), True, np.random.default_rng(seed))
    assert pose @ pose.T == pytest.approx(np.eye(3), abs=1e-9) and np.linalg.det(pose) == pytest.approx(1)
    assert pose[1, 1] > np.cos(np.radians(35))


@given(seed=st.integers(0, 2**32), most=st.floats(0, 180))
def test_large_leans_reach_their_bound_and_no_farther(seed: int, most: float) -> None:
    pose = _pose(Augmentation(lean=1, most_lean=most), False, np.random.default_rng(seed))
    assert pose @ pose.T == pytest.approx(np.eye(3), abs=1e-9) and np.linalg.det(pose) == pytest.approx(1)
    assert pose[1, 1] >= np.cos(np.radians(most)) - 1e-9


@pytest.mark.parametrize("is_one_view", [False, True])
def test_leans_are_uniform_and_come_as_often_as_they_say(is_one_view: bool) -> None:
    how, rng = Augmentation(tilt=0, lean=0.4, most_lean=60), np.random.default_rng(0)
    degrees = np.degrees(np.arccos([min(1.0, _pose(how, is_one_view, rng)[1, 1]) for _ in range(2000)]))
    large = degrees[degrees > 1e-3]
    assert len(large) / 2000 == pytest.approx(0.4 * (ONE_SIDED if is_one_view else 1), abs=0.04)
    assert np.quantile(large, [0.25, 0.5, 0.75]) == pytest.approx([15, 30, 45], abs=3)


def test_partial_clouds_are_one_sided() -> None:
    rng = np.random.default_rng(0)
    ball = rng.normal(size=(4096, 3))
    ball = PointCloud((ball / np.linalg.norm(ball, axis=1, keepdims=True)).astype(np.float32), up="y")
    offsets = [
        np.abs(augment(ball, replace(STILL, partial=partial), rng).xyz.mean(axis=0)).max()
        for partial in (0, 0, 0, 1, 1, 1)
    ]
    assert max(offsets[:3]) < 0.1 < 0.25 < min(offsets[3:])


def test_every_field_has_a_range_that_the_configuration_holds() -> None:
    assert RANGES.keys() == Augmentation.__dataclass_fields__.keys()
    for name, (_, largest) in RANGES.items():
        above = int(largest) + 1
        pair = isinstance(getattr(Augmentation(), name), tuple)
        with pytest.raises(CheckpointError, match=rf"data\.augmentation\.{name} must be .* to {largest}"):
            load_config("mini", [f"data.augmentation.{name}={[1, above] if pair else above}"])
    with pytest.raises(CheckpointError, match=r"stretch must be 0\.1 to 10, the smaller first"):
        load_config("mini", ["data.augmentation.stretch=[1.5, 0.5]"])
