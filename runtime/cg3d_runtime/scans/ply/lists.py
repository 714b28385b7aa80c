"""Rows of a binary PLY file whose lists differ in length: only reading a row tells where the next one starts."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.ply.header import Element

_UNSIGNED = {1: "B", 2: "H", 4: "I", 8: "Q"}  # of struct, by bytes
_BLOCK = 1 << 18  # values gathered at a time


class Lists(NamedTuple):
    """A list property: row i has lengths[i] values; `values` holds those of all rows, one row after the other."""

    lengths: np.ndarray
    values: np.ndarray


Column = np.ndarray | Lists  # of one number a row, or a list a row


def read_lists(body: bytes, offset: int, element: Element, byte_order: str) -> tuple[list[Column], int]:
    """Read one table that starts at `offset`; also return where it ends.

    Raises:
        ScanError: it does not end within the body.
    """
    rows, starts, lengths = _walk(body, offset, element, byte_order)
    columns: list[Column] = []
    lists = 0
    position = rows[:-1]  # of each row's next value
    for column in element.properties:
        if column.length is None:
            columns.append(_values(body, position, column.dtype))
            position = position + column.dtype.itemsize
        else:
            columns.append(Lists(lengths[lists], _list_values(body, starts[lists], lengths[lists], column.dtype)))
            position = starts[lists] + lengths[lists] * column.dtype.itemsize
            lists += 1
    return columns, int(rows[-1])


def _walk(
    body: bytes, offset: int, element: Element, byte_order: str
) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Go from row to row, which only the lengths of lists tell.

    Returns:
        Where each row starts, and where the last one ends, (rows + 1,); of each list property where the values start, and how
        many they are, (rows,) each; all int64.
    """
    steps, after = _steps(element, byte_order)
    rows, starts, lengths = array("q", [offset]), [array("q") for _ in steps], [array("q") for _ in steps]
    walk = [(*step, start.append, length.append) for step, start, length in zip(steps, starts, lengths, strict=True)]
    try:
        for _ in range(element.count):
            for gap, read, length_size, size, add_start, add_length in walk:
                offset += gap
                (length,) = read(body, offset)
                offset += length_size
                add_start(offset)
                add_length(length)
                offset += length * size
            offset += after
            rows.append(offset)
    except (struct.error, OverflowError) as error:
        raise truncated(element) from error
    if offset > len(body):
        raise truncated(element)
    return _as_numpy(rows), [_as_numpy(start) for start in starts], [_as_numpy(length) for length in lengths]


def _as_numpy(numbers: array[int]) -> np.ndarray:
    return np.frombuffer(numbers, np.int64)


def _steps(element: Element, byte_order: str) -> tuple[list[tuple[int, Callable[..., tuple[int]], int, int]], int]:
    """Of each list property: the bytes between it and the one before, what reads its length, and the bytes of its length
    and of a value. Then the bytes after the last.
    """
    steps: list[tuple[int, Callable[..., tuple[int]], int, int]] = []
    gap = 0
    for column in element.properties:
        if column.length is None:
            gap += column.dtype.itemsize
        else:
            number = struct.Struct(byte_order + _UNSIGNED[column.length.itemsize])
            steps.append((gap, number.unpack_from, number.size, column.dtype.itemsize))
            gap = 0
    return steps, gap


def _values(body: bytes, positions: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The numbers that start at these bytes."""
    anywhere: np.ndarray = np.ndarray((len(body) - dtype.itemsize + 1,), dtype, body, strides=(1,))
    numbers: np.ndarray = anywhere[positions]
    return numbers


def _list_values(body: bytes, starts: np.ndarray, lengths: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The values of all lists, one after the other."""
    ends = np.cumsum(lengths)
    values = np.empty(int(ends[-1]), dtype)
    before = starts - (ends - lengths) * dtype.itemsize  # where the first value of all would start
    for first in range(0, len(values), _BLOCK):
        nth = np.arange(first, min(first + _BLOCK, len(values)))
        row = np.searchsorted(ends, nth, side="right")
        values[first : first + _BLOCK] = _values(body, before[row] + nth * dtype.itemsize, dtype)
    return values


def truncated(element: Element) -> ScanError:
    """The error for a table that does not end within the file."""
    return ScanError(f"ends before the last of {element.count} {element.name} rows; the file is truncated.")
