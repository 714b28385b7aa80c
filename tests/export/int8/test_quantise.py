"""INT8 files: the numbers of a slow reference, the structure that TensorRT takes, and only where they are worth it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cg3d.data.built_in import synthesise
from cg3d_export import Int8Options, JudgementData, export_bundle
from cg3d_export.graphs.tensorrt_support import tensorrt_problems
from cg3d_export.int8.collect import graph_ranges
from cg3d_export.int8.products import LEAST_WEIGHTS, activations, fold_constants, int8_products
from cg3d_export.int8.quantise import quantise
from cg3d_export.int8.ranges import GraphRanges, Int8Ranges
from cg3d_export.int8.trial import (
    RUNS_A_TURN,
    Int8Trial,
    alternating_ms,
    quantise_within_goals,
    reason_to_drop,
    try_int8,
)
from cg3d_export.judging.int8_structure import int8_structure
from cg3d_export.judging.structure import check_structure
from cg3d_runtime.backends import open_backend, prove
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.onnx_check import require_plain_graph
from cg3d_runtime.errors import BundleError, DataError

POINTS_ONLY = {"points": ["fp32"], "text": [], "image": []}


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {"w1": (64, 128), "b1": (128,), "w2": (128, 64)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def layers(arrays) -> bytes:
    """features = relu(points @ w1 + b1) @ w2, (B, 5, 64) -> (B, 5, 64)."""
    nodes = [
        helper.make_node("MatMul", ["points", "w1"], ["product"], "one"),
        helper.make_node("Add", ["b1", "product"], ["sum"], "bias"),
        helper.make_node("Relu", ["sum"], ["hidden"], "relu"),
        helper.make_node("MatMul", ["hidden", "w2"], ["features"], "two"),
    ]
    x = helper.make_tensor_value_info("points", TensorProto.FLOAT, ["batch", 5, 64])
    y = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 5, 64])
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "layers", [x], [y], constants),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    return bytes(onnx.shape_inference.infer_shapes(model).SerializeToString())


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(6, 5, 64)).astype(np.float32)


def run(content: bytes, points: np.ndarray, precision: str = "int8") -> np.ndarray:
    return OnnxBackend(content, "cpu", precision).run({"points": points})["features"]


def fake_quant(x: np.ndarray, bound: np.ndarray | float) -> tuple[np.ndarray, np.ndarray | float]:
    """Integers and their scale, symmetric: 127 stands for `bound`."""
    scale = np.float64(bound) / 127
    return np.clip(np.rint(x / scale), -127, 127), scale


def reference(points: np.ndarray, arrays, ranges) -> np.ndarray:
    """The two layers in float64 on rounded factors; the bias is not rounded."""

    def layer(x: np.ndarray, bound: float, weight: np.ndarray) -> np.ndarray:
        (q, scale), (qw, scales) = fake_quant(x, bound), fake_quant(weight, np.abs(weight).max(axis=0))
        return (q @ qw) * scale * scales

    bounds = {name: max(map(abs, pair)) for name, pair in ranges.items()}
    hidden = np.maximum(layer(points, bounds["points"], arrays["w1"]) + arrays["b1"], 0)
    return layer(hidden, bounds["hidden"], arrays["w2"])


def test_int8_is_the_slow_reference(layers, arrays, points) -> None:
    ranges = graph_ranges(layers, {"points": points}, None).ranges
    found, expected = run(quantise(layers, ranges), points), reference(points, arrays, ranges)

    # A tie that float32 rounds the other way is one unit of one factor.
    step = max(map(abs, ranges["hidden"])) / 127 * np.abs(arrays["w2"]).max()
    assert np.abs(found - expected).max() <= 1.01 * step
    assert np.median(np.abs(found - expected)) < 1e-4
    exact = run(layers, points, "fp32")
    assert 1e-3 < np.abs(found - exact).max() < 0.03 * np.abs(exact).max()  # it is rounded, and only that


def test_small_weights_stay_in_float32(layers, arrays) -> None:
    folded = fold_constants(onnx.load_from_string(layers))
    assert int8_products(folded) == ["one", "two"]
    narrow = arrays["w2"][:, : LEAST_WEIGHTS // 128 - 1]
    folded.graph.initializer.remove(next(tensor for tensor in folded.graph.initializer if tensor.name == "w2"))
    folded.graph.initializer.append(numpy_helper.from_array(narrow, "w2"))
    assert int8_products(folded) == ["one"]


def test_tensorrt_takes_what_comes_out(make_points_graph) -> None:
    content = make_points_graph("pointmlp-elite", "fp32")
    clouds = np.random.default_rng(0).normal(0, 0.4, size=(2, 256, 3)).astype(np.float32)
    int8 = quantise(content, graph_ranges(content, {"points": clouds}, None).ranges)
    model = onnx.load_from_string(int8)

    require_plain_graph(int8)
    assert tensorrt_problems(model) == [] and len(int8_structure(model.graph).products) > 10
    assert TensorProto.INT32 not in {tensor.data_type for tensor in model.graph.initializer}
    makers = {name: node.op_type for node in model.graph.node for name in node.output}
    readers = {node.op_type for node in model.graph.node if "DequantizeLinear" in map(makers.get, node.input)}
    assert readers == {"MatMul", "Gemm"}  # residuals are not rounded


def test_products_left_out_stay_exact(layers, points) -> None:
    ranges = graph_ranges(layers, {"points": points}, None).ranges
    partly = onnx.load_from_string(quantise(layers, ranges, ["one"]))

    assert int8_structure(partly.graph).products == ("two",)
    assert int8_structure(partly.graph).float_products == ("one",)
    assert quantise(layers, ranges) == quantise(layers, ranges)  # the same bytes every time


def test_an_activation_without_a_range_is_named(layers) -> None:
    with pytest.raises(BundleError, match="no range of the activation 'hidden'"):
        quantise(layers, {"points": (-1.0, 1.0)})


def test_the_harmful_product_alone_is_left_out(arrays, points, make_points_graph) -> None:
    content = make_points_graph("pointnet", "fp32")
    clouds = np.random.default_rng(0).normal(0, 0.4, size=(4, 256, 3)).astype(np.float32)
    ranges = dict(graph_ranges(content, {"points": clouds}, None).ranges)
    one_label = np.eye(1, 64, dtype=np.float32)
    assert quantise_within_goals(content, ranges, {"points": clouds}, one_label)[1] == ()

    spoiled = activations(onnx.load_from_string(content))[-1]
    ranges[spoiled] = (0.0, 1e4 * ranges[spoiled][1])  # every value of it rounds to zero
    int8, left = quantise_within_goals(content, ranges, {"points": clouds}, one_label)
    assert len(left) == 1 and left[0] in int8_structure(onnx.load_from_string(int8).graph).float_products
    assert (run(int8, clouds) * run(content, clouds, "fp32")).sum(axis=1).min() > 0.99


def test_products_are_left_out_too_where_answers_change(make_points_graph) -> None:
    content = make_points_graph("pointnet", "fp32")
    clouds = np.random.default_rng(0).normal(0, 0.4, size=(4, 256, 3)).astype(np.float32)
    ranges = graph_ranges(content, {"points": clouds}, None).ranges
    single, whole = run(content, clouds, "fp32"), run(quantise(content, ranges), clouds)
    labels = np.stack([single[0], whole[0]])  # so alike that INT8 gives the first cloud the other one

    assert (single[0] @ whole[0]) > 0.999
    assert quantise_within_goals(content, ranges, {"points": clouds}, labels)[1] != ()


TIMES = {"1 thread": 20.0, "all threads": 12.0}
FATES = {
    "kept": ((0.995, 0.98, {"1 thread": 10.0, "all threads": 11.9}), None),
    "cosine": ((0.98, 1.0, {"1 thread": 1.0, "all threads": 1.0}), r"cosine 0\.9800 to fp32, at least 0\.99"),
    "nan": ((float("nan"), 1.0, {"1 thread": 1.0, "all threads": 1.0}), "cosine nan"),
    "answers": ((0.999, 0.96, {"1 thread": 1.0, "all threads": 1.0}), r"96\.0% the same answer as fp32, at least 97%"),
    "slower": (
        (0.999, 1.0, {"1 thread": 10.0, "all threads": 12.5}),
        r"not faster .* 12\.5 ms to 12\.0 ms with all threads",
    ),
}


@pytest.mark.parametrize(("figures", "reason"), FATES.values(), ids=FATES)
def test_what_is_kept_follows_from_the_figures(figures, reason: str | None) -> None:
    cosine, agreement, int8_ms = figures
    found = reason_to_drop(cosine, agreement, TIMES, int8_ms)
    if reason is None:
        assert found is None
    else:
        assert found is not None and re.search(reason, found)


def test_a_trial_counts_the_same_answers(layers, points) -> None:
    flat = points[:, 0]  # what stands for features here: two graphs that give them unchanged, and negated
    graphs = [identity_graph(1.0), identity_graph(-1.0)]
    rows = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    labels = np.eye(64, dtype=np.float32)
    same = try_int8("points", graphs[0], graphs[0], {"points": rows}, labels, ())
    other = try_int8("points", graphs[0], graphs[1], {"points": rows}, labels, ("a",))

    assert (same.top1_agreement, same.samples) == (1.0, 6) and same.cosine == pytest.approx(1, abs=1e-6)
    assert other.top1_agreement == 0 and other.cosine == pytest.approx(-1, abs=1e-6)
    assert other.dropped.startswith("cosine -1.0000") and "1 products left in float32" in other.line()


def test_sides_take_turns() -> None:
    calls: list[str] = []
    found = alternating_ms([lambda: calls.append("a"), lambda: calls.append("b")], turns=2)
    assert calls == (["a"] * (1 + RUNS_A_TURN) + ["b"] * (1 + RUNS_A_TURN)) * 2
    assert len(found) == 2 and min(found) > 0


def identity_graph(factor: float) -> bytes:
    nodes = [helper.make_node("Mul", ["points", "factor"], ["features"], "scale")]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 64]) for name in ("points", "features")]
    constants = [numpy_helper.from_array(np.array(factor, np.float32), "factor")]
    graph = helper.make_graph(nodes, "identity", ends[:1], ends[1:], constants)
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()
    )


@pytest.fixture(scope="module")
def int8_graph(make_points_graph) -> onnx.ModelProto:
    content = make_points_graph("pointnet", "fp32")
    clouds = np.random.default_rng(0).normal(0, 0.4, size=(2, 256, 3)).astype(np.float32)
    return onnx.load_from_string(quantise(content, graph_ranges(content, {"points": clouds}, None).ranges))


def test_the_structure_is_reported(int8_graph) -> None:
    found = check_structure(int8_graph, "int8")

    assert found.int8 is not None and found.small_share() == found.int8.share > 0.9
    assert found.int8.pairs == len(found.int8.products) >= 3
    assert len(found.int8.float_products) == 1  # the first layer, three channels wide
    assert found.opset == 20 and found.operators["QuantizeLinear"] == found.int8.pairs


def claim_int8(model: onnx.ModelProto) -> None:
    """Keep the weights in float32 behind the name."""
    for tensor in list(model.graph.initializer):
        if tensor.data_type == TensorProto.INT8 and len(tensor.dims) == 2:
            wide = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name)
            tensor.CopyFrom(wide)


def shift_zero(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.op_type == "QuantizeLinear")
    zero = next(tensor for tensor in model.graph.initializer if tensor.name == node.input[2])
    zero.CopyFrom(numpy_helper.from_array(np.array(3, np.int8), zero.name))


def unsigned(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.op_type == "QuantizeLinear")
    zero = next(tensor for tensor in model.graph.initializer if tensor.name == node.input[2])
    zero.CopyFrom(numpy_helper.from_array(np.array(0, np.uint8), zero.name))


FAULTS = {
    "weights": (claim_int8, "of the products' weights are INT8; 50% or more is expected"),
    "asymmetric": (shift_zero, "zero point other than 0; symmetric rounding is expected"),
    "unsigned": (unsigned, "rounds to uint8; int8 is expected"),
}


@pytest.mark.parametrize(("spoil", "message"), FAULTS.values(), ids=FAULTS)
def test_what_tensorrt_would_refuse_is_refused(int8_graph, spoil, message: str) -> None:
    model = onnx.ModelProto()
    model.CopyFrom(int8_graph)
    spoil(model)
    with pytest.raises(BundleError, match=message):
        check_structure(model, "int8")


def test_an_export_keeps_or_drops_and_says_why(model, tmp_path: Path) -> None:
    data = JudgementData(synthesise(4, categories=["mug", "chair", "bottle"]), "twelve objects")
    out = tmp_path / "tiny"
    report = export_bundle(
        model, out, name="tiny", licences={}, provenance={}, keep=POINTS_ONLY, int8=Int8Options(samples=4), data=data
    )
    bundle, tree = Bundle.open(out), json.loads((out / "report.json").read_text())
    (trial,) = report.int8

    assert isinstance(trial, Int8Trial) and trial.cosine > 0.99 and trial.samples == 3
    assert tree["int8"][0]["dropped"] == trial.dropped and trial.line() in report.table()
    assert (
        ("int8" in bundle.manifest.graphs["points"]) == (out / "points.int8.onnx").exists() == (trial.dropped is None)
    )
    calibration = Int8Ranges.from_json(bundle.file("calibration"))
    assert calibration.graphs["points"].graph_sha256 == bundle.graph_entry("points", "fp32").sha256
    if trial.dropped is None:
        prove(open_backend(bundle, "points", "cpu", "int8"), "points", bundle.test_vectors())


def test_int8_without_data_is_refused(model, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="INT8 needs labelled objects to calibrate with"):
        export_bundle(model, tmp_path / "tiny", name="tiny", licences={}, provenance={}, int8=Int8Options())

    assert list(tmp_path.iterdir()) == []


def test_a_calibration_is_used_again_and_one_of_another_graph_is_refused(model, tmp_path: Path) -> None:
    objects = synthesise(4, categories=["mug", "chair"])

    def export(calibration: Int8Ranges | None) -> Int8Ranges:
        options, data = Int8Options(calibration, samples=2), JudgementData(objects, "eight objects")
        out = tmp_path / "tiny"
        export_bundle(model, out, name="tiny", licences={}, provenance={}, keep=POINTS_ONLY, int8=options, data=data)
        return Int8Ranges.from_json(Bundle.open(out).file("calibration"))

    first = export(None)
    assert export(first) == first
    foreign = Int8Ranges("minmax", {"points": GraphRanges("0" * 64, None, 1, {})})
    with pytest.raises(BundleError, match=r"made for the FP32 points graph 000000000000\.\.\."):
        export(foreign)
    assert Int8Ranges.from_json(Bundle.open(tmp_path / "tiny").file("calibration")) == first  # untouched
