"""The structural check: what a typed FP16 file must be, and what it catches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from cg3d.models.cg3d import CG3D
from cg3d.models.transformer import LayerNormFP32
from cg3d_export.graphs.convert import build_graph
from cg3d_export.judging.structure import check_structure
from cg3d_runtime.errors import BundleError

GRAPHS = ("points", "text", "image")


def load(exported, graph: str, precision: str) -> onnx.ModelProto:
    return onnx.load(exported[0] / f"{graph}.{precision}.onnx")


@pytest.mark.parametrize("graph", GRAPHS)
def test_half_graphs_are_typed_half(exported, graph: str) -> None:
    structure = check_structure(load(exported, graph, "fp16"), "fp16")

    assert structure.fp16_share >= 0.95
    assert 18 <= structure.opset <= 20
    assert not {"MatMul", "Gemm", "Conv"} & structure.islands.keys()
    assert structure.islands["ReduceL2"] == 1  # the final normalisation
    assert structure.operators["Cast"] > 0  # every change of precision is written in the graph


@pytest.mark.parametrize("graph", ["text", "image"])
def test_layer_norms_and_softmax_are_islands(exported, graph: str) -> None:
    structure = check_structure(load(exported, graph, "fp16"), "fp16")

    for kind in ("LayerNormalization", "Softmax"):
        assert structure.islands[kind] == structure.operators[kind] > 0


@pytest.mark.slow
def test_geometry_and_deviations_are_islands(make_points_graph) -> None:
    structure = check_structure(onnx.load_from_string(make_points_graph("pointmlp", "fp16")), "fp16")

    assert structure.islands["TopK"] == structure.operators["TopK"] == 4  # one a stage
    assert structure.islands["ReduceMean"] == structure.operators["ReduceMean"] == 8  # mean and variance a stage
    assert structure.fp16_share >= 0.95


@pytest.mark.parametrize("graph", GRAPHS)
def test_half_halves_the_file(exported, graph: str) -> None:
    sizes = {p: (exported[0] / f"{graph}.{p}.onnx").stat().st_size for p in ("fp32", "fp16")}
    assert sizes["fp16"] < 0.55 * sizes["fp32"] + 20_000  # and a few kilobytes of nodes


def test_to_half_keeps_islands_in_float32(model: CG3D) -> None:
    half = build_graph(model, "text", "fp16")
    norms = [module for module in half.modules() if isinstance(module, LayerNormFP32)]

    assert {norm.weight.dtype for norm in norms} == {half.mask.dtype} == {torch.float32}
    assert half.projection.dtype == half.positions.dtype == torch.float16


def claim_half(model: onnx.ModelProto) -> None:
    """Nothing: a float32 graph that is called fp16."""


def newer_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 21


def custom_operator(model: onnx.ModelProto) -> None:
    model.graph.node[-1].domain = "com.microsoft"


def half_output(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT16


def fixed_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2


def external_weights(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].external_data.add(key="location", value="weights.bin")


FAULTS: dict[str, tuple[Callable[[onnx.ModelProto], None], str, str]] = {
    "float32 weights": (claim_half, "fp16", r"0\.0% of the weight bytes are FP16; 95% or more is expected"),
    "opset": (newer_opset, "fp32", "opset 21; 18 to 20 is expected"),
    "operator": (custom_operator, "fp32", "operators of com.microsoft; only standard ones"),
    "output": (half_output, "fp32", "features is float16; float is expected"),
    "batch": (fixed_batch, "fp32", "the batch of image is fixed"),
    "external data": (external_weights, "fp32", "weights outside the file"),
}


@pytest.mark.parametrize(("spoil", "precision", "message"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named(exported, spoil, precision: str, message: str) -> None:
    model = load(exported, "image", "fp32")
    spoil(model)
    with pytest.raises(BundleError, match=message):
        check_structure(model, precision)


def test_a_softmax_in_half_precision_is_refused(exported) -> None:
    model = load(exported, "image", "fp16")
    softmax = next(node for node in model.graph.node if node.op_type == "Softmax")
    for value in model.graph.value_info:
        if value.name == softmax.input[0]:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
    with pytest.raises(BundleError, match=f"Softmax {softmax.name} is float16; float is expected"):
        check_structure(model, "fp16")


def test_a_matrix_product_left_in_float32_is_refused(exported, tmp_path: Path) -> None:
    """The trap of many converters: one layer stays in float32, and nobody notices until it is measured."""
    model = load(exported, "image", "fp16")
    product = [node for node in model.graph.node if node.op_type == "MatMul"][-1]
    product.input[0] = widened(model, product.input[0])
    with pytest.raises(BundleError, match=f"MatMul {product.name} is float; float16 is expected"):
        check_structure(model, "fp16")


def widened(model: onnx.ModelProto, name: str) -> str:
    """Add a Cast of a value to float32 and return the result's name."""
    model.graph.node.append(helper.make_node("Cast", [name], ["widened"], to=TensorProto.FLOAT))
    model.graph.value_info.append(helper.make_tensor_value_info("widened", TensorProto.FLOAT, None))
    return "widened"


def test_half_weights_are_the_rounded_ones(exported) -> None:
    def weights(precision: str) -> dict[str, np.ndarray]:
        return {t.name: numpy_helper.to_array(t) for t in load(exported, "points", precision).graph.initializer}

    half, single = weights("fp16"), weights("fp32")
    assert half.keys() == single.keys()
    for name, value in single.items():
        np.testing.assert_array_equal(half[name], value.astype(half[name].dtype))
