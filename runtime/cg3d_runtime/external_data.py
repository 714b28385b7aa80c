"""Tell whether an ONNX file takes weights from other files, without the `onnx` package.

Such references are resolved relative to a working directory, may point anywhere on the disk and escape the manifest's
hashes. They can sit in any tensor: initialisers, sparse ones, attributes, graphs inside attributes, functions. So this
walks the protobuf messages that can hold a tensor and looks at nothing else.

Source: field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) and the protobuf wire
format (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

from collections.abc import Iterator

# Message -> field number -> the message in that field, for every path that leads to a TensorProto.
_NESTED = {
    "Model": {7: "Graph", 20: "TrainingInfo", 25: "Function"},
    "TrainingInfo": {1: "Graph", 2: "Graph"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Function": {7: "Node", 11: "Attribute"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor", 23: "SparseTensor"},
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
    "Tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # fields of TensorProto
_DAMAGED = "no ONNX model, or cut short"
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5  # wire types; 3 and 4, groups, do not occur in ONNX


def refers_to_other_files(model: bytes) -> bool:
    """Whether any tensor of a serialised ModelProto keeps its data outside.

    Raises:
        ValueError: the bytes are no protobuf message, hence no ONNX model.
    """
    pending = [("Model", memoryview(model))]
    while pending:
        message, content = pending.pop()
        for field, value in _fields(content):
            if message == "Tensor" and (field == _EXTERNAL_DATA or (field == _DATA_LOCATION and value != 0)):
                return True
            if isinstance(value, memoryview) and field in _NESTED[message]:
                pending.append((_NESTED[message][field], value))
    return False


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of one message in order: a varint as its number, everything else as its bytes."""
    position, end = 0, len(content)
    while position < end:
        key, position = _varint(content, position)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            number, position = _varint(content, position)
            yield field, number
            continue
        if wire == _LENGTH:
            size, position = _varint(content, position)
        else:
            size = {_FIXED64: 8, _FIXED32: 4}.get(wire, end)  # a group is refused below: nothing of size `end` is left
        if size > end - position:
            raise ValueError(_DAMAGED)
        yield field, content[position : position + size]
        position += size


def _varint(content: memoryview, position: int) -> tuple[int, int]:
    """Read a number in base 128, low digits first; return it and the position after it."""
    number = shift = 0
    while position < len(content) and shift < 70:
        byte = content[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7
    raise ValueError(_DAMAGED)
