"""The files of a collection, and the parts that they are split into.

A collection is a folder of this machine or a URL that fsspec opens (s3, gs), with all scans below it; or a text file that names
scans, one a line, which web servers need, for they list nothing. A file SHA256SUMS at its top, as sha256sum writes it, says
what the files must be.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

import fsspec

from cg3d.data.addresses import is_remote, without_secrets
from cg3d.embedding.fetching import read_all, state_of
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans import SCAN_SUFFIXES

SUMS = "SHA256SUMS"
MOST_LIST = 1 << 28  # bytes of a list of names, or of SHA256SUMS


@dataclass(frozen=True, order=True)
class SourceFile:
    """One scan of a collection.

    Attributes:
        address: absolute path or URL.
        bytes: its size; -1 where nobody says.
        sha256: what its content must be, or empty.
        state: what changes when its content does: a time, or the tag of an object store; empty where nobody says.
    """

    address: str
    bytes: int = -1
    sha256: str = ""
    state: str = ""


@dataclass(frozen=True)
class Part:
    """Files that become one segment.

    Attributes:
        name: of the segment: a hash of the files and of all that their rows depend on.
        files: in the order of their addresses.
    """

    name: str
    files: tuple[SourceFile, ...]

    def to_json(self) -> str:
        """As it travels to another machine."""
        return json.dumps([self.name, [[file.address, file.bytes, file.sha256, file.state] for file in self.files]])

    @classmethod
    def of_json(cls, text: str) -> Part:
        """What `to_json` gave."""
        name, files = json.loads(text)
        return cls(name, tuple(SourceFile(*file) for file in files))


def list_files(source: str) -> list[SourceFile]:
    """The scans of a collection, by address.

    Raises:
        DataError: it cannot be listed, or holds no scan.
    """
    try:
        files = sorted(_listed(source))
    except DataError:
        raise
    except Exception as error:  # every protocol has errors of its own
        reason = without_secrets(" ".join(str(error).split())) or type(error).__name__
        raise DataError(f"{without_secrets(source)}: cannot be listed ({reason}).") from None
    if not files:
        raise DataError(f"{without_secrets(source)}: holds no scan. Formats: {', '.join(SCAN_SUFFIXES)}.")
    return files


def split(files: Sequence[SourceFile], around: int, of: Iterable[str]) -> list[Part]:
    """Split files into parts of about `around`, four times as many at most.

    A part ends after a file whose address says so, so that a file more or less changes the one part that it lies in.

    Args:
        of: what else the rows depend on, such as the space of the bundle; goes into the names.
    """
    parts: list[list[SourceFile]] = [[]]
    for file in files:
        parts[-1].append(file)
        if len(parts[-1]) >= 4 * around or _ends_a_part(file, around):
            parts.append([])
    depends = list(of)
    return [Part(_name(part, depends), tuple(part)) for part in parts if part]


def _ends_a_part(file: SourceFile, around: int) -> bool:
    return int(hashlib.sha256(file.address.encode("utf-8", "surrogateescape")).hexdigest()[:12], 16) % around == 0


def _name(files: Sequence[SourceFile], depends: Sequence[str]) -> str:
    tree = [depends, [asdict(file) for file in files]]
    return f"part-{hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()[:40]}"


def _listed(source: str) -> Iterator[SourceFile]:
    if not is_remote(source) and Path(source).is_file():
        return _of_list(Path(source).read_bytes()[:MOST_LIST].decode(), os.getcwd())  # noqa: PTH109
    return _of_url(source) if is_remote(source) else _of_folder(Path(source).absolute())


def _of_list(text: str, beside: str) -> Iterator[SourceFile]:
    for name in dict.fromkeys(filter(None, map(str.strip, text.splitlines()))):
        if is_remote(name):
            yield SourceFile(name)
        else:
            yield _local(os.path.abspath(Path(beside, name)))  # noqa: PTH100 - links are not followed


def _of_folder(folder: Path) -> Iterator[SourceFile]:
    sums = _sums((folder / SUMS).read_bytes() if (folder / SUMS).is_file() else b"")
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in names:
            path = Path(place, name)
            if _is_scan(name) and path.is_file():
                inside = path.relative_to(folder).as_posix()
                yield _local(str(path), sums.get(inside, ""))


def _of_url(source: str) -> Iterator[SourceFile]:
    system, top = fsspec.core.url_to_fs(source)
    found = system.find(top, detail=True)
    beside = f"{top.rstrip('/')}/{SUMS}"
    sums = _sums(read_all(system.unstrip_protocol(beside), MOST_LIST)) if beside in found else {}
    for path, about in found.items():
        if _is_scan(PurePosixPath(path).name):
            inside = path.removeprefix(top).lstrip("/")
            size = about.get("size")
            known = -1 if size is None else int(size)
            yield SourceFile(system.unstrip_protocol(path), known, sums.get(inside, ""), state_of(about))


def _local(path: str, sha256: str = "") -> SourceFile:
    """A file of this machine; one that is not there becomes a row that says so."""
    if not Path(path).is_file():
        return SourceFile(path, -1, sha256)
    status = Path(path).stat()
    return SourceFile(path, status.st_size, sha256, str(status.st_mtime_ns))


def _sums(content: bytes) -> dict[str, str]:
    """Hash by name, of lines such as `<64 digits>  chairs/1.ply`."""
    lines = (line.partition(" ") for line in content.decode("utf-8", "replace").splitlines())
    return {name.lstrip(" *").removeprefix("./"): digest.lower() for digest, _, name in lines if len(digest) == 64}


def _is_scan(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SCAN_SUFFIXES and not name.startswith(".")


def _raise(error: OSError) -> None:
    raise error
