"""The rules of preparation: parity with a slow reference, independence of order, frames, and what is refused."""

from __future__ import annotations

import csv
import zlib
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import BundleError, ScanError
from cg3d_runtime.preparation.prepare import MODES, PrepareSpec, prepare, prepare_in_detail
from cg3d_runtime.preparation.sampling import farthest_point_sample
from cg3d_runtime.preparation.turning import rotation
from cg3d_runtime.preparation.voxel_grid import thin
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.cloud import PointCloud

SMALL = PrepareSpec(points=64, up="z")
COLOURED = PrepareSpec(points=64, channels=6, up="z")
OFFICIAL = PrepareSpec(points=64, up="z", mode="cg3d-official")
SECOND = PrepareSpec(points=64, up="z", mode="cg3d-2")
COLOURED_SECOND = PrepareSpec(points=64, channels=6, up="z", mode="cg3d-2")


def random_cloud(seed: int, count: int = 300, coloured: bool = False) -> PointCloud:
    rng = np.random.default_rng(seed)
    xyz = (rng.normal(size=(count, 3)) * [1.0, 0.5, 0.2]).astype(np.float32)
    return PointCloud(xyz, rng.random((count, 3)).astype(np.float32) if coloured else None)


def slow_prepare(cloud: PointCloud, count: int) -> np.ndarray:
    """Rules 1 and 3 to 5 for a cloud with up z that needs no thinning, one point at a time."""
    points = sorted({tuple(map(float, point)) for point in cloud.xyz if all(np.isfinite(point))})
    centroid = np.mean(points, axis=0)
    picks = [max(range(len(points)), key=lambda i: (np.linalg.norm(points[i] - centroid), -i))]
    while len(picks) < min(count, len(points)):
        gaps = [min(np.linalg.norm(np.subtract(point, points[pick])) for pick in picks) for point in points]
        picks.append(int(np.argmax(gaps)))
    sampled = np.array([points[picks[i % len(picks)]] for i in range(count)])
    centred = sampled - sampled.mean(axis=0)
    return centred / max(np.linalg.norm(point) for point in centred)


@pytest.mark.parametrize("count", [20, 64, 200])
def test_matches_the_reference(count: int) -> None:
    cloud = random_cloud(count, count)
    np.testing.assert_allclose(prepare(cloud, SMALL), slow_prepare(cloud, 64), atol=1e-6)


def test_the_bits_of_this_mode_are_kept() -> None:
    """A bundle that was exported must be answered as it was verified, by every later runtime."""
    rng = np.random.default_rng(0)
    rows = rng.integers(-1000, 1001, size=(9_000, 6)).astype(np.float32) / 1024
    cloud = PointCloud(rows[:, :3], (rows[:, 3:] + 1) / 2)
    digests = [zlib.crc32(prepare(c, COLOURED).tobytes()) for c in (cloud, PointCloud(cloud.xyz))]
    assert digests == [0x09AA9633, 0xB3900C78]


def test_the_bits_of_the_second_mode_are_kept() -> None:
    """Dense, whole and sparse; with strays; with and without colour; up as an axis and as a vector."""
    rng = np.random.default_rng(0)
    rows = rng.integers(-1000, 1001, size=(9_000, 6)).astype(np.float32) / 1024
    rows[:3, :3] *= 16
    clouds = [PointCloud(rows[:count, :3], (rows[:count, 3:] + 1) / 2) for count in (9_000, 2_000, 40)]
    clouds += [PointCloud(rows[:, :3]), PointCloud(rows[:500, :3], up=(0.36, 0.48, 0.8))]
    digests = [zlib.crc32(prepare(c, COLOURED_SECOND).tobytes()) for c in clouds]
    assert digests == [0x013870B7, 0xB7ED8E72, 0x90297F1F, 0x86C00CCA, 0x920E3759]


