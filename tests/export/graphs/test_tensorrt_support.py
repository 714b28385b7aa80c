"""Graphs that TensorRT's parsers take, and what is said about those they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from cg3d_export import ExportReport
from cg3d_export.graphs.tensorrt_support import OPERATORS, require_tensorrt_support, tensorrt_problems
from cg3d_runtime import BundleError
from cg3d_runtime.bundle.onnx_check import require_plain_graph

GRAPHS = [f"{graph}.{precision}.onnx" for graph in ("text", "image", "points") for precision in ("fp32", "fp16")]


def one(
    op: str, inputs: dict[str, Any], constants: dict[str, np.ndarray] | None = None, **attributes: Any
) -> ModelProto:
    """A model of one node; `inputs`: name -> (type, shape), in order after which come the constants."""
    names = [*inputs, *(constants or {})]
    outputs = ["out", "indices"] if op == "TopK" else ["out"]
    graph = helper.make_graph(
        [helper.make_node(op, names, outputs, name="it", **attributes)],
        "one",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, 0, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])


X = {"x": (TensorProto.FLOAT, ["B", 8])}
HALF = {"x": (TensorProto.FLOAT16, ["B", 8])}


def k(count: int) -> dict[str, np.ndarray]:
    return {"k": np.array([count])}


@pytest.mark.parametrize("file", GRAPHS)
def test_every_exported_graph_passes(exported: tuple[Path, ExportReport], file: str) -> None:
    require_tensorrt_support(onnx.load(exported[0] / file))
    require_plain_graph((exported[0] / file).read_bytes())


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (one("TopK", X, k(24), sorted=0), "TopK it: sorted is 0; 1 is taken"),
        (one("TopK", {"x": (TensorProto.FLOAT, ["B", 5000])}, k(3840)), "k is 3840; at most 3839 is taken"),
        (one("TopK", X | {"k": (TensorProto.INT64, [1])}), "k is computed; a constant is expected"),
        (one("NonZero", X), "NonZero it: the operator is not supported"),
        (one("Relu", {"x": (TensorProto.DOUBLE, ["B", 8])}), "x is DOUBLE; FLOAT, FLOAT16 is taken"),
        (one("Cast", X, to=TensorProto.BFLOAT16), "out is BFLOAT16"),
        (one("Softmax", {"x": (TensorProto.BFLOAT16, ["B", 8])}), "x is BFLOAT16"),
        (one("ReduceMax", X | {"axes": (TensorProto.INT64, [1])}), "axes is computed"),
        (one("Add", X, {"w": np.ones(8)}), "weights w are DOUBLE"),
        (one("Add", {"x": (TensorProto.INT64, ["B"])}, {"w": np.array([2**40])}), "integers of w need 64 bits"),
        (one("QuantizeLinear", X, {"s": np.float32([0.1]), "z": np.uint8([128])}, axis=0), "INT8 zeros"),
        (one("QuantizeLinear", X, {"s": np.float32([0.1]), "z": np.int8([3])}, axis=0), "quantise symmetrically"),
        (one("QuantizeLinear", X, {"s": np.float32([0.1])}, axis=0), "means UINT8"),
        (
            one("DequantizeLinear", {"x": (TensorProto.INT32, [8])}, {"s": np.float32([0.1])}, axis=0),
            "x is INT32; INT8 is taken",
        ),
        (one("ScatterND", X, {"i": np.zeros((1, 1), int), "u": np.zeros((1, 8), np.float32)}, reduction="add"), "add"),
    ],
)
def test_what_the_parsers_do_not_take_is_named(model: ModelProto, message: str) -> None:
    with pytest.raises(BundleError, match=f"TensorRT does not take this graph: .*{message}"):
        require_tensorrt_support(model)


@pytest.mark.parametrize(
    "model",
    [
        one("TopK", X, k(8)),
        one("TopK", HALF, k(8), sorted=1),
        one("Gather", X, {"i": np.array([0, 1])}, axis=1),
        one("Slice", X, {"s": np.array([0]), "e": np.array([2**63 - 1]), "a": np.array([1]), "t": np.array([1])}),
        one(
            "Where",
            {"c": (TensorProto.BOOL, ["B"]), "x": (TensorProto.FLOAT16, ["B"]), "y": (TensorProto.FLOAT16, ["B"])},
        ),
        one("QuantizeLinear", X, {"s": np.float32([0.1]), "z": np.int8([0])}, axis=0),
        one("DequantizeLinear", {"x": (TensorProto.INT8, [8])}, {"s": np.float32([0.1]), "z": np.int8([0])}, axis=0),
        one("DequantizeLinear", {"x": (TensorProto.INT8, [8])}, {"s": np.float32([0.1])}, axis=0),
    ],
)
def test_what_they_take_passes(model: ModelProto) -> None:
    assert tensorrt_problems(model) == []


@pytest.mark.parametrize(
    ("opset", "message"),
    [
        (("", 21), "it is of opset 21; 9 to 20 is taken"),
        (("", 8), "it is of opset 8"),
        (("com.microsoft", 1), "it uses operators of 'com.microsoft'"),
    ],
)
def test_opsets(opset: tuple[str, int], message: str) -> None:
    model = one("Relu", X)
    model.opset_import[0].CopyFrom(helper.make_opsetid(*opset))
    with pytest.raises(BundleError, match=message):
        require_tensorrt_support(model)


def test_many_problems_stay_one_line() -> None:
    model = one("NonZero", X)
    for _ in range(4):
        model.graph.node.append(model.graph.node[0])
    with pytest.raises(BundleError, match=r"not supported; NonZero .*\(and 2 more\)\. Change the module") as caught:
        require_tensorrt_support(model)
    assert "\n" not in str(caught.value)


def test_the_table_names_real_operators() -> None:
    known = {schema.name for schema in onnx.defs.get_all_schemas() if schema.domain == ""}
    assert set(OPERATORS) <= known
