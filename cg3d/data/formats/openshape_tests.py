"""Readers of the test sets that OpenShape and Uni3D measure on, and of ULIP-2's ModelNet40 with 10,000 points.

    meta_data/modelnet40/test_pc.npy, test_split.json       clouds {xyz, rgb} in the order of a list of {name, category}
    modelnet40_colored_10k_pc.npy, modelnet40_test_split_10k_colored.json       ULIP-2, likewise
    meta_data/scanobjectnn/xyz_label.npy                    {xyz, label}, at times rgb: 2,890 clouds

The .npy files are pickles, so the readers take the .npz files that `cg3d data unpickle SOURCE --out SOURCE` puts beside them.
Clouds are y up; colours are a fill, where they are one grey.

OpenShape's ScanObjectNN has as many clouds as OBJ_ONLY has for training and test together, 2,309 and 581, so figures on it
compare with no published test set: a set of its own here.

Layouts: Colin97/OpenShape_code (src/data.py), salesforce/ULIP (data/dataset_3d.py).
"""

from __future__ import annotations

from pathlib import Path

from cg3d.data.formats.listings import entries_of
from cg3d.data.formats.modelnet import MODELNET40, modelnet_info
from cg3d.data.formats.npz_rows import NpzRow, arrays_in, converted, mapped
from cg3d.data.formats.scanobjectnn import CLASSES, LICENCE
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, plain_words, with_article
from cg3d_runtime.errors import DataError

MODELNET_FILES = (
    ("test_pc", "test_split.json"),
    ("modelnet40_colored_10k_pc", "modelnet40_test_split_10k_colored.json"),
)
SCANOBJECTNN_FILE = "xyz_label"


def read_modelnet40_openshape(source: str) -> list[SourceObject]:
    """List the 2,468 test shapes of ModelNet40; one whose category is none is an `UnreadableObject`.

    Args:
        source: the folder of the files, or `meta_data`, or the one that holds that.
    Raises:
        DataError: no such files, still pickled, or a list of another length than the clouds.
    """
    for folder in _folders(source, "modelnet40"):
        for clouds, listing in MODELNET_FILES:
            if (folder / listing).is_file() and (path := converted(folder, clouds)):
                return _modelnet(path, folder / listing)
    wanted = " or ".join(f"{clouds}.npz beside {listing}" for clouds, listing in MODELNET_FILES)
    raise DataError(f"{source}: holds no {wanted}.")


def read_scanobjectnn_openshape(source: str) -> list[SourceObject]:
    """List OpenShape's 2,890 clouds of ScanObjectNN; a row whose label is no class is an `UnreadableObject`.

    Args:
        source: as of `read_modelnet40_openshape`.
    Raises:
        DataError: no such file, still pickled, or one with other arrays.
    """
    for folder in _folders(source, "scanobjectnn"):
        if path := converted(folder, SCANOBJECTNN_FILE):
            labels = mapped(path, "label")
            _require_count(path, "xyz", labels.size)
            return [_scan(path, row, int(label)) for row, label in enumerate(labels.reshape(-1))]
    raise DataError(
        f"{source}: holds no {SCANOBJECTNN_FILE}.npz, made of {SCANOBJECTNN_FILE}.npy by `cg3d data unpickle`."
    )


def _folders(source: str, inner: str) -> list[Path]:
    path = Path(source)
    root = path if path.is_dir() else path.parent
    return [root, root / inner, root / "meta_data" / inner]


def _modelnet(path: Path, listing: Path) -> list[SourceObject]:
    names = [plain_words(category) for (category,) in entries_of(listing, ("category",))]
    _require_count(path, "xyz", len(names))
    return [_shape(path, row, name, listing) for row, name in enumerate(names)]


def _shape(path: Path, row: int, name: str, listing: Path) -> SourceObject:
    info = modelnet_info("modelnet40", f"{path.stem}-{row}", name, "test")
    if name not in MODELNET40:
        return UnreadableObject(info, f"{listing}, entry {row}: {name!r} is no class of ModelNet40.")
    return NpzRow(info, path, "xyz", row, _colours(path))


def _scan(path: Path, row: int, label: int) -> SourceObject:
    name = CLASSES[label] if 0 <= label < len(CLASSES) else ""
    own, captions = f"scanobjectnn-openshape-{row}", (with_article(name),)
    info = ObjectInfo(own, name, captions, LICENCE, "ScanObjectNN", "scanobjectnn-openshape", split="test")
    if not name:
        return UnreadableObject(info, f"{path}, row {row}: label {label} is none of the {len(CLASSES)} classes.")
    return NpzRow(info, path, "xyz", row, _colours(path))


def _colours(path: Path) -> str:
    return "rgb" if any(name.partition("/")[0] == "rgb" for name in arrays_in(path)) else ""


def _require_count(path: Path, key: str, count: int) -> None:
    numbered = sum(name.startswith(f"{key}/") for name in arrays_in(path))
    found = numbered or len(mapped(path, key))
    if found != count:
        raise DataError(f"{path}: holds {found} clouds for {count} labels. Download both files again.")
