"""Columns read back what was written, from a file that is mapped."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime.library.columns import FLAG, NUMBER, TEXT, WHOLE, Column, Numbers, Texts, column_of, joined, stored
from cg3d_runtime.library.lookup import Lookup, text_hashes

WORDS = st.lists(st.text(max_size=8), max_size=40)
REPEATED = st.lists(st.sampled_from(["mug", "bowl", "", "a" * 300, "\udcff.ply"]), max_size=40)


def again(column: Column) -> Column:
    """A column as it comes back from what is stored."""
    arrays = {f"x{part}": np.array(array) for part, array in column.arrays().items()}
    return stored("x", column.kind, arrays)


@given(st.one_of(WORDS, REPEATED))
def test_texts_come_back(texts: list[str]) -> None:
    column = Texts.of(texts)
    back = again(column)
    assert isinstance(back, Texts)
    assert back.values() == texts and [back.value(row) for row in range(len(texts))] == texts


@given(REPEATED, st.data())
def test_rows_of_a_column_are_picked_in_their_order(texts: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=10) if texts else st.just([]))
    assert Texts.of(texts).take(np.array(rows, np.int64)).values() == [texts[row] for row in rows]  # type: ignore[union-attr]


def test_few_texts_are_stored_once_each() -> None:
    assert len(Texts.of(["mug", "bowl"] * 500).data) == len("mugbowl")


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1, 2], WHOLE), ([1, 2.5], NUMBER), ([True, False], FLAG), (["a", 1], TEXT), ([], NUMBER), ([1 << 70], NUMBER)],
)
def test_the_kind_follows_from_the_values(values: list[object], kind: str) -> None:
    column = column_of(values)  # type: ignore[arg-type]
    assert column.kind == kind == again(column).kind


def test_whole_numbers_above_numbers_become_numbers() -> None:
    both = joined([column_of([1, 2]), column_of([0.5])])
    assert isinstance(both, Numbers) and both.kind == NUMBER and both.values.tolist() == [1.0, 2.0, 0.5]


@given(WORDS)
def test_a_lookup_finds_the_last_row_of_a_text(texts: list[str]) -> None:
    column, asked = Texts.of(texts), [*dict.fromkeys([*texts, "not there"])]
    found = Lookup.of(texts).find(column, asked, text_hashes(asked))
    assert found == {text: max(i for i, each in enumerate(texts) if each == text) for text in texts if text}


def test_texts_whose_hashes_are_the_same_are_told_apart() -> None:
    column = Texts.of(["mug", "bowl"])
    same = Lookup(np.zeros(2, np.uint64), np.array([0, 1], np.uint32))
    assert same.find(column, ["bowl"], np.zeros(1, np.uint64)) == {"bowl": 1}


def test_damaged_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="not there as number"):
        stored("x", NUMBER, {"x": np.zeros(3, np.float32)})
    with pytest.raises(ValueError, match="does not hold"):
        stored("x", TEXT, {"x.data": np.zeros(3, np.uint8), "x.ends": np.array([9])})


def test_numpy_reads_the_table_of_a_segment(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive, archive.open("x.npy", "w") as member:
        np.lib.format.write_array(member, np.arange(3))
    assert np.load(io.BytesIO((tmp_path / "a.npz").read_bytes()))["x"].tolist() == [0, 1, 2]
