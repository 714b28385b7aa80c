"""MCAP, the usual file of ROS 2: records one after the other, most of them in compressed chunks, and a summary at the end.

Source: https://mcap.dev/spec.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.scans.bags.recording import ZSTD_START, Bytes, Message, Topic, decompressed, kind_of

_MAGIC = b"\x89MCAP0\r\n"
_HEADER, _FOOTER, _SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _STATISTICS, _DATA_END = 1, 2, 3, 4, 5, 6, 11, 15
_FOOTER_BYTES = 37  # with its opcode and length, and the magic behind it
_MESSAGE_HEAD = struct.Struct("<HIQQ")  # channel, sequence, when it was recorded, when it was published


class _Channel(NamedTuple):
    topic: str
    kind: str
    encoding: str


class _Names:
    """Schemas and channels as they come."""

    def __init__(self) -> None:
        self._schemas: dict[int, str] = {}
        self.channels: dict[int, _Channel] = {}

    def take(self, opcode: int, content: bytes) -> _Channel | None:
        """Take in a record; a channel is returned."""
        source = Bytes(io.BytesIO(content), 0, len(content))
        if opcode == _SCHEMA:
            number = source.number("<H")
            self._schemas[number] = _text(source)
        if opcode != _CHANNEL:
            return None
        number, schema = source.number("<H"), source.number("<H")
        channel = _Channel(_text(source), kind_of(self._schemas.get(schema, "")), _text(source))
        self.channels[number] = channel
        return channel


class Mcap:
    """An .mcap file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def topics(self) -> list[Topic]:
        """The topics by the summary, or where there is none by all chunks."""
        with open_regular(self._path) as file:
            source = self._opened(file)
            try:
                return _summarised(file, source.end)
            except ScanError:
                pass
        channels: set[_Channel] = set()
        counts: Counter[_Channel] = Counter()
        for item in self._items():
            if not isinstance(item, ScanError):
                channels.add(item[0])
                counts[item[0]] += item[1] is not None
        return _merged([(channel, counts[channel]) for channel in sorted(channels)])

    def messages(self, topic: str) -> Iterator[Message | ScanError]:
        for item in self._items():
            if isinstance(item, ScanError):
                yield item
            elif item[0].topic == topic and item[1]:
                yield item[1]

    def _opened(self, file: BinaryIO) -> Bytes:
        source = Bytes(file, 0, self._path.stat().st_size)
        if source.take(min(len(_MAGIC), source.end)) != _MAGIC:
            raise ScanError("is not an MCAP file: it does not start with its signature.")
        return source

    def _items(self) -> Iterator[tuple[_Channel, Message | None] | ScanError]:
        """Channels, alone and with each message, and errors."""
        names = _Names()
        with open_regular(self._path) as file:
            source = self._opened(file)
            is_ended = False
            try:
                for opcode, length in _records(source):
                    is_ended = opcode in (_DATA_END, _FOOTER)
                    if is_ended:
                        break
                    if opcode != _CHUNK:
                        yield from _item(opcode, length, source, names)
                        continue
                    is_whole = length <= source.left
                    try:
                        yield from _in_chunk(source, length, names)
                    except ScanError as error:
                        yield error
                        if not is_whole:  # else the next chunk may be read
                            return
                if not is_ended:
                    yield ScanError(f"is cut off after byte {source.position}: its end is missing.")
            except ScanError as error:
                yield error


def _records(source: Bytes) -> Iterator[tuple[int, int]]:
    """Opcode and length of every record; what is not taken of its content is skipped."""
    while source.left:
        opcode, length = source.number("<B"), source.number("<Q")
        end = source.position + length
        yield opcode, length
        source.skip(end - source.position)


def _item(opcode: int, length: int, source: Bytes, names: _Names) -> Iterator[tuple[_Channel, Message | None]]:
    if opcode in (_SCHEMA, _CHANNEL):
        if channel := names.take(opcode, source.take(length)):
            yield channel, None
    elif opcode == _MESSAGE:
        head = source.take(_MESSAGE_HEAD.size)
        number, _, recorded_ns, _ = _MESSAGE_HEAD.unpack(head)
        data = source.take(max(length - len(head), 0))
        if number not in names.channels:
            raise ScanError(f"has a message of a channel {number} that is not there; it is damaged.")
        channel = names.channels[number]
        if data.startswith(ZSTD_START):  # rosbag2 with compression_mode: message
            data = decompressed(data, "zstd")
        yield channel, Message(recorded_ns, channel.encoding, data)


def _in_chunk(source: Bytes, length: int, names: _Names) -> Iterator[tuple[_Channel, Message | None]]:
    inner = _opened_chunk(Bytes(source.file, source.position, min(source.position + length, source.end)))
    for opcode, size in _records(inner):
        yield from _item(opcode, size, inner, names)


def _opened_chunk(chunk: Bytes) -> Bytes:
    """The records of a chunk; of one that is not compressed and cut off those that are there."""
    chunk.skip(16)  # its first and last time
    size, checksum = chunk.number("<Q"), chunk.number("<I")
    compression, held = _text(chunk), chunk.number("<Q")
    if not compression and held > chunk.left:
        return chunk
    data = decompressed(chunk.take(held), compression, size)
    if len(data) != size or (checksum and zlib.crc32(data) != checksum):
        raise ScanError("has a chunk that is damaged: its size or its checksum is wrong.")
    return Bytes(io.BytesIO(data), 0, len(data))


def _text(source: Bytes) -> str:
    return source.take(source.number("<I")).decode("utf-8", "replace")


def _summarised(file: BinaryIO, size: int) -> list[Topic]:
    """The topics by the summary at the end.

    Raises:
        ScanError: there is none, or it does not tell.
    """
    footer = Bytes(file, max(size - _FOOTER_BYTES, 0), size)
    opcode, length, start = footer.number("<B"), footer.number("<Q"), footer.number("<Q")
    if opcode != _FOOTER or length != 20 or not 0 < start < size:
        raise ScanError("has no summary.")
    names, counts = _Names(), None
    source = Bytes(file, start, size)
    for opcode, length in _records(source):
        if opcode == _FOOTER:
            break
        if opcode in (_SCHEMA, _CHANNEL):
            names.take(opcode, source.take(length))
        elif opcode == _STATISTICS:
            counts = _counts(source.take(length))
    if not names.channels or counts is None:
        raise ScanError("has a summary without channels or counts.")
    return _merged([(channel, counts.get(number, 0)) for number, channel in names.channels.items()])


def _counts(statistics: bytes) -> dict[int, int]:
    """Messages by channel."""
    source = Bytes(io.BytesIO(statistics), 0, len(statistics))
    source.skip(42)
    pairs = source.take(source.number("<I"))
    return dict(struct.iter_unpack("<HQ", pairs[: len(pairs) // 10 * 10]))


def _merged(counted: list[tuple[_Channel, int]]) -> list[Topic]:
    """One topic may have several channels, one for each that published it."""
    topics: dict[str, Topic] = {}
    for channel, count in counted:
        before = topics[channel.topic].messages or 0 if channel.topic in topics else 0
        topics[channel.topic] = Topic(channel.topic, channel.kind, before + count)
    return list(topics.values())
