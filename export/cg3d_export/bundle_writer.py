"""A bundle's directory on disk: there whole, or not at all."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError
from cg3d_runtime.manifest import MANIFEST_FILE, Manifest


@contextmanager
def bundle_directory(out: Path) -> Iterator[Path]:
    """Give an empty directory to fill, which becomes `out` in the end.

    It lies beside `out`, and takes its name in one step when the block ends well; when it does not, nothing is left and an
    older bundle at `out` stays as it was.

    Raises:
        BundleError: `out` holds something that no export wrote, or its parent cannot be written.
    """
    out = Path(out).resolve()
    require_replaceable(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise BundleError(f"{out}: no bundle can be written there ({error.strerror}). Choose another --out.") from error
    try:
        yield temporary
        _sync(temporary)
        temporary.chmod(0o755)
        _take_place(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def require_replaceable(out: Path) -> None:
    """Check that writing to `out` destroys nothing but an older bundle.

    Raises:
        BundleError: a file, or a directory with anything in it that its manifest does not list.
    """
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.exists() and (foreign := _foreign_entries(out)):
        raise BundleError(
            f"{out} exists and holds what no export wrote ({foreign[0]}), so it is not replaced. "
            "Choose another --out, or remove it first."
        )


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The content of a compressed .npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _foreign_entries(out: Path) -> list[str]:
    """Names in `out` that do not belong to the bundle there."""
    if not out.is_dir():
        return [f"the file {out.name}"]
    found = {path.name for path in out.iterdir()}
    try:
        return sorted(found - _own_files(Bundle.open(out).manifest))
    except BundleError:
        return sorted(found)


def _own_files(manifest: Manifest) -> set[str]:
    entries = [*manifest.files.values(), *(entry for graph in manifest.graphs.values() for entry in graph.values())]
    return {MANIFEST_FILE, *(entry.file for entry in entries)}


def _sync(directory: Path) -> None:
    """Bring every file of a directory, and the directory itself, to the disk."""
    for path in (*directory.iterdir(), directory):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _take_place(temporary: Path, out: Path) -> None:
    """Move `temporary` to `out`; a bundle there steps aside first, and comes back should the move fail."""
    if not out.exists():
        temporary.replace(out)
        return
    aside = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    out.replace(aside)
    try:
        temporary.replace(out)
    except OSError:
        aside.replace(out)
        raise
    shutil.rmtree(aside)
