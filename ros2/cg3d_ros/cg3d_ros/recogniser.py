"""The node that names single objects: clouds in, a name and a box out."""

from __future__ import annotations

import json

from rclpy.qos import QoSProfile
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header, String
from vision_msgs.msg import Detection3D

from cg3d_ros import messages, sightings
from cg3d_ros.node import NamingNode, run, stamped
from cg3d_runtime import Cg3dError, to_point_cloud


class Recogniser(NamingNode):
    """Publishes `detection` and, as JSON, `answer`."""

    def __init__(self) -> None:
        """Open the model; see `NamingNode`."""
        super().__init__("recogniser", {})
        self._detection = self.create_publisher(Detection3D, "detection", QoSProfile(depth=10))
        self._answer = self.create_publisher(String, "answer", QoSProfile(depth=10))
        self.sensors.listen(PointCloud2, "points", self.on_cloud)

    def answer(self, message: PointCloud2) -> None:
        """Name a sensor_msgs/PointCloud2 of one object."""
        where = self.where(message.header)
        cloud = to_point_cloud(message)
        answer = self.recognizer(cloud, up=where.up, top=self.options.top)
        header = Header(stamp=message.header.stamp, frame_id=where.frame)
        self._detection.publish(messages.detection(header, sightings.of_answer(answer, cloud, where.pose)))
        self._answer.publish(stamped(message.header, answer.to_json()))

    def publish_error(self, header: Header, error: Cg3dError) -> None:
        """On `answer` alone."""
        self._answer.publish(stamped(header, json.dumps({"error": str(error)})))


def main() -> None:
    """Run the node until Ctrl-C."""
    run(Recogniser)
