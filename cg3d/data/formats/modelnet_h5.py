"""Reader of `modelnet40_ply_hdf5_2048` (Qi et al. 2017, PointNet): 2,048 points a shape, as HDF5, y up.

    shape_names.txt                        the classes; a label is the index of its class here
    train_files.txt  test_files.txt        the files of a split; their folder is the authors' own
    ply_data_train0.h5 ...                 data, label and mostly normal (hdf5.py)

A row is an object: which of ModelNet's shapes it is, the release does not tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from cg3d.data.formats.hdf5 import Hdf5Cloud, read_labels
from cg3d.data.formats.modelnet import modelnet_info
from cg3d.data.formats.source_folder import read_list, source_folder
from cg3d.data.samples import SourceObject, UnreadableObject

FOLDER = "modelnet40_ply_hdf5_2048"


def read_modelnet40_h5(source: str) -> list[SourceObject]:
    """List the 12,308 shapes; a row whose label is no class is an `UnreadableObject`.

    Args:
        source: the folder `modelnet40_ply_hdf5_2048`, or the one that holds it.
    Raises:
        DataError: no such folder, a list is missing or names nothing, a file is damaged or has other datasets.
    """
    folder = source_folder(source, FOLDER, "shape_names.txt")
    classes = read_list(folder / "shape_names.txt")
    return [
        shape
        for split in ("train", "test")
        for name in read_list(folder / f"{split}_files.txt")
        for shape in _read_file(folder / PurePosixPath(name).name, split, classes)
    ]


def _read_file(path: Path, split: str, classes: Sequence[str]) -> list[SourceObject]:
    return [_shape(path, row, label, split, classes) for row, label in enumerate(read_labels(path))]


def _shape(path: Path, row: int, label: int, split: str, classes: Sequence[str]) -> SourceObject:
    is_known = 0 <= label < len(classes)
    info = modelnet_info("modelnet40", f"{path.stem}-{row}", classes[label] if is_known else "", split)
    if is_known:
        return Hdf5Cloud(info, path, row)
    reason = (
        f"{path}, row {row}: label {label} is none of the {len(classes)} classes of shape_names.txt, counted from 0."
    )
    return UnreadableObject(info, reason)
