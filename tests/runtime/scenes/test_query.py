"""Queries: what words mean, and which boxes stand in a relation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d_runtime.errors import LabelError
from cg3d_runtime.labels import Label
from cg3d_runtime.scenes.boxes import Box
from cg3d_runtime.scenes.query import RELATIONS, Query, parse
from cg3d_runtime.scenes.relations import fit

VIEW = np.eye(3)  # x to the right, y away, z up


def box(x: float, y: float, z: float, *size: float) -> Box:
    sides = size or (0.1, 0.1, 0.1)
    return Box((x, y, z), (sides[0], sides[1], sides[2]), (0.0, 0.0, 0.0, 1.0))


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("mug", Query("mug")),
        ("The mug", Query("mug")),
        ("the red coffee mug next to my laptop", Query("red coffee mug", None, "next to", ("laptop",))),
        ("a cup beside the plate.", Query("cup", None, "next to", ("plate",))),
        ("the largest box", Query("box", "largest")),
        ("biggest box on the table", Query("box", "largest", "on", ("table",))),
        ("spoon in the bowl", Query("spoon", None, "in", ("bowl",))),
        ("the lamp to the left of the monitor", Query("lamp", None, "left of", ("monitor",))),
        ("the book between the cup and the plate", Query("book", None, "between", ("cup", "plate"))),
        ("the nearest chair in front of the desk", Query("chair", "nearest", "in front of", ("desk",))),
        ("mug that is on the shelf", Query("mug", None, "on", ("shelf",))),
        ("iron and board", Query("iron and board")),
        ("indoor plant", Query("indoor plant")),  # "in" within a word is none
    ],
)
def test_words_are_understood(words: str, query: Query) -> None:
    assert parse(words) == query


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("", "a thing is missing"),
        ("the", "a thing is missing"),
        ("next to the mug", "a thing is missing"),
        ("mug next to", "a thing is missing"),
        ("largest", "a thing is missing"),
        ("book between the cup", '"between" needs two things'),
        ("mug next to the bowl on the table", "more than one relation; ask for one: in front of, next to"),
    ],
)
def test_words_that_cannot_be_understood_are_told(words: str, part: str) -> None:
    with pytest.raises(LabelError) as error:
        parse(words)
    assert part in str(error.value)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_words_are_a_query_or_a_clear_error(words: str) -> None:
    try:
        query = parse(words)
    except LabelError:
        return
    assert all(query.names) and (query.relation is None or query.relation in RELATIONS)


def test_a_thing_is_called_as_the_label_that_it_is_a_phrase_of() -> None:
    labels = [Label("mug", ("mug", "coffee cup")), Label("bowl", ("bowl",))]
    query = parse("the coffee cup next to the sink").called(labels)
    assert query.names == ("mug", "sink")
    assert [label.name for label in query.unlisted(labels)] == ["sink"]


@pytest.mark.parametrize(
    ("relation", "holds", "fails"),
    [
        ("on", box(0, 0, 0.15), box(0.5, 0, 0.15)),
        ("on", box(0, 0, 0.15), box(0, 0, 0.6)),
        ("above", box(0, 0, 0.6), box(0.5, 0, 0.6)),
        ("under", box(0, 0, -0.2), box(0, 0, 0.2)),
        ("below", box(0, 0, -0.2), box(0.5, 0, -0.2)),
        ("in", box(0.01, 0, 0, 0.04, 0.04, 0.04), box(0.2, 0, 0, 0.04, 0.04, 0.04)),
        ("next to", box(0.12, 0, 0), box(0.6, 0, 0)),
        ("near", box(0.25, 0, 0), box(2, 0, 0)),
        ("right of", box(0.3, 0.05, 0), box(-0.3, 0.05, 0)),
        ("left of", box(-0.3, 0.05, 0), box(0.3, 0.05, 0)),
        ("behind", box(0.05, 0.3, 0), box(0.05, -0.3, 0)),
        ("in front of", box(0.05, -0.3, 0), box(0.05, 0.3, 0)),
    ],
)
def test_boxes_stand_in_relations(relation: str, holds: Box, fails: Box) -> None:
    other = [box(0, 0, 0)] if relation != "on" else [box(0, 0, 0, 0.4, 0.4, 0.2)]
    assert fit(relation, holds, other, VIEW) > 0.5
    assert fit(relation, fails, other, VIEW) < 0.25


def test_what_is_between_two_is_not_beyond_them() -> None:
    ends = [box(-0.5, 0, 0), box(0.5, 0, 0)]
    assert fit("between", box(0.1, 0.02, 0), ends, VIEW) > 0.8
    assert fit("between", box(0.8, 0, 0), ends, VIEW) == 0
    assert fit("between", box(0, 0.6, 0), ends, VIEW) < 0.05


@given(st.sampled_from(RELATIONS), st.lists(st.floats(-1, 1), min_size=9, max_size=9), st.floats(0.1, 10))
@settings(max_examples=200, deadline=None)
def test_a_relation_is_a_share_and_does_not_depend_on_the_unit(relation: str, at: list[float], unit: float) -> None:
    def boxes(scale: float) -> list[Box]:
        return [
            box(*(scale * v for v in at[k : k + 3]), *(scale * side for side in (0.3, 0.2, 0.1))) for k in (0, 3, 6)
        ]

    share = fit(relation, boxes(1)[0], boxes(1)[1:], VIEW)
    assert 0 <= share <= 1
    assert fit(relation, boxes(unit)[0], boxes(unit)[1:], VIEW) == pytest.approx(share, abs=1e-6)
