"""Farthest point sampling against an obvious reference, and its prefix property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.sampling import farthest_point_sample


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


@pytest.mark.parametrize("start", [0, 7, 59])
def test_matches_the_reference(start: int) -> None:
    xyz = np.random.default_rng(start).normal(size=(60, 3)).astype(np.float32)
    assert farthest_point_sample(xyz, 40, start).tolist() == slow_sample(xyz, 40, start)


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
