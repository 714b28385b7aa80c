"""Writers killed at random moments: no committed row is lost, none invented, no torn index used, and the next one goes on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cg3d_runtime.library import Library
from cg3d_runtime.library.checking import faults
from cg3d_runtime.library.manifest import MANIFEST_FILE
from tests.runtime.library.killed_writer import LEAST, expected
from tests.runtime.library.rows_made import vectors_of

KILLS = int(os.environ.get("CG3D_KILLS", "15"))
_MOST_S = 0.4  # between the first step of a writer and its end


def killed(library: Path, ledger: Path, start: int, after_s: float) -> int:
    """Start a writer and kill it; returns the step that it was at."""
    ledger.write_bytes(b"")
    command = [sys.executable, "-m", "tests.runtime.library.killed_writer", str(library), str(ledger), str(start)]
    writer = subprocess.Popen(command)
    while not ledger.read_bytes():
        assert writer.poll() is None, "the writer could not go on"
        time.sleep(0.01)
    time.sleep(after_s)
    writer.kill()
    writer.wait()
    return int(ledger.read_bytes())


def held(library: Path) -> dict[str, str]:
    with Library.open(library) as opened:
        return {str(row["id"]): str(row["label"]) for row in opened.rows(("id", "label"))}


def check_search(library: Path, rows: dict[str, str]) -> None:
    """Every fifth row finds itself, by whatever index there is, and nothing that is not there."""
    with Library.open(library) as opened:
        for name in list(rows)[::5]:
            hits = opened.search(vectors_of([int(name[4:])])[0], 10)[0]
            assert hits[0].id == name and {hit.id for hit in hits} <= rows.keys()


@pytest.mark.slow
def test_no_kill_loses_or_invents_a_row(tmp_path: Path) -> None:
    library, ledger = tmp_path / "library", tmp_path / "ledger"
    chance, at, indexed = random.Random(0), 0, 0
    for _ in range(KILLS):
        at = killed(library, ledger, at, chance.uniform(0, _MOST_S))
        if not (library / MANIFEST_FILE).exists():
            continue
        rows = held(library)
        done = next((steps for steps in (at, at + 1) if rows == expected(steps)), None)
        assert done is not None, f"killed at step {at}: {len(rows)} rows are those of no step"
        assert list(faults(library)) == []
        check_search(library, rows)
        with Library.open(library) as opened:
            indexed += opened.index is not None
        at = done
    assert at > KILLS and len(held(library)) > LEAST
