"""Names of scans on standard input, as they come."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import SCAN_SUFFIXES

LONGEST = 1 << 16  # bytes; more than any path has

# How files begin that people pipe in themselves: PLY, PCD, OFF, STL, OBJ, glTF, NPY, NPZ, LAS, E57, bags, pictures, columns
# of numbers.
_CONTENT = re.compile(
    rb"ply$|#|VERSION\b|C?OFF\b|solid\b|mtllib\b|v |\{|glTF|\x93NUMPY|PK\x03\x04|LASF|\x89PNG|\xff\xd8|II\*|MM\x00"
    rb"|ASTM-E57|\x89MCAP|SQLite format"
    rb"|(//)?\"?x\"?[,;\s]\s*\"?y\b|[-+.\deE,;\s]+$",
    re.IGNORECASE,
)


def names_on_stdin() -> Iterator[str]:
    """Yield the names on standard input as they come: one a line, or each ended by a NUL, as `find -print0` writes them.

    A name that is none, such as one with a NUL in a list of lines, is handed on: whoever reads it says so.

    Raises:
        ScanError: the content of a scan instead of names, or an input that cannot be read.
    """
    is_first = True
    try:
        for name in filter(None, _pieces(sys.stdin.fileno())):
            if is_first and _is_content(name):
                raise ScanError(
                    "stdin takes names of files, one a line; got the bytes of a scan: write it to a file first."
                )
            is_first = False
            yield os.fsdecode(name)
    except OSError as error:
        raise ScanError(f"stdin cannot be read: {error.strerror}.") from error


def _pieces(descriptor: int) -> Iterator[bytes]:
    """What stands between line ends or NULs; what is longer than LONGEST comes in several pieces."""
    held, end = b"", b""
    while chunk := os.read(descriptor, LONGEST):  # returns what there is, so no name waits for the next one
        held += chunk
        end = end or _separator(held)
        if end:
            *pieces, held = held.split(end)
            yield from (piece.rstrip(b"\r") if end == b"\n" else piece for piece in pieces)
        if len(held) >= LONGEST:
            yield held
            held = b""
    yield held


def _separator(start: bytes) -> bytes:
    """What ends a name, told by the first names: a NUL where they end with one, else the line's end; empty: too early."""
    if not start.startswith(b"\0") and (start.endswith(b"\0") or (b"\0" in start and b"\n" not in start)):
        return b"\0"
    return b"\n" if b"\n" in start or len(start) >= LONGEST else b""


def _is_content(first: bytes) -> bool:
    """Whether the first name is rather the beginning of a scan."""
    if Path(os.fsdecode(first)).suffix.lower() in SCAN_SUFFIXES:
        return False
    return len(first) >= LONGEST or bool(_CONTENT.match(first)) or any(byte < 32 for byte in first)
