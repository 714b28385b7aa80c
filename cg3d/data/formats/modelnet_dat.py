"""Reader of the ModelNet caches that ULIP, Point-BERT, CG3D and their followers pass on.

    modelnet40_{train,test}_8192pts_fps.dat     a pickle of two lists: clouds (8192, 6), points and normals; labels (1,)
    modelnet40_shape_names.txt                  the classes, where it is there: a label is the index of its class

modelnet10 likewise. The reader takes the .npz files that `cg3d data unpickle SOURCE --out SOURCE` puts beside them, with the
arrays `points` and `label`. The clouds are those of modelnet40_normal_resampled, y up.

Layout: lulutang0608/Point-BERT (DATASET.md), salesforce/ULIP (data/dataset_3d.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cg3d.data.formats.modelnet import MODELNET10, MODELNET40, modelnet_info
from cg3d.data.formats.npz_rows import NpzRow, converted, mapped
from cg3d.data.formats.source_folder import read_list
from cg3d.data.samples import SourceObject, UnreadableObject
from cg3d_runtime.errors import DataError


def read_modelnet40_dat(source: str) -> list[SourceObject]:
    """List the shapes of every split that is there; a row whose label is no class is an `UnreadableObject`.

    Args:
        source: the folder of the files, or one of them.
    Raises:
        DataError: no such file, one that is still pickled, or one with other arrays.
    """
    return _read(source, "modelnet40", MODELNET40)


def read_modelnet10_dat(source: str) -> list[SourceObject]:
    """As `read_modelnet40_dat`, of modelnet10_{train,test}_8192pts_fps.dat."""
    return _read(source, "modelnet10", MODELNET10)


def _read(source: str, set_name: str, known: Sequence[str]) -> list[SourceObject]:
    path = Path(source)
    folder = path if path.is_dir() else path.parent
    names = folder / f"{set_name}_shape_names.txt"
    classes = read_list(names) if names.is_file() else known
    objects = [
        shape
        for split in ("train", "test")
        for file in _files(path, folder, f"{set_name}_{split}_")
        for shape in _shapes(file, set_name, split, classes)
    ]
    if not objects:
        raise DataError(
            f"{source}: holds no {set_name}_train_8192pts_fps.npz or {set_name}_test_8192pts_fps.npz, made of .dat files by "
            "`cg3d data unpickle`."
        )
    return objects


def _files(path: Path, folder: Path, begin: str) -> list[Path]:
    """The converted files of a split, one a name; of the file alone where that is the source."""
    found = [path] if path.is_file() else folder.glob(f"{begin}*")
    stems = sorted(
        {file.stem for file in found if file.name.startswith(begin) and file.suffix in (".dat", ".npz", ".pkl")}
    )
    if len(stems) > 1:
        raise DataError(
            f"{folder}: holds {' and '.join(stems)}, the same shapes twice. Name one file, or move the others away."
        )
    return [file for stem in stems if (file := converted(folder, stem))]


def _shapes(path: Path, set_name: str, split: str, classes: Sequence[str]) -> Iterator[SourceObject]:
    points, labels = mapped(path, "points"), mapped(path, "label")
    fits = points.ndim == 3 and points.shape[2] >= 3 and labels.size == len(points) and labels.dtype.kind in "iu"
    if not fits:
        raise DataError(
            f"{path}: points is {points.dtype} of shape {points.shape} and label {labels.dtype} of shape {labels.shape}; "
            "points (M, P, 6) and M whole numbers are needed."
        )
    for row, label in enumerate(labels.reshape(-1).tolist()):
        is_known = 0 <= label < len(classes)
        info = modelnet_info(set_name, f"{path.stem}-{row}", classes[label] if is_known else "", split)
        reason = f"{path}, row {row}: label {label} is none of the {len(classes)} classes, counted from 0."
        yield NpzRow(info, path, "points", row) if is_known else UnreadableObject(info, reason)
