"""Support of a graph by TensorRT's ONNX parsers, checked without TensorRT, so that a bundle does not fail on the robot first.

The table, and the lists of `bundle.operators` that it is made of, hold what both ends of the supported range document,
10.3 (JetPack 6) and 11: an operator is listed where the parser's list has it for 8.5 and still for 10.15, or where 10.3's own
network API has its layer (normalisation, GELU). Operators that came later, such as Attention, are left out, and types are
those of the stricter list. 64-bit integers are native since 10.0.

Source: docs/operators.md of https://github.com/onnx/onnx-tensorrt at 8.5 and 10.15, and the opset guide of TensorRT 11
(https://docs.nvidia.com/deeplearning/tensorrt/latest/reference/onnx-opset-guide.html).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper

from cg3d_runtime.bundle import operators
from cg3d_runtime.errors import BundleError

OLDEST_OPSET, NEWEST_OPSET = 9, 20  # of 10.3; 11 takes up to 25
MOST_NEIGHBOURS = 3839  # "K must be less than 3840"

_FLOAT = frozenset({TensorProto.FLOAT, TensorProto.FLOAT16})
_NUMBER = _FLOAT | {TensorProto.INT32, TensorProto.INT64}
_ANY = _NUMBER | {TensorProto.BOOL}

OPERATORS: dict[str, frozenset[int]] = {
    **dict.fromkeys(operators.FLOAT_OPERATORS, _FLOAT),
    **dict.fromkeys(operators.NUMBER_OPERATORS, _NUMBER),
    **dict.fromkeys(operators.ANY_OPERATORS, _ANY),
    **dict.fromkeys(operators.BOOL_OPERATORS, frozenset({TensorProto.BOOL})),
    **dict.fromkeys(operators.INT8_OPERATORS, frozenset({TensorProto.INT8})),
}

# Operator -> position of the input that must be known when the engine is built.
_CONSTANT_INPUTS = {"CumSum": 1, "OneHot": 1, "Slice": 3, "Squeeze": 1, "TopK": 1, "Unsqueeze": 1}
_CONSTANT_INPUTS |= {name: 1 for name in OPERATORS if name.startswith("Reduce")}

Constants = dict[str, np.ndarray]


def require_tensorrt_support(model: ModelProto) -> None:
    """Check a graph against the operators, types and limits that TensorRT 10.3 to 11 document.

    Raises:
        BundleError: what is outside, the first few nodes by name.
    """
    if problems := tensorrt_problems(model):
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise BundleError(
            f"TensorRT does not take this graph: {'; '.join(problems[:3])}{more}. Change the module that is exported: "
            "the bundle must run on TensorRT 10.3 to 11."
        )


def tensorrt_problems(model: ModelProto) -> list[str]:
    """Everything about a graph that TensorRT 10.3 or 11 does not document as supported, in words."""
    problems = _opset_problems(model)
    if problems:
        return problems  # inference below needs operators that ONNX knows
    inferred = onnx.shape_inference.infer_shapes(model)
    types = _types(inferred)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    constants |= _constants(model)
    problems += [f"weights {name} are {_named(kind)}" for name, kind in _foreign_weights(model)]
    problems += [f"integers of {name} need 64 bits" for name, array in constants.items() if _exceeds_32_bits(array)]
    for node in model.graph.node:
        problems += [f"{node.op_type} {node.name or node.output[0]}: {text}" for text in _node(node, types, constants)]
    return problems


def _opset_problems(model: ModelProto) -> list[str]:
    problems = []
    for opset in model.opset_import:
        if opset.domain not in ("", "ai.onnx"):
            problems.append(f"it uses operators of {opset.domain!r}")
        elif not OLDEST_OPSET <= opset.version <= NEWEST_OPSET:
            problems.append(f"it is of opset {opset.version}; {OLDEST_OPSET} to {NEWEST_OPSET} is taken")
    return problems + [f"it defines its own function {function.name}" for function in model.functions]


def _types(model: ModelProto) -> dict[str, int]:
    graph = model.graph
    values = (*graph.input, *graph.value_info, *graph.output)
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    return types | {tensor.name: tensor.data_type for tensor in graph.initializer}


def _constants(model: ModelProto) -> Constants:
    """The values of Constant nodes."""
    return {
        node.output[0]: numpy_helper.to_array(attribute.t)
        for node in model.graph.node
        for attribute in node.attribute
        if node.op_type == "Constant" and attribute.name == "value"
    }


def _foreign_weights(model: ModelProto) -> list[tuple[str, int]]:
    taken = _ANY | {TensorProto.INT8}
    return [(tensor.name, tensor.data_type) for tensor in model.graph.initializer if tensor.data_type not in taken]


def _exceeds_32_bits(array: np.ndarray) -> bool:
    """Indices and shapes are at most 32 bits wide in parts of TensorRT; exporters' "to the end" is understood."""
    if array.dtype != np.int64:
        return False
    ends = np.iinfo(np.int64)
    beyond = (
        (np.abs(array.astype(np.float64)) >= 2.0**31) & (array != ends.max) & (array != ends.min) & (array != -ends.max)
    )
    return bool(beyond.any())


