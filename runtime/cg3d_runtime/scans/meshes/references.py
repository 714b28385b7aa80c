"""References of a mesh: regular files beside it or in folders below, and data inside its own text."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.limits import MOST_BYTES

_MOST_LETTERS = 80  # of a name in a message


def read_reference(scan: Path, name: str) -> bytes:
    """Read what a mesh names: a `data:` URI, or a file that never lies outside the folder of the mesh, links included.

    The name is tried as it is written, with its %20 resolved, and without the folders of the machine that wrote it.

    Raises:
        ScanError: words that follow the name, such as "is not beside it".
    """
    if name.startswith("data:"):
        return _data(name)
    folder = scan.parent.resolve()
    faults = []
    for candidate in _candidates(name):
        path, fault = _inside(folder, candidate)
        if path is not None:
            return _content(path)
        faults.append(fault)
    raise ScanError(faults[0])


def short(name: str) -> str:
    """A name as a message shows it."""
    if name.startswith("data:"):
        return "the data inside it"
    return name if len(name) <= _MOST_LETTERS else name[:_MOST_LETTERS] + "..."


def _data(uri: str) -> bytes:
    head, _, payload = uri.partition(",")
    try:
        return base64.b64decode(unquote(payload)) if head.endswith(";base64") else unquote_to_bytes(payload)
    except ValueError as error:
        raise ScanError("is no base64") from error


def _candidates(name: str) -> Iterator[str]:
    slashed = name.strip().strip('"').replace("\\", "/")
    whole = (slashed, unquote(slashed))
    return iter(dict.fromkeys((*whole, *(each.rpartition("/")[2] for each in whole))))


def _inside(folder: Path, name: str) -> tuple[Path | None, str]:
    """The regular file of that name, or None and why not."""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            return None, "lies outside its folder"
        if path.is_file():
            return path, ""
        return None, "is no regular file" if path.exists() and name else "is not beside it"
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, links in a circle
        return None, "is not beside it"


def _content(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                raise ScanError(f"holds more than the {MOST_BYTES} bytes that are read")
            return file.read()  # with a number Python would take that much memory first
    except OSError as error:
        raise ScanError(f"cannot be read ({error.strerror or error})") from error
