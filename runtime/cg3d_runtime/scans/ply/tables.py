"""The body of a PLY file: its tables as numpy columns, from text or from bytes of either order."""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_POINTS, MOST_TRIANGLES, require_at_most
from cg3d_runtime.scans.ply.header import Element, check_size, read_header
from cg3d_runtime.scans.ply.lists import Column, Lists, read_lists, truncated

Table = dict[str, Column]


def read_tables(path: Path, names: tuple[str, ...]) -> dict[str, Table]:
    """Read the elements with these names, as far as the file has them.

    Raises:
        ScanError: not a PLY file, truncated, malformed, or too large.
    """
    with path.open("rb") as file:
        header = read_header(file)
        check_size(header, path.stat().st_size - file.tell())
        last = max((i for i, element in enumerate(header.elements) if element.name in names), default=-1)
        elements = header.elements[: last + 1]
        for element in elements:
            most = MOST_POINTS if element.name == "vertex" else MOST_TRIANGLES
            require_at_most(element.count, most, f"{element.name} rows")
        tables = _read_binary(file, elements, header.byte_order) if header.byte_order else _read_text(file, elements)
    return {
        element.name: dict(zip((column.name for column in element.properties), columns, strict=True))
        for element, columns in zip(elements, tables, strict=True)
        if element.name in names
    }


def _read_text(file: BinaryIO, elements: list[Element]) -> list[list[Column]]:
    with io.TextIOWrapper(file, encoding="latin-1") as text:
        lines = filter(str.strip, text)
        return [_text_columns(islice(lines, element.count), element) for element in elements]


def _read_binary(file: BinaryIO, elements: list[Element], byte_order: str) -> list[list[Column]]:
    body, offset = file.read(), 0
    tables = []
    for element in elements:
        columns, offset = _binary_columns(body, offset, element, byte_order)
        tables.append(columns)
    return tables


def _text_columns(rows: Iterable[str], element: Element) -> list[Column]:
    from cg3d_runtime.scans.text.numbers import parse_numbers  # few PLY files are text, and a start is short

    if element.has_lists:
        return _text_lists(rows, element)
    numbers = parse_numbers(rows) if element.count else np.empty((0, len(element.properties)))
    expected = (element.count, len(element.properties))
    if numbers.shape != expected:
        raise ScanError(
            f"{element.name} has {numbers.shape[0]} rows of {numbers.shape[1]} numbers, its header says {expected[0]} rows "
            f"of {expected[1]}; the file is truncated or malformed."
        )
    with np.errstate(over="ignore", invalid="ignore"):  # what the type cannot hold, or nan where it is an integer
        return [
            values
            if column.dtype.kind == "f"
            else values.astype(column.dtype)  # text may hold more digits than the type
            for values, column in zip(numbers.T, element.properties, strict=True)
        ]


def _text_lists(rows: Iterable[str], element: Element) -> list[Column]:
    values, lengths = [array("d") for _ in element.properties], [array("q") for _ in element.properties]
    for row in rows:
        numbers = iter(_numbers(row, element))
        try:
            for i, column in enumerate(element.properties):
                length = 1 if column.length is None else int(next(numbers))
                lengths[i].append(length)
                values[i].extend(islice(numbers, length))
        except (ValueError, OverflowError, StopIteration) as error:
            raise _misfit(row, element) from error
    if any(
        len(value) != sum(length) or len(length) != element.count for value, length in zip(values, lengths, strict=True)
    ):
        raise truncated(element)
    return [
        np.array(value) if column.length is None else Lists(np.array(length), np.array(value))
        for column, value, length in zip(element.properties, values, lengths, strict=True)
    ]


def _numbers(row: str, element: Element) -> list[float]:
    from cg3d_runtime.scans.text.numbers import to_number

    words = row.split()
    try:
        return list(map(float, words))
    except ValueError as error:  # perhaps another spelling of nan
        numbers = [number for number in map(to_number, words) if number is not None]
        if len(numbers) < len(words):
            raise _misfit(row, element) from error
        return numbers


def _misfit(row: str, element: Element) -> ScanError:
    return ScanError(f"{element.name} row {row.strip()[:60]!r} does not fit the header.")


def _binary_columns(body: bytes, offset: int, element: Element, byte_order: str) -> tuple[list[Column], int]:
    """Read one table that starts at `offset`; also return where it ends."""
    row_dtype = _first_row_dtype(body, offset, element, byte_order)
    end = offset + element.count * row_dtype.itemsize
    if end <= len(body):
        rows = np.frombuffer(body, row_dtype, element.count, offset) if element.count else np.empty(0, row_dtype)
        columns, is_uniform = _split(rows, element)
        if is_uniform:
            return columns, end
    if not element.has_lists:
        raise truncated(element)
    return read_lists(body, offset, element, byte_order)


def _first_row_dtype(body: bytes, offset: int, element: Element, byte_order: str) -> np.dtype:
    """The layout of the first row, lists at their length: nearly always that of all rows (triangles)."""
    fields: list[tuple[str, np.dtype, tuple[int, ...]]] = []
    for i, column in enumerate(element.properties):
        shape: tuple[int, ...] = ()
        if column.length is not None:
            after = offset + column.length.itemsize
            shape = (_integer(body[offset:after], byte_order) if element.count else 0,)
            fields.append((f"length {i}", column.length, ()))
            offset = after
        offset += column.dtype.itemsize * math.prod(shape)
        if offset > len(body) and element.count:
            raise truncated(element)
        fields.append((f"values {i}", column.dtype, shape))
    return np.dtype(fields)


def _split(rows: np.ndarray, element: Element) -> tuple[list[Column], bool]:
    """The columns of equally laid out rows, and whether their lists are indeed equally long."""
    columns: list[Column] = []
    is_uniform = True
    for i, column in enumerate(element.properties):
        values = rows[f"values {i}"]
        if column.length is None:
            columns.append(values)
        else:
            lengths = rows[f"length {i}"]
            columns.append(Lists(lengths, values.reshape(-1)))
            is_uniform &= bool((lengths == values.shape[1]).all())
    return columns, is_uniform


def _integer(data: bytes, byte_order: str) -> int:
    return int.from_bytes(data, "little" if byte_order == "<" else "big")
