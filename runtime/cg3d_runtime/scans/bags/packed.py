"""Files of ROS 2 that were compressed as a whole, as `ros2 bag record --compression-mode file` does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.scans.bags.recording import Message, Recording, Topic, zstd_decompressor

_MOST_TIMES = 200  # its own size, that a file may become; clouds become two to ten times theirs
_PIECE = 1 << 20  # bytes


class Packed:
    """A .mcap.zstd or .db3.zstd file, unpacked beside other temporary files while it is read, and removed then."""

    def __init__(self, path: Path, reader: Callable[[Path], Recording]) -> None:
        """Args: reader: of what is inside."""
        self._path, self._reader = path, reader

    def topics(self) -> list[Topic]:
        with self._unpacked() as recording:
            return recording.topics()

    def messages(self, topic: str) -> Iterator[Message | ScanError]:
        with self._unpacked() as recording:
            yield from recording.messages(topic)

    @contextmanager
    def _unpacked(self) -> Iterator[Recording]:
        """The recording inside; of a file that is cut off or damaged, as far as it could be unpacked."""
        with tempfile.TemporaryDirectory(prefix="cg3d-bag-") as folder:
            target = Path(folder) / self._path.stem
            self._unpack(target)
            yield self._reader(target)

    def _unpack(self, target: Path) -> None:
        left = _MOST_TIMES * self._path.stat().st_size
        with open_regular(self._path) as packed, target.open("wb") as out:
            for piece in _pieces(packed):
                left -= len(piece)
                if left < 0:
                    raise ScanError(f"would become more than {_MOST_TIMES} times its size; it is no recording.")
                out.write(piece)


def _pieces(packed: BinaryIO) -> Iterator[bytes]:
    """What a file holds, piece by piece, up to where it is damaged or cut off: who reads that says so."""
    decompressor, data = zstd_decompressor(), b""
    while True:
        if decompressor.eof:  # another frame may follow
            data = decompressor.unused_data
            decompressor = zstd_decompressor()
        if not data and decompressor.needs_input and not (data := packed.read(_PIECE)):
            return
        try:
            piece: bytes = decompressor.decompress(data, _PIECE)
        except Exception:  # of its own kind
            return
        data = b""
        yield piece
