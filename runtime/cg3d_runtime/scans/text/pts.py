"""PTS, of Leica's Cyclone and others: the number of points, then lines of x y z, x y z i, x y z r g b or x y z i r g b."""

from __future__ import annotations

from pathlib import Path

from cg3d_runtime.scans.arrays import Reading
from cg3d_runtime.scans.text.file import line_blocks
from cg3d_runtime.scans.text.reader import read_lines


def read_pts(path: Path) -> Reading:
    """Read a file of one cloud or of several, each after its number of points; ShapeNet's have no numbers at all.

    Raises:
        ScanError: as `read_text`.
    """
    may_quote = not path.is_symlink()  # as in `read_text`
    with path.open("rb") as file:
        return read_lines((_without_counts(block) for block in line_blocks(file)), may_quote)


def _without_counts(lines: list[str]) -> list[str]:
    """Lines of a single whole number made empty, so that messages count the others right."""
    return ["" if line.strip().isdigit() else line for line in lines]
