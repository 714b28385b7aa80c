"""What lies beside scans in the folders of data sets, has the name of a scan, and holds no points: labels, poses, times."""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular

_TEXTS = (".txt", ".csv")
_TABLES = ("calib", "poses", "times", "timestamps", "labels")  # as KITTI and others name them
_LABELS = "label"  # how folders of labels begin: labels, label_2
_LOOK = 1 << 12  # bytes
_MOST_OF_A_POINT = 16  # numbers; as in the reader of texts


def holds_no_points(path: Path, scans: Set[Path]) -> bool:
    """Whether a file is what `lies_beside` tells, or lies in a folder of labels."""
    is_label = path.suffix.lower() in _TEXTS and path.parent.name.lower().startswith(_LABELS)
    return is_label or lies_beside(path, scans)


def lies_beside(path: Path, scans: Set[Path]) -> bool:
    """Whether a file holds one number a point, poses, a text about the scan of its name, or a table of the whole recording.

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
    is_table = path.stem.lower() in _TABLES and len(scans) > 1
    return is_about_a_scan or is_table or _are_no_points(_first_rows(path))


def _is_single_column(path: Path) -> bool:
    """Whether an array has one number a point; what cannot be read is left to the reader, which says why."""
    from cg3d_runtime.files.npz import read_header

    with suppress(OSError, ValueError, ScanError), open_regular(path) as file:
        shape, number = read_header(file)
        return number.names is None and number.kind in "biuf" and (len(shape) == 1 or shape[1:] == (1,))
    return False


def _first_rows(path: Path) -> list[list[float]]:
    """The numbers in the first lines; none where some are no numbers."""
    with suppress(OSError, ValueError), open_regular(path) as file:
        head = file.read(_LOOK)
        lines = head.splitlines()[: -1 if len(head) == _LOOK and b"\n" in head else None]
        return [[float(word) for word in line.split()] for line in lines if line.strip() and line[:1] != b"#"]
    return []


def _are_no_points(rows: list[list[float]]) -> bool:
    """Whether rows are single numbers, a single one of too many for a point, or poses."""
    widths = set(map(len, rows))
    if len(rows) == 1:
        return rows[0][_MOST_OF_A_POINT:] != []
    return widths == {1} or (len(rows) > 1 and widths == {12} and all(map(_is_rigid, rows))) or _are_trajectory(rows)


def _is_rigid(row: list[float]) -> bool:
    """Whether twelve numbers are a rotation and a translation, as KITTI writes poses."""
    axes = [row[start : start + 3] for start in (0, 4, 8)]
    products = [sum(a * b for a, b in zip(axes[i], axes[j], strict=True)) for i, j in _PAIRS]
    return all(abs(product - (i == j)) < _NEAR for product, (i, j) in zip(products, _PAIRS, strict=True))


def _are_trajectory(rows: list[list[float]]) -> bool:
    """Whether rows are a rising time, a place and a unit quaternion, as TUM writes trajectories."""
    if len(rows) < 2 or set(map(len, rows)) != {8}:
        return False
    is_unit = all(abs(sum(part * part for part in row[4:]) - 1) < _NEAR for row in rows)
    return is_unit and all(before[0] < row[0] for before, row in pairwise(rows))


_PAIRS = [(i, j) for i in range(3) for j in range(i + 1)]
_NEAR = 1e-2  # of rotations that are written with few digits
