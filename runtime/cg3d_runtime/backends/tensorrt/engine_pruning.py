"""Pruning of the engine cache: those unused for longest go, where all together take too much room.

Age, release and GPU alone condemn none: an engine of yesterday's TensorRT is the way back from an update, and a robot's clock
may be wrong. One that a process opens, builds or runs is never touched.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 4 << 30  # about ten bundles with large towers

_PLAN = re.compile(r"\.?([0-9a-f]{64})\.plan(\.\w+)?")  # also what a killed process left half-written

_log = logging.getLogger(__name__)


@dataclass
class _Engine:
    """The room that one key takes, and when its plan was last opened (seconds since 1970)."""

    bytes: int = 0
    used: float = 0.0


def prune(directory: Path, most: int) -> None:
    """Remove engines, those unused for longest first, until the others take at most `most` bytes.

    Only an engine whose lock can be had at once is removed, so none where files cannot be locked.
    """
    engines = _engines(directory)
    excess = sum(engine.bytes for engine in engines.values()) - most
    for digest in sorted(engines, key=lambda digest: engines[digest].used):
        if excess <= 0:
            return
        with (
            _taken(directory / f"{digest}.lock", os.O_CREAT) as opened_by_none,
            _unused(directory, digest) as runs_nowhere,
        ):
            if opened_by_none and runs_nowhere:
                _remove(directory, digest)
                excess -= engines[digest].bytes
                _log.info(
                    "removed the engine unused for longest (%s): engines may take %.1f GB", digest[:12], most / 1e9
                )


@contextlib.contextmanager
def in_use(plan: Path) -> Iterator[None]:
    """Keep a plan from being removed by any process; one that cannot be locked is not kept."""
    descriptor = None
    with contextlib.suppress(OSError, ImportError):
        import fcntl

        descriptor = os.open(plan, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def mark_used(plan: Path) -> None:
    """Note that a plan was opened now."""
    with contextlib.suppress(OSError):
        os.utime(plan)


def _engines(directory: Path) -> dict[str, _Engine]:
    """What lies in the directory, by the digest of its key."""
    engines: dict[str, _Engine] = {}
    for path in directory.iterdir():
        if match := _PLAN.fullmatch(path.name):
            with contextlib.suppress(OSError):  # gone meanwhile
                status = path.lstat()
                engine = engines.setdefault(match[1], _Engine())
                engine.bytes += status.st_size
                engine.used = max(engine.used, status.st_mtime)
    return engines


def _remove(directory: Path, digest: str) -> None:
    """Remove an engine, its record first; the lock file stays, since a process may be waiting for it."""
    for path in (directory / f"{digest}.json", directory / f"{digest}.plan", *directory.glob(f".{digest}.*")):
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def _unused(directory: Path, digest: str) -> Iterator[bool]:
    plan = directory / f"{digest}.plan"
    if not plan.exists():
        yield True
        return
    with _taken(plan) as taken:
        yield taken


@contextlib.contextmanager
def _taken(path: Path, flags: int = 0) -> Iterator[bool]:
    """Lock a file within the block if that can be done at once; whether it could."""
    descriptor, taken = None, False
    with contextlib.suppress(OSError, ImportError):  # in use, or no locks on this platform or file system
        import fcntl

        descriptor = os.open(path, os.O_RDWR | flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        taken = True
    try:
        yield taken
    finally:
        if descriptor is not None:
            os.close(descriptor)
