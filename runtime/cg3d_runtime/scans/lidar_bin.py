"""LiDAR sweeps without a header, as KITTI and nuScenes publish them: rows of float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_POINTS, require_at_most
from cg3d_runtime.scans.arrays import Reading

_FARTHEST = 10_000.0  # metres; no LiDAR sees as far
_STRONGEST = 65_535.0  # of a reflectance, in any unit
_MOST_RINGS = 512
_WANTED = "x, y, z and reflectance as KITTI writes them (N x 4 float32), or these and the ring as nuScenes does (N x 5 float32)"


def read_bin(path: Path) -> Reading:
    """Read x, y and z, in metres.

    A file of this name may hold anything, and nothing in it says what, so every row is looked at.

    Raises:
        ScanError: rows that are no such sweep; in words that follow the file's name.
    """
    size = path.stat().st_size
    if size % 16 and size % 20:
        raise ScanError(f"has {size} bytes, which are no whole rows of {_WANTED}.")
    require_at_most(size // 20, MOST_POINTS, "points")
    numbers = np.fromfile(path, "<f4")
    faults = [_fault(numbers, width) for width in (4, 5)]
    if None not in faults:
        raise ScanError(f"does not hold {_WANTED}: {faults[0] if size % 16 == 0 else faults[1]}.")
    table = numbers.reshape(-1, 4 + faults.index(None))
    require_at_most(len(table), MOST_POINTS, "points")
    return Reading(table[:, :3])


def _fault(numbers: np.ndarray, width: int) -> str | None:
    """Why rows of so many numbers are no sweep, or None; x, y and z may be NaN, where nothing was measured."""
    if len(numbers) % width:
        return f"{len(numbers)} numbers are no rows of {width}"
    table = numbers.reshape(-1, width)
    with np.errstate(invalid="ignore"):
        far = (np.abs(table[:, :3]) > _FARTHEST).any(axis=1)
        odd = ~((table[:, 3] >= 0) & (table[:, 3] <= _STRONGEST))
        rings = table[:, 4:]
        ringless = ((rings < 0) | (rings >= _MOST_RINGS) | (rings != np.floor(rings)) | np.isnan(rings)).any(axis=1)
    if (rows := np.flatnonzero(far | odd | ringless)).size:
        return f"row {rows[0]} is {' '.join(f'{number:.4g}' for number in table[rows[0]])}"
    return "all its numbers are 0" if not table[:, :3].any() else None
