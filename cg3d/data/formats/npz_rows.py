"""Clouds of a converted pickle: one .npz for a whole split, of which an object is one row.

`cg3d data unpickle` compresses nothing, so that a row is mapped from the disk; the training half of ModelNet40 has 1.9 GB.
"""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cg3d.data.formats.naming import naming
from cg3d.data.formats.openshape import is_fill
from cg3d.data.samples import ObjectInfo, SourceObject
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import as_unit_rgb


@dataclass(frozen=True)
class NpzRow(SourceObject):
    """Row `row` of the array `xyz` in an .npz file, y up; what follows the coordinates in it are normals."""

    info: ObjectInfo
    path: Path
    xyz: str
    row: int
    rgb: str = ""  # the array of its colours, empty where there is none

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        table, colours = read_row(self.path, self.xyz, self.row), self._colours()
        normals = table[:, 3:6] if table.shape[1] >= 6 else None
        with naming(f"{self.path}, row {self.row}"):
            surface = surface_of_cloud(PointCloud(table[:, :3], colours, "y"), count, rng, normals)
        return replace(surface, rgb=None) if is_fill(surface.rgb) else surface

    def _colours(self) -> np.ndarray | None:
        return as_unit_rgb(read_row(self.path, self.rgb, self.row)) if self.rgb else None


def converted(folder: Path, name: str) -> Path | None:
    """The .npz file of a name without suffix; None where neither that nor its pickle is there.

    Raises:
        DataError: it is still pickled, with the command to run.
    """
    if (npz := folder / f"{name}.npz").is_file():
        return npz
    pickled = next((path for end in (".dat", ".npy", ".pkl") if (path := folder / f"{name}{end}").is_file()), None)
    if pickled:
        raise DataError(
            f"{pickled}: is a pickle, which no reader opens. Convert it first: "
            f"`cg3d data unpickle '{folder}' --out '{folder}'`."
        )
    return None


def arrays_in(path: Path) -> list[str]:
    """The names of the arrays in an .npz file.

    Raises:
        DataError: it is none, or a damaged one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError) as error:
        raise DataError(f"{path}: is no .npz file, or a damaged one ({error}). Convert it again.") from error


def read_row(path: Path, name: str, row: int) -> np.ndarray:
    """(P, 3 or more) float32 of one cloud; clouds of different sizes have an array each, `xyz/0`.

    Raises:
        DataError: no such array, or something else in it; the message names file and row.
    """
    single = f"{name}/{row}"
    array = mapped(path, single) if single in arrays_in(path) else mapped(path, name)[row]
    if array.ndim != 2 or array.shape[1] < 3 or array.dtype.kind not in "fiu":
        raise DataError(
            f"{path}, row {row}: {name} is {array.dtype} of shape {array.shape}; (P, 3) numbers are needed."
        )
    return np.array(array, np.float32)


def mapped(path: Path, name: str) -> np.ndarray:
    """An array of an .npz file that compresses nothing, read-only, mapped from the disk.

    Raises:
        DataError: no such array, compressed, of objects, or larger than the file.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            info = archive.getinfo(f"{name}.npy")
            file.seek(info.header_offset)
            header = file.read(30)  # of the member: its name and an extra field follow
            start = info.header_offset + 30 + sum(struct.unpack("<HH", header[26:30]))
            file.seek(start)
            version = np.lib.format.read_magic(file)
            first = version == (1, 0)
            read_header = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
            shape, is_fortran, dtype = read_header(file)
            size = file.tell() - start + int(np.prod(shape, dtype=object)) * dtype.itemsize
            if info.compress_type != zipfile.ZIP_STORED or dtype.hasobject or size != info.file_size:
                raise ValueError(f"{name} is {dtype} of shape {shape} in {info.file_size} bytes")
            array: np.ndarray = np.memmap(path, dtype, "r", file.tell(), shape, "F" if is_fortran else "C")
            return array
    except OSError:
        raise
    except Exception as error:  # of zipfile, struct and numpy, which parses a header as Python source
        reason = str(error).partition("\n")[0]
        raise DataError(f"{path}: has no array {name!r} that can be read ({reason:.200}). Convert it again.") from error
