"""INT8 ranges: collected from a graph small enough to compute by hand, written, read back, refused where they do not fit."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cg3d.data.built_in import synthesise
from cg3d_export.graph_inputs import graph_inputs, held_out_objects, label_tokens, range_objects
from cg3d_export.int8.collect import collect_ranges, graph_ranges
from cg3d_export.int8.products import activations, fold_constants, weight_products
from cg3d_export.int8.ranges import METHODS, GraphRanges, Int8Ranges, read_ranges, write_ranges
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError, DataError

WIDTH = 16


@pytest.fixture(scope="module")
def graph() -> bytes:
    """features = relu(2 x + 1) @ (half of a constant), (B, R, 16) -> (B, R, 16); the half is cut out of a constant inside."""
    weights = {
        "double": 2 * np.eye(WIDTH, dtype=np.float32),
        "one": np.ones(WIDTH, np.float32),
        "pair": np.eye(2 * WIDTH, WIDTH, dtype=np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["x", "double"], ["doubled"], "first"),
        helper.make_node("Add", ["doubled", "one"], ["shifted"], "bias"),
        helper.make_node("Relu", ["shifted"], ["hidden"], "relu"),
        helper.make_node("Split", ["pair"], ["upper", "lower"], "split", axis=0, num_outputs=2),
        helper.make_node("MatMul", ["hidden", "upper"], ["features"], "second"),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "rows", WIDTH]) for name in ("x", "features")
    ]
    constants = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    made = helper.make_graph(nodes, "hand made", ends[:1], ends[1:], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    return bytes(onnx.shape_inference.infer_shapes(model).SerializeToString(deterministic=True))


@pytest.fixture(scope="module")
def inputs() -> dict[str, np.ndarray]:
    x = np.zeros((3, 2, WIDTH), np.float32)
    x[0, 0, 0], x[1, 1, 5], x[2, 0, 7] = -3, 5, 4
    return {"x": x}


def test_min_max_is_what_a_hand_computes(graph, inputs) -> None:
    found = graph_ranges(graph, inputs, None)

    assert found == GraphRanges(hashlib.sha256(graph).hexdigest(), None, 3, {"x": (-3.0, 5.0), "hidden": (0.0, 11.0)})


def test_every_method_stays_within_min_max_and_holds_zero(graph) -> None:
    rng = np.random.default_rng(0)
    inputs = {"x": rng.normal(size=(4, 1, WIDTH)).astype(np.float32)}
    widest = graph_ranges(graph, inputs, None).ranges
    for method in METHODS[1:]:
        for name, (least, greatest) in graph_ranges(graph, inputs, None, method).ranges.items():
            assert widest[name][0] - 1e-3 <= least <= 0 <= greatest <= widest[name][1] + 1e-3
            assert greatest > 0.2 * widest[name][1]


def test_an_outlier_widens_min_max_but_not_the_percentile(graph) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, size=(2, 1000, WIDTH)).astype(np.float32)
    x[0, 100, 3] = 1000

    assert graph_ranges(graph, {"x": x}, None).ranges["x"][1] == 1000
    assert graph_ranges(graph, {"x": x}, None, "percentile").ranges["x"][1] < 2


def test_weights_made_of_weights_are_folded_and_names_stay(graph) -> None:
    folded = fold_constants(onnx.load_from_string(graph))

    assert [node.op_type for node in folded.graph.node] == ["MatMul", "Add", "Relu", "MatMul"]
    assert [node.name for node in weight_products(folded)] == ["first", "second"]
    assert activations(onnx.load_from_string(graph)) == ["x", "hidden"]


def test_narrow_products_stay_out(graph) -> None:
    model = onnx.load_from_string(graph)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((3, WIDTH), np.float32), "double"))
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 3

    assert [node.name for node in weight_products(fold_constants(model))] == ["second"]


def test_a_file_reads_back_as_it_was_one_tensor_a_line(graph, inputs, tmp_path: Path) -> None:
    calibration = Int8Ranges("minmax", {"points": graph_ranges(graph, inputs, "d" * 64)})
    write_ranges(calibration, tmp_path / "calibration.json")

    assert read_ranges(tmp_path) == read_ranges(tmp_path / "calibration.json") == calibration
    assert '    "hidden": [0.0, 11.0]\n' in (tmp_path / "calibration.json").read_text()


def test_ranges_of_another_graph_are_refused_by_its_hash(graph, inputs) -> None:
    calibration = Int8Ranges("minmax", {"points": graph_ranges(graph, inputs, None)})
    own = hashlib.sha256(graph).hexdigest()

    assert calibration.ranges_of("points", own) == {"x": (-3.0, 5.0), "hidden": (0.0, 11.0)}
    with pytest.raises(BundleError, match=rf"made for the FP32 points graph {own[:12]}\.\.\., and this one is 0000"):
        calibration.ranges_of("points", "0" * 64)
    with pytest.raises(BundleError, match="no ranges of the text graph, only of points"):
        calibration.ranges_of("text", own)


WHOLE = {
    "format": 1,
    "method": "minmax",
    "graphs": {"points": {"graph_sha256": "a" * 64, "data_sha256": None, "samples": 2, "ranges": {"x": [0, 1]}}},
}
FAULTS = {
    "newer": ({"format": 2}, "format 2"),
    "method": ({"method": "guess"}, "method 'guess'; one of minmax, percentile, entropy"),
    "graph": ({"graphs": {"sound": {}}}, "graph 'sound'; points, text, image are known"),
    "field": ({"graphs": {"points": {**WHOLE["graphs"]["points"], "more": 1}}}, "more"),
    "order": ({"graphs": {"points": {**WHOLE["graphs"]["points"], "ranges": {"x": [1, 0]}}}}, "the range of x is"),
    "nan": ({"graphs": {"points": {**WHOLE["graphs"]["points"], "ranges": {"x": ["nan", 0]}}}}, "the range of x is"),
    "unknown": ({"extra": 0}, "extra"),
}


@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_calibration_is_refused(change, message: str) -> None:
    assert Int8Ranges.from_json(json.dumps(WHOLE)).graphs["points"].ranges == {"x": (0.0, 1.0)}
    with pytest.raises(BundleError, match=rf"file\.json: is no calibration of format 1 .*{message}.*cg3d int8-ranges"):
        Int8Ranges.from_json(json.dumps({**WHOLE, **change}), "file.json")


def test_a_missing_file_and_cut_off_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no calibration can be read there"):
        read_ranges(tmp_path)
    with pytest.raises(BundleError, match="is no calibration"):
        Int8Ranges.from_json('{"format": 1')


def test_an_unknown_method_is_refused(graph, inputs) -> None:
    with pytest.raises(BundleError, match="method 'guess' is not known; choose one of minmax, percentile, entropy"):
        graph_ranges(graph, inputs, None, "guess")


def test_no_object_serves_both_calibration_and_judgement() -> None:
    objects = synthesise(4, categories=["mug", "chair"])
    learned = {info.id for info in range_objects(objects, 100).infos}
    judged = {info.id for info in held_out_objects(objects, 100).infos}

    assert learned and judged and not learned & judged
    assert len(range_objects(objects, 3)) == 3
    with pytest.raises(DataError, match="1 object or more, got 0"):
        range_objects(objects, 0)


def test_a_bundle_is_calibrated_on_prepared_clouds() -> None:
    bundle, objects = Bundle.open(None), synthesise(2, categories=["mug", "chair"])
    calibration = collect_ranges(bundle, objects, None, samples=2)

    found = calibration.graphs["points"]
    assert found.graph_sha256 == bundle.graph_entry("points", "fp32").sha256
    assert found.samples == 2 and len(found.ranges) >= 8
    assert all(least <= 0 <= greatest for least, greatest in found.ranges.values())
    assert collect_ranges(bundle, objects, None, samples=2) == calibration  # the same every time


def test_inputs_fit_every_graph() -> None:
    from cg3d_export.int8.collect import bundle_spec

    objects, spec = synthesise(1, categories=["mug", "chair"]), bundle_spec(Bundle.open(None))

    assert graph_inputs("points", objects, spec)["points"].shape == (2, spec.prepare.points, 3)
    image = graph_inputs("image", objects, spec)["image"]
    assert image.shape == (2, 3, 128, 128) and 0 <= image.min() < image.max() <= 1
    text = graph_inputs("text", objects, spec)
    ends = text["token_ids"][np.arange(2), text["eot"]]
    assert len(set(ends)) == 1 and ends[0] == text["token_ids"].max()  # CLIP's end mark is the last of the vocabulary
    cut = label_tokens(["word " * 200], spec)
    assert cut["token_ids"].shape == (1, spec.text.context_length) and cut["token_ids"][0, -1] == ends[0]
