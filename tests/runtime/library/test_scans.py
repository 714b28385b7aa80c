"""Scan files into a library: what is new is embedded, what is known is not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import Recognizer
from cg3d_runtime.library import Library, LibraryWriter, Space
from cg3d_runtime.library.scans import Intake, entry_of, scan_paths
from cg3d_runtime.library.tables import read_table

Take = Callable[..., dict[str, int]]


@pytest.fixture
def recognizer(tiny_bundle: Path) -> Iterator[Recognizer]:
    with Recognizer.open(["mug", "bowl"], tiny_bundle, backend="cpu") as opened:
        yield opened


@pytest.fixture
def take(recognizer: Recognizer, tmp_path: Path) -> Take:
    """A function that takes scans into one library and returns what became of them."""

    def take(*scans: Path, table: Path | None = None, labelled: bool = False, retry: bool = False) -> dict[str, int]:
        read = read_table(table) if table else None
        with LibraryWriter.open(tmp_path / "library", Space.of(recognizer.bundle)) as writer:
            intake = Intake(writer, recognizer, read, labelled, retry)
            intake.take_in(scan_paths([str(scan) for scan in scans]), lambda tally, entry: None)
        return intake.tally.counts

    return take


def rows(folder: Path, *names: str) -> list[dict[str, object]]:
    with Library.open(folder / "library") as opened:
        return [dict(row) for row in opened.rows(names or None)]


def test_folders_are_walked_and_libraries_in_them_left_out(
    make_scan: Callable[..., Path], take: Take, tmp_path: Path
) -> None:
    scans = tmp_path / "scans"
    for name in ("b.npy", "in/a.npy", "in/deep/c.npy", ".hidden/d.npy", "in/.e.npy"):
        make_scan(f"scans/{name}")
    assert take(scans) == {"embedded": 3}
    (tmp_path / "library").rename(scans / "library")
    found = list(scan_paths([str(scans)]))
    assert found == [str(scans / name) for name in ("b.npy", "in/a.npy", "in/deep/c.npy")]


def test_a_row_holds_what_the_recogniser_says(
    make_scan: Callable[..., Path], take: Take, recognizer: Recognizer, tmp_path: Path
) -> None:
    scan = make_scan()
    take(scan, labelled=True)
    answer, (row,) = recognizer(scan), rows(tmp_path)
    assert (row["id"], row["path"], row["label"]) == (str(scan), str(scan), answer.label)
    assert row["label_score"] == pytest.approx(answer.score)
    with Library.open(tmp_path / "library") as opened:
        stored = opened.vectors([str(scan)])[str(scan)]
    assert np.array_equal(stored, recognizer.embed([scan])[0].astype(np.float16).astype(np.float32))


def test_a_row_holds_the_colours_of_a_scan_and_is_named_by_them_again(
    make_scan: Callable[..., Path], take: Take, recognizer: Recognizer, tmp_path: Path
) -> None:
    xyz = np.load(make_scan())
    paint = np.repeat(np.float32([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]]), (400, 100), axis=0)
    np.save(tmp_path / "painted.npy", np.hstack([xyz, paint]))
    recognizer.set_labels(["red mug", "blue mug", "bowl"])
    take(tmp_path / "painted.npy", labelled=True)
    (row,) = rows(tmp_path)
    assert (row["colour"], row["colour_shares"]) == ("red", "red 80 blue 20")
    assert take(tmp_path / "painted.npy", labelled=True) == {"unchanged": 1}
    recognizer.set_labels(["red mug", "white mug"])
    assert take(tmp_path / "painted.npy", labelled=True) == {"relabelled": 1}
    assert rows(tmp_path, "label")[0]["label"] == recognizer(tmp_path / "painted.npy").label


def test_notes_say_nothing_of_a_label_that_another_list_replaces(
    make_scan: Callable[..., Path], take: Take, recognizer: Recognizer, tmp_path: Path
) -> None:
    np.save(tmp_path / "painted.npy", np.hstack([np.load(make_scan()), np.full((500, 3), (0.8, 0.1, 0.1), np.float32)]))
    recognizer.set_labels(["red mug"])
    assert recognizer(tmp_path / "painted.npy").colour_note
    take(tmp_path / "painted.npy", labelled=True)
    assert not any("mug" in str(row["note"]) for row in rows(tmp_path))


def test_labels_are_left_empty_unless_they_are_asked_for(
    make_scan: Callable[..., Path], take: Take, tmp_path: Path
) -> None:
    take(make_scan())
    assert rows(tmp_path, "label", "label_score") == [{"label": None, "label_score": None}]


def test_outcomes_of_streams_hold_embedding_and_length(make_scan: Callable[..., Path], recognizer: Recognizer) -> None:
    scan = make_scan()
    (outcome,) = recognizer.answer_all([scan], units="cm")
    assert outcome.embedding is not None and np.array_equal(outcome.embedding, recognizer.embed([scan])[0])
    assert entry_of(outcome).size == outcome.length == pytest.approx(0.01, rel=0.2)


def test_what_has_not_changed_is_not_embedded_again(make_scan: Callable[..., Path], take: Take, tmp_path: Path) -> None:
    one, two = make_scan("one.npy", 1), make_scan("two.npy", 2)
    assert take(one, two) == {"embedded": 2}
    assert take(one, two) == {"unchanged": 2}
    os.utime(one, ns=(1, 1))  # touched: the content is the same
    assert take(one, two) == {"unchanged": 1, "reused": 1}
    assert take(one, two) == {"unchanged": 2}
    make_scan("two.npy", 3)
    assert take(one, two) == {"unchanged": 1, "embedded": 1}
    assert len(rows(tmp_path)) == 2


def test_a_scan_that_moved_is_taken_over(make_scan: Callable[..., Path], take: Take, tmp_path: Path) -> None:
    one = make_scan("one.npy", 1)
    take(one)
    one.rename(tmp_path / "moved.npy")
    assert take(tmp_path / "moved.npy") == {"reused": 1}
    with Library.open(tmp_path / "library") as opened:
        vectors = list(opened.vectors(opened.ids()).values())
    assert len(vectors) == 2 and np.array_equal(vectors[0], vectors[1])


def test_a_broken_scan_is_a_row_with_an_error_until_it_changes(
    make_scan: Callable[..., Path], take: Take, tmp_path: Path
) -> None:
    good, bad = make_scan("good.npy"), tmp_path / "bad.ply"
    bad.write_bytes(b"ply\n")
    assert take(good, bad, tmp_path / "nothing.ply") == {"embedded": 1, "failed": 2}
    assert take(good, bad) == {"unchanged": 2}
    assert take(bad, retry=True) == {"failed": 1}
    by_name = {Path(str(row["path"])).name: row for row in rows(tmp_path)}
    assert "bad.ply" in str(by_name["bad.ply"]["error"]) and "No such file" in str(by_name["nothing.ply"]["error"])
    with Library.open(tmp_path / "library") as opened:
        assert (len(opened), opened.failed) == (1, 2)
        assert [hit.id for hit in opened.search(np.ones(16), 10)[0]] == [str(good)]
        assert opened.ids("error contains 'ply'") == sorted(opened.ids("error is not missing"), key=opened.ids().index)
    make_scan("whole.npy").rename(bad.with_suffix(".npy"))
    assert take(tmp_path / "bad.npy") == {"embedded": 1} or take(tmp_path / "bad.npy") == {"unchanged": 1}


def test_a_table_gives_columns_also_to_what_is_there(
    make_scan: Callable[..., Path], take: Take, tmp_path: Path
) -> None:
    one, two = make_scan("one.npy", 1), make_scan("two.npy", 2)
    table = tmp_path / "known.csv"
    table.write_text("path,label,owner,year\none.npy,teapot,me,1999\n")
    take(one, two)
    assert take(one, two, table=table) == {"unchanged": 1, "reused": 1}
    assert take(one, two, table=table) == {"unchanged": 2}
    by_name = {Path(str(row["path"])).name: row for row in rows(tmp_path)}
    told = by_name["one.npy"]
    assert (told["label"], told["owner"], told["year"]) == ("teapot", "me", 1999.0)
    assert by_name["two.npy"]["owner"] is None


def test_rows_are_committed_also_where_the_scans_end_in_an_error(
    make_scan: Callable[..., Path], recognizer: Recognizer, tmp_path: Path
) -> None:
    def scans() -> Iterator[str]:
        yield str(make_scan("one.npy"))
        raise KeyboardInterrupt

    with (
        LibraryWriter.open(tmp_path / "library", Space.of(recognizer.bundle)) as writer,
        pytest.raises(KeyboardInterrupt),
    ):
        Intake(writer, recognizer).take_in(scans(), lambda tally, entry: None)
    assert len(rows(tmp_path)) <= 1
    with LibraryWriter.open(tmp_path / "library", Space.of(recognizer.bundle)) as writer:
        Intake(writer, recognizer).take_in([str(tmp_path / "one.npy")], lambda tally, entry: None)
    assert len(rows(tmp_path)) == 1


def test_other_labels_name_unchanged_files_without_embedding_them(
    make_scan: Callable[..., Path], take: Take, recognizer: Recognizer, tmp_path: Path
) -> None:
    scans = [make_scan(f"{number}.npy", number) for number in range(6)]
    table = tmp_path / "table.csv"
    table.write_text("path,label,shelf\n0.npy,teapot,7\n")
    take(*scans, table=table)
    with Library.open(tmp_path / "library") as before:
        vectors = before.vectors([str(scan) for scan in scans])
    assert take(*scans, labelled=True) == {"relabelled": 5, "unchanged": 1}
    held = {row["id"]: row for row in rows(tmp_path)}
    assert (held[str(scans[0])]["label"], held[str(scans[0])]["shelf"]) == ("teapot", 7)
    for scan in scans[1:]:
        answer = recognizer(scan)
        assert held[str(scan)]["label"] == answer.label
        assert held[str(scan)]["label_score"] == pytest.approx(answer.score, abs=0.01)
    assert take(*scans, labelled=True) == {"unchanged": 6}
    recognizer.set_labels(["plate"])
    assert take(*scans, labelled=True) == {"relabelled": 5, "unchanged": 1}
    assert take(*scans) == {"unchanged": 6}
    with Library.open(tmp_path / "library") as after:
        assert {name: row.tobytes() for name, row in after.vectors(list(vectors)).items()} == {
            name: row.tobytes() for name, row in vectors.items()
        }


def test_what_was_labelled_when_it_was_embedded_is_not_written_again(
    make_scan: Callable[..., Path], take: Take
) -> None:
    scans = [make_scan(f"{number}.npy", number) for number in range(20)]
    assert take(*scans, labelled=True) == {"embedded": 20}
    assert take(*scans, labelled=True) == {"unchanged": 20}
