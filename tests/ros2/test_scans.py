"""Depth images of ROS as scans."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from cg3d_ros.scans import depth_image
from cg3d_runtime import ScanError

DEPTH = np.array([[500, 0, 1500, 2000], [700, 800, 0, 1000], [1, 2, 3, 65535]], dtype=np.uint16)


def image(pixels: np.ndarray, encoding: str, padding: int = 0, big: bool = False) -> SimpleNamespace:
    """A sensor_msgs/Image, with bytes after each row."""
    sent = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<"))
    rows = np.pad(sent.view(np.uint8).reshape(len(pixels), -1), ((0, 0), (0, padding)))
    return SimpleNamespace(
        height=len(pixels),
        width=pixels.shape[1],
        encoding=encoding,
        is_bigendian=big,
        step=rows.shape[1],
        data=rows.tobytes(),
    )


def camera(width: int = 4, height: int = 3, **fields: object) -> SimpleNamespace:
    """A sensor_msgs/CameraInfo."""
    made = SimpleNamespace(
        width=width,
        height=height,
        k=[50.0, 0, 1.5, 0, 51.0, 1.0, 0, 0, 1],
        p=[0.0] * 12,
        binning_x=0,
        binning_y=0,
        roi=SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0),
    )
    vars(made).update(fields)
    return made


@pytest.mark.parametrize("padding", [0, 2, 6])
@pytest.mark.parametrize("big", [False, True])
def test_millimetres_and_metres_are_the_same_points(padding: int, big: bool) -> None:
    depth = np.where(DEPTH == 65535, 0, DEPTH).astype(np.uint16)
    whole = depth_image(image(depth, "16UC1", padding, big), camera()).read()
    metres = np.where(depth == 0, np.nan, depth / 1000).astype(np.float32)
    real = depth_image(image(metres, "32FC1", padding, big), camera()).read()
    np.testing.assert_allclose(whole.xyz, real.xyz, rtol=1e-6)
    assert len(whole.xyz) == 9
    np.testing.assert_allclose(whole.xyz[0], [(0 - 1.5) / 50 * 0.5, (0 - 1.0) / 51 * 0.5, 0.5], rtol=1e-6)


def test_the_camera_of_a_rectified_image_is_its_projection() -> None:
    projection = [40.0, 0, 2.0, 0, 0, 41.0, 1.2, 0, 0, 0, 1, 0]
    assert depth_image(image(DEPTH, "16UC1"), camera(p=projection)).intrinsics == (40.0, 41.0, 2.0, 1.2)


def test_a_window_is_cut_before_pixels_are_binned() -> None:
    window = SimpleNamespace(x_offset=100, y_offset=50, width=8, height=6)
    matrix = [500.0, 0, 104.0, 0, 500.0, 53.0, 0, 0, 1]
    full = camera(640, 480, k=matrix, roi=window, binning_x=2, binning_y=2)
    assert depth_image(image(DEPTH, "16UC1"), full).intrinsics == (250.0, 250.0, 2.0, 1.5)


@pytest.mark.parametrize(
    ("change", "info", "said"),
    [
        ({"encoding": "rgb8"}, camera(), "the depth image is rgb8; 16UC1, mono16, 32FC1 hold depth."),
        ({"data": b"12"}, camera(), "claims 4 x 3 16UC1 in rows of 8 bytes, but holds 2."),
        ({"step": 4}, camera(), "in rows of 4 bytes"),
        ({"height": 0}, camera(), "claims 4 x 0"),
        ({}, camera(8, 6), "camera_info is of 8 x 6 pixels, the depth image has 4 x 3"),
        ({}, camera(k=[0.0] * 9), "the camera is not calibrated"),
    ],
)
def test_what_is_refused(change: dict[str, object], info: SimpleNamespace, said: str) -> None:
    sent = image(DEPTH, "16UC1")
    vars(sent).update(change)
    with pytest.raises(ScanError, match=said):
        depth_image(sent, info)
