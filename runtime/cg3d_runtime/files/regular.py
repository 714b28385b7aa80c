"""Opening a file that someone else may have put there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_FOLLOW_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
# Without O_NONBLOCK, a pipe would block until somebody writes to it.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, but no pipe and no device, which may block or never end.

    Raises:
        OSError: as `Path.open`, or because it is something else than a file.
    """
    return _open(path, _READ)


def read_private(path: Path, most: int | None = None) -> bytes:
    """Read a file that only this user can have written.

    Args:
        most: bytes that it may have; None: any number.
    Raises:
        OSError: it is a link, no plain file, someone else can write it, or it is larger.
    """
    with _open(path, _READ | _FOLLOW_NO_LINK) as file:
        status = os.fstat(file.fileno())
        if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & _WRITABLE_BY_OTHERS):
            raise PermissionError(errno.EPERM, "it does not belong to this user alone")
        if most is not None and status.st_size > most:
            raise OSError(errno.EFBIG, f"it has {status.st_size} bytes, {most} at most are expected")
        return file.read(status.st_size)


def _open(path: Path, flags: int) -> BinaryIO:
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "a name cannot hold a NUL")
    descriptor = os.open(path, flags)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # of a folder the system says so itself
            raise OSError(errno.EINVAL, "Not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
