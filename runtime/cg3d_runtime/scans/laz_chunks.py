"""The sizes inside a LAZ file, checked before the decompressor reads them.

lazrs allocates what the table of chunks and the heads of chunks say, and ends the process where it cannot.
Format: LASzip (Isenburg 2013); a LAS 1.4 point is compressed in layers, each of one field of all points of a chunk.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from cg3d_runtime.errors import ScanError

if TYPE_CHECKING:
    from collections.abc import Callable

    ReadTable = Callable[[BinaryIO], list[tuple[int, int]]]

_LAYERED = 3  # compressor of LAS 1.4 points
_LAYERS = {10: 9, 11: 1, 12: 2, 13: 1}  # point, rgb, rgb and near infrared, wave packet; of extra bytes one each
_EXTRA_BYTES = 14


def check_chunks(file: BinaryIO, record: bytes, points: int, file_bytes: int, read_table: ReadTable) -> None:
    """Refuse a LAZ file whose chunks do not hold the points, or whose layers do not fill their chunk.

    Args:
        file: open for reading where the points start; left there.
        record: the LASzip record of the header.
        points: how many the header claims.
        read_table: gives points and bytes of each chunk, from the file where the points start; its memory grows with the
            number of chunks that the table claims.
    Raises:
        ScanError: a size does not fit.
    """
    start = file.tell()
    _check_table(file, start, file_bytes)
    file.seek(start)
    table = read_table(file)
    if sum(count for count, _ in table) < points:
        raise _damaged("table of chunks")
    end = start + 8
    for _, size in table:
        file.seek(end)
        end += size
        if end > file_bytes or _chunk_bytes(file, record) not in (None, size):
            raise _damaged("chunks")
    file.seek(start)


def _check_table(file: BinaryIO, start: int, file_bytes: int) -> None:
    """The table lies where the points' first 8 bytes say, or the file's last 8 where the writer could not go back."""
    position = _integer(file, start, "<q")
    if position == -1:
        position = _integer(file, file_bytes - 8, "<q")
    if not start + 8 <= position <= file_bytes - 8 or _integer(file, position + 4, "<I") > file_bytes:
        raise _damaged("table of chunks")


def _integer(file: BinaryIO, position: int, layout: str) -> int:
    file.seek(position)
    data = file.read(struct.calcsize(layout))
    if len(data) < struct.calcsize(layout):
        raise _damaged("table of chunks")
    (number,) = struct.unpack(layout, data)
    return int(number)


def _chunk_bytes(file: BinaryIO, record: bytes) -> int | None:
    """The bytes of the chunk at the file's position, by the sizes of its layers; None where there are no layers."""
    compressor, items = struct.unpack_from("<H30xH", record)
    if compressor != _LAYERED:
        return None
    fields = [struct.unpack_from("<HH", record, 34 + 6 * i) for i in range(items)]  # kind and bytes
    layers = sum(size if kind == _EXTRA_BYTES else _LAYERS.get(kind, 0) for kind, size in fields)
    before = sum(size for _, size in fields) + 4  # the first point as it is, and the number of points
    head = file.read(before + 4 * layers)
    if len(head) < before + 4 * layers:
        raise _damaged("chunks")
    sizes: tuple[int, ...] = struct.unpack_from(f"<{layers}I", head, before)
    return len(head) + sum(sizes)


def _damaged(what: str) -> ScanError:
    return ScanError(f"LAZ {what} and header claim sizes that do not fit each other; the file is truncated or damaged.")
