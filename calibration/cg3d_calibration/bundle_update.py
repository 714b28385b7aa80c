"""Changing what a bundle's manifest says, with the bundle whole and usable at every moment."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import RIVALS, Confidence, Manifest, file_entry, write_manifest
from cg3d_runtime.errors import BundleError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.sizes.usual import SIZES, UsualLengths


def store_confidence(
    fitted: Bundle,
    precision: str,
    confidence: Confidence,
    rivals: Rivals | None = None,
    lengths: UsualLengths | None = None,
) -> Manifest:
    """Write a confidence, and the rivals and usual lengths that go with it, into a bundle; every other file stays as it is.

    The manifest is read again first, so that what others stored meanwhile is kept, and replaced in one step: whoever opens the
    bundle, or a crash at any moment, finds the old one or the new one, each with its rivals and lengths.

    Args:
        fitted: the bundle as it was opened when the fit began.
        precision: of the point graph that it was fitted with.
        rivals, lengths: None: it was fitted without, and those of an earlier fit go.
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
                _store(current.manifest, folder, confidence, {RIVALS: rivals, SIZES: lengths})
            finally:
                _remove_unlisted(folder)
            return Bundle.open_unverified(folder).manifest
    except OSError as error:
        raise BundleError(
            f"{folder}: the manifest cannot be written ({error.strerror or error}), so the bundle is as it was. Copy it to a "
            "folder of your own and calibrate it there."
        ) from error


def _store(
    manifest: Manifest, folder: Path, confidence: Confidence, fitted: Mapping[str, Rivals | UsualLengths | None]
) -> None:
    """Arrays first, under names made of their content: until the manifest names them, the old ones stay as they are."""
    files = {role: entry for role, entry in manifest.files.items() if role not in fitted}
    for role, arrays in fitted.items():
        if arrays is not None:
            content = arrays.to_bytes()
            path = folder / f"{role}.{hashlib.sha256(content).hexdigest()[:12]}.npz"
            write_atomically(path, content)
            files[role] = file_entry(path)
    write_manifest(replace(manifest, confidence=confidence, files=files), folder)


def _remove_unlisted(folder: Path) -> None:
    """Arrays of an earlier fit, or of one that was cut short."""
    listed = {entry.file for entry in Bundle.open_unverified(folder).manifest.files.values()}
    for role in (RIVALS, SIZES):
        for path in (*folder.glob(f"{role}.*.npz"), *folder.glob(f".{role}.*.npz.*")):
            if path.name not in listed:
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
