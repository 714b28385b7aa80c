"""The index of a large library: a cache, which finds candidates fast; what is found is looked at again, exactly.

It covers segments by the hashes of their content. What it does not cover is searched exactly, and what it covers and is no more
is left out, so an index never decides what is in a library. One that is torn, of another program's making or of segments that
are gone is not used, and is built again by the next writer.

Inverted lists with 4-bit product quantisation, two numbers to a code (faiss, "IVF,PQ256x4fsr" of rows of 512): 140 bytes a row
in memory. Codes of eight numbers, 46 bytes a row, find neighbours of scans as well; but of a text or a picture, to which very
many rows are nearly equally far, only half of the ten best are among their first 500 candidates. Codes are of what a row has
beyond the middle of its list: of the rows themselves they are as good at a million, but at ten million, where rows are nearer
to each other, 95 % of the ten best scans were found, not 99.7 %, however many lists were looked at.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from cg3d_runtime.errors import LibraryError, one_line
from cg3d_runtime.files.atomic import beside, sync_folder, write_atomically
from cg3d_runtime.files.records import record_of
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.library.manifest import INDEX
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.segment import StoredFile, described

FORMAT = 2  # of 1 the codes were of the rows themselves
EXACT_ROWS = 200_000  # up to which every row is looked at: half a second on one core
SECOND_LOOKS = 1000  # candidates that are multiplied exactly, or ten times what is asked for where that is more
GROWTH = 4  # times the rows that it was trained for, after which it is trained again
_TAIL = 0.05  # share of rows that may stay uncovered: they are searched exactly
_TRAINING = 40  # rows for each inverted list
_BLOCK = 1 << 14  # rows added at once
_MOST_LISTS = 1 << 16
_PROBED, _FEWEST_PROBED, _MOST_PROBED = 1 / 8, 64, 256  # inverted lists of which a query sees the rows
_RECORD, _CONTENT = "index.json", "index.faiss"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IndexRecord:
    """What an index covers.

    Attributes:
        segments: SHA-256 of the content of each segment, in the order of their rows in the index.
        rows: with vectors, of each of them.
        trained_for: rows of the library when it was trained.
        content: of the file.
    """

    format: int
    segments: tuple[str, ...]
    rows: tuple[int, ...]
    trained_for: int
    content: StoredFile

    def __post_init__(self) -> None:
        if self.format != FORMAT or len(self.rows) != len(self.segments):
            raise ValueError("of another format")


@dataclass(frozen=True, eq=False)
class Index:
    """An opened index.

    Attributes:
        record: what it covers.
        faiss: the index itself.
    """

    record: IndexRecord
    faiss: Any

    def covered(self) -> dict[str, tuple[int, int]]:
        """The first row and the number of rows of each segment in the index, by the segment's hash."""
        starts = np.cumsum([0, *self.record.rows]).tolist()
        rows = zip(self.record.segments, starts, self.record.rows, strict=False)
        return {sha256: (start, count) for sha256, start, count in rows}

    def candidates(self, queries: np.ndarray, most: int, counting: np.ndarray | None) -> np.ndarray:
        """Rows of the index that are probably the best.

        Args:
            queries: (Q, D) float32, unit rows.
            most: for each query.
            counting: (rows,) bool, which of its rows may be found; None: all.
        Returns:
            (Q, most) int64, -1 where there are no more.
        """
        faiss = _faiss()
        lists = int(self.faiss.nlist)
        probed = max(_FEWEST_PROBED, min(int(lists * _PROBED), _MOST_PROBED))
        options: dict[str, Any] = {"nprobe": min(probed, lists)}
        if counting is not None:
            options["nprobe"] = min(int(probed * len(counting) / max(counting.sum(), 1)), lists)
            bits = np.packbits(counting, bitorder="little")
            options["sel"] = faiss.IDSelectorBitmap(len(counting), faiss.swig_ptr(bits))
        _, rows = self.faiss.search(queries, most, params=faiss.SearchParametersIVF(**options))
        found: np.ndarray = rows
        return found


def open_index(library: Path) -> Index | None:
    """The index of a library, or None where there is none that is whole, or no faiss to read it with."""
    folder = library / INDEX
    try:
        with open_regular(folder / _RECORD) as file:
            record = record_of(json.loads(file.read(1 << 26)), IndexRecord, "the record")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        _log.warning(
            "%s: not used (%s); it is built again when the library is next written", folder, one_line(error, 200)
        )
        return None
    if find_spec("faiss") is None:
        _log.warning(
            '%s: faiss is not installed, so every row is looked at: pip install "cg3d-runtime[search]"', folder
        )
        return None
    try:
        if described(folder / _CONTENT) != record.content:
            raise ValueError("not the bytes that were written")
        return Index(record, _faiss().read_index(str(folder / _CONTENT)))
    except (OSError, ValueError, RuntimeError) as error:
        _log.warning(
            "%s: not used (%s); it is built again when the library is next written", folder, one_line(error, 200)
        )
        return None


