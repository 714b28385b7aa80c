"""Readers of ScanObjectNN (Uy et al. 2019, https://github.com/hkust-vgd/scanobjectnn): 2,048 points an object, HDF5, y up.

    h5_files/main_split/{training,test}_objectdataset.h5                        OBJ_BG: as scanned, background included
    h5_files/main_split_nobg/{training,test}_objectdataset.h5                   OBJ_ONLY: the background removed
    h5_files/main_split/{training,test}_objectdataset_augmentedrot_scale75.h5   PB_T50_RS: moved, turned and scaled crops

Files hold data and label (hdf5.py), and mask (M, P), -1 where a point is background, which is not read. No publication
says whether the files keep metres, and PB_T50_RS is scaled at random, so the unit is left open.
"""

from __future__ import annotations

from pathlib import Path

from cg3d.data.formats.hdf5 import Hdf5Cloud, read_labels
from cg3d.data.formats.source_folder import source_folder
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, with_article

# A label is the index of its class; confirmed by the authors in training_data/README.md.
CLASSES = (
    "bag", "bin", "box", "cabinet", "chair", "desk", "display", "door", "shelf", "table", "bed", "pillow", "sink", "sofa",
    "toilet",
)  # fmt: skip
LICENCE = "LicenseRef-ScanObjectNN"
SPLITS = {"train": "training", "test": "test"}


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
        licence=LICENCE,
        source="ScanObjectNN",
        set=set_name,
        split=split,
    )
    if is_known:
        return Hdf5Cloud(info, path, row)
    return UnreadableObject(
        info, f"{path}, row {row}: label {label} is none of the {len(CLASSES)} classes, counted from 0."
    )
