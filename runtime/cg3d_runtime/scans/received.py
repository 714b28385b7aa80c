"""Scan files that have no name of their own here: bytes from a network, a database or an archive."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePath

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import SCAN_SUFFIXES, read_scan
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import Up


@dataclass(frozen=True)
class ReceivedScan:
    """The content of a scan file, under the name that its sender gave it.

    Attributes:
        name: what answers and errors call it. Its suffix tells the format; no file of that name is looked for.
        content: the bytes, or the file that holds them: its name ends in `stored_suffix(name)`, and its folder holds nothing
            else that a mesh may refer to.
    """

    name: str
    content: bytes | Path

    def read(self, up: Up | None = None) -> PointCloud:
        """Read it as `read_scan` does; bytes pass through a file in the temporary folder, for memory may be short.

        Raises:
            ScanError: as `read_scan`, or the temporary folder cannot be written.
        """
        if isinstance(self.content, Path):
            return read_scan(self.content, up, self.name)
        try:
            with tempfile.TemporaryDirectory(prefix="cg3d-") as folder:
                path = Path(folder, f"scan{stored_suffix(self.name)}")
                path.write_bytes(self.content)
                return read_scan(path, up, self.name)
        except OSError as error:
            raise ScanError(f"the scan cannot be put into the temporary folder: {error.strerror or error}.") from error


def stored_suffix(name: str) -> str:
    """The suffix under which the content of a file of that name is kept: its own where it is one of a scan, else none."""
    suffix = PurePath(name).suffix.lower()
    return suffix if suffix in SCAN_SUFFIXES else ""
