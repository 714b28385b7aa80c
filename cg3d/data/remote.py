"""Packed data that lies elsewhere: fetched once, shard by shard, into the user's cache.

A location is anything that fsspec opens: https://, s3://, gs://, or a folder of this machine. What has been fetched is
checked against the hashes of dataset.json; a fetch that was stopped goes on with the shards that are missing.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import fsspec
from filelock import FileLock

from cg3d.data.shards import INDEX, file_sha256, parse_index
from cg3d_runtime.atomic import write_atomically
from cg3d_runtime.errors import DataError
from cg3d_runtime.label_cache import cache_directory

log = logging.getLogger(__name__)

AT_ONCE = 4  # shards that are fetched at the same time

Progress = Callable[[int, int], None]  # shards there, shards in all


def is_remote(location: str | Path) -> bool:
    """Whether a location is a URL, such as s3://bucket/data."""
    return "://" in str(location)


def local_copy(location: str | Path, progress: Progress = lambda done, total: None) -> Path:
    """The folder of packed data at a location, fetched first where it is remote.

    Without a connection, a complete copy that was fetched earlier serves.

    Args:
        location: a folder, or a URL of one.
        progress: called with the number of shards that are there and the number of all.
    Raises:
        DataError: the location cannot be read, or a shard is not what dataset.json says.
    """
    if not is_remote(location):
        return Path(location)
    url = str(location).rstrip("/")
    folder = cache_directory() / "data" / f"{url.rsplit('/', 1)[-1]}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):  # the processes of a training run ask at the same time
        _fetch(url, folder, progress)
    return folder


def _fetch(url: str, folder: Path, progress: Progress) -> None:
    known = (folder / INDEX).read_bytes() if (folder / INDEX).exists() else None
    try:
        content = _read(f"{url}/{INDEX}")
    except DataError as error:
        if known is None:
            raise
        log.warning("%s What was fetched from there before is used.", error)
        return
    shards = parse_index(content, f"{url}/{INDEX}")["shards"]
    if content == known and all(_is_there(folder / entry["file"], entry) for entry in shards):
        return
    (folder / INDEX).unlink(missing_ok=True)  # it belongs to other shards
    for file in folder.glob("*.tar"):
        if file.name not in {entry["file"] for entry in shards}:
            file.unlink()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        fetched = [pool.submit(_fetch_shard, url, folder, entry["file"], entry["sha256"]) for entry in shards]
        try:
            for done, each in enumerate(as_completed(fetched), start=1):
                each.result()
                progress(done, len(shards))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    write_atomically(folder / INDEX, content)


def _is_there(place: Path, entry: dict[str, Any]) -> bool:
    """Whether a shard is there in its size; `Dataset.open` compares its hash."""
    return place.is_file() and place.stat().st_size == entry.get("bytes", place.stat().st_size)


def _fetch_shard(url: str, folder: Path, name: str, sha256: str) -> None:
    """Fetch a shard under a temporary name, unless it is there already."""
    place, part = folder / name, folder / f".{name}.part"
    if place.is_file() and file_sha256(place) == sha256:
        return
    try:
        with fsspec.open(f"{url}/{name}", "rb") as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except Exception as error:  # every protocol has errors of its own
        raise DataError(f"{url}/{name}: cannot be fetched ({error}). Run it again to go on.") from error
    if (found := file_sha256(part)) != sha256:
        part.unlink()
        raise DataError(
            f"{url}/{name}: fetched content has hash {found[:12]}, {INDEX} says {sha256[:12]}. Upload it again."
        )
    part.replace(place)


def _read(url: str) -> bytes:
    try:
        with fsspec.open(url, "rb") as file:
            return file.read()
    except ImportError as error:
        raise DataError(
            f'{url}: {error}. For https: pip install "cg3d[remote]"; for s3: s3fs; for gs: gcsfs.'
        ) from error
    except Exception as error:  # every protocol has errors of its own
        raise DataError(
            f"{url}: cannot be read ({error or type(error).__name__}). Check address and connection."
        ) from error
