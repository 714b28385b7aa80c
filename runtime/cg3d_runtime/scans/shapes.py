"""Rows of points from arrays of any shape: the shapes that are a cloud, and those that only look like one."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from cg3d_runtime.errors import ScanError

MOST_COLUMNS = 16  # coordinates, colours, normals and more; above it is an image
_LARGEST_ASPECT = 8  # of what one camera sees; above it, three dimensions are a batch of clouds
_FEWEST_OF_BATCH = 1024  # points a cloud, a power of two, as data sets have them
_SMOOTH = 0.1  # of the extent: the most that neighbours in a picture are usually apart
_NEEDED = "numbers of shape (N, 3) or (N, 6) are needed."


class Shaped(Protocol):
    """An array, or what the header of one says."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype: ...


def as_rows(array: np.ndarray) -> np.ndarray:
    """Take an array of points apart into rows, without a copy where memory allows.

    Args:
        array: (N, C), or organised like a picture, (H, W, C), with C 3 to 16; also (1, N, C) and (N, 1, C).
    Returns:
        (N, C) of the same number type.
    Raises:
        ScanError: anything else, with what it looks like.
    """
    mistake = _mistake(array)
    if mistake is None and array.ndim == 3 and _holds_many(array):
        mistake = _batch(array.shape)
    if mistake is not None:
        raise ScanError(f"holds {array.dtype} of shape {array.shape}; {mistake}")
    return array if array.ndim == 2 else array.reshape(-1, _without_ones(array.shape)[-1])


def is_cloud(array: Shaped) -> bool:
    """Whether `as_rows` takes it."""
    return _mistake(array) is None


def _mistake(array: Shaped) -> str | None:
    """Why an array is no cloud and what it may be instead; None for a cloud."""
    shape = _without_ones(array.shape)
    if array.dtype.kind not in "fiu":
        return _NEEDED
    if len(shape) in (2, 3) and shape[0] in (3, 4, 6) and min(shape[1:]) > MOST_COLUMNS:
        return "it looks transposed: points are rows. Save its transpose."
    if len(shape) in (2, 3) and min(shape[:2]) > MOST_COLUMNS and (len(shape) == 2 or shape[2] > MOST_COLUMNS):
        return "it looks like a depth image, which needs its camera: --depth IMAGE --intrinsics FX,FY,CX,CY."
    if len(shape) == 1 and shape[0] > MOST_COLUMNS and shape[0] % 3 == 0:
        return f"{_NEEDED[:-1]}. If it is x y z x y z ..., .reshape(-1, 3) makes rows of it."
    if len(shape) not in (2, 3) or not 3 <= shape[-1] <= MOST_COLUMNS:
        return _NEEDED
    if len(shape) == 3 and array.dtype == np.uint8:
        return f"it looks like a colour image; {_NEEDED}"
    if len(shape) == 3 and max(shape[:2]) >= _LARGEST_ASPECT * min(shape[:2]):
        return _batch(shape)
    return None


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(N, C) for (1, N, C) and (N, 1, C), and (H, W) for (H, W, 1)."""
    if len(shape) < 3:
        return shape
    kept = tuple(size for size in shape if size != 1)
    return kept if len(kept) > 1 else (1, *kept)


def _batch(shape: tuple[int, ...]) -> str:
    return f"it looks like {shape[0]} clouds: give them one by one, or .reshape(-1, {shape[-1]}) if it is one."


def _holds_many(array: np.ndarray) -> bool:
    """Whether rows as long as the clouds of data sets are such clouds."""
    width = array.shape[1]
    return width >= _FEWEST_OF_BATCH and width & (width - 1) == 0 and _is_rough(array)


def is_picture(array: np.ndarray) -> bool:
    """Whether (H, W, C) is one cloud organised like a picture, rather than a batch of H clouds of W points."""
    return is_cloud(array) and array.ndim == 3 and not _is_rough(array)


def _is_rough(array: np.ndarray) -> bool:
    """Whether the points of a row are not near the next ones."""
    rows = array[:: max(1, len(array) // 64), :, :3].astype(np.float64)
    rows = rows[:, np.isfinite(rows).all(axis=(0, 2))]
    if rows.shape[1] < 2:
        return False
    steps = np.abs(np.diff(rows, axis=1)).max(axis=-1)
    return bool(np.median(steps) > _SMOOTH * np.ptp(rows, axis=(0, 1)).max())
