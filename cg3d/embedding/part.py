"""One part of a collection into one segment of a library, without PyTorch: what an actor on another machine does, too.

The same files, bundle and options give the same bytes, so a part that is done twice is the same part; what is wrong with a scan
is its row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from cg3d.data.addresses import without_secrets
from cg3d.embedding.fetching import read_all
from cg3d.embedding.source import Part, SourceFile
from cg3d_runtime import Recognizer
from cg3d_runtime.errors import Cg3dError, DataError
from cg3d_runtime.library.rows import Entry, Rows
from cg3d_runtime.library.scans import entry_of
from cg3d_runtime.library.segment import read_record, write_segment
from cg3d_runtime.library.space import Space
from cg3d_runtime.scans.received import ReceivedScan


@dataclass(frozen=True)
class Work:
    """What all parts have in common.

    Attributes:
        segments: folder in which segments are written, which all who work on parts share.
        bundle: folder of the model; None: the one that ships.
        backend, threads: see `Recognizer.open`.
        up, units: of the scans, see `Recognizer`.
    """

    segments: str
    bundle: str | None = None
    backend: str = "auto"
    threads: int | None = 1
    up: str | None = None
    units: str | None = None

    def depends(self, space: Space) -> tuple[str, ...]:
        """What rows depend on, beside the files."""
        return space.sha256, str(self.up), str(self.units)


@dataclass(frozen=True)
class Done:
    """What became of a part.

    Attributes:
        rows, errors: in its segment.
        was_there: whether an earlier run had made it.
        fault: why it could not be written, or empty; another run tries it again.
    """

    name: str
    rows: int = 0
    errors: int = 0
    was_there: bool = False
    fault: str = ""


class Embedder:
    """Embeds parts with one opened model."""

    def __init__(self, work: Work) -> None:
        """Open the model.

        Raises:
            Cg3dError: as `Recognizer.open`.
        """
        self._work = work
        self._recognizer = Recognizer.open(
            ["thing"], work.bundle, backend=work.backend, threads=work.threads, unknown=False, spin=False
        )
        self._space = Space.of(self._recognizer.bundle)

    def embed(self, part: Part) -> Done:
        """Make the segment of a part, unless it is there."""
        folder = Path(self._work.segments)
        try:
            if record := read_record(folder, part.name):
                return Done(part.name, record.rows, record.rows - record.embedded, was_there=True)
            entries = self._entries(part)
            record = write_segment(folder, part.name, Rows.of_entries(entries, self._space.dim), self._space)
        except (Cg3dError, OSError) as error:
            return Done(part.name, fault=str(error) or type(error).__name__)
        return Done(part.name, record.rows, record.rows - record.embedded)

    def _entries(self, part: Part) -> list[Entry]:
        """A row a file, by address; a file that cannot be fetched has the error as its row."""
        entries: dict[str, Entry] = {}
        known: list[tuple[SourceFile, str, int]] = []

        def scans() -> Iterator[ReceivedScan]:
            for file in part.files:
                try:
                    content = _content(file)
                except DataError as error:
                    entries[file.address] = _failed(file, str(error))
                    continue
                known.append((file, hashlib.sha256(content).hexdigest(), len(content)))
                yield ReceivedScan(PurePosixPath(file.address.partition("?")[0]).name, content)

        outcomes = self._recognizer.answer_all(scans(), up=self._work.up, units=self._work.units)
        for place, outcome in enumerate(outcomes):
            file, digest, size = known[place]
            shown = without_secrets(file.address)
            entry = replace(entry_of(outcome, labelled=False), id=shown, path=shown, sha256=digest, file_bytes=size)
            entries[file.address] = entry
        return [entries[file.address] for file in part.files]


def _content(file: SourceFile) -> bytes:
    """Raises: DataError: it cannot be fetched, or is not what SHA256SUMS says."""
    content = read_all(file.address)
    if file.sha256 and (found := hashlib.sha256(content).hexdigest()) != file.sha256:
        raise DataError(f"its content has hash {found[:12]}, SHA256SUMS says {file.sha256[:12]}.")
    return content


def _failed(file: SourceFile, error: str) -> Entry:
    shown = without_secrets(file.address)
    return Entry(shown, None, shown, error=f"{shown}: {error}")
