"""Numbers as programs write them in text: numpy's C parser for the usual ones, line by line for what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_POINTS

_BLOCK = 1 << 14  # lines that are parsed together
# What stands in a cell that holds no number: nothing, and what pandas, R, databases, Excel and people write.
_MISSING = frozenset(("", "na", "n/a", "<na>", "null", "(null)", "none", "nil", "-", "--", "?", "missing", "nodata"))
_EXCEL_ERROR = r"#(?:N/A|NA|VALUE!|DIV/0!|NUM!|NULL!|REF!|NAME\?)"
_NO_COMMENT = re.compile(rf"#(?:IND|QNAN|SNAN|INF)\d*(?![A-Za-z])|{_EXCEL_ERROR}")
_COMMENT = re.compile(rf"(?!{_NO_COMMENT.pattern})#.*|//.*|^\s*[%!].*")
# printf of Microsoft's C library writes -1.#IND, 1.#QNAN, 1.#INF, -nan(ind), nan(snan).
_NOT_FINITE = re.compile(r"[-+]?(?:1[.,]#(?P<word>IND|QNAN|SNAN|INF)\d*|nan\(\w*\))", re.IGNORECASE)
_FORTRAN = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+))[dD]([-+]?\d+)")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d[^,]*$")
_SHOWN = 20  # characters of a word that a message quotes


@dataclass(frozen=True)
class Layout:
    """How the numbers of a text stand in its lines.

    Attributes:
        delimiter: between the cells of a line; None for blanks and tabs.
        has_decimal_commas: 1,5 is one and a half.
        columns: the cells that are read; None: all of them.
        width: cells of a line; None: as many as the first line has.
        first_line: the number of the first line that is parsed, as an editor counts.
        line: what a line is called in messages.
        may_quote: whether messages may quote what stands in the file.
    """

    delimiter: str | None = None
    has_decimal_commas: bool = False
    columns: tuple[int, ...] | None = None
    width: int | None = None
    first_line: int = 1
    line: str = "row"
    may_quote: bool = True


def parse_numbers(lines: Iterable[str], layout: Layout | None = None) -> np.ndarray:
    """Parse lines of numbers to a (rows, columns) float64 array; what holds no number is NaN.

    Raises:
        ScanError: a word that is not a number, lines of different length, or more points than are read.
    """
    lines = iter(lines)
    return parse_blocks(iter(lambda: list(islice(lines, _BLOCK)), []), layout or Layout())


def parse_blocks(blocks: Iterable[list[str]], layout: Layout) -> np.ndarray:
    """Parse lines that come in lists, as `parse_numbers` does."""
    tables = list(_tables(blocks, layout))
    return np.concatenate(tables) if tables else np.empty((0, 0))


def _tables(blocks: Iterable[list[str]], layout: Layout) -> Iterator[np.ndarray]:
    number, rows, width = layout.first_line, 0, layout.width
    for lines in blocks:
        table = _parse_quickly(lines, layout)
        if table is None or (width is not None and layout.columns is None and table.shape[1] != width):
            table = _parse_patiently(lines, number, width, layout)
        rows, number = rows + len(table), number + len(lines)
        if rows > MOST_POINTS:
            raise ScanError(f"holds more than {MOST_POINTS} points, the most that are read; thin it out first.")
        if len(table):
            width = width if layout.columns is not None else table.shape[1]
            yield table


def _parse_quickly(lines: list[str], layout: Layout) -> np.ndarray | None:
    """What numpy reads of lines that it understands, else None."""
    text = "\n".join(lines)
    comments = [mark for mark in ("#", "//") if mark in text]
    if (comments and (_NO_COMMENT.search(text) or not any(map(without_comment, lines)))) or not text.strip():
        return None
    if layout.has_decimal_commas and layout.delimiter != ",":
        lines = text.replace(",", ".").split("\n")
    try:
        return np.loadtxt(
            lines,
            delimiter=layout.delimiter,
            usecols=layout.columns,
            comments=comments or None,
            quotechar='"' if '"' in text else None,
            ndmin=2,
            dtype=np.float64,
        )
    except ValueError:
        return None


def _parse_patiently(lines: list[str], number: int, width: int | None, layout: Layout) -> np.ndarray:
    rows: list[list[float]] = []
    for line_number, line in enumerate(lines, start=number):
        content = without_comment(line)
        if not content:
            continue
        cells = split_cells(content, layout.delimiter)
        where = f"{layout.line} {line_number}"
        width = width or len(cells)
        rows.append(_row_numbers(_fitted(cells, width, where, layout), where, layout))
    return np.array(rows, dtype=np.float64) if rows else np.empty((0, width or 0))


def without_comment(line: str) -> str:
    """A line without its comment; blank ends are kept where they may be empty cells between tabs."""
    content = _COMMENT.sub("", line).strip(" \r\n")
    return content if content.strip() else ""


def split_cells(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line, without the blanks and quotes around them."""
    if delimiter and '"' in line:
        import csv

        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
    return [cell.strip().strip("\"'") for cell in line.split(delimiter)]


def _fitted(cells: list[str], width: int, where: str, layout: Layout) -> list[str]:
    """The cells of a line, without what a separator at its end leaves."""
    while len(cells) > width and not cells[-1]:
        cells.pop()
    needed = max(layout.columns) + 1 if layout.columns else width
    if len(cells) < needed or (layout.columns is None and len(cells) != width):
        raise ScanError(
            f"{where} holds not {width} numbers, but {len(cells)}; every line must hold equally many numbers."
        )
    return cells


def _row_numbers(cells: list[str], where: str, layout: Layout) -> list[float]:
    numbers = []
    for column in layout.columns if layout.columns is not None else range(len(cells)):
        value = to_number(cells[column], layout.has_decimal_commas)
        if value is None:
            word = _shown(cells[column]) if layout.may_quote else "what stands there"
            raise ScanError(
                f"{where}, column {column + 1}: {word} is no number; every line must hold equally many numbers."
            )
        numbers.append(value)
    return numbers


def _shown(word: str) -> str:
    return repr(word if len(word) <= _SHOWN else f"{word[:_SHOWN]}...")


def to_number(word: str, has_decimal_commas: bool = False) -> float | None:
    """The number that a word is, NaN for a word that says there is none, or None where it is something else."""
    if word.lower() in _MISSING or re.fullmatch(_EXCEL_ERROR, word):
        return float("nan")
    if has_decimal_commas and _DECIMAL_COMMA.match(word):
        word = word.replace(",", ".")
    if match := _NOT_FINITE.fullmatch(word):
        is_infinite = (match["word"] or "").upper() == "INF"
        return float("-inf" if word.startswith("-") else "inf") if is_infinite else float("nan")
    if match := _FORTRAN.fullmatch(word):
        word = f"{match[1]}e{match[2]}"
    word = word.replace("\u2212", "-")  # the minus sign of typesetters
    try:
        return None if "_" in word else float(word)
    except ValueError:
        return None