def _node(node: NodeProto, types: dict[str, int], constants: Constants) -> list[str]:
    """The faults of one node."""
    if node.op_type not in OPERATORS:
        return ["the operator is not supported"]
    limits = _LIMITS[node.op_type](node, constants) if node.op_type in _LIMITS else []
    return [*_type_problems(node, types), *_computed_inputs(node, constants), *limits]


def _type_problems(node: NodeProto, types: dict[str, int]) -> list[str]:
    """The type that an operator computes in is that of its first data input; a Cast's other one is that of its output."""
    names = [*node.input[1 if node.op_type == "Where" else 0 :][:1], *(node.output if node.op_type == "Cast" else ())]
    allowed = OPERATORS[node.op_type]
    listed = ", ".join(map(_named, sorted(allowed)))
    kinds = {name: types.get(name, 0) for name in names}
    return [f"{name} is {_named(kind)}; {listed} is taken" for name, kind in kinds.items() if kind not in allowed]


def _computed_inputs(node: NodeProto, constants: Constants) -> list[str]:
    position = _CONSTANT_INPUTS.get(node.op_type, len(node.input))
    names = [name for name in node.input[position : position + 1] if name and name not in constants]
    return [f"{name} is computed; a constant is expected" for name in names]


def _topk(node: NodeProto, constants: Constants) -> list[str]:
    problems = []
    if next((attribute.i for attribute in node.attribute if attribute.name == "sorted"), 1) != 1:
        problems.append("sorted is 0; 1 is taken")
    if node.input[1] in constants and (k := int(constants[node.input[1]].max())) > MOST_NEIGHBOURS:
        problems.append(f"k is {k}; at most {MOST_NEIGHBOURS} is taken")
    return problems


def _layer_norm(node: NodeProto, constants: Constants) -> list[str]:
    return ["only the first output is supported"] if any(node.output[1:]) else []


def _symmetric(node: NodeProto, constants: Constants) -> list[str]:
    """Quantisation is INT8 around zero."""
    if len(node.input) < 3 or not node.input[2]:
        return ["the zero point is left out, which means UINT8"] if node.op_type == "QuantizeLinear" else []
    zero = constants.get(node.input[2])
    if zero is None or zero.dtype != np.int8 or zero.any():
        return ["the zero point must be INT8 zeros: quantise symmetrically"]
    return []


def _scatter(node: NodeProto, constants: Constants) -> list[str]:
    reduction = next((attribute.s for attribute in node.attribute if attribute.name == "reduction"), b"none")
    return [] if reduction == b"none" else [f"reduction {reduction.decode()} is not supported"]


_LIMITS: dict[str, Callable[[NodeProto, Constants], list[str]]] = {
    "TopK": _topk,
    "LayerNormalization": _layer_norm,
    "QuantizeLinear": _symmetric,
    "DequantizeLinear": _symmetric,
    "ScatterND": _scatter,
    "ScatterElements": _scatter,
}


def _named(kind: int) -> str:
    return str(TensorProto.DataType.Name(kind)) if kind else "of a type that cannot be inferred"
