"""Changing what a bundle's manifest says, with the bundle whole and usable at every moment."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import RIVALS, Confidence, Manifest, file_entry, write_manifest
from cg3d_runtime.errors import BundleError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.labels.rivals import Rivals


def store_confidence(fitted: Bundle, precision: str, confidence: Confidence, rivals: Rivals | None = None) -> Manifest:
    """Write a confidence, and the rivals that it was fitted with, into a bundle; every other file stays as it is.

    The manifest is read again first, so that what others stored meanwhile is kept, and replaced in one step: whoever opens the
    bundle, or a crash at any moment, finds the old one or the new one, each with its rivals.

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
            current = Bundle.open_unverified(folder)
            _require_same_answers(fitted, current, precision)
            try:
                _store(current.manifest, folder, confidence, rivals)
            finally:
                _remove_unlisted_rivals(folder)
            return Bundle.open_unverified(folder).manifest
    except OSError as error:
        raise BundleError(
            f"{folder}: the manifest cannot be written ({error.strerror or error}), so the bundle is as it was. Copy it to a "
            "folder of your own and calibrate it there."
        ) from error


def _store(manifest: Manifest, folder: Path, confidence: Confidence, rivals: Rivals | None) -> None:
    """Rivals first, under a name made of their content: until the manifest names it, the old ones stay as they are."""
    files = {role: entry for role, entry in manifest.files.items() if role != RIVALS}
    if rivals is not None:
        content = rivals.to_bytes()
        path = folder / f"rivals.{hashlib.sha256(content).hexdigest()[:12]}.npz"
        write_atomically(path, content)
        files[RIVALS] = file_entry(path)
    write_manifest(replace(manifest, confidence=confidence, files=files), folder)


def _remove_unlisted_rivals(folder: Path) -> None:
    """Of an earlier fit, or of one that was cut short."""
    entry = Bundle.open_unverified(folder).manifest.files.get(RIVALS)
    for path in (*folder.glob("rivals.*.npz"), *folder.glob(".rivals.*.npz.*")):
        if entry is None or path.name != entry.file:
            path.unlink(missing_ok=True)


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
