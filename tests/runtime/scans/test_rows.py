"""Rows of points asked column by column say what numpy's reductions say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cg3d_runtime.scans.rows import bounds, finite_rows

TABLES = st.tuples(st.integers(1, 20), st.integers(1, 6)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(width=32, allow_nan=True, allow_infinity=True))
)


@given(TABLES)
def test_finite_rows(points: np.ndarray) -> None:
    assert (finite_rows(points) == np.isfinite(points).all(axis=1)).all()


@given(TABLES)
def test_bounds(points: np.ndarray) -> None:
    low, high = bounds(points)
    np.testing.assert_array_equal(low, points.min(axis=0))
    np.testing.assert_array_equal(high, points.max(axis=0))


@pytest.mark.parametrize("order", ["C", "F"])
def test_no_rows_are_all_finite(order: str) -> None:
    assert finite_rows(np.empty((0, 3), order=order)).shape == (0,)
