"""What an INT8 graph is made of, read from the file alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, numpy_helper
from onnx.helper import tensor_dtype_to_np_dtype

LEAST_INT8_SHARE = 0.5
PAIR = ("QuantizeLinear", "DequantizeLinear")
_WEIGHT_TYPES = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT8)


@dataclass(frozen=True)
class Int8Structure:
    """The INT8 part of a graph.

    Attributes:
        share: part of the weight bytes that is INT8.
        pairs: how many activations are rounded: a QuantizeLinear read by a DequantizeLinear.
        products: names of the products that compute in INT8: both factors come out of a DequantizeLinear.
        float_products: names of the other products, those of two activations among them.
    """

    share: float
    pairs: int
    products: tuple[str, ...]
    float_products: tuple[str, ...]


def int8_structure(graph: onnx.GraphProto) -> Int8Structure:
    """Count; see `Int8Structure`."""
    sizes = dict.fromkeys(_WEIGHT_TYPES, 0)
    for tensor in graph.initializer:
        if tensor.data_type in sizes:
            sizes[tensor.data_type] += math.prod(tensor.dims) * tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    makers = {name: node for node in graph.node for name in node.output}
    restored = {name for name, node in makers.items() if node.op_type == PAIR[1]}
    products = [node for node in graph.node if node.op_type in ("MatMul", "Gemm", "Conv")]
    rounded = tuple(node.name for node in products if {*node.input[:2]} <= restored)
    pairs = [node for node in graph.node if node.op_type == PAIR[1] and _made_by(node, makers) == PAIR[0]]
    return Int8Structure(
        share=sizes[TensorProto.INT8] / max(sum(sizes.values()), 1),
        pairs=len(pairs),
        products=rounded,
        float_products=tuple(node.name for node in products if node.name not in rounded),
    )


def int8_problems(graph: onnx.GraphProto, structure: Int8Structure) -> Iterator[str]:
    """What keeps a graph from being the INT8 that every inference library takes: symmetric, with enough weights."""
    if structure.share < LEAST_INT8_SHARE:
        yield f"{structure.share:.1%} of the weight bytes are INT8; {LEAST_INT8_SHARE:.0%} or more is expected"
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type in PAIR and (problem := _asymmetry(node, constants)):
            yield f"{node.op_type} {node.name} {problem}"


def _asymmetry(node: NodeProto, constants: dict[str, TensorProto]) -> str | None:
    if len(node.input) < 3 or node.input[2] not in constants:
        return "has no constant zero point; an int8 zero is expected"
    zero = constants[node.input[2]]
    # Biases are int32: accumulators of int8 products.
    allowed = (TensorProto.INT8,) if node.op_type == PAIR[0] else (TensorProto.INT8, TensorProto.INT32)
    if zero.data_type not in allowed:
        return f"rounds to {TensorProto.DataType.Name(zero.data_type).lower()}; int8 is expected"
    if np.any(numpy_helper.to_array(zero)):
        return "has a zero point other than 0; symmetric rounding is expected"
    return None


def _made_by(node: NodeProto, makers: dict[str, NodeProto]) -> str:
    maker = makers.get(node.input[0])
    return maker.op_type if maker else ""
