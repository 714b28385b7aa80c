"""manifest.json of a library: which segments count, what is deleted from them, and the space that all of them lie in."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from cg3d_runtime._version import __version__
from cg3d_runtime.errors import LibraryError, one_line, shortened
from cg3d_runtime.files.atomic import sync_folder, write_atomically
from cg3d_runtime.files.records import as_object, record_of, refuse_constant, refuse_twice
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.library.scores import Logistic
from cg3d_runtime.library.segment import SegmentRecord, StoredFile
from cg3d_runtime.library.space import Space

FORMAT = 1
MANIFEST_FILE = "manifest.json"
SEGMENTS, DELETED, INDEX = "segments", "deleted", "index"  # folders
_MOST_BYTES = 1 << 28
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}")


@dataclass(frozen=True)
class NamedFile:
    """A file of a library's folder, and what its bytes must be."""

    file: str
    content: StoredFile
    rows: int  # that are deleted

    def __post_init__(self) -> None:
        if not _FILE.fullmatch(self.file):
            raise ValueError(f"{self.file!r:.80} is no name of a file")


@dataclass(frozen=True)
class SegmentEntry:
    """One segment, and the bitmap of what is deleted from it."""

    record: SegmentRecord
    deleted: NamedFile | None


@dataclass(frozen=True)
class LibraryManifest:
    """The manifest.

    Attributes:
        cg3d_runtime: version that wrote it, to name the runtime that a newer format needs.
        next: number of the next segment.
        scores: slope and offset of what cosines mean, by kind of query, as fitted for this library; see `scores`.
    """

    format: int
    cg3d_runtime: str
    space: Space
    next: int
    segments: tuple[SegmentEntry, ...]
    scores: dict[str, tuple[float, ...]]

    def __post_init__(self) -> None:
        if any(len(parameters) != len(Logistic._fields) for parameters in self.scores.values()):
            raise ValueError("scores must have a slope and an offset each")
        for entry in self.segments:
            if (entry.record.space, entry.record.dim) != (self.space.sha256, self.space.dim):
                raise ValueError(f"segment {entry.record.name} lies in another space than the library")

    @property
    def columns(self) -> dict[str, str]:
        """Kind by name of all columns."""
        return {name: kind for entry in self.segments for name, kind in entry.record.columns.items()}


def empty(space: Space) -> LibraryManifest:
    """The manifest of a library without rows."""
    return LibraryManifest(FORMAT, __version__, space, 1, (), {})


def load_manifest(folder: Path) -> LibraryManifest:
    """Read the manifest of a library.

    Raises:
        FileNotFoundError: there is none.
        LibraryError: it cannot be read, is damaged, or newer than this runtime.
    """
    path = folder / MANIFEST_FILE
    try:
        with open_regular(path) as file:
            text = file.read(_MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(str(path)) from None
    except OSError as error:
        raise LibraryError(f"{shortened(path)}: cannot be read ({error.strerror}).") from error
    try:
        tree = json.loads(text, parse_constant=refuse_constant, object_pairs_hook=refuse_twice)
        _check_format(path, tree)
        return record_of(tree, LibraryManifest, "")
    except (ValueError, RecursionError) as error:
        raise LibraryError(
            f"{shortened(path)}: no manifest of a library of scans ({one_line(error, 200)}). Copy it again from where the "
            "library came from; without it, build the library anew in another folder."
        ) from error


def store_manifest(folder: Path, manifest: LibraryManifest) -> None:
    """Put a manifest in the place of the old one, in one step."""
    write_atomically(folder / MANIFEST_FILE, json.dumps(asdict(manifest), indent=1).encode())
    sync_folder(folder)


def _check_format(path: Path, tree: object) -> None:
    members = as_object(tree, "the manifest")
    number, writer = members.get("format"), members.get("cg3d_runtime")
    if type(number) is not int or number < 1:
        raise ValueError(f"format must be an integer from 1 on, got {number!r:.80}")
    if number > FORMAT:
        raise LibraryError(
            f"{shortened(path)}: format {number}; this runtime, cg3d-runtime {__version__}, reads up to {FORMAT}. It needs "
            f"a newer one, such as that which wrote it: {shortened(writer, 40)}."
        )
