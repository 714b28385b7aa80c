"""The header of a PLY file: what the file says it holds, checked against what it can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from cg3d_runtime.errors import ScanError

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4", "double": "f8",
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
    "int64": "i8", "uint64": "u8",  # in no specification, but in files with time stamps
}  # fmt: skip
_FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_TOLD_BY_NAME = {"x", "y", "z", "vertex_indices", "vertex_index"}  # what a shape is made of


@dataclass(frozen=True)
class Property:
    """A column of an element: one number a row, or a list with its length before it where `length` is set."""

    name: str
    dtype: np.dtype
    length: np.dtype | None = None


@dataclass(frozen=True)
class Element:
    """A table of the file."""

    name: str
    count: int
    properties: list[Property]

    @property
    def has_lists(self) -> bool:
        return any(column.length is not None for column in self.properties)


@dataclass(frozen=True)
class Header:
    """The tables of a PLY file in their order; `byte_order` is "<" or ">", or "" for a text file."""

    byte_order: str
    elements: list[Element]


def read_header(file: BinaryIO) -> Header:
    """Read up to and with the line `end_header`.

    Raises:
        ScanError: not a PLY header.
    """
    if file.readline(16).strip() != b"ply":
        raise ScanError("is not a PLY file: its first line is not `ply`.")
    byte_order: str | None = None
    elements: list[Element] = []
    for line in file:
        words = line.decode("latin-1").split()
        match words:
            case ["end_header"]:
                break
            case ["format", name, _] if name in _FORMATS:
                byte_order = _FORMATS[name]
            case ["element", name, count] if count.isdecimal() and len(count) < 19:
                elements.append(Element(name, int(count), []))
            case ["property", *words] if elements:
                elements[-1].properties.append(_parse_property(words, byte_order))
            case [] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise ScanError(f"header line {' '.join(words)[:80]!r} is not valid PLY.")
    else:
        raise ScanError("header has no end_header line; the file is truncated or not a PLY file.")
    if byte_order is None:
        raise ScanError(f"header has no format line; one of {', '.join(_FORMATS)} is needed.")
    return Header(byte_order, elements)


def _parse_property(words: list[str], byte_order: str | None) -> Property:
    match words:
        case [number, name] if number in _TYPES:
            return Property(name, np.dtype((byte_order or "") + _TYPES[number]))
        case ["list", length, number, name] if number in _TYPES and _TYPES.get(length, "f")[0] in "iu":
            return Property(
                name, np.dtype((byte_order or "") + _TYPES[number]), np.dtype((byte_order or "") + _TYPES[length])
            )
    raise ScanError(f"header line 'property {' '.join(words)[:80]}' has a type that PLY does not know.")


def check_size(header: Header, body_bytes: int) -> None:
    """Refuse a header that claims more rows than the file has room for, before anything is allocated for them.

    Raises:
        ScanError: the rows claimed need more bytes than the file has after its header, or a name stands there twice.
    """
    for element in header.elements:
        if not element.properties:
            raise ScanError(f"element {element.name} has no properties; the header is malformed.")
        names = [column.name for column in element.properties]
        if twice := {name for name in _TOLD_BY_NAME if names.count(name) > 1}:
            raise ScanError(
                f"{element.name} has more than one property {min(twice)}; which one is meant cannot be told."
            )
    needed = sum(element.count * _least_bytes(element, header) for element in header.elements)
    if needed > body_bytes + 1:  # the last line of a text file may lack its line feed
        claim = " and ".join(f"{element.count} {element.name} rows" for element in header.elements)
        raise ScanError(
            f"header claims {claim}, at least {needed} bytes, but {body_bytes} bytes follow; the file is truncated or "
            "its header is wrong."
        )


def _least_bytes(element: Element, header: Header) -> int:
    if not header.byte_order:
        return 2 * len(element.properties)  # a digit and a separator each
    return sum((column.length or column.dtype).itemsize for column in element.properties)
