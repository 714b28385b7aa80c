"""Errors of a cloud that name the file it came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cg3d_runtime.errors import DataError, ScanError


@contextmanager
def naming(place: Path | str) -> Iterator[None]:
    """Name a file, or a place in one, in the errors of the block.

    Raises:
        DataError: in the place of a ScanError.
    """
    try:
        yield
    except ScanError as error:
        raise DataError(f"{place}: {error}") from error
