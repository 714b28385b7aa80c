"""The nodes as a robot runs them: real processes, real messages, this machine alone."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from cg3d_runtime import Recognizer, read_scan
from tests.ros2.conftest import SCANS, Listener, Program, cloud

pytest.importorskip("rclpy", reason="rclpy is not installed; scripts/ros2 brings it and runs these tests")
pytest.importorskip("vision_msgs", reason="vision_msgs is not built; scripts/ros2 builds it and runs these tests")

from cg3d_msgs.srv import Find
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import TransformStamped
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, Imu, PointCloud2
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from vision_msgs.msg import Detection3D, Detection3DArray
from visualization_msgs.msg import Marker, MarkerArray

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
LABELS = "labels:=mug,bowl,bottle,chair"
CPU = "backend:=cpu"
# A camera 1.1 m over the floor that looks 40 degrees down: its optical frame in base_link.
MOUNT = Rotation.from_euler("y", 40, degrees=True) * Rotation.from_matrix([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
PLACE = np.array([0.1, 0.0, 1.1])


def transform() -> TFMessage:
    sent = TransformStamped()
    sent.header.frame_id, sent.child_frame_id = "base_link", "camera"
    x, y, z, w = map(float, MOUNT.as_quat())
    sent.transform.rotation.x, sent.transform.rotation.y, sent.transform.rotation.z, sent.transform.rotation.w = (
        x,
        y,
        z,
        w,
    )
    sent.transform.translation.x, sent.transform.translation.y, sent.transform.translation.z = map(float, PLACE)
    return TFMessage(transforms=[sent])


def table() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A table with three things, 0.7 m high, in base_link, and where the middles of their boxes are."""
    rng = np.random.default_rng(3)
    top = np.column_stack([rng.uniform(0.5, 1.5, 40_000), rng.uniform(-0.5, 0.5, 40_000), np.full(40_000, 0.7)])
    parts, middles = [top], {}
    for name, x, y, height in (("mug", 0.8, -0.25, 0.1), ("bottle", 1.0, 0.0, 0.25), ("bowl", 0.8, 0.25, 0.08)):
        thing = read_scan(SCANS / f"{name}.ply").xyz.astype(float)
        thing = (thing - thing.min(axis=0)) * (height / np.ptp(thing[:, 2]))
        thing += np.array([x, y, 0.7]) - np.append(np.ptp(thing[:, :2], axis=0) / 2, 0)
        parts.append(thing)
        middles[name] = np.array([x, y, 0.7 + height / 2])
    return np.vstack(parts), middles


def seen(points: np.ndarray) -> np.ndarray:
    """Points of base_link, in the camera's frame."""
    return MOUNT.inv().apply(points - PLACE)


@pytest.fixture
def detector(start: Callable[..., Program], listener: Listener) -> Program:
    """In base_link, with its transform."""
    listener.listen(Detection3DArray, "detections")
    listener.listen(MarkerArray, "markers")
    listener.listen(String, "scene")
    listener.listen(String, "/detector/status", LATCHED)
    listener.node.create_publisher(TFMessage, "/tf_static", LATCHED).publish(transform())
    program = start("detector", LABELS, CPU, "target_frame:=base_link")
    listener.next("/detector/status")
    return program


def sender(listener: Listener, message: Any, topic: str = "points") -> Callable[[], None]:
    publisher = listener.node.create_publisher(type(message), topic, 1)
    listener.wait(publisher.get_subscription_count, f"somebody who listens to {topic}")
    return lambda: publisher.publish(message)


def found(message: Detection3DArray) -> dict[str, Detection3D]:
    return {each.results[0].hypothesis.class_id: each for each in message.detections}


def place(detection: Detection3D) -> np.ndarray:
    center = detection.bbox.center.position
    return np.array([center.x, center.y, center.z])


def test_one_object_is_named_as_the_recogniser_names_it(start: Callable[..., Program], listener: Listener) -> None:
    listener.listen(Detection3D, "detection")
    listener.listen(String, "answer")
    program = start("recogniser", LABELS, CPU, "top:=2", "up:=-y")
    xyz = read_scan(SCANS / "mug.ply").xyz[:, [0, 2, 1]] * np.float32([1, -1, 1])
    detection = listener.next("detection", sender(listener, cloud(xyz, at=12.25)))
    answer = json.loads(listener.wait(lambda: listener.heard["answer"], "an answer")[0].data)
    with Recognizer.open(["mug", "bowl", "bottle", "chair"], backend="cpu") as recognizer:
        expected = json.loads(recognizer(xyz, up="-y", units="m", top=2).to_json())
    assert answer["stamp"] == {"sec": 12, "nanosec": 250_000_000}
    assert (answer["frame_id"], answer["top"], answer["up"]) == ("camera", expected["top"], expected["up"])
    named = [(each.hypothesis.class_id, round(each.hypothesis.score, 6)) for each in detection.results]
    assert named == [(each["label"], each["score"]) for each in expected["top"]]
    assert (detection.header.frame_id, detection.header.stamp.sec) == ("camera", 12)
    assert detection.bbox.size.z == pytest.approx(np.ptp(xyz[:, 1]), rel=1e-3)
    code, said = program.end()
    assert (code, "Traceback" in said) == (0, False), said


