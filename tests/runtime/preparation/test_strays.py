"""Which points are strays: against an obvious reference, on thin things, on sparse scans, and with points planted far away."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d_runtime.preparation.prepare import PrepareSpec, prepare_in_detail
from cg3d_runtime.preparation.strays import _interleaved, belongs
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.cloud import PointCloud

SPEC = PrepareSpec(up="z", mode="cg3d-2")
EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "scans"


def slow_belongs(points: np.ndarray) -> list[bool]:
    """A dictionary of cells, and 27 looks around each point."""
    finest = [tuple(int(part * 2**20) for part in point) for point in points.tolist()]
    for shift in range(21):
        cells = [tuple(part >> shift for part in cell) for cell in finest]
        counts = Counter(cells)
        if 4 * len(counts) <= len(points):
            break
    steps = list(product((-1, 0, 1), repeat=3))
    company = [sum(counts[x + dx, y + dy, z + dz] for dx, dy, dz in steps) >= 3 for x, y, z in cells]
    return company if any(company) else [True] * len(points)


def unit(xyz: np.ndarray) -> np.ndarray:
    xyz = xyz - xyz.min(axis=0)
    return (xyz / (xyz.max() * 1.001)).astype(np.float32)


def shape(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 3) points spread over a surface by area, one size large."""
    turn = rng.uniform(0, 2 * np.pi, count)
    along = rng.random((count, 2))
    if kind == "wire loop":
        return np.column_stack([np.cos(turn), np.sin(turn), along[:, 0] * 0]) / 2 + rng.normal(0, 0.002, (count, 3))
    if kind == "ball":
        towards = rng.normal(size=(count, 3))
        return towards / np.linalg.norm(towards, axis=1, keepdims=True) / 2
    if kind == "sheet":
        return np.column_stack([along, np.zeros(count)])
    part = rng.random(count)
    if kind == "chair":  # a seat and four legs of 2 % of its width
        corner = rng.integers(0, 2, (count, 2)) * 0.95
        leg = np.column_stack([corner + 0.02 * along, 0.5 * rng.random(count)])
        return np.where(part[:, None] < 0.8, np.column_stack([along, np.full(count, 0.5)]), leg)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])  # a lamp: a foot, a pole, a shade
    pole = np.column_stack([ring * 0.008, along[:, 0]])
    disc = np.column_stack([ring * np.sqrt(along[:, :1]) * 0.15, np.zeros(count)])
    shade = np.column_stack([ring * 0.15, 0.8 + 0.2 * along[:, 0]])
    return np.where(part[:, None] < 0.2, pole, np.where(part[:, None] < 0.4, disc, shade))


THIN = ["wire loop", "chair", "lamp"]
SHAPES = [*THIN, "ball", "sheet"]