def slow_second(cloud: PointCloud, count: int) -> np.ndarray:
    """Mode cg3d-2 for a cloud with up z that needs no thinning and holds no stray: the picks of mode cg3d, and means."""
    points = np.array(sorted({tuple(map(float, point)) for point in cloud.xyz}))
    picks = [int(np.argmax(np.linalg.norm(points - points.mean(axis=0), axis=1)))]
    while len(picks) < count:
        gaps = np.min([np.linalg.norm(points - points[pick], axis=1) for pick in picks], axis=0)
        picks.append(int(np.argmax(gaps)))
    owners = np.argmin([np.linalg.norm(points - points[pick], axis=1) for pick in picks], axis=0)
    means = np.array([points[owners == place].mean(axis=0) for place in range(count)])
    centred = means - means.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=1).max()


@pytest.mark.parametrize("count", [64, 200, 2_000])
def test_the_second_mode_lets_each_pick_speak_for_the_points_nearest_to_it(count: int) -> None:
    cloud = ball(count, count)
    np.testing.assert_allclose(prepare(cloud, SECOND), slow_second(cloud, 64), atol=1e-6)


def ball(seed: int, count: int, coloured: bool = False) -> PointCloud:
    """A surface, of which no point lies alone."""
    rng = np.random.default_rng(seed)
    xyz = rng.normal(size=(count, 3))
    xyz /= np.linalg.norm(xyz, axis=1, keepdims=True)
    return PointCloud(xyz.astype(np.float32), rng.random((count, 3)).astype(np.float32) if coloured else None)


def test_means_are_less_noisy_than_picks() -> None:
    """Farthest points are those that noise has carried farthest."""
    rng, clean = np.random.default_rng(0), ball(0, 8_000)
    noisy = PointCloud(clean.xyz * (1 + rng.normal(0, 0.03, (len(clean), 1))))
    spread = [
        np.std(np.linalg.norm(prepare(noisy, PrepareSpec(256, up="z", mode=mode)), axis=1))
        for mode in ("cg3d", "cg3d-2")
    ]
    assert spread[1] < 0.6 * spread[0]


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(16, 400),
    lattice=st.booleans(),
    up=st.sampled_from(["z", (1, 2, 3)]),
)
def test_any_order_gives_the_same_bits_in_the_second_mode(
    seed: int, count: int, lattice: bool, up: str | tuple[float, float, float]
) -> None:
    """Copies too, and strays, where those are the same points in another order."""
    rng = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(*[[-1.0, -0.0, 1.0]] * 3), axis=-1).reshape(-1, 3)
    xyz = np.concatenate([corners, rng.integers(-3, 4, (count, 3)) if lattice else rng.normal(size=(count, 3))])
    xyz = np.concatenate([xyz, rng.normal(size=(3, 3)) * 20])
    xyz[:, 2] += 10  # at the origin itself copies are no measurement
    rows = np.concatenate([xyz, rng.integers(0, 3, xyz.shape) / 2], axis=1, dtype=np.float32, casting="unsafe")
    rows = np.concatenate([rows, rows[rng.integers(0, len(rows), 20)]])
    shuffled = rng.permutation(rows)
    shuffled[shuffled == 0] *= rng.choice([-1.0, 1.0])
    expected = prepare(PointCloud(rows[:, :3], rows[:, 3:], up), COLOURED_SECOND)
    found = prepare(PointCloud(shuffled[:, :3], shuffled[:, 3:], up), COLOURED_SECOND)
    np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_any_order_gives_the_same_bits_with_thinning_in_the_second_mode(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.random((12_000, 6)).astype(np.float32).round(int(rng.integers(1, 5)))
    shuffled = rng.permutation(rows)
    expected = prepare(PointCloud(rows[:, :3], rows[:, 3:]), COLOURED_SECOND)
    np.testing.assert_array_equal(prepare(PointCloud(shuffled[:, :3], shuffled[:, 3:]), COLOURED_SECOND), expected)


def test_the_detail_counts_what_became_of_the_points() -> None:
    cloud = ball(1, 500)
    strays = np.float32([[9, 0, 0], [0, -20, 0], [0, -20, 0.01]])
    xyz = np.concatenate([cloud.xyz, strays, np.full((7, 3), np.nan, np.float32), cloud.xyz[:5]])
    detail = prepare_in_detail(PointCloud(xyz), SECOND)
    assert (detail.measured, detail.strays, len(detail.kept)) == (508, 3, 500)
    assert detail.kept.min() >= 0 and detail.kept.max() < 1 and len(np.unique(detail.kept, axis=0)) == 500
    np.testing.assert_array_equal(detail.points, prepare(PointCloud(xyz), SECOND))
    kept_in_older_modes = prepare_in_detail(PointCloud(xyz), SMALL)
    assert (kept_in_older_modes.measured, kept_in_older_modes.strays, len(kept_in_older_modes.kept)) == (508, 0, 503)


def test_sparse_scans_are_filled_with_places_between_and_repeat_nothing() -> None:
    points = prepare(ball(2, 100), PrepareSpec(points=1024, up="z", mode="cg3d-2"))
    assert len(np.unique(points, axis=0)) == 1024
    np.testing.assert_allclose(np.linalg.norm(points, axis=1).max(), 1.0, atol=1e-6)
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-6)


