"""The node that finds and names the objects of scenes: clouds or depth images in, boxes with names out."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from cg3d_msgs.srv import Find
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header, String
from vision_msgs.msg import Detection3DArray
from visualization_msgs.msg import MarkerArray

from cg3d_ros import messages, sightings
from cg3d_ros.node import NamingNode, run, stamped
from cg3d_ros.scans import depth_image
from cg3d_ros.sightings import Where
from cg3d_runtime import Cg3dError, DepthImage, PointCloud, ScanError, to_point_cloud


class Seen(NamedTuple):
    """The last scene."""

    scan: PointCloud | DepthImage
    where: Where
    header: Header  # of what was found in it


class Detector(NamingNode):
    """Publishes `detections`, `markers` and, as JSON, `scene`; answers `~/find`."""

    def __init__(self) -> None:
        """Open the model; see `NamingNode`."""
        super().__init__("detector", {"up": "auto"})
        self._camera: CameraInfo | None = None
        self._last: Seen | None = None
        self._found = self.create_publisher(Detection3DArray, "detections", QoSProfile(depth=10))
        self._markers = self.create_publisher(MarkerArray, "markers", QoSProfile(depth=10))
        self._scene = self.create_publisher(String, "scene", QoSProfile(depth=10))
        self.sensors.listen(PointCloud2, "points", self.on_cloud)
        self.sensors.listen(Image, "depth", self.on_cloud)
        self.sensors.listen(CameraInfo, "camera_info", self._on_camera)
        self.create_service(Find, "~/find", self._on_find)

    def answer(self, message: Any) -> None:
        """Find the objects of a sensor_msgs/PointCloud2 or sensor_msgs/Image."""
        where = self.where(message.header)
        scan = to_point_cloud(message) if isinstance(message, PointCloud2) else self._depth(message)
        scene = self.recognizer.detect(scan, up=where.up, top=self.options.top)
        header = Header(stamp=message.header.stamp, frame_id=where.frame)
        self._last = Seen(scan, where, header)
        found = sightings.of_scene(scene, where.pose)
        self._found.publish(messages.detections(header, found))
        self._markers.publish(messages.markers(header, found))
        self._scene.publish(stamped(message.header, scene.to_json()))

    def publish_error(self, header: Header, error: Cg3dError) -> None:
        """On `scene` alone: no detections are no news of an empty table."""
        self._scene.publish(stamped(header, json.dumps({"error": str(error)})))

    def _depth(self, image: Image) -> DepthImage:
        if self._camera is None:
            raise ScanError("a depth image came, but no camera_info yet; remap that topic, too.")
        return depth_image(image, self._camera)

    def _on_camera(self, camera: CameraInfo) -> None:
        self._camera = camera

    def _on_find(self, request: Find.Request, response: Find.Response) -> Find.Response:
        if (last := self._last) is None:
            response.message = "no scene has been looked at yet"
            return response
        try:
            scene = self.recognizer.detect(last.scan, find=request.query, up=last.where.up, top=self.options.top)
        except Cg3dError as error:
            response.message = str(error)
            return response
        found = sightings.of_scene(scene, last.where.pose, scene.found)
        response.success, response.message = True, f"{len(found)} found"
        response.found = messages.detections(last.header, found)
        return response


def main() -> None:
    """Run the node until Ctrl-C."""
    run(Detector)
