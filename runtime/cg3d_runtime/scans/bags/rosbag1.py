"""ROS 1 bags, format 2.0: chunks of messages one after the other, and behind them an index that may be missing.

Source: http://wiki.ros.org/Bags/Format/2.0.
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.scans.bags.clouds import ROS_1
from cg3d_runtime.scans.bags.recording import Bytes, Message, Topic, decompressed, kind_of

_MAGIC = b"#ROSBAG V2.0\n"
_MESSAGE, _BAG_HEADER, _CHUNK, _CHUNK_INFO, _CONNECTION = 2, 3, 5, 6, 7  # what records are
_MOST_HEADER = 1 << 20  # bytes of the fields of a record


class _Record(NamedTuple):
    """A record, whose data begin where its source stands.

    Attributes:
        fields: by name, as bytes.
        length: bytes of its data.
    """

    fields: dict[bytes, bytes]
    length: int

    @property
    def kind(self) -> int:
        return self.number(b"op", "<B")

    def number(self, name: bytes, layout: str) -> int:
        try:
            return int(struct.unpack(layout, self.fields[name])[0])
        except (KeyError, struct.error) as error:
            raise ScanError(f"has a record without {name.decode()}; it is damaged.") from error


class Rosbag1:
    """A .bag file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def topics(self) -> list[Topic]:
        """The topics by the index, or where there is none by all chunks."""
        with open_regular(self._path) as file:
            source = self._opened(file)
            try:
                return _indexed(source)
            except ScanError:
                pass
        kinds: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for item in self._items():
            if isinstance(item, ScanError):
                continue
            topic, kind, message = item
            kinds[topic] = kind
            counts[topic] += message is not None
        return [Topic(topic, kind, counts[topic]) for topic, kind in kinds.items()]

    def messages(self, topic: str) -> Iterator[Message | ScanError]:
        for item in self._items():
            if isinstance(item, ScanError):
                yield item
            elif item[0] == topic and item[2]:
                yield item[2]

    def _opened(self, file: BinaryIO) -> Bytes:
        source = Bytes(file, 0, self._path.stat().st_size)
        if source.take(min(len(_MAGIC), source.end)) != _MAGIC:
            raise ScanError("is not a bag of ROS 1, format 2.0: it does not start with #ROSBAG V2.0.")
        return source

    def _items(self) -> Iterator[tuple[str, str, Message | None] | ScanError]:
        """Topic, type and message of every record that has one, also of connections, and errors."""
        connections: dict[int, tuple[str, str]] = {}
        with open_regular(self._path) as file:
            source = self._opened(file)
            try:
                for record in _records(source):
                    if record.kind != _CHUNK:
                        continue
                    is_whole = record.length <= source.left
                    try:
                        yield from _in_chunk(record, source, connections)
                    except ScanError as error:
                        yield error
                        if not is_whole:  # else the next chunk may be read
                            return
            except ScanError as error:
                yield error


def _records(source: Bytes) -> Iterator[_Record]:
    """Every record; what is not taken of its data is skipped."""
    while source.left:
        fields = _fields(source.take(_bounded(source.number("<I"))))
        length = source.number("<I")
        end = source.position + length
        yield _Record(fields, length)
        source.skip(end - source.position)


def _bounded(length: int) -> int:
    if length > _MOST_HEADER:
        raise ScanError(f"has a record whose fields take {length} bytes; it is damaged.")
    return length


def _fields(data: bytes) -> dict[bytes, bytes]:
    fields, position = {}, 0
    while position < len(data):
        (length,) = struct.unpack_from("<I", data.ljust(position + 4, b"\xff"), position)
        name, equals, value = data[position + 4 : position + 4 + length].partition(b"=")
        if not equals or position + 4 + length > len(data):
            raise ScanError("has a record whose fields cannot be read; it is damaged.")
        fields[name] = value
        position += 4 + length
    return fields


def _in_chunk(
    chunk: _Record, source: Bytes, connections: dict[int, tuple[str, str]]
) -> Iterator[tuple[str, str, Message | None]]:
    source = _opened_chunk(chunk, source)
    for record in _records(source):
        if record.kind == _CONNECTION:
            number, topic, kind = _connection(record, source)
            connections[number] = topic, kind
            yield topic, kind, None
        elif record.kind == _MESSAGE:
            number = record.number(b"conn", "<I")
            if number not in connections:
                raise ScanError(f"has a message of a connection {number} that is not there; it is damaged.")
            yield *connections[number], Message(_time(record), ROS_1, source.take(record.length))


def _opened_chunk(chunk: _Record, source: Bytes) -> Bytes:
    """The records of a chunk; of one that is not compressed and cut off those that are there."""
    compression = chunk.fields.get(b"compression", b"").decode("latin-1")
    if compression == "none":
        return Bytes(source.file, source.position, min(source.position + chunk.length, source.end))
    data = decompressed(source.take(chunk.length), compression, chunk.number(b"size", "<I"))
    return Bytes(io.BytesIO(data), 0, len(data))


def _time(record: _Record) -> int:
    """When a message was recorded, in nanoseconds: the file has seconds, and behind them nanoseconds."""
    nanoseconds, seconds = divmod(record.number(b"time", "<Q"), 1 << 32)
    return seconds * 10**9 + nanoseconds


def _connection(record: _Record, source: Bytes) -> tuple[int, str, str]:
    more = _fields(source.take(_bounded(record.length)))
    topic = record.fields.get(b"topic", b"").decode("utf-8", "replace")
    return record.number(b"conn", "<I"), topic, kind_of(more.get(b"type", b"").decode("utf-8", "replace"))


def _indexed(source: Bytes) -> list[Topic]:
    """The topics by the index at the end.

    Raises:
        ScanError: there is none, or not all of it.
    """
    head = next(_records(source), None)
    if head is None or head.kind != _BAG_HEADER:
        raise ScanError("has no header.")
    position, chunks = head.number(b"index_pos", "<Q"), head.number(b"chunk_count", "<I")
    if not 0 < position <= source.end:
        raise ScanError("has no index.")
    index = Bytes(source.file, position, source.end)
    names: dict[int, tuple[str, str]] = {}
    counts: Counter[int] = Counter()
    for record in _records(index):
        if record.kind == _CONNECTION:
            number, topic, kind = _connection(record, index)
            names[number] = topic, kind
        elif record.kind == _CHUNK_INFO:
            chunks -= 1
            pairs = index.take(record.length)
            for number, count in struct.iter_unpack("<II", pairs[: len(pairs) // 8 * 8]):
                counts[number] += count
    if chunks > 0 or len(names) < head.number(b"conn_count", "<I"):
        raise ScanError("has an index that is cut off.")
    return _merged(names, counts)


def _merged(names: dict[int, tuple[str, str]], counts: Counter[int]) -> list[Topic]:
    """One topic may have several connections, one for each that published it."""
    topics: dict[str, Topic] = {}
    for number, (name, kind) in names.items():
        before = topics[name].messages or 0 if name in topics else 0
        topics[name] = Topic(name, kind, before + counts[number])
    return list(topics.values())
