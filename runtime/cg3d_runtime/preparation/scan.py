"""A scan, read and prepared for the point encoder: the half of an answer that needs no model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from cg3d_runtime.errors import ScanError, shortened
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth import DepthImage
from cg3d_runtime.scans.units import oddities

Scan = str | os.PathLike[str] | DepthImage | PointCloud | np.ndarray | object  # of a library: whatever `cloud_of` takes


@dataclass(frozen=True)
class PreparedScan:
    """What the point encoder needs of a scan, and what its answer tells about it.

    Attributes:
        file: the scan as it was named, None for an array or a cloud.
        points: (N, C) float32, as `prepare` gives it.
        count: points in the scan, before preparation.
        read_ms, prepare_ms: how long it took.
        cloud: the scan as read, where it was to be kept.
        note: what is odd about it, or None.
    """

    file: str | None
    points: np.ndarray
    count: int
    read_ms: float
    prepare_ms: float
    cloud: PointCloud | None
    note: str | None = None


Prepare = Callable[[Scan], PreparedScan]


def read_and_prepare(
    scan: Scan, spec: PrepareSpec, up: str | None = None, units: str = "m", keep_cloud: bool = False
) -> PreparedScan:
    """Read a scan and prepare it as the model wants it.

    Args:
        scan: a file, a DepthImage, or anything in memory that `cloud_of` takes: a PointCloud, an (N, 3) or (N, 6) array.
        up: the axis that points up; None means the scan's own: y for GLB, -y for a depth image, else z.
        units: of the scan's coordinates, for the note on an odd size.
        keep_cloud: hand the scan on as it was read, for pictures; it may be large.
    Raises:
        ScanError: it cannot be read, or holds too few points; the message starts with the name of a file.
    """
    started = perf_counter()
    cloud = _to_cloud(scan, up)
    was_read = perf_counter()
    try:
        points = prepare(cloud, spec)
    except ScanError as error:
        if name := file_of(scan):
            raise ScanError(f"{shortened(name)}: {error}") from error
        raise
    prepared = perf_counter()
    read_ms, prepare_ms = (was_read - started) * 1e3, (prepared - was_read) * 1e3
    kept, note = cloud if keep_cloud else None, oddities(cloud, units, isinstance(scan, DepthImage))
    return PreparedScan(file_of(scan), points, len(cloud), read_ms, prepare_ms, kept, note)


def file_of(scan: Scan) -> str | None:
    """The file that a scan was named by; None for a cloud or an array."""
    named = scan.image if isinstance(scan, DepthImage) else scan
    return os.fspath(named) if isinstance(named, (str, os.PathLike)) else None


def scans_of(given: Iterable[Scan] | Scan) -> Iterable[Scan]:
    """Many scans as they are, and one, which a caller forgot to put into a list, as the only one.

    A string is one scan, not letters; an array of (N, 3) is one, and of (H, W, 3), organised like a picture; of (B, N, 3)
    are B.
    """
    if isinstance(given, Iterator):
        return given
    from cg3d_runtime.scans.in_memory import is_one_scan  # only what is in memory needs it

    return [given] if isinstance(given, DepthImage) or is_one_scan(given) else given  # type: ignore[return-value]


def _to_cloud(scan: Scan, up: str | None) -> PointCloud:
    if isinstance(scan, (str, os.PathLike)):
        return read_scan(Path(scan), up)
    cloud = scan.read() if isinstance(scan, DepthImage) else _in_memory(scan)
    return replace(cloud, up=up) if up else cloud


def _in_memory(scan: object) -> PointCloud:
    if isinstance(scan, PointCloud):
        return scan
    from cg3d_runtime.scans.in_memory import cloud_of  # as above

    return cloud_of(scan)
