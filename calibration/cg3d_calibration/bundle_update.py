"""Changing what a bundle's manifest says, with the bundle whole and usable at every moment."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from cg3d_runtime.atomic import write_atomically
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError
from cg3d_runtime.manifest import FORMAT, Confidence, FileEntry, Manifest, file_entry, write_manifest
from cg3d_runtime.rivals import ROLE, Rivals


def store_confidence(fitted: Bundle, precision: str, confidence: Confidence, rivals: Rivals | None = None) -> Manifest:
    """Write a confidence, and the rivals that it was fitted with, into a bundle; every other file stays as it is.

    The manifest is read again first, so that what others stored meanwhile is kept, and replaced in one step: a reader, or a
    crash at any moment, finds the old one or the new one.

    Args:
        fitted: the bundle as it was opened when the fit began.
        precision: of the point graph that it was fitted with.
        rivals: None: it was fitted without, and those of an earlier fit go.
    Returns:
        the manifest as it is now on the disk.
    Raises:
        BundleError: a newer format, a bundle that answers differently from the one fitted, or a folder that cannot be written.
    """
    folder = fitted.directory.resolve()
    try:
        # Beside the bundle: inside, an export would take it for something foreign.
        with FileLock(folder.parent / f".{folder.name}.lock"):
            current = Bundle.open(folder)
            _require_same_answers(fitted, current, precision)
            files = {role: entry for role, entry in current.manifest.files.items() if role != ROLE}
            if rivals is not None:
                files[ROLE] = _write_rivals(rivals, folder)
            write_manifest(replace(current.manifest, format=FORMAT, confidence=confidence, files=files), folder)
            _remove_former_rivals(current, files.get(ROLE))
            return Bundle.open(folder).manifest
    except OSError as error:
        raise BundleError(
            f"{folder}: the manifest cannot be written ({error.strerror or error}), so the bundle is as it was. Copy it to a "
            "folder of your own and calibrate it there."
        ) from error


def _write_rivals(rivals: Rivals, folder: Path) -> FileEntry:
    """Under a name made of the content: until the manifest names it, the old rivals stay as they are."""
    content = rivals.to_bytes()
    path = folder / f"rivals.{hashlib.sha256(content).hexdigest()[:12]}.npz"
    write_atomically(path, content)
    return file_entry(path)


def _remove_former_rivals(former: Bundle, kept: FileEntry | None) -> None:
    entry = former.manifest.files.get(ROLE)
    if entry is not None and (kept is None or entry.file != kept.file):
        (former.directory / entry.file).unlink(missing_ok=True)


def _require_same_answers(fitted: Bundle, current: Bundle, precision: str) -> None:
    """Raises: BundleError: the bundles differ in anything that a score depends on."""
    if _answers(fitted, precision) != _answers(current, precision):
        raise BundleError(
            f"{current.directory}: the bundle was replaced while its confidence was fitted, which no longer fits. Run it again."
        )


def _answers(bundle: Bundle, precision: str) -> tuple[object, ...]:
    """All that a score depends on."""
    manifest = bundle.manifest
    graphs = bundle.graph_entry("points", precision), bundle.graph_entry("text")
    return *graphs, manifest.files.get("tokenizer"), manifest.logit_scale, manifest.prepare, manifest.text
