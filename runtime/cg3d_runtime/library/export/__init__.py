"""A library for other engines: the same rows, where more machines search them than one.

parquet    a file of Apache Parquet, by pyarrow
lance      a data set of Lance, also on object storage, by pylance
qdrant     a collection of Qdrant, on a server or in a folder, by qdrant-client
fields     rows as plain values
"""

from __future__ import annotations

from collections.abc import Callable

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library.export.lance import to_lance
from cg3d_runtime.library.export.parquet import to_parquet
from cg3d_runtime.library.export.qdrant import to_qdrant
from cg3d_runtime.library.library import Library

Told = Callable[[int], None]  # rows written so far

EXPORTS: dict[str, Callable[[Library, str, Told], int]] = {
    "parquet": to_parquet,
    "lance": to_lance,
    "qdrant": to_qdrant,
}


def export_to(form: str, library: Library, target: str, tell: Told = lambda rows: None) -> int:
    """Write all rows with vectors elsewhere.

    Args:
        form: one of EXPORTS.
        target: a new file (parquet), a new data set (lance: a folder, s3://, gs://), or a server's URL or a folder, with
            `#NAME` for the collection (qdrant).
        tell: is called with the number of rows written so far.
    Returns:
        Number of rows.
    Raises:
        LibraryError: a form that is none, a library that is not installed, or a target that cannot be written.
    """
    if form not in EXPORTS:
        raise LibraryError(f"--to {form!r:.40} is none of {', '.join(EXPORTS)}.")
    return EXPORTS[form](library, target, tell)
