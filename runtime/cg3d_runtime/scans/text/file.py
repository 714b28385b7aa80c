"""A text file of unknown make as lines: its encoding, its line ends, and what is no text, in pieces of bounded size."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from cg3d_runtime.errors import ScanError
from cg3d_runtime.files.encodings import text_encoding

HEAD_BYTES = 4096  # enough to tell what a file holds
_PIECE = 1 << 20  # characters that are read at once
_LONGEST_LINE = 1 << 16  # characters
_OTHER_FORMATS = {
    b"ply": "is a PLY file; name it .ply.",
    b"# .PCD": "is a PCD file; name it .pcd.",
    b"\x93NUMPY": "is a NumPy array; name it .npy.",
    b"LASF": "is a LAS file; name it .las or .laz.",
    b"glTF": "is a GLB file; name it .glb.",
    b"\x1f\x8b": "is packed by gzip; unpack it first.",
    b"PK\x03\x04": "is a zip archive, as .xlsx and .npz are; write its table as CSV.",
    b"%PDF": "is a PDF file; points are needed as text.",
}


def encoding_of_points(head: bytes) -> str:
    """The encoding of a file of points that starts with `head`.

    Raises:
        ScanError: it is another format, or no text.
    """
    for magic, message in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise ScanError(message)
    encoding = text_encoding(head)
    if encoding is None:
        raise ScanError("holds NUL bytes: it is binary, or UTF-16 without a byte order mark. Save it as UTF-8 text.")
    return encoding


def line_blocks(file: BinaryIO) -> Iterator[list[str]]:
    """Yield the lines of a file of points, without their ends, some thousands at once.

    Raises:
        ScanError: as `encoding_of_points`, or a line of more than 65,536 characters, which is not held in memory.
    """
    encoding = encoding_of_points(file.read(HEAD_BYTES))
    file.seek(0)
    with io.TextIOWrapper(file, encoding, errors="replace") as text:  # comments may be in any encoding
        rest, piece = "", text.read(_PIECE)
        while piece:
            following = text.read(_PIECE)
            *lines, rest = (rest + piece).split("\n")
            if len(rest) > _LONGEST_LINE or any(len(line) > _LONGEST_LINE for line in lines):
                raise ScanError(f"has a line of more than {_LONGEST_LINE} characters; one point a line is needed.")
            yield lines if following else [*lines, rest]
            piece = following
