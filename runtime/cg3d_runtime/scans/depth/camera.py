"""The pinhole camera of a depth image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cg3d_runtime.errors import ScanError

_SHORTEST, _LONGEST = 1 / 20, 100.0  # focal lengths in widths of the image: views of 169 and of 0.6 degrees
_OFF_CENTRE = 0.2  # of the width or height: farther from the middle no maker puts the principal point
_OBLONG = 1.25  # ratio of the focal lengths: pixels are square but for a few per cent


class Intrinsics(NamedTuple):
    """A pinhole camera without distortion: focal lengths and principal point, in pixels of the depth image.

    Pixel (0, 0) is the centre of the top left pixel, as in OpenCV and ROS.
    """

    fx: float
    fy: float
    cx: float
    cy: float


def parse_intrinsics(text: str) -> Intrinsics:
    """Parse `fx,fy,cx,cy`, or read the file that is named, see `read_intrinsics`.

    Raises:
        ScanError: not four finite numbers, or a focal length that is not above 0; or as `read_intrinsics`.
    """
    if text.lower().endswith((".yaml", ".yml", ".json", ".txt")):
        from cg3d_runtime.scans.depth.camera_file import read_intrinsics  # few need it, and a start is short

        return read_intrinsics(Path(text))
    try:
        fx, fy, cx, cy = (float(word) for word in text.split(","))
    except ValueError as error:
        raise ScanError(
            f"intrinsics must be four numbers fx,fy,cx,cy in pixels, or a file of them, got {text!r:.200}."
        ) from error
    return _checked(Intrinsics(fx, fy, cx, cy), repr(text))


def as_intrinsics(given: Sequence[float] | np.ndarray) -> Intrinsics:
    """What an API was given as a camera: `Intrinsics`, four numbers, or a matrix (3, 3), in nine numbers too as ROS has it, or
    with a fourth column and row of none as ScanNet has it.

    Raises:
        ScanError: anything else, or a focal length that is not above 0.
    """
    wanted = f"intrinsics must be Intrinsics(fx, fy, cx, cy) or a (3, 3) camera matrix, got {given!r:.200}."
    try:
        numbers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ScanError(wanted) from error
    if numbers.shape in ((3, 4), (4, 4)) and (numbers[:3, 3] == 0).all() and (numbers[3:] == (0, 0, 0, 1)).all():
        numbers = numbers[:3, :3]
    if numbers.shape in ((3, 3), (9,)):
        (fx, skew, cx), (zero, fy, cy), last = numbers.reshape(3, 3)
        if skew or zero or (last != (0, 0, 1)).any():
            raise ScanError(f"a camera matrix must be fx 0 cx, 0 fy cy, 0 0 1, got {numbers.tolist()}.")
        numbers = np.array([fx, fy, cx, cy])
    if numbers.shape != (4,):
        raise ScanError(wanted)
    return _checked(Intrinsics(*numbers.tolist()), str(numbers.tolist()))


def _checked(camera: Intrinsics, given: str) -> Intrinsics:
    if not (all(map(math.isfinite, camera)) and camera.fx > 0 and camera.fy > 0):
        raise ScanError(f"intrinsics must be finite, with focal lengths above 0, got {given} for fx,fy,cx,cy.")
    return camera


def check_camera(camera: Intrinsics, width: int, height: int) -> tuple[str, ...]:
    """Compare a camera with the size of its image, in pixels.

    Returns:
        What is odd about it, as `PointCloud.notes`.
    Raises:
        ScanError: it cannot be the camera of this image; in words that follow the file's name.
    """
    size = f"the image of {width}x{height} pixels"
    for name, centre, length in (("cx", camera.cx, width), ("cy", camera.cy, height)):
        if not -0.5 <= centre <= length - 0.5:
            raise ScanError(
                f"{name} {centre:g} lies outside {size}; are the intrinsics of another resolution? Scale them. Of a part of "
                "an image give the whole, with a mask."
            )
    if min(camera.fx, camera.fy) < _SHORTEST * width:
        raise ScanError(
            f"focal lengths of {camera.fx:g} and {camera.fy:g} are too short for {size}; they are counted in pixels, not in "
            "millimetres or parts of the width."
        )
    return tuple(_oddities(camera, width, height))


def _oddities(camera: Intrinsics, width: int, height: int) -> list[str]:
    found = []
    off = (
        abs(camera.cx - (width - 1) / 2) > _OFF_CENTRE * width
        or abs(camera.cy - (height - 1) / 2) > _OFF_CENTRE * height
    )
    if off and min(width, height) > 1:
        found.append(
            f"has its principal point at {camera.cx:g} {camera.cy:g}, far from the middle of {width}x{height} pixels; are the "
            "intrinsics of another resolution?"
        )
    if not 1 / _OBLONG < camera.fx / camera.fy < _OBLONG:
        found.append(
            f"has focal lengths fx {camera.fx:g} and fy {camera.fy:g}, which differ; the order is fx,fy,cx,cy."
        )
    if max(camera.fx, camera.fy) > _LONGEST * max(width, height):
        found.append(f"has focal lengths of {camera.fx:g} and {camera.fy:g} pixels, {width} wide; are they in pixels?")
    return found
