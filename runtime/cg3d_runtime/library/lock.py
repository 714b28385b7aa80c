"""The right to write a library: one process at a time, given back by the system however that process ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cg3d_runtime.errors import LibraryError, shortened

LOCK_FILE = "lock"


class WriterLock:
    """Held from its making until `release`."""

    def __init__(self, folder: Path) -> None:
        """Take the lock of a library.

        Raises:
            LibraryError: another process writes, or this one may not.
        """
        path = folder / LOCK_FILE
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            raise LibraryError(f"{shortened(folder)}: cannot be written ({error.strerror}).") from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            writer = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise LibraryError(
                f"{shortened(folder)}: another process{f' ({writer})' if writer.isdigit() else ''} is writing this library; "
                "wait until it has ended. Reading goes on meanwhile."
            ) from error
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let others write."""
        os.close(self._descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # beyond what is read: a locked byte cannot be
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
