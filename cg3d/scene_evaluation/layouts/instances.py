"""Reader of a plain layout, for scenes that users annotate themselves: it is what `cg3d-detect` writes, mended by hand.

    kitchen.ply                 any scan file, in metres
    kitchen.json                {"up": [0, 0, 1],
                                 "objects": [{"label": "mug", "box": {"center": [x, y, z], "size": [a, b, c],
                                                                      "quaternion": [x, y, z, w]}}, ...]}
    kitchen.segments.npy        (N,) integers: of each point the place of its object in "objects", from 0, -1 for none and -2
                                where nobody says; without it, points belong to the smallest box that they lie in

"up" may be left out where nobody knows it, a label may be null, the quaternion left out of boxes along the axes, and the box
where there is a segments.npy. A short form beside one: {"names": {"0": "mug", "1": null}}.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cg3d.data.formats.listings import read_json
from cg3d.data.formats.naming import naming
from cg3d.scene_evaluation.annotated import UNTOLD, AnnotatedScene, Scenes, TrueObject
from cg3d.scene_evaluation.layouts.reading import ids_in_boxes, require_some, scene_of
from cg3d_runtime.errors import DataError, ScanError
from cg3d_runtime.scans import SCAN_SUFFIXES, read_scan
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import as_up, vector
from cg3d_runtime.scenes.boxes import Box

SEGMENTS = (".segments.npy", ".instances.npy")
_LEVEL = [0.0, 0.0, 0.0, 1.0]


def read_instances(folder: Path) -> Scenes:
    """The scan files of a folder that have a JSON of their name beside them.

    Raises:
        DataError: none there, or while they are read: annotations that cannot be read, or do not fit the points.
    """
    there = [path for path in folder.glob("*") if path.suffix.lower() in SCAN_SUFFIXES and _json(path).is_file()]
    scans = [path for path in there if not path.name.endswith(SEGMENTS)]
    paths = require_some(scans, folder, "scan files, each with a JSON file of its name beside it")
    names = {each.name for path in paths for each in _objects(_json(path)) if each.name}
    return Scenes(folder.resolve().name, len(paths), tuple(sorted(names)), (_read(path) for path in paths))


def _json(path: Path) -> Path:
    return path.with_suffix(".json")


def _read(path: Path) -> AnnotatedScene:
    with naming(path):
        cloud = read_scan(path)
    things = _objects(_json(path))
    segments = next((beside for end in SEGMENTS if (beside := path.with_suffix(end)).is_file()), None)
    ids = _boxed(cloud, things, _json(path)) if segments is None else _read_ids(segments, len(cloud), things)
    return scene_of(path.stem, cloud, ids, things, _up(_json(path)))


def _objects(path: Path) -> list[TrueObject]:
    content = read_json(path, dict)
    if isinstance(names := content.get("names"), dict):
        return [_named(path, number, name) for number, name in names.items()]
    if not isinstance(objects := content.get("objects"), list):
        raise DataError(f'{path}: needs a list "objects", or "names" from ids to labels. Found: {", ".join(content)}.')
    return [_object(path, number, each) for number, each in enumerate(objects)]


def _named(path: Path, number: str, name: Any) -> TrueObject:
    if not number.isdecimal():
        raise DataError(f'{path}: the keys of "names" must be whole numbers from 0, got {number!r:.80}.')
    return TrueObject(int(number), _label(path, name))


def _object(path: Path, number: int, each: Any) -> TrueObject:
    if not isinstance(each, dict):
        raise DataError(f'{path}: object {number} must hold "label" and "box", got {each!r:.80}.')
    box = each.get("box")
    return TrueObject(number, _label(path, each.get("label")), None if box is None else _box(path, number, box))


def _label(path: Path, label: Any) -> str | None:
    if label is not None and not (isinstance(label, str) and label.strip()):
        raise DataError(f"{path}: a label must be a text, or null where nobody knows it, got {label!r:.80}.")
    return label.strip() if label else None


def _box(path: Path, number: int, box: Any) -> Box:
    try:
        numbers = [[float(n) for n in box.get(key, _LEVEL)] for key in ("center", "size", "quaternion")]
        (x, y, z), (a, b, c), (i, j, k, w) = numbers
        length = float(np.linalg.norm((i, j, k, w)))
        if not (np.isfinite(np.concatenate(numbers)).all() and min(a, b, c) > 0 and abs(length - 1) < 1e-2):
            raise ValueError(f"got {numbers}")
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(
            f"{path}: the box of object {number} needs center and size, three finite numbers each, sizes above 0, and a "
            f"quaternion x, y, z, w of length 1 ({error})."
        ) from error
    return Box((x, y, z), (a, b, c), (i / length, j / length, k / length, w / length))


def _boxed(cloud: PointCloud, things: list[TrueObject], path: Path) -> np.ndarray:
    boxes = [each.box for each in things if each.box is not None]
    if len(boxes) < len(things):
        raise DataError(
            f"{path}: an object has no box, and no {path.stem}{SEGMENTS[0]} tells whose the points are. Add either."
        )
    return ids_in_boxes(cloud.xyz, boxes)


def _read_ids(path: Path, count: int, things: list[TrueObject]) -> np.ndarray:
    try:
        ids = np.load(path, allow_pickle=False)
    except Exception as error:  # numpy parses the header as Python source: a damaged one raises anything
        raise DataError(f"{path}: is no array that can be read without pickle: {error!r}. Save it again.") from error
    if ids.shape != (count,) or ids.dtype.kind not in "iu":
        raise DataError(
            f"{path}: holds {ids.dtype} of shape {ids.shape}; whole numbers of shape ({count},) are needed."
        )
    known = {each.id for each in things}
    if strange := sorted(set(np.unique(ids[ids >= 0]).tolist()) - known):
        raise DataError(f"{path}: has points of object {strange[0]}, which its JSON does not list. Add it, label null.")
    if ids.min(initial=0) < UNTOLD:
        raise DataError(f"{path}: holds {ids.min()}; ids are 0 and more, -1 for no object, -2 where nobody says.")
    return np.asarray(ids)


def _up(path: Path) -> np.ndarray | None:
    up = read_json(path, dict).get("up")
    try:
        return None if up is None else np.array(vector(as_up(up)))
    except ScanError as error:
        raise DataError(f'{path}: "up" must be a direction of three numbers, got {up!r:.80}.') from error
