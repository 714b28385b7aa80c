"""Readers of ScanObjectNN (Uy et al. 2019, https://github.com/hkust-vgd/scanobjectnn): 2,048 points an object, HDF5, y up.

    h5_files/main_split/{training,test}_objectdataset.h5                        OBJ_BG: as scanned, background included
    h5_files/main_split_nobg/{training,test}_objectdataset.h5                   OBJ_ONLY: the background removed
    h5_files/main_split/{training,test}_objectdataset_augmentedrot_scale75.h5   PB_T50_RS: moved, turned and scaled crops

Files hold data and label (hdf5.py), and mask (M, P), -1 where a point is background, which is not read. No publication
says whether the files keep metres, and PB_T50_RS is scaled at random, so the unit is left open.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.formats.hdf5 import read_cloud, read_labels
from cg3d.data.formats.source_folder import source_folder
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, with_article
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError, ScanError
from cg3d_runtime.points import PointCloud

# A label is the place of its class; confirmed by the authors in training_data/README.md.
CLASSES = (
    "bag", "bin", "box", "cabinet", "chair", "desk", "display", "door", "shelf", "table", "bed", "pillow", "sink", "sofa",
    "toilet",
)  # fmt: skip
SPLITS = {"train": "training", "test": "test"}


@dataclass(frozen=True)
class ScannedObject(SourceObject):
    """A row of one of the files."""

    info: ObjectInfo
    path: Path
    row: int

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        xyz, _ = read_cloud(self.path, self.row)
        try:
            return surface_of_cloud(PointCloud(xyz, up="y"), count, rng)
        except ScanError as error:
            raise DataError(f"{self.path}, row {self.row}: {error}") from error


def read_scanobjectnn_obj_bg(source: str) -> list[SourceObject]:
    """List the objects of OBJ_BG; a row whose label is no class is an `UnreadableObject`.

    Args:
        source: the folder `h5_files`, or the one that holds it.
    Raises:
        DataError: no such folder, a file is missing, damaged or has other datasets.
    """
    return _read(source, "obj-bg", "main_split", "objectdataset.h5")


def read_scanobjectnn_obj_only(source: str) -> list[SourceObject]:
    """List the objects of OBJ_ONLY; otherwise as `read_scanobjectnn_obj_bg`."""
    return _read(source, "obj-only", "main_split_nobg", "objectdataset.h5")


def read_scanobjectnn_pb_t50_rs(source: str) -> list[SourceObject]:
    """List the 14,298 objects of PB_T50_RS, the hardest variant; otherwise as `read_scanobjectnn_obj_bg`."""
    return _read(source, "pb-t50-rs", "main_split", "objectdataset_augmentedrot_scale75.h5")


def _read(source: str, variant: str, inner: str, name: str) -> list[SourceObject]:
    folder = source_folder(source, "h5_files", inner) / inner
    return [
        _object(folder / f"{word}_{name}", row, label, split, f"scanobjectnn-{variant}")
        for split, word in SPLITS.items()
        for row, label in enumerate(read_labels(folder / f"{word}_{name}"))
    ]


def _object(path: Path, row: int, label: int, split: str, set_name: str) -> SourceObject:
    is_known = 0 <= label < len(CLASSES)
    name = CLASSES[label] if is_known else ""
    info = ObjectInfo(
        id=f"{set_name}-{split}-{row}",
        label=name,
        captions=(with_article(name),),
        licence="LicenseRef-ScanObjectNN",
        source="ScanObjectNN",
        set=set_name,
        split=split,
    )
    if is_known:
        return ScannedObject(info, path, row)
    return UnreadableObject(
        info, f"{path}, row {row}: label {label} is none of the {len(CLASSES)} classes, counted from 0."
    )
