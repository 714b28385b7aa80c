"""PCD, the Point Cloud Library's format: ascii, binary and binary_compressed.

Own code, because the packages for it are unmaintained (pypcd and its forks) or need a compiled LZF (pypcd4).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_BYTES, MOST_POINTS, require_at_most
from cg3d_runtime.scans.arrays import Reading, find_columns, stack, unpack_column
from cg3d_runtime.scans.text.numbers import parse_numbers

_KINDS = {"F": "f", "I": "i", "U": "u"}
_LARGEST_LZF_RATIO = 264 / 3  # three bytes repeat at most 264


@dataclass(frozen=True)
class Header:
    """What a PCD file says it holds.

    Attributes:
        names: of the fields.
        point: the layout of one point; its fields are called f0, f1, ... because PCD repeats the name of padding.
        points: number of points.
        encoding: ascii, binary or binary_compressed.
    """

    names: list[str]
    point: np.dtype
    points: int
    encoding: str


def read_pcd(path: Path) -> Reading:
    """Read x, y, z and the colours, packed in `rgb` or `rgba`, or in fields of their own."""
    names, fields = read_fields(path)
    packed = next((fields.pop(name) for name in ("rgb", "rgba") if name in fields), None)
    xyz, rgb = find_columns([name for name in names if name in fields], "the cloud", "field")
    if packed is not None:
        return Reading(
            stack(fields, xyz), unpack_column(packed.astype("<f4" if packed.dtype.kind == "f" else "<u4"), "rgb")
        )
    return Reading(stack(fields, xyz), stack(fields, rgb) if rgb else None)


def read_fields(path: Path) -> tuple[list[str], dict[str, np.ndarray]]:
    """The names of all fields in the order of the file, and (N,) numbers of those that have one a point.

    Raises:
        ScanError: not a PCD file, truncated, malformed, or too large; in words that follow its name.
    """
    with path.open("rb") as file:
        header = _read_header(file)
        columns = _DECODERS[header.encoding](file, header, path.stat().st_size - file.tell())
    return header.names, {n: column for n, column in zip(header.names, columns, strict=True) if column.ndim == 1}


def _read_header(file: BinaryIO) -> Header:
    entries: dict[str, list[str]] = {}
    for line in file:
        words = line.decode("latin-1").split()
        if words and not words[0].startswith("#"):
            entries[words[0].upper()] = words[1:]
        if "DATA" in entries:
            return _parse_header(entries)
    raise ScanError("is not a PCD file: its header has no DATA line.")


def _parse_header(entries: dict[str, list[str]]) -> Header:
    names = entries.get("FIELDS", [])
    counts = entries.get("COUNT", ["1"] * len(names))
    try:
        columns = list(zip(entries["TYPE"], entries["SIZE"], counts, names, strict=True))
        layout = [(f"<{_KINDS[kind]}{int(size)}", (int(n),) if int(n) != 1 else ()) for kind, size, n, _ in columns]
        point = np.dtype([(f"f{i}", number, shape) for i, (number, shape) in enumerate(layout)])
        points = int(entries["POINTS"][0]) if "POINTS" in entries else _width_times_height(entries)
        encoding = entries["DATA"][0].lower()
        if point.itemsize == 0 or not 0 <= points < 2**63:
            raise ValueError("nothing in a point, or no count of points")
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise ScanError(
            "PCD header is malformed; it needs FIELDS, SIZE, TYPE and COUNT of equal length, POINTS and DATA."
        ) from error
    if encoding not in _DECODERS:
        raise ScanError(f"has DATA {encoding}; one of {', '.join(_DECODERS)} is needed.")
    return Header(names, point, points, encoding)


def _width_times_height(entries: dict[str, list[str]]) -> int:
    return int(entries["WIDTH"][0]) * int(entries["HEIGHT"][0])


def _check_size(header: Header, needed: int, held: int) -> None:
    """Refuse what the file cannot hold before anything is allocated for it."""
    if needed > held:
        raise ScanError(
            f"header claims {header.points} points, at least {needed} bytes, but {held} bytes follow; the file is "
            "truncated or its header is wrong."
        )


def _read_ascii(file: BinaryIO, header: Header, body_bytes: int) -> list[np.ndarray]:
    shapes = [header.point[i].shape for i in range(len(header.names))]
    widths = [shape[0] if shape else 1 for shape in shapes]
    _check_size(header, 2 * header.points * sum(widths), body_bytes + 1)  # a digit and a separator each
    require_at_most(header.points, MOST_POINTS, "points")
    with io.TextIOWrapper(file, encoding="latin-1") as text:
        lines = islice(filter(str.strip, text), header.points)
        numbers = parse_numbers(lines) if header.points else np.empty((0, sum(widths)))
    if numbers.shape != (header.points, sum(widths)):
        raise ScanError(
            f"has {numbers.shape[0]} points of {numbers.shape[1]} numbers, its header says {header.points} of "
            f"{sum(widths)}; the file is truncated or malformed."
        )
    columns = np.split(numbers, np.cumsum(widths)[:-1], axis=1)
    with np.errstate(invalid="ignore", over="ignore"):  # nan where the header says integer
        typed = [  # but for floats: text may hold more digits than their type
            column if header.point[i].base.kind == "f" else column.astype(header.point[i].base)
            for i, column in enumerate(columns)
        ]
    return [column.reshape(header.points, *shape) for column, shape in zip(typed, shapes, strict=True)]


def _read_binary(file: BinaryIO, header: Header, body_bytes: int) -> list[np.ndarray]:
    _check_size(header, header.points * header.point.itemsize, body_bytes)
    require_at_most(header.points, MOST_POINTS, "points")
    points = np.fromfile(file, header.point, header.points)
    return [points[name] for name in header.point.names or ()]


def _read_compressed(file: BinaryIO, header: Header, body_bytes: int) -> list[np.ndarray]:
    """Two uint32 sizes, then LZF data that hold all of the first field, then all of the second, and so on."""
    sizes = file.read(8)
    packed_bytes, size = int.from_bytes(sizes[:4], "little"), int.from_bytes(sizes[4:], "little")
    _check_size(header, 8 + packed_bytes, body_bytes)
    if size != header.points * header.point.itemsize or size > _LARGEST_LZF_RATIO * packed_bytes:
        raise ScanError(
            f"{packed_bytes} compressed bytes should give {size} bytes, the header claims {header.points} points of "
            f"{header.point.itemsize}; the file is damaged."
        )
    require_at_most(header.points, MOST_POINTS, "points")
    require_at_most(size, MOST_BYTES, "bytes of points once decompressed")
    data = decompress_lzf(file.read(packed_bytes), size)
    columns, offset = [], 0
    for i in range(len(header.names)):
        columns.append(np.ndarray((header.points,), header.point[i], data, offset))
        offset += columns[-1].nbytes
    return columns


_DECODERS = {"ascii": _read_ascii, "binary": _read_binary, "binary_compressed": _read_compressed}


def decompress_lzf(data: bytes, size: int) -> bytearray:
    """Decompress LZF data to exactly `size` bytes; format by Marc Lehmann (LibLZF).

    Raises:
        ScanError: the data are damaged or give another size.
    """
    out = bytearray()
    position = 0
    try:
        while position < len(data) and len(out) <= size:
            control = data[position]
            position += 1
            if control < 32:  # control + 1 bytes as they are
                out += data[position : position + control + 1]
                position += control + 1
                continue
            length = control >> 5
            if length == 7:
                length += data[position]
                position += 1
            length += 2
            distance = ((control & 31) << 8) + data[position] + 1
            position += 1
            start = len(out) - distance
            if start < 0:
                raise IndexError("a repeat begins before the first byte")
            repeated = out[start : start + length]
            if distance < length:  # the repeat runs into its own output
                repeated = (repeated * (length // distance + 1))[:length]
            out += repeated
    except IndexError as error:
        raise ScanError("compressed data are damaged.") from error
    if len(out) != size:
        raise ScanError(f"compressed data are damaged: they should give {size} bytes.")
    return out