def test_too_few_points_beside_strays_are_told() -> None:
    xyz = np.concatenate([np.tile(ball(3, 15).xyz / 100, (10, 1)), np.float32([[5, 0, 0], [0, 7, 0], [0, 0, 6]])])
    with pytest.raises(
        ScanError, match=r"^15 distinct finite points and 3 that lie alone left of 153; at least 16 are needed"
    ):
        prepare(PointCloud(xyz), SECOND)


def test_result_is_centred_within_the_unit_ball_and_contiguous() -> None:
    points = prepare(random_cloud(0, 5_000), PrepareSpec())
    assert points.shape == (1024, 3) and points.dtype == np.float32 and points.flags.c_contiguous
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1).max(), 1.0, atol=1e-6)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(16, 300), lattice=st.booleans())
def test_any_order_and_any_copies_give_the_same_bits(seed: int, count: int, lattice: bool) -> None:
    """Lattice points tie in every comparison; copies with another colour must be told apart too."""
    rng = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(*[[-1.0, -0.0, 1.0]] * 3), axis=-1).reshape(-1, 3)
    xyz = np.concatenate([corners, rng.integers(-3, 4, (count, 3)) if lattice else rng.normal(size=(count, 3))])
    xyz[:, 2] += 10  # at the origin itself copies are no measurement
    rows = np.concatenate([xyz, rng.integers(0, 3, xyz.shape) / 2], axis=1, dtype=np.float32, casting="unsafe")
    shuffled = rng.permutation(np.concatenate([rows, rows[rng.integers(0, len(rows), 20)]]))
    shuffled[shuffled == 0] *= rng.choice([-1.0, 1.0])
    expected = prepare(PointCloud(rows[:, :3], rows[:, 3:]), COLOURED)
    np.testing.assert_array_equal(
        prepare(PointCloud(shuffled[:, :3], shuffled[:, 3:]), COLOURED).view(np.uint32), expected.view(np.uint32)
    )


@pytest.mark.parametrize("count", [200, 12_000])
def test_copies_of_strays_are_no_company_in_the_second_mode(count: int) -> None:
    xyz = random_cloud(3, count).xyz
    strays = np.float32([[40, 0, 0], [0, -30, 9], [5, 25, 60]])
    copied = np.random.default_rng(0).permutation(np.concatenate([xyz, np.repeat(strays, 5, axis=0)]))
    once = prepare_in_detail(PointCloud(np.concatenate([xyz, strays])), SECOND)
    often = prepare_in_detail(PointCloud(copied), SECOND)
    assert once.strays == often.strays >= 3
    assert often.points.tobytes() == once.points.tobytes()


