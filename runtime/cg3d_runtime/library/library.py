"""A library as its readers have it: opened at one moment, and kept so, whatever is written meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType

import numpy as np

from cg3d_runtime.errors import LibraryError, require_whole, shortened
from cg3d_runtime.library.candidates import Candidates, row_products
from cg3d_runtime.library.columns import Column, Row, Value, known
from cg3d_runtime.library.exact import search_segment
from cg3d_runtime.library.index import SECOND_LOOKS, Index, open_index
from cg3d_runtime.library.lookup import text_hashes
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.rows import ID
from cg3d_runtime.library.scores import KINDS, SCAN, Logistic, shipped
from cg3d_runtime.library.segments import open_current, require_space
from cg3d_runtime.library.space import Space
from cg3d_runtime.library.where import Condition, parse

_BLOCK = 64  # queries asked at once
_FEW = 0.1  # share of the rows that count, up to which each is looked at

Directory = str | os.PathLike[str]
Masks = list[np.ndarray | None]  # of every segment: (embedded,) bool, the rows that count; None: all


@dataclass(frozen=True)
class Hit:
    """One row that was found.

    Attributes:
        id: of the row.
        cosine: between the row, as it is stored, and the query.
        score: in [0, 1], comparable between kinds of queries, see `scores`; None where nobody has fitted any.
        row: its values by their columns' names: path, label, size, and the user's own; None where one is unknown.
    """

    id: str
    cosine: float
    score: float | None
    row: Row


class Library:
    """Rows to be searched; may be used from several threads at once.

        with Library.open("library") as library:
            hits = library.search(recognizer.embed_text("a red mug"), kind="text")[0]

    Attributes:
        folder: where it is.
        space: what its rows were embedded with.
        columns: kind (text, number, whole, flag) by name.
    """

    def __init__(self, folder: Path, space: Space | None = None) -> None:
        """Open a library; `Library.open` is the way to one."""
        self.folder = folder
        self._manifest, self._segments = open_current(folder)
        require_space(folder, self._manifest.space, space)
        self.space, self.columns = self._manifest.space, self._manifest.columns
        self._starts = np.cumsum([0, *(segment.record.embedded for segment in self._segments)])

    @classmethod
    def open(cls, path: Directory, space: Space | None = None) -> Library:
        """Open a library.

        Args:
            path: its folder.
            space: that queries lie in: `Space.of(bundle)`; None: the caller answers for them.
        Raises:
            LibraryError: no library is there, it is damaged, or it lies in another space.
        """
        return cls(Path(path), space)

    def __len__(self) -> int:
        """Rows that can be found: not deleted, and without an error."""
        return sum(segment.searchable for segment in self._segments)

    @property
    def failed(self) -> int:
        """Rows with errors instead of vectors."""
        return sum(segment.living - segment.searchable for segment in self._segments)

    @property
    def deleted(self) -> int:
        """Deleted rows that still take room."""
        return sum(segment.record.rows - segment.living for segment in self._segments)

    @property
    def segments(self) -> int:
        """How many segments it is made of."""
        return len(self._segments)

    @property
    def indexed(self) -> int:
        """Rows that the index covers; the others are looked at one by one."""
        covered = self.index.covered() if self.index else {}
        return sum(segment.record.embedded for segment in self._segments if segment.record.sha256 in covered)

    @cached_property
    def index(self) -> Index | None:
        """What finds candidates, opened when it is first asked for; None: every row is looked at."""
        return open_index(self.folder)

    def search(
        self,
        queries: np.ndarray,
        top: int = 10,
        where: str | Condition | None = None,
        *,
        exact: bool = False,
        kind: str = SCAN,
    ) -> list[list[Hit]]:
        """Find the rows that are nearest to queries.

        Args:
            queries: (Q, D) or one (D,), of the library's space; any length but 0.
            top: how many for each query; fewer where fewer rows count.
            where: only rows that meet it, such as "size < 0.3 and label == 'mug'"; see `library.where`.
            exact: look at every row, whatever index there is.
            kind: of the queries, for the scores: text, scan or image.
        Returns:
            For each query its hits, best first; of equal rows the lesser id comes first.
        Raises:
            LibraryError: queries of another dimension or without direction, a filter that cannot be understood or names no
                column, a damaged segment.
        """
        require_whole("top", top, 1)
        if kind not in KINDS:
            raise LibraryError(f"kind {kind!r:.80} is none of {', '.join(KINDS)}.")
        asked = self._checked(queries)
        masks = self._masks(self._condition(where))
        index = None if exact or top > SECOND_LOOKS else self._useful_index(masks)
        found = []
        for start in range(0, len(asked), _BLOCK):
            block = asked[start : start + _BLOCK]
            candidates = [Candidates(top) for _ in block]
            looked_up = self._by_index(index, block, masks, candidates, top) if index else set()
            self._by_looking(block, masks, candidates, looked_up)
            if looked_up and min(map(len, candidates)) < top:  # what counts lies elsewhere than the query
                self._by_looking(block, masks, candidates, set(range(len(self._segments))) - looked_up)
            found += [self._hits(c.rows(), q, top, kind) for c, q in zip(candidates, block, strict=True)]
        return found

    def ids(self, where: str | Condition | None = None) -> list[str]:
        """The ids of all rows, or of those that meet a filter, rows with errors included."""
        return [str(row[ID]) for row in self.rows((ID,), where)]

    def rows(
        self, names: Sequence[str] | None = None, where: str | Condition | None = None
    ) -> Iterator[dict[str, Value | None]]:
        """The values of all rows, in their order, rows with errors included.

        Args:
            names: columns; None: all.
            where: only those that meet it.
        """
        condition = self._condition(where)
        for segment in self._segments:
            living = segment.alive & self._met(segment, condition) if condition else segment.alive
            columns = {name: self._column(segment, name) for name in names or self.columns}
            for row in np.flatnonzero(living).tolist():
                yield {name: known(column.value(row)) for name, column in columns.items()}

    def get(self, ids: Sequence[str]) -> dict[str, dict[str, Value | None]]:
        """The values of the rows of these ids, by id; those that are not there are left out."""
        return {each: segment.row(row) for each, (segment, row) in self._found(ID, ids).items()}

    def vectors(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors (D,) float32 of the rows of these ids, by id; those that are not there, or have none, are left out."""
        found = self._found(ID, ids)
        return {
            each: segment.take(np.array([row]))[0]
            for each, (segment, row) in found.items()
            if row < segment.record.embedded
        }

    def of_content(self, sha256s: Sequence[str]) -> dict[str, str]:
        """The id of a row of each of these digests of scan files, by digest; those that are not there are left out."""
        return {each: str(segment.value(ID, row)) for each, (segment, row) in self._found("sha256", sha256s).items()}

    def blocks(self, rows: int = 1 << 14) -> Iterator[tuple[np.ndarray, list[dict[str, Value | None]]]]:
        """All rows with vectors, (m, D) float16 and their values, in pieces."""
        for segment in self._segments:
            living = np.flatnonzero(segment.alive[: segment.record.embedded])
            columns = {name: self._column(segment, name) for name in self.columns}
            for start in range(0, len(living), rows):
                taken = living[start : start + rows]
                values = [
                    {name: known(column.value(row)) for name, column in columns.items()} for row in taken.tolist()
                ]
                yield segment.vectors[taken], values

    def close(self) -> None:
        """Let go of the files; the system does it where nobody calls this."""
        self._segments = []

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Library {shortened(self.folder, 60)}: {len(self):,} rows of {self.space.bundle}>"

    @cached_property
    def scores(self) -> dict[str, Logistic]:
        """What cosines mean, by kind of query: as fitted for this library, else for the bundle that ships."""
        own = {kind: Logistic(*parameters) for kind, parameters in self._manifest.scores.items()}
        return {**shipped(self.space.sha256), **own}

    def _checked(self, queries: np.ndarray) -> np.ndarray:
        asked = np.atleast_2d(np.asarray(queries, np.float32))
        if asked.ndim != 2 or asked.shape[1] != self.space.dim:
            raise LibraryError(f"queries are (Q, {self.space.dim}) here, got {np.shape(queries)}.")
        lengths = np.linalg.norm(asked, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 1e-6)).all():
            raise LibraryError("a query has no direction: its numbers are all 0, or not finite.")
        unit: np.ndarray = asked / lengths
        return unit

    def _condition(self, where: str | Condition | None) -> Condition | None:
        condition = parse(where) if isinstance(where, str) else where
        if condition and (unknown := sorted(condition.names - set(self.columns))) and self._segments:
            raise LibraryError(
                f"{shortened(self.folder)}: has no column {unknown[0]}; it has {', '.join(self.columns)}."
            )
        return condition

    def _column(self, segment: OpenedSegment, name: str) -> Column:
        return segment.column_or_missing(name, self.columns[name])

    def _met(self, segment: OpenedSegment, condition: Condition) -> np.ndarray:
        return condition.rows(partial(self._column, segment))

    def _masks(self, condition: Condition | None) -> Masks:
        masks: Masks = []
        for segment in self._segments:
            embedded = segment.record.embedded
            mask = None if segment.is_whole else segment.alive[:embedded]
            if condition:
                met = self._met(segment, condition)[:embedded]
                mask = met if mask is None else mask & met
            masks.append(mask)
        return masks

    def _counting(self, masks: Masks) -> int:
        return sum(
            segment.record.embedded if mask is None else int(mask.sum())
            for segment, mask in zip(self._segments, masks, strict=True)
        )

    def _useful_index(self, masks: Masks) -> Index | None:
        """The index, unless so few rows count that looking at each of them is as fast, and exact."""
        return self.index if self._counting(masks) > int(self._starts[-1]) * _FEW else None

    def _by_index(
        self, index: Index, queries: np.ndarray, masks: Masks, candidates: Sequence[Candidates], top: int
    ) -> set[int]:
        """Look candidates up, and at those again; returns the segments that are done with by that."""
        covered = index.covered()
        known = {
            number: covered[segment.record.sha256]
            for number, segment in enumerate(self._segments)
            if segment.record.sha256 in covered
        }
        total = sum(index.record.rows)
        counting = np.zeros(total, bool)
        offsets = []
        for number, (start, count) in known.items():
            mask = masks[number]
            counting[start : start + count] = True if mask is None else mask
            offsets.append((start, count, int(self._starts[number])))
        rows = index.candidates(queries, max(SECOND_LOOKS, 10 * top), None if counting.all() else counting)
        for query, found, of_query in zip(queries, candidates, rows, strict=True):
            numbers = _moved(of_query[of_query >= 0], offsets)
            found.take_in(numbers, row_products(self._take(numbers, jumps=True), query).astype(np.float32))
        return set(known)

    def _by_looking(self, queries: np.ndarray, masks: Masks, candidates: Sequence[Candidates], done: set[int]) -> None:
        for number, (segment, mask) in enumerate(zip(self._segments, masks, strict=True)):
            if number not in done:
                segment.expect_jumps(False)
                search_segment(segment, int(self._starts[number]), mask, queries, candidates)

    def _take(self, rows: np.ndarray, jumps: bool = False) -> np.ndarray:
        """The vectors (m, D) float32 of rows of the library."""
        taken = np.empty((len(rows), self.space.dim), np.float32)
        for number, (segment, start) in enumerate(zip(self._segments, self._starts, strict=False)):
            inside = (rows >= start) & (rows < self._starts[number + 1])
            if inside.any():
                if jumps:
                    segment.expect_jumps(True)
                taken[inside] = segment.take(rows[inside] - start)
        return taken

    def _hits(self, rows: np.ndarray, query: np.ndarray, top: int, kind: str) -> list[Hit]:
        if not len(rows):
            return []
        cosines = row_products(self._take(rows), query)
        kept = cosines >= np.partition(cosines, -min(top, len(rows)))[-min(top, len(rows))]
        rows, cosines = rows[kept], cosines[kept]
        best = self._in_order(rows, cosines)[:top]
        logistic = self.scores.get(kind)
        of_best = logistic(cosines[best]).tolist() if logistic else [None] * top
        values = [self._row(int(row)) for row in rows[best]]
        return [
            Hit(str(row[ID]), cosine, score, row)
            for row, cosine, score in zip(values, cosines[best].tolist(), of_best, strict=False)
        ]

    def _in_order(self, rows: np.ndarray, cosines: np.ndarray) -> np.ndarray:
        """The order from the best on, (m,) indices; of equal ones the lesser id first."""
        if len(np.unique(cosines)) == len(cosines):
            order: np.ndarray = np.argsort(-cosines)
            return order
        ids = [self._id(int(row)) for row in rows]
        return np.array(sorted(range(len(rows)), key=lambda i: (-cosines[i], ids[i])))

    def _id(self, row: int) -> str:
        segment, inside = self._place(row)
        return str(segment.value(ID, inside))

    def _row(self, row: int) -> dict[str, Value | None]:
        segment, inside = self._place(row)
        return segment.row(inside)

    def _place(self, row: int) -> tuple[OpenedSegment, int]:
        number = int(np.searchsorted(self._starts, row, "right")) - 1
        return self._segments[number], row - int(self._starts[number])

    def _found(self, name: str, texts: Sequence[str]) -> dict[str, tuple[OpenedSegment, int]]:
        hashes = text_hashes(texts)
        found = {}
        for segment in self._segments:
            for text, row in segment.find(name, texts, hashes).items():
                if segment.alive[row]:
                    found[text] = (segment, row)
        return found


def _moved(rows: np.ndarray, offsets: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """Rows of an index as rows of the library; `offsets` are first row, count and the first row in the library."""
    moved = np.full(len(rows), -1, np.int64)
    for start, count, target in offsets:
        inside = (rows >= start) & (rows < start + count)
        moved[inside] = rows[inside] - start + target
    return moved[moved >= 0]
