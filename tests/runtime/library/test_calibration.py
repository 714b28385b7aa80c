"""Scores that are fitted on rows whose names are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library import Library, LibraryWriter, Rows, Space
from cg3d_runtime.library.calibration import calibrated

DIM, KINDS, EACH = 16, 12, 20
SPACE = Space("tiny", "a" * 64, DIM)


def unit(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def things(spread: float) -> np.ndarray:
    """EACH rows around each of KINDS places."""
    rng = np.random.default_rng(0)
    places = unit(rng.standard_normal((KINDS, DIM)))
    return unit(np.repeat(places, EACH, axis=0) + spread * rng.standard_normal((KINDS * EACH, DIM)))


def words(names: Sequence[str]) -> np.ndarray:
    """The places, moved alike, as texts lie apart from scans."""
    places = unit(things(0.01)[::EACH] + 0.4)
    return places[[int(name.split()[1]) for name in names]]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    names = [f"thing {number // EACH}" for number in range(KINDS * EACH)]
    columns = {"name": names, "weight": list(range(KINDS * EACH)), "one": ["same"] * (KINDS * EACH)}
    with LibraryWriter.open(tmp_path / "library", SPACE) as writer:
        writer.add(Rows.of_arrays(things(0.25), [f"row {number}" for number in range(KINDS * EACH)], columns))
    return tmp_path / "library"


def test_a_threshold_means_the_same_of_texts_and_scans(library: Path) -> None:
    with Library.open(library) as opened:
        scores = calibrated(opened, "name", words)
        assert set(scores) == {"scan", "text"}
        halves = {kind: -offset / slope for kind, (slope, offset) in scores.items()}
        assert abs(halves["scan"] - halves["text"]) > 0.05  # so that one threshold of cosines would not do
        asked = {"text": words([f"thing {n}" for n in range(KINDS)]), "scan": things(0.3)}
        with LibraryWriter.open(library, SPACE) as writer:
            writer.set_scores(scores)
    with Library.open(library) as opened:
        for kind, queries in asked.items():
            hits = [(hit, n) for n, found in enumerate(opened.search(queries, 10, kind=kind)) for hit in found]
            right = np.array([hit.row["name"] == f"thing {n * KINDS // len(queries)}" for hit, n in hits])
            told = np.array([hit.score for hit, _ in hits], float)
            assert abs(right.mean() - told.mean()) < 0.1
            assert told[right].mean() > told[~right].mean()


@pytest.mark.parametrize(
    ("column", "message"),
    [("nothing", "holds no texts"), ("weight", "holds no texts"), ("one", "cannot be fitted: of 2400 hits 2400")],
)
def test_what_cannot_be_fitted_is_told(column: str, message: str, library: Path) -> None:
    with Library.open(library) as opened, pytest.raises(LibraryError, match=message):
        calibrated(opened, column, None)


def test_few_names_are_too_few(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        writer.remove(f"row {number}" for number in range(150))
    with Library.open(library) as opened, pytest.raises(LibraryError, match="90 rows have a name; 100 are needed"):
        calibrated(opened, "name", None)
