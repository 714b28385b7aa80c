"""Which way a scan is stood up, what it stands on, and what it is said to be like; on shapes whose answers are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cg3d.data.augment.depth_camera import DepthCamera, scan
from cg3d.data.drawing.views import View
from cg3d_runtime import DepthImage, Intrinsics, PointCloud, PrepareSpec, ScanError
from cg3d_runtime.answer import FEW_POINTS, NOISY, ONE_SIDE, SCENE
from cg3d_runtime.preparation.scan import PreparedScan, read_and_prepare
from cg3d_runtime.preparation.support import Support, find_support
from cg3d_runtime.scans.upward import vector

SPEC = PrepareSpec(mode="cg3d-2")
SHAPES = ("sphere", "box", "cylinder")
TURNS = range(4)  # seeds of turns


def sphere(count: int = 3000) -> np.ndarray:
    """Of radius 1, on the plane z = 0."""
    xyz = np.random.default_rng(1).normal(size=(count, 3))
    return xyz / np.linalg.norm(xyz, axis=1, keepdims=True) + [0, 0, 1]


def box(
    size: tuple[float, float, float] = (2.0, 1.5, 3.0), count: int = 3000, at: tuple[float, ...] = (0, 0)
) -> np.ndarray:
    """The surface of a box whose bottom is centred at x, y (and z, where there is one)."""
    rng, sides = np.random.default_rng(2), np.array(size)
    areas = sides.prod() / sides
    axis = rng.choice(3, size=count, p=areas / areas.sum())
    xyz = rng.random((count, 3))
    xyz[np.arange(count), axis] = rng.integers(2, size=count)
    return (xyz - [0.5, 0.5, 0]) * sides + (*at, 0)[:3]


def cylinder(radius: float = 1.0, height: float = 3.0, count: int = 3000) -> np.ndarray:
    rng = np.random.default_rng(3)
    around, is_wall = rng.random(count) * 2 * np.pi, rng.random(count) < height / (height + radius)
    out = np.where(is_wall, radius, radius * np.sqrt(rng.random(count)))
    z = np.where(is_wall, rng.random(count), rng.integers(2, size=count)) * height
    return np.column_stack([out * np.cos(around), out * np.sin(around), z])


def patch(around: np.ndarray, times: float = 1.6, count: int = 2500) -> np.ndarray:
    """A part of the plane z = 0, so many times as wide as the footprint of what stands on it."""
    low, high = around[:, :2].min(axis=0), around[:, :2].max(axis=0)
    flat = (np.random.default_rng(4).random((count, 2)) - 0.5) * times * (high - low) + (low + high) / 2
    return np.column_stack([flat, np.zeros(count)])


def on_a_patch(xyz: np.ndarray) -> np.ndarray:
    return np.concatenate([xyz, patch(xyz)])


def turn(seed: int) -> np.ndarray:
    """Any rotation (3, 3), for column vectors."""
    matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return matrix * np.sign(np.linalg.det(matrix))


def cloud_of(xyz: np.ndarray, turned_by: np.ndarray | None = None) -> PointCloud:
    return PointCloud((xyz if turned_by is None else xyz @ turned_by.T).astype(np.float32))


def support_of(xyz: np.ndarray, sensor: np.ndarray | None = None) -> Support | None:
    """The support of a cloud in the frame that it has."""
    return find_support(read_and_prepare(cloud_of(xyz), SPEC, SPEC.up).points, sensor)


def degrees_between(a: np.ndarray | tuple[float, ...], b: np.ndarray | tuple[float, ...]) -> float:
    return float(np.degrees(np.arccos(np.clip(np.dot(a, b), -1, 1))))


@cache
def shape(name: str) -> np.ndarray:
    return {"sphere": sphere, "box": box, "cylinder": cylinder}[name]()


def upturned_table(top: tuple[float, float, float] = (1.0, 0.7, 0.01)) -> np.ndarray:
    legs = [box((0.05, 0.05, 0.6), 800, (x, y, top[2])) for x in (-0.3, 0.3) for y in (-0.2, 0.2)]
    return np.concatenate([box(top, 4000), *legs])


def scene() -> np.ndarray:
    """Three boxes of different heights, apart from each other."""
    places = ((0.1, (0, 0)), (0.2, (0.3, 0)), (0.3, (0, 0.35)))
    return np.concatenate([box((0.1, 0.1, height), 1500, at) for height, at in places])


# --- what it stands on ---


@pytest.mark.parametrize("seed", TURNS)
@pytest.mark.parametrize("name", SHAPES)
def test_a_patch_below_is_found_at_any_tilt(name: str, seed: int) -> None:
    found = support_of(on_a_patch(shape(name)) @ turn(seed).T)
    assert found is not None and found.reaches_beyond
    assert degrees_between(found.normal, turn(seed)[:, 2]) < 1


@pytest.mark.parametrize("seed", TURNS)
@pytest.mark.parametrize("name", SHAPES)
def test_alone_it_stands_on_its_own_bottom_at_most(name: str, seed: int) -> None:
    found = support_of(shape(name) @ turn(seed).T)
    assert found is None or not found.reaches_beyond


def test_a_sphere_alone_stands_on_nothing_and_a_sheet_on_itself() -> None:
    assert support_of(shape("sphere")) is None
    sheet = support_of(patch(shape("box")))
    assert sheet is not None and sheet.own.all() and sheet.share == 1 and not sheet.reaches_beyond


def test_own_points_lie_on_the_plane_and_the_rest_above() -> None:
    xyz = read_and_prepare(cloud_of(on_a_patch(shape("box"))), SPEC, SPEC.up).points
    found = find_support(xyz)
    assert found is not None and found.share == pytest.approx(found.own.mean())
    heights = xyz @ found.normal - found.offset
    assert np.abs(heights[found.own]).max() <= 0.0251
    assert heights[~found.own].min() > 0


def test_a_table_top_seen_from_above_is_no_support_of_its_leg() -> None:
    """The top is the largest plane with all else on one side; where the sensor is known, it is not taken for the floor."""
    pedestal = np.concatenate([cylinder(1.0, 0.01, 3000) + np.array([0, 0, 1.5]), cylinder(0.06, 1.5, 800)])
    blind = support_of(pedestal)
    assert blind is not None and blind.reaches_beyond and blind.normal[2] < -0.99
    seen = support_of(pedestal, sensor=np.array([0.5, 0, 0.87]))
    assert seen is None or seen.normal[2] > 0.5


# --- which way is up ---


def prepared(xyz: np.ndarray, up: object = "auto", spec: PrepareSpec = SPEC) -> PreparedScan:
    return read_and_prepare(cloud_of(xyz), spec, up)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["cg3d-2", "cg3d"])
@pytest.mark.parametrize("name", SHAPES)
def test_auto_stands_it_on_its_patch(name: str, mode: str) -> None:
    stood = prepared(on_a_patch(shape(name)) @ turn(1).T, spec=PrepareSpec(mode=mode))
    assert (stood.up_from, stood.is_open, stood.other_ups) == ("support", False, ())
    assert degrees_between(vector(stood.up), turn(1)[:, 2]) < 1
    again = find_support(stood.points)
    assert again is not None and degrees_between(again.normal, (0, 1, 0)) < 1  # up in the model is y


def test_auto_without_a_patch_stays_open() -> None:
    stood = prepared(shape("box") @ turn(1).T)
    assert (stood.up, stood.up_from, stood.is_open) == ("z", "convention", True)
    assert len(stood.other_ups) >= 5
    ups = [vector(up) for up in (stood.up, *stood.other_ups)]
    assert all(degrees_between(a, b) > 9.9 for k, a in enumerate(ups) for b in ups[:k])
    assert min(degrees_between(up, side) for up in ups for side in turn(1).T) < 1  # one of its faces is worth a try


def test_a_depth_camera_sees_no_support_from_below() -> None:
    """A board with a window, and something behind it: all else is on one side of the board, and the camera on the other."""
    depth = np.full((48, 48), 1.0, dtype=np.float32)
    depth[18:30, 18:30] = np.linspace(1.2, 1.5, 12)
    board = DepthImage(depth, Intrinsics(60, 60, 24, 24))
    assert read_and_prepare(board.read(), SPEC, "auto").up_from == "support"  # of a cloud nobody knows the camera
    assert read_and_prepare(board, SPEC, "auto").up_from == "convention"


@pytest.mark.parametrize("name", SHAPES)
def test_any_order_of_the_points_is_stood_up_alike(name: str) -> None:
    xyz = on_a_patch(shape(name)) @ turn(2).T
    first, second = prepared(xyz), prepared(np.random.default_rng(5).permutation(xyz))
    assert (first.up, first.up_from, first.other_ups) == (second.up, second.up_from, second.other_ups)
    assert first.points.tobytes() == second.points.tobytes()
    assert first.quality == second.quality


@pytest.mark.parametrize("up", ["0,0,9.81", (0, 0, 2), np.array([0, 0, 1e-3]), [0.0, -0.0, 1.0], np.float32([0, 0, 5])])
def test_directions_along_an_axis_give_the_bits_of_the_axis(up: object) -> None:
    along, axis = prepared(shape("box"), up), prepared(shape("box"), "z")
    assert along.points.tobytes() == axis.points.tobytes()
    assert (along.up, along.up_from, along.is_open) == ("z", "given", False)


def test_a_direction_is_turned_to_the_models_up() -> None:
    upright, stood = prepared(shape("box"), "z"), prepared(shape("box") @ turn(3).T, turn(3)[:, 2])
    assert stood.up_from == "given" and degrees_between(vector(stood.up), turn(3)[:, 2]) < 1e-3
    height = np.ptp(upright.points[:, 1])  # along the model's up; about it, any turn is as good
    assert np.ptp(stood.points[:, 1]) == pytest.approx(height, rel=0.01)


@pytest.mark.parametrize(
    ("up", "message"),
    [
        ("w", "up must be one of x, y, z, -x, -y, -z, or three numbers"),
        ("Auto", "up must be one of"),
        ((0, 1), "up must be one of"),
        (7, "got 7"),
        ("0,0,0", "that are not all zero"),
        (np.array([np.nan, 0, 1]), "three finite numbers"),
    ],
)
def test_what_is_no_direction(up: object, message: str) -> None:
    with pytest.raises(ScanError, match=message):
        prepared(shape("box"), up)


def test_the_cloud_that_is_kept_has_the_up_that_was_found() -> None:
    cloud = cloud_of(on_a_patch(shape("box")) @ turn(1).T)
    stood = read_and_prepare(cloud, SPEC, "auto", keep_cloud=True)
    assert stood.cloud is not None and stood.cloud.up == stood.up
    assert stood.cloud.xyz is cloud.xyz and cloud.up == "z"


# --- what it is like ---


def flags(xyz: np.ndarray, up: object = "z") -> set[str]:
    quality = prepared(xyz, up).quality
    assert quality is not None
    return set(quality.flags)


@cache
def one_view() -> np.ndarray:
    dense = cloud_of(sphere(20_000))
    return scan(dense, View(30, 25), DepthCamera(pixels=48), np.random.default_rng(6)).xyz


@pytest.mark.parametrize("name", SHAPES)
def test_a_clean_scan_of_all_sides_has_no_flag(name: str) -> None:
    assert flags(shape(name)) == set()


def test_noise_few_points_and_a_single_view_are_told() -> None:
    noise = np.random.default_rng(7).normal(size=(3000, 3)) * 0.06  # 3 % of its size
    assert flags(sphere() + noise) == {NOISY}
    assert flags(sphere(200)) == {FEW_POINTS}
    assert ONE_SIDE in flags(one_view())


def test_a_depth_image_is_one_side_by_what_it_is() -> None:
    depth = np.full((24, 24), 0.0, dtype=np.float32)
    depth[4:20, 4:20] = 1 + np.random.default_rng(8).random((16, 16)) * 0.1
    quality = read_and_prepare(DepthImage(depth, Intrinsics(30, 30, 12, 12)), SPEC).quality
    assert quality is not None and ONE_SIDE in quality.flags


@pytest.mark.parametrize("seed", TURNS)
def test_things_on_a_surface_are_a_scene(seed: int) -> None:
    things = scene()
    xyz = np.concatenate([things, patch(things, 1.5, 6000)]) @ turn(seed).T
    assert SCENE in flags(xyz, "auto") & flags(xyz, turn(seed)[:, 2])


@pytest.mark.parametrize("seed", TURNS)
def test_the_legs_of_an_upturned_table_are_no_scene(seed: int) -> None:
    """With up found or given: the heights above the top must be measured in the frame that the points have."""
    xyz = upturned_table() @ turn(seed).T
    assert prepared(xyz).up_from == "support"
    assert SCENE not in flags(xyz, "auto") | flags(xyz, turn(seed)[:, 2])


def test_one_thing_on_a_surface_is_no_scene() -> None:
    assert SCENE not in flags(on_a_patch(shape("box")), "auto")


def test_a_model_of_few_points_tells_no_more_than_it_can() -> None:
    things = scene()
    quality = prepared(
        np.concatenate([things, patch(things, 1.5, 6000)]), spec=PrepareSpec(points=64, mode="cg3d-2")
    ).quality
    assert quality is not None and quality.flags == ()


def test_a_model_of_many_points_looks_at_the_first() -> None:
    stood = prepared(on_a_patch(sphere(6000)) @ turn(1).T, spec=PrepareSpec(points=4096, mode="cg3d-2"))
    found = find_support(stood.points)
    assert stood.up_from == "support" and found is not None and len(found.own) == 1024


def test_points_are_counted_as_what_they_are() -> None:
    missing, zeros, strays = np.full((7, 3), np.nan), np.zeros((2000, 3)), np.array([[9.0, 9, 9], [-9, 9, 9]])
    quality = prepared(np.concatenate([missing, zeros, shape("sphere") + np.array([0, 0, 3]), strays])).quality
    assert quality is not None
    assert (quality.measured, quality.dropped, quality.strays) == (3002, 2007, 2)
