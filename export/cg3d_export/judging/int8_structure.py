"""The structure of an INT8 graph, read from the file alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, numpy_helper

LEAST_INT8_SHARE = 0.5
PAIR = ("QuantizeLinear", "DequantizeLinear")


@dataclass(frozen=True)
class Int8Structure:
    """The INT8 part of a graph.

    Attributes:
        share: part of the products' weights that is INT8; tables that are only looked up, such as a text tower's, are none.
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
    makers = {name: node for node in graph.node for name in node.output}
    restored = {name for name, node in makers.items() if node.op_type == PAIR[1]}
    products = [node for node in graph.node if node.op_type in ("MatMul", "Gemm", "Conv")]
    constants = {tensor.name: tensor for tensor in graph.initializer}
    weights = [tensor for node in products if (tensor := _weight(node, constants, makers))]
    small = [tensor for tensor in weights if tensor.data_type == TensorProto.INT8]
    rounded = tuple(node.name for node in products if {*node.input[:2]} <= restored)
    pairs = [node for node in graph.node if node.op_type == PAIR[1] and _made_by(node, makers) == PAIR[0]]
    return Int8Structure(
        share=_numbers(small) / max(_numbers(weights), 1),
        pairs=len(pairs),
        products=rounded,
        float_products=tuple(node.name for node in products if node.name not in rounded),
    )


def _weight(product: NodeProto, constants: dict[str, TensorProto], makers: dict[str, NodeProto]) -> TensorProto | None:
    """Its constant factor, in the type in which it is stored; None where both factors are activations."""
    restored = (makers[name] for name in product.input[:2] if name in makers and makers[name].op_type == PAIR[1])
    names = [*product.input[:2], *(node.input[0] for node in restored)]
    return next((constants[name] for name in names if name in constants), None)


def _numbers(tensors: list[TensorProto]) -> int:
    return sum(math.prod(tensor.dims) for tensor in tensors)


def int8_problems(graph: onnx.GraphProto, structure: Int8Structure) -> Iterator[str]:
    """Faults that keep a graph from being the INT8 that every inference library takes: symmetric, with enough weights."""
    if structure.share < LEAST_INT8_SHARE:
        yield too_few(structure.share)
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type in PAIR and (problem := _asymmetry(node, constants)):
            yield f"{node.op_type} {node.name} {problem}"


def too_few(share: float) -> str:
    """The fault of a `share` below the least."""
    return f"{share:.1%} of the products' weights are INT8; {LEAST_INT8_SHARE:.0%} or more is expected"


def _asymmetry(node: NodeProto, constants: dict[str, TensorProto]) -> str | None:
    if len(node.input) < 3 or node.input[2] not in constants:
        return "has no constant zero point; an int8 zero is expected"
    zero = constants[node.input[2]]
    if zero.data_type != TensorProto.INT8:
        return f"rounds to {TensorProto.DataType.Name(zero.data_type).lower()}; int8 is expected"
    if np.any(numpy_helper.to_array(zero)):
        return "has a zero point other than 0; symmetric rounding is expected"
    return None


def _made_by(node: NodeProto, makers: dict[str, NodeProto]) -> str:
    maker = makers.get(node.input[0])
    return maker.op_type if maker else ""
