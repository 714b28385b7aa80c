"""The first lines of a text of points: the names of its columns, and how the numbers stand in a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.text.columns import count_index_columns, find_named, names_columns
from cg3d_runtime.scans.text.numbers import split_cells, to_number, without_comment

_SAMPLE = 50  # lines that tell how all of them are written
_MARK = re.compile(r"^\s*(#|//|%|!)[#/%!]*")  # of a comment
# X [m] Y [m] Z [m]; pandas' Unnamed: 0. Bounded, so that its time grows only with the length of a line.
_ONE_NAME = re.compile(r"(?<!\s)\s+(?=[\[({][^\])}]{0,40}[\])}])|(?<=Unnamed:)\s+(?=\d)")
_WITH_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")  # 1,234: one and a bit, or more than a thousand
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:\.\d{3})+,\d*|(?:,\d{3}){2,})")  # 1,234.5 and 1.234,5
_NUMBERED_NOTE = "has 0, 1, 2 on its first line, which are taken for names of columns."
_NO_TELLING = "commas that separate and commas of decimals cannot be told apart"


@dataclass(frozen=True)
class Head:
    """What stands before the numbers, and the first of them.

    Attributes:
        names: of the columns; empty where there are none, or none that say more than their place.
        first: index of the first line of numbers.
        delimiter: between cells; None for blanks.
        rows: the cells of some lines, from the first on.
        notes: as of `Reading`.
    """

    names: list[str]
    first: int
    delimiter: str | None
    rows: list[list[str]]
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """The cells of a line, without those that separators at the ends of lines leave."""
        width = len(self.rows[0])
        while width > max(len(self.names), 1) and not any(row[width - 1] for row in self.rows if len(row) >= width):
            width -= 1
        return width


def read_head(lines: Sequence[str]) -> Head | None:
    """Read the names of the columns, if any, and the first lines of numbers; None where no line holds numbers.

    A count of points alone on the first line is skipped.

    Raises:
        ScanError: commas of which nobody can say what they mean.
    """
    names: list[str] = []
    is_comment = False  # where the names stand
    for i, line in enumerate(lines):
        content = _MARK.sub("", line, count=1)
        if to_number(content.strip(" \t,;")) is not None:  # blank, or a count
            continue
        if content == line and _are_numbers(row_cells(line), names):
            return _with_numbered_header(_head(names, is_comment, i, lines), lines)
        cells = header_cells(content)
        if content == line or names_columns(cells):
            names, is_comment = cells, content != line
    return None


def holds_numbers(line: str) -> bool:
    """Whether three numbers stand in a line, and mostly numbers."""
    cells = row_cells(line)
    return len(cells) > 2 and _are_numbers(cells, [])


def row_cells(line: str) -> list[str]:
    """The cells of a line of numbers, whatever stands between them."""
    content = without_comment(line)
    return split_cells(content, delimiter_of(content))


def delimiter_of(line: str) -> str | None:
    """What stands between the numbers of a line: a semicolon, a tab, a comma, or None for blanks."""
    if ";" in line:
        return ";"
    words, tabbed = line.split(), [cell.strip() for cell in line.split("\t")]
    if (
        len(tabbed) > 1
        and not any(" " in cell or cell.endswith(",") for cell in tabbed)
        and ("," not in line or all(map(_is_number, tabbed)))
    ):
        return "\t"
    if "," not in line or (len(words) > 2 and all(map(_is_number, words))):
        return None
    return ","


def has_decimal_commas(head: Head) -> bool:
    """Whether numbers are written like 1,5.

    Raises:
        ScanError: it cannot be told, or commas stand between thousands.
    """
    if head.delimiter == "," and _may_be_halves(head):
        raise ScanError(f"{_NO_TELLING}; write semicolons between columns, or decimals with points.")
    words = [word for row in head.rows for word in row]
    with_comma = [word for word in words if _WITH_COMMA.fullmatch(word)]
    if any(map(_THOUSANDS.fullmatch, words)):
        raise ScanError("has commas between thousands; write numbers without them.")
    if not with_comma:
        return False
    is_mixed = any(re.fullmatch(r"[-+]?\d*\.\d+", word) for word in words)
    is_whole = all(map(_GROUPED.fullmatch, with_comma)) and any(
        map(_holds_whole_numbers, zip(*head.rows, strict=False))
    )
    if is_mixed or is_whole:
        raise ScanError("has commas that may stand before decimals or between thousands; write decimals with points.")
    return True


def _holds_whole_numbers(column: Sequence[str]) -> bool:
    """Whether some numbers of a column have a comma, and others do not."""
    return any("," in word for word in column) and any(re.fullmatch(r"[-+]?\d+", word) for word in column)


def _head(names: list[str], is_comment: bool, first: int, lines: Sequence[str]) -> Head:
    sample = list(islice(filter(None, map(without_comment, lines[first:])), _SAMPLE))
    delimiter = delimiter_of(sample[0])
    rows = [split_cells(line, delimiter) for line in sample]
    if delimiter == "\t":
        by_blanks = [split_cells(line, None) for line in sample]
        if _has_empty_column(rows) or len(set(map(len, rows))) > len(set(map(len, by_blanks))):  # tabs that only align
            delimiter, rows = None, by_blanks
    if is_comment and not _fit(names, len(rows[0])):
        names = []
    return Head(_padded(names, rows), first, delimiter, rows)


def _fit(names: list[str], width: int) -> bool:
    """Whether the words of a comment can be the names of that many columns, rather than a sentence."""
    named = find_named(names)
    return len(names) == width or (named.xyz == (0, 1, 2) and max(named.rgb or named.xyz) < width)


def _has_empty_column(rows: list[list[str]]) -> bool:
    width = min(map(len, rows)) - 1  # a separator at the end leaves an empty cell, too
    return any(not any(row[column] for row in rows) for column in range(width))


def _padded(names: list[str], rows: list[list[str]]) -> list[str]:
    """Names, with an empty one for the row names that R and pandas may leave without a name."""
    while names and not names[-1]:
        names = names[:-1]
    is_shorter = bool(names) and all(len(row) == len(names) + 1 and row[-1] for row in rows)
    return ["", *names] if is_shorter and _are_row_names([row[0] for row in rows]) else names


def _are_row_names(cells: list[str]) -> bool:
    if any(to_number(cell) is None for cell in cells):
        return True
    start = int(cells[0]) if cells[0] in ("0", "1") else None
    return start is not None and len(cells) > 1 and cells == [str(start + i) for i in range(len(cells))]


def _with_numbered_header(head: Head, lines: Sequence[str]) -> Head:
    """Take a first line 0, 1, 2, ... for the header that pandas writes for columns without names."""
    cells = head.rows[0]
    while len(cells) > 1 and not cells[-1]:
        cells = cells[:-1]
    if head.names or len(head.rows) < 2 or count_index_columns(cells) is None:
        return head
    is_certain = not cells[0] or any(re.search(r"\d[.,]\d|\d[eE]", word) for row in head.rows[1:] for word in row)
    below = read_head(lines[head.first + 1 :])
    if below is None or not (is_certain or head.delimiter):
        return head
    return replace(
        below, names=cells, first=below.first + head.first + 1, notes=() if is_certain else (_NUMBERED_NOTE,)
    )


def header_cells(content: str) -> list[str]:
    joined = _ONE_NAME.sub("", content)
    delimiter = next((mark for mark in ";,\t" if mark in joined), None)
    return split_cells(joined, delimiter)


def _are_numbers(cells: list[str], names: list[str]) -> bool:
    """Whether a line holds numbers: nothing else, or as many cells as there are names and three numbers among them."""
    numbers = list(map(_is_number, cells))
    if all(numbers):
        return len(cells) > 1
    return sum(numbers) > 2 and (numbers[0] or len(cells) - len(names) in (0, 1))


def _is_number(word: str) -> bool:
    word = word.strip("\"'")
    return to_number(word, has_decimal_commas=True) is not None or _THOUSANDS.fullmatch(word) is not None


def _may_be_halves(head: Head) -> bool:
    """Whether cells between commas may be halves of numbers with commas in them."""
    if head.width < 6:
        return False
    if head.names and head.width < len(head.names) + 3:
        return False
    rows = [row for row in head.rows if len(row) >= head.width]
    return any(
        _are_halves([row[start : start + 6] for row in rows], bool(head.names)) for start in (0, 1)[: head.width - 5]
    )


def _are_halves(rows: list[list[str]], is_too_wide: bool) -> bool:
    """Whether six cells of each line are three numbers with commas in them; surely, if the header names fewer columns."""
    wholes = [word for row in rows for word in row[::2]]
    fractions = [word for row in rows for word in row[1::2]]
    if not all(re.fullmatch(r"[-+]?\d*", word) for word in wholes):
        return False
    if all(re.fullmatch(r"\d{3}\.\d+", word) for word in fractions):  # 1,234.5
        return True
    are_digits = all(re.fullmatch(r"\d*([eE][-+]?\d+)?", word) for word in fractions)
    is_padded = any(re.match(r"0\d|\d+[eE]", word) for word in fractions)
    return are_digits and (is_too_wide or is_padded or all(len(word) == 1 for word in fractions))
