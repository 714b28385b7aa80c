"""Cameras of depth images: what is taken for one, and which cannot be that of an image."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.depth.camera import Intrinsics, as_intrinsics, check_camera

CAMERA = Intrinsics(615.9, 616.1, 322.5, 241.8)
MATRIX = np.array([[615.9, 0, 322.5], [0, 616.1, 241.8], [0, 0, 1]])
WIDE = np.array([[615.9, 0, 322.5, 0], [0, 616.1, 241.8, 0], [0, 0, 1, 0], [0, 0, 0, 1]])  # ScanNet; P of ROS


@pytest.mark.parametrize(
    "given",
    [CAMERA, tuple(CAMERA), list(CAMERA), np.array(CAMERA), MATRIX, MATRIX.tolist(), MATRIX.ravel(), WIDE[:3], WIDE],
)
def test_forms_of_a_camera(given: list[float]) -> None:
    assert as_intrinsics(given) == CAMERA


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "615.9,616.1,322.5,241.8",
            "intrinsics must be Intrinsics(fx, fy, cx, cy) or a (3, 3) camera matrix, got '615.9",
        ),
        (None, "intrinsics must be Intrinsics(fx, fy, cx, cy) or a (3, 3) camera matrix, got None."),
        ((615.9, 616.1), "intrinsics must be Intrinsics(fx, fy, cx, cy)"),
        ((615.9, "a", 3, 4), "intrinsics must be Intrinsics(fx, fy, cx, cy)"),
        ([[1, 2], [3]], "intrinsics must be Intrinsics(fx, fy, cx, cy)"),
        (np.c_[np.eye(3), np.ones(3)], "intrinsics must be Intrinsics(fx, fy, cx, cy)"),
        (MATRIX.T, "a camera matrix must be fx 0 cx, 0 fy cy, 0 0 1, got [[615.9, 0.0, 0.0]"),
        ((615.9, 0, 322.5, 241.8), "intrinsics must be finite, with focal lengths above 0, got [615.9, 0.0, 322.5"),
        ((615.9, np.nan, 322.5, 241.8), "intrinsics must be finite, with focal lengths above 0"),
    ],
)
def test_what_is_no_camera(given: tuple[float, ...], message: str) -> None:
    with pytest.raises(ScanError) as error:
        as_intrinsics(given)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        (
            Intrinsics(1386, 1386, 1325, 482),
            "cx 1325 lies outside the image of 640x480 pixels; are the intrinsics of another",
        ),
        (
            Intrinsics(600, 600, 320, 540),
            "cy 540 lies outside the image of 640x480 pixels; are the intrinsics of another",
        ),
        (Intrinsics(600, 600, -75, 240), "cx -75 lies outside the image"),
        (
            Intrinsics(0.96, 1.28, 0.5, 0.5),
            "focal lengths of 0.96 and 1.28 are too short for the image of 640x480 pixels",
        ),
        (Intrinsics(1.93, 1.93, 320, 240), "focal lengths of 1.93 and 1.93 are too short for the image"),
    ],
)
def test_cameras_that_cannot_be_that_of_the_image(camera: Intrinsics, message: str) -> None:
    with pytest.raises(ScanError) as error:
        check_camera(camera, 640, 480)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        (Intrinsics(308, 308, 161, 121), "has its principal point at 161 121, far from the middle of 640x480 pixels"),
        (Intrinsics(615.9, 322.5, 316.1, 241.8), "has focal lengths fx 615.9 and fy 322.5, which differ; the order is"),
        (
            Intrinsics(1e5, 1e5, 320, 240),
            "has focal lengths of 100000 and 100000 pixels, 640 wide; are they in pixels?",
        ),
    ],
)
def test_odd_cameras_get_a_note(camera: Intrinsics, message: str) -> None:
    (note,) = check_camera(camera, 640, 480)
    assert note.startswith(message)


@pytest.mark.parametrize(
    ("camera", "size"),
    [
        (CAMERA, (640, 480)),
        (Intrinsics(525, 525, 319.5, 239.5), (640, 480)),
        (Intrinsics(718.9, 718.9, 607.2, 185.2), (1242, 375)),  # KITTI
        (Intrinsics(504, 504, 511, 515), (1024, 1024)),  # Azure Kinect, wide
        (Intrinsics(212, 212, 104.5, 85.7), (224, 172)),  # pico flexx
    ],
)
def test_usual_cameras_are_not_odd(camera: Intrinsics, size: tuple[int, int]) -> None:
    assert check_camera(camera, *size) == ()
