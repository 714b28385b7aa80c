"""Files that are either there whole or not there at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_atomically(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write `content` to `path` so that a reader, or a power cut, never finds half of it.

    The bytes go to a temporary name in the same directory, reach the disk, and take the final name in one step.

    Args:
        mode: of which the umask of the process takes away what it does.
    Raises:
        OSError: naming `path`: the directory is missing or full, or may not be written; nothing is left behind.
    """
    temporary = beside(path)
    try:
        with os.fdopen(os.open(temporary, _NEW, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            error.filename = str(path)  # of a full disk, the system names none
        raise


def beside(path: Path) -> Path:
    """A name in the same directory that nobody has: hidden, `path`'s own, and eight hexadecimal digits."""
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}")
