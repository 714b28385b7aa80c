"""The label matrix of a label list, computed once per bundle and kept in the user's cache directory.

Encoding the labels is the slow half of a start: on a hit neither the tokenizer nor the text graph is loaded. A cache that is
damaged or cannot be written costs time, never the answer.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cg3d_runtime.atomic import write_atomically
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels import Label
from cg3d_runtime.npz import read_arrays

CACHE_VARIABLE = "CG3D_CACHE"
_VERSION = 1  # of the mathematics in TextEncoder.embed and of the file below

_log = logging.getLogger(__name__)


def label_matrix(bundle: Bundle, labels: Sequence[Label], embed: Callable[[Sequence[Label]], np.ndarray]) -> np.ndarray:
    """The embedding of each label, from the cache or else from `embed`.

    Args:
        embed: computes the matrix with the bundle's most exact text graph; called on a miss only.
    Returns:
        (L, D) float32, unit rows, in the order of `labels`.
    """
    shape = (len(labels), bundle.manifest.embedding_dim)
    try:
        path = cache_directory() / "labels" / f"{_key(bundle, labels)}.npz"
    except RuntimeError as error:  # a user without a home directory
        _log.warning("labels are not cached: %s", error)
        return embed(labels)
    matrix = _load(path, shape)
    if matrix is None:
        matrix = embed(labels)
        _save(path, matrix)
    return matrix


def cache_directory() -> Path:
    """Where this user's caches belong: CG3D_CACHE, else the platform's place.

    Raises:
        RuntimeError: the user has no home directory.
    """
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cg3d"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "cg3d" / "cache"
    named = os.environ.get("XDG_CACHE_HOME", "")  # to be ignored unless absolute, says its specification
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "cg3d"


def _key(bundle: Bundle, labels: Sequence[Label]) -> str:
    """A hash over everything that the matrix depends on."""
    tokenizer = bundle.manifest.files.get("tokenizer")
    parts = (
        _VERSION,
        bundle.graph_entry("text").sha256,
        tokenizer and tokenizer.sha256,
        bundle.manifest.text.templates,
        [label.phrases for label in labels],
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _load(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """The matrix in a cache file, or None where there is none to be trusted."""
    try:
        matrix = read_arrays(path.read_bytes())["labels"]  # .npz: its CRC tells damage
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        _log.warning("%s: unreadable label cache (%s); the labels are encoded again", path, error)
        return None
    return matrix if matrix.shape == shape and matrix.dtype == np.float32 else None


def _save(path: Path, matrix: np.ndarray) -> None:
    content = io.BytesIO()
    np.savez(content, labels=matrix)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content.getvalue(), mode=0o600)
    except OSError as error:
        _log.warning("%s: the label cache cannot be written (%s); next time the labels are encoded again", path, error)
