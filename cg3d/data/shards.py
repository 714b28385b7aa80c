"""Packed training data: WebDataset tar files beside one dataset.json that names them with their hashes.

A shard holds three members a sample, `<id>.points.npy`, `<id>.views.npy` and `<id>.meta.json`, uncompressed, so that local
training maps single arrays from the disk while remote training can stream the file. Equal samples give equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cg3d.data.samples import ObjectInfo, Sample, SampleSpec, labels_of
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.files.regular import open_regular

FORMAT = 1
INDEX = "dataset.json"
# What earlier versions did not write.
UNTOLD: dict[str, Any] = {
    "renderer": "numpy",
    "units": {},
    "colour": {},
    "sets": {},
    "splits": {},
    "licences": {},
    "skipped": {},
    "colourless": {},
    "source_sha256": None,
}
_BLOCK = 512  # bytes of a tar header
_LONGEST_NAME = 2048  # bytes of a tar header that holds one
_MOST_META = 1 << 20  # bytes of what describes one object
_SHARD_NAME = re.compile(r"[\w-][\w.-]*\.tar")  # nothing that leads out of the folder, or to another file in it
MEMBERS = ("points.npy", "views.npy", "meta.json")


def write_shard(path: Path, samples: Iterable[Sample]) -> None:
    """Write the samples to one tar file, whole or not at all."""
    from webdataset import TarWriter

    content = io.BytesIO()
    with TarWriter(content, mtime=0) as tar:
        for sample in samples:
            meta = {**asdict(sample.info), "has_colour": sample.has_colour, "up": "y"}
            tar.write({"__key__": sample.id, **dict(zip(MEMBERS, (sample.points, sample.views, meta), strict=True))})
    write_atomically(path, content.getvalue())


def write_index(
    folder: Path,
    shards: Sequence[Path],
    spec: SampleSpec,
    skipped: Mapping[str, str] | None = None,
    source_sha256: str | None = None,
    colourless: Mapping[str, str] | None = None,
) -> None:
    """Write dataset.json for complete shards: what makes the folder a data set.

    Args:
        skipped: objects that could not be read, by id, each with the reason.
        source_sha256: digest of what was asked for, see `cg3d.data.pack`.
        colourless: objects whose colour could not be read, by id, each with the reason.
    """
    places = [_scan_shard(shard) for shard in shards]
    found = [place for shard in places for place in shard]
    index = {
        "format": FORMAT,
        "count": len(found),
        "up": "y",
        **asdict(spec),
        "units": _counts(place.info.units for place in found),
        "colour": _counts("own" if place.has_colour else "fill" for place in found),
        "sets": _counts(place.info.set or "unknown" for place in found),
        "splits": _counts(place.info.split or "none" for place in found),
        "licences": _counts(place.info.licence for place in found),
        "labels": _counts(place.info.label for place in found),
        "skipped": dict(sorted((skipped or {}).items())),
        "colourless": dict(sorted((colourless or {}).items())),
        "source_sha256": source_sha256,
        "shards": [
            {"file": shard.name, "sha256": file_sha256(shard), "bytes": shard.stat().st_size, "count": len(inside)}
            for shard, inside in zip(shards, places, strict=True)
        ],
    }
    write_atomically(folder / INDEX, (json.dumps(index, indent=1, ensure_ascii=False) + "\n").encode())


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


_Extent = tuple[int, int]  # where a member begins in its file, and its bytes


@dataclass(frozen=True)
class _Place:
    """Location of a sample: its file, and the extents of its arrays in it."""

    info: ObjectInfo
    has_colour: bool
    shard: Path
    points: _Extent
    views: _Extent


class Dataset:
    """A folder of shards, read by number or in order; arrays are mapped from the disk when touched.

    Attributes:
        infos: one ObjectInfo a sample.
        labels: the distinct labels, sorted.
        index: the content of dataset.json.
    """

    def __init__(self, index: dict[str, Any], places: Sequence[_Place]) -> None:
        self.index = index
        self._places = places
        self.infos: Sequence[ObjectInfo] = [place.info for place in places]
        self.labels: Sequence[str] = labels_of(self.infos)

    @classmethod
    def open(cls, folder: str | Path, verify: bool = True) -> Dataset:
        """Open packed data.

        Args:
            folder: the folder with dataset.json.
            verify: compare the hash of every shard first, about a second a gigabyte.
        Raises:
            DataError: no data set there, a newer format, or a shard that is missing, altered or unreadable.
        """
        folder = Path(folder)
        index = read_index(folder)
        places: list[_Place] = []
        for entry in index["shards"]:
            shard = folder / entry["file"]
            if not shard.is_file():
                raise DataError(f"{shard}: shard is missing, {INDEX} lists it. Copy it again or pack again.")
            if verify and file_sha256(shard) != entry["sha256"]:
                raise DataError(f"{shard}: content differs from the hash in {INDEX}. Copy it again or pack again.")
            found = _scan_shard(shard)
            if len(found) != entry["count"]:
                raise DataError(f"{shard}: {len(found)} samples, {INDEX} says {entry['count']}. Copy or pack it again.")
            places += found
        return cls(index, places)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Sample:
        place = self._places[index]
        points = _map_array(place.shard, place.points, np.dtype("<f4"), (None, 6))
        views = _map_array(place.shard, place.views, np.dtype("u1"), (None, None, None, 3))
        return Sample(place.info, points, views, place.has_colour)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))


def read_index(folder: Path) -> dict[str, Any]:
    """The content of dataset.json.

    Raises:
        DataError: missing, no plain file, not JSON, of a newer format, or without its fields.
    """
    try:
        with open_regular(folder / INDEX) as file:
            content = file.read()
    except FileNotFoundError as error:
        raise DataError(f"{folder}: no packed data there, {INDEX} is missing. Run `cg3d data pack` first.") from error
    except OSError as error:
        raise DataError(f"{folder}: no packed data can be read there ({INDEX}: {error.strerror}).") from error
    return parse_index(content, str(folder / INDEX))


def parse_index(content: bytes, where: str) -> dict[str, Any]:
    """Check the bytes of a dataset.json; `where` names it in errors, as in `read_index`."""
    try:
        index: dict[str, Any] = UNTOLD | json.loads(content)
        newer = index["format"] > FORMAT
        entries = [_plain_entry(entry) for entry in index["shards"]]
        complete = {"count", "labels", *asdict(SampleSpec())} <= index.keys() and len(entries) > 0
        outside = [name for name in entries if not _SHARD_NAME.fullmatch(name)]
        _require_counts(index)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DataError(f"{where}: is not the index of packed data ({error}). Pack the data again.") from error
    if newer:
        raise DataError(f"{where}: format {index['format']}, this cg3d reads {FORMAT} at most. Update cg3d.")
    if not complete:
        raise DataError(f"{where}: fields are missing. Pack the data again.")
    if outside:
        raise DataError(f"{where}: shard {outside[0]!r} is not the plain name of a .tar file. Pack the data again.")
    return index


def _plain_entry(entry: Mapping[str, Any]) -> str:
    """The name of a shard, after a look at what else is told of it; the bytes are not told by every earlier version."""
    sizes = [entry["count"], entry.get("bytes", 0)]
    if not all(type(size) is int and size >= 0 for size in sizes) or not isinstance(entry["sha256"], str):
        raise ValueError(f"a shard of count and bytes {sizes}")
    name: str = entry["file"]
    return name


def _require_counts(index: Mapping[str, Any]) -> None:
    for name in ("labels", "units", "colour", "sets", "splits", "licences"):
        counts = index.get(name, {})
        if not isinstance(counts, dict) or not all(type(count) is int for count in counts.values()):
            raise ValueError(f"{name} is no table of counts")
    for name in ("skipped", "colourless"):
        if not isinstance(index[name], dict) or not all(isinstance(why, str) for why in index[name].values()):
            raise ValueError(f"{name} is no table of reasons")


def _scan_shard(shard: Path) -> list[_Place]:
    """Find the samples of a shard by its tar headers and meta.json members."""
    try:
        _require_plain_headers(shard)
        with tarfile.open(shard, "r:") as tar:
            extents = {member.name: (member.offset_data, member.size) for member in tar if member.isreg()}
        return [_place(shard, extents, _meta(shard, extents[name])) for name in extents if name.endswith(MEMBERS[2])]
    except (tarfile.TarError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"{shard}: is not a shard of this format ({reason:.200}). Copy it again or pack again."
        ) from error


def _require_plain_headers(shard: Path) -> None:
    """Refuse the extensions of tar but for long names: tarfile follows what they claim at any cost.

    Raises:
        ValueError: a header of another kind than a plain file's, or one that is none.
    """
    with shard.open("rb") as file:
        while (header := file.read(_BLOCK)) and any(header):
            size = int(header[124:136].strip(b"\0 ") or b"0", 8)
            is_long_name = header[156:157] in (b"x", b"L") and size <= _LONGEST_NAME
            if not (is_long_name or header[156:157] in (b"0", b"\0")):
                raise ValueError("a tar header is no plain file's")
            start = file.tell()
            if is_long_name and b"GNU.sparse" in file.read(size):
                raise ValueError("a tar header is that of a sparse file")
            file.seek(start - (-size // _BLOCK) * _BLOCK)


def _meta(shard: Path, extent: _Extent) -> dict[str, Any]:
    offset, size = extent
    if size > _MOST_META:
        raise ValueError(f"a meta.json of {size:,} bytes")
    with shard.open("rb") as file:
        file.seek(offset)
        meta: dict[str, Any] = json.loads(file.read(size))
    return meta


def _place(shard: Path, extents: dict[str, _Extent], meta: dict[str, Any]) -> _Place:
    has_colour, _ = meta.pop("has_colour"), meta.pop("up")
    info = ObjectInfo(**{**meta, "captions": tuple(meta["captions"])})
    texts = [info.id, info.label, *info.captions, info.licence, info.source, info.set, info.units, info.split]
    if not all(isinstance(text, str) for text in texts) or not info.captions or not isinstance(has_colour, bool):
        raise TypeError("label, captions and what else describes an object must be text")
    return _Place(info, has_colour, shard, *(extents[f"{info.id}.{member}"] for member in MEMBERS[:2]))


def _map_array(path: Path, extent: _Extent, dtype: np.dtype, shape: tuple[int | None, ...]) -> np.ndarray:
    """A .npy inside a larger file, read-only. Its header is a stranger's: only what a sample has is mapped.

    Args:
        shape: the sizes that must hold; None: any.
    Raises:
        DataError: an array of another type or shape, or one that is not all there.
    """
    offset, size = extent
    with path.open("rb") as file:
        file.seek(offset)
        try:
            np.lib.format.read_magic(file)
            found, is_fortran, found_dtype = np.lib.format.read_array_header_1_0(file)
        except Exception as error:  # numpy parses the header as Python source: a damaged one raises anything
            raise DataError(f"{path}: an array in it is damaged ({error}). Copy it again or pack again.") from error
        fits = len(found) == len(shape) and all(b in (None, a) for a, b in zip(found, shape, strict=True))
        whole = file.tell() - offset + math.prod(found) * found_dtype.itemsize == size and min(found, default=0) > 0
        if found_dtype != dtype or is_fortran or not fits or not whole:
            raise DataError(
                f"{path}: an array in it is {found_dtype} of shape {found}, not what a sample has. Pack again."
            )
        return np.memmap(file, dtype, "r", file.tell(), found)


def file_sha256(path: Path) -> str:
    """Digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def data_sha256(data: Path) -> str:
    """Digest of packed data: that of dataset.json, which holds the digests of all shards."""
    return hashlib.sha256((data / INDEX).read_bytes()).hexdigest()