def test_a_table_comes_back_as_boxes_in_the_frame_of_tf(detector: Program, listener: Listener) -> None:
    points, middles = table()
    message = listener.next("detections", sender(listener, cloud(seen(points), at=7.5)))
    assert (message.header.frame_id, message.header.stamp.sec) == ("base_link", 7)
    things = found(message)
    assert set(middles) <= set(things)
    for name, middle in middles.items():
        assert np.linalg.norm(place(things[name]) - middle) < 0.03
        assert things[name].results[0].pose.pose == things[name].bbox.center
        upright = things[name].bbox.center.orientation
        assert math.hypot(upright.x, upright.y) < 1e-3  # its third axis is the z of base_link
    shown = listener.wait(lambda: listener.heard["markers"], "markers")[-1].markers
    assert shown[0].action == Marker.DELETEALL
    assert len(shown) == 1 + 2 * len(message.detections)
    assert {each.header.frame_id for each in shown} == {"base_link"}
    assert any(each.text.startswith("mug ") for each in shown)
    scene = json.loads(listener.wait(lambda: listener.heard["scene"], "a scene")[-1].data)
    assert scene["frame_id"] == "camera"
    assert scene["up"] == pytest.approx(MOUNT.as_matrix()[2], abs=1e-3)  # of TF, not of the table


def test_things_are_looked_for_in_the_last_scene(detector: Program, listener: Listener) -> None:
    assert (
        listener.ask(Find, "/detector/find", Find.Request(query="the mug")).message == "no scene has been looked at yet"
    )
    points, middles = table()
    listener.next("detections", sender(listener, cloud(seen(points))))
    answer = listener.ask(Find, "/detector/find", Find.Request(query="the bottle next to the bowl"))
    assert (answer.success, answer.message, answer.found.header.frame_id) == (True, "1 found", "base_link")
    assert np.linalg.norm(place(answer.found.detections[0]) - middles["bottle"]) < 0.03
    refused = listener.ask(Find, "/detector/find", Find.Request(query="the mug on the table next to the bowl"))
    assert (refused.success, "more than one relation" in refused.message) == (False, True)


def test_labels_change_while_it_runs_and_a_bad_list_changes_nothing(detector: Program, listener: Listener) -> None:
    def set_labels(labels: list[str]) -> Any:
        value = ParameterValue(type=ParameterType.PARAMETER_STRING_ARRAY, string_array_value=labels)
        request = SetParameters.Request(parameters=[Parameter(name="labels", value=value)])
        return listener.ask(SetParameters, "/detector/set_parameters", request).results[0]

    def known() -> list[str]:
        labels: list[str] = json.loads(listener.heard["/detector/status"][-1].data)["labels"]
        return labels

    assert known() == ["mug", "bowl", "bottle", "chair"]
    assert set_labels(["cup", "vase"]).successful
    listener.wait(lambda: known() == ["cup", "vase"], "the new labels")
    refused = set_labels(["cup", "a" * 3000])
    assert not refused.successful
    assert refused.reason
    points, _ = table()
    message = listener.next("detections", sender(listener, cloud(seen(points))))
    assert {each.results[0].hypothesis.class_id for each in message.detections} <= {"cup", "vase", "unknown"}


def test_what_cannot_be_changed_says_so(detector: Program, listener: Listener) -> None:
    value = ParameterValue(type=ParameterType.PARAMETER_INTEGER, integer_value=0)
    request = SetParameters.Request(parameters=[Parameter(name="top", value=value)])
    refused = listener.ask(SetParameters, "/detector/set_parameters", request).results[0]
    assert refused.reason == "top must be a whole number from 1 on, got 0."
    value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value="map")
    request = SetParameters.Request(parameters=[Parameter(name="target_frame", value=value)])
    assert not listener.ask(SetParameters, "/detector/set_parameters", request).results[0].successful


