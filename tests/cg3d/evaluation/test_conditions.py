"""What each condition does to a cloud, and that it always does the same."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d.evaluation.conditions import (
    CLEAN,
    CONDITIONS,
    DISTANCE,
    SINGLE_VIEW,
    USUAL_SIZE,
    as_scanned,
    density,
    size_of,
)
from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import vector

SIDES = np.array([0.4, 0.2, 0.1])
PACKED = 4096  # points


def box(count: int = PACKED, seed: int = 0) -> PointCloud:
    """Points on the surface of a box in metres, coloured by their place."""
    rng = np.random.default_rng(seed)
    areas = np.repeat([SIDES[1] * SIDES[2], SIDES[0] * SIDES[2], SIDES[0] * SIDES[1]], 2)
    face = rng.choice(6, count, p=areas / areas.sum())
    xyz = rng.random((count, 3))
    xyz[np.arange(count), face // 2] = face % 2
    return PointCloud((xyz * SIDES + (3, -1, 0.5)).astype(np.float32), xyz.astype(np.float32), up="y")


def in_condition(name: str, seed: int = 0, cloud: PointCloud | None = None) -> PointCloud:
    return as_scanned(cloud or box(), "m", name, "box-1", seed)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_always_does_the_same_to_an_object(name: str) -> None:
    one, again = in_condition(name), in_condition(name)
    np.testing.assert_array_equal(one.xyz, again.xyz)
    np.testing.assert_array_equal(one.rgb, again.rgb)
    others = (in_condition(name, seed=1), as_scanned(box(), "m", name, "box-2", 0))
    is_random = bool(CONDITIONS[name].chance)
    assert [np.array_equal(one.xyz, other.xyz, equal_nan=True) for other in others] == [not is_random] * 2


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_scan_in_any_condition_can_be_prepared_in_any_unit(name: str) -> None:
    colourless = PointCloud(box().xyz * 1000, up="y")
    scan = as_scanned(colourless, "unit", name, "box-1", 0)
    assert scan.rgb is None
    assert prepare(scan, PrepareSpec(64, mode="cg3d-2")).shape == (64, 3)
    low, high = np.nanquantile(scan.xyz, (0.05, 0.95), axis=0)
    assert 0.5 * USUAL_SIZE < (high - low).max() < 2 * USUAL_SIZE


def test_clean_is_the_cloud_itself() -> None:
    assert in_condition(CLEAN).xyz.tobytes() == box().xyz.tobytes()
    assert size_of(as_scanned(box(), "unit", CLEAN, "box-1", 0)) == pytest.approx(USUAL_SIZE)


@pytest.mark.parametrize(("name", "sizes"), [("a stray at 1.5 sizes", 1.5), ("a stray at 4 sizes", 4)])
def test_a_stray_is_so_many_sizes_away(name: str, sizes: float) -> None:
    scan = in_condition(name)
    assert len(scan) == PACKED + 1
    np.testing.assert_array_equal(scan.xyz[:-1], box().xyz)
    middle = (box().xyz.min(axis=0) + box().xyz.max(axis=0)) / 2
    assert np.linalg.norm(scan.xyz[-1] - middle) == pytest.approx(sizes * size_of(box()), rel=1e-4)


def test_strays_are_one_to_twenty() -> None:
    counts = {len(in_condition("1 to 20 strays", seed)) - PACKED for seed in range(60)}
    assert min(counts) >= 1 and max(counts) <= 20 and len(counts) > 10


@pytest.mark.parametrize(("name", "degrees"), [("tilted by 20", 20), ("tilted by 45", 45), ("lying", 90)])
def test_a_camera_that_is_tilted_turns_the_object(name: str, degrees: float) -> None:
    before, after = (each.xyz - each.xyz.mean(axis=0, dtype=np.float64) for each in (box(), in_condition(name)))
    turn = np.linalg.lstsq(before, after, rcond=None)[0]
    assert np.linalg.det(turn) == pytest.approx(1, abs=1e-3)
    assert turn[1, 1] == pytest.approx(np.cos(np.radians(degrees)), abs=1e-3)


@pytest.mark.parametrize("name", ["tilted by 30, up given", "on a tilted table, auto"])
def test_a_camera_that_knows_its_tilt_or_sees_the_table_stands_the_object_up(name: str) -> None:
    scan = in_condition(name)
    points = prepare(scan, PrepareSpec(mode="cg3d-2"))
    assert scan.up not in UP_AXES and vector(scan.up)[1] == pytest.approx(np.cos(np.radians(30)), abs=1e-3)
    lowest = points[points[:, 1] < points[:, 1].min() + 0.03]
    assert len(lowest) > 100  # the bottom of the box, or the table, is level


@pytest.mark.parametrize("count", [512, 256, 128])
def test_few_points_are_some_of_the_clouds(count: int) -> None:
    few = {row.tobytes() for row in in_condition(f"{count} points").xyz}
    assert len(few) == count
    assert few <= {row.tobytes() for row in box().xyz}


@pytest.mark.parametrize(("name", "share"), [("noise of 1%", 0.01), ("noise of 3%", 0.03)])
def test_noise_is_a_share_of_the_longest_side(name: str, share: float) -> None:
    noise = in_condition(name).xyz - box().xyz
    np.testing.assert_allclose(noise.std(axis=0), share * SIDES.max(), rtol=0.05)


def test_a_single_view_shows_one_side() -> None:
    """Of a box from above, never the bottom."""
    view = in_condition(SINGLE_VIEW)
    assert 0.2 * PACKED < len(view) < 0.7 * PACKED
    low = box().xyz.min(axis=0)
    seen, whole = ((each.xyz - low) / SIDES for each in (view, box()))
    of_seen, of_whole = ((np.abs(place - (0.5, 0, 0.5)) < (0.3, 0.02, 0.3)).all(axis=1) for place in (seen, whole))
    assert of_whole.sum() > 200 and of_seen.sum() == 0


def test_noise_on_a_single_view_is_of_the_whole_object() -> None:
    view, noisy = in_condition(SINGLE_VIEW), in_condition("single view, noise of 2%")
    assert len(view) == len(noisy)  # the same side, the same points
    np.testing.assert_allclose((noisy.xyz - view.xyz).std(axis=0), 0.02 * SIDES.max(), rtol=0.1)


def test_a_patch_of_table_is_as_dense_as_the_object_and_lies_under_it() -> None:
    scan = in_condition("on a table")
    table = scan.xyz[PACKED:]
    footprint = SIDES[[0, 2]]
    np.testing.assert_allclose(np.ptp(table[:, [0, 2]], axis=0), 1.6 * footprint, rtol=0.02)
    assert np.abs(table[:, 1] - box().xyz[:, 1].min()).max() < 0.02 * SIDES.max()
    area = 2 * (SIDES[0] * SIDES[1] + SIDES[0] * SIDES[2] + SIDES[1] * SIDES[2])
    assert len(table) / (1.6**2 * footprint.prod()) == pytest.approx(PACKED / area, rel=0.25)
    assert density(box().xyz, np.random.default_rng(0)) == pytest.approx(PACKED / area, rel=0.25)
    assert scan.rgb is not None and len(scan.rgb) == len(scan)


def test_rows_without_a_return_are_a_fifth_and_no_measurement() -> None:
    scan = in_condition("rows of 0 0 0")
    lost = np.isnan(scan.xyz).any(axis=1)
    assert lost.mean() == pytest.approx(0.2, abs=1e-3)
    assert any("0 0 0" in note for note in scan.notes)
    middle = (scan.xyz[~lost].min(axis=0) + scan.xyz[~lost].max(axis=0)) / 2
    assert np.linalg.norm(middle) == pytest.approx(DISTANCE, abs=1e-3)
    own = np.sort(scan.xyz[~lost] - scan.xyz[~lost].mean(axis=0), axis=0)
    np.testing.assert_allclose(own, np.sort(box().xyz - box().xyz.mean(axis=0), axis=0), atol=1e-5)


def test_every_baseline_is_a_condition_without_one_of_its_own() -> None:
    assert {name for name, each in CONDITIONS.items() if each.baseline != CLEAN} == {"single view, noise of 2%"}
    assert all(CONDITIONS[each.baseline].baseline == CLEAN for each in CONDITIONS.values())
