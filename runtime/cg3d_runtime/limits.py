"""The most that is read from a file of any format, however well it is compressed: beyond it, one line instead of the memory.

A reader compares what a header claims with these before it takes memory for it, and decompresses in pieces where nothing is
claimed.
"""

from __future__ import annotations

from cg3d_runtime.errors import ScanError

MOST_POINTS = 25_000_000  # points of a scan, and rows of any table beside them: 300 MB as float32
MOST_TRIANGLES = 1 << 24  # triangles of a mesh, 17 million
MOST_PIXELS = 1 << 25  # pixels of a picture, that of an 8K camera
MOST_BYTES = 1 << 30  # bytes that one array, or one member of an archive, may become
MOST_FILE_BYTES = 1 << 31  # bytes of a scan file on the disk, where a sparse one costs nothing


def require_at_most(count: int, most: int, what: str) -> None:
    """Refuse what would take more memory than a scan is worth.

    Raises:
        ScanError: `count` is above `most`; `what` names the things in the message.
    """
    if count > most:
        raise ScanError(f"holds {count} {what}; at most {most} are read. Cut out the object, or thin the scan.")
