"""The lists and tables of a data set: small text files, read whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cg3d_runtime.errors import DataError


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Raises:
        DataError: missing, or no UTF-8; the message names it.
    """
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no UTF-8 text ({error.reason} at byte {error.start}). Copy it again.") from error


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something, without the blanks around them, with their numbers from 1."""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            yield number, line.strip()


def read_json(path: Path, kind: type) -> Any:
    """The content of a JSON file.

    Raises:
        DataError: missing, no JSON, or its content is no `kind`, list or dict; the message names it.
    """
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: is no JSON, or a damaged one ({error}). Copy it again.") from error
    if not isinstance(content, kind):
        raise DataError(f"{path}: holds a {type(content).__name__}; a {kind.__name__} is expected.")
    return content


def entries_of(path: Path, keys: tuple[str, ...]) -> Iterator[list[str]]:
    """Of every entry in a JSON list of dictionaries, the text under `keys`.

    Raises:
        DataError: no such list, or an entry without one of the keys; the message names the file and the entry.
    """
    for number, entry in enumerate(read_json(path, list)):
        fields = [entry.get(key) for key in keys] if isinstance(entry, dict) else []
        if not fields or not all(isinstance(field, str) for field in fields):
            raise DataError(f"{path}, entry {number}: {', '.join(keys)} are needed, all text, got {entry!r:.200}.")
        yield [str(field) for field in fields]


def first_that_exists(candidates: list[Path], what: str) -> Path:
    """The first of some places that is there.

    Raises:
        DataError: none; the message says `what` was looked for and names the places.
    """
    for path in candidates:
        if path.exists():
            return path
    raise DataError(f"{what}. Looked for {' and '.join(map(str, candidates))}.")
