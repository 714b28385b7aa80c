"""NumPy arrays: .npy and .npz, never with pickle."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.arrays import xyz_rgb_from_table

_XYZ_KEYS = ("xyz", "points")
_RGB_KEYS = ("rgb", "colors", "colours")
_DEFLATE_RATIO = 1032  # the most that deflate can compress


def read_npy(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read one array, (N, 3) xyz or (N, 6) xyz and rgb."""
    try:
        # Mapping is refused where the header claims more than the file holds; loading would allocate it first.
        table = np.array(npy_format.open_memmap(path, mode="r"))
    except OSError:
        raise
    except Exception as error:  # numpy parses the header as Python source: a damaged one raises anything
        raise ScanError(f"is not an array that can be read without pickle: {error!r}.") from error
    return xyz_rgb_from_table(table)


def read_npz(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the array `xyz` or `points`, (N, 3) or (N, 6), and where present `rgb` or `colors`, (N, 3)."""
    try:
        with zipfile.ZipFile(path) as archive:
            keys = [name.removesuffix(".npy") for name in archive.namelist()]
            xyz_key = next((key for key in _XYZ_KEYS if key in keys), None)
            if xyz_key is None:
                raise ScanError(f"has no array xyz or points. Arrays found: {', '.join(keys) or 'none'}.")
            xyz, rgb = xyz_rgb_from_table(_read_member(archive, xyz_key, path.stat().st_size))
            rgb_key = next((key for key in _RGB_KEYS if key in keys), None)
            if rgb_key is not None:
                rgb = _read_member(archive, rgb_key, path.stat().st_size)
    except (ScanError, OSError):
        raise
    except Exception as error:  # of zipfile, zlib and numpy
        raise ScanError(f"is not an archive that can be read without pickle: {error!r}.") from error
    if rgb is not None and (rgb.dtype.kind not in "fiu" or rgb.shape != xyz.shape):
        raise ScanError(f"colours must be numbers of shape {xyz.shape} like xyz, got {rgb.dtype} of shape {rgb.shape}.")
    return xyz, rgb


def _read_member(archive: zipfile.ZipFile, key: str, file_bytes: int) -> np.ndarray:
    name = f"{key}.npy"
    with archive.open(name) as member:
        is_old = npy_format.read_magic(member) == (1, 0)
        read_header = npy_format.read_array_header_1_0 if is_old else npy_format.read_array_header_2_0
        shape, _, dtype = read_header(member)
    claimed = math.prod(shape) * dtype.itemsize
    possible = min(archive.getinfo(name).file_size, _DEFLATE_RATIO * file_bytes)
    if claimed > possible:
        raise ScanError(f"array {key} claims {claimed} bytes, but the file holds at most {possible}; it is damaged.")
    with archive.open(name) as member:
        return npy_format.read_array(member, allow_pickle=False)
