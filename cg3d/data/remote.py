"""Packed data that lies elsewhere: fetched once, shard by shard, into the user's cache.

A location is anything that fsspec opens: https://, s3://, gs://, or a folder of this machine. What has been fetched is
checked against the hashes of dataset.json; a fetch that was stopped goes on with the shards that are missing. Nothing is
believed beyond what can be held: an index has a largest size, a shard the size that the index promises. What a URL says
of users and keys is never told.
"""

from __future__ import annotations

import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
import fsspec.core
from filelock import FileLock

from cg3d.data.addresses import is_remote, without_secrets
from cg3d.data.shards import INDEX, file_sha256, parse_index
from cg3d.terminal import Progress
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.files.cache_directory import cache_directory

log = logging.getLogger(__name__)

AT_ONCE = 4  # shards that are fetched at the same time
MOST_INDEX = 1 << 28  # bytes of a dataset.json; one of a million shards has about 200 MB
MOST_SHARD = 1 << 36  # bytes of a shard whose index promises none, as earlier versions wrote it
LONGEST_NAME = 100  # letters of a location that the folder of its copy keeps
PIECE = 1 << 20  # bytes read at once
LONGEST_SILENCE = 60.0  # seconds in which a web server says nothing
BUSY = 429  # what a web server answers who is asked too often
PAUSES = (0.5, 2.0)  # seconds before a shard is asked for again


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
    name = without_secrets(url).rstrip("/").rsplit("/", 1)[-1][:LONGEST_NAME]
    folder = cache_directory() / "data" / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):  # the processes of a training run ask at the same time
        _fetch(url, folder, progress)
    return folder


def _fetch(url: str, folder: Path, progress: Progress) -> None:
    known = (folder / INDEX).read_bytes() if (folder / INDEX).exists() else None
    try:
        content = _read(_beside(url, INDEX))
    except DataError as error:
        if known is None:
            raise
        log.warning("%s What was fetched from there before is used.", error)
        return
    shards = parse_index(content, without_secrets(_beside(url, INDEX)))["shards"]
    if content == known and all(_is_there(folder / entry["file"], entry) for entry in shards):
        return
    (folder / INDEX).unlink(missing_ok=True)  # it belongs to other shards
    for file in folder.glob("*.tar"):
        if file.name not in {entry["file"] for entry in shards}:
            file.unlink()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        fetched = [pool.submit(_fetch_shard, url, folder, entry) for entry in shards]
        try:
            for done, each in enumerate(as_completed(fetched), start=1):
                each.result()
                progress(done, len(shards))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    write_atomically(folder / INDEX, content)


def _beside(url: str, name: str) -> str:
    """The URL of a file in the folder of `url`, whose query, a key to it, stays at the end."""
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{name}{mark}{query}"


def _is_there(place: Path, entry: dict[str, Any]) -> bool:
    """Whether a shard is there in its size; `Dataset.open` compares its hash."""
    return place.is_file() and place.stat().st_size == entry.get("bytes", place.stat().st_size)


def _fetch_shard(url: str, folder: Path, entry: dict[str, Any]) -> None:
    """Fetch a shard under a temporary name, unless it is there already; a connection that broke is tried again."""
    place, part = folder / entry["file"], folder / f".{entry['file']}.part"
    if place.is_file() and file_sha256(place) == entry["sha256"]:
        return
    source = _beside(url, entry["file"])
    for pause in (*PAUSES, None):
        try:
            _copy(source, part, entry.get("bytes", MOST_SHARD))
            break
        except DataError:
            part.unlink(missing_ok=True)
            raise
        except Exception as error:  # every protocol has errors of its own
            if pause is None or _is_final(_cause(error)):
                raise DataError(
                    f"{without_secrets(source)}: cannot be fetched ({_reason(_cause(error))}). Run it again to go on."
                ) from None  # a traceback would quote the URL with its secrets
            time.sleep(pause)
    if (found := file_sha256(part)) != entry["sha256"]:
        part.unlink()
        raise DataError(
            f"{without_secrets(source)}: fetched content has hash {found[:12]}, {INDEX} says {entry['sha256'][:12]}. "
            "Upload it again."
        )
    part.replace(place)


def _copy(source: str, part: Path, most: int) -> None:
    """Raises: DataError: more than `most` bytes."""
    size = 0
    with _opened(source) as stream, part.open("wb") as target:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > most:
                raise DataError(
                    f"{without_secrets(source)}: is longer than the {most:,} bytes that {INDEX} promises. Upload it again."
                )
            target.write(piece)


def _read(url: str) -> bytes:
    address = without_secrets(url)
    try:
        with _opened(url) as file:
            content = _up_to(file, MOST_INDEX + 1)
    except ImportError as error:
        raise DataError(
            f'{address}: {error}. For https: pip install aiohttp (the extra "remote"); for s3: s3fs; for gs: gcsfs.'
        ) from error
    except Exception as error:  # every protocol has errors of its own
        reason = _reason(_cause(error))
        raise DataError(f"{address}: cannot be read ({reason}). Check address and connection.") from None  # as above
    if len(content) > MOST_INDEX:
        raise DataError(f"{address}: is longer than {MOST_INDEX:,} bytes, so it is no index of packed data.")
    return content


def _up_to(file: BinaryIO, most: int) -> bytes:
    """The first `most` bytes: a stream may give fewer at once than it is asked for."""
    pieces, left = [], most
    while left and (piece := file.read(min(left, PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _opened(url: str) -> Any:
    """A file to be read from its start to its end: many web servers know no ranges, which fsspec asks for otherwise."""
    if not url.startswith(("http://", "https://")):
        return fsspec.open(url, "rb")
    from aiohttp import ClientTimeout

    silence = ClientTimeout(total=None, sock_connect=LONGEST_SILENCE, sock_read=LONGEST_SILENCE)
    web, path = fsspec.core.url_to_fs(url, client_kwargs={"timeout": silence})
    return web.open(path, "rb", block_size=0)


def _cause(error: Exception) -> Exception:
    """The true cause: fsspec reports any refusal of a web server as a missing file, the answer being its cause."""
    answer = error.__cause__
    return answer if isinstance(error, FileNotFoundError) and isinstance(answer, Exception) else error


def _is_final(error: Exception) -> bool:
    """Whether asking again is of no use; a server that is busy or broken may recover."""
    status = getattr(error, "status", 0)
    return isinstance(error, (FileNotFoundError, PermissionError, ImportError)) or (
        400 <= status < 500 and status != BUSY
    )


def _reason(error: Exception) -> str:
    reason = "there is no such file" if isinstance(error, FileNotFoundError) and not error.errno else str(error)
    return without_secrets(" ".join(reason.split())) or type(error).__name__
