"""The best rows of queries: by the index where there is one, by looking at what it does not cover, and exactly in the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d_runtime.library.candidates import Candidates, row_products
from cg3d_runtime.library.exact import search_segment
from cg3d_runtime.library.index import SECOND_LOOKS, Index
from cg3d_runtime.library.numbered import Masks, NumberedRows

_BLOCK = 64  # queries asked at once

Found = tuple[np.ndarray, np.ndarray]  # (m,) int64 numbers of rows from the best on, and (m,) float64 their cosines


def best_rows(rows: NumberedRows, queries: np.ndarray, masks: Masks, index: Index | None, top: int) -> list[Found]:
    """Find the best rows of each query.

    Args:
        queries: (Q, D) float32, unit rows.
        masks: which rows count.
        index: None: every row that counts is looked at.
        top: how many; fewer where fewer count.
    """
    found = []
    for start in range(0, len(queries), _BLOCK):
        block = queries[start : start + _BLOCK]
        candidates = _candidates(rows, block, masks, index, top)
        found += [_best(rows, each.rows(), query, top) for each, query in zip(candidates, block, strict=True)]
    return found


def _candidates(
    rows: NumberedRows, queries: np.ndarray, masks: Masks, index: Index | None, top: int
) -> list[Candidates]:
    if index:
        candidates = [Candidates(top) for _ in queries]
        done = _look_up(rows, index, queries, masks, candidates, top)
        _look(rows, queries, masks, candidates, done)
        if min(map(len, candidates)) >= min(top, rows.counting(masks)):
            return candidates
    candidates = [Candidates(top) for _ in queries]  # what counts lies elsewhere than where the index looked
    _look(rows, queries, masks, candidates, set())
    return candidates


def _look_up(
    rows: NumberedRows,
    index: Index,
    queries: np.ndarray,
    masks: Masks,
    candidates: Sequence[Candidates],
    top: int,
) -> set[int]:
    """Take in the index's candidates, looked at exactly; returns the segments that are done with by that."""
    covered = index.covered()
    places = [
        (number, *covered[segment.record.sha256])
        for number, segment in enumerate(rows.segments)
        if segment.record.sha256 in covered
    ]
    counting = _counting(index, places, masks)
    found = index.candidates(queries, max(SECOND_LOOKS, 10 * top), counting)
    moves = [(start, count, int(rows.starts[number])) for number, start, count in places]
    for query, of_query, each in zip(queries, found, candidates, strict=True):
        held = of_query[of_query >= 0]
        if counting is not None:  # faiss 1.8 takes a selector and ignores it: what is deleted must not be found
            held = held[counting[held]]
        numbers = _moved(held, moves)
        each.take_in(numbers, rows.vectors(numbers, jumps=True) @ query)
    return {number for number, _, _ in places}


def _counting(index: Index, places: Sequence[tuple[int, int, int]], masks: Masks) -> np.ndarray | None:
    """Which rows of the index count, (rows,) bool; None: all."""
    total = sum(index.record.rows)
    if sum(count for _, _, count in places) == total and all(masks[number] is None for number, _, _ in places):
        return None
    counting = np.zeros(total, bool)
    for number, start, count in places:
        mask = masks[number]
        counting[start : start + count] = True if mask is None else mask
    return None if counting.all() else counting


def _look(
    rows: NumberedRows, queries: np.ndarray, masks: Masks, candidates: Sequence[Candidates], done: set[int]
) -> None:
    """Take in what counts of the segments that are not done with."""
    for number, (segment, mask) in enumerate(zip(rows.segments, masks, strict=True)):
        if number not in done:
            segment.expect_jumps(False)
            search_segment(segment, int(rows.starts[number]), mask, queries, candidates)


def _best(rows: NumberedRows, numbers: np.ndarray, query: np.ndarray, top: int) -> Found:
    cosines = row_products(rows.vectors(numbers), query)
    if len(numbers) > top:
        kept = cosines >= np.partition(cosines, -top)[-top]
        numbers, cosines = numbers[kept], cosines[kept]
    best = rows.in_order(numbers, cosines)[:top] if len(numbers) else np.empty(0, np.int64)
    return numbers[best], cosines[best]


def _moved(found: np.ndarray, places: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """Rows of an index as rows of the library; places: first row, count, first of the library."""
    moved = np.full(len(found), -1, np.int64)
    for start, count, target in places:
        inside = (found >= start) & (found < start + count)
        moved[inside] = found[inside] - start + target
    return moved[moved >= 0]
