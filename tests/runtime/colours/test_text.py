"""Colours as text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.colours.basic import TERMS
from cg3d_runtime.colours.text import from_text, main_colour, to_text


def shares(**of: float) -> np.ndarray:
    return np.array([of.get(term, 0.0) for term in TERMS])


def test_the_commonest_first() -> None:
    assert to_text(shares(purple=0.42, red=0.57, grey=0.1)) == "red 57 purple 42 grey 10"
    assert to_text(None) == to_text(shares()) == ""


@pytest.mark.parametrize(
    ("colours", "main"),
    [(shares(red=0.57, purple=0.42), "red"), (shares(red=0.2, white=0.24), ""), (shares(), ""), (None, "")],
)
def test_the_main_one(colours: np.ndarray | None, main: str) -> None:
    assert main_colour(colours) == main


@given(st.lists(st.integers(0, 100), min_size=11, max_size=11).filter(any))
def test_it_comes_back(hundredths: list[int]) -> None:
    colours = np.array(hundredths) / 100
    again = from_text(to_text(colours))
    assert again is not None and np.array_equal(again, colours)


@pytest.mark.parametrize("text", ["", "red", "red 57 blue", "crimson 3", "red x", "red -5"])
def test_what_it_never_wrote(text: str) -> None:
    assert from_text(text) is None
