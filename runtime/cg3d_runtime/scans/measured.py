"""Float32 coordinates and colours from the numbers of sensors and files, without what was never measured."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.scans.repeats import grid_note, lonely_places, spread
from cg3d_runtime.scans.rows import bounds, finite_rows

BLURRED = (
    "has coordinates too far from the origin for single precision, which blurs the shape; write it in double precision, or "
    "subtract an offset first."
)
_BLUR = 1e-4  # of the extent: a step between neighbouring float32 numbers that shows in the shape
MANY_DROPPED = 0.05  # share of the points above which it is told
_BLUR_OF_HALF = 1e-2  # likewise for float16, which clouds about the origin are kept in on purpose
_FEWEST_STEPS = 16  # along the extent, of coordinates that were written with few digits
_SAMPLE = 1 << 16  # points that tell whether all are blurred
_BLOCK = 1 << 18  # points moved at a time


def measured_xyz(xyz: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Bring coordinates to float32: what is no measurement becomes NaN, what float32 would blur moves to the origin.

    Rows keep their number and order. Rows of exactly 0 0 0 that repeat are pixels without a return, as RealSense, Azure Kinect,
    Ouster, Livox and SICK write them; so are many points at one other place apart from all others (`lonely_places`), and
    masked rows of a masked array.

    Args:
        xyz: (N, 3) of any number type.
    Returns:
        (N, 3) float32, the same array where nothing had to be done; and what is odd, as `PointCloud.notes`.
    """
    masked, xyz = _masked_rows(xyz), np.ma.getdata(xyz)
    dropped, notes = _no_returns(xyz)
    if masked is not None:
        dropped = masked if dropped is None else dropped | masked
    origin, blurred = _origin(xyz, dropped)
    single = _as_single(xyz, origin)
    if dropped is not None:
        single = single.copy() if np.may_share_memory(single, xyz) else single
        single[dropped] = np.nan
    return single, (*notes, *(blurred or _grid_note(xyz, dropped)))


def is_blurred(low: np.ndarray, high: np.ndarray) -> bool:
    """Whether the steps of float32 show in a shape with these least and largest coordinates, each (3,) float64."""
    step = np.maximum(np.abs(low), np.abs(high)).max() * np.finfo(np.float32).eps
    return bool(step > _BLUR * (high - low).max())


def _origin(xyz: np.ndarray, dropped: np.ndarray | None) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Where coordinates have to move to, so that float32 does not blur them, (3,), or None; and a note where they are
    blurred already.
    """
    if xyz.dtype.newbyteorder("=") == np.float32:  # `units.oddities` looks at what has become of it
        return None, ()
    low, high = finite_bounds(xyz if dropped is None else xyz[~dropped])
    if xyz.dtype.newbyteorder("=") == np.float16:
        step = np.maximum(np.abs(low), np.abs(high)).max() * np.finfo(np.float16).eps
        return None, (BLURRED,) if step > _BLUR_OF_HALF * (high - low).max() > 0 else ()
    if not is_blurred(low, high):
        return None, ()
    some = xyz if dropped is None else xyz[~dropped]
    return low, (BLURRED,) if xyz.dtype.kind == "f" and _was_blurred(some[:: 1 + len(some) // _SAMPLE]) else ()


def _was_blurred(xyz: np.ndarray) -> bool:
    """Whether (N, 3) coordinates far from the origin lie on steps like those of float32: once rounded to it, or written with
    seven digits or eight.
    """
    low, high = finite_bounds(xyz)
    extent, constant = (high - low).max(), 0
    for column in xyz.T[np.maximum(np.abs(low), np.abs(high)) * np.finfo(np.float32).eps > _BLUR * extent]:
        values, step = np.unique(column[np.isfinite(column)]), np.fmax.reduce(np.abs(column)) * np.finfo(np.float32).eps
        if 1 < len(values) < len(column) and np.diff(values).min() >= min(step / 4, extent / _FEWEST_STEPS):
            return True
        constant += len(values) < 2
    return constant > 1


def _as_single(xyz: np.ndarray, origin: np.ndarray | None) -> np.ndarray:
    """Coordinates from `origin` in float32; the same array where there is nothing to do."""
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold becomes infinite, to be dropped
        if origin is None:
            return np.ascontiguousarray(xyz, dtype=np.float32)
        single = np.empty(xyz.shape, np.float32)
        for start in range(0, len(xyz), _BLOCK):
            single[start : start + _BLOCK] = xyz[start : start + _BLOCK] - origin
    return single


def _masked_rows(xyz: np.ndarray) -> np.ndarray | None:
    if not isinstance(xyz, np.ma.MaskedArray):
        return None
    rows: np.ndarray = np.logical_or.reduce(np.ma.getmaskarray(xyz), axis=1)
    return rows


def _no_returns(xyz: np.ndarray) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Which rows stand for no return, (N,) bool or None; and a note where they are many."""
    zeros = _repeated_zeros(xyz)
    notes = () if zeros is None else _share_note(zeros, "0 0 0")
    places = lonely_places(xyz)
    if len(places) == 0:
        return zeros, notes
    x, y, z = xyz.T
    rows = np.logical_or.reduce([(x == a) & (y == b) & (z == c) for a, b, c in places.astype(xyz.dtype)])
    where = "one place" if len(places) == 1 else f"{len(places)} places"
    notes = (*notes, *_share_note(rows, f"{where} apart from all others"))
    return rows if zeros is None else rows | zeros, notes


def _grid_note(xyz: np.ndarray, dropped: np.ndarray | None) -> tuple[str, ...]:
    """A note on a grid of few steps, but where the distance from the origin is the matter."""
    some = spread(xyz if dropped is None else xyz[~dropped])
    note = grid_note(some)
    return () if note and is_blurred(*finite_bounds(some)) else note


def _share_note(rows: np.ndarray, where: str) -> tuple[str, ...]:
    count = np.count_nonzero(rows)
    if count <= MANY_DROPPED * len(rows):
        return ()
    return (f"has {count} of {len(rows)} points at {where}, which are taken for no measurement.",)


def _repeated_zeros(xyz: np.ndarray) -> np.ndarray | None:
    """Which rows are exactly 0 0 0, (N,) bool, where there is more than one; else None."""
    x, y, z = xyz.T
    zero: np.ndarray = x == 0
    if np.count_nonzero(zero) < 2:  # nearly always, and then the other columns need not be read
        return None
    zero &= (y == 0) & (z == 0)
    return zero if np.count_nonzero(zero) > 1 else None


def finite_bounds(xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest coordinates of the finite points of (N, 3), each (3,) float64; zeros where there are none."""
    finite = finite_rows(xyz)
    if not finite.all():
        xyz = xyz[finite]
    if len(xyz) == 0:
        return np.zeros(3), np.zeros(3)
    low, high = bounds(xyz)
    return low.astype(np.float64), high.astype(np.float64)


def as_unit_rgb(rgb: np.ndarray) -> np.ndarray:
    """Bring colours of any number type to float32 in [0, 1].

    Floats up to 1 (and a rounding error) are taken as they are; otherwise the largest value tells 8 bit from 16 bit.
    """
    largest = np.fmax.reduce(rgb, axis=None, initial=0)  # fmax passes over NaN
    is_unit = rgb.dtype.kind == "f" and largest < 1.01
    full = 1.0 if is_unit else 255.0 if largest <= 255 else 65535.0
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold is clipped; NaN may be signalling
        unit: np.ndarray = np.divide(rgb, np.float32(full), dtype=np.float32, casting="unsafe")
    np.clip(unit, 0.0, 1.0, out=unit)
    return unit
