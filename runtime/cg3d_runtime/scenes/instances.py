"""Masks that number the objects of a scene: 0 is none, every other number one object."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from cg3d_runtime.errors import ScanError, shortened
from cg3d_runtime.preparation.scan import Scan
from cg3d_runtime.scans.depth import DepthImage
from cg3d_runtime.scans.depth.arrays import ImageLike, image_array
from cg3d_runtime.scans.depth.cloud import measured_pixels

MOST_INSTANCES = 1000


def instances_of(scan: Scan, mask: ImageLike, count: int) -> np.ndarray:
    """(N,) int64: the object of every point of a scene, 0 for none.

    Args:
        mask: of a depth image, an image or array of its size; else a .npy file or array of N numbers.
        count: N.
    Raises:
        ScanError: it cannot be read, holds no whole numbers from 0, none above 0, too many, or of another size.
    """
    name, numbers = _of_pixels(scan, mask) if isinstance(scan, DepthImage) else _of_points(mask)
    if numbers.shape != (count,):
        raise ScanError(
            f"{name}: holds {numbers.shape} numbers of objects; the scene has {count} points, one number each."
        )
    if numbers.dtype.kind not in "iub" or (numbers.size and numbers.min() < 0):
        raise ScanError(f"{name}: holds {numbers.dtype}; whole numbers are needed, 0 for no object.")
    found = len(np.unique(numbers[numbers > 0]))
    if not 0 < found <= MOST_INSTANCES:
        raise ScanError(f"{name}: numbers {found} objects; 1 to {MOST_INSTANCES} can be named.")
    return numbers.astype(np.int64)


def _of_pixels(scan: DepthImage, mask: ImageLike) -> tuple[str, np.ndarray]:
    image, measured = image_array(mask, "mask array"), measured_pixels(scan.image, scan.scale)
    if image.array.shape != measured.shape:
        raise ScanError(
            f"{image.name}: is of shape {image.array.shape}, the depth image {measured.shape}; a mask of objects is one "
            "channel of its size."
        )
    return image.name, image.array[measured]


def _of_points(mask: ImageLike) -> tuple[str, np.ndarray]:
    if not isinstance(mask, str | os.PathLike):
        return "mask array", np.asarray(mask)
    try:
        numbers = np.load(Path(mask), allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise ScanError(f"{shortened(str(mask))}: cannot be read as .npy of one number a point: {error}.") from error
    return shortened(str(mask)), np.array(numbers)
