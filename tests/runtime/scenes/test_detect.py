"""Scenes from points to objects, by the recogniser and the bundle that ships."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import DepthImage, PointCloud, Recognizer, ScanError
from tests.runtime.scenes.test_geometry import ball, block, sheet

LABELS = ["box", "ball", "mug", "book"]
CAMERA = (300.0, 300.0, 160.0, 120.0)


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    with Recognizer.open(LABELS, backend="cpu", threads=1) as opened:
        yield opened


def table() -> np.ndarray:
    """A table with a box and, 0.3 m to its right, a ball: (N, 3)."""
    things = [sheet(0.9, 0.7), block(0.12, 0.08, 0.15, (-0.15, 0, 0)), ball(0.06, (0.15, 0, 0.06))]
    return np.concatenate(things).astype(np.float32)


def depth_image() -> np.ndarray:
    """Millimetres, (240, 320): a floor seen from above with two boxes on it."""
    depth = np.full((240, 320), 1000, np.uint16)
    depth[80:140, 60:120] = 850
    depth[90:150, 200:250] = 900
    return depth


def test_a_table_gives_one_object_for_each_thing_on_it(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(table()))
    assert [plane.kind for plane in scene.planes] == ["table"]
    assert len(scene.objects) == 2 and scene.points == len(scene.segments) == len(table())
    assert {each.on for each in scene.objects} == {"table 0"}
    assert scene.up == pytest.approx((0, 0, 1), abs=0.01) and scene.up_from == "support"
    at = sorted(each.box.center[0] for each in scene.objects)
    assert at == pytest.approx([-0.15, 0.15], abs=0.02)
    counts = np.bincount(scene.segments[scene.segments >= 0])
    assert counts.tolist() == [each.points for each in scene.objects]


def test_objects_come_with_their_scores_the_best_first(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(table()), top=2)
    assert [len(each.top) for each in scene.objects] == [2, 2]
    scores = [each.score for each in scene.objects]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("up", "turned"),
    [
        ((0, 1, 0), [[1, 0, 0], [0, 0, 1], [0, -1, 0]]),
        ((0, 0, -1), [[1, 0, 0], [0, -1, 0], [0, 0, -1]]),
        ((1, 0, 0), [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
    ],
)
def test_a_scene_has_the_same_objects_however_it_lies(
    recognizer: Recognizer, up: tuple[int, int, int], turned: list[list[int]]
) -> None:
    upright = recognizer.detect(PointCloud(table()))
    lying = recognizer.detect(PointCloud(table() @ np.array(turned, np.float32).T))  # read as if z were up
    assert lying.up == pytest.approx(up, abs=0.01)
    assert ((upright.segments >= 0) == (lying.segments >= 0)).mean() > 0.99


def test_millimetres_are_metres_by_their_unit(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(table() * 1000), units="mm")
    assert len(scene.objects) == 2
    assert max(scene.objects[0].box.size) > 50
    assert re.findall(r"[\dx ]+ cm", scene.to_table()) == re.findall(
        r"[\dx ]+ cm", recognizer.detect(PointCloud(table())).to_table()
    )


def test_a_scene_of_another_unit_is_told(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(table() * np.float32(1000)))
    assert scene.note == "is 897 m long if its unit is m; it may be in mm or cm, or hold a stray point."
    assert recognizer.detect(PointCloud(table() * np.float32(1000)), units="mm").note is None
    blurred = recognizer.detect(PointCloud(table() + np.float32([5e6, 5e6, 0])))
    assert "too far from the origin" in (blurred.note or "")


def test_json_is_the_contract(recognizer: Recognizer) -> None:
    tree = json.loads(recognizer.detect(PointCloud(table()), find="the ball").to_json())
    assert {"file", "up", "up_from", "planes", "objects", "points", "ms", "query", "found"} <= set(tree)
    each = tree["objects"][0]
    assert {"label", "score", "unknown", "top", "points", "box", "on"} <= set(each)
    assert set(each["box"]) == {"center", "size", "quaternion"}
    assert np.linalg.norm(each["box"]["quaternion"]) == pytest.approx(1, abs=1e-4)


def test_a_query_for_a_colour_finds_what_a_plain_label_names(recognizer: Recognizer) -> None:
    """The labels hold `ball` and `box`: the words of colour must not make another thing of what they are said of."""
    rgb = np.full(table().shape, 0.5, np.float32)
    is_ball = (np.linalg.norm(table() - (0.15, 0, 0.06), axis=1) < 0.07) & (table()[:, 2] > 0.005)
    rgb[is_ball] = 0.8, 0.1, 0.1
    rgb[(table()[:, 2] > 0.005) & ~is_ball] = 0.1, 0.2, 0.8
    painted = PointCloud(table(), rgb)
    for words, count in (
        ("the red ball", 1),
        ("the blue ball", 0),
        ("the dark blue box", 1),
        ("a box near the red ball", 1),
    ):
        scene = recognizer.detect(painted, find=words)
        assert len(scene.found) == count, words
    with Recognizer.open(LABELS, backend="cpu", threads=1, colour=False) as other:
        assert not other.detect(painted, find="the blue ball").found


def test_a_query_finds_by_name_and_place(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(table()), find="the box", labels=["box", "ball"])
    places = {"box": -0.15, "ball": 0.15}
    for place in scene.found:
        assert scene.objects[place].box.center[0] == pytest.approx(places["box"], abs=0.02)
    none = recognizer.detect(PointCloud(table()), find="the helicopter")
    assert none.found == () and "the helicopter: not found" in none.to_table()


def test_sides_are_told_only_where_one_looks_from_one_place(recognizer: Recognizer) -> None:
    behind_origin = np.concatenate([table(), table() - (0, 0, 0.3)]).astype(
        np.float32
    )  # two storeys: seen from all around
    with pytest.raises(ScanError, match="depends on where one looks from"):
        recognizer.detect(PointCloud(behind_origin), find="the box left of the ball")


def test_a_mask_names_what_it_numbers(recognizer: Recognizer) -> None:
    points = table()
    ids = np.zeros(len(points), np.int32)
    ids[points[:, 0] < -0.05] = 7
    ids[(points[:, 0] > 0.05) & (points[:, 2] > 0.005)] = 3
    scene = recognizer.detect(PointCloud(points), instances=ids)
    assert sorted(each.instance or 0 for each in scene.objects) == [3, 7]
    for number, each in enumerate(scene.objects):
        assert np.array_equal(scene.segments == number, ids == each.instance)


def test_a_mask_of_a_depth_image_numbers_pixels(recognizer: Recognizer) -> None:
    ids = np.zeros((240, 320), np.uint8)
    ids[80:140, 60:120], ids[90:150, 200:250] = 1, 2
    scene = recognizer.detect(DepthImage(depth_image(), CAMERA), instances=ids)
    assert sorted((each.instance, each.points) for each in scene.objects) == [(1, 3600), (2, 3000)]


@pytest.mark.parametrize(
    ("mask", "part"),
    [
        (np.zeros(10, int), "the scene has"),
        (np.zeros((240, 320)), "whole numbers are needed"),
        (np.zeros((240, 320), int), "numbers 0 objects"),
        (np.zeros((10, 10), int), "a mask of objects is one channel of its size"),
        (np.full((240, 320), -1), "whole numbers are needed"),
    ],
)
def test_masks_that_fit_no_scene_are_told(recognizer: Recognizer, mask: np.ndarray, part: str) -> None:
    scan = DepthImage(depth_image(), CAMERA) if mask.ndim == 2 else PointCloud(table())
    with pytest.raises(ScanError, match=part):
        recognizer.detect(scan, instances=mask)


def test_a_scene_hands_its_points_on_where_they_are_wanted(recognizer: Recognizer, tmp_path: Path) -> None:
    np.save(tmp_path / "table.npy", table())
    kept = recognizer.detect(tmp_path / "table.npy", keep_cloud=True)
    assert kept.cloud is not None and len(kept.cloud) == len(kept.segments)
    np.testing.assert_array_equal(kept.cloud.xyz, table())
    assert recognizer.detect(tmp_path / "table.npy").cloud is None, "as long as the scan"


def test_rows_that_are_no_points_belong_to_nothing(recognizer: Recognizer) -> None:
    points = np.insert(table(), 1000, np.nan, axis=0)
    scene = recognizer.detect(PointCloud(points))
    assert scene.segments[1000] == -1 and len(scene.objects) == 2


@pytest.mark.parametrize(
    ("points", "part"),
    [
        (np.zeros((0, 3)), "points"),
        (np.full((500, 3), np.nan), "0 finite points of 500"),
        (np.random.default_rng(0).uniform(size=(50, 3)), "50 finite points of 50; a scene has at least 100"),
    ],
)
def test_scenes_of_hardly_any_points_are_refused(recognizer: Recognizer, points: np.ndarray, part: str) -> None:
    with pytest.raises(ScanError, match=part):
        recognizer.detect(PointCloud(points.astype(np.float32)))


def test_a_bare_table_has_no_objects(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(sheet(1, 1).astype(np.float32)))
    assert scene.objects == () and (scene.segments == -1).all()
    assert scene.to_table().startswith("scene: 0 objects, 1 table")


def test_a_thing_alone_is_one_object(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(ball(0.1, (0, 0, 0)).astype(np.float32)))
    assert len(scene.objects) == 1 and scene.planes == ()


def test_where_nothing_is_found_another_command_is_named(recognizer: Recognizer) -> None:
    scene = recognizer.detect(PointCloud(np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)))
    assert scene.objects == () and scene.planes == ()
    assert scene.to_table().endswith("one object alone is named by cg3d-infer.")


def test_a_file_is_read_and_named(recognizer: Recognizer, tmp_path: Path) -> None:
    np.save(tmp_path / "table.npy", table())
    scene = recognizer.detect(tmp_path / "table.npy")
    assert scene.file == str(tmp_path / "table.npy") and len(scene.objects) == 2
