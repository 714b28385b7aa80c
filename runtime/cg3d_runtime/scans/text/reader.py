"""XYZ, TXT and CSV: one point a line, with or without column names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.scans.arrays import Reading, xyz_rgb_from_table
from cg3d_runtime.scans.positions import count_id_columns, digits_note, without_nodata
from cg3d_runtime.scans.text.columns import Named, count_index_columns, find_named, names_columns
from cg3d_runtime.scans.text.file import HEAD_BYTES, encoding_of_points, line_blocks
from cg3d_runtime.scans.text.head import Head, has_decimal_commas, header_cells, holds_numbers, read_head
from cg3d_runtime.scans.text.numbers import Layout, parse_blocks, to_number, without_comment

TEXT_SUFFIXES = (".xyz", ".txt", ".csv")
_NO_NUMBERS = "holds no line of numbers; lines like `x y z` or `x,y,z,r,g,b` are needed."
_BETWEEN_NUMBERS = re.compile(r"[\s,;:|]+")
_LONGEST_LABEL = 60  # characters
_MOST_OF_A_POINT = 16  # numbers: coordinates, colours, normals and more
_ID_NOTE = "begins each line with a number that only counts, which is taken for the id or the time of a point."


def read_text(path: Path) -> Reading:
    """Read columns separated by blanks, tabs, commas or semicolons; # and // start a comment.

    Columns are found by name where a header (also a commented one) names them. Without names they are x, y, z, then
    r, g, b where `colour_columns` finds them; a column that only counts is passed over. A cell without a number is NaN.
    """
    may_quote = not path.is_symlink()  # whoever may write here need not learn what stands elsewhere
    with path.open("rb") as file:
        return read_lines(line_blocks(file), may_quote)


def read_lines(blocks: Iterator[list[str]], may_quote: bool) -> Reading:
    """Read the lines of a file, as `read_text`.

    Args:
        blocks: of lines.
        may_quote: whether messages may show what stands in them.
    """
    first = next(blocks, [])
    head = read_head(first)
    if head is None:
        raise ScanError(_without_numbers(first))
    return _read(head, chain([first[head.first :]], blocks), may_quote)


def may_hold_points(path: Path) -> bool:
    """Whether a file is worth reading where a whole folder is given: False only for texts that `looks_like_points` knows."""
    if path.suffix.lower() not in TEXT_SUFFIXES:
        return True
    try:
        with open_regular(path) as file:
            return looks_like_points(file.read(HEAD_BYTES))
    except OSError:
        return True  # whoever reads it says why


def looks_like_points(head: bytes) -> bool:
    """Whether a text file may hold points, told by its first HEAD_BYTES.

    False only where it surely holds none: a README, a list of labels, a table of other things. What is empty, binary or broken
    is left to `read_text`, which says so.
    """
    try:
        lines = head.decode(encoding_of_points(head), "replace").splitlines()
    except ScanError:
        return True
    if not any(map(str.strip, lines)) or any(names_columns(header_cells(line)) for line in lines[:20]):
        return True
    content = [line for line in lines if without_comment(line)]
    if len(head) >= HEAD_BYTES:
        content = content[:-1]  # cut in its middle
    return 2 * sum(map(holds_numbers, content)) >= len(content) if content else len(head) >= HEAD_BYTES


def _without_numbers(lines: Sequence[str]) -> str:
    """What to say of a text without points."""
    content = [line.strip() for line in lines if without_comment(line)]
    if any(names_columns(header_cells(line)) for line in lines[:20]):
        return "names its columns, but holds no point."
    is_list = bool(content) and all(map(_may_be_label, content))
    return f"{_NO_NUMBERS} It looks like a label list: pass it with --labels." if is_list else _NO_NUMBERS


def _may_be_label(line: str) -> bool:
    """Whether a line is neither a sentence nor three numbers."""
    if len(line) > _LONGEST_LABEL or line.endswith((".", "!", "?")):
        return False
    return sum(any(map(str.isdigit, word)) for word in _BETWEEN_NUMBERS.split(line)) < 3


def _read(head: Head, blocks: Iterable[list[str]], may_quote: bool) -> Reading:
    layout = Layout(
        head.delimiter, has_decimal_commas(head), None, head.width, head.first + 1, line="line", may_quote=may_quote
    )
    index_columns = count_index_columns(head.names) if head.names else 0
    if index_columns is None:
        return _read_named(find_named(head.names, may_quote), head, blocks, layout)
    table = _without_headers(parse_blocks(blocks, layout), head.names)[:, index_columns:]
    if len(table) == 1 and table.shape[1] > _MOST_OF_A_POINT:
        raise ScanError(f"holds a single line of {table.shape[1]} numbers; one point a line is needed.")
    ids = 0 if index_columns else count_id_columns(table)
    xyz, rgb, notes = xyz_rgb_from_table(table[:, ids:])
    xyz, nodata = without_nodata(xyz)
    return Reading(xyz, rgb, (*head.notes, *notes, *nodata, *digits_note(xyz), *([_ID_NOTE] if ids else [])))


def _without_headers(table: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Numbers without the rows 0, 1, 2, ... that pandas writes again where a frame is appended below another."""
    numbered = [i for i, name in enumerate(names[: table.shape[1]]) if name.isdigit()]
    if len(numbered) < 3:
        return table
    is_header = (table[:, numbered] == [int(names[i]) for i in numbered]).all(axis=1)
    kept: np.ndarray = table[~is_header]
    return kept


def _read_named(named: Named, head: Head, blocks: Iterable[list[str]], layout: Layout) -> Reading:
    wanted = named.xyz + (named.rgb or ())
    if max(wanted) >= head.width or (len(head.names) > head.width and named.xyz != (0, 1, 2)):
        raise ScanError(
            f"the header names {len(head.names)} columns, but its lines hold {head.width}; which is which cannot be told."
        )
    if len(set(map(len, head.rows))) > 1 and not _holds_words(head, layout):
        table = parse_blocks(blocks, layout)[:, wanted]  # which refuses the line that has a cell too few
    else:
        last = () if _holds_words(head, layout) else (head.width - 1,)  # it lacks where a cell lacks
        table = parse_blocks(blocks, replace(layout, columns=wanted + last))[:, : len(wanted)]
    xyz, notes = without_nodata(table[:, :3])
    return Reading(xyz, table[:, 3:] if named.rgb else None, (*head.notes, *notes, *digits_note(xyz)))


def _holds_words(head: Head, layout: Layout) -> bool:
    """Whether some columns hold words, or nothing yet that would tell."""
    are_empty = any(not any(column) for column in zip(*head.rows, strict=False))
    return are_empty or any(to_number(word, layout.has_decimal_commas) is None for row in head.rows for word in row)
