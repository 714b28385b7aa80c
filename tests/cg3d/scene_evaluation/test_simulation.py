"""Simulated scenes: what they say is there is what the camera sees, and nothing stands in anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy", reason="scenes need SciPy")

from scipy.spatial import ConvexHull, Delaunay, cKDTree

from cg3d.data.drawing.views import View
from cg3d.scene_evaluation.annotated import NOTHING, UNTOLD
from cg3d.scene_evaluation.simulation.arranging import arrange
from cg3d.scene_evaluation.simulation.camera import INTRINSICS, Pose, Rectangle, take
from cg3d.scene_evaluation.simulation.faults import Faults, in_shadow, measured
from cg3d.scene_evaluation.simulation.footprints import footprint, gap, pushed_to
from cg3d.scene_evaluation.simulation.scenes import Simulation, Stage, make_scene, photograph, set_stage, simulate
from cg3d.scene_evaluation.simulation.settings import SETTINGS
from cg3d.scene_evaluation.simulation.shapes import Thing, draw_boxes, draw_things, filled
from cg3d.scene_evaluation.simulation.stock import Stock, built_in_stock, packed_stock, usual_length
from cg3d_runtime.errors import DataError

FAULTLESS = Faults(axial_noise=0, depth_step=0, baseline=0, flying=0, lost=0, dropout=0, farthest=20)
BUILT_IN = built_in_stock()
KITCHEN = BUILT_IN.numbers_of(("mug", "bowl", "bottle", "banana", "book", "can"))
FURNITURE = BUILT_IN.numbers_of(("chair", "desk", "stool"))


def stage_of(kind: str, seed: int, clutter: int = 0) -> Stage:
    numbers = FURNITURE if kind == "room" else KITCHEN
    what = Simulation(kind, objects=(3, 4), clutter=clutter)
    return set_stage(what, BUILT_IN, numbers, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", ["table", "room"])
def test_the_ids_are_those_of_what_is_seen(kind: str) -> None:
    stage = stage_of(kind, 3, clutter=1)
    scene = photograph("s", stage, FAULTLESS, np.random.default_rng(0))
    world = scene.cloud.xyz @ stage.pose.rotation + stage.pose.eye
    for thing in scene.objects:
        placed = stage.placed[thing.id]
        away = cKDTree(placed.xyz).query(world[scene.ids == thing.id])[0]
        assert thing.name == placed.name
        assert np.quantile(away, 0.99) < 0.05 * np.ptp(placed.xyz, axis=0).max()
    background = world[scene.ids == NOTHING]
    off = np.min([np.abs((background - flat.middle) @ normal_of(flat)) for flat in stage.flats], axis=0)
    assert off.max() < 1e-3  # steps of depth; nothing of an object is background
    assert np.asarray(scene.up) @ stage.pose.rotation == pytest.approx([0, 1, 0], abs=1e-9)


def normal_of(flat: Rectangle) -> np.ndarray:
    normal = np.cross(*flat.sides)
    return np.asarray(normal / np.linalg.norm(normal))


@pytest.mark.parametrize("kind", ["touching", "room"])
def test_nothing_stands_in_anything_else(kind: str) -> None:
    stage = stage_of(kind, 4, clutter=2)
    for number, one in enumerate(stage.placed):
        assert one.xyz[:, 1].min() == pytest.approx(0, abs=1e-6)
        hull = Delaunay(one.xyz[ConvexHull(one.xyz).vertices])
        for other in stage.placed[number + 1 :]:
            assert gap(one.outline, other.outline) > 0
            assert not (hull.find_simplex(other.xyz[::20]) >= 0).any()


def test_touching_ones_touch() -> None:
    stage = stage_of("touching", 1)
    gaps = [min(gap(one.outline, other.outline) for other in stage.placed if other is not one) for one in stage.placed]
    assert np.median(gaps) < 0.001
    assert SETTINGS["table"].touching == 0


def test_the_same_seed_gives_the_same_scene() -> None:
    what = Simulation("table", scenes=1, seed=5, objects=(1, 2))
    first, again = (list(simulate(what, BUILT_IN, ["mug", "bowl"]).each) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.cloud.xyz, other.cloud.xyz)
        np.testing.assert_array_equal(one.ids, other.ids)
        assert one.objects == other.objects and one.name == other.name
    other_seed = make_scene(replace(what, seed=6), BUILT_IN, KITCHEN, 0)
    assert first[0].cloud.xyz.shape != other_seed.cloud.xyz.shape
    assert {thing.name for scene in first for thing in scene.objects} <= {"mug", "bowl"}


def test_clutter_has_no_name() -> None:
    scene = make_scene(Simulation("table", objects=(1, 1), clutter=3), BUILT_IN, KITCHEN, 0)
    assert [thing.name for thing in scene.objects].count(None) >= 2


def test_sizes_are_those_of_the_setting() -> None:
    rng = np.random.default_rng(0)
    buses = Stock("buses", ["bus"], [True], lambda number, rng: 10 * rng.random((500, 3)))
    assert draw_things(buses, np.array([0]), SETTINGS["table"], 2, rng) == []
    with pytest.raises(DataError, match=r"buses: holds hardly any object of 0.03 to 0.4 m, as a table has them"):
        set_stage(Simulation("table"), buses, np.array([0]), rng)
    for thing in draw_boxes(SETTINGS["room"], 5, rng):
        assert 0.3 < np.ptp(thing.xyz, axis=0).max() <= 1.1


def test_objects_without_a_unit_get_the_usual_length(packed: Path) -> None:
    stock = packed_stock(packed)
    foreign = replace(stock, is_metric=[False] * len(stock.names))
    bowls = foreign.numbers_of(("bowl",))
    (bowl,) = draw_things(foreign, bowls, SETTINGS["table"], 1, np.random.default_rng(0))
    assert np.ptp(bowl.xyz, axis=0).max() == pytest.approx(usual_length("bowl"))
    assert usual_length("flux capacitor") is None
    renamed = Stock("s", ["flux capacitor"], [False], lambda number, rng: stock.load(int(bowls[0]), rng))
    (odd,) = draw_things(renamed, np.array([0]), SETTINGS["table"], 1, np.random.default_rng(0))
    assert np.ptp(odd.xyz, axis=0).max() == pytest.approx(SETTINGS["table"].usual)


def test_unknown_names_are_told() -> None:
    with pytest.raises(DataError, match="kind of scene 'tabel' is not known, did you mean 'table'"):
        simulate(Simulation("tabel"), BUILT_IN)
    with pytest.raises(DataError, match="built-in objects: no object has one of the 1 names asked for"):
        simulate(Simulation("table"), BUILT_IN, ["flux capacitor"])


# Footprints


def square(x: float, z: float) -> np.ndarray:
    return np.array([[x, z], [x + 1, z], [x + 1, z + 1], [x, z + 1]])


def test_gaps_by_hand() -> None:
    assert gap(square(0, 0), square(3, 0)) == pytest.approx(2)
    assert gap(square(0, 0), square(0.75, 0)) == pytest.approx(-0.25)
    assert gap(square(0, 0), square(1, 1)) == pytest.approx(0)


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_outlines_are_apart_where_no_point_is_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = (footprint(rng.normal(size=(20, 3)) + rng.uniform(-2, 2, 3)) for _ in range(2))
    assert gap(one, other) == pytest.approx(gap(other, one))
    grid = np.stack(np.meshgrid(*[np.linspace(-6, 6, 60)] * 2), axis=-1).reshape(-1, 2)
    both = (Delaunay(one).find_simplex(grid) >= 0) & (Delaunay(other).find_simplex(grid) >= 0)
    if both.any():
        assert gap(one, other) < 0
    angle = rng.uniform(0, 2 * np.pi)
    shift = pushed_to(one, other, np.array([np.cos(angle), np.sin(angle)]), 0.01)
    assert gap(one + shift, other) == pytest.approx(0.01, abs=1e-4)


def test_a_line_has_an_outline() -> None:
    assert len(footprint(np.zeros((5, 3)))) == 4


def test_what_finds_no_place_is_left_out() -> None:
    block = Thing("box", draw_boxes(SETTINGS["room"], 1, np.random.default_rng(0))[0].xyz)
    assert arrange([block], SETTINGS["table"], 0.3, (0.2, 0.2), np.random.default_rng(0)) == []


# Camera and sensor


def test_a_wall_has_the_depth_of_its_distance() -> None:
    wall = Rectangle(np.array([0.0, 0, -1]), np.array([[5.0, 0, 0], [0, 5, 0]]))
    pose = Pose.towards(np.array([0.0, 0, -1]), View(0, 0), 3.0, 0.0)
    picture = take([], [wall], pose)
    assert picture.depth == pytest.approx(3.0, abs=1e-5)
    assert (picture.ids == NOTHING).all()
    np.testing.assert_allclose(pose.seen(np.array([[1.0, 2.0, -1.0]])), [[1, -2, 3]], atol=1e-12)


def test_what_is_near_hides_what_is_far() -> None:
    rng = np.random.default_rng(0)
    near, far = rng.uniform(-0.1, 0.1, (2, 200_000, 3))
    near[:, 2], far[:, 2] = 1.0, 0.0
    picture = take([far * 3, near], [], Pose.towards(np.zeros(3), View(0, 0), 2.0, 0.0))
    middle = picture.ids[200:280, 280:360]
    assert (middle == 1).all()
    assert set(np.unique(picture.ids).tolist()) == {NOTHING, 0, 1}
    assert np.isinf(picture.depth[0, 0])


def test_surfaces_are_filled_inside_their_edges() -> None:
    rng = np.random.default_rng(0)
    sheet = rng.uniform(0, 0.1, (2000, 3)) * (1, 0, 1)
    points = filled(sheet, 0.0005, rng)
    assert len(points) > 20_000
    assert (points.min(axis=0) >= sheet.min(axis=0)).all() and (points.max(axis=0) <= sheet.max(axis=0)).all()
    places = np.floor(points[:, [0, 2]] / 0.002).astype(int)
    assert len(np.unique(places, axis=0)) > 0.96 * 50 * 50


def test_shadows_lie_beside_near_things() -> None:
    depth = np.full((480, 640), 2.0)
    depth[:, 300:340] = 1.0
    width = 0.075 * INTRINSICS.fx * (1 / 1.0 - 1 / 2.0)  # pixels
    shadow = in_shadow(depth, 0.075)
    assert not shadow[:, 300:340].any()
    assert shadow[240].sum() == pytest.approx(width, abs=3)
    assert not in_shadow(depth, 0.0).any()


def test_a_sensor_errs_as_it_is_told() -> None:
    wall = Rectangle(np.array([0.0, 0, 0]), np.array([[5.0, 0, 0], [0, 5, 0]]))
    picture = take([], [wall], Pose.towards(np.zeros(3), View(0, 0), 2.0, 0.0))
    noisy, ids = measured(picture, replace(FAULTLESS, axial_noise=0.002), np.random.default_rng(0))
    assert noisy[:, 2].std() == pytest.approx(0.002 * 4, rel=0.05)
    assert (ids == NOTHING).all() and len(ids) == 640 * 480
    stepped, _ = measured(picture, replace(FAULTLESS, axial_noise=0.002, depth_step=0.01), np.random.default_rng(0))
    assert len(np.unique(stepped[:, 2])) < 10
    lost, _ = measured(picture, replace(FAULTLESS, dropout=0.1), np.random.default_rng(0))
    assert len(lost) == pytest.approx(0.9 * 640 * 480, rel=0.01)
    near, _ = measured(picture, replace(FAULTLESS, farthest=1.0), np.random.default_rng(0))
    assert len(near) == 0


def test_flying_points_belong_to_nobody() -> None:
    rng = np.random.default_rng(0)
    placed = [Thing("box", thing.xyz) for thing in draw_boxes(SETTINGS["table"], 1, rng)]
    wall = Rectangle(np.array([0.0, 0, -1]), np.array([[5.0, 0, 0], [0, 5, 0]]))
    picture = take([filled(placed[0].xyz, 0.001, rng)], [wall], Pose.towards(np.zeros(3), View(0, 20), 1.0, 0.0))
    xyz, ids = measured(picture, replace(FAULTLESS, flying=0.5), rng)
    assert (ids == UNTOLD).sum() > 50 and (ids == 0).sum() > 1000
    assert np.unique(xyz[ids == UNTOLD], axis=0).shape[0] == (ids == UNTOLD).sum()
