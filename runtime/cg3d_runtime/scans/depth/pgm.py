"""PGM, the grey pictures of Netpbm: Pillow stretches their values to 65535 where the header names a smaller maximum."""

from __future__ import annotations

import re
import warnings
from typing import BinaryIO

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.limits import MOST_PIXELS

_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_HEADER = re.compile(rb"(P[25])" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,5})(?=\s|#)")
_COMMENT = re.compile(rb"#[^\r\n]*")
_MOST_HEADER_BYTES = 1 << 16  # with comments
_MOST_LETTERS = 16  # of a plain number with the white space before it


def is_pgm(file: BinaryIO) -> bool:
    """Whether a file begins as PGM, binary or plain; it is back at its start then."""
    start = file.read(2)
    file.seek(0)
    return start in (b"P2", b"P5")


def read_pgm(file: BinaryIO) -> np.ndarray:
    """Read the values as stored, (H, W): uint8 up to a maximum of 255, else uint16.

    Source: the PGM format specification of Netpbm.

    Raises:
        ScanError: damaged or too large; in words that follow the file's name.
    """
    content = file.read()
    header = _HEADER.match(content[:_MOST_HEADER_BYTES])
    width, height, maximum = (int(word) for word in header.groups()[1:]) if header else (0, 0, 0)
    if header is None or not (width and height and 0 < maximum < 1 << 16):
        raise ScanError("is not an image that can be read as PGM: its header is damaged.")
    if width * height > MOST_PIXELS:
        raise ScanError(f"has {width} x {height} pixels, above the limit of {MOST_PIXELS}; scale it down.")
    dtype = np.dtype(">u2" if maximum > 255 else "u1")
    offset, count = header.end(), width * height
    values = _plain(content, offset, count) if header[1] == b"P2" else _binary(content, offset, count, dtype)
    if len(values) < count or values.min() < 0 or values.max() > maximum:
        raise ScanError(
            f"is not an image that can be read as PGM: {width} x {height} numbers up to {maximum} must follow its header. "
            "Is it complete?"
        )
    return values.reshape(height, width).astype(dtype, copy=False)


def _binary(content: bytes, offset: int, count: int, dtype: np.dtype) -> np.ndarray:
    held = (len(content) - offset - 1) // dtype.itemsize  # one white space ends the header
    return np.frombuffer(content, dtype, min(count, max(held, 0)), offset + 1)


def _plain(content: bytes, offset: int, count: int) -> np.ndarray:
    text = _COMMENT.sub(b"", content[offset:])[: _MOST_LETTERS * count]
    with warnings.catch_warnings():  # of words that are no numbers, after which it stops: too few are left
        warnings.simplefilter("ignore")
        return np.fromstring(text, np.int32, sep=" ")[:count]
