"""What was found, in another frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cg3d_ros.frames import Pose
from cg3d_ros.sightings import UNKNOWN, moved, of_answer
from cg3d_runtime import Answer, Candidate, PointCloud
from cg3d_runtime.scenes.boxes import Box


@given(st.integers(0, 2**32 - 1))
def test_the_corners_of_a_moved_box_are_its_corners_moved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn, own = Rotation.random(2, random_state=rng)
    pose = Pose(turn, rng.normal(size=3))
    box = Box(tuple(rng.normal(size=3)), (3.0, 2.0, 1.0), tuple(own.as_quat()))
    expected = pose.rotation.apply(box.corners()) + pose.translation
    np.testing.assert_allclose(moved(box, pose).corners(), expected, atol=1e-9)
    assert moved(box, pose).quaternion[3] >= 0


def answer(unknown: bool) -> Answer:
    top = (Candidate("mug", 0.8), Candidate("bowl", 0.2))
    return Answer(None, top, unknown, 8, "onnxruntime-cpu", "fp32", {}, up=(0.0, 0.0, 1.0))


def test_the_box_of_one_object_stands_upright_around_what_was_measured() -> None:
    corners = np.array(np.meshgrid([0, 0.2], [0, 0.1], [0, 0.3], indexing="ij")).reshape(3, -1).T
    cloud = PointCloud(np.vstack([corners, [[np.nan] * 3]]).astype(np.float32))
    pose = Pose(translation=np.array([1.0, 0, 0]))
    found = of_answer(answer(unknown=False), cloud, pose)
    assert found.box.size == pytest.approx((0.2, 0.1, 0.3))
    assert found.box.center == pytest.approx((1.1, 0.05, 0.15))
    assert found.names == (("mug", 0.8), ("bowl", 0.2))


def test_who_reads_the_best_name_alone_never_takes_the_unknown_for_a_label() -> None:
    cloud = PointCloud(np.random.default_rng(0).random((50, 3), dtype=np.float32))
    assert of_answer(answer(unknown=True), cloud, Pose()).names == (UNKNOWN,)
    assert UNKNOWN == ("unknown", 0.0)
