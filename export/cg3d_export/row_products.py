"""Products with weights in the form that INT8 kernels take: Gemm over rows, the bias inside.

A MatMul of (B, S, k, D) followed by an Add becomes a Gemm of (B S k, D): onnxruntime then computes the product, the bias and
the return to float32 in one pass, where it would keep the Add, and the MatMul itself, in float32 otherwise.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

from cg3d_calibration.products import weight_products

ROWS = "/rows"  # end of the names of activations in rows


def to_row_products(folded: onnx.ModelProto, leave: Collection[str] = ()) -> list[str]:
    """Rewrite the weight products of a `fold_constants` graph in place; exact up to the order of sums.

    Args:
        leave: names of products that stay as they are.
    Returns:
        names of the Gemm nodes that are there now, in the order of the graph.
    """
    graph = folded.graph
    chosen = {node.name: node for node in weight_products(folded) if node.name not in leave}
    biases = _biases(graph, chosen)
    absorbed = {add.name for add, _ in biases.values()}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.name in chosen and node.op_type == "MatMul":
            nodes += _as_rows(graph, node, *biases.get(node.name, (node, None)))
        elif node.name not in absorbed:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return list(chosen)


def _biases(graph: onnx.GraphProto, products: Collection[str]) -> dict[str, tuple[NodeProto, str]]:
    """Product -> the Add that alone reads it, and the constant vector that this adds."""
    widths = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    readers: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    found = {}
    for node in graph.node:
        following = readers.get(node.output[0], [])
        if node.name in products and node.op_type == "MatMul" and [n.op_type for n in following] == ["Add"]:
            other = next(name for name in following[0].input if name != node.output[0])
            if widths.get(other) == widths[node.input[1]][1:]:
                found[node.name] = following[0], other
    return found


def _as_rows(graph: onnx.GraphProto, node: NodeProto, last: NodeProto, bias: str | None) -> list[NodeProto]:
    """What replaces a MatMul and, where it is not the MatMul itself, the Add `last`."""
    inputs, outputs = next(list(tensor.dims) for tensor in graph.initializer if tensor.name == node.input[1])
    name, (x, weight) = last.output[0], node.input
    _add_constant(graph, f"{name}/row", [-1, inputs])
    _add_constant(graph, f"{name}/width", [outputs])
    return [
        helper.make_node("Reshape", [x, f"{name}/row"], [name + ROWS], f"{node.name}/to_rows"),
        helper.make_node("Gemm", [name + ROWS, weight, *filter(None, [bias])], [f"{name}/product"], node.name),
        helper.make_node("Shape", [x], [f"{name}/leading"], f"{node.name}/leading", start=0, end=-1),
        helper.make_node(
            "Concat", [f"{name}/leading", f"{name}/width"], [f"{name}/shape"], f"{node.name}/shape", axis=0
        ),
        helper.make_node("Reshape", [f"{name}/product", f"{name}/shape"], [name], f"{node.name}/from_rows"),
    ]


def _add_constant(graph: onnx.GraphProto, name: str, values: list[int]) -> None:
    graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), name))
