"""The ROS 2 example: what it answers to a message, and what it says where ROS is missing."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

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


def imu(*acceleration: float, at: float = 0.0, frame: str = "camera", covariance: float = 0.0) -> SimpleNamespace:
    """A sensor_msgs/Imu; `at` in seconds."""
    stamp = SimpleNamespace(sec=int(at), nanosec=round(at % 1 * 1e9))
    return SimpleNamespace(
        header=SimpleNamespace(stamp=stamp, frame_id=frame),
        linear_acceleration=SimpleNamespace(**dict(zip("xyz", acceleration, strict=True))),
        linear_acceleration_covariance=[covariance] + [0.0] * 8,
    )


@pytest.fixture
def said() -> list[str]:
    """What `gravity` has told."""
    return []


@pytest.fixture
def gravity(node: ModuleType, said: list[str]) -> Any:
    return node.Gravity(said.append)


def test_the_answer_is_the_recognisers_with_stamp_and_frame(node: ModuleType, recognizer: Recognizer) -> None:
    xyz = np.random.default_rng(0).random((300, 3), dtype=np.float32)
    said = json.loads(node.name_cloud(recognizer, message(xyz), up="-y", top=2))
    expected = json.loads(recognizer(xyz, up="-y", top=2).to_json())
    assert said["stamp"] == {"sec": 1_700_000_000, "nanosec": 123_456_789}
    assert said["frame_id"] == "camera"
    assert said["top"] == expected["top"]
    assert said["points"] == 300
    assert "file" not in said


def test_up_is_whatever_the_recogniser_takes(node: ModuleType, recognizer: Recognizer) -> None:
    xyz = np.random.default_rng(0).random((300, 3), dtype=np.float32)
    said = json.loads(node.name_cloud(recognizer, message(xyz), up="0.5,-9,2.5"))
    assert said["top"] == json.loads(recognizer(xyz, up="0.5,-9,2.5").to_json())["top"]
    assert "error" not in said
    assert json.loads(node.name_cloud(recognizer, message(xyz), up="0,0,0"))["error"].startswith("up must be")


def test_gravity_at_rest_is_the_reading(gravity: Any, said: list[str]) -> None:
    gravity.take(imu(0.1, -9.7, 1.25))
    assert gravity.up_in("camera", "z") == "0.1,-9.7,1.25"
    assert said == []


@pytest.mark.parametrize("rate", [50, 200, 1000])
def test_gravity_forgets_a_reading_by_time_not_by_count(rate: int, node: ModuleType, gravity: Any) -> None:
    for i in range(rate + 1):
        gravity.take(imu(0, 0, 10 if i == 0 else 0, at=5 + i / rate))
    after_a_second = float(gravity.up_in("camera", "z").split(",")[2])
    assert after_a_second == pytest.approx(10 * math.exp(-1 / node.SMOOTHING_S), rel=1e-6)


def test_shocks_and_steps_do_not_turn_it(gravity: Any) -> None:
    rng = np.random.default_rng(8)
    for i in range(600):
        gravity.take(imu(*(np.array([0, -9.8, 0]) + rng.normal(0, 4, 3)), at=i / 200))
    up = np.array([float(part) for part in gravity.up_in("camera", "z").split(",")])
    assert -up[1] / np.linalg.norm(up) > math.cos(math.radians(10))


@pytest.mark.parametrize("later", [imu(9, 0, 0, at=1, frame="other"), imu(9, 0, 0, at=99), imu(9, 0, 0, at=100)])
def test_another_frame_or_time_that_goes_back_starts_anew(later: SimpleNamespace, gravity: Any) -> None:
    gravity.take(imu(0, -9, 0, at=100))
    gravity.take(later)
    assert gravity.up_in(later.header.frame_id, "z") == "9.0,0.0,0.0"


@pytest.mark.parametrize("nothing", [imu(1, 1, 1, at=1, covariance=-1.0), imu(0, math.nan, 0, at=1)])
def test_a_message_without_acceleration_is_left_out(nothing: SimpleNamespace, gravity: Any) -> None:
    gravity.take(imu(0, -9, 0))
    gravity.take(nothing)
    assert gravity.up_in("camera", "z") == "0.0,-9.0,0.0"


def test_where_gravity_is_not_known_the_parameter_holds_and_why_is_said_once(gravity: Any, said: list[str]) -> None:
    assert [gravity.up_in("camera", "-y") for _ in range(3)] == ["-y"] * 3
    gravity.take(imu(0, 0, 9.8, frame="imu"))
    assert [gravity.up_in("camera", "-y") for _ in range(3)] == ["-y"] * 3
    gravity.take(imu(0.01, 0, 0.02))
    assert gravity.up_in("camera", "-y") == "-y"
    assert said == [
        "imu: no acceleration has come yet; up is -y.",
        "imu: accelerations are in the frame 'imu' and clouds in 'camera'; imu_transformer brings them there; up is -y.",
        "imu: accelerations hold no gravity; turn off what takes it out of them; up is -y.",
    ]


class Ros:
    """As much of rclpy as the node uses: it delivers `messages`, pairs of a topic and a message, and ends."""

    def __init__(self, parameters: dict[str, Any], messages: list[tuple[str, Any]]) -> None:
        self.parameters, self.messages = parameters, messages
        self.subscribers: dict[str, Any] = {}
        self.published: list[str] = []
        self.logged: list[str] = []

    def create_node(self, name: str) -> Ros:
        return self

    def declare_parameter(self, name: str, default: Any) -> SimpleNamespace:
        return SimpleNamespace(value=self.parameters.get(name, default))

    def create_publisher(self, kind: type, topic: str, depth: int) -> SimpleNamespace:
        return SimpleNamespace(publish=lambda message: self.published.append(message.data))

    def create_subscription(self, kind: type, topic: str, callback: Any, qos: Any) -> None:
        self.subscribers[topic] = callback

    def get_logger(self) -> SimpleNamespace:
        return SimpleNamespace(info=self.logged.append, warning=self.logged.append)

    def spin(self, node: Ros) -> None:
        for topic, sent in self.messages:
            self.subscribers[topic](sent)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kinds = SimpleNamespace(Imu=object, PointCloud2=object)
        modules = {
            "rclpy": SimpleNamespace(init=lambda: None, create_node=self.create_node, spin=self.spin),
            "rclpy.executors": SimpleNamespace(ExternalShutdownException=InterruptedError),
            "rclpy.qos": SimpleNamespace(QoSProfile=SimpleNamespace, ReliabilityPolicy=SimpleNamespace(BEST_EFFORT=2)),
            "sensor_msgs.msg": kinds,
            "std_msgs.msg": SimpleNamespace(String=SimpleNamespace),
        }
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize("with_imu", [True, False])
def test_the_node_takes_up_from_gravity_where_it_is_told_to(
    with_imu: bool,
    node: ModuleType,
    recognizer: Recognizer,
    tiny_bundle: Path,
    labels_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    xyz = np.random.default_rng(0).random((300, 3), dtype=np.float32)
    parameters = {"labels": str(labels_file), "bundle": str(tiny_bundle), "backend": "cpu", "up": "x", "imu": with_imu}
    messages = [("points", message(xyz)), ("imu", imu(1, -9, 3)), ("points", message(xyz))]
    ros = Ros(parameters, messages if with_imu else messages[:1])
    ros.install(monkeypatch)
    node.main()
    ups = ["x", "1,-9,3"] if with_imu else ["x"]
    expected = [json.loads(recognizer(xyz, up=up, labels=labels_file).to_json())["top"] for up in ups]
    assert [json.loads(line)["top"] for line in ros.published] == expected
    assert set(ros.subscribers) == ({"points", "imu"} if with_imu else {"points"})
    assert ros.logged[1:] == (["imu: no acceleration has come yet; up is x."] if with_imu else [])


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
