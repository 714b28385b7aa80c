"""Farthest point sampling against an obvious reference, and its prefix property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.preparation.sampling import farthest_point_sample, pointnet2_sample, slab


def slow_sample(xyz: np.ndarray, count: int, start: int) -> list[int]:
    picks = [start]
    while len(picks) < count:
        farthest, best = -1.0, -1
        for i in range(len(xyz)):
            if i in picks:
                continue
            dx, dy, dz = (xyz[i] - xyz[picks]).T
            nearest = (dx * dx + dy * dy + dz * dz).min()
            if nearest > farthest:
                farthest, best = nearest, i
        picks.append(best)
    return picks


def slow_pointnet2(xyz: np.ndarray, count: int) -> list[int]:
    """What one thread of pointnet2_ops' kernel does."""
    picks, nearest = [0], np.full(len(xyz), 1e10, dtype=np.float32)
    while len(picks) < count:
        best, farthest = 0, np.float32(-1)
        for i, (x, y, z) in enumerate(xyz):
            if x * x + y * y + z * z <= np.float32(1e-3):
                continue
            dx, dy, dz = xyz[i] - xyz[picks[-1]]
            nearest[i] = min(nearest[i], dx * dx + dy * dy + dz * dz)
            if nearest[i] > farthest:
                best, farthest = i, nearest[i]
        picks.append(best)
    return picks


def dense_core(rng: np.random.Generator, inside: int, outside: int) -> np.ndarray:
    """Points in the unit ball, so many of them nearer the origin than 0.032, in any order."""
    core = rng.uniform(-0.018, 0.018, (inside, 3))
    shell = rng.normal(size=(outside, 3))
    shell *= rng.uniform(0.04, 1.0, (outside, 1)) / np.linalg.norm(shell, axis=1, keepdims=True)
    return rng.permutation(np.concatenate([core, shell])).astype(np.float32)


@pytest.mark.parametrize("start", [0, 7, 59])
def test_matches_the_reference(start: int) -> None:
    xyz = np.random.default_rng(start).normal(size=(60, 3)).astype(np.float32)
    assert farthest_point_sample(xyz, 40, start).tolist() == slow_sample(xyz, 40, start)


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 80),
    kind=st.sampled_from(["volume", "lattice", "plane of one x", "along x", "tiny", "large"]),
    is_sorted=st.booleans(),
)
def test_any_cloud_matches_the_reference_sorted_or_not(seed: int, count: int, kind: str, is_sorted: bool) -> None:
    """In rising order of x only a slab around each pick is looked at: the picks, and their owners, are the same."""
    rng = np.random.default_rng(seed)
    xyz = rng.integers(0, 4, (count, 3)).astype(np.float32) if kind == "lattice" else rng.random((count, 3), np.float32)
    xyz[:, 0] = 1 if kind == "plane of one x" else xyz[:, 0]
    xyz[:, 1:] *= np.float32(0.1 if kind == "along x" else 1)
    xyz *= np.float32({"tiny": 1e-22, "large": 1e18}.get(kind, 1))
    xyz = xyz[np.lexsort(xyz.T[::-1])] if is_sorted else xyz
    start, owners = int(rng.integers(count)), np.full(count, -1)
    picks = farthest_point_sample(xyz, int(rng.integers(1, count + 1)), start, owners)
    assert picks.tolist() == slow_sample(xyz, len(picks), start)
    assert owners.tolist() == slow_owners(xyz, picks)


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.floats(-46, 1))
def test_beyond_a_slab_nothing_is_nearer(seed: int, count: int, exponent: float) -> None:
    rng, unit = np.random.default_rng(seed), 10 ** (exponent / 2)
    x = np.sort(rng.random(count).astype(np.float32) * np.float32(2 * unit))
    place, squared = int(rng.integers(count)), np.float32(unit * unit * rng.random())
    begin, end = slab(x.tolist(), place, squared)
    outside = np.concatenate([x[:begin], x[end:]]) - x[place]
    assert begin <= place < end and (outside * outside >= squared).all()


