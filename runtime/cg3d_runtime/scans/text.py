"""XYZ, TXT and CSV: one point a line, with or without column names."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.arrays import Reading, find_columns, xyz_rgb_from_table


def read_text(path: Path) -> Reading:
    """Read columns separated by blanks, commas or semicolons; # and // start a comment.

    Columns are found by name where a header (also a commented one) names x, y and z. Without names they are x, y, z,
    then r, g, b where columns 4 to 6 can be colours.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        names, first = _read_head(lines)
        rows = chain([first], lines)
        if not names:
            return xyz_rgb_from_table(parse_numbers(rows, _delimiter(first)))
        xyz, rgb = find_columns(names, "the header", "column")
        table = parse_numbers(rows, _delimiter(first), [names.index(name) for name in xyz + (rgb or [])])
        return Reading(table[:, :3], table[:, 3:] if rgb else None)


def parse_numbers(lines: Iterable[str], delimiter: str | None = None, columns: list[int] | None = None) -> np.ndarray:
    """Parse lines of numbers to a (rows, columns) float64 array with numpy's C parser.

    Raises:
        ScanError: a word that is not a number, or lines of different length.
    """
    try:
        return np.loadtxt(lines, delimiter=delimiter, usecols=columns, comments=["#", "//"], ndmin=2, dtype=np.float64)
    except ValueError as error:
        reason = str(error).split(";")[0].rstrip(".")
        raise ScanError(f"{reason}; every line must hold equally many numbers.") from error


def _read_head(lines: Iterable[str]) -> tuple[list[str], str]:
    """Column names, if any, and the first line of numbers; a leading count of points alone on its line is skipped."""
    names: list[str] = []
    for line in lines:
        is_comment = line.lstrip().startswith(("#", "//"))
        words = _words(line.strip().lstrip("#/"))
        if words and not _is_number(words[0]):
            if not is_comment or {"x", "y", "z"} <= {word.lower() for word in words}:
                names = words
        elif len(words) > 1 and not is_comment:
            return names, line
    raise ScanError("holds no line of numbers; lines like `x y z` or `x,y,z,r,g,b` are needed.")


def _delimiter(line: str) -> str | None:
    return next((mark for mark in ";," if mark in line), None)


def _words(line: str) -> list[str]:
    return [word.strip(" \t\"'") for word in line.split(_delimiter(line))]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
