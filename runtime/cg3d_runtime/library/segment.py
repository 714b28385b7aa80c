"""A segment: rows that never change, as two files that are mapped and a record of what their bytes must be.

    NAME.npy    (embedded, D) float16 unit rows
    NAME.npz    the columns of all rows, not compressed, and lookups by id and digest
    NAME.json   the record; written last, so that a segment that has one is whole

Both arrays are NumPy's own formats: np.load reads them, too. The same rows give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from cg3d_runtime.errors import LibraryError, one_line, shortened
from cg3d_runtime.files.atomic import sync_folder, write_atomically, written_atomically
from cg3d_runtime.files.records import record_of, refuse_constant, refuse_twice
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.library.columns import Column, Texts
from cg3d_runtime.library.lookup import Lookup
from cg3d_runtime.library.rows import DTYPE, ID, SHA256, Rows
from cg3d_runtime.library.space import Space

FORMAT = 1
LOOKUPS = (ID, SHA256)
MOST_ROWS = 1 << 20  # of one segment that compaction makes: a gibibyte of vectors of 512
_BLOCK = 1 << 14  # rows written at once
_MOST_RECORD_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True)
class StoredFile:
    """What the bytes of a file must be."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class SegmentRecord:
    """What a segment holds.

    Attributes:
        name: of its files, without suffix.
        rows: all of them; the first `embedded` have vectors, the others errors.
        space: SHA-256 of the embedding space, see `Space`.
        columns: kind by name.
        vectors, table: the two files.
    """

    format: int
    name: str
    rows: int
    embedded: int
    dim: int
    space: str
    columns: dict[str, str]
    vectors: StoredFile
    table: StoredFile

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ValueError(f"format {self.format}; this runtime reads {FORMAT}")
        if not _NAME.fullmatch(self.name) or not 0 <= self.embedded <= self.rows < 1 << 32 or self.dim < 1:
            raise ValueError(f"{self.name!r:.80}: {self.embedded} of {self.rows} rows of {self.dim}")

    @cached_property
    def sha256(self) -> str:
        """Of the content, whatever the files are called."""
        tree = asdict(replace(self, name="x"))
        return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


def write_segment(folder: Path, name: str, rows: Rows, space: Space) -> SegmentRecord:
    """Write a segment; what was there under this name is replaced.

    Args:
        folder: made where there is none.
        name: letters, digits, - and _, 100 at most; a hash of the input makes work that is repeated harmless.
        rows: of vectors of the space's dimension.
    Raises:
        LibraryError: vectors of another dimension, or a name that is none.
        OSError: the folder is full or may not be written; no half segment is left that anybody would take for one.
    """
    if rows.vectors.shape[1] != space.dim:
        raise LibraryError(f"vectors of {rows.vectors.shape[1]} numbers; the space {space.bundle} has {space.dim}.")
    return write_parts(folder, name, Parts([rows.vectors], rows.columns), space)


@dataclass(frozen=True, eq=False)
class Parts:
    """What a segment is written from: vectors in pieces, for there may be more than memory holds."""

    vectors: list[np.ndarray]
    columns: dict[str, Column]


def write_parts(folder: Path, name: str, parts: Parts, space: Space) -> SegmentRecord:
    """As `write_segment`, of pieces."""
    if not _NAME.fullmatch(name):
        raise LibraryError(f"{shortened(name, 80)!r} is no name of a segment: letters, digits, - and _, 100 at most.")
    folder.mkdir(parents=True, exist_ok=True)
    paths = paths_of(folder, name)
    paths[2].unlink(missing_ok=True)  # an older one is none from here on
    embedded = sum(map(len, parts.vectors))
    with written_atomically(paths[0]) as file:
        npy_format.write_array_header_1_0(
            file, {"descr": DTYPE.str, "fortran_order": False, "shape": (embedded, space.dim)}
        )
        for block in _blocks(parts.vectors):
            file.write(np.ascontiguousarray(block, DTYPE).tobytes())
    with written_atomically(paths[1]) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for member, array in _table(parts.columns):
            with archive.open(f"{member}.npy", "w", force_zip64=True) as opened:
                npy_format.write_array(opened, array, allow_pickle=False)
    kinds = {column: of.kind for column, of in parts.columns.items()}
    count = len(parts.columns[ID])
    record = SegmentRecord(
        FORMAT, name, count, embedded, space.dim, space.sha256, kinds, described(paths[0]), described(paths[1])
    )
    write_record(folder, record)
    return record


def write_record(folder: Path, record: SegmentRecord) -> None:
    """Declare a segment whole whose files are there."""
    write_atomically(paths_of(folder, record.name)[2], json.dumps(asdict(record), indent=1).encode())
    sync_folder(folder)


def read_record(folder: Path, name: str) -> SegmentRecord | None:
    """The record of a segment that was written whole; None where there is none yet.

    Raises:
        LibraryError: it is damaged, or of a format that this runtime does not know.
    """
    path = paths_of(folder, name)[2]
    try:
        with open_regular(path) as file:
            text = file.read(_MOST_RECORD_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LibraryError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        tree = json.loads(text, parse_constant=refuse_constant, object_pairs_hook=refuse_twice)
        return record_of(tree, SegmentRecord, "the record")
    except (ValueError, RecursionError) as error:
        raise LibraryError(
            f"{path}: no record of a segment ({one_line(error, 200)}); write the segment again."
        ) from error


def paths_of(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Vectors, table and record."""
    return folder / f"{name}.npy", folder / f"{name}.npz", folder / f"{name}.json"


def described(path: Path) -> StoredFile:
    """Size and SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    with open_regular(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return StoredFile(size, digest.hexdigest())


def _blocks(vectors: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    for piece in vectors:
        for start in range(0, len(piece), _BLOCK):
            yield piece[start : start + _BLOCK]


def _table(columns: dict[str, Column]) -> Iterator[tuple[str, np.ndarray]]:
    for name, column in columns.items():
        for part, array in column.arrays().items():
            yield f"{name}{part}", array
    for name in LOOKUPS:
        texts = columns.get(name)
        if isinstance(texts, Texts):
            yield from Lookup.of(texts.values()).arrays(name).items()
