"""Reader of the objects in S3DIS (Armeni et al. 2016, http://buildingparser.stanford.edu): scanned offices, metres, z up.

    Area_1/office_1/Annotations/chair_1.txt     as published: an object a file, lines of x y z r g b, colours 0 to 255
    trainval_fullarea/Area_1_office_1.npy       prepared for segmentation (PAConv, CG3D): (P, 7) x y z r g b class
    stanford_indoor3d/Area_1_office_1.npy       likewise, by PointNet, whose classes have other numbers

Tables, chairs, sofas, bookcases and boards are objects; the building itself, its doors and windows, and clutter are left out.
Area_5 is the test split, as is usual; the others are train.

Prepared rooms do not tell the objects of a class apart. Here they are clusters of its points (clusters.py): chairs that touch
become one. Listing finds them, about as fast as the rooms can be read, and packing an object finds those of its room again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from cg3d.data.formats.clusters import part_into_clusters
from cg3d.data.formats.naming import naming
from cg3d.data.formats.number_lines import read_number_lines
from cg3d.data.samples import ObjectInfo, SourceObject, UnreadableObject, safe_id, with_article
from cg3d.data.surface import Surface, surface_of_cloud
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans.cloud import PointCloud

OBJECTS = ("table", "chair", "sofa", "bookcase", "board")
NUMBERED_FROM = 7  # below are the parts of a building, above is clutter
NUMBERED = {  # the objects in the order of their numbers, by the folder that prepared rooms are known by
    "trainval_fullarea": ("chair", "table", "bookcase", "sofa", "board"),
    "stanford_indoor3d": ("table", "chair", "sofa", "bookcase", "board"),
}
CELL_M = 0.05
LARGEST_ROOM_M = 1000.0
FEWEST_POINTS = 256  # a smaller cluster is a splinter of an object: points are about 1 cm apart

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AnnotatedObject(SourceObject):
    """An object with its own file."""

    info: ObjectInfo
    path: Path

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        return _surface(self.path, read_number_lines(self.path, 6), count, rng)


@dataclass(frozen=True)
class ClusteredObject(SourceObject):
    """A cluster of the points of one class in a prepared room."""

    info: ObjectInfo
    path: Path
    cluster: int

    def surface(self, count: int, rng: np.random.Generator) -> Surface:
        table, cluster = _read_room(self.path)
        return _surface(self.path, table[cluster == self.cluster, :6], count, rng)


def _surface(path: Path, table: np.ndarray, count: int, rng: np.random.Generator) -> Surface:
    """The surface of (N, 6) float32 x y z r g b."""
    with naming(path):
        rgb = np.clip(table[:, 3:] / np.float32(255), 0, 1)
        return surface_of_cloud(PointCloud(table[:, :3], rgb, up="z"), count, rng)


def read_s3dis(source: str) -> list[SourceObject]:
    """List the objects; a prepared room that cannot be read is an `UnreadableObject`.

    Args:
        source: a folder of `Area_<n>/<room>/Annotations/<class>_<n>.txt`, or the folder `trainval_fullarea` or
            `stanford_indoor3d` of `Area_<n>_<room>.npy`.
    Raises:
        DataError: the folder holds neither, or prepared rooms lie in a folder of another name.
    """
    folder = Path(source)
    annotated = sorted(folder.glob("Area_*/*/Annotations/*.txt"))
    if annotated:
        return [each for path in annotated for each in _annotated_object(path)]
    rooms = sorted(folder.glob("Area_*_*.npy"))
    if not rooms:
        raise DataError(
            f"{source}: holds neither Area_<n>/<room>/Annotations/<class>_<n>.txt nor Area_<n>_<room>.npy; "
            "one of the two layouts of S3DIS is needed."
        )
    names = NUMBERED.get(folder.resolve().name)
    if names is None:
        raise DataError(
            f"{source}: prepared rooms number their classes in one of two ways, told by the folder's name: "
            f"{' (PAConv, CG3D) or '.join(NUMBERED)} (PointNet). Rename it, or link to it under that name."
        )
    return [each for path in rooms for each in _room_objects(path, names)]


def _annotated_object(path: Path) -> list[SourceObject]:
    """The object of a file; none where it is not of `OBJECTS`, or a stray copy (`wall_3 (1).txt`)."""
    named = re.fullmatch(r"([a-z]+)_\d+", path.stem)
    if not named or named[1] not in OBJECTS:
        return []
    area, room = path.parts[-4:-2]
    return [AnnotatedObject(_info(area, f"{area}_{room}-{path.stem}", named[1]), path)]


def _room_objects(path: Path, names: Sequence[str]) -> list[SourceObject]:
    area = "_".join(path.stem.split("_")[:2])
    try:
        table, cluster = _read_room(path)
    except _RoomError as error:
        return [UnreadableObject(_info(area, path.stem, ""), str(error))]
    clusters, first, counts = np.unique(cluster, return_index=True, return_counts=True)
    large = counts >= FEWEST_POINTS
    if not large.all():
        _log.info("%s: left out %d clusters under %d points", path, (~large).sum(), FEWEST_POINTS)
    labels = [names[int(number) - NUMBERED_FROM] for number in table[first[large], 6]]
    return [
        ClusteredObject(_info(area, f"{path.stem}-{label}-{number}", label), path, number)
        for number, label in zip(clusters[large].tolist(), labels, strict=True)
    ]


def _info(area: str, name: str, label: str) -> ObjectInfo:
    return ObjectInfo(
        id=safe_id(name),
        label=label,
        captions=(with_article(label),),
        licence="LicenseRef-S3DIS",
        source="S3DIS",
        set="s3dis",
        units="m",
        split="test" if area == "Area_5" else "train",
    )


class _RoomError(DataError):
    """A fault of one room, not of the source."""


@lru_cache(maxsize=4)
def _read_room(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The (N, 7) float32 points of objects in a prepared room, and the cluster of each, (N,); no cluster has two classes."""
    try:
        # Mapped, not loaded: a header that claims more than the file holds is refused before memory is taken for it.
        room = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy parses the header as Python source: a damaged one raises anything
        raise _RoomError(f"{path}: is no array that can be read without pickle: {error!r}. Copy it again.") from error
    if room.ndim != 2 or room.shape[1] != 7 or room.dtype.kind not in "fiu":
        raise _RoomError(f"{path}: holds {room.dtype} of shape {room.shape}; numbers x y z r g b class are needed.")
    table = room[np.isin(room[:, 6], NUMBERED_FROM + np.arange(len(OBJECTS)))].astype(np.float32)
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) and np.ptp(table[:, :3], axis=0).max() > LARGEST_ROOM_M:
        raise _RoomError(f"{path}: its points are over {LARGEST_ROOM_M:.0f} m apart; coordinates must be metres.")
    cluster, clusters = np.empty(len(table), dtype=np.int64), 0
    for number in np.unique(table[:, 6]):
        mine = table[:, 6] == number
        cluster[mine] = part_into_clusters(table[mine, :3], CELL_M) + clusters
        clusters = cluster[mine].max() + 1
    return table, cluster
