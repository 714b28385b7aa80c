"""The splat renderer against a slow, obvious one."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from cg3d.data.drawing.render import RENDERERS, estimate_normals, render_views
from cg3d.data.drawing.splat_torch import splat
from cg3d.data.drawing.views import View, views_around
from cg3d.data.surface import surface_of
from cg3d.objects import make_object
from cg3d.objects.shapes.primitives import box, lathe, superellipsoid
from cg3d.objects.shapes.solid import Solid, join
from cg3d_runtime.errors import DataError


def sampled(mesh: Solid, count: int) -> tuple[np.ndarray, np.ndarray]:
    surface = surface_of([mesh.coloured_corners()], count, np.random.default_rng(0))
    return np.concatenate([surface.xyz, surface.rgb], axis=1), surface.normals


def slow_splat(points: np.ndarray, features: np.ndarray, radius: float, size: int) -> np.ndarray:
    """Pixel by pixel, disc by disc: PyTorch3D's rasteriser and AlphaCompositor as their documentation tells them.

    In PyTorch3D's coordinates x points left and z away from the viewer; pixel (0, 0) is the upper left one, and the middle of
    column j lies at x = 1 - (2 j + 1) / size.
    """
    left, up, away = -points[:, 0], points[:, 1], -points[:, 2]
    picture = np.zeros((size, size, features.shape[1]))
    for row in range(size):
        for column in range(size):
            y, x = 1 - (2 * row + 1) / size, 1 - (2 * column + 1) / size
            squared = (left - x) ** 2 + (up - y) ** 2
            hits = sorted((away[p], p) for p in np.flatnonzero(squared < radius**2))[:8]
            light = 1.0
            for _, p in hits:
                opacity = 1 - squared[p] / radius**2
                picture[row, column] += light * opacity * features[p]
                light *= 1 - opacity
    return picture


@pytest.mark.parametrize(("count", "radius", "size"), [(300, 0.11, 31), (40, 0.6, 16), (1, 0.4, 9), (50, 1e-4, 12)])
def test_parity_with_the_slow_reference(count: int, radius: float, size: int) -> None:
    rng = np.random.default_rng(count)
    points, features = rng.uniform(-1.1, 1.1, (2, count, 3)), rng.random((2, count, 4))
    points[:, ::3, 2] = 0.25  # equal depths: the first point is the nearer
    fast = splat(torch.from_numpy(points), torch.from_numpy(features), radius, size).numpy()
    slow = np.stack([slow_splat(*view, radius, size) for view in zip(points, features, strict=True)])
    assert fast == pytest.approx(slow, abs=1e-12)
    assert (fast.any(axis=(1, 2, 3)) == (radius > 0.01)).all()


def test_large_pictures_of_many_points_do_not_overflow() -> None:
    """More keys than 32 bits hold: the picture agrees with the middle of itself."""
    points = torch.rand(1, 30_000, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 0.1 - 0.05
    features = torch.ones(1, 30_000, 1, dtype=torch.float64)
    large = splat(points, features, 0.002, 1200)[0, 540:660, 540:660]
    small = splat(points * 10, features, 0.02, 120)[0]
    assert large.numpy() == pytest.approx(small.numpy(), abs=1e-4)


def test_cameras_stand_where_pytorch3d_puts_them() -> None:
    """look_at_view_transform: from (sin a cos e, sin e, cos a cos e), the x axis to the left, z away from the viewer."""
    view = View(azimuth=70, elevation=25)
    a, e = np.radians(70), np.radians(25)
    away = -np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
    left = np.cross([0, 1, 0], away)
    left /= np.linalg.norm(left)
    assert view.rotation() == pytest.approx(np.stack([-left, np.cross(away, left), -away]))


def test_pytorch3d_draws_the_same_pictures() -> None:
    pytest.importorskip("pytorch3d", reason="PyTorch3D has no wheel; where it was built, its pictures are compared")
    for category in ("mug", "chair", "airplane"):
        points, normals = sampled(make_object(category, 1), 4096)
        ours, theirs = (render_views(points, views_around(2), 96, normals, name).astype(float) for name in RENDERERS)
        assert 10 * np.log10(255**2 / max(((ours - theirs) ** 2).mean(), 1e-9)) >= 25


def test_a_renderer_that_is_not_there_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorch3d", None)
    points, normals = sampled(box(1, 1, 1), 64)
    with pytest.raises(DataError, match=r"needs PyTorch3D .* pip install \"git\+https.* torch draws the same"):
        render_views(points, views_around(1), 32, normals, "pytorch3d")
    with pytest.raises(DataError, match=r"renderer 'blender' is not known\. Known: torch, pytorch3d"):
        render_views(points, views_around(1), 32, normals, "blender")


def test_near_things_hide_far_ones() -> None:
    red, blue = box(1, 1, 0.1).painted((1, 0, 0)).at(z=0.5), box(1, 1, 0.1).painted((0, 0, 1)).at(z=-0.5)
    points, normals = sampled(join(red, blue), 8192)
    front, back = render_views(points, [View(0, 0), View(180, 0)], 64, normals)[:, 32, 32]
    assert front[0] > 100 and front[2] < 10
    assert back[2] > 100 and back[0] < 10


def test_the_inside_of_a_thin_wall_does_not_shine_through() -> None:
    """A white pot, black inside: with normals that tell the sides apart it looks white."""
    outside = lathe([(0, 0), (1, 0), (1, 2)]).painted((0.9, 0.9, 0.9))
    inside = lathe([(0.97, 2), (0.97, 0.03), (0, 0.03)]).painted((0, 0, 0))
    points, normals = sampled(join(outside, inside), 8192)
    dark = [(render_views(points, [View(0, 0)], 64, known)[0, 24:44, 26:38] < 60).mean() for known in (normals, None)]
    assert dark[0] < 0.02 < dark[1]


@pytest.mark.parametrize("known_normals", [True, False])
def test_a_ball_of_4096_points_is_closed_round_and_lit_from_above(known_normals: bool) -> None:
    points, normals = sampled(superellipsoid(2, 2, 2).painted((0.8, 0.8, 0.8)), 4096)
    image = render_views(points, [View(10, 20)], 128, normals if known_normals else None)[0].astype(float)
    drawn = (image < 254).any(axis=-1)
    row, column = np.mgrid[:128, :128] + 0.5 - 64
    inside = np.hypot(row, column) < 55
    assert drawn[inside].all()
    assert not drawn[np.hypot(row, column) > 64].any()
    assert image[30, 64].mean() > image[100, 64].mean() + 30


def test_views_differ_and_have_the_asked_shape() -> None:
    points, normals = sampled(make_object("chair", 2), 4096)
    images = render_views(points, views_around(3), 60, normals)
    assert images.shape == (3, 60, 60, 3) and images.dtype == np.uint8
    assert (images[0] != images[1]).any() and (images[:, 0, 0] == 255).all()


def test_a_picture_does_not_depend_on_size_or_place() -> None:
    points, normals = sampled(make_object("hammer", 2), 2000)
    moved = np.concatenate([points[:, :3] * 1024 + 4096, points[:, 3:]], axis=1)
    first, second = (render_views(each, [View(30, 30)], 64, normals).astype(int) for each in (points, moved))
    assert (np.abs(first - second).max(axis=-1) > 3).mean() < 0.01


def test_estimated_normals_are_those_of_the_surface() -> None:
    points, normals = sampled(superellipsoid(2, 2, 2), 4096)
    cosine = np.abs((estimate_normals(points[:, :3], KDTree(points[:, :3])) * normals).sum(axis=1))
    assert np.quantile(cosine, 0.05) > 0.97
