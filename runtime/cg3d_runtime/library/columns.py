"""Columns of a table: many values of one kind, as a few arrays that can be mapped from a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

TEXT, NUMBER, WHOLE, FLAG = "text", "number", "whole", "flag"
Value = str | float | int | bool
Row = Mapping[str, Value | None]  # the values of a row by their columns' names; None where one is unknown
_DTYPES = {NUMBER: np.dtype("<f8"), WHOLE: np.dtype("<i8"), FLAG: np.dtype("?")}


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers, whole numbers or flags.

    Attributes:
        kind: NUMBER, WHOLE or FLAG.
        values: (n,) float64, int64 or bool; an unknown number is NaN.
    """

    kind: str
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def value(self, row: int) -> Value:
        """The value of one row."""
        value: Value = self.values[row].item()
        return value

    def take(self, rows: np.ndarray) -> Numbers:
        """The column of some rows (m,), in their order."""
        return Numbers(self.kind, np.asarray(self.values[rows]))

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored."""
        return {"": np.ascontiguousarray(self.values, _DTYPES[self.kind])}


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of texts; where few of them differ, each is stored once.

    Attributes:
        data: (bytes,) uint8, the UTF-8 of one text after the other.
        ends: (m,) int64, where each text ends in `data`.
        codes: (n,) unsigned, which text each row has; None: row by row, so that m = n.
    """

    data: np.ndarray
    ends: np.ndarray
    codes: np.ndarray | None = None
    kind: str = TEXT

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """Store texts, of which each distinct one may come once."""
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        if len(numbers) > len(texts) // 2:
            return cls(*_packed(texts))
        return cls(*_packed(list(numbers)), np.array(codes, _smallest(len(numbers))))

    def __len__(self) -> int:
        return len(self.ends if self.codes is None else self.codes)

    def value(self, row: int) -> str:
        """The text of one row."""
        return self._text(int(row if self.codes is None else self.codes[row]))

    def texts(self) -> list[str]:
        """The m texts that are stored: of every row, or each distinct one."""
        whole, starts = self.data.tobytes(), [0, *self.ends.tolist()]
        return [_decoded(whole[start:end]) for start, end in pairwise(starts)]

    def values(self) -> list[str]:
        """The texts of all n rows."""
        texts = self.texts()
        return texts if self.codes is None else [texts[code] for code in self.codes.tolist()]

    def spread(self, of_texts: np.ndarray) -> np.ndarray:
        """What is true of each stored text, (m,), for the rows: (n,)."""
        return of_texts if self.codes is None else of_texts[self.codes]

    def take(self, rows: np.ndarray) -> Texts:
        """The column of some rows (m,), in their order."""
        return Texts.of([self.value(row) for row in rows.tolist()] if len(rows) * 8 < len(self) else self._picked(rows))

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored."""
        found = {".data": self.data, ".ends": self.ends}
        return found if self.codes is None else {**found, ".codes": self.codes}

    def _picked(self, rows: np.ndarray) -> list[str]:
        values = self.values()
        return [values[row] for row in rows.tolist()]

    def _text(self, number: int) -> str:
        start = int(self.ends[number - 1]) if number else 0
        return _decoded(self.data[start : int(self.ends[number])].tobytes())


Column = Numbers | Texts


def column_of(values: Sequence[Value] | np.ndarray) -> Column:
    """A column of plain values: texts where any is one, else numbers, whole numbers or flags.

    An empty text or NaN stands for an unknown value. Whole numbers beyond 64 bits become numbers.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        kind = FLAG if values.dtype.kind == "b" else NUMBER if values.dtype.kind == "f" else WHOLE
        return Numbers(kind, values.astype(_DTYPES[kind]))
    values = list(values)
    if any(isinstance(value, str) for value in values):
        return Texts.of([str(value) for value in values])
    if values and all(isinstance(value, (bool, np.bool_)) for value in values):
        return Numbers(FLAG, np.array(values, np.bool_))
    if values and all(isinstance(value, (int, np.integer)) and abs(value) < 1 << 63 for value in values):
        return Numbers(WHOLE, np.array(values, np.int64))
    return Numbers(NUMBER, np.array(values, np.float64))


def known(value: Value) -> Value | None:
    """A value as it was stored; None where it is unknown: an empty text, or NaN."""
    return None if value == "" or (isinstance(value, float) and math.isnan(value)) else value


def missing(kind: str, count: int) -> Column:
    """A column of unknown values; of whole numbers, which have none that says so, it is one of numbers."""
    if kind == TEXT:
        return Texts.of([""] * count)
    return Numbers(FLAG, np.zeros(count, bool)) if kind == FLAG else Numbers(NUMBER, np.full(count, np.nan))


def joined(columns: Sequence[Column]) -> Column:
    """Several columns of one kind, one below the other; numbers where some are whole."""
    if any(isinstance(column, Texts) for column in columns):
        return Texts.of([text for column in columns if isinstance(column, Texts) for text in column.values()])
    numbers = [column for column in columns if isinstance(column, Numbers)]
    kinds = {column.kind for column in numbers}
    kind = kinds.pop() if len(kinds) == 1 else NUMBER
    return Numbers(kind, np.concatenate([column.values for column in numbers]).astype(_DTYPES[kind]))


def stored(name: str, kind: str, arrays: Mapping[str, np.ndarray]) -> Column:
    """The column that `Column.arrays` gave the arrays of, under `name` and what each adds to it.

    Raises:
        ValueError: arrays that are missing, or of another shape or type.
    """
    if kind in _DTYPES:
        values = arrays.get(name)
        if values is None or values.ndim != 1 or values.dtype != _DTYPES[kind]:
            raise ValueError(f"column {name} is not there as {kind}")
        return Numbers(kind, values)
    data, ends, codes = (arrays.get(f"{name}.{part}") for part in ("data", "ends", "codes"))
    if kind != TEXT or data is None or ends is None or data.dtype != np.uint8 or ends.dtype != np.int64:
        raise ValueError(f"column {name} is not there as {kind}")
    if (int(ends[-1]) if len(ends) else 0) != len(data) or (codes is not None and codes.dtype.kind != "u"):
        raise ValueError(f"column {name} does not hold the texts that it says")
    return Texts(data, ends, codes)


def _packed(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    pieces = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.fromiter(accumulate(map(len, pieces)), np.int64, len(pieces))
    return np.frombuffer(b"".join(pieces), np.uint8), ends


def _decoded(content: bytes) -> str:
    """Text as it was given: a name of a file need not be valid UTF-8, so halves of characters may be in it."""
    return content.decode("utf-8", "surrogatepass")


def _smallest(count: int) -> np.dtype:
    return np.dtype("<u1" if count <= 1 << 8 else "<u2" if count <= 1 << 16 else "<u4")
