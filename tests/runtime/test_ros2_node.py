"""The ROS 2 example: what it answers to a message, and what it says where ROS is missing."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from cg3d_runtime import Recognizer

NODE = Path(__file__).parents[2] / "examples" / "ros2_node.py"
LABELS = ["mug", "bowl", "plate"]


@pytest.fixture(scope="module")
def node() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ros2_node", NODE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def recognizer(tiny_bundle: Path) -> Iterator[Recognizer]:
    with Recognizer.open(LABELS, tiny_bundle, backend="cpu") as opened:
        yield opened


def message(xyz: np.ndarray) -> SimpleNamespace:
    fields = [SimpleNamespace(name=name, offset=4 * i, datatype=7, count=1) for i, name in enumerate("xyz")]
    stamp = SimpleNamespace(sec=1_700_000_000, nanosec=123_456_789)
    return SimpleNamespace(
        header=SimpleNamespace(stamp=stamp, frame_id="camera"),
        height=1,
        width=len(xyz),
        fields=fields,
        is_bigendian=False,
        point_step=12,
        row_step=12 * len(xyz),
        data=xyz.astype("<f4").tobytes(),
    )


def test_the_answer_is_the_recognisers_with_stamp_and_frame(node: ModuleType, recognizer: Recognizer) -> None:
    xyz = np.random.default_rng(0).random((300, 3), dtype=np.float32)
    said = json.loads(node.name_cloud(recognizer, message(xyz), up="-y", top=2))
    expected = json.loads(recognizer(xyz, up="-y", top=2).to_json())
    assert said["stamp"] == {"sec": 1_700_000_000, "nanosec": 123_456_789}
    assert said["frame_id"] == "camera"
    assert said["top"] == expected["top"]
    assert said["points"] == 300
    assert "file" not in said


def test_a_cloud_that_cannot_be_named_gives_an_error_not_a_crash(node: ModuleType, recognizer: Recognizer) -> None:
    said = json.loads(node.name_cloud(recognizer, message(np.full((20, 3), np.nan))))
    assert said["error"].startswith("0 distinct finite points left of 20")
    assert said["frame_id"] == "camera"


def test_without_labels_it_names_everyday_things(node: ModuleType) -> None:
    with node.open_recognizer(node.DEFAULTS | {"backend": "cpu"}) as recognizer:
        assert len(recognizer.labels) == 816


def test_missing_labels_are_named(node: ModuleType) -> None:
    with pytest.raises(SystemExit, match=r"ros2_node: gone\.txt: no label list"):
        node.open_recognizer(node.DEFAULTS | {"labels": "gone.txt"})


def test_the_node_requires_a_signature_where_it_is_told_to(
    node: ModuleType, tiny_bundle: Path, labels_file: Path
) -> None:
    parameters = node.DEFAULTS | {"labels": str(labels_file), "bundle": str(tiny_bundle), "backend": "cpu"}
    node.open_recognizer(parameters).close()
    with pytest.raises(SystemExit, match=r"ros2_node: gone\.pem: the public key cannot be read|cryptography"):
        node.open_recognizer(parameters | {"require_signature": "gone.pem"})


@pytest.mark.skipif(importlib.util.find_spec("rclpy") is not None, reason="ROS 2 is installed")
def test_without_ros_one_line_says_what_is_needed() -> None:
    done = subprocess.run([sys.executable, str(NODE)], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "ROS 2 is needed: source /opt/ros/" in done.stderr


def test_names_with_control_characters_do_not_reach_the_log_raw(node: ModuleType) -> None:
    with pytest.raises(SystemExit, match=r"ros2_node: \\x1b\[2Jgone\.txt: no label list can be read there"):
        node.open_recognizer(node.DEFAULTS | {"labels": "\x1b[2Jgone.txt"})
