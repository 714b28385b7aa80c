"""Which nodes of an FP32 graph INT8 is about: the products with weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

LEAST_WIDTH = (
    16  # of both sides of a weight: narrower products gain nothing in INT8 (TensorRT's tools leave them out too)
)


def fold_constants(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which everything that depends on weights alone is a weight; the names of all other values stay.

    The exporter leaves some of it to the inference library (the halves of a split weight), but what is to become INT8 must
    be known here.
    """
    folded = onnx.ModelProto()
    folded.CopyFrom(model)
    graph, kept = folded.graph, []
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.input and all(name in constants for name in node.input):
            values = ReferenceEvaluator(node, opsets={"": folded.opset_import[0].version}).run(
                None, {name: constants[name] for name in node.input}
            )
            constants |= dict(zip(node.output, map(np.asarray, values), strict=True))
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(constants[name], name) for name in sorted(used & constants.keys()))
    return folded


def weight_products(folded: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """The matrix products of a `fold_constants` graph with a weight that is wide enough.

    Input 0 is the activation, input 1 the weight. The first layer of a points graph, three channels wide, is none of them,
    nor are attention's products of two activations, nor the patch convolution.
    """
    weights = {tensor.name: tensor.dims for tensor in folded.graph.initializer}
    for node in folded.graph.node:
        if node.op_type not in ("MatMul", "Gemm") or node.input[0] in weights:
            continue
        sizes = weights.get(node.input[1], ())
        if len(sizes) == 2 and min(sizes) >= LEAST_WIDTH:
            yield node


def activations(model: onnx.ModelProto) -> list[str]:
    """Names of the values whose ranges INT8 needs, each once, in the order of the graph."""
    return list(dict.fromkeys(node.input[0] for node in weight_products(fold_constants(model))))
