"""Files of a library that no manifest names any more: of killed writers, and of what was merged or deleted."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cg3d_runtime.library.manifest import DELETED, SEGMENTS, LibraryManifest
from cg3d_runtime.library.segment import paths_of


def sweep(library: Path, manifest: LibraryManifest) -> None:
    """Remove what is not named; to be called with the lock held. Readers keep what they have opened."""
    named = {path for entry in manifest.segments for path in paths_of(library / SEGMENTS, entry.record.name)}
    named |= {library / DELETED / entry.deleted.file for entry in manifest.segments if entry.deleted}
    for pattern in (
        f"{SEGMENTS}/*",
        f"{SEGMENTS}/.*",
        f"{DELETED}/*",
        f"{DELETED}/.*",
        "background-*",
        ".background-*",
        ".manifest.json.*",
    ):
        for path in library.glob(pattern):
            if path not in named:
                with suppress(OSError):  # in use, where a system keeps such files
                    path.unlink()
