"""Reader of Objaverse-LVIS: 46,000 objects of 1,156 classes, on which zero-shot recognition is measured.

Three projects give it in three layouts, all of the same clouds, y up and coloured:

    OpenShape   meta_data/split/lvis.json            a list of {uid, category, group, data_path}
    ULIP-2      lvis.json                            {uid: "000-009/<uid>.npy"}
                objaverse_lvis_metadata.json         value_to_key_mapping {uid: class}, key_to_id, all_keys
    Uni3D       lvis_testset.txt                     lines `number, class, uid, path.npy`

The .npy files are pickles, so the reader takes the .npz files that `cg3d data unpickle SOURCE --out SOURCE` puts beside them.

Layouts: Colin97/OpenShape_code (src/data.py), salesforce/ULIP (data/dataset_3d.py), baaivision/Uni3D (data/datasets.py).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.formats.listings import entries_of, read_json, read_text
from cg3d.data.formats.openshape import (
    LICENCES,
    cloud_path,
    cloud_surface,
    clouds_in,
    missing_cloud,
    refuse_pickled,
)
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, plain_words, safe_id, with_article
from cg3d.data.surface import Surface
from cg3d_runtime.errors import DataError

METADATA = "objaverse_lvis_metadata.json"

Entry = tuple[str, str | None, str]  # uid, class as LVIS spells it or None where it has none, path of the cloud


@dataclass(frozen=True)
class LvisObject(SourceObject):
    """A cloud of Objaverse-LVIS."""

    info: ObjectInfo
    path: Path  # .npz

    def problem(self) -> str | None:
        return missing_cloud(self.path)

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        return cloud_surface(self.path, count, rng)


def read_objaverse_lvis(source: str) -> list[SourceObject]:
    """List Objaverse-LVIS, in whichever of the three layouts the folder has; all of it is of the split "test".

    Labels are LVIS's names in plain words, `Band_Aid` as "Band Aid" and `bat_(animal)` as "bat (animal)", all of them distinct.

    Args:
        source: the folder with one of the lists.
    Raises:
        DataError: none of the lists, a malformed one, one that names nothing, or clouds that are still pickled.
    """
    root = Path(source)
    name = next((name for name in LISTS if (root / name).is_file()), None)
    if name is None:
        raise DataError(f"{source}: none of the lists of Objaverse-LVIS was found. Looked for {', '.join(LISTS)}.")
    listing, clouds = root / name, clouds_in(root)
    objects: dict[str, SourceObject] = {}
    for uid, class_name, place in LISTS[name](listing):
        objects.setdefault(uid, _object(listing, uid, class_name, clouds, place))
    if not objects:
        raise DataError(f"{listing}: lists no object.")
    refuse_pickled([each.path for each in objects.values() if isinstance(each, LvisObject)], root)
    return list(objects.values())


def _object(listing: Path, uid: str, name: str | None, clouds: Path, place: str) -> SourceObject:
    label = plain_words(name or "")
    info = ObjectInfo(
        safe_id(uid), label, (_caption(label),), LICENCES["Objaverse"], "Objaverse", "objaverse-lvis", split="test"
    )
    if not label or not uid:
        return UnreadableObject(info, f"{listing}: object {uid!r} of class {label!r}; it needs an id and a class.")
    try:
        return LvisObject(info, cloud_path(clouds, place))
    except ValueError as error:
        return UnreadableObject(info, f"{listing}: object {uid!r}: {error}")


def _caption(label: str) -> str:
    """ "a bat (animal)": the article goes by what stands before the parenthesis."""
    name, parenthesis, meaning = label.partition(" (")
    return with_article(name) + parenthesis + meaning


def _lvis_json(path: Path) -> Iterator[Entry]:
    """OpenShape's and ULIP-2's lists have one name; the one is a list, the other a dictionary."""
    return _openshape(path) if isinstance(read_json(path, object), list) else _ulip2(path)


def _openshape(path: Path) -> Iterator[Entry]:
    return ((uid, name, place) for uid, name, place in entries_of(path, ("uid", "category", "data_path")))


def _ulip2(path: Path) -> Iterator[Entry]:
    metadata = path.with_name(METADATA)
    if not metadata.is_file():
        raise DataError(f"{metadata}: not found, and {path.name} of ULIP-2 has no classes. Download it beside that.")
    classes = read_json(metadata, dict).get("value_to_key_mapping")
    if not isinstance(classes, dict):
        raise DataError(f"{metadata}: has no value_to_key_mapping, which gives every object its class.")
    for uid, place in read_json(path, dict).items():
        name = classes.get(uid)
        yield uid, name if isinstance(name, str) else None, str(place)


def _uni3d(path: Path) -> Iterator[Entry]:
    rows = csv.reader(read_text(path).splitlines(), skipinitialspace=True)
    for row in rows:
        if not any(row):
            continue
        if len(row) != 4:
            raise DataError(f"{path}, line {rows.line_num}: {len(row)} fields; number, class, uid and path are needed.")
        yield row[2].strip(), row[1], row[3].strip()


LISTS: dict[str, Callable[[Path], Iterator[Entry]]] = {
    "meta_data/split/lvis.json": _lvis_json,
    "split/lvis.json": _lvis_json,
    "lvis.json": _lvis_json,
    "lvis_testset.txt": _uni3d,
}