def slow_owners(xyz: np.ndarray, picks: np.ndarray) -> list[int]:
    """The first of the nearest picks; of copies of a pick that are picks themselves, the first too."""
    owners = []
    for point in xyz:
        dx, dy, dz = (point - xyz[picks]).T
        owners.append(int((dx * dx + dy * dy + dz * dz).argmin()))
    return owners


def test_first_maximum_wins_on_a_lattice() -> None:
    xyz = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), axis=-1).reshape(-1, 3).astype(np.float32)
    assert farthest_point_sample(xyz, 64, 5).tolist() == slow_sample(xyz, 64, 5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 50))
def test_prefix_property(seed: int, distinct: int) -> None:
    """Lattice points tie often; copies come last, as `prepare` puts them."""
    rng = np.random.default_rng(seed)
    xyz = np.unique(rng.integers(0, 5, size=(distinct, 3)), axis=0).astype(np.float32)
    order = farthest_point_sample(xyz, len(xyz), int(rng.integers(len(xyz))))
    ordered = xyz[np.resize(order, 64)]
    for count in (1, 16, 32, 64):
        assert farthest_point_sample(ordered, count, 0).tolist() == list(range(count))


def test_picks_every_point_once_even_where_distances_underflow() -> None:
    xyz = np.full((20, 3), 1e-30, dtype=np.float32) * np.arange(20, dtype=np.float32)[:, None]
    assert sorted(farthest_point_sample(xyz, 20, 3)) == list(range(20))


@pytest.mark.parametrize(("count", "start"), [(0, 0), (6, 0), (3, 5), (3, -1)])
def test_refuses_what_does_not_fit(count: int, start: int) -> None:
    with pytest.raises(ValueError, match="do not fit a cloud of 5 points"):
        farthest_point_sample(np.zeros((5, 3), dtype=np.float32), count, start)


@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(1, 60), st.booleans())
def test_pointnet2_matches_the_kernel(seed: int, inside: int, outside: int, copies: bool) -> None:
    rng = np.random.default_rng(seed)
    xyz = dense_core(rng, inside, outside)
    if copies:
        xyz = xyz[rng.integers(0, len(xyz), len(xyz))]
    if ((xyz * xyz).sum(axis=1) > 1e-3).any():
        assert pointnet2_sample(xyz, 80).tolist() == slow_pointnet2(xyz, 80)


def test_pointnet2_never_picks_near_the_origin_but_first() -> None:
    xyz = dense_core(np.random.default_rng(0), 300, 100)
    xyz[0] = 0.001
    far = np.flatnonzero(np.linalg.norm(xyz, axis=1) > 0.0316)
    picks = pointnet2_sample(xyz, 128)
    assert picks[0] == 0
    assert sorted(picks[1 : 1 + len(far)]) == far.tolist()
    assert set(picks[1 + len(far) :]) == {far[0]}


@given(st.integers(0, 2**32 - 1), st.integers(0, 300), st.booleans())
def test_pointnet2_prefix_property(seed: int, inside: int, starts_far: bool) -> None:
    """Nested sampling picks the first points again; the repeats too where they are repeats of the first point."""
    rng = np.random.default_rng(seed)
    xyz = dense_core(rng, inside, 100)
    far = np.linalg.norm(xyz, axis=1) > 0.0316
    first = int(rng.choice(np.flatnonzero(far if starts_far or far.all() else ~far)))
    xyz[[0, first]] = xyz[[first, 0]]
    sampled = xyz[pointnet2_sample(xyz, 128)]
    for count in (16, 64, 100):
        assert pointnet2_sample(sampled, count).tolist() == list(range(count))
    if starts_far:
        np.testing.assert_array_equal(sampled[pointnet2_sample(sampled, 128)], sampled)
