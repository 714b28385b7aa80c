"""What was found, as messages of ROS."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Mapping, Sequence

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
from std_msgs.msg import ColorRGBA, Header
from vision_msgs.msg import (
    BoundingBox3D,
    Detection3D,
    Detection3DArray,
    ObjectHypothesis,
    ObjectHypothesisWithPose,
)
from visualization_msgs.msg import Marker, MarkerArray

from cg3d_ros.sightings import UNKNOWN, Sighting
from cg3d_runtime.errors import printable
from cg3d_runtime.scenes.boxes import Box

_LETTER_M = 0.04  # height of the names over the boxes


def detection(header: Header, sighting: Sighting) -> Detection3D:
    """A vision_msgs/Detection3D: hypotheses best first, each with the pose of the box; its covariance of zeros is not known."""
    pose = _pose(sighting.box)
    message = Detection3D(header=header, bbox=BoundingBox3D(center=pose, size=_vector(sighting.box.size)))
    for label, score in sighting.names:
        hypothesis = ObjectHypothesisWithPose(hypothesis=ObjectHypothesis(class_id=label, score=score))
        hypothesis.pose.pose = pose
        message.results.append(hypothesis)
    return message


def detections(header: Header, sightings: Sequence[Sighting]) -> Detection3DArray:
    """A vision_msgs/Detection3DArray, the surest first."""
    return Detection3DArray(header=header, detections=[detection(header, each) for each in sightings])


def markers(header: Header, sightings: Sequence[Sighting]) -> MarkerArray:
    """Boxes with names for RViz, in the place of those before."""
    shown = [Marker(header=header, action=Marker.DELETEALL)]
    for number, sighting in enumerate(sightings):
        shown += [_box(header, number, sighting), _name(header, number, sighting)]
    return MarkerArray(markers=shown)


def diagnostics(header: Header, name: str, level: int, words: str, values: Mapping[str, str]) -> DiagnosticArray:
    """A diagnostic_msgs/DiagnosticArray of one status."""
    status = DiagnosticStatus(level=bytes([level]), name=name, message=words, hardware_id="")
    status.values = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticArray(header=header, status=[status])


def _box(header: Header, number: int, sighting: Sighting) -> Marker:
    marker = Marker(header=header, ns="boxes", id=number, type=Marker.CUBE, action=Marker.ADD)
    marker.pose, marker.color = _pose(sighting.box), _colour(sighting.names[0].label, 0.4)
    marker.scale = _vector(tuple(max(side, 1e-3) for side in sighting.box.size))  # RViz does not draw a side of 0
    return marker


def _name(header: Header, number: int, sighting: Sighting) -> Marker:
    marker = Marker(header=header, ns="names", id=number, type=Marker.TEXT_VIEW_FACING, action=Marker.ADD)
    (label, score), (x, y, z) = sighting.names[0], sighting.box.center
    above = max(sighting.box.size) / 2 + _LETTER_M  # which way is up in the frame is not said
    marker.pose = Pose(position=Point(x=x, y=y, z=z + above), orientation=Quaternion(w=1.0))
    marker.scale, marker.color = Vector3(z=_LETTER_M), ColorRGBA(r=1.0, g=1.0, b=1.0, a=1.0)
    marker.text = printable(label) if sighting.names[0] == UNKNOWN else f"{printable(label)} {score:.0%}"
    return marker


def _colour(label: str, opacity: float) -> ColorRGBA:
    """Always the same for a label; grey for what none fits."""
    is_unknown = label == UNKNOWN.label
    red, green, blue = colorsys.hsv_to_rgb(zlib.crc32(label.encode()) / 2**32, 0.0 if is_unknown else 0.8, 0.9)
    return ColorRGBA(r=red, g=green, b=blue, a=opacity)


def _pose(box: Box) -> Pose:
    x, y, z = box.center
    qx, qy, qz, qw = box.quaternion
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))


def _vector(sides: Sequence[float]) -> Vector3:
    x, y, z = sides
    return Vector3(x=x, y=y, z=z)
