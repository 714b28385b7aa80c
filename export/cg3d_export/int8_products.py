"""Which products of a graph compute in INT8, and the nodes that say so to onnxruntime's quantiser."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

import onnx
from onnx import NodeProto, helper

from cg3d_calibration.products import weight_products

# An INT8 kernel also rounds its input and turns sums of 32 bits into float32, which costs the same however small the weight.
# In onnxruntime on a CPU with AVX-512, weights of 16 x 64 and 32 x 128, either way round, took as long as in FP32 or longer;
# those of 64 x 256 were 1.3 to 1.8 times as fast.
LEAST_WEIGHTS = 8192
_OWN = "/rounded"  # end of the names of copies that products alone read


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
