"""Scan files on their way into a library: those that it does not know yet are embedded and named, in one go."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from cg3d_runtime.colours.text import from_text, main_colour, to_text
from cg3d_runtime.commands.scan_files import is_folder, scans_in
from cg3d_runtime.errors import one_line
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.library.columns import Row, Value
from cg3d_runtime.library.library import Library
from cg3d_runtime.library.lock import LOCK_FILE
from cg3d_runtime.library.manifest import MANIFEST_FILE
from cg3d_runtime.library.rows import (
    COLOUR,
    COLOUR_SHARES,
    ERROR,
    FILE_BYTES,
    LABEL,
    LABEL_SCORE,
    MODIFIED_NS,
    NOTE,
    OWN_KINDS,
    SHA256,
    SIZE,
    Entry,
    Rows,
)
from cg3d_runtime.library.tables import GIVEN, Table
from cg3d_runtime.library.writer import LibraryWriter
from cg3d_runtime.scans.bags import is_bag

if TYPE_CHECKING:
    import numpy as np

    from cg3d_runtime.recognizer import Recognizer
    from cg3d_runtime.scans.upward import AnyUp
    from cg3d_runtime.streams.stream import Outcome

COMMIT_ROWS, COMMIT_S = 2_000, 20.0  # a kill costs no more than these
_ASKED = 256  # files that are looked up at once
_LONGEST_NOTE = 1_000

EMBEDDED, REUSED, RELABELLED, UNCHANGED = "embedded", "reused", "relabelled", "unchanged"
FAILED, CHANGING = "failed", "changing"
_SAME_SCORE = 0.01  # that much the score of a row as it is stored differs from that of the row before it was rounded


def scan_paths(named: Sequence[str]) -> Iterator[str]:
    """The scan files that arguments mean, absolute: files as they are, folders with all below them, libraries left out.

    Raises:
        OSError: a folder cannot be read.
    """
    for name in named:
        absolute = os.path.abspath(name)  # noqa: PTH100 - links are not to be followed
        if is_folder(absolute):
            below = scans_in(Path(absolute), recursive=True, leave=_is_library)
            yield from (str(path) for path in below if not is_bag(path))  # of which each message would be a scan
        else:
            yield absolute


def entry_of(outcome: Outcome, columns: Mapping[str, Value] | None = None, labelled: bool = True) -> Entry:
    """The row of an outcome of `Recognizer.answer_all`, an error included.

    Args:
        columns: the user's own values; `label`, `note`, `size` and `colour` among them stand in for the model's.
        labelled: whether the answer is what the scan is; without, the label is left empty.
    """
    path = outcome.file or ""
    given = dict(columns or {})
    own = {name: given.pop(name) for name in GIVEN if name in given}
    if outcome.error or outcome.embedding is None:
        return Entry(path, None, path, error=one_line(outcome.error or ValueError("no embedding")), columns=given)
    answer = outcome.answer
    named = answer if labelled and answer and not answer.unknown else None
    # Not what its cues say of a label: the scan may be called something else later, and is without labels called nothing.
    remarks = "; ".join(replace(answer, size_note=None, colour_note=None).remarks()) if answer else ""
    return Entry(
        id=path,
        vector=outcome.embedding,
        path=path,
        label=str(own.get(LABEL, named.label if named else "")),
        note=str(own.get(NOTE, remarks[:_LONGEST_NOTE])),
        size=float(own[SIZE]) if SIZE in own else outcome.length,
        label_score=None if named is None or LABEL in own else named.score,
        colour=str(own.get(COLOUR, main_colour(outcome.colours))),
        colour_shares=to_text(outcome.colours),
        columns=given,
    )


@dataclass
class Tally:
    """What became of the files of a run."""

    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    @property
    def done(self) -> int:
        """Files that are dealt with."""
        return sum(self.counts.values())


class Intake:
    """Takes scan files into a library that is being written.

    A file whose size and time of change are as they were is left alone, but for its label, which follows from the row. Else its
    content is hashed: of content that the library knows, under whatever name, the row is taken over. Only the rest is embedded.
    """

    def __init__(
        self,
        writer: LibraryWriter,
        recognizer: Recognizer,
        table: Table | None = None,
        labelled: bool = False,
        retry: bool = False,
        commit_rows: int = COMMIT_ROWS,
    ) -> None:
        """Take scans in by a writer and a recogniser, whose bundle must have made the library.

        Args:
            table: the user's columns.
            labelled: whether the recogniser's labels are what scans are to be called.
            retry: embed files again that had errors, though they have not changed.
            commit_rows: new rows that are committed together.
        """
        self._commit_rows = commit_rows
        self._writer, self._recognizer, self._table = writer, recognizer, table
        self._labelled, self._retry = labelled, retry
        self._known = Library.open(writer.folder)
        self._states: dict[str, _State] = {}
        self._reused: deque[Entry] = deque()  # filled in another thread
        self.tally = Tally()

    def take_in(
        self,
        paths: Iterable[str],
        on: Callable[[Tally, Entry | None], None],
        *,
        up: AnyUp | None = None,
        units: str | None = None,
        workers: int = 0,
        journal: Path | None = None,
    ) -> None:
        """Take in files; rows are committed every 2,000, or 20 seconds, and at the end, also where an exception ends it.

        Args:
            paths: absolute, any number; a list is looked up in pieces, what arrives one by one is not waited for.
            on: told after every file that was embedded, with its entry where it is new.
            up, units, workers, journal: as in `Recognizer.answer_all`.
        """
        pending: list[Entry] = []
        committed = monotonic()
        answered = self._recognizer.answer_all(self._new(paths), up=up, units=units, workers=workers, journal=journal)
        try:
            with closing(answered) as outcomes:
                for outcome in outcomes:
                    entry = self._finished(outcome)
                    if entry:
                        pending.append(entry)
                    on(self.tally, entry)
                    if len(pending) >= self._commit_rows or monotonic() - committed > COMMIT_S:
                        self._commit(pending)
                        committed = monotonic()
        finally:
            self._commit(pending)
            self._known.close()

    def _finished(self, outcome: Outcome) -> Entry | None:
        """The entry of an outcome; None where the file changed while it was read, which the next run deals with."""
        path = outcome.file or ""
        state = self._states.pop(path)
        if state.sha256 and state != replace(_state(path), sha256=state.sha256):
            self.tally.count(CHANGING)
            return None
        entry = entry_of(outcome, self._columns(path), self._labelled)
        self.tally.count(FAILED if entry.error else EMBEDDED)
        return replace(entry, sha256=state.sha256, file_bytes=state.bytes, modified_ns=state.modified_ns)

    def _commit(self, pending: list[Entry]) -> None:
        reused = [self._reused.popleft() for _ in range(len(self._reused))]
        rows = {entry.id: entry for entry in [*reused, *pending]}
        if rows:
            self._writer.add(Rows.of_entries(list(rows.values()), self._writer.manifest.space.dim))
        pending.clear()

    def _new(self, paths: Iterable[str]) -> Iterator[str]:
        """The files that must be embedded; runs in the thread that takes scans."""
        together = _ASKED if isinstance(paths, Sequence) else 1  # what arrives one by one is not waited for
        rest = iter(dict.fromkeys(paths) if isinstance(paths, Sequence) else paths)
        while asked := list(islice(rest, together)):
            known = self._known.get(asked)
            for path in asked:
                if not self._deals_with(path, known.get(path)):
                    yield path

    def _deals_with(self, path: str, row: Row | None) -> bool:
        """Whether nothing has to be embedded for a file."""
        state = _state(path)
        if row and self._retry and row[ERROR]:
            row = None
        if row and state.bytes >= 0 and (row[FILE_BYTES], row[MODIFIED_NS]) == (state.bytes, state.modified_ns):
            return self._keeps(path, row, replace(state, sha256=str(row[SHA256])))
        state = _hashed(path, state)
        self._states[path] = state
        if not state.sha256:
            return False
        if row and row[SHA256] == state.sha256 and not row[ERROR]:
            return self._takes_over(path, str(row["id"]), state)
        same = self._known.of_content([state.sha256])
        return bool(same) and self._takes_over(path, same[state.sha256], state)

    def _keeps(self, path: str, row: Row, state: _State) -> bool:
        """Leave an unchanged file alone, unless the table or the labels say something new of it."""
        if not row[ERROR]:
            told = self._columns(path)
            if any(row.get(name) != value for name, value in told.items()):
                return self._takes_over(path, path, state)
            if self._labelled and LABEL not in told and self._is_named_anew(path, row):
                return self._takes_over(path, path, state, RELABELLED)
        self.tally.count(UNCHANGED)
        return True

    def _takes_over(self, path: str, source: str, state: _State, what: str = REUSED) -> bool:
        """Make a row of one that is there, of the same content."""
        vector, row = self._known.vectors([source]).get(source), self._known.get([source]).get(source)
        if vector is None or row is None:
            return False
        told = self._columns(path)
        named = self._named(vector, row) if self._labelled else {}
        values = {**row, **named, **{name: told[name] for name in GIVEN if name in told}}
        kept = row.items() if source == path else ()
        columns = {name: value for name, value in kept if name not in OWN_KINDS and value is not None}
        self._reused.append(
            Entry(
                id=path,
                vector=vector,
                path=path,
                sha256=state.sha256,
                label=str(values[LABEL] or ""),
                note=str(values[NOTE] or ""),
                size=_number(values[SIZE]),
                label_score=None if LABEL in told else _number(values[LABEL_SCORE]),
                colour=str(values.get(COLOUR) or ""),
                colour_shares=str(values.get(COLOUR_SHARES) or ""),
                file_bytes=state.bytes,
                modified_ns=state.modified_ns,
                columns={**columns, **{name: value for name, value in told.items() if name not in GIVEN}},
            )
        )
        self._states.pop(path, None)
        self.tally.count(what)
        return True

    def _named(self, vector: np.ndarray, row: Row) -> Row:
        """Label and score of a row by the labels of this run; nothing where a table has named it."""
        if row[LABEL] and row[LABEL_SCORE] is None:
            return {}
        found = self._recognizer.name_embedding(
            vector, _number(row[SIZE]), from_text(str(row.get(COLOUR_SHARES) or ""))
        )
        return {LABEL: found and found.label, LABEL_SCORE: found and found.score}

    def _is_named_anew(self, path: str, row: Row) -> bool:
        vector = self._known.vectors([path]).get(path)
        named = {} if vector is None else self._named(vector, row)
        before, now = _number(row[LABEL_SCORE]) or 0.0, _number(named.get(LABEL_SCORE)) or 0.0
        return bool(named) and (named[LABEL] != row[LABEL] or abs(now - before) > _SAME_SCORE)

    def _columns(self, path: str) -> Mapping[str, Value]:
        return self._table.of(path) if self._table else {}


@dataclass(frozen=True)
class _State:
    """A file when it was looked at; -1 and no hash where that could not be."""

    bytes: int = -1
    modified_ns: int = -1
    sha256: str = ""


def _state(path: str) -> _State:
    try:
        status = os.stat(path)  # noqa: PTH116 - of a million paths
    except (OSError, ValueError):
        return _State()
    return _State(status.st_size, status.st_mtime_ns)


def _hashed(path: str, state: _State) -> _State:
    digest = hashlib.sha256()
    try:
        with open_regular(Path(path)) as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except (OSError, ValueError):  # whoever reads the scan says why
        return state
    return replace(state, sha256=digest.hexdigest())


def _number(value: Value | None) -> float | None:
    return None if value is None else float(value)


def _is_library(folder: Path) -> bool:
    return (folder / MANIFEST_FILE).is_file() and (folder / LOCK_FILE).is_file()
