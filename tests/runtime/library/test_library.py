"""What a library finds is what a slow look at every row finds."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d.evaluation.ranking import rank_gallery
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.bundle import BUNDLE_IN_WHEEL
from cg3d_runtime.errors import Cg3dError, LibraryError
from cg3d_runtime.library import Library, LibraryWriter, Rows, Space
from cg3d_runtime.library.halves import Widener
from cg3d_runtime.library.scores import KINDS, Logistic, fitted, shipped
from tests.runtime.library.rows_made import DIM, SPACE, rows_of, slow_search, vectors_of


def made(folder: Path, segments: list[list[int]], removed: list[int] | None = None) -> Path:
    with LibraryWriter.open(folder, SPACE) as writer:
        for numbers in segments:
            writer.add(rows_of(numbers))
        writer.remove(f"row-{number:04d}" for number in removed or [])
    return folder


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 rows in three segments, some of them removed."""
    folder = tmp_path_factory.mktemp("libraries") / "library"
    return made(folder, [list(range(100)), list(range(100, 250)), list(range(250, 300))], [5, 120, 121])


@settings(max_examples=20)
@given(st.integers(0, 1 << 20), st.integers(1, 320))
def test_hits_are_those_of_a_slow_search(library: Path, seed: int, top: int) -> None:
    query = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
    held = {f"row-{n:04d}": vectors_of([n])[0] for n in range(300) if n not in (5, 120, 121)}
    with Library.open(library) as opened:
        hits = opened.search(query, top)[0]
    assert [hit.id for hit in hits] == slow_search(held, query, top)
    assert all(a.cosine >= b.cosine for a, b in pairwise(hits))


def test_a_filter_is_exact(library: Path) -> None:
    with Library.open(library) as opened:
        hits = opened.search(vectors_of([7])[0], 300, "label == 'kind 2' and size < 2")[0]
    wanted = {f"row-{n:04d}" for n in range(200) if n % 5 == 2}
    assert {hit.id for hit in hits} == wanted and hits[0].id == "row-0007"


def test_equal_rows_come_in_the_order_of_their_ids_wherever_they_lie(tmp_path: Path) -> None:
    names = [f"{letter}{number}" for number in range(40) for letter in "zam"]
    same = np.repeat(vectors_of([1]), len(names), axis=0)
    with LibraryWriter.open(tmp_path / "library", SPACE) as writer:
        for start in range(0, len(names), 17):
            part = names[start : start + 17]
            writer.add(Rows.of_arrays(same[: len(part)], part))
        writer.add(Rows.of_arrays(vectors_of(range(2, 50)), [f"other {n}" for n in range(2, 50)]))
    for query in (vectors_of([1])[0], vectors_of([9])[0] + vectors_of([1])[0]):
        with Library.open(tmp_path / "library") as opened:
            found = [hit.id for hit in opened.search(query, 100)[0] if not hit.id.startswith("other")]
        assert found[:50] == sorted(names)[:50]


def test_many_queries_at_once_find_what_each_finds_alone(library: Path) -> None:
    queries = vectors_of(range(1000, 1070))
    with Library.open(library) as opened:
        together = opened.search(queries, 5)
        assert together == [opened.search(query, 5)[0] for query in queries]


def test_a_library_ranks_as_the_protocol_of_retrieval_does(library: Path) -> None:
    """The same figures from hits as `cg3d eval --retrieval` gets from the matrix of all products."""
    numbers = [n for n in range(300) if n not in (5, 120, 121)]
    gallery, offered = vectors_of(numbers).astype(np.float32), np.array(numbers) % 5
    queries, wanted = vectors_of(range(500, 520)).astype(np.float32), np.arange(20) % 5
    ranking = rank_gallery(queries, gallery, wanted, offered)
    with Library.open(library) as opened:
        found = [
            [hit.row["label"] == f"kind {w}" for hit in hits]
            for hits, w in zip(opened.search(queries, 297), wanted, strict=True)
        ]
    relevant = np.array(found)
    firsts = relevant.argmax(axis=1)
    precision = (relevant * relevant.cumsum(axis=1) / np.arange(1, 298)).sum(axis=1) / relevant.sum(axis=1)
    assert [float((firsts < k).mean()) for k in (1, 5, 10)] == [
        ranking.recall_at_1,
        ranking.recall_at_5,
        ranking.recall_at_10,
    ]
    assert float(precision.mean()) == pytest.approx(ranking.mean_average_precision, abs=1e-9)


