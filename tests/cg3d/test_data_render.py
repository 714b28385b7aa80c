"""The splat renderer against a slow, obvious z-buffer."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d.data import render
from cg3d.data.parametric import make_object
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.primitives import box, superellipsoid
from cg3d.data.render import estimate_normals, render_views
from cg3d.data.surface import surface_of
from cg3d.data.views import View, views_around


def sampled(mesh: Mesh, count: int) -> tuple[np.ndarray, np.ndarray]:
    surface = surface_of([mesh.coloured_corners()], count, np.random.default_rng(0))
    return np.concatenate([surface.xyz, surface.rgb], axis=1), surface.normals


def slow_render(points: np.ndarray, normals: np.ndarray, view: View, size: int, radius: float) -> np.ndarray:
    """Disc by disc, pixel by pixel: what `render_views` says it does, without the darkening at depth steps."""
    xyz = points[:, :3] - (points[:, :3].min(axis=0) + points[:, :3].max(axis=0)) / 2
    xyz = xyz / np.linalg.norm(xyz, axis=1).max() @ view.rotation().T
    facing = normals @ view.rotation().T
    hits: dict[tuple[int, int], list[tuple[float, float, np.ndarray]]] = {}
    for (px, py, pz), normal, rgb in zip(xyz, facing, points[:, 3:], strict=True):
        n = normal if normal[2] >= 0 else -normal
        light = render.AMBIENT + render.HEADLIGHT * n[2] + render.KEYLIGHT * max(0.0, float(n @ render.LIGHT))
        zoom = render.MARGIN * size / 2 * render.CAMERA_DISTANCE / (render.CAMERA_DISTANCE - pz)
        u, v = size / 2 + zoom * px, size / 2 - zoom * py
        own = (int(np.floor(v)), int(np.floor(u)))
        reach = int(radius * zoom) + 2
        for row in range(max(0, own[0] - reach), min(size, own[0] + reach + 1)):
            for column in range(max(0, own[1] - reach), min(size, own[1] + reach + 1)):
                x, y = (column + 0.5 - u) / zoom, (v - row - 0.5) / zoom
                z = -(n[0] * x + n[1] * y) / max(n[2], render.STEEPEST)
                falloff = 1 - (x * x + y * y + z * z) / radius**2
                falloff = max(falloff, 0.01) if (row, column) == own else falloff
                if falloff > 0:
                    hits.setdefault((row, column), []).append((pz + z, falloff**2, rgb * light))
    image = np.ones((size, size, 3))
    for pixel, discs in hits.items():
        nearest = max(depth for depth, _, _ in discs)
        front = [(weight, rgb) for depth, weight, rgb in discs if depth > nearest - 0.25 * radius]
        image[pixel] = sum(weight * rgb for weight, rgb in front) / sum(weight for weight, _ in front)
    return image.clip(0, 1)


def test_parity_with_the_slow_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "_eye_dome", lambda depth: np.ones((depth.size, 1)))
    points, normals = sampled(make_object("mug", 1), 600)
    view, size = View(50, 25), 48
    fast = render_views(points, [view], size, normals)[0] / 255
    slow = slow_render(points, normals, view, size, render._disc_radius(render._to_unit_sphere(points[:, :3])))
    differs = np.abs(fast - slow).max(axis=-1) > 2 / 255
    assert differs.mean() < 0.005  # pixels where rounding decides which disc is the nearest


def test_near_things_hide_far_ones() -> None:
    red, blue = box(1, 1, 0.1).painted((1, 0, 0)).at(z=0.5), box(1, 1, 0.1).painted((0, 0, 1)).at(z=-0.5)
    points, normals = sampled(join([red, blue]), 8192)
    front, back = render_views(points, [View(0, 0), View(180, 0)], 64, normals)[:, 32, 32]
    assert front[0] > 100 and front[2] < 10
    assert back[2] > 100 and back[0] < 10


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
    cosine = np.abs((estimate_normals(points[:, :3]) * normals).sum(axis=1))
    assert np.quantile(cosine, 0.05) > 0.97