def test_a_depth_image_with_its_camera(detector: Program, listener: Listener) -> None:
    points, middles = table()
    x, y, z = seen(points).T
    fx, columns, rows = 300.0, 320, 240
    u, v = np.round(fx * x / z + 159.5).astype(int), np.round(fx * y / z + 119.5).astype(int)
    inside = (u >= 0) & (u < columns) & (v >= 0) & (v < rows)
    depth = np.full((rows, columns), 65535, dtype=np.uint16)
    np.minimum.at(depth, (v[inside], u[inside]), np.round(1000 * z[inside]).astype(np.uint16))
    depth[depth == 65535] = 0
    image = Image(height=rows, width=columns, encoding="16UC1", step=2 * columns, data=depth.tobytes())
    image.header.frame_id = "camera"
    camera = CameraInfo(height=rows, width=columns, k=[fx, 0.0, 159.5, 0.0, fx, 119.5, 0.0, 0.0, 1.0])
    send_image, send_camera = sender(listener, image, "depth"), sender(listener, camera, "camera_info")
    error = json.loads(listener.next("scene", send_image).data)["error"]
    assert error == "a depth image came, but no camera_info yet; remap that topic, too."
    message = listener.next("detections", lambda: (send_camera(), send_image()))
    nearest = [min(np.linalg.norm(place(each) - middle) for each in message.detections) for middle in middles.values()]
    assert sorted(nearest)[1] < 0.06  # two of the three, by one view of coarse pixels


def test_without_its_transform_a_cloud_is_an_error_not_a_guess(
    start: Callable[..., Program], listener: Listener
) -> None:
    listener.listen(Detection3DArray, "detections")
    listener.listen(String, "scene")
    listener.listen(DiagnosticArray, "/diagnostics")
    start("detector", LABELS, CPU, "target_frame:=base_link", "tf_timeout:=0.05")
    points, _ = table()
    send = sender(listener, cloud(seen(points)))
    error = json.loads(listener.next("scene", send).data)["error"]
    assert error == "no transform from 'camera' to 'base_link'; frames known so far: none"

    def told() -> bool:
        return any(status.message == error for each in listener.heard["/diagnostics"] for status in each.status)

    listener.wait(told, "the error in the diagnostics")
    assert listener.heard["detections"] == []


def test_gravity_of_an_imu_is_up(start: Callable[..., Program], listener: Listener) -> None:
    listener.listen(String, "scene")
    start("detector", LABELS, CPU, "imu:=true")
    reading = Imu()
    reading.header.frame_id = "camera"
    up = MOUNT.as_matrix()[2] * 9.8
    reading.linear_acceleration.x, reading.linear_acceleration.y, reading.linear_acceleration.z = map(float, up)
    send_imu = sender(listener, reading, "imu")
    points, _ = table()
    send_cloud = sender(listener, cloud(seen(points)))
    send_imu()

    def is_up() -> bool:
        send_imu()
        scene = json.loads(listener.next("scene", send_cloud).data)
        return scene["up_from"] == "given" and scene["up"] == pytest.approx(up / 9.8, abs=1e-3)

    listener.wait(is_up, "gravity as up")


def test_a_publisher_of_best_effort_is_heard_too(start: Callable[..., Program], listener: Listener) -> None:
    listener.listen(Detection3D, "detection")
    start("recogniser", LABELS, CPU)
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    publisher = listener.node.create_publisher(PointCloud2, "points", best_effort)
    message = cloud(read_scan(SCANS / "mug.ply").xyz)
    assert listener.next("detection", lambda: publisher.publish(message)).results[0].hypothesis.class_id == "mug"


@pytest.mark.parametrize(
    ("program", "parameters", "said"),
    [
        ("detector", ["top:=0"], "detector: top must be a whole number from 1 on, got 0.\n"),
        ("detector", ["label:=mug,bowl"], "detector: parameter 'label' is not known; did you mean labels?\n"),
        (
            "recogniser",
            ["up:=q"],
            "recogniser: up must be one of x, y, z, -x, -y, -z, or three numbers x,y,z; got 'q'.\n",
        ),
        ("recogniser", ["labels:=gone.txt"], "recogniser: gone.txt: no label list can be read there"),
        ("recogniser", ["bundle:=nowhere"], "recogniser: nowhere: no bundle can be read there"),
        ("recogniser", ["require_signature:=gone.pem"], "recogniser: "),
    ],
)
def test_a_bad_parameter_is_one_line(
    program: str, parameters: list[str], said: str, start: Callable[..., Program]
) -> None:
    code, text = start(program, *parameters).ended()
    assert code == 2, text
    assert text.startswith(said)
    assert text.count("\n") == 1


