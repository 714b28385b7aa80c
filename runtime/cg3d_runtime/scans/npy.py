"""NumPy arrays: .npy and .npz, never with pickle."""

from __future__ import annotations

import zipfile
from pathlib import Path

from cg3d_runtime.errors import ScanError
from cg3d_runtime.npz import read_array, read_member
from cg3d_runtime.scans.arrays import Reading, xyz_rgb_from_table

_XYZ_KEYS = ("xyz", "points")
_RGB_KEYS = ("rgb", "colors", "colours")


def read_npy(path: Path) -> Reading:
    """Read one array, (N, 3) xyz or (N, 6) xyz and rgb."""
    try:
        with path.open("rb") as file:
            table = read_array(file, path.stat().st_size)
    except ValueError as error:
        raise ScanError(f"is not an array that can be read without pickle: {error}.") from error
    return xyz_rgb_from_table(table)


def read_npz(path: Path) -> Reading:
    """Read the array `xyz` or `points`, (N, 3) or (N, 6), and where present `rgb` or `colors`, (N, 3)."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_archive(archive, path.stat().st_size)
    except ValueError as error:
        raise ScanError(f"holds an array that cannot be read without pickle: {error}.") from error
    except (NotImplementedError, zipfile.BadZipFile) as error:
        raise ScanError(f"is not an archive that can be read: {error!r}.") from error


def _read_archive(archive: zipfile.ZipFile, archive_bytes: int) -> Reading:
    names = archive.namelist()
    xyz_key = next((key for key in _XYZ_KEYS if f"{key}.npy" in names), None)
    if xyz_key is None:
        keys = ", ".join(name.removesuffix(".npy") for name in names)
        raise ScanError(f"has no array xyz or points. Arrays found: {keys or 'none'}.")
    xyz, rgb, _ = xyz_rgb_from_table(read_member(archive, f"{xyz_key}.npy", archive_bytes))
    rgb_key = next((key for key in _RGB_KEYS if f"{key}.npy" in names), None)
    if rgb_key is not None:
        rgb = read_member(archive, f"{rgb_key}.npy", archive_bytes)
    if rgb is not None and (rgb.dtype.kind not in "fiu" or rgb.shape != xyz.shape):
        raise ScanError(f"colours must be numbers of shape {xyz.shape} like xyz, got {rgb.dtype} of shape {rgb.shape}.")
    return Reading(xyz, rgb)
