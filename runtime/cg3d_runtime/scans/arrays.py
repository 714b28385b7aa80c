"""Coordinates and colours from the columns of a file, by name or by position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_POINTS, require_at_most
from cg3d_runtime.scans.positions import colour_columns
from cg3d_runtime.scans.shapes import as_rows


class Reading(NamedTuple):
    """What a reader finds in a file.

    Attributes:
        xyz: (N, 3) of any number type.
        rgb: (N, 3) of any number type in the file's own range, or None.
        notes: what is odd, one line each that goes on after the file's name.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None = None
    notes: tuple[str, ...] = ()


BLOCK = 1 << 15  # rows copied together: columns of one table share cache lines, so each is read from memory once
# Names of the colour columns found in the wild.
_RGB_NAMES = (
    ("red", "green", "blue"),
    ("r", "g", "b"),
    ("diffuse_red", "diffuse_green", "diffuse_blue"),
    ("vertex_red", "vertex_green", "vertex_blue"),
    ("ambient_red", "ambient_green", "ambient_blue"),
    ("rf", "gf", "bf"),  # CloudCompare, 0 to 1
)


def find_columns(names: Iterable[str], owner: str, noun: str) -> tuple[list[str], list[str] | None]:
    """Find the coordinates and the colours among the names of a file's columns, in any case.

    Args:
        names: as the file spells them.
        owner: what has the columns, and `noun`: what the format calls one; for the message.
    Returns:
        The names of x, y, z, and those of red, green, blue or None.
    Raises:
        ScanError: x, y or z is missing, or there more than once.
    """
    names = list(names)
    by_lower = {name.lower(): name for name in names}
    lower = [name.lower() for name in names]
    if twice := [axis for axis in "xyz" if lower.count(axis) > 1]:
        raise ScanError(f"{owner} has more than one {noun} {twice[0]}; which one is meant cannot be told.")
    missing = [axis for axis in "xyz" if axis not in by_lower]
    if missing:
        present = ", ".join(axis for axis in "xyz" if axis in by_lower)
        has = f"{present} only; a {' and a '.join(missing)}" if present else "no coordinates; an x, a y and a z"
        found = ", ".join(by_lower.values()) or "none"
        raise ScanError(f"{owner} has {has} {noun} is needed. Fields found: {found}.")
    return [by_lower[axis] for axis in "xyz"], find_rgb(by_lower.values())


def find_rgb(names: Iterable[str]) -> list[str] | None:
    """The names of red, green and blue among a file's columns, or None."""
    by_lower = {name.lower(): name for name in names}
    for rgb in _RGB_NAMES:
        if all(name in by_lower for name in rgb):
            return [by_lower[name] for name in rgb]
    return None


def stack(fields: Mapping[str, np.ndarray], names: list[str]) -> np.ndarray:
    """The named columns side by side, (N, len(names))."""
    columns = [fields[name] for name in names]
    if any(isinstance(column, np.ma.MaskedArray) for column in columns):
        masked: np.ndarray = np.ma.stack(columns, axis=1)
        return masked
    stacked = np.empty((len(columns[0]), len(columns)), np.result_type(*columns))
    with np.errstate(invalid="ignore"):  # NaN may be of the signalling kind
        for start in range(0, len(stacked), BLOCK):
            rows = slice(start, start + BLOCK)
            for i, column in enumerate(columns):
                stacked[rows, i] = column[rows]
    return stacked


def xyz_rgb_from_table(table: np.ndarray) -> Reading:
    """Split a table without column names: x, y, z, then r, g, b where `colour_columns` finds them.

    Raises:
        ScanError: numbers of another shape than `as_rows` takes, or too many points.
    """
    table = as_rows(table)
    require_at_most(len(table), MOST_POINTS, "points")
    rgb = colour_columns(table)
    return Reading(table[:, :3], None if rgb is None else table[:, rgb])


def unpack_column(packed: np.ndarray, owner: str) -> np.ndarray:
    """Colours packed as 0x00rrggbb in an integer, or in the bits of a float, (N,) -> red, green and blue, (N, 3) uint8.

    Args:
        owner: what the colours are called; for the message.
    Raises:
        ScanError: not of 4 bytes.
    """
    if packed.dtype.itemsize != 4:
        raise ScanError(f"{owner} holds {packed.dtype}; packed colours are UINT32 or FLOAT32.")
    return unpack_rgb(np.asarray(packed).view(packed.dtype.str[0] + "u4"))  # never as floats: most are NaN or denormal


def unpack_rgb(packed: np.ndarray) -> np.ndarray:
    """Colours packed as 0x00rrggbb, (N,) uint32 of either byte order -> red, green and blue, (N, 3) uint8."""
    return packed.astype("<u4").view(np.uint8).reshape(-1, 4)[:, 2::-1]  # the bytes are b, g, r, alpha
