"""All segments of a manifest, opened."""

from __future__ import annotations

from pathlib import Path

from cg3d_runtime.errors import LibraryError, shortened
from cg3d_runtime.library.deletions import read_deleted
from cg3d_runtime.library.manifest import SEGMENTS, LibraryManifest, SegmentEntry, load_manifest
from cg3d_runtime.library.opened import OpenedSegment
from cg3d_runtime.library.space import Space

_TRIES = 20  # for a manifest whose files a writer removes while they are opened


def open_current(folder: Path) -> tuple[LibraryManifest, list[OpenedSegment]]:
    """The manifest of a library and its segments, of one moment, while others may write.

    Raises:
        LibraryError: no library, or a damaged one.
    """
    manifest = existing(folder)
    for _ in range(_TRIES):
        segments, missing = _opened(folder, manifest)
        if missing is None:
            return manifest, segments
        newer = existing(folder)
        if newer == manifest:
            raise missing_file(missing)
        manifest = newer
    raise LibraryError(f"{shortened(folder)}: changed all the time while it was opened; try again.")


def _opened(folder: Path, manifest: LibraryManifest) -> tuple[list[OpenedSegment], str | None]:
    """The segments, and the file that is not there, if one is not."""
    try:
        return [open_segment(folder, entry) for entry in manifest.segments], None
    except FileNotFoundError as error:
        return [], str(error.filename)


def missing_file(name: str) -> LibraryError:
    """What is wrong where a file of the manifest is not there."""
    return LibraryError(f"{shortened(name)}: missing, though the manifest names it. Copy the library again.")


def open_segment(folder: Path, entry: SegmentEntry) -> OpenedSegment:
    """Map one segment.

    Raises:
        FileNotFoundError, LibraryError: as `OpenedSegment`.
    """
    deleted = read_deleted(folder, entry.deleted, entry.record.rows) if entry.deleted else None
    return OpenedSegment(folder / SEGMENTS, entry.record, deleted)


def existing(folder: Path) -> LibraryManifest:
    """The manifest of a library that must be there."""
    try:
        return load_manifest(folder)
    except FileNotFoundError as error:
        raise no_library(folder) from error


def no_library(folder: Path) -> LibraryError:
    """What is wrong where there is no manifest: no library, or one that has lost it."""
    if has_lost_its_manifest(folder):
        return LibraryError(
            f"{shortened(folder)}: holds segments of a library, but its manifest.json is gone. Copy that again from where "
            "the library came from; to begin anew, name another folder."
        )
    return LibraryError(
        f"{shortened(folder)}: no library of scans there. Make one: cg3d-search build {shortened(folder)} SCANS."
    )


def has_lost_its_manifest(folder: Path) -> bool:
    """Whether segments are in a folder without a manifest: no writer leaves them so, also where it is killed."""
    return any((folder / SEGMENTS).glob("*.json"))


def require_space(folder: Path, held: Space, wanted: Space | None) -> None:
    """Refuse a library whose rows another model made.

    Raises:
        LibraryError: it did.
    """
    if wanted is None or held.sha256 == wanted.sha256:
        return
    names = (
        f"{held.bundle!r} and {wanted.bundle!r}"
        if held.bundle != wanted.bundle
        else f"two bundles named {held.bundle!r}"
    )
    raise LibraryError(
        f"{shortened(folder)}: made with bundle {held.bundle!r} ({held.sha256[:12]}), opened with {wanted.bundle!r} "
        f"({wanted.sha256[:12]}): {names} embed differently, so nothing compares. Name the library's bundle with --bundle, "
        "or build another library."
    )
