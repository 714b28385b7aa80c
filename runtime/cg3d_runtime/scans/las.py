"""LAS and LAZ laser scans, read with laspy (the extra `las`)."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_POINTS, require_at_most
from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.laz_chunks import check_chunks
from cg3d_runtime.scans.measured import MANY_DROPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1_000_000  # points decoded at a time
# A million equal points, the easiest there are to compress, make 140 points a byte.
_MOST_POINTS_A_BYTE = 256

_NOISE = (7, 18)  # classes: low points, and high noise (LAS 1.4 R15, table 17)

_WKT, _GEO_KEYS = 2112, 34735  # records of the coordinate system
_MODEL_TYPE, _GEOGRAPHIC = 1024, 2  # a key of GeoTIFF, and its value for angles

_LARGEST_HEADER = 375  # bytes, that of LAS 1.4
_SMALLEST_HEADER = 227  # that of LAS 1.0
_VLR_HEADER = 54  # bytes of a variable length record without its data
_COMPRESSED = 0xC0  # bits that LAZ sets in the number of the point format


def read_las(path: Path) -> Reading:
    """Read the points that are not marked as withheld (deleted) or as noise, in the file's coordinate system.

    Returns:
        xyz (N, 3) float64, and rgb (N, 3) uint16 as stored: 16 bit, or 8 bit from writers that do not follow the format.
        None where the format has no colours, or all are 0: many writers pick a format with colours and have none.
    Raises:
        ScanError: laspy is missing or cannot read the file, it is in degrees, or its header claims more than it holds.
    """
    try:
        import laspy
        import lazrs
    except ImportError as error:
        raise ScanError(
            f'reading {path.suffix} needs laspy and lazrs: pip install laspy lazrs (the extra "las")'
        ) from error
    with path.open("rb") as file:
        claimed = _check_size(file, path.stat().st_size)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # what a damaged scale makes infinite is dropped later
                xyz, rgb = _collected(_chunks(file, laspy, lazrs), claimed)
        except (ScanError, OSError, KeyboardInterrupt):
            raise
        except BaseException as error:  # a panic of the decompressor is no Exception
            raise ScanError(f"laspy cannot read it: {error!r}.") from error
    left_out = claimed - len(xyz)
    note = f"has {left_out} of {claimed} points that are marked as noise or withheld, which are left out."
    return Reading(xyz, rgb, (note,) if left_out > MANY_DROPPED * claimed else ())


def _collected(chunks: Iterator[tuple[np.ndarray, np.ndarray]], claimed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """All points (N, 3), at most as many as claimed, and their colours; None where there are none, or all are 0."""
    xyz, rgb, count = np.empty((claimed, 3)), None, 0
    for some_xyz, some_rgb in chunks:
        rows = slice(count, count + len(some_xyz))
        xyz[rows] = some_xyz
        if some_rgb.any():
            rgb = np.zeros((claimed, 3), np.uint16) if rgb is None else rgb
            rgb[rows] = some_rgb
        count += len(some_xyz)
    return xyz[:count], None if rgb is None else rgb[:count]


def _check_size(file: BinaryIO, file_bytes: int) -> int:
    """The number of points, unless the header claims more than the file holds: laspy would allocate it, or look for it
    without end.
    """
    head = file.read(_LARGEST_HEADER)
    file.seek(0)
    if head[:4] != b"LASF" or len(head) < _SMALLEST_HEADER:
        raise ScanError("is not a LAS file: it does not start with LASF and a header of 227 bytes.")
    header, start, records, point_format, length, points = struct.unpack_from("<HIIBHI", head, 94)
    if head[25] >= 4 and len(head) == _LARGEST_HEADER:  # LAS 1.4 counts in 64 bits
        (points,) = struct.unpack_from("<Q", head, 247)
    if not header + records * _VLR_HEADER <= start <= file_bytes:
        raise ScanError(
            f"LAS header claims {header} bytes of header, {records} records and points from byte {start} on in a file of "
            f"{file_bytes} bytes; the file is truncated or its header is wrong."
        )
    needed = points // _MOST_POINTS_A_BYTE if point_format & _COMPRESSED else points * length
    if needed > file_bytes - start:
        raise ScanError(
            f"header claims {points} points, at least {needed} bytes, but {file_bytes - start} bytes follow; the file is "
            "truncated or its header is wrong."
        )
    require_at_most(points, MOST_POINTS, "points")
    return int(points)


def _chunks(file: BinaryIO, laspy: Any, lazrs: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The points a million at a time: xyz (n, 3) float64, and rgb (n, 3) uint16 or (n, 0) where the format has none."""
    wanted = (
        laspy.DecompressionSelection.base()
        .decompress_z()
        .decompress_flags()
        .decompress_classification()
        .decompress_rgb()
    )
    with laspy.open(
        file, closefd=False, read_evlrs=False, laz_backend=laspy.LazBackend.Lazrs, decompression_selection=wanted
    ) as reader:
        if _is_in_degrees(reader.header):
            raise ScanError("holds longitude and latitude: degrees are no lengths; project them to metres first.")
        if reader.header.are_points_compressed:
            _check_compressed(file, reader.header, lazrs)
        names = [name for name in ("red", "green", "blue") if name in reader.header.point_format.dimension_names]
        for points in reader.chunk_iterator(CHUNK):
            kept = (np.asarray(points.withheld) == 0) & ~np.isin(np.asarray(points.classification), _NOISE)
            rgb = np.empty((np.count_nonzero(kept), len(names)), dtype=np.uint16)
            for i, name in enumerate(names):
                rgb[:, i] = points[name][kept]
            yield np.stack([np.asarray(points[axis])[kept] for axis in "xyz"], axis=1), rgb


def _is_in_degrees(header: Any) -> bool:
    """Whether x and y are angles, by the coordinate system of the file; or by their scales, which lengths share with z."""
    for record in header.vlrs:
        data = bytes(record.record_data_bytes())
        if record.record_id == _WKT and b"GEOGC" in data and b"PROJC" not in data:
            return True
        keys = np.frombuffer(data[: len(data) // 8 * 8], "<u2").reshape(-1, 4)
        if record.record_id == _GEO_KEYS and ((keys[:, 0] == _MODEL_TYPE) & (keys[:, 3] == _GEOGRAPHIC)).any():
            return True
    are_finer = (header.scales[:2] * 100 <= header.scales[2]).all() and (header.scales[:2] > 0).all()
    on_globe = np.maximum(np.abs(header.mins), np.abs(header.maxs))[:2] <= (180, 90)
    return bool(are_finer and on_globe.all())


def _check_compressed(file: BinaryIO, header: Any, lazrs: Any) -> None:
    """Refuse what would make the decompressor allocate more than the file can stand for."""
    record = header.vlrs[header.vlrs.index("LasZipVlr")].record_data
    laszip = lazrs.LazVlr(record)
    if laszip.item_size() != header.point_format.size:
        raise ScanError(
            f"LAZ points have {laszip.item_size()} bytes, the header says {header.point_format.size}; the file is damaged."
        )
    file_bytes = os.fstat(file.fileno()).st_size
    check_chunks(file, record, header.point_count, file_bytes, lambda source: lazrs.read_chunk_table(source, laszip))
