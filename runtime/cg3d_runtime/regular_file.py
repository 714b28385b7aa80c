"""Opening a file that someone else may have put there."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, but no pipe and no device, which may block or never end.

    Raises:
        OSError: as `Path.open`, or because it is something else than a file.
    """
    if path.exists() and not path.is_file() and not path.is_dir():  # of a folder the system says so itself
        raise OSError(errno.EINVAL, "Not a regular file")
    return path.open("rb")
