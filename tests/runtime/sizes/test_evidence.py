"""What a length says of names."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.sizes.evidence import BARRED, MEASURING, ODD, Lengths, evidence, sentence, spoken
from cg3d_runtime.sizes.length import UsualLength

GOLF, TENNIS = UsualLength(0.042, 0.044), UsualLength(0.065, 0.068)
NOBODY = (math.nan, math.nan)


def rows(*usual: UsualLength) -> np.ndarray:
    return np.array([(each.log_mean, each.log_deviation) for each in usual])


def test_the_usual_length_says_nothing_and_the_odder_one_speaks_against() -> None:
    mug = rows(UsualLength(0.09, 0.14))[0]
    told = [float(evidence(length, mug)) for length in (math.exp(mug[0]), 0.2, 0.5, 5.0, 500.0)]
    assert told[0] == 0
    assert told == sorted(told, reverse=True)
    assert told[-1] == pytest.approx(math.log(ODD))


def test_balls_of_one_shape_are_told_apart() -> None:
    lengths = Lengths(1.0, rows(GOLF, TENNIS), np.empty((0, 2)))
    assert lengths.of_labels(0.043).argmax() == 0
    assert lengths.of_labels(0.067).argmax() == 1


@given(st.floats(1e-3, 20), st.floats(-6, 3), st.floats(0.01, 2))
def test_a_slow_reference(length: float, mean: float, deviation: float) -> None:
    away = (math.log(length) - mean) ** 2 / (deviation**2 + MEASURING**2)
    expected = math.log(ODD + (1 - ODD) * math.exp(-away / 2))
    assert float(evidence(length, np.array([mean, deviation]))) == pytest.approx(expected, abs=1e-9)


def test_a_thousandfold_length_leaves_all_labels_as_they_were() -> None:
    told = evidence(67.0, rows(GOLF, TENNIS, UsualLength(0.09, 0.14)))
    np.testing.assert_allclose(told, math.log(ODD), atol=0.01)


def test_what_is_far_too_long_is_barred_unless_all_labels_are() -> None:
    bottle, person = UsualLength(0.2, 0.3), UsualLength(1.5, 1.9)
    lengths = Lengths(0.6, rows(bottle, person), np.array([[NOBODY[0], NOBODY[1]], *rows(bottle)]))
    told, rivals = lengths.of_labels(1.7), lengths.of_rivals(1.7)
    assert told[0] < told[1] - BARRED and rivals[0] == 0 and rivals[1] == told[0]
    assert lengths.of_labels(1700.0) == pytest.approx([0.6 * math.log(ODD)] * 2, abs=0.01)


def test_nobody_knows() -> None:
    assert evidence(0.1, np.array([NOBODY])) == [0.0]
    assert sentence(0.1, "thing", np.array(NOBODY)) is None


def test_sentences() -> None:
    tennis = rows(TENNIS)[0]
    assert sentence(0.067, "tennis ball", tennis) == "6.7 cm fits tennis ball"
    assert sentence(0.9, "tennis ball", tennis) == "90 cm is unusual for tennis ball: most are 6.5 cm to 6.8 cm"


@pytest.mark.parametrize(
    ("length", "words"), [(0.0043, "4.3 mm"), (0.043, "4.3 cm"), (0.43, "43 cm"), (1.24, "1.2 m"), (143.2, "143 m")]
)
def test_lengths_as_people_write_them(length: float, words: str) -> None:
    assert spoken(length) == words
