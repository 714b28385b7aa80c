"""E57 (ASTM E2807) of terrestrial laser scanners, read with e57 (the extra `e57`).

Of the libraries that read it, e57 has wheels for robots of both architectures, and is memory-safe; pye57 has none for aarch64.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError, one_line
from cg3d_runtime.limits import MOST_POINTS, require_at_most
from cg3d_runtime.scans.arrays import Reading

_SIGNATURE = b"ASTM-E57"
_HEADER = struct.Struct(
    "<8sII4Q"
)  # signature, version, length of the file, place and length of the XML, size of a page
_PAGE = 1024
_MOST_XML = 1 << 26  # bytes
_MOST_POINTS_A_BYTE = 4  # two bits a point; real ones take some bytes
_CLOUD = re.compile(r'<points[^>]*\srecordCount="(\d+)"')
_COLOURED = re.compile(r"<colorRed[\s/>]")


def read_e57(path: Path) -> Reading:
    """Read the points of all scans in the file, each in its pose, and their colours where all have them.

    Points that are marked as invalid are left out.

    Returns:
        xyz (N, 3) float64 in metres, and rgb (N, 3) float32 in [0, 1].
    Raises:
        ScanError: e57 is missing or cannot read the file, or its header claims more than it holds.
    """
    try:
        import e57
    except ImportError as error:
        raise ScanError('reading .e57 needs e57: pip install e57 (the extra "e57")') from error
    _check_header(path)
    xml = _called(e57.raw_xml, path)
    claimed = sum(map(int, _CLOUD.findall(xml)))
    _check_count(claimed, path.stat().st_size)
    read = _called(e57.read_points, path)
    xyz, rgb = np.asarray(read.points), np.asarray(read.color)
    # Where points have no colour, e57 makes one of their intensity.
    has_colours = bool(_COLOURED.search(xml)) and len(rgb) == len(xyz)
    return Reading(xyz, np.clip(rgb, 0, 1) if has_colours else None)


def _called(function: Any, path: Path) -> Any:
    try:
        return function(str(path))
    except (OSError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a panic of its decoder is no Exception
        raise ScanError(f"e57 cannot read it: {one_line(error)}.") from error


def _check_header(path: Path) -> None:
    """Refuse a header that claims what the file does not hold: memory would be taken for it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    if len(head) < _HEADER.size or not head.startswith(_SIGNATURE):
        raise ScanError("is not an E57 file: it does not start with ASTM-E57 and a header of 48 bytes.")
    _, _, _, length, start, xml, page = _HEADER.unpack(head)
    if length != size or size % _PAGE or page != _PAGE:
        raise ScanError(
            f"has {size} bytes, its header says {length} in pages of {page}; the file is cut off or its header is wrong."
        )
    if start + xml > size or xml > _MOST_XML:
        raise ScanError(f"claims {xml} bytes of XML at byte {start} of {size}; its header is wrong.")


def _check_count(points: int, size: int) -> None:
    if points > _MOST_POINTS_A_BYTE * size:
        raise ScanError(f"claims {points} points in {size} bytes; the file is damaged.")
    require_at_most(points, MOST_POINTS, "points")
