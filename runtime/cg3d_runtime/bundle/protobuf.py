"""The fields of a protobuf message, read without the `protobuf` package, and only as its own writers put them.

Parsers differ on what else they let pass: C++ cuts a tag of five bytes to 32 bits, where others keep or refuse the rest, so
that one sees a field which the other does not. Hence a number longer than it need be, or longer than 64 bits, is refused here,
and whoever reads a message refuses tags that he does not know.

Source: the wire format (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # wire types; 3 and 4, groups, are of the past

_SIZES = {FIXED64: 8, FIXED32: 4}
_MOST_BITS = 70  # of a varint with all its digits
_MORE = 0x80  # in a digit: others follow
_DAMAGED = "no ONNX model, or cut short"


def fields(content: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of the message content[start:end] in order.

    Returns:
        Of each its tag, which is `number << 3 | wire type`, and where its value begins and ends: the digits of a number, which
        are the same for the same number, or the bytes of everything else.
    Raises:
        ValueError: bytes that are no such message.
    """
    while start < end:
        tag = content[start]
        start += 1
        if tag >= _MORE:
            tag, start = _varint(content, start - 1, end)
        wire = tag & 7
        if wire == LENGTH:
            size, start = _varint(content, start, end)
        elif wire == VARINT:
            size = _varint(content, start, end)[1] - start
        else:
            size = _SIZES.get(wire, end)  # of a group, more than is left
        if size > end - start:
            raise ValueError(_DAMAGED)
        yield tag, start, start + size
        start += size


def _varint(content: bytes, start: int, end: int) -> tuple[int, int]:
    """Read a number in base 128, low digits first and no more of them than it needs; return it and where it ends."""
    number = shift = 0
    while start < end and shift < _MOST_BITS:
        digit = content[start]
        start += 1
        number |= (digit & 0x7F) << shift
        if digit < _MORE:
            if number >> 64 or (digit == 0 and shift):
                break
            return number, start
        shift += 7
    raise ValueError(_DAMAGED)
