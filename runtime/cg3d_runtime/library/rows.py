"""Rows on their way into a segment: unit vectors, and columns beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cg3d_runtime.errors import LibraryError, shortened
from cg3d_runtime.library.columns import FLAG, NUMBER, TEXT, WHOLE, Column, Numbers, Texts, Value, column_of, missing

ID, PATH, SHA256, LABEL, NOTE, ERROR, SIZE = "id", "path", "sha256", "label", "note", "error", "size"
LABEL_SCORE, COLOUR, COLOUR_SHARES = "label_score", "colour", "colour_shares"
FILE_BYTES, MODIFIED_NS = "file_bytes", "modified_ns"
OWN_KINDS = {
    **dict.fromkeys((ID, PATH, SHA256, LABEL, NOTE, ERROR, COLOUR, COLOUR_SHARES), TEXT),
    SIZE: NUMBER,
    LABEL_SCORE: NUMBER,
    FILE_BYTES: WHOLE,
    MODIFIED_NS: WHOLE,
}
DTYPE = np.dtype("<f2")
MOST_TEXT = 1 << 16  # characters of one value
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_WORDS = {"and", "or", "not", "in", "is", "contains", "missing", "true", "false"}  # of the grammar of filters
_UNIT = 1e-2  # how far from 1 the length of a row may be


@dataclass(frozen=True, eq=False)
class Entry:
    """One row.

    Attributes:
        id: unique in a library; a later row of the same id replaces the earlier one.
        vector: (D,), of length 1; None where there is an `error`, and the row is never a hit.
        path: of the scan file.
        sha256: of its content, 64 hexadecimal digits.
        label: what the scan is, in a word.
        note: what is odd about it.
        error: why it could not be embedded.
        size: its longest side, in metres; None: nobody knows.
        label_score: the score of the label, in [0, 1]; None where no model gave it.
        colour: which it mostly is, in a basic term such as "red"; empty: it has none, or many.
        colour_shares: all its colours, as `cg3d_runtime.colours.text.to_text` writes them.
        file_bytes, modified_ns: the state that the file was read in; -1: nobody looked.
        columns: the user's own values, by name.
    """

    id: str
    vector: np.ndarray | None
    path: str = ""
    sha256: str = ""
    label: str = ""
    note: str = ""
    error: str = ""
    size: float | None = None
    label_score: float | None = None
    colour: str = ""
    colour_shares: str = ""
    file_bytes: int = -1
    modified_ns: int = -1
    columns: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Rows:
    """Many rows, by columns.

    Attributes:
        vectors: (embedded, D) float16, unit rows, of the first rows; those of the others, which have errors, come last.
        columns: of all rows, `id` among them.
    """

    vectors: np.ndarray
    columns: dict[str, Column]

    def __post_init__(self) -> None:
        counts = {name: len(column) for name, column in self.columns.items()}
        if ID not in counts or len(set(counts.values())) != 1 or len(self.vectors) > counts[ID]:
            raise LibraryError(
                f"rows need an id, and columns of one length; got {len(self.vectors)} vectors, {counts}."
            )
        _require_unit(self.vectors)
        for name, column in self.columns.items():
            _require_column(name, column)
        _require_ids(self.ids)

    @property
    def ids(self) -> list[str]:
        """The id of every row."""
        column = self.columns[ID]
        return column.values() if isinstance(column, Texts) else [str(value) for value in column.values]

    def __len__(self) -> int:
        return len(self.columns[ID])

    @classmethod
    def of_entries(cls, entries: Sequence[Entry], dim: int) -> Rows:
        """The rows of entries, those with errors last.

        Args:
            dim: length of a vector, where none of the entries has one.
        Raises:
            LibraryError: vectors that are not unit rows of one length, an id twice or none, a column that cannot be.
        """
        ordered = sorted(entries, key=lambda entry: entry.vector is None)
        vectors = [entry.vector for entry in ordered if entry.vector is not None]
        columns: dict[str, Column] = {
            name: Texts.of([getattr(entry, name) for entry in ordered])
            for name, kind in OWN_KINDS.items()
            if kind == TEXT
        }
        for name in (SIZE, LABEL_SCORE):
            numbers = [getattr(entry, name) for entry in ordered]
            columns[name] = column_of(
                np.array([np.nan if number is None else number for number in numbers], np.float64)
            )
        for name in (FILE_BYTES, MODIFIED_NS):
            columns[name] = column_of(np.array([getattr(entry, name) for entry in ordered], np.int64))
        for name in dict.fromkeys(name for entry in ordered for name in entry.columns):
            columns[name] = _gathered([entry.columns.get(name) for entry in ordered])
        return cls(_halves(vectors, dim), columns)

    @classmethod
    def of_arrays(
        cls,
        vectors: np.ndarray,
        ids: Sequence[str],
        columns: Mapping[str, Sequence[Value] | np.ndarray] | None = None,
    ) -> Rows:
        """Rows of arrays.

        Args:
            vectors: (n, D), unit rows.
            ids: n texts, each once.
            columns: n values each, by name; those of `Entry` have its names, and what is not given is unknown.
        Raises:
            LibraryError: as `of_entries`.
        """
        given = {name: column_of(values) for name, values in (columns or {}).items()}
        own = {
            name: given.pop(name, Numbers(WHOLE, np.full(len(ids), -1)) if kind == WHOLE else missing(kind, len(ids)))
            for name, kind in OWN_KINDS.items()
            if name != ID
        }
        return cls(np.asarray(vectors, DTYPE), {ID: Texts.of(list(ids)), **own, **given})


def _gathered(values: Sequence[Value | None]) -> Column:
    """A user's column, of which some entries have no value."""
    is_text = any(isinstance(value, str) for value in values)
    if not is_text and any(value is None for value in values):
        return column_of([np.nan if value is None else float(value) for value in values])
    return column_of(["" if value is None else value for value in values])


