"""A segment as a reader has it: mapped, with what was deleted from it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import LibraryError, one_line
from cg3d_runtime.files.mapped import MappedFile
from cg3d_runtime.library.columns import Column, Texts, Value, known, missing, stored
from cg3d_runtime.library.halves import Widener
from cg3d_runtime.library.lookup import Lookup
from cg3d_runtime.library.rows import DTYPE, ID
from cg3d_runtime.library.segment import SegmentRecord, paths_of

_UNIT = 0.02  # how far from 1 the squared length of a row may be


class OpenedSegment:
    """A segment, mapped; it stays readable when its files are replaced or removed.

    Attributes:
        record: what it holds.
        alive: (rows,) bool, what is not deleted.
        vectors: (embedded, D) float16.
    """

    def __init__(self, folder: Path, record: SegmentRecord, deleted: np.ndarray | None) -> None:
        """Map the files of a segment; only their sizes are compared here, see `verify`.

        Args:
            deleted: (rows,) bool, or None where nothing is.
        Raises:
            FileNotFoundError: one is not there.
            LibraryError: one cannot be read, or has another size than the record says.
        """
        self.record, self._deleted = record, deleted
        self._paths = paths_of(folder, record.name)
        self._vectors_file, self._table_file = (
            _mapped(path, of.bytes) for path, of in zip(self._paths, (record.vectors, record.table), strict=False)
        )
        self.vectors = self._read_vectors()

    def without(self, deleted: np.ndarray) -> OpenedSegment:
        """The same mapping, with these rows deleted, (rows,) bool."""
        other = copy.copy(self)
        other._deleted = deleted
        other.__dict__.pop("alive", None)
        return other

    @cached_property
    def alive(self) -> np.ndarray:
        return np.ones(self.record.rows, bool) if self._deleted is None else ~self._deleted

    @property
    def is_whole(self) -> bool:
        """Whether nothing is deleted from it."""
        return self._deleted is None

    @property
    def living(self) -> int:
        """Rows that are not deleted."""
        return self.record.rows if self._deleted is None else int(self.alive.sum())

    @property
    def searchable(self) -> int:
        """Rows that are not deleted and have vectors."""
        return self.record.embedded if self._deleted is None else int(self.alive[: self.record.embedded].sum())

    def column(self, name: str) -> Column | None:
        """A column, mapped; None where the segment has none of that name.

        Raises:
            LibraryError: the table is damaged.
        """
        kind = self.record.columns.get(name)
        if kind is None:
            return None
        if name not in self._columns:
            try:
                column = stored(name, kind, self._arrays)
            except ValueError as error:
                raise self.damaged(self._paths[1], error) from error
            if len(column) != self.record.rows:
                raise self.damaged(self._paths[1], ValueError(f"column {name} has {len(column)} rows"))
            self._columns[name] = column
        return self._columns[name]

    def column_or_missing(self, name: str, kind: str) -> Column:
        """A column, or one of unknown values where the segment has none."""
        return self.column(name) or missing(kind, self.record.rows)

    def ids(self) -> list[str]:
        """The id of every row, living or not."""
        column = self.column(ID)
        assert isinstance(column, Texts)
        return column.values()

    def row(self, number: int) -> dict[str, Value | None]:
        """The values of one row by their columns' names; None where one is unknown."""
        return {name: self.value(name, number) for name in self.record.columns}

    def value(self, name: str, number: int) -> Value | None:
        """One value of a column that is there."""
        column = self.column(name)
        assert column is not None
        try:
            return known(column.value(number))
        except (ValueError, IndexError) as error:  # no UTF-8, a text that is not there
            raise self.damaged(self._paths[1], error) from error

    def find(self, name: str, texts: Sequence[str], hashes: np.ndarray) -> dict[str, int]:
        """The rows, living or not, of these values of `id` or `sha256`, whose `text_hashes` are these."""
        column = self.column(name)
        arrays = [self._arrays.get(f"{name}.{part}") for part in ("hashes", "rows")]
        if not isinstance(column, Texts) or arrays[0] is None or arrays[1] is None:
            raise self.damaged(self._paths[1], ValueError(f"no lookup of {name}"))
        return Lookup(arrays[0], arrays[1]).find(column, texts, hashes)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """The vectors of some rows, (m, D) float32.

        Raises:
            LibraryError: a row that is no unit vector: the file is damaged.
        """
        taken = Widener(len(rows), self.record.dim).widened(self.vectors[rows])
        squares = np.einsum("nd,nd->n", taken, taken)
        if not (np.abs(squares - 1) < _UNIT).all():
            raise self.damaged(self._paths[0], ValueError("a row is no unit vector"))
        return taken

    def expect_jumps(self, jumps: bool) -> None:
        """Whether few rows here and there are read next, or all of them."""
        self._vectors_file.expect_jumps(jumps)

    def damaged(self, path: Path, error: Exception) -> LibraryError:
        """What is wrong with one of its files."""
        return LibraryError(
            f"{path}: damaged ({one_line(error, 200)}). cg3d-search verify names all that is; add the scans of this "
            "segment again, or copy the library again."
        )

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        try:
            return self._table_file.arrays()
        except ValueError as error:
            raise self.damaged(self._paths[1], error) from error

    def _read_vectors(self) -> np.ndarray:
        try:
            vectors = self._vectors_file.array()
        except ValueError as error:
            raise self.damaged(self._paths[0], error) from error
        if vectors.shape != (self.record.embedded, self.record.dim) or vectors.dtype != DTYPE:
            raise self.damaged(self._paths[0], ValueError(f"{vectors.dtype} {vectors.shape}"))
        return vectors


def _mapped(path: Path, size: int) -> MappedFile:
    try:
        mapped = MappedFile(path)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise LibraryError(f"{path}: cannot be read ({one_line(error, 200)}).") from error
    if mapped.bytes != size:
        raise LibraryError(
            f"{path}: {mapped.bytes} bytes, {size} are expected: cut short or altered. Copy the library again, or add the "
            "scans of this segment again."
        )
    return mapped
