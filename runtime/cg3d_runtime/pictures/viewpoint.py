"""Where a scene is looked at from: from where the camera stood, or from above at an angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_runtime.pictures.scene_exhibit import SceneExhibit
from cg3d_runtime.pictures.splat import camera

AZIMUTH, ELEVATION = np.radians(35.0), np.radians(40.0)  # from above, where no wall says from where
BULK = (10.0, 90.0)  # percent of the points: between them lies what has to be seen of a scene that nobody looked at
_NEAR = 0.05  # radii: what is nearer than that to a camera is cut off
_MOST = 75  # percent of the points that are called most
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
            seen: np.ndarray = (xyz @ self.axes.T) * (1, 1, -1)
            return seen
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


@dataclass(frozen=True)
class Stance:
    """How a scene is looked at first.

    Attributes:
        centre: (3,) in the frame of the file: what the eye circles.
        radius: of a ball around it that holds most of the scene, above 0; the unit of the distance.
        azimuth, elevation: of the eye from the centre, in radians, of what is upright.
        distance: of the eye from the centre, where a camera stood; None: from far away.
    """

    centre: np.ndarray
    radius: float
    azimuth: float
    elevation: float
    distance: float | None

    def viewpoint(self, turn: np.ndarray) -> Viewpoint:
        """The eye.

        Args:
            turn: (3, 3), what sets the scene upright.
        """
        axes = camera(self.azimuth, self.elevation) @ turn
        if self.distance is None:
            return Viewpoint(axes)
        return Viewpoint(axes, self.centre + self.distance * self.radius * axes[2], _NEAR * self.radius)


def stance_of(exhibit: SceneExhibit) -> Stance:
    """From where an exhibit with points is seen best: from where its camera stood, else from above."""
    assert exhibit.cloud is not None
    xyz, turn = exhibit.cloud.xyz(), exhibit.cloud.turn()
    centre = np.median(xyz if exhibit.from_origin or not exhibit.objects else _corners(exhibit), axis=0)
    radius = max(float(np.percentile(np.linalg.norm(xyz - centre, axis=1), _MOST)), exhibit.cloud.step)
    x, y, z = turn @ (-centre if exhibit.from_origin else _away_from_walls(exhibit))
    azimuth = float(np.arctan2(y, x)) if x or y else float(AZIMUTH)
    if not exhibit.from_origin:
        return Stance(centre, radius, azimuth, float(ELEVATION), None)
    distance = float(np.linalg.norm(centre)) / radius
    return Stance(centre, radius, azimuth, float(np.arctan2(z, np.hypot(x, y))), distance)


def worth_seeing(exhibit: SceneExhibit, viewpoint: Viewpoint) -> np.ndarray:
    """(N, 2), right and up, what a picture has to hold: all that a camera saw; of another scene, the objects and the middle."""
    assert exhibit.cloud is not None
    seen = viewpoint.seen(exhibit.cloud.xyz())[:, :2]
    if exhibit.from_origin or not exhibit.objects:
        return seen
    return np.vstack([viewpoint.seen(_corners(exhibit))[:, :2], np.percentile(seen, BULK, axis=0)])


def spacing(seen: np.ndarray) -> float:
    """How far points seen, (N, 2 or more), are apart across the view, roughly; squares that hold points are counted."""
    low, high = np.percentile(seen[:, :2], BULK, axis=0)
    middle = seen[((seen[:, :2] >= low) & (seen[:, :2] <= high)).all(axis=1), :2]
    cell = max(float((high - low).max()) / np.clip(np.sqrt(len(middle)) / 3, 1, 80), 1e-9)
    occupied = len(np.unique(np.floor(middle / cell), axis=0))
    return float(cell * np.sqrt(occupied / max(len(middle), 1)))


def _corners(exhibit: SceneExhibit) -> np.ndarray:
    return np.concatenate([each.box.corners() for each in exhibit.objects])


def _away_from_walls(exhibit: SceneExhibit) -> np.ndarray:
    """(3,) the direction that most of the walls face, in the frame of the file; zero where they face all around."""
    walls = [plane for plane in exhibit.scene.planes if plane.kind == "wall"] if exhibit.scene else []
    facing = sum((plane.points * np.array(plane.normal) for plane in walls), np.zeros(3))
    clear = np.linalg.norm(facing) > _OPEN * sum(plane.points for plane in walls)
    return facing if clear else np.zeros(3)
