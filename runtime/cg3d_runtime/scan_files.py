"""Which scan files a command line means: files, folders, names on stdin, and folders that fill up over time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cg3d_runtime.scans import SCAN_SUFFIXES
from cg3d_runtime.scans.text import may_hold_points

State = tuple[int, int, int]  # size, modification time, inode


def scan_files(scans: Sequence[str]) -> Iterator[str]:
    """Yield the files that command-line arguments name, in order and as soon as they are known.

    Args:
        scans: each a file, a folder (its scans, sorted by name), or `-` (names on stdin, one a line).
    """
    for scan in scans:
        if scan == "-":
            yield from _names_on_stdin()
        elif Path(scan).is_dir():
            yield from map(str, _scans_or_folder(Path(scan)))
        else:
            yield scan


def _scans_or_folder(folder: Path) -> list[Path]:
    """A folder without scans, or one that may not be read, is reported like a broken scan."""
    with suppress(PermissionError):
        return scans_in(folder) or [folder]
    return [folder]


def _names_on_stdin() -> Iterator[str]:
    # A file object of its own: a thread that waits in sys.stdin when Python ends would bring it down.
    with open(sys.stdin.fileno(), "rb", closefd=False) as lines:
        yield from filter(None, (os.fsdecode(line.rstrip(b"\r\n")) for line in lines))


def scans_in(folder: Path) -> list[Path]:
    """The scan files at the top of a folder, sorted, without texts that surely hold no points: a README, a label list."""
    return [path for path in _named_like_scans(folder) if may_hold_points(path)]


def _named_like_scans(folder: Path) -> list[Path]:
    """What has the name of a scan; hidden ones are some program's temporary files."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SCAN_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def watch(folders: Sequence[Path], interval_s: float = 0.5) -> Iterator[str]:
    """Yield each scan in the folders once it is complete, now and whenever one is written or replaced; never ends.

    Complete means that size and modification time are the same in two looks, `interval_s` seconds apart. A file that is
    moved over another is a new one, even of the same size and time.
    """
    earlier: dict[Path, State] = {}
    answered: dict[Path, State] = {}
    while True:
        found = _states(folders)
        answered = {path: state for path, state in answered.items() if path in found}
        for path, state in found.items():
            if earlier.get(path) == state != answered.get(path):
                answered[path] = state
                if may_hold_points(path):
                    yield str(path)
        earlier = found
        time.sleep(interval_s)


def _states(folders: Sequence[Path]) -> dict[Path, State]:
    """The state of every scan; what vanishes while one looks is simply not there."""
    states = {}
    for folder in folders:
        with suppress(FileNotFoundError):
            for path in _named_like_scans(folder):
                with suppress(FileNotFoundError):
                    status = path.stat()
                    states[path] = (status.st_size, status.st_mtime_ns, status.st_ino)
    return states
