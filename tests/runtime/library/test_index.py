"""The index is a cache: it never decides what is in a library, and what is wrong with it costs time alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.library import Library, LibraryWriter, Rows, Space
from cg3d_runtime.library.index import open_index

pytest.importorskip("faiss", reason='the extra "search" is not installed')
DIM, ROWS, LEAST = 32, 4000, 1000
SPACE = Space("tiny", "a" * 64, DIM)


def clustered(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(7).standard_normal((40, DIM))
    rows = centres[rng.integers(40, size=count)] + 0.5 * rng.standard_normal((count, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def rows_of(start: int, count: int) -> Rows:
    numbers = range(start, start + count)
    columns = {"even": [n % 2 == 0 for n in numbers], "number": list(numbers)}
    return Rows.of_arrays(clustered(count, start), [f"row-{n:05d}" for n in numbers], columns)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Path]:
    with LibraryWriter.open(tmp_path / "library", SPACE) as writer:
        writer.add(rows_of(0, ROWS // 2))
        writer.add(rows_of(ROWS // 2, ROWS // 2))
        assert writer.refresh_index(LEAST)
    return tmp_path / "library"


def recall(folder: Path, where: str | None = None, exact_wanted: bool = False) -> float:
    queries = clustered(30, 999)
    with Library.open(folder) as opened:
        assert (opened.index is None) == exact_wanted
        found, wanted = opened.search(queries, 10, where), opened.search(queries, 10, where, exact=True)
    shared = [len({h.id for h in f} & {h.id for h in w}) / len(w) for f, w in zip(found, wanted, strict=True)]
    return float(np.mean(shared))


def test_it_finds_what_an_exact_search_finds(library: Path) -> None:
    assert recall(library) >= 0.99


@pytest.mark.parametrize("where", ["even == true", "number < 3000", "number >= 3999", "number < 0 or number == 17"])
def test_filters_stay_exact(where: str, library: Path) -> None:
    assert recall(library, where) >= 0.99
    with Library.open(library) as opened:
        met = set(opened.ids(where))
        assert all(hit.id in met for hits in opened.search(clustered(5, 3), 50, where) for hit in hits)


def test_hits_of_an_index_are_told_as_exactly_as_others(library: Path) -> None:
    with Library.open(library) as opened:
        quick, exact = opened.search(clustered(1, 5), 3)[0], opened.search(clustered(1, 5), 3, exact=True)[0]
    assert quick == exact


def test_what_is_added_and_removed_later_is_known_at_once(library: Path) -> None:
    new = clustered(1, 12345)
    with LibraryWriter.open(library, SPACE) as writer:
        writer.add(Rows.of_arrays(new, ["new"], {"even": [True], "number": [9]}))
        with Library.open(library) as opened:
            first, second = opened.search(new, 2)[0]
            assert first.id == "new" and opened.index is not None
        writer.remove(["new", second.id])
        with Library.open(library) as opened:
            assert not {"new", second.id} & {hit.id for hit in opened.search(new, 50)[0]}


def test_few_new_rows_leave_the_index_and_many_extend_it(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        before = open_index(library)
        writer.add(rows_of(50_000, 50))
        writer.refresh_index(LEAST)
        assert before and open_index(library).record == before.record  # type: ignore[union-attr]
        writer.add(rows_of(60_000, 1000))
        writer.refresh_index(LEAST)
        after = open_index(library)
        assert after and sum(after.record.rows) == ROWS + 1050 and after.record.trained_for == ROWS
    assert recall(library) >= 0.99


def test_compaction_and_growth_build_it_anew(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        writer.remove(f"row-{n:05d}" for n in range(500))
        writer.compact()
        assert recall(library) == 1.0  # it covers nothing any more, so that every row is looked at
        writer.refresh_index(LEAST)
        with Library.open(library) as opened:
            assert opened.indexed == ROWS - 500
        assert recall(library) >= 0.99
        writer.add(rows_of(100_000, 4 * ROWS))
        writer.refresh_index(LEAST)
        assert open_index(library).record.trained_for == 5 * ROWS - 500  # type: ignore[union-attr]


@pytest.mark.parametrize("damage", ["cut", "altered", "no record", "foreign record", "torn record", "gone"])
def test_a_damaged_index_is_not_used_and_is_built_again(
    damage: str, library: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record, content = library / "index" / "index.json", library / "index" / "index.faiss"
    whole = content.read_bytes()
    if damage == "cut":
        content.write_bytes(whole[:-1])
    elif damage == "altered":
        content.write_bytes(whole[:5000] + b"\1\2\3" + whole[5003:])
    elif damage == "no record":
        record.unlink()
    elif damage == "foreign record":
        record.write_text('{"made by": "another program"}')
    elif damage == "torn record":
        record.write_bytes(record.read_bytes()[:50])
    else:
        content.unlink()
    with caplog.at_level(logging.WARNING):
        assert recall(library, exact_wanted=True) == 1.0
    assert ("not used" in caplog.text) == (damage != "no record")
    with LibraryWriter.open(library, SPACE) as writer:
        writer.refresh_index(LEAST)
    assert recall(library) >= 0.99


def test_a_library_that_has_become_small_has_none(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        writer.remove(f"row-{n:05d}" for n in range(ROWS - 10))
        writer.compact()
        assert not writer.refresh_index(LEAST)
    assert not list((library / "index").iterdir())
    assert recall(library, exact_wanted=True) == 1.0


def test_an_index_of_another_library_finds_nothing_that_is_not_there(library: Path, tmp_path: Path) -> None:
    with LibraryWriter.open(tmp_path / "second", SPACE) as writer:
        writer.add(rows_of(70_000, 2000))
    (library / "index").rename(tmp_path / "second" / "index")
    with Library.open(tmp_path / "second") as opened:
        assert opened.indexed == 0
        queries = clustered(5, 1)
        assert opened.search(queries, 10) == opened.search(queries, 10, exact=True)
