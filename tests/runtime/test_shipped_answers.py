"""The answers of the bundle in the wheel on the example scans, as they were at version 0.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cg3d_runtime import Recognizer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ANSWERS = json.loads(Path(__file__).with_name("shipped_answers.json").read_text())


@pytest.fixture(scope="module")
def recognizer():
    with Recognizer.open(EXAMPLES / "labels.txt", backend="cpu", threads=1) as recognizer:
        yield recognizer


def test_every_example_has_its_answer_here() -> None:
    assert {path.name for path in (EXAMPLES / "scans").iterdir()} == set(ANSWERS)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_shipped_bundle_answers_as_ever(recognizer: Recognizer, name: str) -> None:
    answer, expected = recognizer(EXAMPLES / "scans" / name), ANSWERS[name]
    assert [label for label, _ in answer.top] == list(expected["top"])
    assert dict(answer.top) == pytest.approx(expected["top"], abs=5e-4)  # processors round features differently
    assert (answer.unknown, answer.points) == (expected["unknown"], expected["points"])
