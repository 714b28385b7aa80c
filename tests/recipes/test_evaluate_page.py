"""The page on a bundle: what becomes of answers."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "cg3d-mini"
sys.path.insert(0, str(RECIPE))

from evaluate_page import TOP, Source, Told, asked, line_of, place_of, row  # noqa: E402

from cg3d.data.samples import ObjectInfo, Sample  # noqa: E402
from cg3d.data.split import Selection  # noqa: E402
from cg3d_calibration.labelled_scans import SimulatedScan  # noqa: E402
from cg3d_runtime import PointCloud, Recognizer, read_scan  # noqa: E402
from cg3d_runtime.labels import Label  # noqa: E402

MUG = Path(__file__).resolve().parents[2] / "examples" / "scans" / "mug.ply"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.open(["mug", "chair", "guitar", "airplane", "lamp", "sofa"])


def test_a_row_counts_right_and_wrong_answers_apart() -> None:
    told = [Told(0, 1, 0.9, False), Told(0, 0, 0.7, True), Told(3, 3, 0.4, True), Told(TOP, TOP, 0.2, False)]
    figures = row(told, objects=4).split()
    assert figures[0] == "50.0%"
    assert figures[2] == "75.0%"
    assert figures[-4:-1] == ["25.0%", "50.0%", "50.0%"]  # by shape; withheld; told


def test_no_wrong_answer_has_no_share() -> None:
    assert row([Told(0, 0, 1.0, False)], objects=1).split()[-2] == "-"


def test_what_is_asked_is_what_the_runtime_answers(recognizer: Recognizer) -> None:
    cloud = read_scan(MUG)
    answer = recognizer(cloud)
    told = asked(recognizer, SimulatedScan("mug-1", "whole", cloud, np.nan), answer.top[2].label)
    assert told == Told(2, 2, answer.top[0].score, answer.unknown)
    assert place_of(answer, "no label of the list") == TOP


def test_a_scan_that_the_runtime_refuses_counts_for_nothing(recognizer: Recognizer) -> None:
    three = PointCloud(np.eye(3, dtype=np.float32))
    assert asked(recognizer, SimulatedScan("mug-1", "whole", three, np.nan), "mug") is None


def test_a_line_says_what_a_label_says() -> None:
    assert line_of(Label("cup", ("mug", "cup"))) == "cup: mug; cup"


class _Objects:
    """Two clouds and their names."""

    infos = (ObjectInfo("a", "mug", ("mug",)), ObjectInfo("b", "chair", ("chair",)))
    labels = ("mug", "chair")

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Sample:
        raise NotImplementedError


def test_some_objects_keep_their_labels() -> None:
    labels = (Label("mug", ("mug",)), Label("chair", ("chair",)))
    source = Source("all", Selection(_Objects(), [0, 1]), np.array([0, 1]), labels)  # type: ignore[arg-type]
    second = source.of("second", [False, True])
    assert [info.id for info in second.objects.infos] == ["b"]
    assert second.truth.tolist() == [1]
