"""Exact search: every row that counts is multiplied with every query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cg3d_runtime.library.candidates import Candidates
from cg3d_runtime.library.halves import Widener
from cg3d_runtime.library.opened import OpenedSegment

_BLOCK = 1024  # rows: 2 MB as float32, which a cache holds
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
    widener = Widener(_BLOCK, segment.record.dim)
    for rows, block in _blocks(segment.vectors, mask):
        products = queries @ widener.widened(block).T  # (Q, m)
        for candidates, of_query in zip(found, products, strict=True):
            candidates.take_in(base + rows, of_query)


def _blocks(vectors: np.ndarray, mask: np.ndarray | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows and their vectors; of few that count, rows from here and there together."""
    if mask is not None and int(mask.sum()) <= _FEW * len(vectors):
        counting = np.flatnonzero(mask)
        for start in range(0, len(counting), _BLOCK):
            rows = counting[start : start + _BLOCK]
            yield rows, vectors[rows]
        return
    for start in range(0, len(vectors), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(vectors)))
        kept = rows if mask is None else rows[mask[rows]]
        yield kept, vectors[start : start + _BLOCK] if mask is None else vectors[kept]
