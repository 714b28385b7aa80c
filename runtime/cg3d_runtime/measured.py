"""From numbers as sensors and files give them to float32 coordinates and colours, without what was never measured."""

from __future__ import annotations

import numpy as np

BLURRED = (
    "has coordinates too far from the origin for single precision, which blurs the shape; write it in double precision, or "
    "subtract an offset first."
)
_BLUR = 1e-4  # of the extent: a step between neighbouring float32 numbers that shows in the shape
MANY_DROPPED = 0.05  # share of the points above which it is told


def measured_xyz(xyz: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Bring coordinates to float32: what is no measurement becomes NaN, what float32 would blur moves to the origin.

    Rows keep their number and order. Rows of exactly 0 0 0 that repeat are pixels without a return, as RealSense, Azure Kinect,
    Ouster, Livox and SICK write them; masked rows of a masked array are none either.

    Args:
        xyz: (N, 3) of any number type.
    Returns:
        (N, 3) float32, the same array where nothing had to be done; and what is odd, as `PointCloud.notes`.
    """
    xyz, zeros = _without_sentinels(xyz)
    notes = []
    if zeros > MANY_DROPPED * len(xyz):
        notes.append(f"has {zeros} of {len(xyz)} points at 0 0 0, which are taken for no measurement.")
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold becomes infinite, to be dropped
        if xyz.dtype.newbyteorder("=") not in (np.float32, np.float16):
            low, high = finite_bounds(xyz)
            if is_blurred(low, high):
                if _was_single(xyz):
                    notes.append(BLURRED)
                xyz = xyz - low
        return np.ascontiguousarray(xyz, dtype=np.float32), tuple(notes)


def is_blurred(low: np.ndarray, high: np.ndarray) -> bool:
    """Whether the steps of float32 show in a shape with these least and largest coordinates, each (3,) float64."""
    step = np.maximum(np.abs(low), np.abs(high)).max() * np.finfo(np.float32).eps
    return bool(step > _BLUR * (high - low).max())


def _was_single(xyz: np.ndarray) -> bool:
    """Whether coordinates in double precision were in single precision before, and are blurred for good."""
    return xyz.dtype.kind == "f" and np.array_equal(xyz, xyz.astype(np.float32), equal_nan=True)


def _without_sentinels(xyz: np.ndarray) -> tuple[np.ndarray, int]:
    """Coordinates with NaN in rows that are no measurement, copied only where there are any; and how many were zeros."""
    zeros = _repeated_zeros(np.ma.getdata(xyz))
    masked = np.ma.getmaskarray(xyz).any(axis=1) if isinstance(xyz, np.ma.MaskedArray) else None
    if zeros is None and masked is None:
        return xyz, 0
    clean = np.array(np.ma.getdata(xyz), dtype=xyz.dtype if xyz.dtype.kind == "f" else np.float64)
    for rows in (zeros, masked):
        if rows is not None:
            clean[rows] = np.nan
    return clean, 0 if zeros is None else int(np.count_nonzero(zeros))


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
    finite = np.logical_and.reduce([np.isfinite(column) for column in xyz.T])
    if not finite.all():
        xyz = xyz[finite]
    if len(xyz) == 0:
        return np.zeros(3), np.zeros(3)
    low, high = zip(*((column.min(), column.max()) for column in xyz.T), strict=True)
    return np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)


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
