"""NumPy arrays: .npy and .npz, never with pickle."""

from __future__ import annotations

import zipfile
from pathlib import Path

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.npz import read_array, read_member, read_member_header
from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.named import choose, from_array, read_named


def read_npy(path: Path) -> Reading:
    """Read one array: (N, 3) xyz, (N, 6) xyz and rgb, likewise organised as (H, W, 3), or records with x, y and z."""
    try:
        with path.open("rb") as file:
            array = read_array(file, path.stat().st_size)
    except ValueError as error:
        raise ScanError(f"is not an array that can be read without pickle: {error}.") from error
    return from_array(array)


def read_npz(path: Path) -> Reading:
    """Read the array `xyz` or `points`, or the only one that can be it, and where present `rgb` or `colors`, (N, 3)."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_archive(archive, path.stat().st_size)
    except ValueError as error:
        raise ScanError(f"holds an array that cannot be read without pickle: {error}.") from error
    except (NotImplementedError, zipfile.BadZipFile) as error:
        raise ScanError(f"is not an archive that can be read: {error!r}.") from error


def _read_archive(archive: zipfile.ZipFile, archive_bytes: int) -> Reading:
    members = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}
    names = choose({key: read_member_header(archive, name) for key, name in members.items()})
    wanted = (*names.xyz, *names.rgb, *names.faces)
    return read_named({key: read_member(archive, members[key], archive_bytes) for key in wanted}, names)
