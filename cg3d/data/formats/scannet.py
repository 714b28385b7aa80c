"""Reader of the objects in ScanNet v2 (Dai et al. 2017, https://github.com/ScanNet/ScanNet): crops of rooms, metres, z up.

    scannetv2-labels.combined.tsv              from what annotators wrote to the 40 classes of NYU
    scannetv2_{train,val,test}.txt             scenes of a split, where given; test has no annotations, so val is evaluated
    scans/scene0000_00/
        scene0000_00_vh_clean_2.ply                   vertices x y z red green blue alpha, and faces, which are not read
        scene0000_00_vh_clean_2.0.010000.segs.json    segIndices: the segment of each vertex
        scene0000_00.aggregation.json                 segGroups: the segments and the label of each object
        scene0000_00.txt                              axisAlignment: turns the room's walls along x and y, where given

Left out, and counted in the log: walls, floors and ceilings; objects without a name; crops under 64 vertices; the second of
two objects made of the same segments (scene0217_00 holds everything twice).
"""

from __future__ import annotations

import csv
import logging
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cg3d.data.formats.listings import read_json, read_text
from cg3d.data.formats.naming import naming
from cg3d.data.formats.source_folder import read_list, source_folder
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, plain_words, safe_id, with_article
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans.arrays import find_columns, stack
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import as_unit_rgb
from cg3d_runtime.scans.ply.tables import read_tables

