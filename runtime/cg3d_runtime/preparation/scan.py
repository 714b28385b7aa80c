"""A scan, read and prepared for the point encoder: the half of an answer that needs no model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from cg3d_runtime.answer import CONVENTION, GIVEN, Quality, Recorded
from cg3d_runtime.choices import AUTO, METRES
from cg3d_runtime.colours.basic import colours_of
from cg3d_runtime.errors import ScanError, shortened
from cg3d_runtime.preparation.extent import length_of
from cg3d_runtime.preparation.prepare import Preparation, PrepareSpec
from cg3d_runtime.preparation.quality import quality_of
from cg3d_runtime.preparation.upright import stand_up
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.bags import BagCloud, BagFault
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth import DepthImage
from cg3d_runtime.scans.received import ReceivedScan
from cg3d_runtime.scans.units import LARGEST, SMALLEST, oddities
from cg3d_runtime.scans.upward import AnyUp, Up, as_up

# The last, of a library, is whatever `cloud_of` takes.
Scan = str | os.PathLike[str] | ReceivedScan | DepthImage | BagCloud | BagFault | PointCloud | np.ndarray | object


@dataclass(frozen=True)
class PreparedScan:
    """What the point encoder needs of a scan, and what its answer tells about it.

    Attributes:
        file: the scan as it was named, None for an array or a cloud.
        points: (N, C) float32, as `prepare` gives it.
        count: points in the scan, before preparation.
        read_ms, prepare_ms: how long it took, with the look at its quality.
        cloud: the scan as read, where it was to be kept.
        note: what is odd about it, or None.
        quality: what it is like, None where nobody looked.
        up: the direction in the scan that `points` have up.
        up_from: who says so, see `Answer`.
        other_ups: directions that are worth a try, where the answer is not sure, or the scan does not tell up.
        is_open: whether one of these may be taken: `up` was only a guess.
        length: of the longest side, in metres; None where nobody says in which unit the scan is.
        colours: (11,) what may be called by which colour, see `colours_of`; None where the scan has none.
        recorded: of a message in a bag, its topic and stamp.
    """

    file: str | None
    points: np.ndarray
    count: int
    read_ms: float
    prepare_ms: float
    cloud: PointCloud | None
    note: str | None = None
    quality: Quality | None = None
    up: Up = "z"
    up_from: str = CONVENTION
    other_ups: tuple[Up, ...] = ()
    is_open: bool = False
    length: float | None = None
    colours: np.ndarray | None = None
    recorded: Recorded | None = None


Prepare = Callable[[Scan], PreparedScan]


def read_and_prepare(
    scan: Scan, spec: PrepareSpec, up: AnyUp | None = None, units: str | None = None, keep_cloud: bool = False
) -> PreparedScan:
    """Read a scan and prepare it as the model wants it.

    Args:
        scan: a file, a ReceivedScan, a DepthImage, or anything in memory that `cloud_of` takes: a PointCloud, an (N, 3) or
            (N, 6) array.
        up: the direction that points up, see `as_up`; "auto": away from the surface that the object stands on, where there is
            one around it; None means the scan's own: y for GLB, -y for a depth image without gravity, else z.
        units: of the scan's coordinates; None: nobody says, unless its format does.
        keep_cloud: hand the scan on as it was read, for pictures; it may be large.
    Raises:
        ScanError: it cannot be read, or holds too few points; the message starts with the name of a file.
    """
    started = perf_counter()
    cloud, source = read_cloud(scan, up)
    was_read = perf_counter()
    is_depth = isinstance(scan, DepthImage)
    try:
        detail, upright = stand_up(cloud, spec, source, is_depth)
    except ScanError as error:
        if name := name_of(scan):
            raise ScanError(f"{shortened(name)}: {error}") from error
        raise
    quality, note = quality_of(detail, len(cloud), upright.support, is_depth), oddities(cloud, units or "m", is_depth)
    prepared = perf_counter()
    return PreparedScan(
        file=file_of(scan),
        points=detail.points,
        count=len(cloud),
        read_ms=(was_read - started) * 1e3,
        prepare_ms=(prepared - was_read) * 1e3,
        cloud=replace(cloud, up=upright.up) if keep_cloud else None,
        note=note,
        quality=quality,
        up=upright.up,
        up_from=upright.source,
        other_ups=upright.others,
        is_open=upright.is_open,
        length=_length(detail, spec.up, "m" if is_depth else units or ("m" if cloud.in_metres else None)),
        colours=colours_of(cloud),
        recorded=recorded_of(scan),
    )


def read_cloud(scan: Scan, up: AnyUp | None = None) -> tuple[PointCloud, str]:
    """The points of anything that a scan may be, and who says which way is up in them: as in `read_and_prepare`, or "auto".

    Raises:
        ScanError: it cannot be read.
    """
    source = _source(scan, up)
    return _to_cloud(scan, None if up is None or source == AUTO else as_up(up)), source


def _length(detail: Preparation, up: str, units: str | None) -> float | None:
    """The longest side in metres, where its unit is known, and it is one that things have."""
    if units is None:
        return None
    length = length_of(detail, up) * METRES[units]
    return length if SMALLEST <= length <= LARGEST else None


def file_of(scan: Scan) -> str | None:
    """The file that a scan was named by; None for a cloud or an array."""
    if isinstance(scan, ReceivedScan):
        return scan.name
    named = scan.image if isinstance(scan, DepthImage) else scan.bag if isinstance(scan, (BagCloud, BagFault)) else scan
    return os.fspath(named) if isinstance(named, (str, os.PathLike)) else None


def name_of(scan: Scan) -> str | None:
    """What a scan is called where one file may hold many: the file, and of a message in a bag its topic and stamp."""
    return scan.name if isinstance(scan, BagCloud) else file_of(scan)


def recorded_of(scan: Scan) -> Recorded | None:
    """The topic and the stamp of a message in a bag."""
    return scan.recorded if isinstance(scan, BagCloud) else None


def scans_of(given: Iterable[Scan] | Scan) -> Iterable[Scan]:
    """Many scans as they are, and one, which a caller forgot to put into a list, as the only one.

    A string is one scan, not letters; an array of (N, 3) is one, and of (H, W, 3), organised like a picture; of (B, N, 3)
    are B.
    """
    if isinstance(given, Iterator):
        return given
    from cg3d_runtime.scans.in_memory import is_one_scan  # only what is in memory needs it

    return [given] if isinstance(given, (DepthImage, BagCloud, BagFault)) or is_one_scan(given) else given  # type: ignore[return-value]


def _source(scan: Scan, up: AnyUp | None) -> str:
    """Who says which way is up."""
    if isinstance(up, str) and up == AUTO:
        return AUTO
    is_given = up is not None or (isinstance(scan, DepthImage) and scan.gravity is not None)
    return GIVEN if is_given else CONVENTION


def _to_cloud(scan: Scan, up: Up | None) -> PointCloud:
    if isinstance(scan, (str, os.PathLike)):
        return read_scan(Path(scan), up)
    if isinstance(scan, ReceivedScan):
        return scan.read(up)
    cloud = scan.read() if isinstance(scan, (DepthImage, BagCloud, BagFault)) else _in_memory(scan)
    return cloud if up is None else replace(cloud, up=up)


def _in_memory(scan: object) -> PointCloud:
    if isinstance(scan, PointCloud):
        return scan
    from cg3d_runtime.scans.in_memory import cloud_of  # as above

    return cloud_of(scan)
