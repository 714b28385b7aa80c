"""Rows as other engines take them."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library.columns import FLAG, NUMBER, TEXT, WHOLE, Row, Value
from cg3d_runtime.library.library import Library

if TYPE_CHECKING:
    import pyarrow

VECTOR = "vector"
_ROWS = 1 << 13  # in one piece


def described(library: Library) -> dict[str, str]:
    """What must travel with the rows, so that nobody asks them with vectors of another model."""
    space = library.space
    return {"cg3d-bundle": space.bundle, "cg3d-space": space.sha256, "cg3d-dim": str(space.dim)}


def imported(name: str, package: str) -> ModuleType:
    """A library that an export needs.

    Raises:
        LibraryError: it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise LibraryError(f"{package} is needed for this export, and not installed: pip install {package}.") from error


def schema_of(library: Library) -> pyarrow.Schema:
    """The columns as Arrow has them, the vector last."""
    arrow: Any = imported("pyarrow", "pyarrow")
    kinds = {TEXT: arrow.string(), NUMBER: arrow.float64(), WHOLE: arrow.int64(), FLAG: arrow.bool_()}
    fields = [arrow.field(name, kinds[kind]) for name, kind in library.columns.items()]
    vector = arrow.field(VECTOR, arrow.list_(arrow.float16(), library.space.dim))
    return arrow.schema([*fields, vector], metadata=described(library))


def batches_of(library: Library, schema: pyarrow.Schema) -> Iterator[pyarrow.RecordBatch]:
    """The rows with vectors in Arrow's pieces."""
    arrow: Any = imported("pyarrow", "pyarrow")
    for vectors, rows in library.blocks(_ROWS):
        if not rows:
            continue
        flat = arrow.array(vectors.reshape(-1), arrow.float16())
        columns = [
            arrow.array([_fitting(row, name) for row in rows], schema.field(name).type) for name in library.columns
        ]
        lists = arrow.FixedSizeListArray.from_arrays(flat, library.space.dim)
        yield arrow.RecordBatch.from_arrays([*columns, lists], schema=schema)


def _fitting(row: Row, name: str) -> Value | None:
    value = row[name]
    # Names of files need not be valid text, which Arrow and JSON ask for.
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def payload(row: Row) -> dict[str, Value]:
    """The known values of a row."""
    values = {name: _fitting(row, name) for name in row}
    return {name: value for name, value in values.items() if value is not None}
