"""A ROS 2 node that names what a depth camera or lidar sees: sensor_msgs/PointCloud2 in, std_msgs/String (JSON) out.

    source /opt/ros/humble/setup.bash          # or jazzy; with cg3d-runtime installed for ROS's Python
    python3 ros2_node.py --ros-args -r points:=/camera/depth/color/points -p labels:=labels.txt -p up:=-y

Subscribes to `points`, publishes on `answer`: the JSON of `cg3d-infer --json` with the cloud's `stamp` and `frame_id` in place
of a file. While a cloud is being named newer ones replace each other, so an answer is never older than one encoding.

Parameters: labels (file; the everyday names in the model), bundle (folder; the model in the package), backend (auto), up (z; -y
for a level camera's optical frame), top (5), require_signature (file of the public key that must have signed the bundle; none,
or the one that CG3D_REQUIRE_SIGNATURE names). A cloud that cannot be named gives {"stamp", "frame_id", "error"}.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

from cg3d_runtime import Cg3dError, Recognizer, to_point_cloud
from cg3d_runtime.errors import printable

DEFAULTS = {"labels": "", "bundle": "", "backend": "auto", "up": "z", "top": 5, "require_signature": ""}


def name_cloud(recognizer: Recognizer, message: Any, up: str = "z", top: int = 5) -> str:
    """Name the cloud of a sensor_msgs/PointCloud2.

    Returns:
        One line of JSON.
    """
    stamp = message.header.stamp
    answer = {"stamp": {"sec": stamp.sec, "nanosec": stamp.nanosec}, "frame_id": message.header.frame_id}
    try:
        answer |= json.loads(recognizer(to_point_cloud(message, up), top=top).to_json())
    except Cg3dError as error:
        answer["error"] = str(error)
    answer.pop("file", None)
    return json.dumps(answer)


def open_recognizer(parameters: dict[str, Any]) -> Recognizer:
    """Open the recogniser that the node's parameters describe."""
    try:
        return Recognizer.open(
            parameters["labels"] or None,
            parameters["bundle"] or None,
            backend=parameters["backend"],
            public_key=parameters["require_signature"] or None,
        )
    except Cg3dError as error:
        sys.exit(printable(f"ros2_node: {error}"))


def main() -> None:
    """Run the node until Ctrl-C."""
    try:
        import rclpy
        from rclpy.executors import ExternalShutdownException
        from rclpy.qos import QoSProfile, ReliabilityPolicy
        from sensor_msgs.msg import PointCloud2
        from std_msgs.msg import String
    except ImportError as error:
        sys.exit(f"ros2_node: {error}. ROS 2 is needed: source /opt/ros/DISTRIBUTION/setup.bash, then use its Python.")

    rclpy.init()
    node = rclpy.create_node("cg3d")
    parameters = {name: node.declare_parameter(name, default).value for name, default in DEFAULTS.items()}
    # Best effort is what sensors offer, and also accepts reliable publishers; a queue of one drops what is out of date.
    newest = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    with open_recognizer(parameters) as recognizer:
        answers = node.create_publisher(String, "answer", 10)

        def on_cloud(message: PointCloud2) -> None:
            answers.publish(String(data=name_cloud(recognizer, message, parameters["up"], parameters["top"])))

        node.create_subscription(PointCloud2, "points", on_cloud, newest)
        node.get_logger().info(f"{recognizer.bundle.manifest.name} on {recognizer.backend.name}")
        with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):  # how one ends a node
            rclpy.spin(node)


if __name__ == "__main__":
    main()
