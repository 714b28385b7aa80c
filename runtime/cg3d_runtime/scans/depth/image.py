"""Depth images: one view of a depth camera, as points in the camera's frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth.camera import Intrinsics, parse_intrinsics
from cg3d_runtime.scans.upward import Up, as_up, opposite

if TYPE_CHECKING:
    from cg3d_runtime.scans.depth.arrays import ImageLike

__all__ = ["DEPTH_SUFFIXES", "DepthImage", "Intrinsics", "parse_intrinsics", "read_depth"]

DEPTH_SUFFIXES = (".png", ".tif", ".tiff", ".pgm", ".npy", ".exr")


@dataclass(frozen=True, eq=False)
class DepthImage:
    """A depth image as a scan.

    Attributes:
        image, intrinsics, scale, mask, rgb: as `read_depth` takes them; `scale` is its `depth_scale`.
        gravity: the direction in which things fall, three numbers of any length in the camera's frame: x right, y down,
            z forward. An accelerometer at rest reads the opposite: hand over its reading times -1. None: the camera is level.
    """

    image: ImageLike
    intrinsics: Intrinsics | Sequence[float] | np.ndarray
    scale: float | None = None
    mask: ImageLike | None = None
    rgb: ImageLike | None = None
    gravity: Sequence[float] | np.ndarray | None = None

    def read(self) -> PointCloud:
        """Its points, with `up` against gravity.

        Raises:
            ScanError: as `read_depth`; or gravity is no direction.
        """
        cloud = read_depth(self.image, self.intrinsics, self.scale, self.mask, self.rgb)
        return cloud if self.gravity is None else replace(cloud, up=_up_against(self.gravity))


def _up_against(gravity: Sequence[float] | np.ndarray) -> Up:
    try:
        return opposite(as_up(gravity))
    except ScanError as error:
        raise ScanError(
            "gravity must be the direction in which things fall, three finite numbers in the camera's frame that are not all "
            f"zero (0, 1, 0 for a level camera); got {gravity!r:.80}."
        ) from error


def read_depth(
    image: ImageLike,
    intrinsics: Intrinsics | Sequence[float] | np.ndarray,
    depth_scale: float | None = None,
    mask: ImageLike | None = None,
    rgb: ImageLike | None = None,
) -> PointCloud:
    """Read a depth image as points in the camera's frame, in metres: x right, y down, z forward; `up` is "-y".

    Args:
        image: PNG, TIFF, PGM, EXR, NPY or NPZ of one channel, or an array (H, W) in memory: integers of 16 bits and more, or
            floats. `depth_values.measured` tells which pixels are no measurement.
        intrinsics: of the image as stored, or a (3, 3) camera matrix; for a scaled image scale them alike.
        depth_scale: units a metre; None: 1000 for integers (millimetres), 1 for floats (metres).
        mask: image or array of the same size; `masks.object_pixels` tells which of its pixels are the object. None: all.
        rgb: colour image or array of the same size, (H, W, 3) or with alpha, registered to the depth image.
    Raises:
        ScanError: one line that starts with the file's name: it cannot be read, is no such image, has another size, no pixel
            is left, or the camera cannot be that of the image.
    """
    from cg3d_runtime.scans.depth.cloud import depth_cloud  # with what it needs it would slow down every start

    return depth_cloud(image, intrinsics, depth_scale, mask, rgb)
