"""What the readers of annotated scenes share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cg3d.scene_evaluation.annotated import NOTHING, AnnotatedScene, TrueObject
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scenes.boxes import Box


def require_some(found: Sequence[Path], folder: Path, what: str) -> list[Path]:
    """The scenes found in a folder, in the order of their names.

    Raises:
        DataError: none was; `what` says which files make one.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: is no folder; name the one that holds {what}.")
    if not found:
        raise DataError(f"{folder}: holds no scene of this layout; expected {what}. Name another folder or --layout.")
    return sorted(found)


def scene_of(
    name: str, cloud: PointCloud, ids: np.ndarray, things: Sequence[TrueObject], up: np.ndarray | None = None
) -> AnnotatedScene:
    """A scene of those things that have a measured point."""
    there = set(np.unique(ids[finite_rows(cloud.xyz)]).tolist())
    up_of_scene = None if up is None else (float(up[0]), float(up[1]), float(up[2]))
    seen = tuple(thing for thing in things if thing.id in there)
    return AnnotatedScene(name, cloud, ids.astype(np.int32), seen, up_of_scene)


def ids_in_boxes(xyz: np.ndarray, boxes: Sequence[Box]) -> np.ndarray:
    """(N,) int32: of each point the number of the smallest box that it lies in, `NOTHING` for none."""
    ids = np.full(len(xyz), NOTHING, dtype=np.int32)
    for number in sorted(range(len(boxes)), key=lambda k: -float(np.prod(boxes[k].size))):
        box = boxes[number]
        own = (xyz - np.array(box.center)) @ box.axes()
        with np.errstate(invalid="ignore"):  # rows without a measurement
            ids[(np.abs(own) <= np.array(box.size) / 2).all(axis=1)] = number
    return ids
