"""A journal of the scan being read, on disk: where a scan ends the process that reads it, the next one can leave it alone.

An entry is a small file, under the hash of the scan's path, that exists while the scan is read. The process that reads holds a
lock on it, which the system gives back when the process ends, however it ends.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cg3d_runtime.files.cache_directory import cache_directory
from cg3d_runtime.preparation.scan import Prepare, PreparedScan, Scan, file_of

MOST_BYTES = 1 << 16  # of an entry
State = tuple[int, int, int]  # of a file: size, modification time, inode

_log = logging.getLogger(__name__)


def journal_directory() -> Path | None:
    """Where this user's entries are kept; None where that is nowhere, which has been logged."""
    if sys.platform == "win32":  # has no such locks
        return None
    try:
        directory = cache_directory() / "watch"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        _log.warning("no journal can be kept (%s): a scan that ends this process will be read again", error)
        return None
    return directory


def journaled(prepare: Prepare, directory: Path, scan: Scan) -> PreparedScan:
    """Prepare a scan; a file has an entry in `directory` meanwhile."""
    file = file_of(scan)
    if file is None:
        return prepare(scan)
    with _entry(directory, Path(file).absolute()):
        return prepare(scan)


def left_unread(directory: Path) -> dict[Path, State]:
    """The scans that a process was reading when it ended, in the state that they are still in; others are struck out."""
    left: dict[Path, State] = {}
    entries: list[Path] = []
    with suppress(OSError):
        entries = sorted(directory.iterdir())
    for path in entries:
        with suppress(OSError), _locked(path, os.O_RDWR) as descriptor:
            scan, state = _parse(os.read(descriptor, MOST_BYTES))
            if scan and _is_in(scan, state):
                left[scan] = state
            else:
                path.unlink()
    return left


@contextmanager
def _entry(directory: Path, scan: Path) -> Iterator[None]:
    """Keep an entry, where that is possible: a full disk must not keep a scan from being read."""
    path = directory / hashlib.sha256(os.fsencode(scan)).hexdigest()
    with ExitStack() as held:
        with suppress(OSError, ValueError):
            content = json.dumps([str(scan), *state_of(scan)]).encode()
            descriptor = held.enter_context(_locked(path, os.O_RDWR | os.O_CREAT))
            held.callback(_remove, path)
            os.truncate(descriptor, 0)
            os.write(descriptor, content)
        yield


@contextmanager
def _locked(path: Path, flags: int) -> Iterator[int]:
    """Open a file of this user's that no living process holds.

    Raises:
        OSError: one does, or it is no plain file of this user's.
    """
    import fcntl

    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            raise PermissionError("it does not belong to this user alone")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _parse(content: bytes) -> tuple[Path | None, State]:
    try:
        name, size, time, inode = json.loads(content)
        return Path(name), (int(size), int(time), int(inode))
    except (ValueError, TypeError, OverflowError, RecursionError):  # cut short, or written by something else
        return None, (0, 0, 0)


def _is_in(scan: Path, state: State) -> bool:
    """Whether a scan is in this state; one that cannot be looked at now may be, when its folder is back."""
    try:
        return state_of(scan) == state
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True


def state_of(path: Path) -> State:
    """What changes when a file does.

    Raises:
        OSError: it cannot be looked at.
    """
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino
