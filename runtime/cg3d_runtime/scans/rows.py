"""What holds of rows of points, asked column by column: numpy's reductions along three numbers take eight times as long."""

from __future__ import annotations

import numpy as np


def finite_rows(points: np.ndarray) -> np.ndarray:
    """(N,) bool: which rows of (N, C) hold finite numbers alone."""
    finite: np.ndarray = np.logical_and.reduce([np.isfinite(column) for column in points.T])
    return finite


def bounds(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest of each column of (N, C), N at least 1, both (C,)."""
    return np.stack([column.min() for column in points.T]), np.stack([column.max() for column in points.T])
