"""Readers of real scenes that somebody annotated, by the layout of their files.

reading      what the readers share
osd          PCD files with a field of labels
scannet      ScanNet v2
sunrgbd      SUN RGB-D
instances    plain: a scene file with boxes, or ids of its points, beside it
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cg3d.evaluation.names import require_known
from cg3d.scene_evaluation.annotated import Scenes
from cg3d.scene_evaluation.layouts.instances import read_instances
from cg3d.scene_evaluation.layouts.osd import read_osd
from cg3d.scene_evaluation.layouts.scannet import read_scannet_scenes
from cg3d.scene_evaluation.layouts.sunrgbd import read_sunrgbd

LAYOUTS: dict[str, Callable[[Path], Scenes]] = {
    "osd": read_osd,
    "scannet": read_scannet_scenes,
    "sunrgbd": read_sunrgbd,
    "instances": read_instances,
}


def read_annotated(folder: Path, layout: str) -> Scenes:
    """The scenes below a folder.

    Args:
        layout: a key of `LAYOUTS`.
    Raises:
        DataError: an unknown layout, no scene there, or annotations that cannot be read. ScanError: a scene cannot be read.
    """
    require_known("layout", layout, LAYOUTS)
    return LAYOUTS[layout](folder)
