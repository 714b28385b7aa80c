"""Exact search: every row that counts is multiplied with every query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d_runtime.library.candidates import Candidates
from cg3d_runtime.library.opened import OpenedSegment

_BLOCK = 8192  # rows: 16 MB as float32
_FEW = 0.25  # share of a segment's rows up to which they are picked one by one


def search_segment(
    segment: OpenedSegment, base: int, mask: np.ndarray | None, queries: np.ndarray, found: Sequence[Candidates]
) -> None:
    """Take what counts in a segment into the candidates of each query.

    Args:
        base: number of its first row in the library.
        mask: (embedded,) bool, the rows that count; None: all.
        queries: (Q, D) float32.
    """
    rows = None if mask is None else np.flatnonzero(mask)
    if rows is not None and len(rows) <= _FEW * len(segment.vectors):
        for start in range(0, len(rows), _BLOCK):
            picked = rows[start : start + _BLOCK]
            _take_in(segment.vectors[picked], base + picked, queries, found)
        return
    for start in range(0, len(segment.vectors), _BLOCK):
        block = segment.vectors[start : start + _BLOCK]
        numbers = np.arange(start, start + len(block))
        if mask is not None:
            counting = mask[start : start + _BLOCK]
            block, numbers = block[counting], numbers[counting]
        _take_in(block, base + numbers, queries, found)


def _take_in(block: np.ndarray, rows: np.ndarray, queries: np.ndarray, found: Sequence[Candidates]) -> None:
    products = queries @ block.astype(np.float32).T  # (Q, m)
    for candidates, of_query in zip(found, products, strict=True):
        candidates.take_in(rows, of_query)