@pytest.mark.parametrize("mode", MODES)
def test_a_cloud_of_nothing_measured_is_refused(mode: str) -> None:
    with pytest.raises(ScanError, match="0 distinct finite points left of 20; at least 16 are needed"):
        prepare(PointCloud(np.full((20, 3), np.nan, np.float32)), PrepareSpec(mode=mode))


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_any_order_gives_the_same_bits_with_thinning(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.random((12_000, 6)).astype(np.float32).round(int(rng.integers(1, 5)))
    shuffled = rng.permutation(rows)
    expected = prepare(PointCloud(rows[:, :3], rows[:, 3:]), COLOURED)
    np.testing.assert_array_equal(prepare(PointCloud(shuffled[:, :3], shuffled[:, 3:]), COLOURED), expected)


@pytest.mark.parametrize("count", [16, 100, 512, 3_000])
def test_nested_sampling_of_the_result_is_a_prefix(count: int) -> None:
    """The property that lets PointMLP's anchors be slices, also where points repeat."""
    points = prepare(random_cloud(count, count), PrepareSpec(points=512))
    for anchors in (256, 128, 64):
        assert farthest_point_sample(points, anchors, 0).tolist() == list(range(anchors))


def slow_official(cloud: PointCloud, count: int) -> np.ndarray:
    """CG3D's evaluation, for a cloud that needs no turn and no thinning."""
    points = cloud.xyz[np.isfinite(cloud.xyz).all(axis=1)].astype(np.float64)
    points -= points.mean(axis=0)
    points /= np.linalg.norm(points, axis=1).max()
    picks, nearest = [0], np.full(len(points), 1e10)
    while len(picks) < count:
        gaps = np.linalg.norm(points - points[picks[-1]], axis=1)
        nearest = np.minimum(nearest, gaps)
        allowed = np.linalg.norm(points, axis=1) ** 2 > 1e-3
        picks.append(int(np.where(allowed, nearest, -1.0).argmax()))
    return points[picks]


@pytest.mark.parametrize("count", [20, 200, 8_192])
@pytest.mark.parametrize("core", [0, 150])
def test_official_mode_matches_its_reference(count: int, core: int) -> None:
    """Few and many points, with and without a dense core at the origin, where pointnet2_ops does not sample."""
    xyz = random_cloud(count, count).xyz
    dense = random_cloud(1, core).xyz * np.float32(1e-3) + xyz.mean(axis=0)
    bad = np.full((3, 3), np.nan)
    cloud = PointCloud(np.concatenate([xyz[:10], bad, dense, xyz[10:]], dtype=np.float32)[: 8_192 + 3])
    np.testing.assert_allclose(prepare(cloud, OFFICIAL), slow_official(cloud, 64), atol=1e-6)


def test_official_mode_keeps_the_order_and_the_copies_of_the_file() -> None:
    """Its sample starts at the file's first point, and copies weigh in the mean."""
    xyz = random_cloud(12).xyz
    points, backwards = prepare(PointCloud(xyz), OFFICIAL), prepare(PointCloud(xyz[::-1]), OFFICIAL)
    centred = xyz - xyz.mean(axis=0, dtype=np.float64)
    radius = np.linalg.norm(centred, axis=1).max()
    np.testing.assert_allclose(points[0], centred[0] / radius, atol=1e-6)
    np.testing.assert_allclose(backwards[0], centred[-1] / radius, atol=1e-6)
    copied = prepare(PointCloud(np.concatenate([xyz, xyz[:100]])), OFFICIAL)
    assert np.abs(copied[0] - points[0]).max() > 1e-3


def test_official_mode_thins_large_scans_in_the_order_of_the_file() -> None:
    xyz = random_cloud(13, 20_000).xyz
    kept = xyz[np.sort(thin(xyz))]
    np.testing.assert_allclose(prepare(PointCloud(xyz), OFFICIAL), slow_official(PointCloud(kept), 64), atol=1e-5)


def test_official_mode_carries_colours_and_turns() -> None:
    cloud = random_cloud(14, coloured=True)
    turned = PointCloud((cloud.xyz @ rotation("z", "y").T).astype(np.float32), cloud.rgb, "y")
    spec = PrepareSpec(64, 6, "y", "cg3d-official")
    points = prepare(cloud, spec)
    np.testing.assert_array_equal(points, prepare(turned, spec))
    assert points.flags.c_contiguous and points.dtype == np.float32
    assert {tuple(colour) for colour in points[:, 3:]} <= {tuple(colour) for colour in cloud.rgb}


def test_repeats_come_last_and_in_the_same_order() -> None:
    points = prepare(random_cloud(1, 20), SMALL)
    assert len(np.unique(points[:20], axis=0)) == 20
    np.testing.assert_array_equal(points, points[np.arange(64) % 20])


@pytest.mark.parametrize(("up", "model_up"), list(product(UP_AXES, UP_AXES)))
def test_rotation_takes_up_to_up_and_never_mirrors(up: str, model_up: str) -> None:
    def vector(axis: str) -> np.ndarray:
        return (-1 if axis[0] == "-" else 1) * np.eye(3)["xyz".index(axis[-1])]

    turn = rotation(up, model_up)
    np.testing.assert_array_equal(turn @ vector(up), vector(model_up))
    np.testing.assert_array_equal(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1.0)


def test_z_up_becomes_y_up_by_a_quarter_turn_about_x() -> None:
    assert rotation("z", "y") @ [1, 2, 3] == pytest.approx([1, 3, -2])


@pytest.mark.parametrize("up", UP_AXES)
def test_a_cloud_turned_in_its_file_prepares_the_same(up: str) -> None:
    cloud = random_cloud(2, coloured=True)
    turned = (cloud.xyz @ rotation("z", up).T).astype(np.float32)
    points = prepare(cloud, PrepareSpec(points=64, channels=6, up=up))
    np.testing.assert_array_equal(prepare(PointCloud(turned, cloud.rgb, up), PrepareSpec(64, 6, up)), points)


def test_colours_travel_with_their_points() -> None:
    xyz = random_cloud(3, 500).xyz
    rgb = (xyz - xyz.min(axis=0)) / np.ptp(xyz, axis=0).max()
    points = prepare(PointCloud(xyz, rgb), COLOURED)
    scale = np.ptp(points[:, 3:]) / np.ptp(points[:, :3])
    moved = points[:, :3] * scale
    np.testing.assert_allclose(points[:, 3:] - moved, np.broadcast_to((points[:, 3:] - moved)[0], (64, 3)), atol=1e-5)


def test_colour_is_filled_where_missing_and_dropped_where_unused() -> None:
    coloured, plain = random_cloud(4, coloured=True), random_cloud(4, coloured=True)
    plain = PointCloud(plain.xyz)
    assert (prepare(plain, PrepareSpec(64, 6, "z", colour_fill=0.25))[:, 3:] == 0.25).all()
    np.testing.assert_array_equal(prepare(coloured, SMALL), prepare(plain, SMALL))
    np.testing.assert_array_equal(prepare(coloured, COLOURED)[:, :3], prepare(plain, SMALL))


def test_non_finite_rows_are_dropped() -> None:
    cloud = random_cloud(5)
    bad = np.array([[np.nan, 0, 0], [0, np.inf, 0], [0, 0, -np.inf], [np.nan] * 3], dtype=np.float32)
    np.testing.assert_array_equal(prepare(PointCloud(np.concatenate([bad, cloud.xyz])), SMALL), prepare(cloud, SMALL))


@pytest.mark.parametrize("exponent", [-140, -100, -10, 10, 100, 125])
def test_units_do_not_matter(exponent: int) -> None:
    """A power of two scales without rounding, so even the bits agree, from subnormal numbers to the largest."""
    xyz = np.random.default_rng(6).integers(-100, 100, size=(300, 3)).astype(np.float32) / 64
    scaled = np.ldexp(xyz, exponent)
    if (np.ldexp(scaled, -exponent) == xyz).all():
        np.testing.assert_array_equal(prepare(PointCloud(scaled), SMALL), prepare(PointCloud(xyz), SMALL))
    else:
        assert np.isfinite(prepare(PointCloud(scaled), SMALL)).all()


def test_far_from_the_origin() -> None:
    xyz = random_cloud(7).xyz.astype(np.float64).round(1) * 8
    far = (xyz + 2.0**20).astype(np.float32)
    near = (far.astype(np.float64) - 2.0**20).astype(np.float32)
    np.testing.assert_allclose(prepare(PointCloud(far), SMALL), prepare(PointCloud(near), SMALL), atol=1e-6)


def test_millimetres() -> None:
    xyz = random_cloud(8).xyz
    np.testing.assert_allclose(
        prepare(PointCloud(xyz * np.float32(1000)), SMALL), prepare(PointCloud(xyz), SMALL), atol=1e-5
    )


def test_coplanar_points() -> None:
    xyz = random_cloud(9, 20_000).xyz * np.array([1, 1, 0], dtype=np.float32)
    points = prepare(PointCloud(xyz), PrepareSpec(up="z"))
    assert (points[:, 2] == 0).all() and np.linalg.norm(points, axis=1).max() == pytest.approx(1.0)


def test_sixteen_distinct_points_are_enough() -> None:
    xyz = np.repeat(random_cloud(10, 16).xyz, 3, axis=0)
    assert prepare(PointCloud(xyz), PrepareSpec()).shape == (1024, 3)


@pytest.mark.parametrize(
    ("xyz", "left"),
    [
        (np.zeros((0, 3)), "0 distinct finite points left of 0"),
        ([[0, 0, 0], [1, 1, 1]], "2 distinct finite points left of 2"),
        (np.full((640, 3), np.nan), "0 distinct finite points left of 640"),
        (np.ones((20_000, 3)), "1 distinct finite points left of 20000"),
        (np.repeat(np.arange(1.0, 16.0), 4)[:, None] * [1, 2, 3], "15 distinct finite points left of 60"),
    ],
)
def test_refuses_too_few_points(xyz: object, left: str) -> None:
    with pytest.raises(ScanError, match=f"^{left}; at least 16 are needed"):
        prepare(PointCloud(np.array(xyz, dtype=np.float32)), PrepareSpec())


def test_refuses_an_extent_beyond_float32() -> None:
    xyz = random_cloud(11).xyz
    xyz[:2] = [[-3.4e38], [3.4e38]]
    with pytest.raises(ScanError, match="mark missing points as NaN"):
        prepare(PointCloud(xyz), PrepareSpec())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"mode": "ulip"},
            "'ulip' is not known to this runtime, which knows cg3d, cg3d-2, cg3d-official; update cg3d-runtime",
        ),
        ({"points": 15}, "16 to 8192, got 15"),
        ({"points": 8193}, "16 to 8192, got 8193"),
        ({"channels": 4}, "3 .xyz. or 6 .xyz and rgb., got 4"),
        ({"up": "w"}, "x, y, z, -x, -y, -z, got 'w'"),
        ({"colour_fill": 1.5}, "0 to 1, got 1.5"),
    ],
)
def test_refuses_an_unknown_spec(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        PrepareSpec(**wrong)  # type: ignore[arg-type]


def test_shared_scans(shared_data: Path) -> None:
    """Real scans: finite, full, and the same bits in reverse order."""
    with (shared_data / "scans" / "scans.csv").open(newline="") as table:
        files = [shared_data / "scans" / row["file"] for row in csv.DictReader(table)]
    clouds = [read_scan(path, "-y") for path in files if path.suffix in (".ply", ".pcd")]
    assert len(clouds) >= 9
    for cloud in clouds:
        backwards = PointCloud(cloud.xyz[::-1], None if cloud.rgb is None else cloud.rgb[::-1], cloud.up)
        for spec in (PrepareSpec(channels=6), PrepareSpec(channels=6, mode="cg3d-2")):
            points = prepare(cloud, spec)
            assert np.isfinite(points).all() and np.linalg.norm(points[:, :3], axis=1).max() == pytest.approx(1.0)
            np.testing.assert_array_equal(prepare(backwards, spec), points)
