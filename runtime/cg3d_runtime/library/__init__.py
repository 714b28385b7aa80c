"""Libraries of scans: embeddings and what is known of each scan, on disk, to be searched by words, scans and pictures.

library    a library as its readers have it; writer: the one writer; space: what rows were embedded with
rows columns lookup    rows on their way in; their columns; rows by id
segment opened segments    rows that never change: written, mapped; all of a manifest
manifest lock deletions sweeping    what counts, who may write, what is deleted, what nobody names any more
compaction    segments written together
searching numbered    the best rows of queries, of all segments
exact candidates halves    every row looked at; the best of them, the same on every machine
index      inverted lists of large libraries, by faiss (the extra "search"): a cache
scores calibration    what a cosine means; fitted on a library's own rows
where/     filters such as `size < 0.3 and label == 'mug'`
scans tables    scan files on their way in, and a user's own columns
queries query_encoder    words, scans, pictures and mixtures of them as vectors; what embeds them
checking   whether all files are what was written
export/    Parquet, Lance and Qdrant
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # as in typing
if TYPE_CHECKING:
    from cg3d_runtime.library.library import Hit, Library
    from cg3d_runtime.library.rows import Entry, Rows
    from cg3d_runtime.library.segment import SegmentRecord, read_record, write_segment
    from cg3d_runtime.library.space import Space
    from cg3d_runtime.library.writer import LibraryWriter

__all__ = ["Entry", "Hit", "Library", "LibraryWriter", "Rows", "SegmentRecord", "Space", "read_record", "write_segment"]

# Imported on first use: a process that asks once needs no writer, and embeds its query while the library is imported.
_MODULES = {
    "Entry": "rows",
    "Hit": "library",
    "Library": "library",
    "LibraryWriter": "writer",
    "Rows": "rows",
    "SegmentRecord": "segment",
    "Space": "space",
    "read_record": "segment",
    "write_segment": "segment",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