def far(count: int, sizes: float, rng: np.random.Generator) -> np.ndarray:
    """(count, 3) places that many sizes from the middle of a shape."""
    towards = rng.normal(size=(count, 3))
    return towards / np.linalg.norm(towards, axis=1, keepdims=True) * sizes + [0.0, 0.0, 0.5]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 200),
    strays=st.integers(0, 8),
    kind=st.sampled_from([*SHAPES, "lattice", "speck", "one place"]),
)
def test_matches_the_reference(seed: int, count: int, strays: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    if kind == "lattice":
        xyz = rng.integers(0, 6, (count, 3)) / 6
    elif kind == "speck":  # in a box so much larger that cells have to be as small as float32 places points
        xyz = rng.random((count, 3)) * 10 ** rng.uniform(-5.5, -1)
    else:
        xyz = np.full((count, 3), 0.25) if kind == "one place" else shape(kind, count, rng)
    points = unit(np.concatenate([xyz, far(strays, rng.uniform(0.6, 10), rng), [[1.0, 1.0, 1.0]]]))
    assert belongs(points).tolist() == slow_belongs(points)


def test_bits_are_interleaved_one_by_one() -> None:
    cells = np.random.default_rng(0).integers(0, 2**20, (3, 200))
    expected = [
        sum((int(x) >> bit & 1) << 3 * bit + axis for axis, x in enumerate(cell) for bit in range(20))
        for cell in cells.T
    ]
    assert _interleaved(cells).tolist() == expected


@pytest.mark.parametrize("step", list(product((-1, 0, 1), repeat=3)))
def test_every_neighbour_of_a_cell_is_company(step: tuple[int, int, int]) -> None:
    """A lone point beside a crowd belongs, in whichever of the 26 directions it lies; two cells away it does not."""
    rng = np.random.default_rng(0)
    crowds = [
        np.array(corner) * 15 + rng.random((40, 3)) for corner in product((0, 1), repeat=3)
    ]  # fill the box's corners
    middle = np.array([4.0, 4.0, 4.0]) + 0.5 + rng.normal(0, 0.01, (2, 3))
    for times, expected in ((1, True), (2, step == (0, 0, 0))):
        lone = np.array([[4.5, 4.5, 4.5]]) + np.array(step) * times
        points = (np.concatenate([*crowds, middle, lone]) / 16).astype(np.float32)
        assert len(points) >= 4 * 10  # so that a cell is a sixteenth of the box or less
        found = belongs(points)
        assert found[:-3].all() and bool(found[-1]) == slow_belongs(points)[-1]
        if times == 2:
            assert bool(found[-1]) == expected


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 400))
def test_any_order_gives_the_same(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = unit(np.concatenate([shape("lamp", count, rng), far(3, 2.0, rng)]))
    order = rng.permutation(len(points))
    np.testing.assert_array_equal(belongs(points[order]), belongs(points)[order])


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("count", [128, 300, 2_000, 8_000])
def test_thin_parts_and_sparse_scans_stay(kind: str, count: int) -> None:
    """Of twenty scans at most three points in all; most lose none."""
    rng = np.random.default_rng(count)
    lost = [np.count_nonzero(~belongs(unit(shape(kind, count, rng)))) for _ in range(20)]
    assert sum(lost) <= 3 and np.median(lost) == 0


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("count", [512, 4_000, 8_000])
@pytest.mark.parametrize(("strays", "sizes"), [(1, 1.5), (1, 2.0), (1, 10.0), (5, 2.0), (5, 4.0), (5, 10.0)])
def test_strays_go(kind: str, count: int, sizes: float, strays: int) -> None:
    rng = np.random.default_rng(count)
    own = shape(kind, count, rng)
    found = belongs(unit(np.concatenate([own, far(strays, sizes, rng)])))
    assert not found[count:].any() and found[:count].mean() > 0.995


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("sizes", [2.0, 4.0, 10.0])
def test_a_stray_of_a_scan_of_128_points_goes(kind: str, sizes: float) -> None:
    rng = np.random.default_rng(128)
    found = belongs(unit(np.concatenate([shape(kind, 128, rng), far(1, sizes, rng)])))
    assert not found[128:].any() and found[:128].all()


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("count", [512, 8_000])
def test_pairs_of_strays_go_and_three_together_stay(kind: str, count: int) -> None:
    """Three may be the end of a wire."""
    rng = np.random.default_rng(count)
    own, place = shape(kind, count, rng), far(1, 3.0, rng)
    beside = place + rng.normal(0, 0.002, (2, 3))
    pair = belongs(unit(np.concatenate([own, place, beside[:1]])))
    three = belongs(unit(np.concatenate([own, place, beside])))
    assert not pair[count:].any() and three[count:].all()


def test_where_all_lie_alone_all_stay() -> None:
    apart = np.float32([[0, 0, 0], [0.9, 0, 0]])
    assert belongs(apart).all() and belongs(apart[:1]).all()


def lattice_cloud(seed: int, count: int) -> np.ndarray:
    """Coordinates that no shift by a stray rounds."""
    rng = np.random.default_rng(seed)
    return np.unique(np.round(shape("chair", count, rng) * 512) / 512, axis=0).astype(np.float32)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("count", [100, 500])
def test_strays_change_no_bit_of_a_scan_that_is_read_whole(seed: int, count: int) -> None:
    own = lattice_cloud(seed, count)
    strays = np.round(far(3, 4.0, np.random.default_rng(seed)) * 4).astype(np.float32) / 4
    clean, dirty = (prepare_in_detail(PointCloud(xyz), SPEC) for xyz in (own, np.concatenate([strays, own])))
    assert (clean.strays, dirty.strays, dirty.measured) == (0, 3, len(own) + 3)
    assert len(dirty.kept) == len(own)
    np.testing.assert_array_equal(dirty.points.view(np.uint32), clean.points.view(np.uint32))


@pytest.mark.parametrize("seed", range(5))
def test_strays_change_a_sampled_scan_by_roundings_only(seed: int) -> None:
    own = lattice_cloud(seed, 6_000)
    strays = np.round(far(5, 4.0, np.random.default_rng(seed)) * 4).astype(np.float32) / 4
    clean, dirty = (prepare_in_detail(PointCloud(xyz), SPEC) for xyz in (own, np.concatenate([strays, own])))
    assert (clean.strays, dirty.strays) == (0, 5)
    np.testing.assert_allclose(dirty.points, clean.points, atol=1e-6)


def test_of_the_examples_a_few_flying_pixels_go() -> None:
    for path in sorted(EXAMPLES.glob("*.ply")):
        cloud = read_scan(path)
        found = prepare_in_detail(cloud, SPEC)
        assert found.strays < 0.02 * (len(found.kept) + found.strays) and found.measured == len(cloud), path.name
