"""Real nodes in their own processes, and a real node beside them that listens: needs rclpy, which scripts/ros2 brings."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCANS = Path(__file__).parents[2] / "examples" / "scans"
_PATIENCE_S = 60  # of a busy machine; nothing waits for it where all is well


@pytest.fixture(scope="session", autouse=True)
def _alone() -> None:
    """Nothing beyond this machine, and no other session on it."""
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    os.environ["ROS_DOMAIN_ID"] = str(os.getpid() % 100 + 1)


class Listener:
    """A node of the tests: publishes, listens and asks.

    Attributes:
        heard: the messages of each topic that it listens to, oldest first.
    """

    def __init__(self, node: Any) -> None:
        self.node = node
        self.heard: dict[str, list[Any]] = {}

    def listen(self, kind: type, topic: str, qos: Any = 10) -> None:
        self.heard[topic] = []
        self.node.create_subscription(kind, topic, self.heard[topic].append, qos)

    def wait(self, until: Callable[[], object], what: str) -> Any:
        """Spin until something is so, and return it."""
        import rclpy

        end = time.monotonic() + _PATIENCE_S
        while not (found := until()):
            assert time.monotonic() < end, f"waited {_PATIENCE_S} s for {what}"
            rclpy.spin_once(self.node, timeout_sec=0.05)
        return found

    def next(self, topic: str, send: Callable[[], object] | None = None) -> Any:
        """The next message of a topic, sending something again and again until it comes."""
        count, heard = len(self.heard[topic]), self.heard[topic]
        again = 0.0

        def sent() -> bool:
            nonlocal again
            if send is not None and time.monotonic() > again:
                send()
                again = time.monotonic() + 5
            return len(heard) > count

        self.wait(sent, f"a message on {topic}")
        return heard[-1]

    def ask(self, kind: type, service: str, request: Any) -> Any:
        """What a service answers."""
        client = self.node.create_client(kind, service)
        assert client.wait_for_service(_PATIENCE_S), f"no service {service}"
        future = client.call_async(request)
        answer = self.wait(future.done, f"an answer of {service}") and future.result()
        self.node.destroy_client(client)
        return answer


@pytest.fixture
def listener() -> Iterator[Listener]:
    rclpy = pytest.importorskip("rclpy", reason="rclpy is not installed; scripts/ros2 brings it and runs these tests")
    rclpy.init()
    node = rclpy.create_node("listener")
    yield Listener(node)
    node.destroy_node()
    rclpy.try_shutdown()


class Program:
    """A node in a process of its own."""

    def __init__(self, log: Path, name: str, *parameters: str) -> None:
        pytest.importorskip("rclpy", reason="rclpy is not installed; scripts/ros2 brings it and runs these tests")
        self.log, self._begun = log, log.with_suffix(".begun")
        begin = f"import sys; from cg3d_ros.entry import {name}; sys.argv[0] = {name!r}"
        start = f"{begin}; open({str(self._begun)!r}, 'w').close(); {name}()"
        arguments = [part for parameter in parameters for part in ("-p", parameter)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", start, "--ros-args", *arguments], stdout=log.open("w"), stderr=subprocess.STDOUT
        )

    def wait_until_it_begins(self) -> None:
        """Until Python has started."""
        end = time.monotonic() + _PATIENCE_S
        while not self._begun.exists():
            assert time.monotonic() < end, "Python did not start"
            time.sleep(0.005)

    def end(self) -> tuple[int, str]:
        """Ctrl-C: the exit code, and all that it said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """The exit code, and all that it said, once it ends by itself."""
        try:
            code = self.process.wait(_PATIENCE_S)
        finally:
            self.process.kill()
        return code, self.log.read_text()

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts a node with parameters, `name:=value` each; ended with the test."""
    started: list[Program] = []

    def begin(name: str, *parameters: str) -> Program:
        started.append(Program(tmp_path / f"{len(started)}.log", name, *parameters))
        return started[-1]

    yield begin
    for each in started:
        each.end()


def cloud(xyz: np.ndarray, frame: str = "camera", at: float = 0.0) -> Any:
    """A sensor_msgs/PointCloud2 of (N, 3) or (H, W, 3) points."""
    from sensor_msgs.msg import PointCloud2, PointField

    height, width = xyz.shape[:2] if xyz.ndim == 3 else (1, len(xyz))
    fields = [PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1) for i, name in enumerate("xyz")]
    message = PointCloud2(height=height, width=width, fields=fields, point_step=12, row_step=12 * width)
    message.data = xyz.astype("<f4").tobytes()
    message.header.frame_id = frame
    message.header.stamp.sec, message.header.stamp.nanosec = int(at), round(at % 1 * 1e9)
    return message
