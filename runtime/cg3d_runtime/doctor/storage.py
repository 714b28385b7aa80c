"""The bundle and the caches on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.signature import SIGNATURE_FILE, Signature
from cg3d_runtime.errors import BundleError
from cg3d_runtime.files.cache_directory import cache_directory


@dataclass(frozen=True)
class BundleState:
    """A bundle as it lies on disk.

    Attributes:
        precisions: graph -> the precisions it is held in.
        faults: one line for each file that is not what the manifest promises; none means whole.
        signed_by: the id of the key that manifest.sig names, which proves nothing yet; None for an unsigned bundle.
        signature_proven: whether the key asked for really signed it; None where no key was given.
    """

    name: str
    directory: str
    bytes: int
    precisions: dict[str, list[str]]
    faults: list[str]
    signed_by: str | None
    signature_proven: bool | None


@dataclass(frozen=True)
class CacheState:
    """A cache directory: where, how many files of how many bytes."""

    directory: str | None
    files: int
    bytes: int


def inspect_bundle(bundle: Bundle, public_key: Path | None = None) -> BundleState:
    """Read every file of a bundle and check it against the manifest."""
    entries = [entry for held in bundle.manifest.graphs.values() for entry in held.values()]
    entries += bundle.manifest.files.values()
    checks = [partial(bundle.read, entry) for entry in entries]
    unsigned = _fault(partial(Bundle.open, bundle.directory, public_key)) if public_key else None
    return BundleState(
        name=bundle.manifest.name,
        directory=str(bundle.directory),
        bytes=sum(entry.bytes for entry in entries),
        precisions={graph: list(held) for graph, held in bundle.manifest.graphs.items()},
        faults=[fault for fault in (*map(_fault, checks), unsigned) if fault],
        signed_by=_signer(bundle.directory / SIGNATURE_FILE),
        signature_proven=None if public_key is None else unsigned is None,
    )


def inspect_caches() -> dict[str, CacheState]:
    """The label cache and the engine cache of this user."""
    try:
        directory = cache_directory()
    except RuntimeError:  # a user without a home
        return {name: CacheState(None, 0, 0) for name in ("labels", "engines")}
    return {name: _cache(directory / name) for name in ("labels", "engines")}


def _fault(check: Callable[[], object]) -> str | None:
    """What a check finds wrong."""
    try:
        check()
    except BundleError as error:
        return str(error)
    return None


def _signer(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return Signature.from_line(file.read(4096)).key_id
    except (OSError, ValueError):
        return None


def _cache(directory: Path) -> CacheState:
    sizes = [path.stat().st_size for path in directory.glob("*") if path.is_file()] if directory.is_dir() else []
    return CacheState(str(directory), len(sizes), sum(sizes))
