"""Bitmaps of deleted rows: small files beside segments that never change, each under the hash of what it holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.library.manifest import DELETED, NamedFile
from cg3d_runtime.library.segment import StoredFile


def write_deleted(library: Path, segment: str, deleted: np.ndarray) -> NamedFile:
    """Write which rows of a segment are deleted.

    Args:
        deleted: (rows,) bool.
    """
    content = np.packbits(deleted).tobytes()
    digest = hashlib.sha256(content).hexdigest()
    name = f"{segment}-{digest[:16]}.bits"
    folder = library / DELETED
    folder.mkdir(exist_ok=True)
    write_atomically(folder / name, content)
    return NamedFile(name, StoredFile(len(content), digest), int(deleted.sum()))


def read_deleted(library: Path, named: NamedFile, rows: int) -> np.ndarray:
    """Which of the rows of a segment are deleted, (rows,) bool.

    Raises:
        FileNotFoundError: the bitmap is not there.
        LibraryError: it is not what the manifest says.
    """
    path = library / DELETED / named.file
    try:
        with open_regular(path) as file:
            content = file.read(named.content.bytes + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LibraryError(f"{path}: cannot be read ({error.strerror}).") from error
    if hashlib.sha256(content).hexdigest() != named.content.sha256 or len(content) * 8 < rows:
        raise LibraryError(
            f"{path}: damaged: it is not the bitmap of deleted rows that was written. Copy the library again."
        )
    bits = np.unpackbits(np.frombuffer(content, np.uint8), count=rows)
    return bits.astype(bool)
