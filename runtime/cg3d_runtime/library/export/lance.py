"""A library as a data set of Lance, which Ray and LanceDB read, also from object storage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cg3d_runtime.errors import LibraryError, shortened
from cg3d_runtime.library.export.fields import batches_of, imported, schema_of
from cg3d_runtime.library.library import Library

if TYPE_CHECKING:
    import pyarrow


def to_lance(library: Library, target: str, tell: Callable[[int], None]) -> int:
    """Write a data set, which is there when its manifest is; see `export_to`."""
    lance: Any = imported("lance", "pylance")
    schema, rows = schema_of(library), 0

    def counted() -> Iterator[pyarrow.RecordBatch]:
        nonlocal rows
        for batch in batches_of(library, schema):
            yield batch
            tell(rows := rows + len(batch))

    try:
        lance.write_dataset(counted(), target, schema=schema, mode="create")
    except OSError as error:  # as it tells all that is wrong with a target
        raise LibraryError(f"{target}: cannot be written by Lance ({_reason(error)}).") from error
    return rows


def _reason(error: OSError) -> str:
    """What an object store says, where it says something; else Lance's words, without its layers and source files."""
    text = " ".join(str(error).split())
    if said := re.search(r"<Message>(.*?)</Message>", text):
        return shortened(said.group(1), 200)
    plain = re.sub(
        r", /\S+\.rs:\d+:\d+|LanceError\(\w+\): |Generic \S+ error: |Error performing \w+ request: ", "", text
    )
    return shortened(re.sub(r"Error performing \w+ ([^\s?]+)\S* in .*? - ", r"\1: ", plain), 200)
