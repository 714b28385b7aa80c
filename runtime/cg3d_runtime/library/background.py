"""A sample of a library's rows, that scores are measured against."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.files.npz import read_array
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.library.manifest import NamedFile
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.rows import ID
from cg3d_runtime.library.segment import StoredFile

SAMPLE = 1024  # rows
LEAST = 32  # rows of which a spread can be told


def is_stale(named: NamedFile | None, rows: int) -> bool:
    """Whether a sample must be taken anew of a library that has now so many searchable rows."""
    if named is None or rows < LEAST:
        return rows >= LEAST
    return not named.rows / 2 < rows < named.rows * 2


def sampled(segments: Sequence[OpenedSegment]) -> np.ndarray:
    """The vectors of those living rows whose ids have the least hashes: the same ones in whatever order they were added.

    Returns:
        (SAMPLE or fewer, D) float16.
    """
    hashes, vectors = [], []
    for segment in segments:
        found, rows = segment.least_hashes(ID, SAMPLE)
        hashes.append(found)
        vectors.append(segment.vectors[rows])
    least = np.argsort(np.concatenate(hashes), kind="stable")[:SAMPLE]
    taken: np.ndarray = np.concatenate(vectors)[least]
    return taken


def write_background(library: Path, vectors: np.ndarray, rows: int) -> NamedFile:
    """Write a sample, (m, D) float16, of a library of so many rows."""
    content = io.BytesIO()
    np.save(content, vectors)
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    name = f"background-{digest[:16]}.npy"
    write_atomically(library / name, content.getvalue())
    return NamedFile(name, StoredFile(len(content.getvalue()), digest), rows)


def read_background(library: Path, named: NamedFile, dim: int) -> np.ndarray:
    """The sample, (m, D) float32.

    Raises:
        FileNotFoundError: it is not there.
        LibraryError: it is not what the manifest says.
    """
    path = library / named.file
    try:
        with open_regular(path) as file:
            content = file.read(named.content.bytes + 1)
        if hashlib.sha256(content).hexdigest() != named.content.sha256:
            raise ValueError("it is not the sample that was written")
        vectors = read_array(io.BytesIO(content), len(content))
        if vectors.shape[1:] != (dim,):
            raise ValueError(f"it has the shape {vectors.shape}")
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise LibraryError(f"{path}: damaged ({error}). Copy the library again.") from error
    return vectors.astype(np.float32)
