"""Tell whether an ONNX file is a graph as a bundle's are, without the `onnx` package and without reading its weights.

A graph is a program from elsewhere. It may not name other files: such references are resolved relative to a working directory,
may point anywhere on the disk and escape the manifest's hashes. Nor may it loop, branch, or call functions and operators that
somebody brought along. So every field that may be there is listed below, and any other is refused: what this does not
know, an inference library may.

A field that is there twice is looked at twice, since parsers take the last, or both. What stays possible is a graph that takes
much memory or time with honest operators; only limits of the system help there.

Source: field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from cg3d_runtime.bundle.operators import OPERATORS
from cg3d_runtime.bundle.protobuf import FIXED32, FIXED64, LENGTH, VARINT, fields

_MOST_FIELDS = 1 << 20  # that are looked at; the text tower of a ViT-L has some 10,000
_FLOAT, _DEFAULT = b"\x01", b"\x00"  # the digits of TensorProto.FLOAT, and of a data_location inside the file
_OUTSIDE = "this graph keeps weights outside its own file, where no hash guards them"
_OWN_GRAPHS = "this graph holds operators with graphs of their own, which may loop; none that is exported does"
_ONE_OUTPUT = "this graph must give one output, `features`, a tensor of float32"


class _Choices(NamedTuple):
    """What the bytes of a field may be, if it may be there at all, and what is wrong where they are others."""

    choices: frozenset[bytes]
    fault: str


def _never(fault: str) -> _Choices:
    return _Choices(frozenset(), fault)


_UNKNOWN = _never("no ONNX model, or one with a field that is not known here, {number} of {message}")
_OPERATOR = _Choices(
    frozenset(name.encode() for name in OPERATORS),
    "this graph holds the operator {value}; no graph that is exported does",
)
_DOMAIN = _Choices(frozenset({b"", b"ai.onnx"}), "this graph holds operators of the domain {value}")
_LOCATION = _Choices(frozenset({_DEFAULT}), _OUTSIDE)
_NAME = _Choices(frozenset({b"features"}), f"{_ONE_OUTPUT}; it gives {{value}}")
_TYPE = _Choices(frozenset({_FLOAT}), f"{_ONE_OUTPUT}; it is of another type")

# Message -> field -> the message in it. Of ValueInfoProto and TypeProto only an output's are looked at.
_NESTED: dict[str, dict[int, str]] = {
    "Model": {7: "Graph"},
    "Graph": {1: "Node", 5: "Tensor", 12: "Output"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor"},
    "Output": {2: "Type"},
    "Type": {1: "TensorType"},
}
# Message -> wire type and field -> what its bytes may be.
_CHECKED: dict[str, dict[tuple[int, int], _Choices]] = {
    "Model": {
        (LENGTH, 20): _never("this graph holds a second one for training"),
        (LENGTH, 25): _never("this graph holds functions of its own; none that is exported does"),
    },
    "Graph": {(LENGTH, 15): _never("this graph holds sparse weights; none that is exported does")},
    "Node": {(LENGTH, 4): _OPERATOR, (LENGTH, 7): _DOMAIN},
    "Attribute": {(LENGTH, number): _never(_OWN_GRAPHS) for number in (6, 11)},
    "Tensor": {(LENGTH, 13): _never(_OUTSIDE), (VARINT, 14): _LOCATION},
    "Output": {(LENGTH, 1): _NAME},
    "Type": {
        (LENGTH, number): _never(_TYPE.fault) for number in (4, 5, 7, 8, 9)
    },  # sequence, map, opaque, sparse, optional
    "TensorType": {(VARINT, 1): _TYPE},
}
# Message -> wire type -> fields that hold nothing to look at; lists of numbers may be packed or not.
_PLAIN: dict[str, dict[int, tuple[int, ...]]] = {
    "Model": {VARINT: (1, 5), LENGTH: (2, 3, 4, 6, 8, 14)},
    "Graph": {LENGTH: (2, 10, 11, 13, 14, 16)},
    "Node": {LENGTH: (1, 2, 3, 6, 9)},
    "Attribute": {VARINT: (3, 8, 20), FIXED32: (2, 7), LENGTH: (1, 4, 7, 8, 9, 13)},
    "Tensor": {
        VARINT: (1, 2, 5, 7, 11),
        FIXED32: (4,),
        FIXED64: (10,),
        LENGTH: (1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16),
    },
    "Output": {LENGTH: (3, 4)},
    "Type": {LENGTH: (6,)},
    "TensorType": {LENGTH: (2,)},
}


def _meanings(message: str) -> Mapping[int, str | _Choices | None]:
    """Tag -> the message in that field, what it may be, or None where there is nothing to look at."""
    plain = {number << 3 | wire: None for wire, numbers in _PLAIN[message].items() for number in numbers}
    nested = {number << 3 | LENGTH: inner for number, inner in _NESTED.get(message, {}).items()}
    checked = {number << 3 | wire: choices for (wire, number), choices in _CHECKED.get(message, {}).items()}
    return {**plain, **nested, **checked}


_MEANINGS = {message: _meanings(message) for message in _PLAIN}


def require_plain_graph(model: bytes) -> None:
    """Check a serialised ModelProto: one graph of known operators in one file, whose only output is `features`.

    Raises:
        ValueError: it is something else, in words.
    """
    seen, count = Counter[str | _Choices](), 0
    pending = [("Model", 0, len(model))]
    while pending:
        message, start, end = pending.pop()
        meanings = _MEANINGS[message]
        for tag, first, last in fields(model, start, end):
            count += 1
            if count > _MOST_FIELDS:
                raise ValueError(f"this graph has more than {_MOST_FIELDS} parts")
            meaning = meanings.get(tag, _UNKNOWN)
            if meaning is None:
                continue
            seen[meaning] += 1
            if isinstance(meaning, str):
                pending.append((meaning, first, last))
            elif (value := model[first:last]) not in meaning.choices:
                words = repr(value[:80].decode("utf-8", "replace"))
                raise ValueError(meaning.fault.format(value=words, number=tag >> 3, message=message))
    if seen["Output"] != 1 or not seen[_NAME] or not seen[_TYPE]:
        raise ValueError(f"{_ONE_OUTPUT}; it has {seen['Output']}")