@pytest.mark.parametrize(
    ("query", "options", "message"),
    [
        (np.zeros(DIM), {}, "a query has no direction"),
        (np.full(DIM, np.nan), {}, "a query has no direction"),
        (np.ones(DIM + 1), {}, r"queries are \(Q, 16\) here, got \(17,\)"),
        (np.ones(DIM), {"where": "nothing == 1"}, "has no column nothing; it has id"),
        (np.ones(DIM), {"kind": "smell"}, "kind 'smell' is none of text, scan, image"),
        (np.ones(DIM), {"top": 0}, "top must be a whole number from 1 on"),
    ],
)
def test_what_cannot_be_asked_is_told(query: np.ndarray, options: dict, message: str, library: Path) -> None:  # type: ignore[type-arg]
    with Library.open(library) as opened, pytest.raises(Cg3dError, match=message):
        opened.search(query, **options)


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    LibraryWriter.open(tmp_path / "library", SPACE).close()
    with Library.open(tmp_path / "library") as opened:
        assert (len(opened), opened.search(vectors_of([1]), 3)) == (0, [[]])


def test_scores_are_those_that_were_fitted_for_the_library(library: Path) -> None:
    with Library.open(library) as opened:
        assert opened.search(vectors_of([1]))[0][0].score is None
    with LibraryWriter.open(library, SPACE) as writer:
        writer.set_scores({"scan": Logistic(8.0, -6.0)})
    with Library.open(library) as opened:
        hit = opened.search(vectors_of([1]))[0][3]
        assert hit.score == pytest.approx(1 / (1 + np.exp(6 - 8 * hit.cosine)))
        assert opened.search(vectors_of([1]), kind="text")[0][0].score is None


def test_the_model_that_ships_has_scores() -> None:
    """Where this fails the model is a new one: `scripts/bench scores` fits them, see `library.scores`."""
    space = Space.of(Bundle.open(BUNDLE_IN_WHEEL))
    assert set(shipped(space.sha256)) == set(KINDS)


@settings(max_examples=15)
@given(st.floats(2, 30), st.floats(-10, 0), st.integers(0, 1000))
def test_a_fit_finds_the_function_that_hits_were_drawn_by(slope: float, offset: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cosines = rng.uniform(0, 1, 5_000)
    right = rng.random(5_000) < Logistic(slope, offset)(cosines)
    found = fitted(cosines, right)
    if 500 < right.sum() < 4_500:
        assert found and np.allclose(found(cosines), Logistic(slope, offset)(cosines), atol=0.1)


def test_nothing_is_fitted_where_nothing_can_be_told() -> None:
    assert fitted(np.array([0.1, 0.5]), np.array([True, True])) is None
    assert fitted(np.array([0.5, 0.1] * 20), np.array([False, True] * 20)) is None  # the farther, the righter
    separable = fitted(np.linspace(0, 1, 40), np.arange(40) >= 20)
    assert separable and np.isfinite(separable).all()


def test_widened_halves_are_the_same_numbers() -> None:
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)].reshape(-1, 16)
    assert np.array_equal(Widener(len(finite), 16).widened(finite), finite.astype(np.float32))


def test_readers_and_a_writer_side_by_side(tmp_path: Path) -> None:
    """Every reader finds a state that was committed: rows come and go in tens, and any number of tens is one."""
    folder = made(tmp_path / "library", [list(range(10))])
    ended, faults = threading.Event(), []

    def read() -> None:
        while not ended.is_set():
            try:
                with Library.open(folder) as opened:
                    hits = opened.search(vectors_of([3])[0], 1000)[0]
                if len(hits) % 10 or not hits or len({hit.id for hit in hits}) < len(hits):
                    faults.append(f"{len(hits)} hits")
            except LibraryError as error:  # noqa: PERF203
                faults.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    with LibraryWriter.open(folder, SPACE) as writer:
        for step in range(1, 16):
            writer.add(rows_of(range(10 * step, 10 * step + 10)))
            if step % 3 == 0:
                writer.remove(f"row-{number:04d}" for number in range(10 * step - 10, 10 * step))
            if step % 5 == 0:
                writer.compact()
    ended.set()
    for reader in readers:
        reader.join()
    assert faults == []
