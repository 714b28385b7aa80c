"""Where a scene is looked at from: from where the camera stood, or from above at an angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.pictures.scene_exhibit import SceneExhibit
from cg3d_runtime.pictures.splat import camera

AZIMUTH, ELEVATION = np.radians(35.0), np.radians(40.0)  # from above, where no wall says from where
_NEAR = 0.05  # of the median distance: what is nearer than that to a camera is cut off
_OPEN = 0.2  # of the scene's points on walls: less of a preference for one side is none


@dataclass(frozen=True)
class Viewpoint:
    """An eye.

    Attributes:
        axes: (3, 3), rows right, up, and towards the eye, in the frame of the file.
        eye: (3,) in that frame, with perspective; None: without, from far away.
        near: the least distance that it sees, above 0.
    """

    axes: np.ndarray
    eye: np.ndarray | None = None
    near: float = 1e-6

    def seen(self, xyz: np.ndarray) -> np.ndarray:
        """(N, 3): right, up and depth, of which less is nearer; a small cube looks like one wherever it is."""
        if self.eye is None:
            return (xyz @ self.axes.T) * (1, 1, -1)
        right, up, back = ((xyz - self.eye) @ self.axes.T).T
        distance = np.maximum(-back, self.near)
        return np.stack([right / distance, up / distance, np.log(distance)], axis=1)

    def lines(self, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is seen of straight lines, (N, 3) each: starts and ends (M, 2), right and up; M at most N."""
        if self.eye is not None:
            starts, ends = self._cut(starts, ends)
        return self.seen(starts)[:, :2], self.seen(ends)[:, :2]

    def _cut(self, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Leave out what lies behind the eye."""
        first, last = (-((xyz - self.eye) @ self.axes[2]) - self.near for xyz in (starts, ends))
        seen = (first > 0) | (last > 0)
        starts, ends, first, last = starts[seen], ends[seen], first[seen, None], last[seen, None]
        with np.errstate(divide="ignore", invalid="ignore"):  # lines across the view, which are not cut
            crossing = starts + (ends - starts) * first / (first - last)
        return np.where(first > 0, starts, crossing), np.where(last > 0, ends, crossing)


def viewpoint_of(exhibit: SceneExhibit) -> Viewpoint:
    """From where an exhibit with points is seen best."""
    assert exhibit.cloud is not None
    xyz, turn = exhibit.cloud.xyz(), exhibit.cloud.turn()
    azimuth, elevation = angles_of(exhibit)
    axes = camera(azimuth, elevation) @ turn
    if not exhibit.from_origin:
        return Viewpoint(axes)
    near = _NEAR * float(np.median(-(xyz @ axes[2])))
    return Viewpoint(axes, np.zeros(3), max(near, exhibit.cloud.step))


def angles_of(exhibit: SceneExhibit) -> tuple[float, float]:
    """The azimuth and the elevation, in radians, of the eye from the middle of what is upright."""
    assert exhibit.cloud is not None
    if exhibit.from_origin:
        x, y, z = exhibit.cloud.turn() @ -exhibit.cloud.xyz().mean(axis=0)
        return float(np.arctan2(y, x)), float(np.arctan2(z, np.hypot(x, y)))
    x, y, _ = exhibit.cloud.turn() @ _away_from_walls(exhibit)
    return (float(np.arctan2(y, x)) if x or y else float(AZIMUTH)), float(ELEVATION)


def _away_from_walls(exhibit: SceneExhibit) -> np.ndarray:
    """(3,) the direction that most of the walls face, in the frame of the file; zero where they face all around."""
    walls = [plane for plane in exhibit.scene.planes if plane.kind == "wall"] if exhibit.scene else []
    facing = sum((plane.points * np.array(plane.normal) for plane in walls), np.zeros(3))
    clear = np.linalg.norm(facing) > _OPEN * sum(plane.points for plane in walls)
    return facing if clear else np.zeros(3)