def _halves(vectors: Sequence[np.ndarray], dim: int) -> np.ndarray:
    lengths = {len(vector) for vector in vectors} or {dim}
    if lengths != {dim}:
        raise LibraryError(f"vectors of {dim} numbers are expected, got {', '.join(map(str, sorted(lengths)))}.")
    return np.array(vectors, DTYPE).reshape(-1, dim)


def _require_unit(vectors: np.ndarray) -> None:
    if vectors.ndim != 2 or vectors.dtype != DTYPE:
        raise LibraryError(f"vectors are (n, D) float16, got {vectors.dtype} {vectors.shape}.")
    for start in range(0, len(vectors), 1 << 14):
        block = vectors[start : start + (1 << 14)].astype(np.float32)
        squares = np.einsum("nd,nd->n", block, block)
        wrong = np.flatnonzero(~(np.abs(squares - 1) < 2 * _UNIT))
        if len(wrong):
            raise LibraryError(
                f"vector {start + int(wrong[0])} has the length {float(np.sqrt(squares[wrong[0]])):.4g}; unit rows are "
                "expected: divide each by its length."
            )


def _require_column(name: str, column: Column) -> None:
    if not _NAME.fullmatch(name) or name in _WORDS:
        raise LibraryError(
            f"{shortened(repr(name), 80)} is no name of a column: letters, digits and _, 64 at most, a letter first, "
            f"and none of {', '.join(sorted(_WORDS))}."
        )
    kind = OWN_KINDS.get(name)
    if kind and column.kind != kind:
        raise LibraryError(f"column {name} is {column.kind}; the library keeps {kind} there.")
    if column.kind not in (TEXT, NUMBER, WHOLE, FLAG):
        raise ValueError(f"{column.kind} is no kind of column")


def _require_ids(ids: Sequence[str]) -> None:
    if not all(ids):
        raise LibraryError("an id is empty; every row needs one of its own.")
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = next(each for each in ids if each in seen or seen.add(each))  # type: ignore[func-returns-value]
        raise LibraryError(f"the id {shortened(twice, 80)} stands twice; every row needs one of its own.")
