"""Scan files of a command line: files, bags, folders, patterns, names on stdin."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cg3d_runtime.commands.beside_scans import holds_no_points
from cg3d_runtime.errors import shortened
from cg3d_runtime.scans import SCAN_SUFFIXES
from cg3d_runtime.scans.bags import is_bag

_MOST_TOLD = 3  # names of files that are left out
_PATTERN = re.compile(r"[*?\[]")

_log = logging.getLogger(__name__)


def scan_files(scans: Sequence[str], recursive: bool = False) -> Iterator[str]:
    """Yield the files and bags that command-line arguments name, in order and as soon as they are known.

    What lies beside the scans of a folder and holds no points, such as their labels, is left out, and told once at the end.

    Args:
        scans: each a file, a bag, a folder (its scans, `in_order`), a pattern such as `drive_*/*.pcd` where no file has that
            name, or `-` (names on stdin, one a line).
        recursive: folders with all that is below them.
    """
    left_out: list[Path] = []
    for scan in scans:
        if scan == "-":
            from cg3d_runtime.commands.stdin_names import names_on_stdin

            yield from names_on_stdin()
            continue
        for name in _matches(scan):
            if is_folder(name) and not is_bag(name):
                yield from map(str, _scans_or_folder(Path(name), recursive, left_out))
            else:
                yield name
    tell_left_out(left_out)


def tell_left_out(paths: Sequence[Path]) -> None:
    """Warn of what lies beside scans, where there is any."""
    if paths:
        names = ", ".join(shortened(path, 120) for path in paths[:_MOST_TOLD])
        more = f" and {len(paths) - _MOST_TOLD} more" if len(paths) > _MOST_TOLD else ""
        _log.warning("left out, since they lie beside scans and hold no points: %s%s", names, more)


def is_folder(name: str | Path) -> bool:
    """Whether a folder is there; a name that cannot even be looked at is none, and whoever reads it says why."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):  # a locked folder above it, a name too long; a NUL in it
        return False


def in_order(path: str | Path) -> list[tuple[bool, int, str]]:
    """A key that sorts names as people number them: scan_2 before scan_10."""
    parts = re.split(r"([0-9]+)", str(path))
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _matches(scan: str) -> list[str]:
    """What a pattern stands for; any other name, or a pattern that nothing matches, as it is."""
    if not _PATTERN.search(scan) or os.path.lexists(scan):
        return [scan]
    import glob  # patterns alone need it, and a start is short

    with suppress(OSError, ValueError):
        return sorted(glob.glob(scan, recursive=True), key=in_order) or [scan]  # noqa: PTH207 - of absolute ones too
    return [scan]


def _scans_or_folder(folder: Path, recursive: bool, left_out: list[Path]) -> list[Path]:
    """A folder without scans, or one that cannot be read, is reported like a broken scan."""
    with suppress(OSError):
        return scans_in(folder, recursive, left_out) or [folder]
    return [folder]


def scans_in(
    folder: Path,
    recursive: bool = False,
    left_out: list[Path] | None = None,
    leave: Callable[[Path], bool] = lambda below: False,
) -> list[Path]:
    """The scans and bags of a folder, without texts that surely hold no points: a README, a label list.

    Args:
        recursive: with all that is below it, but not through links.
        left_out: takes in what lies beside scans.
        leave: folders below that are passed over, with all below them.
    Raises:
        OSError: the folder itself cannot be read; of folders below it those that cannot be are passed over.
    """
    entries = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=in_order)
    named = {path for path in entries if path.suffix.lower() in SCAN_SUFFIXES and path.is_file()}
    beside = {path for path in named if holds_no_points(path, named)}
    if left_out is not None:
        left_out += sorted(beside, key=in_order)
    found: list[Path] = []
    for path in entries:
        if is_bag(path):
            found.append(path)
        elif path in named:
            found += [path] if path not in beside and may_hold_points(path) else []
        elif recursive and path.is_dir() and not path.is_symlink() and not leave(path):
            with suppress(OSError):
                found += scans_in(path, recursive, left_out, leave)
    return found


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
