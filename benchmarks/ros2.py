"""How fast the ROS 2 nodes answer, and what 1,000 clouds leave in memory: scripts/ros2 --bench [SCENE].

Prints, of a scene of 307,200 points and of a scan of 12,000: seconds until the node is ready; seconds from publishing a cloud
to its answer (median of 30), and of a processor that the node takes for one; its memory after 100 clouds and after 1,000, which
after the first 30 are thinned to 20,000 points, so that it ends in minutes. Needs what scripts/ros2 brings.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import String

from cg3d_runtime import read_scan

SCANS = Path(__file__).parents[1] / "examples" / "scans"
CLOUDS, EARLY, TIMED = 1000, 100, 30
THINNED = 20_000  # points of the clouds that are only to show what they leave in memory
_PATIENCE_S = 60


def main() -> None:
    """Measure both nodes, each alone."""
    os.environ["ROS_DOMAIN_ID"] = str(os.getpid() % 100 + 1)
    rclpy.init()
    scene = read_scan(Path(sys.argv[1])).xyz if len(sys.argv) > 1 else table()
    measure("detector", "scene", scene)
    measure("recogniser", "answer", read_scan(SCANS / "mug.ply").xyz)
    rclpy.shutdown()


def table() -> np.ndarray:
    """(307200, 3): a table with three of the example scans on it, seen from 1.1 m before and over it."""
    rng = np.random.default_rng(3)
    parts = [np.column_stack([rng.uniform(0.4, 1.4, 273_200), rng.uniform(-0.5, 0.5, 273_200), np.full(273_200, -0.6)])]
    for name, x, y, height in (("mug", 0.8, -0.25, 0.1), ("bottle", 1.0, 0.0, 0.25), ("bowl", 0.8, 0.25, 0.08)):
        xyz = read_scan(SCANS / f"{name}.ply").xyz.astype(float)
        xyz = (xyz - xyz.min(axis=0)) * (height / np.ptp(xyz[:, 2])) + np.array([x, y, -0.6])
        parts.append(xyz)
    return np.vstack(parts).astype(np.float32)[:307_200]


def measure(program: str, topic: str, xyz: np.ndarray) -> None:
    """Start a node, send it clouds one after the other, and print what it took."""
    node = rclpy.create_node("bench")
    heard: list[String] = []
    ready: list[String] = []
    node.create_subscription(String, topic, heard.append, 10)
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    node.create_subscription(String, f"/{program}/status", ready.append, latched)
    publisher, message = node.create_publisher(PointCloud2, "points", 1), cloud(xyz)
    started = time.monotonic()
    process = subprocess.Popen(
        [program, "--ros-args", "-p", "labels:=mug,bowl,bottle,can,box,plate", "--log-level", "warn"]
    )
    try:
        wait(node, lambda: ready and publisher.get_subscription_count())
        print(f"{program}: ready after {time.monotonic() - started:.1f} s")
        spent, memory, busy = [], {}, processor_s(process.pid)
        for number in range(1, CLOUDS + 1):
            spent.append(seconds(node, heard, partial(publisher.publish, message)))
            if number in (EARLY, CLOUDS):
                memory[number] = resident_mb(process.pid)
            if number == TIMED:
                message = cloud(xyz[:: 1 + len(xyz) // THINNED])
                median, busy = statistics.median(spent), (processor_s(process.pid) - busy) / TIMED
                print(f"{program}: {len(xyz)} points in {median:.3f} s, {busy:.3f} s of a processor", flush=True)
        grown = ", ".join(f"{megabytes:.0f} MB after {number}" for number, megabytes in memory.items())
        print(f"{program}: {grown}", flush=True)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE_S)
        node.destroy_node()


def seconds(node: Any, heard: list[String], send: Callable[[], None]) -> float:
    """From sending a cloud to its answer."""
    count, started = len(heard), time.monotonic()
    send()
    wait(node, lambda: len(heard) > count)
    return time.monotonic() - started


def wait(node: Any, until: Callable[[], object]) -> None:
    """Spin until something is so."""
    end = time.monotonic() + _PATIENCE_S
    while not until():
        if time.monotonic() > end:
            sys.exit("the node did not answer within a minute.")
        rclpy.spin_once(node, timeout_sec=0.1)


def cloud(xyz: np.ndarray) -> PointCloud2:
    """A sensor_msgs/PointCloud2."""
    fields = [PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1) for i, name in enumerate("xyz")]
    message = PointCloud2(height=1, width=len(xyz), fields=fields, point_step=12, row_step=12 * len(xyz))
    message.data, message.header.frame_id = xyz.astype("<f4").tobytes(), "camera"
    return message


def processor_s(process: int) -> float:
    """Processor time that a process has taken, of all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process: int) -> float:
    """Memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


if __name__ == "__main__":
    main()
