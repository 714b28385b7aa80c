"""What colours say of names, and of answers."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime import PointCloud, Recognizer
from cg3d_runtime.colours.basic import TERMS
from cg3d_runtime.colours.evidence import ENOUGH, ODD, Colours, evidence, sentence
from cg3d_runtime.colours.usual import usual_colours


def shares(**of: float) -> np.ndarray:
    return np.array([of.get(term, 0.0) for term in TERMS])


LEMON, ANY = usual_colours([["lemon"], ["thing"]])


def test_usual_colours_say_nothing_and_odd_ones_speak_against() -> None:
    told = [float(evidence(shares(yellow=share), LEMON)) for share in (1.0, ENOUGH, 0.3, 0.1, 0.0)]
    assert told[0] == told[1] == 0
    assert told == sorted(told, reverse=True)
    assert told[-1] == pytest.approx(math.log(ODD))


def test_a_name_of_any_colour_stays_as_it_is() -> None:
    assert evidence(shares(blue=1.0), ANY) == 0 and sentence(shares(blue=1.0), "thing", ANY) is None


@given(st.lists(st.floats(0, 1), min_size=11, max_size=11), st.lists(st.booleans(), min_size=11, max_size=11))
def test_a_slow_reference(colours: list[float], usual: list[bool]) -> None:
    share = sum(part for part, is_usual in zip(colours, usual, strict=True) if is_usual)
    expected = math.log(ODD + (1 - ODD) * min(1.0, share / ENOUGH)) if any(usual) else 0.0
    assert float(evidence(np.array(colours), np.array(usual))) == pytest.approx(expected, abs=1e-9)


def test_labels_and_rivals() -> None:
    both = Colours(usual_colours([["lemon"], ["plum"]]), usual_colours([["orange"]]))
    told = both.of_labels(shares(yellow=0.9, orange=0.2))
    assert told[0] == 0 > told[1]
    assert both.of_rivals(shares(yellow=0.9, orange=0.2))[0] < 0


def test_sentences() -> None:
    assert sentence(shares(yellow=0.8, brown=0.9), "lemon", LEMON) == "yellow fits lemon"
    tennis = usual_colours([["tennis ball"]])[0]
    assert sentence(shares(blue=0.9), "tennis ball", tennis) == (
        "blue is unusual for tennis ball: most are yellow or green"
    )
    dusky = sentence(shares(), "lemon", LEMON)  # what no term fits
    assert dusky is not None and dusky.startswith("its colours are unusual for lemon")


def ball(red: float, green: float, blue: float) -> PointCloud:
    points = np.random.default_rng(0).normal(size=(2000, 3))
    xyz = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    return PointCloud(xyz, np.tile(np.array([red, green, blue], np.float32), (len(xyz), 1)))


YELLOW, ORANGE, PLUM = ball(0.8, 0.68, 0.1), ball(0.85, 0.45, 0.1), ball(0.31, 0.12, 0.16)
FRUIT = ["lemon", "orange", "plum"]


@pytest.mark.parametrize(("scan", "label"), [(YELLOW, "lemon"), (ORANGE, "orange"), (PLUM, "plum")])
def test_round_fruit_is_told_apart_by_colour(scan: PointCloud, label: str) -> None:
    with Recognizer.open(FRUIT) as recognizer, Recognizer.open(FRUIT, colour=False) as shape:
        answer, alone = recognizer(scan), shape(scan)
        assert alone.top == shape(scan.xyz).top == recognizer(scan.xyz).top
    assert answer.label == label and answer.score > alone.score
    assert answer.colour_note is not None and answer.colour_note.endswith(f"fits {label}")
    assert f"colour: {answer.colour_note}" in answer.to_table()
    assert json.loads(answer.to_json())["colour_note"] == answer.colour_note
    assert alone.colour_note is None


def test_a_colour_in_the_label_is_looked_for() -> None:
    asked = [f"{colour} ball" for colour in ("red", "blue", "green", "yellow", "black")]
    with Recognizer.open(asked, unknown=False) as recognizer:
        assert recognizer(YELLOW).label == "yellow ball"
        assert recognizer(ball(0.1, 0.2, 0.7)).label == "blue ball"


def test_the_command(tmp_path: Path) -> None:
    assert YELLOW.rgb is not None
    np.save(tmp_path / "ball.npy", np.hstack([YELLOW.xyz, YELLOW.rgb]))
    words = ["--labels", "red ball,yellow ball", "--no-unknown", "--backend", "cpu", str(tmp_path / "ball.npy")]
    command = [sys.executable, "-m", "cg3d_runtime", *words]
    assert "colour: yellow fits yellow ball" in subprocess.run(command, capture_output=True, text=True).stdout
    assert "colour:" not in subprocess.run([*command, "--no-colour"], capture_output=True, text=True).stdout
