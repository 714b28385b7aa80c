"""Cameras in files, as ROS, OpenCV, Open3D, RealSense and data sets write them."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import ScanError
from cg3d_runtime.scans.depth import Intrinsics, parse_intrinsics

CAMERA = Intrinsics(615.5, 616.25, 322.0, 242.5)
K = [615.5, 0.0, 322.0, 0.0, 616.25, 242.5, 0.0, 0.0, 1.0]
# A billion laughs: lists of lists, which nobody may write out.
LAUGHS = "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
FILES = {
    "ros2_echo.yaml": "header:\n  frame_id: depth\nheight: 480\nwidth: 640\nd:\n- 0.0\n- 0.0\nk:\n"
    + "".join(f"- {number}\n" for number in K)
    + "p:\n- 1.0\n---\nheader: {}\n",
    "ros1_echo.yaml": f"header: \n  seq: 1\nheight: 480\nwidth: 640\nD: [0.0, 0.0]\nK: {K}\nR: [1.0]\n",
    "calibration.yaml": f"image_width: 640\ncamera_name: depth\ncamera_matrix:\n  rows: 3\n  cols: 3\n  data: {K}\n"
    "distortion_coefficients:\n  rows: 1\n  cols: 5\n  data: [0, 0, 0, 0, 0]\n",
    "opencv.yml": f"%YAML:1.0\n---\ncamera_matrix: !!opencv-matrix\n   rows: 3\n   data: {K}\n",
    "camera_info.json": json.dumps({"height": 480, "K": K}),
    "open3d.json": json.dumps({"width": 640, "intrinsic_matrix": np.reshape(K, (3, 3)).T.ravel().tolist()}),
    "realsense.json": json.dumps({"fx": 615.5, "fy": 616.25, "ppx": 322, "ppy": 242.5, "coeffs": [0] * 5}),
    "bop.json": json.dumps({"0": {"cam_K": K, "depth_scale": 1.0}, "1": {"cam_K": K}}),
    "both.json": json.dumps({"color": {"K": [1, 0, 1, 0, 1, 1, 0, 0, 1]}, "depth": {"K": K}}),
    "rows.json": json.dumps({"intrinsics": np.reshape(K, (3, 3)).tolist()}),
    "matrix.txt": "615.5 0 322\n0 616.25 242.5\n0 0 1\n",
    "scannet.txt": "615.5 0 322 0\n0 616.25 242.5 0\n0 0 1 0\n0 0 0 1\n",
    "commas.txt": "# fx, fy, cx, cy\n615.5, 616.25, 322, 242.5\n",
}


@pytest.mark.parametrize("name", FILES)
def test_cameras_are_read(tmp_path: Path, name: str) -> None:
    if name.endswith(("yaml", "yml")):
        pytest.importorskip("yaml")
    (tmp_path / name).write_text(FILES[name])
    assert parse_intrinsics(str(tmp_path / name)) == CAMERA


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.json", "{", "cannot be read as JSON"),
        ("a.json", "[" * 60_000, "cannot be read as JSON"),
        ("a.json", "{}", "holds no camera"),
        ("a.json", json.dumps({"a": {"K": K}, "b": {"K": [1, 0, 1, 0, 1, 1, 0, 0, 1]}}), "holds 2 cameras (a, b)"),
        ("a.json", json.dumps({"K": K[:8]}), "intrinsics must be"),
        ("a.json", json.dumps({"fx": "x", "fy": 1, "cx": 1, "cy": 1}), "intrinsics must be"),
        ("a.json", json.dumps({"K": [-1, *K[1:]]}), "above 0"),
        ("a.yaml", "k: [1, 2\n", "cannot be read as YAML"),
        ("a.yaml", "!!python/object/apply:os.system [echo]", "cannot be read as YAML"),
        ("a.yaml", LAUGHS, "holds no camera"),
        ("a.yaml", f"{LAUGHS}k: *a29\n", "intrinsics must be"),
        ("a.yaml", f"{LAUGHS}fx: *a29\nfy: 1\ncx: 1\ncy: 1\nd: *a29\n", "intrinsics must be"),
        ("a.yaml", "# " + "x" * 70_000, "more than 65536 bytes"),
        ("a.txt", "hello", "other words than numbers"),
        ("a.txt", "1 2 3", "intrinsics must be"),
        ("a.txt", "", "intrinsics must be"),
    ],
)
def test_what_is_no_camera_is_one_line(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ScanError, match=re.escape(why)) as told:
        parse_intrinsics(str(tmp_path / name))
    assert str(told.value).startswith(f"{tmp_path / name}: ") and "\n" not in str(told.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="No such file"):
        parse_intrinsics(str(tmp_path / "nowhere.yaml"))


def test_a_lens_that_distorts_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"K": K, "D": [0.1, -0.2, 0, 0, 0]}))
    with caplog.at_level(logging.WARNING):
        assert parse_intrinsics(str(tmp_path / "a.json")) == CAMERA
    assert "its lens distorts" in caplog.text


@pytest.mark.parametrize(("scale", "said"), [(5000, "5000"), (0.001, "0.001")])
def test_a_depth_scale_is_told_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, scale: float, said: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"K": K, "depth_scale": scale}))
    with caplog.at_level(logging.WARNING):
        assert parse_intrinsics(str(tmp_path / "a.json")) == CAMERA
    assert f"its depth_scale {said} is left out" in caplog.text
