"""Scenes taken apart: cells, normals, planes, segments, boxes; held to slow references and to shapes that are known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scenes.boxes import box_around, quaternion
from cg3d_runtime.scenes.layout import Layout, cell_side, lay_out
from cg3d_runtime.scenes.planes import find_planes, patches
from cg3d_runtime.scenes.proposals import distinct
from cg3d_runtime.scenes.segments import grown
from cg3d_runtime.scenes.sensor import is_seen_from_origin, looks_along_z
from cg3d_runtime.scenes.supports import find_ground
from cg3d_runtime.scenes.surface import normals
from cg3d_runtime.scenes.voxels import touching, voxelise

UP = np.array([0.0, 0.0, 1.0])


def sheet(width: float, depth: float, step: float = 0.003) -> np.ndarray:
    """Points of a level rectangle about the origin."""
    x, y = np.meshgrid(np.arange(-width / 2, width / 2, step), np.arange(-depth / 2, depth / 2, step))
    return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)


def block(width: float, depth: float, height: float, at: tuple[float, float, float]) -> np.ndarray:
    """Points of the sides and the top of a box that stands on its place."""
    top = sheet(width, depth) + np.array([0, 0, height])
    long, short = sheet(width, height)[:, [0, 2, 1]], sheet(depth, height)[:, [2, 0, 1]]
    sides = [long + np.array([0, s * depth / 2, height / 2]) for s in (-1, 1)]
    sides += [short + np.array([s * width / 2, 0, height / 2]) for s in (-1, 1)]
    return np.concatenate([top, *sides]) + at


def ball(radius: float, at: tuple[float, float, float], count: int = 6000) -> np.ndarray:
    rows = np.random.default_rng(0).normal(size=(count, 3))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) * radius + at


@given(st.integers(0, 2**31), st.integers(1, 200))
@settings(max_examples=30, deadline=None)
def test_cells_and_their_neighbours_are_those_of_a_slow_reference(seed: int, count: int) -> None:
    xyz = np.random.default_rng(seed).uniform(-2, 2, (count, 3)).astype(np.float32)
    voxels = voxelise(xyz, 0.5)
    cells = np.floor((xyz - xyz.min(axis=0).astype(np.float64)) / 0.5).astype(int)
    slow = {}
    for row, cell in enumerate(map(tuple, cells)):
        slow.setdefault(cell, []).append(row)
    assert len(voxels) == len(slow)
    names = {cell: int(voxels.owner[rows[0]]) for cell, rows in slow.items()}
    for cell, rows in slow.items():
        assert voxels.counts[names[cell]] == len(rows)
        np.testing.assert_allclose(voxels.centres[names[cell]], xyz[rows].mean(axis=0), atol=1e-5)
    steps = [step for step in product((-1, 0, 1), repeat=3) if step != (0, 0, 0)]
    pairs = {
        frozenset((names[cell], names[other]))
        for cell in slow
        for step in steps
        if (other := tuple(np.add(cell, step).tolist())) in names
    }
    found = touching(voxels)
    assert {frozenset(pair) for pair in found.tolist()} == pairs
    assert len(found) == len(pairs)


def test_a_grid_that_cannot_be_numbered_is_refused() -> None:
    with pytest.raises(ScanError, match="cells of 1e-06 long; leave out the points that lie far away"):
        voxelise(np.array([[0, 0, 0], [1e3, 1e3, 1e3]]), 1e-6)


@pytest.mark.parametrize("sensor", [None, np.array([0.0, 0.0, 3.0])])
def test_normals_of_a_ball_point_outwards(sensor: np.ndarray | None) -> None:
    points = ball(0.1, (0, 0, 0), 20000)
    points = points if sensor is None else points[points[:, 2] > 0.02]
    voxels = voxelise(points, 0.006)
    found = normals(voxels.centres, touching(voxels), sensor)
    outward = voxels.centres / np.linalg.norm(voxels.centres, axis=1, keepdims=True)
    assert np.quantile((found * outward).sum(axis=1), 0.05) > 0.9


def test_planes_are_found_largest_first_and_the_same_every_time() -> None:
    points = np.concatenate([sheet(1, 1), sheet(0.8, 0.5)[:, [0, 2, 1]] + (0, 0.5, 0.3)])
    voxels = voxelise(points, 0.01)
    planes = find_planes(voxels.centres, np.full(len(voxels), 0.02), 200, 5)
    assert [abs(plane.normal @ UP) > 0.99 for plane in planes[:2]] == [True, False]
    again = find_planes(voxels.centres, np.full(len(voxels), 0.02), 200, 5)
    assert all(np.array_equal(one.own, other.own) for one, other in zip(planes, again, strict=True))


def best_overlap(own: set[int], layout: Layout) -> float:
    """Intersection over union of the nearest proposal with some points."""
    found = [set(layout.points_of(each.cells).tolist()) for each in layout.proposals]
    return max(len(own & each) / len(own | each) for each in found)


def test_a_table_with_things_on_it() -> None:
    things = [block(0.2, 0.1, 0.15, (0.2, 0, 0)), ball(0.05, (-0.2, 0.1, 0.05)), block(0.1, 0.1, 0.1, (0, -0.25, 0))]
    scene = np.concatenate([sheet(1.2, 0.9), *things])
    layout = lay_out(scene.astype(np.float32), UP, False, None)
    assert layout.ground.up @ UP > 0.999 and layout.ground.source == "support"
    assert [support.kind for support in layout.ground.supports] == ["table"]
    start = len(scene) - sum(map(len, things))
    for thing in things:
        own = set(range(start, start + len(thing)))
        start += len(thing)
        assert best_overlap(own, layout) > 0.8


def test_two_blocks_side_by_side_are_parted() -> None:
    high, low = block(0.12, 0.1, 0.2, (0, 0, 0)), block(0.12, 0.1, 0.08, (0.12, 0, 0))
    scene = np.concatenate([sheet(0.9, 0.9), high, low])
    layout = lay_out(scene.astype(np.float32), UP, True, None)
    first = len(scene) - len(high) - len(low)
    own = set(range(first, first + len(high)))
    assert best_overlap(own, layout) > 0.6


def test_an_empty_table_has_no_proposals() -> None:
    assert lay_out(sheet(1, 1).astype(np.float32), UP, False, False).proposals == []


def test_too_few_points_are_told() -> None:
    scene = np.full((500, 3), np.nan, dtype=np.float32)
    scene[:50] = 0.1
    with pytest.raises(ScanError, match="50 finite points of 500; a scene has at least 100"):
        lay_out(scene, UP, False, None)


def test_a_wall_is_no_table_and_a_box_top_no_support() -> None:
    wall = sheet(3, 2.5, 0.01)[:, [0, 2, 1]] + (0, 1.5, 1.25)
    floor, carton = sheet(3, 3, 0.01), block(0.4, 0.3, 0.3, (0, 0, 0))
    voxels = voxelise(np.concatenate([floor, wall, carton]), 0.02)
    planes = [patches(plane, voxels) for plane in find_planes(voxels.centres, np.full(len(voxels), 0.04), 100, 6)]
    ground = find_ground(planes, voxels.centres, np.full(len(voxels), 0.02), UP, True)
    assert [support.kind for support in ground.supports] == ["floor", "wall"]


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_boxes_come_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = [*np.sort(rng.uniform(0.1, 1, 2))[::-1].tolist(), rng.uniform(0.1, 1)]
    tilt, turn, center = (
        Rotation.random(random_state=seed),
        Rotation.from_euler("z", rng.uniform(0, 6)),
        rng.normal(size=3),
    )
    corners = (np.array(list(product((-0.5, 0.5), repeat=3))) * size) @ (tilt * turn).as_matrix().T + center
    box = box_around(corners, tilt.as_matrix()[:, 2])
    np.testing.assert_allclose(box.center, center, atol=1e-6)
    np.testing.assert_allclose(box.size, size, atol=1e-6)
    found = box.corners()
    assert all(np.linalg.norm(found - corner, axis=1).min() < 1e-6 for corner in corners)


@given(st.integers(0, 2**31))
def test_quaternions_are_those_of_scipy(seed: int) -> None:
    turn = Rotation.random(random_state=seed)
    expected = turn.as_quat()
    found = np.array(quaternion(turn.as_matrix()))
    assert min(np.abs(found - expected).max(), np.abs(found + expected).max()) < 1e-9
    assert found[3] >= 0


def test_points_on_a_line_have_a_box() -> None:
    line = np.linspace(0, 1, 50)[:, None] * np.array([1.0, 0, 0])
    assert box_around(line, UP).size == pytest.approx((1, 0, 0), abs=1e-9)


def test_segments_grow_until_the_weights_are_too_large() -> None:
    edges, weights = np.array([[0, 1], [2, 3], [1, 2]]), np.array([0.01, 0.01, 0.9])
    fine, coarse = grown(edges, weights, 4, (0.5, 5.0))
    assert fine.tolist() == [0, 0, 1, 1]
    assert len(set(coarse.tolist())) == 1


def test_proposals_that_are_nearly_one_are_one() -> None:
    whole = np.arange(100)
    assert [len(each.cells) for each in distinct([whole[:97], whole, whole[:50]])] == [100, 50]
    assert distinct([]) == []


def test_one_view_is_told_from_several() -> None:
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, 300), np.linspace(-0.4, 0.4, 240))
    rays = np.stack([u.ravel(), v.ravel(), np.ones(u.size)], axis=1)
    depth = 1 + 0.3 * np.sin(4 * rays[:, :1]) * np.cos(3 * rays[:, 1:2])
    view = rays * depth
    assert is_seen_from_origin(view) and looks_along_z(view)
    assert not is_seen_from_origin(np.concatenate([view, view * 1.4]))
    assert not looks_along_z(view[:, [2, 0, 1]])


def test_cells_are_finer_on_a_table_than_in_a_room() -> None:
    assert cell_side(sheet(1, 1)) == pytest.approx(0.004)
    assert cell_side(sheet(8, 8, 0.05)) == pytest.approx(0.0256, rel=0.05)
