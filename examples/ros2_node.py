"""A ROS 2 node that names what a depth camera or lidar sees: sensor_msgs/PointCloud2 in, std_msgs/String (JSON) out.

    source /opt/ros/humble/setup.bash          # or jazzy; with cg3d-runtime installed for ROS's Python
    python3 ros2_node.py --ros-args -r points:=/camera/depth/color/points -p labels:=labels.txt -p up:=-y

Subscribes to `points`, publishes on `answer`: the JSON of `cg3d-infer --json` with the cloud's `stamp` and `frame_id` in place
of a file. While a cloud is being named newer ones replace each other, so an answer is never older than one encoding.

Parameters: labels (file; the everyday names in the model), bundle (folder; the model in the package), backend (auto), up (the
way up in the cloud's frame, as `--up` of cg3d-infer takes it: an axis, x,y,z or auto; z, and -y for a level camera's optical
frame; ROS reads a bare y as true: -p "up:='y'"), imu (false; true: take the way up from gravity), top (5), require_signature
(file of the public key that must have signed the bundle; none, or the one that CG3D_REQUIRE_SIGNATURE names). A cloud that
cannot be named gives {"stamp", "frame_id", "error"}.

With imu, the node subscribes to `imu`, sensor_msgs/Imu in the frame of the cloud; imu_transformer, of ROS's imu_pipeline,
brings it there. While gravity is not known in that frame, `up` holds, and the log says once why.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Callable
from typing import Any

from cg3d_runtime import Cg3dError, Recognizer, to_point_cloud
from cg3d_runtime.errors import printable

DEFAULTS = {"labels": "", "bundle": "", "backend": "auto", "up": "z", "imu": False, "top": 5, "require_signature": ""}
SMOOTHING_S = 0.5  # longer than shocks and steps, shorter than a camera takes to be tilted
# A reading with gravity in it is 9.8 in m/s^2 and 1 in drivers that count in g; without, it is about 0 and points anywhere.
LEAST_GRAVITY = 0.5


class Gravity:
    """The way up that an accelerometer tells: at rest it reads the push of what it stands on."""

    def __init__(self, say: Callable[[str], object]) -> None:
        """Take a function that is told, each once, why gravity is not known."""
        self._say, self._said = say, set[str]()
        self._frame: str | None = None  # of the readings; None before the first
        self._second = 0.0
        self._reading = (0.0, 0.0, 0.0)

    def take(self, message: Any) -> None:
        """Blend in the acceleration of a sensor_msgs/Imu, if it holds one; from another frame, or from before, starts anew."""
        new = message.linear_acceleration.x, message.linear_acceleration.y, message.linear_acceleration.z
        if message.linear_acceleration_covariance[0] == -1 or not all(map(math.isfinite, new)):
            return  # -1 is how a driver says that it measures none
        frame, second = message.header.frame_id, message.header.stamp.sec + message.header.stamp.nanosec * 1e-9
        goes_on = frame == self._frame and second > self._second
        share = -math.expm1((self._second - second) / SMOOTHING_S) if goes_on else 1.0
        self._reading = tuple(old + share * (now - old) for old, now in zip(self._reading, new, strict=True))
        self._frame, self._second = frame, second

    def up_in(self, frame: str, otherwise: str) -> str:
        """The way up in a cloud's frame, x,y,z; `otherwise` while it is not known there."""
        if lack := self._lack(frame):
            if lack not in self._said:
                self._say(f"imu: {lack}; up is {otherwise}.")
            self._said.add(lack)
            return otherwise
        return ",".join(map(str, self._reading))

    def _lack(self, frame: str) -> str | None:
        if self._frame is None:
            return "no acceleration has come yet"
        if self._frame != frame:
            return f"accelerations are in the frame {self._frame!r} and clouds in {frame!r}; imu_transformer brings them there"
        if math.hypot(*self._reading) < LEAST_GRAVITY:
            return "accelerations hold no gravity; turn off what takes it out of them"
        return None


def name_cloud(recognizer: Recognizer, message: Any, up: str = "z", top: int = 5) -> str:
    """Name the cloud of a sensor_msgs/PointCloud2.

    Args:
        up: the way up in its frame, as a recogniser takes it.
    Returns:
        One line of JSON.
    """
    stamp = message.header.stamp
    answer = {"stamp": {"sec": stamp.sec, "nanosec": stamp.nanosec}, "frame_id": message.header.frame_id}
    try:
        answer |= json.loads(recognizer(to_point_cloud(message), up=up, top=top).to_json())
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
        from sensor_msgs.msg import Imu, PointCloud2
        from std_msgs.msg import String
    except ImportError as error:
        sys.exit(f"ros2_node: {error}. ROS 2 is needed: source /opt/ros/DISTRIBUTION/setup.bash, then use its Python.")

    rclpy.init()
    node = rclpy.create_node("cg3d")
    parameters = {name: node.declare_parameter(name, default).value for name, default in DEFAULTS.items()}
    # Best effort is what sensors offer, and also accepts reliable publishers; a queue of one drops what is out of date.
    newest = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    recent = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)  # what comes while a cloud is being named
    gravity = Gravity(lambda message: node.get_logger().warning(printable(message)))
    if parameters["imu"]:
        node.create_subscription(Imu, "imu", gravity.take, recent)
    with open_recognizer(parameters) as recognizer:
        answers = node.create_publisher(String, "answer", 10)

        def on_cloud(message: PointCloud2) -> None:
            up = parameters["up"]
            if parameters["imu"]:
                up = gravity.up_in(message.header.frame_id, otherwise=up)
            answers.publish(String(data=name_cloud(recognizer, message, up, parameters["top"])))

        node.create_subscription(PointCloud2, "points", on_cloud, newest)
        node.get_logger().info(f"{recognizer.bundle.manifest.name} on {recognizer.backend.name}")
        with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):  # how one ends a node
            rclpy.spin(node)


if __name__ == "__main__":
    main()
