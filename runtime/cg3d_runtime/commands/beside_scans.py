"""What lies beside scans in the folders of data sets, has the name of a scan, and holds no points: labels, poses, times."""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from pathlib import Path

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular

_TEXTS = (".txt", ".csv")
_TABLES = ("calib", "poses", "times", "timestamps", "labels")  # as KITTI and others name them
_LOOK = 1 << 12  # bytes


def holds_no_points(path: Path, scans: Set[Path]) -> bool:
    """Whether a file is one number a point, a text about the scan of its name, or a table of the whole recording.

    Args:
        path: has the name of a scan.
        scans: all in its folder that have.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return _is_single_column(path)
    if suffix not in _TEXTS:
        return False
    others = (scan for scan in scans if scan.suffix.lower() not in (*_TEXTS, ".xyz"))
    is_about_a_scan = any(scan.stem == path.stem for scan in others)
    return is_about_a_scan or (path.stem.lower() in _TABLES and len(scans) > 1) or _has_single_numbers(path)


def _is_single_column(path: Path) -> bool:
    """Whether an array has one whole number a point; what cannot be read is left to the reader, which says why."""
    from cg3d_runtime.files.npz import read_header

    with suppress(OSError, ValueError, ScanError), open_regular(path) as file:
        shape, number = read_header(file)
        return number.names is None and number.kind in "biuf" and (len(shape) == 1 or shape[1:] == (1,))
    return False


def _has_single_numbers(path: Path) -> bool:
    """Whether each of the first lines is one number."""
    with suppress(OSError), open_regular(path) as file:
        lines = [line.strip() for line in file.read(_LOOK).splitlines()[:50] if line.strip()]
        return len(lines) > 1 and all(_is_number(line) for line in lines)
    return False


def _is_number(line: bytes) -> bool:
    try:
        float(line)
    except ValueError:
        return False
    return True
