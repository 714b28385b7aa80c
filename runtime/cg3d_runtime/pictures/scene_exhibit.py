"""One scene with its objects, as a picture shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cg3d_runtime.pictures.display_cloud import DisplayCloud
from cg3d_runtime.pictures.object_colours import point_colours
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scans.upward import as_up, vector

if TYPE_CHECKING:  # at run time its package needs SciPy, which a page of errors does not
    from cg3d_runtime.scenes.scene import Scene, SceneObject

CEILING = "ceiling"
MARGIN = 0.03  # of the height of the scene: what lies that close to a ceiling is part of it


@dataclass(frozen=True)
class SceneExhibit:
    """One scene on show.

    Attributes:
        file: its name as shown, any text.
        cloud: its points and their objects, upright as the scene says; None where there is none to show.
        scene: what was found, without `segments` and `cloud`; None where that failed.
        error: why it failed.
        metres: length of the scene's unit.
        from_origin: whether a camera at the origin saw it.
        opened: whether a ceiling was left out, so that one can look in.
    """

    file: str
    cloud: DisplayCloud | None
    scene: Scene | None
    error: str | None
    metres: float = 1.0
    from_origin: bool = False
    opened: bool = False

    @property
    def objects(self) -> tuple[SceneObject, ...]:
        return self.scene.objects if self.scene else ()

    def thinned(self, most: int) -> SceneExhibit:
        """The same with at most `most` points."""
        return replace(self, cloud=self.cloud and self.cloud.thinned(most))


def exhibit_of(file: str, cloud: PointCloud | None, scene: Scene | None, error: str | None, most: int) -> SceneExhibit:
    """Keep what pictures show: at most `most` points, picked at random but the same ones every time."""
    kept = None if scene is None else replace(scene, segments=np.empty(0, np.int32), cloud=None)
    metres = 1.0 if scene is None else scene.metres
    if cloud is None:
        return SceneExhibit(file, None, kept, error, metres)
    finite = finite_rows(cloud.xyz)
    below = finite if scene is None else finite & ~_overhead(cloud.xyz, scene)
    rows = np.flatnonzero(below)
    rows = np.random.default_rng(0).choice(rows, min(most, len(rows)), replace=False)
    shown = DisplayCloud.of_rows(cloud, rows)
    if scene is None:
        return SceneExhibit(file, shown or None, None, error)
    shown = replace(shown, rgb=None, objects=scene.segments[rows].astype(np.int32), up=as_up(scene.up))
    opened = bool(below.sum() < finite.sum())
    return SceneExhibit(file, shown or None, kept, error, metres, _is_seen_by_camera(cloud.xyz[finite]), opened)


def _overhead(xyz: np.ndarray, scene: Scene) -> np.ndarray:
    """(N,) whether a point belongs to a ceiling, or to what lies above it."""
    up, hidden = np.array(vector(as_up(scene.up))), np.zeros(len(xyz), dtype=bool)
    for plane in scene.planes:
        if plane.kind == CEILING:
            facing = np.sign(up @ plane.normal) or 1.0
            with np.errstate(invalid="ignore"):  # rows that are not finite are below nothing
                above = (xyz @ np.array(plane.normal) - plane.offset) * facing
                hidden |= above > -MARGIN * np.ptp(xyz[np.isfinite(above)] @ up)
    return hidden & (scene.segments < 0)


def _is_seen_by_camera(xyz: np.ndarray) -> bool:
    from cg3d_runtime.scenes.sensor import camera_of, is_seen_from_origin  # where there is a scene, there is SciPy

    return len(xyz) > 0 and is_seen_from_origin(xyz) and camera_of(xyz) is not None


def coloured(exhibit: SceneExhibit, cloud: DisplayCloud) -> np.ndarray:
    """(M, 3) uint8, the colours of an exhibit's points: of their objects, else grey; of a scene that failed, its own."""
    if cloud.objects is not None:
        return point_colours(cloud.objects, len(exhibit.objects))
    return point_colours(np.full(len(cloud), -1), 0) if cloud.rgb is None else cloud.rgb


def title_of(each: SceneObject) -> str:
    """What an object is called: its label, or that it is unknown, and the best label all the same."""
    if not each.unknown:
        return each.label
    return f"unknown (best {each.label}{f', nearer to {each.nearer}' if each.nearer else ''})"


def size_of(each: SceneObject, metres: float) -> str:
    """Its lengths in centimetres, the height last."""
    return " \N{MULTIPLICATION SIGN} ".join(f"{100 * metres * side:.0f}" for side in each.box.size) + " cm"
