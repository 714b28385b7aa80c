"""Reader of whole rooms in ScanNet v2 (Dai et al. 2017, https://github.com/ScanNet/ScanNet): metres, z up.

    scannetv2-labels.combined.tsv                     from what annotators wrote to the 40 classes of NYU, where given
    scans/scene0000_00/                               or scene0000_00/ alone
        scene0000_00_vh_clean_2.ply                   the vertices
        scene0000_00_vh_clean_2.0.010000.segs.json    the segment of each vertex
        scene0000_00.aggregation.json                 the segments and the label of each object
        scene0000_00_vh_clean_2.labels.ply            the class of each vertex, used where the two files above are missing
        scene0000_00.txt                              axisAlignment, where given

Walls, floors and ceilings are no objects; others without a name are objects that nobody names. Classes alone do not part the
objects of a class: there, vertices of one class less than 5 cm apart are one object.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cg3d.data.formats.clusters import part_into_clusters
from cg3d.data.formats.naming import naming
from cg3d.data.formats.scannet import (
    CATCH_ALLS,
    NAMELESS,
    STRUCTURE,
    TAXONOMIES,
    file_of,
    in_words,
    parse_group,
    read_classes,
    read_entries,
    read_room,
)
from cg3d.scene_evaluation.annotated import NOTHING, AnnotatedScene, Scenes, TrueObject, without_small
from cg3d.scene_evaluation.layouts.reading import require_some, scene_of
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.ply.tables import read_tables

FEWEST_VERTICES = 64  # about 16 x 16 cm: vertices are 2 cm apart
_CELL = 0.05  # metres
_UP = np.array([0.0, 0.0, 1.0])
# Classes of NYU by their numbers from 1, as labels.ply has them.
NYU = (
    *("wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf"),
    *("picture", "counter", "blinds", "desk", "shelves", "curtain", "dresser", "pillow", "mirror", "floor mat"),
    *("clothes", "ceiling", "books", "refrigerator", "television", "paper", "towel", "shower curtain", "box"),
    *("whiteboard", "person", "night stand", "toilet", "sink", "lamp", "bathtub", "bag"),
    *("otherstructure", "otherfurniture", "otherprop"),
)


def read_scannet_scenes(folder: Path) -> Scenes:
    """The rooms below a folder; those without annotations, as of the test split, are left out.

    Raises:
        DataError: none there, or while they are read: annotations that do not fit the vertices.
    """
    within = folder / "scans" if (folder / "scans").is_dir() else folder
    there = [path.parent for path in within.glob("*/*_vh_clean_2.ply") if _is_annotated(path.parent)]
    paths = require_some(there, folder, "scans/SCENE/SCENE_vh_clean_2.ply with its aggregation.json and segs.json")
    has_classes = any((folder / name).is_file() for name in TAXONOMIES)
    classes = read_classes(folder) if has_classes else {}
    names = {name for path in paths for name in _names(path, classes)}
    return Scenes(folder.resolve().name, len(paths), tuple(sorted(names)), (_read(path, classes) for path in paths))


def _is_annotated(scene: Path) -> bool:
    return any(file_of(scene, ending).is_file() for ending in (".aggregation.json", "_vh_clean_2.labels.ply"))


def _names(scene: Path, classes: dict[str, str]) -> list[str]:
    if not file_of(scene, ".aggregation.json").is_file():
        return [name for name in NYU if _name(name) and name not in STRUCTURE]
    return [name for label, _ in _groups(scene, classes) if label not in STRUCTURE and (name := _name(label))]


def _groups(scene: Path, classes: dict[str, str]) -> list[tuple[str, tuple[int, ...]]]:
    """Label and segments of each object, each set of segments once: some scenes hold everything twice."""
    path = file_of(scene, ".aggregation.json")
    groups: dict[tuple[int, ...], str] = {}
    for group in read_entries(path, "segGroups"):
        segments, written = parse_group(path, group)
        known = classes.get(written, "")
        groups.setdefault(segments, in_words(written) if known in ("", *CATCH_ALLS) else known)
    return [(label, segments) for segments, label in groups.items()]


def _name(label: str) -> str | None:
    return None if label in (*NAMELESS, *CATCH_ALLS) else label


def _read(scene: Path, classes: dict[str, str]) -> AnnotatedScene:
    read = _read_objects if file_of(scene, ".aggregation.json").is_file() else _read_labels
    cloud, ids, names = read(scene, classes)
    things = [TrueObject(number, name) for number, name in enumerate(names)]
    return scene_of(scene.name, cloud, without_small(ids, FEWEST_VERTICES), things, _UP)


def _read_objects(scene: Path, classes: dict[str, str]) -> tuple[PointCloud, np.ndarray, list[str | None]]:
    cloud, segment = read_room(scene)
    ids = np.full(len(cloud), NOTHING)
    names: list[str | None] = []
    for label, segments in _groups(scene, classes):
        if label not in STRUCTURE:
            ids[np.isin(segment, segments)] = len(names)
            names.append(_name(label))
    return cloud, ids, names


def _read_labels(scene: Path, classes: dict[str, str]) -> tuple[PointCloud, np.ndarray, list[str | None]]:
    """Where only the class of each vertex is known."""
    path = file_of(scene, "_vh_clean_2.labels.ply")
    with naming(path):
        vertex = read_tables(path, names=("vertex",)).get("vertex", {})
    if not {"x", "y", "z", "label"} <= vertex.keys():
        raise DataError(f"{path}: vertices need x, y, z and label. Properties found: {', '.join(vertex) or 'none'}.")
    xyz = np.stack([np.asarray(vertex[axis], dtype=np.float32) for axis in "xyz"], axis=1)
    label = np.asarray(vertex["label"]).astype(np.int64)
    ids = np.full(len(xyz), NOTHING)
    names: list[str | None] = []
    for number in np.unique(label[(label >= 1) & (label <= len(NYU))]).tolist():
        if (name := NYU[number - 1]) not in STRUCTURE:
            own = np.flatnonzero(label == number)
            cluster = part_into_clusters(xyz[own], _CELL)
            ids[own] = cluster + len(names)
            names += [_name(name)] * (int(cluster.max()) + 1)
    return PointCloud(xyz, up="z"), ids, names
