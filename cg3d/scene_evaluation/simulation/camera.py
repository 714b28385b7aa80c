"""What a pinhole depth camera sees of surfaces: a picture of the nearest one, exact.

The camera of `cg3d.data.augment.depth_camera` looks at one object, in units of its radius; this one has pixels and metres, and
sees a whole scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from cg3d.data.drawing.views import View
from cg3d.scene_evaluation.annotated import NOTHING
from cg3d_runtime.scans.depth import Intrinsics

WIDTH, HEIGHT = 640, 480
INTRINSICS = Intrinsics(525.0, 525.0, 319.5, 239.5)  # of the first Kinect, as registered to its colours
_STEPS = 1e5  # of depth, a metre
_MOST_IDS = 1 << 12
_EMPTY = np.iinfo(np.int64).max >> 12  # also exact as a double, in which filters count
_SPOT = 0.004  # metres: a spot of two pixels or less that lies so far behind its neighbours is a gap between points


@dataclass(frozen=True)
class Pose:
    """Where a camera is.

    Attributes:
        eye: (3,) in the world, y up.
        rotation: (3, 3) rows right, down, forward.
    """

    eye: np.ndarray
    rotation: np.ndarray

    @classmethod
    def towards(cls, target: np.ndarray, view: View, distance: float, roll: float) -> Pose:
        """Look at a place (3,) from a side and distance; rolled by so many degrees."""
        right, up, back = view.rotation()
        cos, sin = np.cos(np.radians(roll)), np.sin(np.radians(roll))
        return cls(target + distance * back, np.stack([cos * right + sin * up, sin * right - cos * up, -back]))

    def seen(self, xyz: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the world in the camera's frame: x right, y down, z forward."""
        points: np.ndarray = (xyz - self.eye) @ self.rotation.T
        return points

    def up(self) -> np.ndarray:
        """(3,) the world's up in the camera's frame."""
        up: np.ndarray = self.rotation[:, 1]
        return up


@dataclass(frozen=True)
class Rectangle:
    """A flat part of the world that is no object: a table top, floor or wall.

    Attributes:
        middle: (3,).
        sides: (2, 3) from the middle to the middles of two of its edges, at right angles.
    """

    middle: np.ndarray
    sides: np.ndarray


@dataclass(frozen=True)
class Picture:
    """What is seen, pixel by pixel.

    Attributes:
        depth: (H, W) float64 metres along the line of sight of the middle; inf where nothing is.
        ids: (H, W) number of the object, `NOTHING` for none.
    """

    depth: np.ndarray
    ids: np.ndarray

    def points(self) -> np.ndarray:
        """(H, W, 3) in the camera's frame."""
        points: np.ndarray = rays() * self.depth[..., None]
        return points


def rays() -> np.ndarray:
    """(H, W, 3) directions of the pixels, of depth 1."""
    column, row = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    fx, fy, cx, cy = INTRINSICS
    return np.stack([(column - cx) / fx, (row - cy) / fy, np.ones((HEIGHT, WIDTH))], axis=-1)


def take(surfaces: list[np.ndarray], flats: list[Rectangle], pose: Pose) -> Picture:
    """The nearest surface in each pixel.

    Args:
        surfaces: of each object points (N, 3) in the world, denser than the pixels.
        flats: what else is there.
    """
    # Depth and object in one number, so that the least of several holds both.
    keys = np.full(HEIGHT * WIDTH, _EMPTY, dtype=np.int64)
    for number, surface in enumerate(surfaces):
        _draw(keys, pose.seen(surface), number)
    picture = _without_gaps(keys.reshape(HEIGHT, WIDTH), [_flat_depth(flat, pose) for flat in flats])
    is_empty = picture == _EMPTY
    depth = np.where(is_empty, np.inf, (picture // _MOST_IDS) / _STEPS)
    return Picture(depth, np.where(is_empty, NOTHING, picture % _MOST_IDS - 1))


def _keys(depth: np.ndarray, number: int) -> np.ndarray:
    steps = np.where(np.isfinite(depth), depth, 0) * _STEPS
    return np.where(np.isfinite(depth), np.rint(steps).astype(np.int64) * _MOST_IDS + number + 1, _EMPTY)


def _draw(keys: np.ndarray, points: np.ndarray, number: int) -> None:
    fx, fy, cx, cy = INTRINSICS
    points = points[points[:, 2] > 0.05]
    column = np.rint(points[:, 0] / points[:, 2] * fx + cx).astype(np.int64)
    row = np.rint(points[:, 1] / points[:, 2] * fy + cy).astype(np.int64)
    inside = (column >= 0) & (column < WIDTH) & (row >= 0) & (row < HEIGHT)
    np.minimum.at(keys, row[inside] * WIDTH + column[inside], _keys(points[inside, 2], number))


def _without_gaps(keys: np.ndarray, flats: list[np.ndarray]) -> np.ndarray:
    """The objects in front of what is flat, without the spots that look through between points of a surface."""
    for depth in flats:
        keys = np.minimum(keys, _keys(depth, NOTHING))
    nearest = minimum_filter(keys, 3)
    is_gap = keys - maximum_filter(nearest, 3) > _SPOT * _STEPS * _MOST_IDS
    is_gap &= nearest % _MOST_IDS != NOTHING + 1  # the gap is in an object
    return np.where(is_gap, nearest, keys)


def _flat_depth(flat: Rectangle, pose: Pose) -> np.ndarray:
    """(H, W) depth at which each pixel meets a rectangle; inf where it does not."""
    middle, sides = pose.seen(flat.middle), flat.sides @ pose.rotation.T
    normal = np.cross(*sides)
    directions = rays()
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = (middle @ normal) / (directions @ normal)
        across = ((directions * depth[..., None] - middle) @ sides.T) / (sides**2).sum(axis=1)
        is_hit = (depth > 0) & (np.abs(across) <= 1).all(axis=-1)
    return np.where(is_hit, depth, np.inf)
