"""Segments: the same bytes for the same rows, whole or not there, readable by numpy alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library import Entry, Rows, read_record, write_segment
from cg3d_runtime.library.opened import OpenedSegment
from tests.runtime.library.rows_made import DIM, SPACE, rows_of, vectors_of


def test_the_same_rows_give_the_same_bytes_under_any_name(tmp_path: Path) -> None:
    one, two = (
        write_segment(tmp_path, "one", rows_of([1, 2]), SPACE),
        write_segment(tmp_path, "two", rows_of([1, 2]), SPACE),
    )
    assert one.sha256 == two.sha256 != write_segment(tmp_path, "three", rows_of([1, 3]), SPACE).sha256
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_numpy_alone_reads_a_segment(tmp_path: Path) -> None:
    write_segment(tmp_path, "one", rows_of([1, 2]), SPACE)
    assert np.array_equal(np.load(tmp_path / "one.npy"), vectors_of([1, 2]))
    with np.load(tmp_path / "one.npz") as table:
        assert table["size"].tolist() == [0.01, 0.02] and table["id.data"].tobytes() == b"row-0001row-0002"


def test_a_record_is_there_when_the_segment_is(tmp_path: Path) -> None:
    assert read_record(tmp_path, "one") is None
    record = write_segment(tmp_path, "one", rows_of([1, 2]), SPACE)
    assert read_record(tmp_path, "one") == record
    assert (record.rows, record.embedded, record.dim) == (2, 2, DIM)


def test_entries_with_errors_come_last_and_have_no_vectors(tmp_path: Path) -> None:
    entries = [
        Entry("bad.ply", None, error="broken", columns={"batch": 3}),
        Entry("good.ply", vectors_of([1])[0], label="mug", size=0.1, columns={"owner": "me"}),
    ]
    record = write_segment(tmp_path, "one", Rows.of_entries(entries, DIM), SPACE)
    segment = OpenedSegment(tmp_path, record, None)
    assert (record.rows, record.embedded) == (2, 1)
    good, bad = segment.row(0), segment.row(1)
    assert (good["id"], good["label"], good["size"], good["owner"]) == ("good.ply", "mug", 0.1, "me")
    assert (bad["id"], bad["error"], bad["batch"]) == ("bad.ply", "broken", 3.0)
    assert good["batch"] is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rows.of_arrays(np.ones((2, DIM), np.float16), ["a", "b"]), "vector 0 has the length 4"),
        (lambda: Rows.of_arrays(np.full((1, DIM), np.nan, np.float16), ["a"]), "vector 0 has the length nan"),
        (lambda: Rows.of_arrays(vectors_of([1, 2]), ["a", "a"]), "the id a stands twice"),
        (lambda: Rows.of_arrays(vectors_of([1]), [""]), "an id is empty"),
        (lambda: Rows.of_arrays(vectors_of([1]), ["a"], {"x": [1, 2]}), "columns of one length"),
        (lambda: Rows.of_arrays(vectors_of([1]), ["a"], {"two words": [1]}), "is no name of a column"),
        (lambda: Rows.of_arrays(vectors_of([1]), ["a"], {"not": [1]}), "is no name of a column"),
        (lambda: Rows.of_arrays(vectors_of([1]), ["a"], {"label": [1]}), "column label is whole"),
        (
            lambda: Rows.of_entries([Entry("a", vectors_of([1])[0][:8])], DIM),
            "vectors of 16 numbers are expected, got 8",
        ),
    ],
)
def test_rows_that_cannot_be_are_refused(make: object, message: str) -> None:
    with pytest.raises(LibraryError, match=message):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a.b", "x" * 101])
def test_a_name_that_leads_elsewhere_is_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="is no name of a segment"):
        write_segment(tmp_path, name, rows_of([1]), SPACE)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 1, "format": 1}'])
def test_a_damaged_record_is_told(content: bytes, tmp_path: Path) -> None:
    write_segment(tmp_path, "one", rows_of([1]), SPACE)
    (tmp_path / "one.json").write_bytes(content)
    with pytest.raises(LibraryError, match="no record of a segment"):
        read_record(tmp_path, "one")
