"""Depth images of ROS, with their cameras, as scans; clouds are read by `cg3d_runtime.to_point_cloud`."""

from __future__ import annotations

from typing import Any

import numpy as np

from cg3d_runtime import DepthImage, Intrinsics, ScanError
from cg3d_runtime.errors import shortened

_ENCODINGS = {"16UC1": "u2", "mono16": "u2", "32FC1": "f4"}  # REP 118: millimetres, and metres
_UNITS_A_METRE = {"u2": 1000.0, "f4": 1.0}


def depth_image(image: Any, camera: Any) -> DepthImage:
    """A sensor_msgs/Image of rectified depth, with the sensor_msgs/CameraInfo of its camera.

    Raises:
        ScanError: no depth, a layout that the data do not fit, or a camera of another image.
    """
    number = _ENCODINGS.get(image.encoding)
    if number is None:
        raise ScanError(f"the depth image is {shortened(image.encoding)}; {', '.join(_ENCODINGS)} hold depth.")
    return DepthImage(_pixels(image, np.dtype(number)), intrinsics(camera, image), _UNITS_A_METRE[number])


def _pixels(image: Any, number: np.dtype[Any]) -> np.ndarray:
    """(H, W) in the machine's byte order."""
    height, width, step, held = image.height, image.width, image.step, len(image.data)
    if (
        not height
        or not width
        or step < width * number.itemsize
        or held < (height - 1) * step + width * number.itemsize
    ):
        raise ScanError(
            f"the depth image claims {width} x {height} {image.encoding} in rows of {step} bytes, but holds {held}."
        )
    sent = number.newbyteorder(">" if image.is_bigendian else "<")
    pixels = np.ndarray((height, width), sent, memoryview(image.data), 0, (step, number.itemsize))
    native: np.ndarray = pixels.astype(number)
    return native


def intrinsics(camera: Any, image: Any) -> Intrinsics:
    """Of the image as it was sent: rectified (P; K where that is empty), cut and binned.

    Raises:
        ScanError: the camera is not calibrated, or its images have another size.
    """
    across, down = max(camera.binning_x, 1), max(camera.binning_y, 1)
    window = camera.roi
    width, height = (window.width or camera.width) // across, (window.height or camera.height) // down
    if (width, height) != (image.width, image.height):
        raise ScanError(
            f"the camera_info is of {width} x {height} pixels, the depth image has {image.width} x {image.height}; they must "
            "come from one camera."
        )
    matrix, row = (camera.p, 4) if camera.p[0] else (camera.k, 3)
    fx, fy, cx, cy = matrix[0], matrix[row + 1], matrix[2], matrix[row + 2]
    if not fx > 0 or not fy > 0:
        raise ScanError("the camera_info holds no focal length: the camera is not calibrated.")
    return Intrinsics(fx / across, fy / down, (cx - window.x_offset) / across, (cy - window.y_offset) / down)
