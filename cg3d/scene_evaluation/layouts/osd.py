"""Reader of scenes as the Object Segmentation Database has them in PCD (Richtsfeld et al. 2012; PointCloudLibrary/data, mOSD).

    learn0.pcd       fields label x y z rgba; the camera's frame (x right, y down, z forward), metres
    names.csv        columns scene, object, name: what object K of a scene is, as far as somebody says

A label is 0 where nobody says, 1 to 9 on tables and background, and 10 K to 10 K + 9 on object K.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from cg3d.data.formats.listings import read_text
from cg3d.data.formats.naming import naming
from cg3d.scene_evaluation.annotated import NOTHING, UNTOLD, AnnotatedScene, Scenes, TrueObject
from cg3d.scene_evaluation.layouts.reading import require_some, scene_of
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.pcd import read_fields

NAMES = "names.csv"
_COLUMNS = ("scene", "object", "name")
_STEP = 10  # labels of one object

_Names = dict[tuple[str, int], str]


def read_osd(folder: Path) -> Scenes:
    """The scenes of a folder.

    Raises:
        DataError: no PCD file there, one without labels, or names.csv cannot be read.
    """
    paths = require_some(list(folder.glob("*.pcd")), folder, f"*.pcd with a field label, and {NAMES} where known")
    names = _read_names(folder / NAMES) if (folder / NAMES).is_file() else {}
    of_these = {name for (scene, _), name in names.items() if (folder / f"{scene}.pcd") in paths}
    return Scenes(folder.resolve().name, len(paths), tuple(sorted(of_these)), (_read(path, names) for path in paths))


def _read_names(path: Path) -> _Names:
    rows = csv.DictReader(read_text(path).splitlines())
    if not set(_COLUMNS) <= set(rows.fieldnames or ()):
        found = ", ".join(rows.fieldnames or ["none"])
        raise DataError(f"{path}: columns {', '.join(_COLUMNS)} are needed. Columns found: {found}.")
    try:
        return {(str(row["scene"]), int(row["object"])): str(row["name"]).strip() for row in rows}
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: the column object must hold whole numbers ({error}).") from error


def _read(path: Path, names: _Names) -> AnnotatedScene:
    with naming(path):
        _, fields = read_fields(path)
    if "label" not in fields:
        raise DataError(f"{path}: has no field label. Fields found: {', '.join(fields)}. Name another --layout.")
    ids = _ids(fields["label"].astype(np.int64))
    numbers = np.unique(ids[ids >= 0]).tolist()
    things = [TrueObject(number, names.get((path.stem, number))) for number in numbers]
    with naming(path):
        return scene_of(path.stem, read_scan(path), ids, things)


def _ids(labels: np.ndarray) -> np.ndarray:
    ids = np.where(labels < _STEP, NOTHING, labels // _STEP)
    return np.where(labels == 0, UNTOLD, ids)
