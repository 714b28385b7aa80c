"""The one writer of a library: every change is durable when its method returns, or has not happened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np

from cg3d_runtime._version import __version__
from cg3d_runtime.errors import LibraryError, shortened
from cg3d_runtime.library.columns import TEXT
from cg3d_runtime.library.compaction import groups_to_compact, groups_to_tidy, merged
from cg3d_runtime.library.deletions import write_deleted
from cg3d_runtime.library.index import EXACT_ROWS, refreshed
from cg3d_runtime.library.lock import LOCK_FILE, WriterLock
from cg3d_runtime.library.lookup import text_hashes
from cg3d_runtime.library.manifest import (
    DELETED,
    INDEX,
    SEGMENTS,
    LibraryManifest,
    SegmentEntry,
    empty,
    load_manifest,
    store_manifest,
)
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.rows import ID, Rows
from cg3d_runtime.library.scores import Logistic
from cg3d_runtime.library.segment import (
    SegmentRecord,
    described,
    paths_of,
    read_record,
    write_parts,
    write_record,
    write_segment,
)
from cg3d_runtime.library.segments import has_lost_its_manifest, missing_file, no_library, open_segment, require_space
from cg3d_runtime.library.space import Space
from cg3d_runtime.library.sweeping import sweep

Directory = str | os.PathLike[str]
Masks = dict[int, np.ndarray]  # by number of a segment: (rows,) bool, what is to be deleted


class LibraryWriter:
    """Adds to a library, removes from it and tidies it up, while any number of readers go on.

    with LibraryWriter.open("library", space) as writer:
        writer.add(rows)
    """

    def __init__(self, folder: Path, lock: WriterLock, manifest: LibraryManifest) -> None:
        """Take a locked library; `LibraryWriter.open` is the way to one."""
        self.folder, self._lock, self.manifest = folder, lock, manifest
        self._segments = _opened(folder, manifest)

    @classmethod
    def open(cls, path: Directory, space: Space, *, create: bool = True) -> LibraryWriter:
        """Take the right to write a library.

        Args:
            path: its folder.
            space: that the rows lie in: `Space.of(bundle)`.
            create: make it where there is none.
        Raises:
            LibraryError: another process writes it, it lies in another space, is damaged or cannot be written; or there is
                none and `create` is False, or the folder holds something else.
        """
        folder = Path(path)
        with _told(folder):
            existed = _require_ours(folder, create)
            if not existed:
                folder.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(folder)
            try:
                manifest = _manifest(folder, space)
                require_space(folder, manifest.space, space)
                sweep(folder, manifest)
                return cls(folder, lock, manifest)
            except BaseException:
                lock.release()
                raise

    def __len__(self) -> int:
        """Rows that are not deleted, those with errors included."""
        return sum(segment.living for segment in self._segments)

    def add(self, rows: Rows) -> None:
        """Add rows as one segment; rows of the same ids that were there are deleted.

        Raises:
            LibraryError: a column that holds something else than in the library, vectors of another dimension, or a disk that
                is full; nothing is changed then.
        """
        if not len(rows):
            return
        with _told(self.folder):
            self._require_kinds({name: column.kind for name, column in rows.columns.items()})
            record = write_segment(self.folder / SEGMENTS, self._next_name(), rows, self.manifest.space)
            masks = self._holding(rows.ids)
            self._commit([*self._segments, self._fresh(record)], masks)
        with suppress(OSError):  # no room to put segments together: the rows are in
            self._merge(groups_to_tidy(self._segments))

    def attach(self, folder: Path, names: Sequence[str]) -> int:
        """Take in segments that `write_segment` wrote elsewhere, by one commit; those that are in are left out.

        Args:
            folder: that holds them; its files stay. On the same file system they take no more room.
            names: in this order, of which a later row of the same id replaces an earlier one.
        Returns:
            Number of rows taken in.
        Raises:
            LibraryError: one is not there or not whole, lies in another space, or has columns of other kinds.
        """
        known = {segment.record.sha256 for segment in self._segments}
        segments, count = list(self._segments), self.manifest.next
        masks: Masks = {}
        with _told(self.folder):
            for name in names:
                record = self._checked(folder, name)
                if record.sha256 in known:
                    continue
                known.add(record.sha256)
                opened = self._fresh(self._linked(folder, record, f"seg-{count:06d}"))
                _mark(segments, masks, opened.ids())
                segments.append(opened)
                count += 1
            added = segments[len(self._segments) :]
            if added:
                self._commit(segments, masks, count)
        return sum(segment.record.rows for segment in added)

    def remove(self, ids: Iterable[str]) -> int:
        """Delete the rows of these ids; return how many there were.

        Raises:
            LibraryError: the disk is full; nothing is changed then.
        """
        before = len(self)
        with _told(self.folder):
            masks = self._holding(list(dict.fromkeys(ids)))
            if masks:
                self._commit(self._segments, masks)
        return before - len(self)

    def tidy(self) -> None:
        """Put the small segments that were added last together.

        Raises:
            LibraryError: the disk is full; nothing is changed then.
        """
        with _told(self.folder):
            self._merge(groups_to_tidy(self._segments, many=1))

    def compact(self) -> None:
        """Give back the room of deleted rows, and put small segments together; each step is durable by itself.

        Raises:
            LibraryError: the disk is full; what was done so far holds.
        """
        with _told(self.folder):
            while groups := groups_to_compact(self._segments):
                self._merge(groups[:1])

    def set_scores(self, scores: Mapping[str, Logistic]) -> None:
        """Keep what cosines mean in this library, by kind of query; see `calibration`."""
        with _told(self.folder):
            changed = replace(self.manifest, scores={**self.manifest.scores, **scores})
            store_manifest(self.folder, changed)
            self.manifest = changed

    def refresh_index(self, least: int = EXACT_ROWS) -> bool:
        """Have the index cover what was added, where the library has more than `least` rows; returns whether it has one.

        Raises:
            LibraryError: faiss is not installed, or the disk is full; the library is searched exactly then.
        """
        with _told(self.folder):
            return refreshed(self.folder, self._segments, least)

    def close(self) -> None:
        """Let others write."""
        self._lock.release()

    def __enter__(self) -> LibraryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next_name(self) -> str:
        return f"seg-{self.manifest.next:06d}"

    def _fresh(self, record: SegmentRecord) -> OpenedSegment:
        return OpenedSegment(self.folder / SEGMENTS, record, None)

    def _holding(self, ids: Sequence[str]) -> Masks:
        masks: Masks = {}
        _mark(self._segments, masks, ids)
        return masks

    def _merge(self, groups: Sequence[range]) -> None:
        for group in groups:
            members = self._segments[group.start : group.stop]
            parts = merged(members)
            replacement = []
            if len(parts.columns[ID]):
                record = write_parts(self.folder / SEGMENTS, self._next_name(), parts, self.manifest.space)
                replacement = [self._fresh(record)]
            self._commit([*self._segments[: group.start], *replacement, *self._segments[group.stop :]], {})

    def _commit(self, segments: Sequence[OpenedSegment], masks: Masks, count: int | None = None) -> None:
        """Have these segments, less what masks delete of each, be the library."""
        before = {id(segment): entry for segment, entry in zip(self._segments, self.manifest.segments, strict=True)}
        kept: list[OpenedSegment] = []
        entries: list[SegmentEntry] = []
        for number, segment in enumerate(segments):
            entry = before.get(id(segment)) or SegmentEntry(segment.record, None)
            if number in masks:
                if masks[number].all():
                    continue
                entry = replace(entry, deleted=write_deleted(self.folder, segment.record.name, masks[number]))
                segment = segment.without(masks[number])
            kept.append(segment)
            entries.append(entry)
        manifest = replace(
            self.manifest,
            cg3d_runtime=__version__,
            next=count or self.manifest.next + 1,
            segments=tuple(entries),
        )
        store_manifest(self.folder, manifest)
        self.manifest, self._segments = manifest, kept
        sweep(self.folder, manifest)

    def _require_kinds(self, given: Mapping[str, str]) -> None:
        """Refuse texts where the library has numbers, which no filter could compare."""
        for name, kind in self.manifest.columns.items():
            if name in given and (given[name] == TEXT) != (kind == TEXT):
                raise LibraryError(
                    f"column {name}: {given[name]} given, {kind} in the library; use another name, or give what it holds."
                )

    def _checked(self, folder: Path, name: str) -> SegmentRecord:
        """The record of a segment elsewhere, whose files are as it says."""
        record = read_record(folder, name)
        if record is None:
            raise LibraryError(f"{folder / name}: no whole segment there (.json is written last); write it again.")
        if record.space != self.manifest.space.sha256:
            raise LibraryError(
                f"{folder / name}: embedded in the space {record.space[:12]}; the library's is "
                f"{self.manifest.space.sha256[:12]}, of bundle {self.manifest.space.bundle!r}."
            )
        self._require_kinds(record.columns)
        for path, of in zip(paths_of(folder, name), (record.vectors, record.table), strict=False):
            if described(path) != of:
                raise LibraryError(f"{path}: not the bytes that its record says; write the segment again.")
        return record

    def _linked(self, folder: Path, record: SegmentRecord, name: str) -> SegmentRecord:
        own = replace(record, name=name)
        (self.folder / SEGMENTS).mkdir(exist_ok=True)
        for source, target in zip(
            paths_of(folder, record.name)[:2], paths_of(self.folder / SEGMENTS, name)[:2], strict=True
        ):
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(source)
            except OSError:  # of another file system
                shutil.copyfile(source, target)
        write_record(self.folder / SEGMENTS, own)
        return own


def _mark(segments: Sequence[OpenedSegment], masks: Masks, ids: Sequence[str]) -> None:
    """Mark living rows of these ids as deleted."""
    hashes = text_hashes(ids)
    for number, segment in enumerate(segments):
        rows = np.array(sorted(segment.find(ID, ids, hashes).values()), np.int64)
        deleted = masks.get(number, ~segment.alive)
        if len(rows) and not deleted[rows].all():
            masks[number] = deleted.copy()
            masks[number][rows] = True


def _opened(folder: Path, manifest: LibraryManifest) -> list[OpenedSegment]:
    try:
        return [open_segment(folder, entry) for entry in manifest.segments]
    except FileNotFoundError as error:
        raise missing_file(str(error.filename)) from error


def _manifest(folder: Path, space: Space) -> LibraryManifest:
    try:
        return load_manifest(folder)
    except FileNotFoundError:
        manifest = empty(space)
        store_manifest(folder, manifest)
        return manifest


def _require_ours(folder: Path, create: bool) -> bool:
    """Whether a library is there; a folder of something else is none."""
    try:
        load_manifest(folder)
        return True
    except FileNotFoundError:
        pass
    except LibraryError:
        return True  # a damaged one, which is told once the lock is held
    if not create or has_lost_its_manifest(folder):
        raise no_library(folder)
    if folder.exists() and not folder.is_dir():
        raise LibraryError(f"{shortened(folder)}: is a file; a library is a folder, so name a new or an empty one.")
    ours = {LOCK_FILE, SEGMENTS, DELETED, INDEX}
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if others := [name for name in found if name not in ours and not name.startswith(".")]:
        raise LibraryError(
            f"{shortened(folder)}: holds other files ({shortened(others[0], 60)}) and no library; name a new "
            "or an empty folder."
        )
    return False


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Errors of the system as one line of ours."""
    try:
        yield
    except OSError as error:
        what = shortened(error.filename or folder)
        raise LibraryError(
            f"{what}: cannot be written ({error.strerror or error}). What was committed before is whole."
        ) from error
