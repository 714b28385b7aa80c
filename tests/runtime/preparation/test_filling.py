"""Places between points: against a reference in plain loops, what holds of every result, and clouds without room."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d_runtime.preparation.filling import _middles, filled


def squared(a: np.ndarray, b: np.ndarray) -> np.float32:
    x, y, z = (a[:3] - b[:3]) ** 2
    return x + y + z


def slow_middles(points: np.ndarray) -> list[np.ndarray]:
    places: dict[tuple[float, ...], tuple[float, ...]] = {}
    for i, point in enumerate(points):
        others = sorted((squared(point, other), j) for j, other in enumerate(points) if j != i)
        for _, j in others[:6]:
            middle = tuple(map(float, (point + points[j]) * np.float32(0.5)))
            places[middle[:3]] = min(middle, places.get(middle[:3], middle))
    return [np.float32(places[key]) for key in sorted(places)]


def slow_filled(points: np.ndarray, count: int) -> np.ndarray:
    """One point, one candidate and one distance at a time."""
    result = list(points)
    while len(result) < count:
        left = [(middle, min(squared(middle, point) for point in result)) for middle in slow_middles(np.array(result))]
        left = [(middle, gap) for middle, gap in left if gap > 0]
        if not left:
            return np.array([result[i % len(result)] for i in range(count)])
        while left and len(result) < count:
            place = max(range(len(left)), key=lambda i: (left[i][1], -i))
            chosen, _ = left.pop(place)
            result.append(chosen)
            left = [(middle, min(gap, squared(middle, chosen))) for middle, gap in left]
    return np.array(result)


def cloud(kind: str, count: int, seed: int) -> np.ndarray:
    """(n, 3 or 6) distinct places, n <= count, none below 0."""
    rng = np.random.default_rng(seed)
    xyz = {
        "volume": lambda: rng.random((count, 3)),
        "lattice": lambda: rng.integers(0, 4, (count, 3)) / 4,  # nearly all distances are equal to others
        "line": lambda: np.outer(rng.random(count), [1.0, 0.1, 0.05]),
        "flat": lambda: rng.random((count, 3)) * [1, 1, 0],
        "clumps": lambda: rng.integers(0, 2, (count, 3)) + rng.random((count, 3)) / 1000,
        "coarse": lambda: (
            1 + rng.integers(0, 5, (count, 3)) * 2.0**-23
        ),  # all places of float32: middles are rounded to others
        "tiny": lambda: rng.integers(0, 31, (count, 3)) * 1e-23,  # whose squares float32 rounds to little or nothing
    }[kind]()
    xyz = np.unique(xyz.astype(np.float32), axis=0)
    rng.shuffle(xyz)
    return xyz if seed % 2 else np.hstack([xyz, rng.integers(0, 3, xyz.shape).astype(np.float32) / 2])


KINDS = ["volume", "lattice", "line", "flat", "clumps", "coarse", "tiny"]


@settings(max_examples=40)
@given(kind=st.sampled_from(KINDS), count=st.integers(3, 24), seed=st.integers(0, 2**32 - 1), more=st.integers(1, 40))
def test_matches_the_reference(kind: str, count: int, seed: int, more: int) -> None:
    points = cloud(kind, count, seed)
    if len(points) < 2:
        return
    expected = slow_filled(points, len(points) + more)
    np.testing.assert_array_equal(filled(points, len(points) + more), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_larger_clouds_match_the_reference(kind: str) -> None:
    points = cloud(kind, 90, 1)
    np.testing.assert_array_equal(filled(points, len(points) + 60), slow_filled(points, len(points) + 60))


@settings(max_examples=60)
@given(kind=st.sampled_from(KINDS), count=st.integers(3, 200), seed=st.integers(0, 2**32 - 1))
def test_places_know_the_nearest_of_all_points(kind: str, count: int, seed: int) -> None:
    """Also where equal distances or roundings hide it from the neighbours of the two that a place lies between."""
    points = cloud(kind, count, seed)
    if len(points) < 2:
        return
    middles, nearest = _middles(points)
    x, y, z = (middles[:, None, axis] - points[:, axis] for axis in range(3))
    np.testing.assert_array_equal(nearest, (x * x + y * y + z * z).min(axis=1))


@settings(max_examples=40)
@given(kind=st.sampled_from(["volume", "lattice", "flat"]), count=st.integers(16, 300), seed=st.integers(0, 2**32 - 1))
def test_begins_with_the_points_and_adds_middles_that_are_new(kind: str, count: int, seed: int) -> None:
    points = cloud(kind, count, seed)
    points = points[np.unique(np.round(points[:, :3] * 1024), axis=0, return_index=True)[1]]
    points[:, :3] = np.round(points[:, :3] * 1024) / 1024  # so that float32 rounds no middle
    result = filled(points, 512)
    assert result.shape == (512, points.shape[1]) and result.dtype == np.float32 and result.flags.c_contiguous
    np.testing.assert_array_equal(result[: len(points)], points)
    assert len(np.unique(result[:, :3], axis=0)) == 512
    places = {place.tobytes() for place in result}
    for row in result[len(points) :]:
        opposite = row * 2 - result  # where the other end of a pair would be, for each first end
        assert any(end.tobytes() in places for end in opposite if (end != row).any())


def test_the_emptiest_place_comes_first() -> None:
    """Two pairs: the middle of the wide one is farther from all points than any other."""
    points = np.float32([[0, 0, 0], [1, 0, 0], [0, 5, 0], [3, 5, 0]])
    assert filled(points, 5)[-1].tolist() in ([1.5, 2.5, 0], [0, 2.5, 0], [0.5, 2.5, 0], [2, 2.5, 0])
    assert filled(points[:2], 3)[-1].tolist() == [0.5, 0, 0]
    assert filled(points[:2], 5)[3:].tolist() == [[0.25, 0, 0], [0.75, 0, 0]]


def test_features_are_those_between() -> None:
    points = np.float32([[0, 0, 0, 0.2, 0, 1], [1, 0, 0, 0.4, 1, 1]])
    assert filled(points, 3)[2].tolist() == pytest.approx([0.5, 0, 0, 0.3, 0.5, 1])


@pytest.mark.parametrize("count", [3, 100, 1024, 8192])
def test_two_places_are_enough(count: int) -> None:
    result = filled(np.float32([[0, 0, 0], [1, 0.5, 0.25]]), count)
    assert len(result) == count == len(np.unique(result, axis=0))
    np.testing.assert_array_equal(result[:, 1], result[:, 0] / 2)


def test_where_no_place_is_left_the_points_repeat() -> None:
    """Neighbours in float32: every middle is rounded to one of them."""
    one = np.float32(1)
    points = np.array([[one] * 3, [np.nextafter(one, np.float32(2)), one, one]])
    np.testing.assert_array_equal(filled(points, 7), points[np.arange(7) % 2])


def test_places_run_out_in_the_middle() -> None:
    """Room for three places between two points, and for no more."""
    ulp = np.spacing(np.float32(1))
    points = np.float32([[1, 0, 0], [1 + 4 * ulp, 0, 0]])
    result = filled(points, 12)
    assert sorted(set(result[:, 0].tolist())) == [1 + i * float(ulp) for i in range(5)]
    np.testing.assert_array_equal(result[5:10], result[:5])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_cloud_ends(kind: str) -> None:
    for count in (2, 17, 700):
        points = cloud(kind, count, 3)
        result = filled(points, 1024)
        assert len(result) == 1024 and np.isfinite(result).all()
        np.testing.assert_array_equal(result[: len(points)], points)
