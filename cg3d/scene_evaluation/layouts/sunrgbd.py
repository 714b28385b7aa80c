"""Reader of frames in SUN RGB-D (Song et al. 2015, https://rgbd.cs.princeton.edu): one depth image each, boxes in the room.

    kv1/NYUdata/NYU0001/                  a frame: any folder below with intrinsics.txt
        depth/NYU0001.png                 16 bits, millimetres, turned left by three bits
        intrinsics.txt                    fx 0 cx 0 fy cy 0 0 1
        extrinsics/20140804000000.txt     3 x 4, of which the left part turns the camera's frame upright, where given
        annotation3Dfinal/index.json      objects: name, and a polygon X, Z from Ymin to Ymax in the upright frame, y down

A point belongs to the smallest box that it lies in: nobody says whose points are whose, so segments are judged roughly.
Boxes are those of the annotation, which go on where the camera does not see. Source of the frames: SUNRGBDtoolbox,
readframeSUNRGBD.m and read3dPoints.m.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cg3d.data.formats.listings import read_json, read_text
from cg3d.data.formats.naming import naming
from cg3d.scene_evaluation.annotated import AnnotatedScene, Scenes, TrueObject, without_small
from cg3d.scene_evaluation.layouts.reading import ids_in_boxes, require_some, scene_of
from cg3d_runtime.errors import DataError, ScanError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth import read_depth
from cg3d_runtime.scans.images import decoded, open_image
from cg3d_runtime.scenes.boxes import Box, quaternion

FEWEST_POINTS = 200  # in a box: of an object of which fewer are seen nobody can ask
ANNOTATION = Path("annotation3Dfinal", "index.json")
_STRUCTURE = ("wall", "floor", "ceiling")
_TURNED_BITS = 3


def read_sunrgbd(folder: Path) -> Scenes:
    """The annotated frames below a folder.

    Raises:
        DataError: none there, or while they are read: a file of one is missing or damaged.
    """
    found = [path.parent for path in folder.rglob("intrinsics.txt") if (path.parent / ANNOTATION).is_file()]
    frames = require_some(found, folder, f"frames of intrinsics.txt, depth/*.png and {ANNOTATION.as_posix()}")
    names = {name for frame in frames for name, _ in _entries(frame)}
    return Scenes(folder.resolve().name, len(frames), tuple(sorted(names)), (_read(frame, folder) for frame in frames))


def _read(frame: Path, folder: Path) -> AnnotatedScene:
    cloud, upright = _cloud(frame), _upright(frame)
    entries = _entries(frame)
    boxes = [_box(polygon, upright, frame / ANNOTATION) for _, polygon in entries]
    ids = without_small(ids_in_boxes(cloud.xyz, boxes), FEWEST_POINTS)
    things = [TrueObject(number, entries[number][0], box) for number, box in enumerate(boxes)]
    name = frame.relative_to(folder).as_posix() if frame != folder else frame.resolve().name
    return scene_of(name, cloud, ids, things, -upright[1])


def _entries(frame: Path) -> list[tuple[str, Any]]:
    """Name and polygon of each object; the list has holes where annotators deleted one."""
    path = frame / ANNOTATION
    objects = read_json(path, dict).get("objects")
    if not isinstance(objects, list):
        raise DataError(f"{path}: has no list 'objects'. Copy it again.")
    flat = [each[0] if isinstance(each, list) and each else each for each in objects]  # some lie in lists of one
    whole = [
        each for each in flat if isinstance(each, dict) and each.get("polygon") and isinstance(each.get("name"), str)
    ]
    named = [(_plain(each["name"]), each["polygon"][0]) for each in whole]
    return [(name, polygon) for name, polygon in named if name not in _STRUCTURE]


def _plain(name: str) -> str:
    """Without what annotators wrote of its state: `chair:occluded`."""
    return " ".join(name.split(":")[0].replace("_", " ").split())


def _box(polygon: Any, upright: np.ndarray, path: Path) -> Box:
    """A box in the camera's frame."""
    try:
        plan = np.array([polygon["X"], polygon["Z"]], dtype=np.float64).T  # (4, 2)
        low, high = sorted((-float(polygon["Ymin"]), -float(polygon["Ymax"])))
        first, second = plan[1] - plan[0], plan[2] - plan[1]
        size = np.array([np.linalg.norm(first), np.linalg.norm(second), high - low])
        along = np.array([first[0], 0.0, first[1]]) / size[0]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"{path}: a polygon needs X, Z, Ymin and Ymax, got {str(polygon)[:80]}.") from error
    if not (np.isfinite(size).all() and (size > 0).all()):
        raise DataError(f"{path}: a polygon has sides of {size.tolist()} m; all must be above 0.")
    up = np.array([0.0, -1.0, 0.0])
    axes = upright.T @ np.column_stack([along, np.cross(up, along), up])
    middle = (plan[0] + plan[2]) / 2
    x, y, z = map(float, upright.T @ (middle[0], -(low + high) / 2, middle[1]))
    return Box((x, y, z), (float(size[0]), float(size[1]), float(size[2])), quaternion(axes))


def _cloud(frame: Path) -> PointCloud:
    depth = require_some(list((frame / "depth").glob("*.png")), frame, "depth/*.png")[0]
    camera = _numbers(frame / "intrinsics.txt", 9).reshape(3, 3)
    try:
        with depth.open("rb") as file, open_image(file) as image:
            turned = decoded(image).astype(np.uint16)
    except (OSError, ScanError) as error:
        raise DataError(f"{depth}: {error}") from error
    millimetres = (turned >> _TURNED_BITS) | (turned << (16 - _TURNED_BITS))
    with naming(depth):
        return read_depth(millimetres, camera)


def _upright(frame: Path) -> np.ndarray:
    """(3, 3) from the camera's frame to one with gravity along y; the camera is level where nobody says."""
    found = sorted((frame / "extrinsics").glob("*.txt"))
    if not found:
        return np.eye(3)
    rotation = _numbers(found[-1], 12).reshape(3, 4)[:, :3]
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-2):
        raise DataError(f"{found[-1]}: its left 3 x 3 numbers must be a rotation, got {rotation.round(3).tolist()}.")
    return rotation


def _numbers(path: Path, count: int) -> np.ndarray:
    words = read_text(path).split()
    try:
        numbers = np.array(words, dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path}: must hold numbers alone ({error}).") from error
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise DataError(f"{path}: holds {len(numbers)} numbers; {count} finite ones are expected. Copy it again.")
    return numbers
