"""The most that is read from a file of any format, however well it is compressed: beyond it, one line instead of the memory.

A reader compares what a header claims with these before it takes memory for it, and decompresses in pieces where nothing is
claimed.
"""

from __future__ import annotations

MOST_POINTS = 1 << 25  # points of a scan, 33 million: some 400 MB as float32
MOST_PIXELS = 1 << 25  # pixels of a picture, that of an 8K camera
MOST_BYTES = 1 << 30  # bytes that one array, or one member of an archive, may become
