"""Point clouds in HDF5 files, one a row, with their labels: the layout that ModelNet40 and ScanObjectNN share.

    data    (M, P, 3) float32   M clouds of P points
    label   (M,) or (M, 1)      number of the class
    normal  (M, P, 3) float32   normals of the points

Only ModelNet40 has `normal`, and not every copy of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cg3d.data.formats.naming import naming
from cg3d.data.samples import ObjectInfo, SourceObject
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans.cloud import PointCloud

DEFLATE_RATIO = 1032  # the most that HDF5's usual compression can achieve


@dataclass(frozen=True)
class Hdf5Cloud(SourceObject):
    """A row of such a file, y up."""

    info: ObjectInfo
    path: Path
    row: int

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        xyz, normals = read_cloud(self.path, self.row)
        with naming(f"{self.path}, row {self.row}"):
            return surface_of_cloud(PointCloud(xyz, up="y"), count, rng, normals)


def read_labels(path: Path) -> list[int]:
    """The class number of every row, as stored.

    Raises:
        DataError: h5py is missing, not an HDF5 file, or `data` and `label` are not laid out as above.
    """
    with _open(path) as file:
        data, label = (_dataset(path, file, key) for key in ("data", "label"))
        is_cloud = data.ndim == 3 and data.shape[2] == 3 and data.dtype.kind == "f"
        is_label = label.shape in (data.shape[:1], (*data.shape[:1], 1)) and label.dtype.kind in "iu"
        if not (is_cloud and is_label):
            raise DataError(
                f"{path}: data is {data.dtype} of shape {data.shape} and label {label.dtype} of shape {label.shape}; "
                "data float of shape (M, P, 3) and label integer of shape (M,) or (M, 1) are needed."
            )
        claimed, possible = data.nbytes + label.nbytes, DEFLATE_RATIO * path.stat().st_size
        if claimed > possible:
            raise DataError(
                f"{path}: claims {claimed} bytes, but can hold {possible} at most; it is damaged. Copy it again."
            )
        numbers: list[int] = label[()].reshape(-1).tolist()
        return numbers


def read_cloud(path: Path, row: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The points of a row, (P, 3) float32, and their normals where the file has them.

    Raises:
        DataError: the file or this row of it is damaged.
    """
    with _open(path) as file:
        xyz = np.asarray(_dataset(path, file, "data")[row], np.float32)
        normals = np.asarray(_dataset(path, file, "normal")[row], np.float32) if "normal" in file else None
    return xyz, normals if normals is not None and normals.shape == xyz.shape else None


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """The file; whatever HDF5 meets in it, then or later, names it."""
    try:
        import h5py
    except ImportError as error:
        raise DataError(f'{path}: reading HDF5 needs h5py: pip install h5py (the extra "formats")') from error
    try:
        # Many file systems of clusters know no locks, and nothing is written here.
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except (OSError, KeyError, IndexError, RuntimeError, ValueError, TypeError) as error:
        raise DataError(f"{path}: cannot be read as HDF5 ({error}). Copy it again.") from error


def _dataset(path: Path, file: Any, key: str) -> Any:
    """A dataset whose numbers lie in the file itself; HDF5 would follow a link, or an external or virtual source, anywhere.

    Raises:
        DataError: there is none, or it lies elsewhere.
    """
    import h5py

    link = file.get(key, getlink=True)
    is_here = isinstance(link, h5py.HardLink)
    if link is not None and not is_here:
        raise DataError(f"{path}: {key!r} is a {type(link).__name__} to another place, which is not followed.")
    dataset = file[key] if is_here else None
    if not isinstance(dataset, h5py.Dataset):
        raise DataError(f"{path}: has no dataset {key!r}. Found: {', '.join(file) or 'none'}.")
    if dataset.external or dataset.is_virtual:
        raise DataError(
            f"{path}: the numbers of {key!r} lie in other files, which are not read. Copy them into one file."
        )
    return dataset
