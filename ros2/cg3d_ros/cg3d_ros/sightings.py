"""What was found: names and a box, in the frame that the robot asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from cg3d_ros.frames import Pose
from cg3d_runtime import Answer, Candidate, PointCloud
from cg3d_runtime.scans.upward import AnyUp
from cg3d_runtime.scenes.boxes import Box, box_around
from cg3d_runtime.scenes.scene import Scene

# A name for what none of the labels fits, so that who reads the best hypothesis alone takes it for no label.
UNKNOWN = Candidate("unknown", 0.0)


@dataclass(frozen=True)
class Sighting:
    """One object.

    Attributes:
        names: the best labels, best first; "unknown" alone, with a score of 0, where none fits.
        box: around its points.
    """

    names: tuple[Candidate, ...]
    box: Box


@dataclass(frozen=True)
class Where:
    """How a cloud lies.

    Attributes:
        frame: that what is found is told in.
        pose: of the cloud's frame in it.
        up: in the cloud's frame, as a recogniser takes it.
    """

    frame: str
    pose: Pose
    up: AnyUp | None


def of_scene(scene: Scene, pose: Pose, places: Sequence[int] | None = None) -> list[Sighting]:
    """The objects of a scene, or some of them, in another frame."""
    chosen = scene.objects if places is None else [scene.objects[place] for place in places]
    return [Sighting(_names(each.top, each.unknown), moved(each.box, pose)) for each in chosen]


def of_answer(answer: Answer, cloud: PointCloud, pose: Pose) -> Sighting:
    """A cloud of one object, with the upright box around its points, in another frame."""
    measured = cloud.xyz[np.isfinite(cloud.xyz).all(axis=1)].astype(np.float64)
    box = box_around(measured, np.array(answer.up))
    return Sighting(_names(answer.top, answer.unknown), moved(box, pose))


def moved(box: Box, pose: Pose) -> Box:
    """A box in another frame."""
    x, y, z = map(float, pose.rotation.apply(box.center) + pose.translation)
    turn = (pose.rotation * Rotation.from_quat(box.quaternion)).as_quat()
    qx, qy, qz, qw = map(float, turn if turn[3] >= 0 else -turn)
    return replace(box, center=(x, y, z), quaternion=(qx, qy, qz, qw))


def _names(top: tuple[Candidate, ...], unknown: bool) -> tuple[Candidate, ...]:
    return (UNKNOWN,) if unknown else top
