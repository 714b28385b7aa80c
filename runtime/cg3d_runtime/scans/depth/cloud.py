"""Depth images as point clouds, by their camera and mask."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_POINTS
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth.arrays import ImageArray, ImageLike, image_array
from cg3d_runtime.scans.depth.camera import Intrinsics, as_intrinsics, check_camera
from cg3d_runtime.scans.depth.masks import mask_note, object_pixels
from cg3d_runtime.scans.depth.values import depth_notes, measured
from cg3d_runtime.scans.measured import as_unit_rgb

MILLIMETRES = 1000.0  # units a metre of nearly every depth camera
_BLOCK = 1 << 16  # pixels that are computed in double precision at a time


def depth_cloud(
    image: ImageLike,
    intrinsics: Intrinsics | Sequence[float] | np.ndarray,
    depth_scale: float | None,
    mask: ImageLike | None,
    rgb: ImageLike | None,
) -> PointCloud:
    """As `read_depth`."""
    if depth_scale is not None and not (isinstance(depth_scale, Real) and 0 < depth_scale < math.inf):
        raise ScanError(f"depth scale must be above 0 and finite, the units in a metre; got {depth_scale!r}.")
    camera, depth = as_intrinsics(intrinsics), image_array(image, "depth array")
    _require_depth(depth)
    scale = float(depth_scale or (1.0 if depth.array.dtype.kind == "f" else MILLIMETRES))
    chosen, notes = _chosen(depth, scale, None if mask is None else image_array(mask, "mask array"))
    _require_few(depth, chosen)
    colours = None if rgb is None else _colours(image_array(rgb, "rgb array"), chosen)
    notes = (*_frames_note(depth), *_camera_notes(depth, camera), *notes, *depth_notes(depth.array, chosen, scale))
    return PointCloud(_back_project(depth.array, chosen, camera, scale), colours, "-y", notes, in_metres=True)


def _require_depth(depth: ImageArray) -> None:
    array = depth.array
    if array.ndim == 2 and array.dtype.kind in "fiu" and array.dtype.itemsize > 1:
        return
    why = "8-bit images are pictures of depth, not depth."
    if array.ndim == 3:
        why = "Colours hold none; what is packed into channels, or lies beside alpha, must be brought into one first."
    raise ScanError(
        f"{depth.name}: holds {array.dtype} of shape {array.shape}; a depth image is one channel of 16-bit integers or "
        f"floats. {why}"
    )


def _require_few(depth: ImageArray, chosen: np.ndarray) -> None:
    count = np.count_nonzero(chosen)
    if count > MOST_POINTS:
        raise ScanError(f"{depth.name}: holds {count} points; at most {MOST_POINTS} are read. Mask the object.")


def _camera_notes(depth: ImageArray, camera: Intrinsics) -> tuple[str, ...]:
    height, width = depth.array.shape
    try:
        return check_camera(camera, width, height)
    except ScanError as error:
        raise ScanError(f"{depth.name}: {error}") from error


def _frames_note(image: ImageArray, role: str = "") -> tuple[str, ...]:
    return (f"holds {image.frames} pictures{role}, of which the first is taken.",) if image.frames > 1 else ()


def _chosen(depth: ImageArray, scale: float, mask: ImageArray | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which pixels become points, (H, W) bool, at least one; and what is odd about the mask."""
    chosen = measured(depth.array, scale)
    if not chosen.any():
        raise ScanError(f"{depth.name}: no pixel has a depth.")
    if mask is None:
        return chosen, ()
    _check_size(mask, chosen)
    inside = object_pixels(mask.array, mask.is_lossy)
    chosen &= inside
    if not chosen.any():
        why = "" if inside.any() else " No pixel of the mask is above 0."
        raise ScanError(f"{depth.name}: no pixel has a depth inside {mask.short_name}.{why}")
    return chosen, (*_frames_note(mask, f" in its mask {mask.short_name}"), *mask_note(inside, mask.short_name))


def _colours(image: ImageArray, chosen: np.ndarray) -> np.ndarray:
    """The colours of the chosen pixels, (N, 3) float32 in [0, 1]."""
    _check_size(image, chosen)
    array = image.array
    if array.ndim != 3 or array.shape[2] not in (3, 4) or array.dtype.kind not in "fiu":
        raise ScanError(
            f"{image.name}: holds {array.dtype} of shape {array.shape}; a colour image (H, W, 3) is needed."
        )
    if array.dtype == np.uint8:  # else the largest value of the whole image tells its range
        return as_unit_rgb(array[chosen][:, :3])
    rgb: np.ndarray = as_unit_rgb(array[..., :3])[chosen]
    return rgb


def _check_size(image: ImageArray, chosen: np.ndarray) -> None:
    if image.array.shape[:2] != chosen.shape:
        got, expected = ("x".join(map(str, shape[1::-1])) for shape in (image.array.shape, chosen.shape))
        raise ScanError(f"{image.name}: is {got} pixels, the depth image {expected}; register one to the other.")


def _back_project(depth: np.ndarray, chosen: np.ndarray, camera: Intrinsics, scale: float) -> np.ndarray:
    """The points behind the chosen pixels, row by row, (N, 3) float32 metres."""
    xyz = np.empty((np.count_nonzero(chosen), 3), dtype=np.float32)
    height, width = depth.shape
    rows, done = max(1, _BLOCK // width), 0
    for top in range(0, height, rows):
        inside = chosen[top : top + rows]
        row, column = np.nonzero(inside)
        z = depth[top : top + rows][inside].astype(np.float64) / scale
        points = xyz[done : done + len(z)]
        points[:, 0] = (column - camera.cx) / camera.fx * z
        points[:, 1] = (top + row - camera.cy) / camera.fy * z
        points[:, 2] = z
        done += len(z)
    return xyz
