"""The simulated depth camera sees the near side only, with the noise that was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d.data.augment.depth_camera import DepthCamera, pixels_for, scan
from cg3d.data.drawing.views import View, random_view, views_around
from cg3d.data.surface import surface_of
from cg3d.objects.shapes.primitives import box
from cg3d_runtime.scans.cloud import PointCloud

PERFECT = DepthCamera(axial_noise=0, lateral_noise=0, depth_step=0, dropout=0, flying=0, holes=0)


def cube(count: int = 20_000) -> PointCloud:
    """A cube of side 2 about the origin, red on +z and black elsewhere."""
    surface = surface_of([box(2, 2, 2).at(y=-1).coloured_corners()], count, np.random.default_rng(0))
    red = np.where(surface.xyz[:, 2:] > 0.999, np.float32([1, 0, 0]), np.float32([0, 0, 0]))
    return PointCloud(surface.xyz, red, up="y")


def on_face(cloud: PointCloud, axis: int, side: float) -> int:
    return int((np.abs(cloud.xyz[:, axis] - side) < 1e-3).sum())


def test_only_faces_towards_the_camera_are_seen() -> None:
    seen = scan(cube(), View(azimuth=45, elevation=30), replace(PERFECT, pixels=80), np.random.default_rng(0))
    for axis in range(3):
        assert on_face(seen, axis, 1.0) > 500
        assert on_face(seen, axis, -1.0) <= 0.02 * len(seen)  # the shared edges


def test_head_on_nothing_but_the_near_face_is_seen() -> None:
    seen = scan(cube(), View(azimuth=0, elevation=0), replace(PERFECT, pixels=80), np.random.default_rng(0))
    assert seen.xyz[:, 2].min() > 0.8  # three pixels deep along the edges
    assert len(seen) > 0.9 * on_face(cube(), 2, 1.0)
    assert (seen.rgb[:, 0] == 1).mean() > 0.85


def test_perfect_camera_returns_points_of_the_object() -> None:
    whole = cube(5_000)
    seen = scan(whole, View(20, 40), replace(PERFECT, pixels=pixels_for(5_000)), np.random.default_rng(0))
    distance = np.linalg.norm(seen.xyz[:, None] - whole.xyz[None], axis=-1).min(axis=1)
    assert distance.max() < 1e-5


def test_noise_grows_with_the_square_of_the_depth() -> None:
    plates = [box(0.4, 0.4, 0.001).at(x=x, z=z).coloured_corners() for x, z in ((-0.5, 0.8), (0.5, -0.8))]
    surface = surface_of(plates, 60_000, np.random.default_rng(0))
    camera = replace(PERFECT, pixels=60, axial_noise=0.01, distance=3.0)
    seen = scan(PointCloud(surface.xyz, up="y"), View(0, 0), camera, np.random.default_rng(1))
    near, far = seen.xyz[seen.xyz[:, 0] < 0, 2], seen.xyz[seen.xyz[:, 0] > 0, 2]
    radius = np.linalg.norm(np.ptp(surface.xyz, axis=0)) / 2
    expected = ((3 * radius + 0.8) / (3 * radius - 0.8)) ** 2
    assert far.std() / near.std() == pytest.approx(expected, rel=0.1)


def test_depth_comes_in_even_steps_of_disparity() -> None:
    camera = replace(PERFECT, pixels=60, depth_step=0.05)
    seen = scan(cube(), View(0, 40), camera, np.random.default_rng(0))
    centre = (cube().xyz.min(axis=0) + cube().xyz.max(axis=0)) / 2
    radius = np.linalg.norm(cube().xyz - centre, axis=1).max()
    toward = View(0, 40).rotation()[2]
    disparity = 1 / (camera.distance - (seen.xyz - centre) @ toward / radius) / (camera.depth_step / camera.distance**2)
    assert np.abs(disparity - np.rint(disparity)).max() < 1e-3


def test_dropout_and_holes_lose_points() -> None:
    full, lossy, gappy = (
        len(scan(cube(), View(30, 30), replace(PERFECT, **change), np.random.default_rng(2)))
        for change in ({}, {"dropout": 0.5}, {"holes": 5, "hole_radius": 0.8})
    )
    assert lossy == pytest.approx(full / 2, rel=0.05)
    assert gappy < 0.95 * full


def test_flying_pixels_lie_behind_edges() -> None:
    camera = replace(PERFECT, flying=1.0)
    seen = scan(cube(), View(0, 0), camera, np.random.default_rng(0))
    behind = seen.xyz[seen.xyz[:, 2] < 0.95]
    assert len(behind) > 20
    assert (np.abs(behind[:, :2]).max(axis=1) > 0.9).mean() > 0.95


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), scale=st.floats(1e-3, 1e3))
def test_any_view_keeps_the_frame_and_unit(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    whole = PointCloud((cube(3_000).xyz * scale + np.float32(scale)).astype(np.float32), up="y")
    seen = scan(whole, random_view(rng), DepthCamera(pixels=pixels_for(3_000)), rng)
    assert len(seen) >= 64 and np.isfinite(seen.xyz).all()
    assert (np.abs(seen.xyz / scale - 1) < 2.0).all()


def test_same_seed_same_scan() -> None:
    first, again = (scan(cube(), View(10, 20), DepthCamera(), np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first.xyz, again.xyz)


def test_rotation_of_a_view_is_proper_and_looks_from_its_side() -> None:
    for view in [*views_around(6), View(90, 0)]:
        rotation = view.rotation()
        assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1)
    assert View(90, 0).rotation()[2] == pytest.approx([1, 0, 0], abs=1e-12)
    assert View(0, 90).rotation()[2] == pytest.approx([0, 1, 0], abs=1e-12)