TAXONOMIES = ("scannetv2-labels.combined.tsv", "scannet-labels.combined.tsv")  # the older has no column `id`
FEWEST_VERTICES = 64  # about 16 x 16 cm: vertices are 2 cm apart
STRUCTURE = ("wall", "floor", "ceiling")
# No words for an object: what the annotator wrote is its label.
CATCH_ALLS = ("otherprop", "otherfurniture", "otherstructure")
NAMELESS = ("", "void", "unannotated", "object", "objects", "unknown", "remove")
SPELLING = {"refridgerator": "refrigerator"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SceneObject(SourceObject):
    """The vertices of one object of a scene."""

    info: ObjectInfo
    scene: Path
    segments: tuple[int, ...]

    def problem(self) -> str | None:
        path = file_of(self.scene, "_vh_clean_2.ply")
        return None if path.is_file() else f"{path}: not found, though its annotations are there."

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        room, segment = read_room(self.scene)
        mine = np.isin(segment, self.segments)
        rgb = None if room.rgb is None else room.rgb[mine]
        with naming(file_of(self.scene, "_vh_clean_2.ply")):
            return surface_of_cloud(PointCloud(room.xyz[mine], rgb, room.up), count, rng)


def read_scannet(source: str) -> list[SourceObject]:
    """List the objects; reads the annotations of every scene, not its vertices. A scene with faults is an `UnreadableObject`.

    Args:
        source: the folder that holds `scans` and the table of labels.
    Raises:
        DataError: no such folder, no table of labels or one without its columns, a scene in two splits.
    """
    folder = source_folder(source, "scannet", "scans")
    classes, splits = read_classes(folder), _read_splits(folder)
    objects: list[SourceObject] = []
    left_out: Counter[str] = Counter()
    for scene in sorted(path for path in (folder / "scans").iterdir() if path.is_dir()):
        split = splits.get(scene.name, "")
        try:
            objects += _scene_objects(scene, split, classes, left_out)
        except DataError as error:
            if split == "test":
                left_out["scene of the test split without annotations"] += 1
            else:
                objects.append(UnreadableObject(_info(scene.name, "", "", split), str(error)))
    for reason, count in left_out.most_common():
        _log.info("%s: left out %d times: %s", source, count, reason)
    return objects


def read_classes(folder: Path) -> dict[str, str]:
    """From what annotators wrote to the NYU class, by the table of labels in a folder.

    Raises:
        DataError: no such table, or one without its columns.
    """
    path = next((folder / name for name in TAXONOMIES if (folder / name).is_file()), None)
    if path is None:
        raise DataError(f"{folder}: has no {TAXONOMIES[0]}, which names the class of each object.")
    rows = csv.DictReader(read_text(path).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    if not {"raw_category", "nyu40class"} <= set(rows.fieldnames or ()):
        found = ", ".join(rows.fieldnames or ["none"])
        raise DataError(f"{path}: columns raw_category and nyu40class are needed. Columns found: {found}.")
    return {(row["raw_category"] or "").strip(): in_words(row["nyu40class"] or "") for row in rows}


def _read_splits(folder: Path) -> dict[str, str]:
    splits: dict[str, str] = {}
    for split in ("train", "val", "test"):
        path = folder / f"scannetv2_{split}.txt"
        for scene in read_list(path) if path.exists() else []:
            if splits.setdefault(scene, split) != split:
                raise DataError(f"{path}: scene {scene} is in scannetv2_{splits[scene]}.txt too.")
    return splits


def _scene_objects(scene: Path, split: str, classes: dict[str, str], left_out: Counter[str]) -> list[SourceObject]:
    groups = read_entries(file_of(scene, ".aggregation.json"), "segGroups")
    segments, counts = np.unique(_read_segments(scene), return_counts=True)
    vertices = dict(zip(segments.tolist(), counts.tolist(), strict=True))
    objects: list[SourceObject] = []
    seen = set()
    for number, group in enumerate(groups):
        mine, written = parse_group(file_of(scene, ".aggregation.json"), group)
        nyu_class = classes.get(written, "")
        label = in_words(written) if nyu_class in CATCH_ALLS else nyu_class
        reason = _why_not(label, sum(vertices.get(each, 0) for each in mine), mine in seen)
        seen.add(mine)
        if reason:
            left_out[reason] += 1
        else:
            info = _info(f"{scene.name}-{number:03d}", label, in_words(written), split)
            objects.append(SceneObject(info, scene, mine))
    return objects


def parse_group(path: Path, group: Any) -> tuple[tuple[int, ...], str]:
    """The segments of a group in `segGroups`, and what its annotator wrote.

    Raises:
        DataError: it has none; the message names the file.
    """
    try:
        return tuple(sorted({int(segment) for segment in group["segments"]})), str(group["label"]).strip()
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: a group lacks segments or label: {str(group)[:80]}. Copy it again.") from error


def _why_not(label: str, vertices: int, is_repeated: bool) -> str | None:
    if label in STRUCTURE:
        return "wall, floor or ceiling"
    if label in NAMELESS:
        return "object without a name, or with one that the table of labels lacks"
    if is_repeated:
        return "object made of the same segments as another"
    return f"crop under {FEWEST_VERTICES} vertices" if vertices < FEWEST_VERTICES else None


def _info(name: str, label: str, written: str, split: str) -> ObjectInfo:
    return ObjectInfo(
        id=safe_id(name),
        label=label,
        captions=tuple(dict.fromkeys(with_article(words) for words in (label, written))),
        licence="LicenseRef-ScanNet",
        source="ScanNet v2",
        set="scannet",
        units="m",
        split=split,
    )


def in_words(name: str) -> str:
    """A class in plain words, with one misspelling mended."""
    words = plain_words(name)
    return SPELLING.get(words, words)


@lru_cache(maxsize=8)
def read_room(scene: Path) -> tuple[PointCloud, np.ndarray]:
    """The vertices of a scene, and the segment of each, (N,).

    Raises:
        DataError: either is missing or cannot be read, or they do not belong together.
    """
    path, segment = file_of(scene, "_vh_clean_2.ply"), _read_segments(scene)
    with naming(path):
        vertex = read_tables(path, names=("vertex",)).get("vertex", {})
        columns = {name: column for name, column in vertex.items() if isinstance(column, np.ndarray)}
        xyz_names, rgb_names = find_columns(columns, "vertex", "property")
    xyz = _aligned(stack(columns, xyz_names).astype(np.float64), scene)
    if len(xyz) != len(segment):
        raise DataError(f"{path}: has {len(xyz)} vertices, but its segs.json gives segments for {len(segment)}.")
    return PointCloud(xyz, as_unit_rgb(stack(columns, rgb_names)) if rgb_names else None, up="z"), segment


def _aligned(xyz: np.ndarray, scene: Path) -> np.ndarray:
    path = file_of(scene, ".txt")
    line = re.search(r"axisAlignment\s*=(.*)", path.read_text("latin-1")) if path.is_file() else None
    if line is None:
        return xyz.astype(np.float32)
    try:
        matrix = np.array(line[1].split(), dtype=np.float64).reshape(4, 4)
    except ValueError as error:
        raise DataError(f"{path}: axisAlignment must be 16 numbers, got {line[1].strip()[:80]!r}.") from error
    aligned: np.ndarray = (xyz @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
    return aligned


def _read_segments(scene: Path) -> np.ndarray:
    path = file_of(scene, "_vh_clean_2.0.010000.segs.json")
    try:
        segment = np.array(read_entries(path, "segIndices"), dtype=np.int64)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{path}: segIndices must be whole numbers ({error}). Copy it again.") from error
    return segment.reshape(-1)


def read_entries(path: Path, key: str) -> list[Any]:
    """The list under a key of a JSON file; DataError where there is none."""
    values = read_json(path, dict).get(key)
    if not isinstance(values, list):
        raise DataError(f"{path}: has no list {key!r}. Copy it again.")
    return values


def file_of(scene: Path, ending: str) -> Path:
    """A file of a scene, by what follows the scene's name."""
    return scene / f"{scene.name}{ending}"
