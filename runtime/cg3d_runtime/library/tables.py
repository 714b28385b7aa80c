"""A user's own columns: a table in CSV or TSV that names scan files and says what is known of each."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cg3d_runtime.errors import LibraryError, one_line, shortened
from cg3d_runtime.files.encodings import text_encoding
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.library.columns import Value
from cg3d_runtime.library.rows import COLOUR, LABEL, NOTE, OWN_KINDS, SIZE

KEYS = ("path", "file", "id")  # one of these columns names the scan
GIVEN = (LABEL, NOTE, SIZE, COLOUR)  # of our own columns, those that a table may give
_MOST_BYTES = 1 << 30
_TRUTHS = {"true": True, "false": False}


class Table:
    """What a table says of scan files: by the path relative to the table, the absolute path, or a name that is there once."""

    def __init__(self, rows: Mapping[str, Mapping[str, Value]]) -> None:
        """Rows by absolute path; `read_table` reads them."""
        self._rows = dict(rows)
        names = Counter(os.path.basename(path) for path in rows)  # noqa: PTH119 - of a million paths
        self._named = {os.path.basename(path): row for path, row in rows.items()}  # noqa: PTH119
        for name, count in names.items():
            if count > 1:
                del self._named[name]

    def of(self, path: str) -> Mapping[str, Value]:
        """What is said of a file, by column; nothing where it is not in the table."""
        return self._rows.get(path) or self._named.get(os.path.basename(path)) or {}  # noqa: PTH119

    def __len__(self) -> int:
        return len(self._rows)


def read_table(path: Path) -> Table:
    """Read a table whose first line names its columns, one of which is `path`, `file` or `id`.

    A column is whole numbers, numbers or true and false where all its values are; an empty field is unknown.

    Raises:
        LibraryError: no such table.
    """
    header, lines = _lines(path)
    key = next((name for name in KEYS if name in header), None)
    if key is None:
        raise LibraryError(
            f"{shortened(path)}: a column {', '.join(KEYS)} must name the scans; got {', '.join(header)!r:.200}."
        )
    fields = {name: _typed([line[number] for line in lines]) for number, name in enumerate(header) if _is_given(name)}
    names = [line[header.index(key)] for line in lines]
    rows = {}
    for number, name in enumerate(names):
        row = {column: values[number] for column, values in fields.items()}
        known = {column: value for column, value in row.items() if value is not None}
        rows[os.path.abspath(path.parent / name)] = known  # noqa: PTH100 - links are not to be followed
    return Table(rows)


def _is_given(name: str) -> bool:
    return name in GIVEN or (name not in OWN_KINDS and name not in KEYS)


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES)
        text = content.decode(text_encoding(content[:4]) or "utf-8-sig")
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        header, *lines = [line for line in csv.reader(text.splitlines(), delimiter=delimiter, strict=True) if line]
    except (OSError, ValueError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else one_line(error, 100)
        raise LibraryError(f"{shortened(path)}: no table in CSV can be read there ({reason}).") from error
    if wrong := next((number for number, line in enumerate(lines, 2) if len(line) != len(header)), None):
        raise LibraryError(f"{shortened(path)}: row {wrong} has not the {len(header)} fields that the first one names.")
    return [name.strip() for name in header], lines


def _typed(texts: Sequence[str]) -> list[Value | None]:
    """Fields as the narrowest type that holds all of them."""
    known = [text.strip() for text in texts if text.strip()]
    readers: tuple[Callable[[str], Value], ...] = (int, float, lambda text: _TRUTHS[text.lower()])
    for reader in readers:
        try:
            for text in known:
                reader(text)
        except (ValueError, KeyError):
            continue
        return [reader(text.strip()) if text.strip() else None for text in texts]
    return [text.strip() or None for text in texts]
