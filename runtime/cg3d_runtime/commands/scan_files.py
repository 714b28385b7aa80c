"""Scan files of a command line: files, folders, names on stdin, and folders that fill up over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cg3d_runtime.scans import SCAN_SUFFIXES


def scan_files(scans: Sequence[str]) -> Iterator[str]:
    """Yield the files that command-line arguments name, in order and as soon as they are known.

    Args:
        scans: each a file, a folder (its scans, sorted by name), or `-` (names on stdin, one a line).
    """
    for scan in scans:
        if scan == "-":
            from cg3d_runtime.commands.stdin_names import names_on_stdin

            yield from names_on_stdin()
        elif is_folder(scan):
            yield from map(str, _scans_or_folder(Path(scan)))
        else:
            yield scan


def is_folder(name: str | Path) -> bool:
    """Whether a folder is there; a name that cannot even be looked at is none, and whoever reads it says why."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):  # a locked folder above it, a name too long; a NUL in it
        return False


def _scans_or_folder(folder: Path) -> list[Path]:
    """A folder without scans, or one that cannot be read, is reported like a broken scan."""
    with suppress(OSError):
        return scans_in(folder) or [folder]
    return [folder]


def scans_in(folder: Path) -> list[Path]:
    """The scan files at the top of a folder, sorted, without texts that surely hold no points: a README, a label list."""
    return [path for path in named_like_scans(folder) if may_hold_points(path)]


def scans_below(folder: Path, leave: Callable[[Path], bool]) -> Iterator[Path]:
    """The scan files of a folder and of all below it, in order; links to folders are not followed, hidden ones are left out.

    Args:
        leave: folders to be left out, with all below them.
    """
    yield from scans_in(folder)
    for below in sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()):
        if not below.name.startswith(".") and not leave(below):
            with suppress(PermissionError):
                yield from scans_below(below, leave)


def may_hold_points(path: Path) -> bool:
    """Whether a file with the name of a scan is not surely some other text."""
    from cg3d_runtime.scans.text import reader  # folders alone need it, and a start is short

    return reader.may_hold_points(path)


def named_like_scans(folder: Path) -> list[Path]:
    """What has the name of a scan; hidden ones are some program's temporary files."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SCAN_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
