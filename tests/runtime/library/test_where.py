"""Filters mean what a slow reading of them means, and what is none is told in one line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library.columns import column_of
from cg3d_runtime.library.where import parse

TABLE: dict[str, list[Any]] = {
    "size": [0.1, 0.3, math.nan, 2.0],
    "count": [1, 2, 3, 4],
    "label": ["mug", "cup", "", "Mug's"],
    "broken": [True, False, False, True],
}


def met(words: str) -> list[bool]:
    """Which of the four rows meet a filter."""
    found: np.ndarray = parse(words).rows(lambda name: column_of(TABLE[name]))
    return found.tolist()


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("size < 0.3", [1, 0, 0, 0]),
        ("size <= 30 cm", [1, 1, 0, 0]),
        ("size<=300mm", [1, 1, 0, 0]),
        ("size > .2", [0, 1, 0, 1]),
        ("size != 0.1", [0, 1, 0, 1]),
        ("size is missing", [0, 0, 1, 0]),
        ("size is not missing", [1, 1, 0, 1]),
        ("not size < 0.3", [0, 1, 1, 1]),
        ("label == 'mug'", [1, 0, 0, 0]),
        ('label = "mug"', [1, 0, 0, 0]),
        ("label != 'mug'", [0, 1, 0, 1]),
        ("label == 'Mug\\'s'", [0, 0, 0, 1]),
        ("label contains 'MUG'", [1, 0, 0, 1]),
        ("label in ('mug', 'cup')", [1, 1, 0, 0]),
        ("label is missing", [0, 0, 1, 0]),
        ("label < 'd'", [0, 1, 0, 1]),
        ("count in (1, 4)", [1, 0, 0, 1]),
        ("count >= 1e0 AND count < +3", [1, 1, 0, 0]),
        ("broken == true", [1, 0, 0, 1]),
        ("broken = FALSE", [0, 1, 1, 0]),
        ("size < 0.3 or count == 3 and label == 'mug'", [1, 0, 0, 0]),
        ("(size < 0.3 or count == 3) and not label == 'mug'", [0, 0, 1, 0]),
        ("count is missing", [0, 0, 0, 0]),
    ],
)
def test_a_filter_means_what_it_says(words: str, rows: list[int]) -> None:
    assert met(words) == [bool(row) for row in rows]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "an empty filter"),
        ("size <", "at its end, expected a value"),
        ("size < 0.3 and", "at its end, expected a column"),
        ("size < 0.3 label == 'mug'", "at 'label', expected and, or, or the end"),
        ("label == mug", "write a text in quotes: 'mug'"),
        ("(size < 3", "at its end, expected )"),
        ("size ~ 3", "'~ 3' is nothing that a filter is made of"),
        ("label == 'mug", "is nothing that a filter is made of"),
        ("__import__('os').system('true')", "is nothing that a filter is made of"),
        ("open('x')", "at '(', expected =="),
        ("size < 0.3; label", "is nothing that a filter is made of"),
        ("size in ()", "at ')', expected a value"),
        ("size is 3", "at '3', expected missing"),
        ("(" * 60 + "size < 3" + ")" * 60, "more than 50 brackets"),
        ("not " * 60 + "size < 3", "more than 50 brackets"),
        ("x" * 20_000, "20000 characters; 10000 at most"),
        ("label < 3", "column label holds texts"),
        ("size == 'a'", "column size holds numbers"),
        ("size contains 3", "column size holds numbers"),
    ],
)
def test_what_is_no_filter_is_told(words: str, message: str) -> None:
    with pytest.raises(LibraryError) as told:
        met(words)
    assert message in str(told.value) and "\n" not in str(told.value) and len(str(told.value)) < 400


NUMBERS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
ONE = st.tuples(st.sampled_from(["size", "count"]), NUMBERS, st.integers(0, 4)).map(lambda t: f"{t[0]} {t[1]} {t[2]}")
FILTERS = st.recursive(
    ONE,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda each: f"not ({each})"),
    ),
    max_leaves=6,
)


@given(FILTERS)
def test_filters_agree_with_python(words: str) -> None:
    """The filters drawn here are Python, too, but for NaN, of which != holds."""
    wanted = []
    for row in range(4):
        names = {name: values[row] for name, values in TABLE.items()}
        text = words
        if math.isnan(names["size"]):
            names["size"], text = None, _without_size(words)
        wanted.append(bool(eval(text, {}, names)))
    assert met(words) == wanted


def _without_size(words: str) -> str:
    import re

    return re.sub(r"size (<=|>=|==|!=|<|>) \d", "False", words)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_one_line(words: str) -> None:
    try:
        parse(words)
    except LibraryError as error:
        assert "\n" not in str(error)
