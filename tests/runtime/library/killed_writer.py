"""A process that writes a library without end, for tests that kill it; its arguments: LIBRARY LEDGER STEP.

Its steps follow from their numbers alone, so that whoever knows how many were done knows what must be there. Before and after
each step it writes the number into the ledger.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cg3d_runtime.library import LibraryWriter
from tests.runtime.library.rows_made import SPACE, rows_of

LEAST = 40  # rows of a library that has an index here
_PERIOD = 7  # steps after which they come in the same order: four additions, two removals, one compaction
_EACH = 6  # rows of an addition


def step(writer: LibraryWriter, number: int) -> None:
    """Do one step."""
    kind = number % _PERIOD
    if kind in (0, 1, 3, 5):
        writer.add(rows_of(added(number), label=[f"step {number}"] * _EACH))
    elif kind in (2, 4):
        writer.remove(f"row-{each:04d}" for each in removed(number))
    else:
        writer.compact()
        writer.refresh_index(LEAST)


def added(number: int) -> list[int]:
    """The rows of an addition: some new, some that are there."""
    start = (number * 4) % 240
    return list(range(start, start + _EACH))


def removed(number: int) -> list[int]:
    """The rows of a removal, of which not all are there."""
    start = (number * 3) % 240
    return list(range(start, start + 5))


def expected(steps: int) -> dict[str, str]:
    """Label by id of every row after so many steps."""
    rows: dict[str, str] = {}
    for number in range(steps):
        kind = number % _PERIOD
        if kind in (0, 1, 3, 5):
            rows.update({f"row-{each:04d}": f"step {number}" for each in added(number)})
        elif kind in (2, 4):
            for each in removed(number):
                rows.pop(f"row-{each:04d}", None)
    return rows


def main(library: Path, ledger: int, start: int) -> None:
    """Go on from a step until the process is killed."""
    with LibraryWriter.open(library, SPACE) as writer:
        for number in range(start, sys.maxsize):
            os.pwrite(ledger, f"{number:>12}".encode(), 0)  # at most this many are done, or one more
            step(writer, number)


if __name__ == "__main__":
    main(Path(sys.argv[1]), os.open(sys.argv[2], os.O_RDWR | os.O_CREAT), int(sys.argv[3]))
