"""The columns of a table without names, told by their numbers."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.scans.measured import finite_bounds
from cg3d_runtime.scans.rows import finite_rows

_COARSE = 2e-3  # of the extent: steps of a coordinate that show in the shape
_FAR = 100  # extents from the origin, where leading digits are spent on the place
_ENOUGH = 1 << 14  # points to find the steps of coordinates in
_SINCE_1970 = 1e9  # seconds, in 2001
# What GIS programs write where nothing was measured: GDAL, ArcGIS and Surfer.
_NODATA = (-9999.0, -99999.0, -999999.0, -9999999.0, -32768.0, -32767.0)


def count_id_columns(table: np.ndarray) -> int:
    """1 where the first of four or more columns counts, and x, y, z after it do not; else 0.

    It holds rising whole numbers, or the time since 1970, which nothing else is as large as.
    """
    if table.shape[1] < 4 or len(table) < 3:
        return 0
    first = table[:, 0]
    if first[0] >= _SINCE_1970 and (np.diff(first) >= 0).all() and np.fmax.reduce(np.abs(table[0, 1:4])) < _SINCE_1970:
        return 1
    if not (_are_whole(first[:100]) and _are_whole(first) and (np.diff(first) > 0).all()):
        return 0
    return 0 if any(_are_whole(column) for column in table[:, 1:4].T) else 1


def colour_columns(table: np.ndarray) -> slice | None:
    """Where three columns can be nothing but colours: after x, y, z, or after one more (an intensity), or after normals.

    Args:
        table: (N, W) numbers of which the first three are x, y, z.
    """
    first, second, third = (slice(start, start + 3) for start in (3, 4, 6))
    width = table.shape[1]
    if width >= 9 and are_normals(table[:, first]):
        return third if are_bytes(table[:, third]) else None
    if width < 6 or not (are_colours(table[:, first]) or width > 6):
        return None
    if width == 6:
        return first
    return _of_seven(table, first, second)


def _of_seven(table: np.ndarray, first: slice, second: slice) -> slice | None:
    """Colours stand in columns 4 to 6 or 5 to 7; the column that cannot be one, or that never changes, tells."""
    can = [are_colours(table[:, first]), are_colours(table[:, second])]
    if all(can):
        shares = _are_whole(table[:, 4:6])  # what both have, in the same form as the third column
        can = [_are_whole(table[:, 3]) == shares, _are_whole(table[:, 6]) == shares]
    if all(can):
        can = [np.ptp(table[:, column]) > 0 for column in (3, 6)]
    return None if can[0] == can[1] else first if can[0] else second


def are_colours(columns: np.ndarray) -> bool:
    """Whether (N, 3) numbers are colours, 0 to 1 or 0 to 255, rather than normals."""
    finite = columns[finite_rows(columns)]
    if len(finite) == 0 or finite.min() < 0 or finite.max() > 255:
        return False
    return not are_normals(finite)


def are_bytes(columns: np.ndarray) -> bool:
    """Whether (N, 3) numbers are colours from 0 to 255."""
    return are_colours(columns) and _are_whole(columns) and bool(columns.max() > 1)


def are_normals(columns: np.ndarray) -> bool:
    """Whether (N, 3) numbers are of length 1, but for rows of zeros, where no normal was found."""
    finite = columns[finite_rows(columns)]
    lengths = np.linalg.norm(finite.astype(np.float64), axis=1)
    lengths = lengths[lengths > 0]
    return len(lengths) > 0 and np.allclose(lengths, 1.0, atol=0.01)


def _are_whole(columns: np.ndarray) -> bool:
    with np.errstate(invalid="ignore"):
        return bool((np.isnan(columns) | (columns == np.round(columns))).all())


def without_nodata(xyz: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Coordinates with NaN in rows whose height is the number that GIS programs write for no data, and a note of it.

    A height of exactly -9999 or the like is no data if it is that of more than one point, all others being far above it, or
    if x and y are the same number.
    """
    heights = xyz[:, 2]
    lowest = np.fmin.reduce(heights, initial=np.inf)
    if lowest not in _NODATA:
        return xyz, ()
    rows = heights == lowest
    others = heights[~rows]
    is_far = np.fmin.reduce(others, initial=np.inf) > lowest / 2
    if not is_far or not (np.count_nonzero(rows) > 1 or (xyz[rows] == lowest).all()):
        return xyz, ()
    clean = np.where(rows[:, None], np.nan, xyz)
    return clean, (
        f"has {np.count_nonzero(rows)} of {len(xyz)} points at {lowest:.0f}, which is taken for no measurement.",
    )


def digits_note(xyz: np.ndarray) -> tuple[str, ...]:
    """A note where coordinates far from the origin were written with so few digits that it shows in the shape."""
    some = xyz[:: max(1, len(xyz) // _ENOUGH)]
    some = some[some.any(axis=1)]  # zeros may be no measurement
    low, high = finite_bounds(some)
    extent = float((high - low).max())
    if not 0 < extent * _FAR < np.maximum(np.abs(low), np.abs(high)).max():
        return ()
    step = max(map(_step, some.T))
    if step < _COARSE * extent:
        return ()
    return (
        f"has coordinates in steps of {step:.2g} at a size of {extent:.2g}; write more digits, or subtract an offset first.",
    )


def _step(column: np.ndarray) -> float:
    """The least difference between numbers of a column; 0 where there is none."""
    numbers = np.unique(column[np.isfinite(column)])
    return float(np.diff(numbers).min()) if len(numbers) > 1 else 0.0
