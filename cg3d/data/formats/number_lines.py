"""Text files with a fixed number of numbers a line."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import DataError


def read_number_lines(path: Path, columns: int, delimiter: str | None = None) -> np.ndarray:
    """(rows, columns) float32; blank lines are passed over.

    Args:
        delimiter: what stands between numbers; None for blanks.
    Raises:
        DataError: cannot be opened, or a line that does not hold `columns` numbers; the message names file and line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # numpy's for a file without a line: the caller counts rows
            table = np.loadtxt(path, np.float32, comments=None, delimiter=delimiter, ndmin=2, encoding="latin-1")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise DataError(_fault(path, columns, delimiter) or f"{path}: {error}.") from error
    if table.size and table.shape[1] != columns:
        raise DataError(_fault(path, columns, delimiter) or f"{path}: {columns} numbers a line are needed.")
    return table.reshape(-1, columns)


def _fault(path: Path, columns: int, delimiter: str | None) -> str | None:
    """The first faulty line; numpy does not count lines the way an editor does."""
    with path.open(encoding="latin-1") as lines:
        for number, line in enumerate(lines, start=1):
            words = line.split(delimiter)
            if line.strip() and not (len(words) == columns and all(map(_parses_as_float, words))):
                return f"{path}, line {number}: {columns} numbers are needed, got {line.strip()[:80]!r}. Mend or copy it again."
    return None


def _parses_as_float(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
