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
from cg3d_runtime.library.columns import Column, Row, Value, known
from cg3d_runtime.library.index import SECOND_LOOKS, Index, open_index
from cg3d_runtime.library.lookup import text_hashes
from cg3d_runtime.library.numbered import Masks, NumberedRows
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.rows import ID
from cg3d_runtime.library.scores import KINDS, SCAN, Logistic, shipped
from cg3d_runtime.library.searching import best_rows
from cg3d_runtime.library.segments import open_current, require_space
from cg3d_runtime.library.space import Space
from cg3d_runtime.library.where import Condition, parse

_FEW = 0.1  # share of the rows that count, up to which each is looked at

Directory = str | os.PathLike[str]


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
        self._numbered = NumberedRows(self._segments, self.space.dim)

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
        return [self._hits(*found, kind) for found in best_rows(self._numbered, asked, masks, index, top)]

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
        self._numbered = NumberedRows([], self.space.dim)

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
        masks: list[np.ndarray | None] = []
        for segment in self._segments:
            embedded = segment.record.embedded
            mask = None if segment.is_whole else segment.alive[:embedded]
            if condition:
                met = self._met(segment, condition)[:embedded]
                mask = met if mask is None else mask & met
            masks.append(mask)
        return masks

    def _useful_index(self, masks: Masks) -> Index | None:
        """The index, unless so few rows count that looking at each of them is as fast, and exact."""
        return self.index if self._numbered.counting(masks) > len(self._numbered) * _FEW else None

    def _hits(self, numbers: np.ndarray, cosines: np.ndarray, kind: str) -> list[Hit]:
        logistic = self.scores.get(kind)
        scores = logistic(cosines).tolist() if logistic else [None] * len(cosines)
        rows = [self._numbered.values(number) for number in numbers.tolist()]
        return [
            Hit(str(row[ID]), cosine, score, row)
            for row, cosine, score in zip(rows, cosines.tolist(), scores, strict=True)
        ]

    def _found(self, name: str, texts: Sequence[str]) -> dict[str, tuple[OpenedSegment, int]]:
        hashes = text_hashes(texts)
        found = {}
        for segment in self._segments:
            for text, row in segment.find(name, texts, hashes).items():
                if segment.alive[row]:
                    found[text] = (segment, row)
        return found
