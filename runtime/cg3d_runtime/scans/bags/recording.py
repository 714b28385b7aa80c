"""What a file of a bag offers, whatever its kind; and blocks of it that are compressed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, Protocol

from cg3d_runtime.errors import ScanError

MOST_BLOCK = 1 << 29  # bytes of one block once decompressed, and of one message: recorders write some megabytes
_MISSING = 'needs a library that is missing: pip install "cg3d-runtime[bag]"'
ZSTD_START = b"\x28\xb5\x2f\xfd"  # no message starts so


class Topic(NamedTuple):
    """A topic of a file.

    Attributes:
        name: such as /points.
        kind: the type of its messages, as ROS 2 writes it.
        messages: how many; None where that is not known.
    """

    name: str
    kind: str
    messages: int | None


class Message(NamedTuple):
    """A message as it was recorded.

    Attributes:
        recorded_ns: when it was, in nanoseconds.
        encoding: "ros1" or "cdr".
        data: in that encoding.
    """

    recorded_ns: int
    encoding: str
    data: bytes


class Recording(Protocol):
    """One file of a bag."""

    def topics(self) -> list[Topic]:
        """Its topics; of a file whose end is missing those in what is whole.

        Raises:
            ScanError: it is no such file.
        """

    def messages(self, topic: str) -> Iterator[Message | ScanError]:
        """The messages of a topic in the order of the file, and in the place of what is damaged an error."""


def kind_of(name: str) -> str:
    """The type of a message as ROS 2 writes it: sensor_msgs/PointCloud2 of ROS 1 is sensor_msgs/msg/PointCloud2."""
    package, _, kind = name.partition("/")
    return name if "/" in kind or not kind else f"{package}/msg/{kind}"


def decompressed(data: bytes, compression: str, most: int = MOST_BLOCK) -> bytes:
    """Decompress a block to `most` bytes at most, whatever it claims.

    Args:
        compression: none, bz2, lz4 or zstd; empty is none.
    Raises:
        ScanError: damaged, larger, of another compression, or the library for it is missing.
    """
    if compression in ("", "none"):
        return data
    if most > MOST_BLOCK:
        raise ScanError(f"claims a block of {most} bytes; at most {MOST_BLOCK} are read.")
    try:
        opened: bytes = _decompressor(compression).decompress(data, most + 1)
    except ScanError:
        raise
    except Exception as error:  # every library has its own
        raise ScanError(f"a block compressed with {compression} is damaged.") from error
    if len(opened) > most:
        raise ScanError(f"a block compressed with {compression} holds more than the {most} bytes that it may.")
    return opened


def _decompressor(compression: str) -> Any:
    try:
        if compression == "bz2":
            import bz2

            return bz2.BZ2Decompressor()
        if compression == "lz4":
            import lz4.frame

            return lz4.frame.LZ4FrameDecompressor()
        if compression == "zstd":
            return zstd_decompressor()
    except ImportError as error:
        raise ScanError(f"{compression} {_MISSING}") from error
    raise ScanError(f"is compressed with {compression[:40]!r}; none, bz2, lz4 and zstd are read.")


def zstd_decompressor() -> Any:
    """Raises: ScanError: the library is missing."""
    try:
        from compression import zstd  # Python 3.14
    except ImportError:
        try:
            from backports import zstd
        except ImportError as error:
            raise ScanError(f"zstd {_MISSING}") from error
    return zstd.ZstdDecompressor()


class Bytes:
    """A file, or a block of one, read piece by piece, never beyond its end."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self.file, self.position, self.end = file, start, end

    def take(self, count: int) -> bytes:
        """The next bytes.

        Raises:
            ScanError: so many are not left.
        """
        self.require(count)
        self.file.seek(self.position)
        data = self.file.read(count)
        if len(data) != count:
            raise ScanError(f"is cut off after byte {self.position}.")
        self.position += count
        return data

    def require(self, count: int) -> None:
        """Raises: ScanError: so many are not left."""
        if count > self.end - self.position:
            raise ScanError(f"is cut off after byte {self.position}: {count} bytes should follow, {self.left} do.")
        if count > MOST_BLOCK:
            raise ScanError(f"claims {count} bytes at once after byte {self.position}; at most {MOST_BLOCK} are read.")

    def skip(self, count: int) -> None:
        """Raises: ScanError: so many are not left."""
        if count > self.left:
            raise ScanError(f"is cut off after byte {self.position}: {count} bytes should follow, {self.left} do.")
        self.position += count

    @property
    def left(self) -> int:
        return self.end - self.position

    def number(self, layout: str) -> int:
        """The next number, of one of the layouts of `struct`; raises as `take`."""
        (value,) = struct.unpack(layout, self.take(struct.calcsize(layout)))
        return int(value)
