"""What both nodes do: parameters, the newest cloud to a thread of its own, status, diagnostics, and how one starts and ends."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, NoReturn

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import ParameterDescriptor, SetParametersResult
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Imu
from std_msgs.msg import Header, String
from tf2_msgs.msg import TFMessage

from cg3d_ros import messages
from cg3d_ros.frames import Frames, Pose
from cg3d_ros.gravity import Gravity
from cg3d_ros.health import Health
from cg3d_ros.newest import Newest
from cg3d_ros.parameters import CHANGEABLE, DEFAULTS, DESCRIPTIONS, Options, options_of, require_known
from cg3d_ros.sensors import Sensors
from cg3d_ros.sightings import Where
from cg3d_runtime import Cg3dError, Recognizer
from cg3d_runtime.errors import one_line, printable

_RECENT = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
_ALL = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
_LATCHED = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_STATIC = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_HEALTH_PERIOD_S = 1.0
_SAME_ERROR_PERIOD_S = 10.0  # so often at most a log repeats what is wrong


class NamingNode(Node):
    """A node that looks at the newest cloud in a thread of its own, so that transforms and services go on meanwhile.

    Attributes:
        options: what the parameters say now.
        recognizer: opened as they say.
        sensors: the topics of clouds and images.
        failure: a bug that ended it.
    """

    def __init__(self, name: str, defaults: Mapping[str, object]) -> None:
        """Read the parameters and open the model; nothing is looked at before `start`.

        Raises:
            Cg3dError: a parameter, the labels or the model is wrong.
        """
        super().__init__(name, automatically_declare_parameters_from_overrides=True)
        self.options = self._declared({**DEFAULTS, **defaults})
        self.recognizer = Recognizer.open(
            self.options.labels,
            self.options.bundle,
            backend=self.options.backend,
            public_key=self.options.require_signature,
            warm_up=True,
        )
        self.frames, self._gravity = Frames(), Gravity(self._warn)
        self._newest: Newest[Any] = Newest()
        self._health = Health()
        self.sensors = Sensors(self)
        self._last_came: int | None = None  # nanoseconds of the node's clock
        self._status = self.create_publisher(String, "~/status", _LATCHED)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._thread = threading.Thread(target=self._work, name="naming")
        self.failure: BaseException | None = None

    def answer(self, message: Any) -> None:
        """Look at one message and publish what is found.

        Raises:
            Cg3dError: it cannot be answered.
        """
        raise NotImplementedError

    def publish_error(self, header: Header, error: Cg3dError) -> None:
        """Tell subscribers that a message could not be answered."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to listen and to answer."""
        if self.options.target_frame:
            self.create_subscription(
                TFMessage, "/tf", lambda message: self.frames.take(message.transforms, False), _ALL
            )
            self.create_subscription(
                TFMessage, "/tf_static", lambda message: self.frames.take(message.transforms, True), _STATIC
            )
        elif self.options.imu:
            self.create_subscription(Imu, "imu", self._gravity.take, _RECENT)
        self.add_on_set_parameters_callback(self._on_parameters)
        self.create_timer(_HEALTH_PERIOD_S, self._publish_health)
        self.create_timer(_HEALTH_PERIOD_S, self.sensors.match_publishers)
        self._publish_status()
        self._thread.start()
        self.get_logger().info(printable(f"{self.recognizer}"))

    def stop(self) -> None:
        """End after the cloud under way, and give the device's memory back."""
        self._newest.close()
        self.frames.close()
        if self._thread.is_alive():
            self._thread.join()
        self.recognizer.close()
        self.destroy_node()

    def on_cloud(self, message: Any) -> None:
        """Take a cloud; while another is looked at it waits in the place of the one that waited before."""
        self._health.received += 1
        self._health.replaced += self._newest.put(message)
        self._last_came = self.get_clock().now().nanoseconds

    def where(self, header: Header) -> Where:
        """How a cloud lies: in `target_frame` as TF tells, else as it came.

        Raises:
            FrameError: TF does not tell.
        """
        if not self.options.target_frame:
            found = self._gravity.up_in(header.frame_id) if self.options.imu else None
            return Where(header.frame_id, Pose(), found or self.options.up)
        time = header.stamp.sec * 1_000_000_000 + header.stamp.nanosec
        pose = self.frames.pose(self.options.target_frame, header.frame_id, time, self.options.tf_timeout)
        return Where(self.options.target_frame, pose, pose.up())

    def _declared(self, defaults: Mapping[str, object]) -> Options:
        """The values of the parameters, declared so that they may change their type, as `labels` does."""
        require_known(self.get_parameters_by_prefix(""))
        given: dict[str, object] = {}
        for name, default in defaults.items():
            given[name] = default
            if self.has_parameter(name):
                given[name] = self.get_parameter(name).value
                self.undeclare_parameter(name)
        options = options_of(given)
        for name, value in given.items():
            descriptor = ParameterDescriptor(
                description=DESCRIPTIONS[name], dynamic_typing=True, read_only=name not in CHANGEABLE
            )
            self.declare_parameter(name, value, descriptor, ignore_override=True)
        return options

    def _on_parameters(self, changed: list[Parameter[Any]]) -> SetParametersResult:
        """Take other labels, another up or top; all that were set together, or none."""
        values = {name: self.get_parameter(name).value for name in DEFAULTS}
        values.update({each.name: each.value for each in changed if each.name in DEFAULTS})
        try:
            options = options_of(values)
            if any(each.name == "labels" for each in changed):  # a file may hold others than before
                self.recognizer.set_labels(options.labels)
        except Cg3dError as error:
            return SetParametersResult(successful=False, reason=printable(str(error)))
        self.options = options
        self._publish_status()
        return SetParametersResult(successful=True)

    def _work(self) -> None:
        try:
            while (message := self._newest.take()) is not None:
                started = perf_counter()
                self._try(message)
                self._health.last_ms = (perf_counter() - started) * 1e3
        except BaseException as error:
            if self.context.ok():  # else Ctrl-C took the publishers away
                self.failure = error
                self.context.try_shutdown()  # a node that only looks alive would be worse

    def _try(self, message: Any) -> None:
        try:
            self.answer(message)
        except Cg3dError as error:
            self._health.failed += 1
            self._health.last_error = printable(str(error))
            self.get_logger().warning(self._health.last_error, throttle_duration_sec=_SAME_ERROR_PERIOD_S)
            self.publish_error(message.header, error)
        else:
            self._health.answered += 1
            self._health.last_error = None

    def _warn(self, words: str) -> None:
        self.get_logger().warning(printable(words))

    def _publish_status(self) -> None:
        recognizer = self.recognizer
        status = {
            "bundle": recognizer.bundle.manifest.name,
            "backend": recognizer.backend.name,
            "precision": recognizer.backend.precision,
            "labels": [label.name for label in recognizer.labels],
            "label_notes": recognizer.label_notes,
            "target_frame": self.options.target_frame,
        }
        self._status.publish(String(data=json.dumps(status)))

    def _publish_health(self) -> None:
        now = self.get_clock().now()
        if self._last_came is not None:
            self._health.silent_s = (now.nanoseconds - self._last_came) / 1e9
        level, words = self._health.level_and_words()
        name = f"{self.get_fully_qualified_name()}: naming"
        header = Header(stamp=now.to_msg())
        self._diagnostics.publish(messages.diagnostics(header, name, level, words, self._health.values()))


def stamped(header: Header, tree: str) -> String:
    """An answer's or a scene's JSON, with the cloud's stamp and frame in place of a file."""
    stamp = {"sec": header.stamp.sec, "nanosec": header.stamp.nanosec}
    answer = {"stamp": stamp, "frame_id": header.frame_id, **json.loads(tree)}
    answer.pop("file", None)
    return String(data=json.dumps(answer))


def run(make: Callable[[], NamingNode]) -> None:
    """Run a node until Ctrl-C; what keeps it from starting is one line and exit code 2."""
    try:
        rclpy.init()
    except RuntimeError as error:  # arguments that ROS cannot read, told in several lines
        _give_up(error)
    node = None
    try:
        node = make()
        node.start()
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):  # how one ends a node
        pass
    except Cg3dError as error:
        if rclpy.ok():  # else Ctrl-C came while libraries were loaded, which take it for something that is missing
            _give_up(error)
    finally:
        if node is not None:
            node.stop()
        rclpy.try_shutdown()
    if node is not None and node.failure is not None:
        raise node.failure


def _give_up(error: Exception) -> NoReturn:
    print(f"{Path(sys.argv[0]).name}: {printable(one_line(error))}", file=sys.stderr)
    sys.exit(2)
