"""Lengths as people write them behind a name."""

from __future__ import annotations

from math import log
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.errors import LabelError
from cg3d_runtime.labels import Label, parse_labels
from cg3d_runtime.sizes.length import UsualLength, parse_length, split_length


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("8-14 cm", 0.08, 0.14),
        ("80 - 140mm", 0.08, 0.14),
        ("0.08 to 0.14 m", 0.08, 0.14),
        ("8..14 CM", 0.08, 0.14),
        ("8\u201314 cm", 0.08, 0.14),
        ("43 mm", 0.043 / 1.05, 0.043 * 1.05),
    ],
)
def test_lengths(written: str, low: float, high: float) -> None:
    assert parse_length(written) == pytest.approx((low, high))


@pytest.mark.parametrize(
    "written", ["", "big", "43", "43 inch", "-3 cm", "14-8 cm", "0 mm", "1e9 m", "3,5 cm", "8-14-20 cm"]
)
def test_what_is_no_length_is_refused(written: str) -> None:
    with pytest.raises(LabelError, match=r"behind @ is no length.*golf ball @ 43 mm"):
        parse_length(written)


@given(st.floats(1e-3, 50), st.floats(1.01, 10))
def test_a_range_holds_eight_in_ten(low: float, ratio: float) -> None:
    usual = UsualLength(low, low * ratio)
    of_log = NormalDist(usual.log_mean, usual.log_deviation)
    assert of_log.cdf(log(usual.high)) - of_log.cdf(log(usual.low)) == pytest.approx(0.8, abs=1e-3)


def test_a_label_line_may_state_one() -> None:
    assert parse_labels("golf ball @ 40-46 mm: driving ball; ball\nmug") == [
        Label("golf ball", ("golf ball", "driving ball", "ball"), parse_length("40-46 mm")),
        Label("mug", ("mug",)),
    ]


def test_an_at_sign_inside_a_word_is_a_letter() -> None:
    assert split_length("user@home") == ("user@home", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mug @ big", "labels, line 1: 'big' behind @ is no length in mm, cm, m"),
        (
            "mug @ 8 cm\nmug @ 9 cm",
            "labels, line 2: 'mug' is already on line 1, with another length. Remove one of them",
        ),
        ("@ 8 cm", "begins with a sign"),
    ],
)
def test_odd_lines_are_refused(text: str, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        parse_labels(text)
