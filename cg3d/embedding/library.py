"""A collection into a library: list, split, embed what is missing, and take the segments in by one commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cg3d.embedding.engines import embed_here, embed_on_ray
from cg3d.embedding.part import Done, Work
from cg3d.embedding.source import Part, list_files, split
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import DataError
from cg3d_runtime.library.segment import read_record
from cg3d_runtime.library.space import Space
from cg3d_runtime.library.writer import LibraryWriter

AROUND = 500  # files of a part: some seconds of work, and a few MB of segment
ROUNDS = 3  # tries of parts that failed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Embedded:
    """What became of a collection.

    Attributes:
        scans, errors: rows of the parts, and how many of them have an error instead of a vector.
        parts, were_there: of the collection, and how many an earlier run had made.
        added: rows that the library did not hold so before.
    """

    scans: int
    errors: int
    parts: int
    were_there: int
    added: int


def segments_folder(out: Path) -> Path:
    """Where the segments of the parts of a library are written: beside it, and kept, for the next run."""
    return out.with_name(f"{out.name}.parts")


def embed_collection(
    source: str,
    out: Path,
    work: Work,
    engine: str,
    actors: int = 1,
    around: int = AROUND,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Embedded:
    """Embed all scans of a collection into a library.

    Args:
        source: see `source`.
        out: the library, made where there is none.
        engine: local or ray.
        tell: called with the parts that are done and the number of all.
    Raises:
        DataError: the collection cannot be listed, or parts cannot be written; what was done is kept for the next run.
        LibraryError: the library is another bundle's, or somebody else writes it.
    """
    space = Space.of(Bundle.open(work.bundle))
    parts = split(list_files(source), around, work.depends(space))
    Path(work.segments).mkdir(parents=True, exist_ok=True)
    done: dict[str, Done] = {}
    for _ in range(ROUNDS):
        missing = [part for part in parts if part.name not in done or done[part.name].fault]
        if not missing:
            break
        for each in _run(missing, work, engine, actors):
            done[each.name] = each
            tell(sum(not found.fault for found in done.values()), len(parts))
    _require_all(parts, done, Path(work.segments))
    with LibraryWriter.open(out, space) as writer:
        added = writer.attach(Path(work.segments), [part.name for part in parts])
    found = done.values()
    return Embedded(
        scans=sum(each.rows for each in found),
        errors=sum(each.errors for each in found),
        parts=len(parts),
        were_there=sum(each.was_there for each in found),
        added=added,
    )


def _run(parts: Sequence[Part], work: Work, engine: str, actors: int) -> Iterator[Done]:
    return embed_on_ray(parts, work, actors) if engine == "ray" else embed_here(parts, work)


def _require_all(parts: Sequence[Part], done: dict[str, Done], folder: Path) -> None:
    """Raises: DataError: a segment is not there."""
    missing = [part.name for part in parts if read_record(folder, part.name) is None]
    if missing:
        fault = next(
            (done[name].fault for name in missing if name in done and done[name].fault), "it was not worked on"
        )
        raise DataError(f"{len(missing)} of {len(parts)} parts are not done ({fault}). Run it again to go on.")
