"""A bundle's directory on disk: there whole, or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import MANIFEST_FILE, FileEntry, Manifest
from cg3d_runtime.bundle.signature import SIGNATURE_FILE
from cg3d_runtime.errors import BundleError

ABANDONED = "writing"  # part of the names of folders that only a killed export leaves behind
_TEMPORARY = re.compile(r"\.(.+)\.[a-z0-9_]{8}")  # of cg3d_runtime.files.atomic, of earlier releases as well


@contextmanager
def bundle_directory(out: Path) -> Iterator[Path]:
    """Give an empty directory to fill, which becomes the bundle `out` in the end; see `replaced_directory`.

    Raises:
        BundleError: `out` holds something that no export wrote, or its parent cannot be written.
    """
    require_replaceable(Path(out).resolve())
    with replaced_directory(out) as folder:
        yield folder


@contextmanager
def replaced_directory(out: Path, what: str = "bundle", option: str = "--out") -> Iterator[Path]:
    """Give an empty directory to fill, which becomes `out` in the end; what is there, the caller has checked.

    It lies beside `out`, and takes its name in one step when the block ends well; when it does not, nothing is left and an
    older directory at `out` stays as it was. What an export that was killed left there is removed once that has succeeded.

    Args:
        what, option: names for the message of an error.
    Raises:
        BundleError: the parent of `out` cannot be written.
        OSError: naming `out`: the disk is full, or failed.
    """
    out = Path(out).resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _locked(out.parent):
            temporary = _folder_beside(out)
            alive = _lock(temporary)
    except OSError as error:
        raise BundleError(
            f"{out}: no {what} can be written there ({error.strerror}). Choose another {option}."
        ) from error
    try:
        yield temporary
        _sync(temporary)
        with _locked(out.parent):
            _take_place(temporary, out)
            _remove_abandoned(out)
    except OSError as error:
        if (
            error.filename is None or temporary in Path(os.fsdecode(error.filename)).parents
        ):  # a full disk names no file
            error.filename = str(out)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(alive)


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
    save: Callable[..., None] = np.savez_compressed  # whose own type takes any name for its option allow_pickle
    save(buffer, **arrays)
    return buffer.getvalue()


def _foreign_entries(out: Path) -> list[str]:
    """Names in `out` that do not belong to the bundle there.

    A file that a killed process left half-written under a temporary name does, and goes with the bundle.
    """
    if not out.is_dir():
        return [f"the file {out.name}"]
    found = {path.name for path in out.iterdir()}
    try:
        own = _own_files(Bundle.open_unverified(out).manifest)
    except BundleError:
        return sorted(found)
    return sorted(name for name in found - own if not _is_half_written(out / name, own))


def _is_half_written(path: Path, own: set[str]) -> bool:
    """Whether a file has the temporary name that `write_atomically` gives to one of a bundle's `own` files."""
    match = _TEMPORARY.fullmatch(path.name)
    return match is not None and match[1] in own and path.is_file() and not path.is_symlink()


def listed_files(manifest: Manifest) -> list[FileEntry]:
    """Every file that a manifest lists."""
    return [*manifest.files.values(), *(entry for graph in manifest.graphs.values() for entry in graph.values())]


def _own_files(manifest: Manifest) -> set[str]:
    return {MANIFEST_FILE, SIGNATURE_FILE, *(entry.file for entry in listed_files(manifest))}


def _folder_beside(out: Path) -> Path:
    folder = out.with_name(f".{out.name}.{ABANDONED}-{os.urandom(4).hex()}")
    folder.mkdir()
    return folder


def _lock(directory: Path) -> int:
    """Lock a directory for as long as the descriptor returned is open: until the process ends, however it ends."""
    descriptor = os.open(directory, os.O_RDONLY)
    with contextlib.suppress(OSError):  # a file system without locks, some NFS: nothing is taken for abandoned there
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep other exports from taking what has just been made, or moved aside, for abandoned."""
    descriptor = _lock(directory)
    try:
        yield
    finally:
        os.close(descriptor)


def _remove_abandoned(out: Path) -> None:
    """Remove the folders that exports to `out` made and were killed over: those that no living process has locked."""
    for path in out.parent.iterdir():
        if path.name.startswith(f".{out.name}.{ABANDONED}-"):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            except OSError:  # alive, or a file system without locks
                continue
            finally:
                os.close(descriptor)


def _sync(directory: Path) -> None:
    """Bring everything in a directory, and the directory itself, to the disk."""
    for path in (*directory.rglob("*"), directory):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _take_place(temporary: Path, out: Path) -> None:
    """Move `temporary` to `out`; a directory there steps aside first, and comes back should the move fail."""
    if not out.exists():
        temporary.replace(out)
        return
    aside = _folder_beside(out)
    out.replace(aside)
    try:
        temporary.replace(out)
    except OSError:
        aside.replace(out)
        raise
    shutil.rmtree(aside)
