"""Segments written together as one: the living rows of several, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cg3d_runtime.library.columns import NUMBER, Column, joined, missing
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.segment import MOST_ROWS, Parts

_SMALL = 8_192  # rows of a segment that additions leave behind
_MANY = 16  # of these are put together
_BLOCK = 1 << 15  # rows of vectors in memory at once


def groups_to_compact(segments: Sequence[OpenedSegment], most: int = MOST_ROWS) -> list[range]:
    """Neighbouring segments that together make one of `most` living rows at most; none that would stay as it is."""
    groups: list[range] = []
    start, rows = 0, 0
    for number, segment in enumerate(segments):
        if rows + segment.living > most and number > start:
            groups.append(range(start, number))
            start, rows = number, 0
        rows += segment.living
    groups.append(range(start, len(segments)))
    return [group for group in groups if len(group) > 1 or (group and not segments[group[0]].is_whole)]


def groups_to_tidy(segments: Sequence[OpenedSegment], many: int = _MANY) -> list[range]:
    """The small segments at the end, where they are more than `many`."""
    start = len(segments)
    while start and segments[start - 1].record.rows < _SMALL:
        start -= 1
    return [range(start, len(segments))] if len(segments) - start > many else []


def merged(segments: Sequence[OpenedSegment]) -> Parts:
    """The living rows of segments, those with vectors first; vectors are read when they are written."""
    columns = {name: _merged_column(segments, name) for name in _names(segments)}
    return Parts([block for segment in segments for block in _blocks(segment)], columns)


def _names(segments: Sequence[OpenedSegment]) -> list[str]:
    return list(dict.fromkeys(name for segment in segments for name in segment.record.columns))


def _merged_column(segments: Sequence[OpenedSegment], name: str) -> Column:
    kinds = [segment.record.columns[name] for segment in segments if name in segment.record.columns]
    kind = kinds[0] if len(set(kinds)) == 1 else NUMBER
    columns = [segment.column(name) or missing(kind, segment.record.rows) for segment in segments]
    embedded = [column.take(_rows(segment, True)) for segment, column in zip(segments, columns, strict=True)]
    others = [column.take(_rows(segment, False)) for segment, column in zip(segments, columns, strict=True)]
    return joined([*embedded, *others])


def _rows(segment: OpenedSegment, embedded: bool) -> np.ndarray:
    count = segment.record.embedded
    return np.flatnonzero(segment.alive[:count]) if embedded else count + np.flatnonzero(segment.alive[count:])


def _blocks(segment: OpenedSegment) -> Iterator[np.ndarray]:
    """Its living vectors; views of the mapping where nothing is deleted."""
    if segment.is_whole:
        yield segment.vectors
        return
    rows = _rows(segment, True)
    for start in range(0, len(rows), _BLOCK):
        yield segment.vectors[rows[start : start + _BLOCK]]
