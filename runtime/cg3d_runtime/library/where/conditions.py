"""Conditions on the columns of a segment: which of its rows meet them.

A value that is unknown (an empty text, a size that nobody knows) meets no comparison, neither `==` nor `!=`; `is missing` is
what finds it. A text that is compared with != is thus one that is known and another.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library.columns import Column, Numbers, Texts, Value

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
Columns = Callable[[str], Column]  # by name


class Condition(ABC):
    """What rows must meet."""

    @abstractmethod
    def rows(self, columns: Columns) -> np.ndarray:
        """(n,) bool, for each row of a segment whether it meets the condition.

        Raises:
            LibraryError: a number compared with texts, or texts with a number.
        """

    @property
    @abstractmethod
    def names(self) -> frozenset[str]:
        """The columns that it asks for."""


@dataclass(frozen=True)
class Comparison(Condition):
    """`size < 0.3`, `label in ('mug', 'cup')`, `note contains 'noisy'`."""

    name: str
    sign: str
    values: tuple[Value, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.name,))

    def rows(self, columns: Columns) -> np.ndarray:
        column = columns(self.name)
        if isinstance(column, Texts):
            return self._texts(column)
        return self._numbers(column)

    def _texts(self, column: Texts) -> np.ndarray:
        if not all(isinstance(value, str) for value in self.values):
            raise LibraryError(
                f"column {self.name} holds texts; compare it with one in quotes, such as {self.name} == 'mug'."
            )
        meets = self._of_text()
        return column.spread(np.fromiter((bool(text) and meets(text) for text in column.texts()), bool))

    def _of_text(self) -> Callable[[str], bool]:
        wanted = [str(value) for value in self.values]
        if self.sign == "in":
            return frozenset(wanted).__contains__
        if self.sign == "contains":
            return lambda text: wanted[0].lower() in text.lower()
        compare = COMPARISONS[self.sign]
        return lambda text: bool(compare(text, wanted[0]))

    def _numbers(self, column: Numbers) -> np.ndarray:
        if any(isinstance(value, str) for value in self.values) or self.sign == "contains":
            raise LibraryError(f"column {self.name} holds numbers; compare it with one, such as {self.name} < 0.3.")
        values = column.values
        if self.sign == "in":
            listed: np.ndarray = np.isin(values, np.array([float(value) for value in self.values]))
            return listed
        met: np.ndarray = np.asarray(COMPARISONS[self.sign](values, self.values[0]))
        return met & ~np.isnan(values) if values.dtype.kind == "f" else met


@dataclass(frozen=True)
class Missing(Condition):
    """`size is missing`."""

    name: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.name,))

    def rows(self, columns: Columns) -> np.ndarray:
        column = columns(self.name)
        if isinstance(column, Texts):
            return column.spread(np.fromiter((not text for text in column.texts()), bool))
        unknown: np.ndarray = (
            np.isnan(column.values) if column.values.dtype.kind == "f" else np.zeros(len(column), bool)
        )
        return unknown


@dataclass(frozen=True)
class Not(Condition):
    """`not label == 'mug'`: also of rows whose label is unknown."""

    of: Condition

    @property
    def names(self) -> frozenset[str]:
        return self.of.names

    def rows(self, columns: Columns) -> np.ndarray:
        others: np.ndarray = ~self.of.rows(columns)
        return others


@dataclass(frozen=True)
class _Pair(Condition):
    """Two conditions, of all that both name."""

    first: Condition
    second: Condition

    @property
    def names(self) -> frozenset[str]:
        return self.first.names | self.second.names


class Both(_Pair):
    """`size < 0.3 and label == 'mug'`."""

    def rows(self, columns: Columns) -> np.ndarray:
        both: np.ndarray = self.first.rows(columns) & self.second.rows(columns)
        return both


class Either(_Pair):
    """`label == 'mug' or label == 'cup'`."""

    def rows(self, columns: Columns) -> np.ndarray:
        either: np.ndarray = self.first.rows(columns) | self.second.rows(columns)
        return either
