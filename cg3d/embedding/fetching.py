"""The bytes of one file, near or far: in pieces, of which each is asked for again where a connection breaks.

A piece is a range, so that what has come is not fetched twice; of servers that know no ranges the file is read from its start
again. Nothing beyond the size that a file may have is believed. The last piece asks for a byte more than there should be, and
what came in several pieces must be in the state at the end that it was in at the beginning: a mixture of two files is none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import fsspec

from cg3d.data.addresses import is_remote, without_secrets
from cg3d_runtime.errors import DataError

MOST_BYTES = 1 << 28  # of one scan that is fetched; it is held in memory
PIECE = 1 << 23  # bytes asked for at once
PAUSES = (0.5, 2.0, 8.0)  # seconds before a piece is asked for again
STATES = ("ETag", "etag", "md5Hash", "LastModified", "updated", "mtime")  # as file systems of fsspec call it
_CHANGED = "it changed meanwhile; run it again"
_BUSY = 429  # what a web server answers who is asked too often

Got = TypeVar("Got")


def read_all(address: str, most: int = MOST_BYTES) -> bytes:
    """The content of a file.

    Raises:
        DataError: it is not there, cannot be fetched after several tries, is larger than `most`, or changed meanwhile.
    """
    try:
        if not is_remote(address):
            return _bounded(Path(address).read_bytes(), most)
        system, path = fsspec.core.url_to_fs(address)
        size = _again(lambda: system.info(path)).get("size")
        return _whole(system, path, most) if size is None else _in_pieces(system, path, int(size), most)
    except DataError:
        raise
    except Exception as error:  # every protocol has errors of its own
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else " ".join(str(error).split())
        raise DataError(f"cannot be fetched ({without_secrets(reason) or type(error).__name__}).") from None


def state_of(about: Mapping[str, Any]) -> str:
    """What changes when the content of a file does, of what a file system of fsspec tells of it; empty where it does not."""
    return str(next((about[key] for key in STATES if about.get(key)), ""))


def _in_pieces(system: Any, path: str, size: int, most: int) -> bytes:
    if size > most:
        raise DataError(f"has {size} bytes; at most {most} are fetched.")
    before = _state_now(system, path) if size > PIECE else ""
    content = bytearray()
    while len(content) < size:
        start, end = len(content), min(len(content) + PIECE, size)
        beyond = end + (end == size)
        piece = _again(lambda start=start, end=beyond: system.cat_file(path, start=start, end=end))  # type: ignore[misc]
        if len(piece) == size and start == 0:  # all in one, or a server that knows no ranges
            return bytes(piece)
        if len(piece) != end - start:
            raise DataError(f"gave {len(piece)} bytes where {end - start} were expected; {_CHANGED}.")
        content += piece
    if before and _state_now(system, path) != before:
        raise DataError(f"is another file than when it was begun; {_CHANGED}.")
    return bytes(content)


def _state_now(system: Any, path: str) -> str:
    """The state of a file, as the store says now: listings are kept, and may be old."""
    system.invalidate_cache(path)
    return state_of(_again(lambda: system.info(path)))


def _whole(system: Any, path: str, most: int) -> bytes:
    return _bounded(_again(lambda: system.cat_file(path)), most)


def _bounded(content: bytes, most: int) -> bytes:
    if len(content) > most:
        raise DataError(f"has {len(content)} bytes; at most {most} are fetched.")
    return content


def _again(ask: Callable[[], Got]) -> Got:
    """What is asked for, with a few tries where that may help."""
    for pause in PAUSES:
        try:
            return ask()
        except Exception as error:  # noqa: PERF203 - of whatever the protocol raises
            if _is_final(error):
                raise
            time.sleep(pause)
    return ask()


def _is_final(error: Exception) -> bool:
    """Whether asking again is of no use; a server that is busy or broken may recover."""
    answer = error.__cause__ if isinstance(error, FileNotFoundError) else error  # fsspec's word for any refusal
    status = getattr(answer, "status", 0)
    if status:
        return bool(400 <= status < 500 and status != _BUSY)
    return isinstance(error, (FileNotFoundError, PermissionError, ImportError, IsADirectoryError))
