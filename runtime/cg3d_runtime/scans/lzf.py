"""LZF, the compression inside PCD files; format by Marc Lehmann (LibLZF)."""

from __future__ import annotations

from cg3d_runtime.errors import ScanError

LARGEST_RATIO = 264 / 3  # three bytes repeat at most 264


def decompress(data: bytes, size: int) -> bytearray:
    """Decompress LZF data to exactly `size` bytes.

    Raises:
        ScanError: the data are damaged or give another size.
    """
    out = bytearray()
    position = 0
    try:
        while position < len(data) and len(out) <= size:
            control = data[position]
            position += 1
            if control < 32:  # control + 1 bytes as they are
                out += data[position : position + control + 1]
                position += control + 1
                continue
            length = control >> 5
            if length == 7:
                length += data[position]
                position += 1
            length += 2
            distance = ((control & 31) << 8) + data[position] + 1
            position += 1
            start = len(out) - distance
            if start < 0:
                raise IndexError("a repeat begins before the first byte")
            repeated = out[start : start + length]
            if distance < length:  # the repeat runs into its own output
                repeated = (repeated * (length // distance + 1))[:length]
            out += repeated
    except IndexError as error:
        raise ScanError("compressed data are damaged.") from error
    if len(out) != size:
        raise ScanError(f"compressed data are damaged: they should give {size} bytes.")
    return out
