"""Files that are either there whole or not there at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_atomically(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write `content` to `path` so that a reader, or a power cut, never finds half of it.

    The bytes go to a temporary name in the same directory, reach the disk, and take the final name in one step.

    Args:
        mode: of which the umask of the process takes away what it does.
    Raises:
        OSError: naming `path`: the directory is missing or full, or may not be written; nothing is left behind.
    """
    with written_atomically(path, mode) as file:
        file.write(content)


@contextlib.contextmanager
def written_atomically(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file to write piece by piece, which takes its name where the block ends well; otherwise as `write_atomically`."""
    temporary = beside(path)
    try:
        with os.fdopen(os.open(temporary, _NEW, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            error.filename = str(path)  # of a full disk, the system names none
        raise


def sync_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk, where the system can do that."""
    with contextlib.suppress(OSError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def beside(path: Path) -> Path:
    """A name in the same directory that nobody has: hidden, `path`'s own, and eight hexadecimal digits."""
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}")
