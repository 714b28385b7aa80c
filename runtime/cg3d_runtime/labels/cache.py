"""The label matrix of a label list, and the words of a search, computed once per bundle and kept in the user's cache directory.

Encoding the labels is the slow half of a start: on a hit neither the tokenizer nor the text graph is loaded. A cache that is
damaged, that somebody else can have written, or that cannot be written costs time, never the answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import one_line
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.files.cache_directory import cache_directory
from cg3d_runtime.files.npz import read_arrays
from cg3d_runtime.files.regular import read_private
from cg3d_runtime.labels.lists import Label
from cg3d_runtime.labels.unfamiliar import UNFAMILIAR

LISTS, QUERIES = "labels", "queries"  # folders: label lists, and words that libraries were searched by
MOST_LISTS, MOST_QUERIES = 200, 1000  # that are kept, of the newest: 52 KB each for 26 labels, 3 KB for a query
_VERSION = 2  # of the mathematics in TextEncoder.embed and of the file below
_MOST_BYTES_AROUND = 1 << 16  # of the archive, beside the matrix
_ABANDONED_S = 3600.0  # age of a half-written file whose writer is certainly dead
_UNIT_TOLERANCE = 1e-3

_log = logging.getLogger(__name__)


def load_matrix(bundle: Bundle, labels: Sequence[Label], folder: str = LISTS) -> np.ndarray | None:
    """The kept embeddings of a list.

    Args:
        folder: LISTS or QUERIES, so that many queries push no label list out.
    Returns:
        (L, D) float32, unit rows, in the order of `labels`; None where there is none to be trusted.
    """
    key = _key(bundle, labels)
    try:
        return _load(_file(folder, key), key, (len(labels), bundle.manifest.embedding_dim))
    except RuntimeError:  # a user without a home directory, of which `save_matrix` warns
        return None


def save_matrix(bundle: Bundle, labels: Sequence[Label], matrix: np.ndarray, folder: str = LISTS) -> None:
    """Keep the embeddings of a list, (L, D) float32, unit rows, made by the bundle's most exact text graph."""
    key = _key(bundle, labels)
    try:
        _save(_file(folder, key), key, matrix)
    except RuntimeError as error:
        _log.warning("labels are not cached: %s", error)


def _file(folder: str, key: str) -> Path:
    return cache_directory() / folder / f"{key}.npz"


def _key(bundle: Bundle, labels: Sequence[Label]) -> str:
    """A hash over everything that the matrix depends on."""
    files = bundle.manifest.files
    tokenizer, unfamiliar = files.get("tokenizer"), files.get(UNFAMILIAR)
    parts = (
        _VERSION,
        bundle.graph_entry("text").sha256,
        tokenizer and tokenizer.sha256,
        bundle.manifest.text.templates,
        [label.phrases for label in labels],
        *([unfamiliar.sha256] if unfamiliar else []),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _load(path: Path, key: str, shape: tuple[int, int]) -> np.ndarray | None:
    """The matrix in a cache file, or None where there is none to be trusted."""
    try:
        content = read_private(path, most=4 * shape[0] * shape[1] + _MOST_BYTES_AROUND)
        return _matrix(read_arrays(content), key, shape)  # .npz: its CRC tells damage
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        _log.warning("%s: unreadable label cache (%s); the labels are encoded again", path, one_line(error))
        return None


def _matrix(arrays: Mapping[str, np.ndarray], key: str, shape: tuple[int, int]) -> np.ndarray:
    """Raises: ValueError, KeyError: the arrays are not these labels' unit rows."""
    matrix = arrays["labels"]
    if str(arrays["key"]) != key:
        raise ValueError("it is of other labels")
    if matrix.shape != shape or matrix.dtype != np.float32:
        raise ValueError(f"float32 {shape} is expected, got {matrix.dtype} {matrix.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        is_unit = np.abs(np.linalg.norm(matrix, axis=1) - 1.0) <= _UNIT_TOLERANCE
    if not is_unit.all():
        raise ValueError("a row has not the length 1")
    return matrix


def _save(path: Path, key: str, matrix: np.ndarray) -> None:
    content = io.BytesIO()
    np.savez(content, labels=matrix, key=np.array(key))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, content.getvalue(), mode=0o600)
        _make_room(path.parent)
    except OSError as error:
        _log.warning("%s: the label cache cannot be written (%s); next time the labels are encoded again", path, error)


def _make_room(directory: Path) -> None:
    """Remove the oldest lists where there are too many, and what writers left that were killed."""
    by_age = sorted(directory.glob("*.npz"), key=_modified, reverse=True)
    half_written = [path for path in directory.glob(".*.npz.*") if time.time() - _modified(path) > _ABANDONED_S]
    most = MOST_QUERIES if directory.name == QUERIES else MOST_LISTS
    for path in (*by_age[most:], *half_written):
        with contextlib.suppress(OSError):
            path.unlink()


def _modified(path: Path) -> float:
    """When a file was written, in seconds since 1970; another process may have removed it meanwhile."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0