def test_arguments_that_ros_cannot_read_are_no_traceback(start: Callable[..., Program]) -> None:
    code, text = start("recogniser", "up:=[1, mug").ended()
    assert (code, "Traceback" in text) == (2, False)
    assert text.splitlines()[-1].startswith("recogniser: failed to initialize rcl: Couldn't parse parameter override")


def test_a_bare_y_which_yaml_reads_as_true_is_y(start: Callable[..., Program], listener: Listener) -> None:
    listener.listen(String, "answer")
    start("recogniser", LABELS, CPU, "up:=y")
    send = sender(listener, cloud(read_scan(SCANS / "mug.ply").xyz))
    assert json.loads(listener.next("answer", send).data)["up"] == [0.0, 1.0, 0.0]


def test_a_cloud_that_cannot_be_named_is_an_error_and_the_next_is_named(
    start: Callable[..., Program], listener: Listener
) -> None:
    listener.listen(String, "answer")
    start("recogniser", LABELS, CPU)
    send = sender(listener, cloud(np.full((20, 3), np.nan)))
    assert json.loads(listener.next("answer", send).data)["error"].startswith("0 distinct finite points left of 20")
    send = sender(listener, cloud(read_scan(SCANS / "mug.ply").xyz))
    assert json.loads(listener.next("answer", send).data)["label"] == "mug"


def test_a_message_that_contradicts_itself_is_an_error_not_a_crash(
    start: Callable[..., Program], listener: Listener
) -> None:
    listener.listen(String, "answer")
    start("recogniser", LABELS, CPU)
    message = cloud(read_scan(SCANS / "mug.ply").xyz)
    message.width *= 1000
    error = json.loads(listener.next("answer", sender(listener, message)).data)["error"]
    assert error.startswith("row_step is") or error.startswith("the message claims")


def test_clouds_that_are_late_make_room_for_newer_ones(detector: Program, listener: Listener) -> None:
    listener.listen(DiagnosticArray, "/diagnostics")
    points, _ = table()
    send = sender(listener, cloud(seen(points)))
    listener.next("detections", send)
    for _ in range(6):
        send()
        time.sleep(0.05)

    def counted() -> dict[str, int] | None:
        """Once all clouds are answered or replaced."""
        values = {each.key: each.value for each in listener.heard["/diagnostics"][-1].status[0].values}
        counts = {key: int(values[key]) for key in ("received", "replaced by newer ones", "answered", "failed")}
        done = counts["answered"] + counts["replaced by newer ones"] == counts["received"] > 2
        return counts if done else None

    listener.next("/diagnostics")
    counts = listener.wait(counted, "all clouds to be answered or replaced")
    assert counts["replaced by newer ones"] >= 1
    assert counts["failed"] == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_while_it_looks(how: signal.Signals, detector: Program, listener: Listener) -> None:
    points, _ = table()
    listener.next("detections", send := sender(listener, cloud(seen(points))))
    send()
    time.sleep(0.1)
    detector.process.send_signal(how)
    code, said = detector.ended()
    assert (code, "Traceback" in said, "Error" in said) == (0, False, False), said


@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.4, 0.8, 1.6])
def test_ctrl_c_while_it_starts(after: float, start: Callable[..., Program]) -> None:
    program = start("recogniser", CPU)
    program.wait_until_it_begins()
    time.sleep(after)
    program.process.send_signal(signal.SIGINT)
    code, said = program.ended()
    assert code in (0, -signal.SIGINT), said
    assert "Traceback" not in said
    assert "recogniser:" not in said  # an interrupt is no error


@pytest.mark.slow
def test_a_thousand_clouds_leave_memory_flat(start: Callable[..., Program], listener: Listener) -> None:
    listener.listen(Detection3D, "detection")
    program = start("recogniser", LABELS, CPU)
    send = sender(listener, cloud(read_scan(SCANS / "mug.ply").xyz))
    for _ in range(200):
        listener.next("detection", send)
    before = program.resident_mb()
    for _ in range(800):
        listener.next("detection", send)
    assert program.resident_mb() - before < 8


@pytest.mark.parametrize("scene", ["learn8", "learn28", "test45"])
def test_a_real_table(scene: str, detector: Program, listener: Listener, shared_data: Path) -> None:
    if not (file := shared_data / "scenes" / "osd" / f"{scene}.pcd").is_file():
        pytest.skip(f"no scene at {file}")
    xyz = read_scan(file).xyz.reshape(480, 640, 3)
    message = listener.next("detections", sender(listener, cloud(xyz)))
    assert message.header.frame_id == "base_link"
    heights = [place(each)[2] for each in message.detections]
    assert len(heights) >= 2
    assert max(heights) - min(heights) < 0.3  # on one table, of which TF knows the tilt by some degrees
