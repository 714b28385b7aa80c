"""Rows of libraries under test, made from numbers, and a slow search to hold the fast one against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d_runtime.library import Rows, Space

DIM = 16
SPACE = Space("tiny", "a" * 64, DIM)
OTHER_SPACE = Space("other", "b" * 64, DIM)


def vectors_of(numbers: Sequence[int]) -> np.ndarray:
    """(n, DIM) float16 unit rows; the same number gives the same row."""
    rows = np.stack([np.random.default_rng(number).standard_normal(DIM) for number in numbers])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def rows_of(numbers: Sequence[int], **columns: Sequence[object]) -> Rows:
    """Rows whose ids are row-0007 for 7."""
    given = {"label": [f"kind {number % 5}" for number in numbers], "size": [number / 100 for number in numbers]}
    return Rows.of_arrays(vectors_of(numbers), [f"row-{number:04d}" for number in numbers], {**given, **columns})  # type: ignore[arg-type]


def slow_search(rows: dict[str, np.ndarray], query: np.ndarray, top: int) -> list[str]:
    """Ids by product in float64, of equal ones the lesser id first."""
    unit = query.astype(np.float32) / np.linalg.norm(query.astype(np.float32))
    products = {name: float((row.astype(np.float64) * unit.astype(np.float64)).sum()) for name, row in rows.items()}
    return sorted(rows, key=lambda name: (-products[name], name))[:top]
