"""The products with weights of an FP32 graph, which INT8 is about."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

# Of both sides of a weight: narrower products gain nothing in INT8; TensorRT's tools leave them out, too.
LEAST_WIDTH = 16
# An INT8 kernel also rounds its input and turns sums of 32 bits into float32, which costs the same however small the weight.
# In onnxruntime on a CPU with AVX-512, weights of 16 x 64 and 32 x 128, either way round, took as long as in FP32 or longer;
# those of 64 x 256 were 1.3 to 1.8 times as fast.
LEAST_WEIGHTS = 8192
_OWN = "/rounded"  # end of the names of copies that products alone read


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
    """Names of the values that products with weights read, each once, in the order of the graph: INT8 rounds some of them."""
    return list(dict.fromkeys(node.input[0] for node in weight_products(fold_constants(model))))


def int8_products(folded: onnx.ModelProto) -> list[str]:
    """Names of the products of a `fold_constants` graph that gain from INT8, in the order of the graph."""
    sizes = {tensor.name: math.prod(tensor.dims) for tensor in folded.graph.initializer}
    return [node.name for node in weight_products(folded) if sizes[node.input[1]] >= LEAST_WEIGHTS]


def own_inputs(folded: onnx.ModelProto, products: Collection[str]) -> dict[str, str]:
    """Let the products read a copy of their activation, in place, so that what else reads it goes on reading it unrounded.

    Returns:
        the copy's name -> the activation's.
    """
    copied: dict[str, str] = {}
    nodes: list[NodeProto] = []
    for node in folded.graph.node:
        if node.name in products:
            copy, activation = node.input[0] + _OWN, node.input[0]
            if copy not in copied:
                nodes.append(helper.make_node("Identity", [activation], [copy], copy))
            copied[copy], node.input[0] = activation, copy
        nodes.append(node)
    _replace_nodes(folded, nodes)
    return copied


def without_copies(model: onnx.ModelProto, copied: Mapping[str, str]) -> None:
    """Take the copies of `own_inputs` out again, in place, once something else stands between them and the products."""
    nodes = [node for node in model.graph.node if node.output[0] not in copied]
    for node in nodes:
        node.input[:] = [copied.get(name, name) for name in node.input]
    _replace_nodes(model, nodes)


def _replace_nodes(model: onnx.ModelProto, nodes: Iterable[NodeProto]) -> None:
    graph = onnx.GraphProto(node=nodes)  # copies: clearing the list below would clear nodes that are still its own
    del model.graph.node[:]
    model.graph.node.extend(graph.node)
