"""Whether a library is what was written: every byte of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import LibraryError, one_line, shortened
from cg3d_runtime.library.index import open_index
from cg3d_runtime.library.manifest import SEGMENTS, SegmentEntry
from cg3d_runtime.library.segment import StoredFile, described, paths_of
from cg3d_runtime.library.segments import existing, open_segment

_BLOCK = 1 << 14  # rows looked at together


def faults(folder: Path) -> Iterator[str]:
    """What is wrong with a library, one line each, as it is found; nothing where all is well.

    Raises:
        LibraryError: there is none, or its manifest cannot be read.
    """
    manifest = existing(folder)
    seen: set[str] = set()
    for entry in manifest.segments:
        yield from _told(_faults_of(folder, entry, seen))
    open_index(folder)  # a cache: what is wrong with it is logged, and is no fault of the library


def _faults_of(folder: Path, entry: SegmentEntry, seen: set[str]) -> Iterator[str]:
    vectors, table, _ = paths_of(folder / SEGMENTS, entry.record.name)
    files = ((vectors, entry.record.vectors), (table, entry.record.table))
    if broken := [fault for path, of in files for fault in _faults_of_file(path, of)]:
        yield from broken  # all else that is wrong follows from them
        return
    segment = open_segment(folder, entry)
    for name in entry.record.columns:
        segment.column(name)
    living = [each for each, alive in zip(segment.ids(), segment.alive, strict=True) if alive]
    if twice := seen.intersection(living):
        yield f"{vectors}: holds {len(twice)} rows whose ids other segments hold too, such as {shortened(min(twice), 60)}."
    seen.update(living)
    for start in range(0, entry.record.embedded, _BLOCK):
        segment.take(np.arange(start, min(start + _BLOCK, entry.record.embedded)))


def _told(found: Iterator[str]) -> Iterator[str]:
    """Faults, and the one that ends the look at them."""
    try:
        yield from found
    except (LibraryError, FileNotFoundError) as error:
        yield one_line(error)


def _faults_of_file(path: Path, of: StoredFile) -> Iterator[str]:
    try:
        if described(path) != of:
            yield f"{path}: not the bytes that were written."
    except OSError as error:
        yield f"{path}: cannot be read ({error.strerror})."