def refreshed(library: Path, segments: Sequence[OpenedSegment], least: int = EXACT_ROWS) -> bool:
    """Have an index cover the segments of a library, where there are more than `least` rows; to be called by its writer.

    Returns:
        Whether there is an index now.
    Raises:
        LibraryError: faiss is not installed.
        OSError: it cannot be written.
    """
    rows = sum(segment.record.embedded for segment in segments)
    if rows <= least:
        _remove(library / INDEX)
        return False
    if find_spec("faiss") is None:
        raise LibraryError(
            f'{library}: {rows:,} rows are searched fast with faiss: pip install faiss-cpu (the extra "search"). Without it, '
            "every row is looked at."
        )
    index = open_index(library)
    if index is None or rows > GROWTH * index.record.trained_for:
        index = _trained(segments, rows)
    current = {segment.record.sha256 for segment in segments}
    if not current.issuperset(index.record.segments):
        index.faiss.reset()
        index = Index(IndexRecord(FORMAT, (), (), index.record.trained_for, index.record.content), index.faiss)
    known = set(index.record.segments)
    new = [segment for segment in segments if segment.record.sha256 not in known]
    if known and sum(segment.record.embedded for segment in new) <= _TAIL * rows:
        return True
    for segment in new:
        for block in _floats(segment):
            index.faiss.add(block)
    _store(library / INDEX, index, new)
    return True


def _trained(segments: Sequence[OpenedSegment], rows: int) -> Index:
    """An empty index, trained on rows of all segments alike."""
    lists = min(1 << round(np.log2(sqrt(rows))), _MOST_LISTS, max(rows // _TRAINING, 1))
    dim = segments[0].record.dim
    faiss = _faiss()
    made = faiss.index_factory(dim, f"IVF{lists},PQ{_parts(dim)}x4fsr", faiss.METRIC_INNER_PRODUCT)
    made.train(_training_rows(segments, rows, lists * _TRAINING))
    return Index(IndexRecord(FORMAT, (), (), rows, StoredFile(0, "")), made)


def _training_rows(segments: Sequence[OpenedSegment], rows: int, wanted: int) -> np.ndarray:
    share = min(wanted / rows, 1.0)
    generator = np.random.default_rng(0)
    picked = []
    for segment in segments:
        count = segment.record.embedded
        chosen = np.sort(generator.choice(count, min(count, int(np.ceil(count * share))), replace=False))
        picked.append(segment.vectors[chosen].astype(np.float32))
    return np.concatenate(picked)


def _parts(dim: int) -> int:
    """Into how many a vector is cut for quantisation: of two numbers each, or one where its length is odd."""
    return dim // 2 if dim % 2 == 0 else dim


def _floats(segment: OpenedSegment) -> Iterator[np.ndarray]:
    for start in range(0, segment.record.embedded, _BLOCK):
        yield segment.vectors[start : start + _BLOCK].astype(np.float32)


def _store(folder: Path, index: Index, new: Sequence[OpenedSegment]) -> None:
    """Write the index, and last the record that makes it count."""
    folder.mkdir(exist_ok=True)
    _remove(folder)
    temporary = beside(folder / _CONTENT)
    try:
        _faiss().write_index(index.faiss, str(temporary))
        content = described(temporary)
        temporary.replace(folder / _CONTENT)
    except RuntimeError as error:  # of faiss, on a full disk
        raise OSError(None, one_line(error, 120), str(folder / _CONTENT)) from error
    finally:
        temporary.unlink(missing_ok=True)
    record = IndexRecord(
        FORMAT,
        (*index.record.segments, *(segment.record.sha256 for segment in new)),
        (*index.record.rows, *(segment.record.embedded for segment in new)),
        index.record.trained_for,
        content,
    )
    write_atomically(folder / _RECORD, json.dumps(asdict(record)).encode())
    sync_folder(folder)


def _remove(folder: Path) -> None:
    """Take away an index and what killed writers left of one; its record first."""
    for path in (folder / _RECORD, *folder.glob("*"), *folder.glob(".*")):
        with suppress(OSError):
            path.unlink()


def _faiss() -> Any:
    import faiss  # a tenth of a second, and 66 MB that a robot need not have

    return faiss
