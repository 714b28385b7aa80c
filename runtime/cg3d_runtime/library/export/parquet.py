"""A library as one file of Apache Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.files.atomic import written_atomically
from cg3d_runtime.library.export.fields import batches_of, imported, schema_of
from cg3d_runtime.library.library import Library


def to_parquet(library: Library, target: str, tell: Callable[[int], None]) -> int:
    """Write a file, whole or not at all; see `export_to`."""
    parquet: Any = imported("pyarrow.parquet", "pyarrow")
    path, rows = Path(target), 0
    if path.exists():
        raise LibraryError(f"{target}: is there already; name a new file.")
    schema = schema_of(library)
    try:
        with written_atomically(path) as file, parquet.ParquetWriter(file, schema) as writer:
            for batch in batches_of(library, schema):
                writer.write_batch(batch)
                tell(rows := rows + len(batch))
    except OSError as error:
        raise LibraryError(f"{target}: cannot be written ({error.strerror or error}).") from error
    return rows
