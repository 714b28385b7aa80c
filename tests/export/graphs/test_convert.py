"""The exported files in ONNX Runtime, on shapes that the tracer never saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from cg3d.models.cg3d import CG3D
from cg3d_export.graphs.convert import MOST_BYTES, build_graph, to_onnx
from cg3d_export.graphs.tensorrt_support import require_tensorrt_support
from cg3d_export.judging.agreement import TOLERANCES, FeatureAgreement, model_features
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.bundle.onnx_check import require_plain_graph
from cg3d_runtime.errors import BundleError

GRAPHS, PRECISIONS = ("points", "text", "image"), ("fp32", "fp16")


def random_inputs(graph: str, batch: int, length: int = 21) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(batch)
    if graph == "points":
        return {"points": rng.uniform(-1, 1, (batch, 256, 3)).astype(np.float32)}
    if graph == "image":
        return {"image": rng.random((batch, 3, 64, 64), dtype=np.float32)}
    token_ids = rng.integers(1, 4000, (batch, length)).astype(np.int32)
    return {"token_ids": token_ids, "eot": rng.integers(2, length, batch).astype(np.int32)}


def run(exported, graph: str, precision: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
    content = (exported[0] / f"{graph}.{precision}.onnx").read_bytes()
    return OnnxBackend(content, "cpu", precision, threads=1).run(inputs)["features"]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("batch", [1, 5])
def test_parity_with_the_model(exported, model: CG3D, graph: str, precision: str, batch: int) -> None:
    inputs = random_inputs(graph, batch)
    features, expected = run(exported, graph, precision, inputs), model_features(model, graph, inputs)

    FeatureAgreement.between(features, expected).require(graph, precision, "ONNX Runtime")
    assert features.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("graph", GRAPHS)
def test_a_batch_of_8_equals_8_of_1(exported, graph: str, precision: str) -> None:
    inputs = random_inputs(graph, 8)
    singles = [run(exported, graph, precision, {n: a[i : i + 1] for n, a in inputs.items()}) for i in range(8)]

    np.testing.assert_allclose(run(exported, graph, precision, inputs), np.concatenate(singles), atol=2e-6)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_text_of_length_9_equals_length_77(exported, model: CG3D, precision: str) -> None:
    inputs = random_inputs("text", 4, length=9)
    pad = ((0, 0), (0, model.text.context_length - 9))
    padded = {**inputs, "token_ids": np.pad(inputs["token_ids"], pad, constant_values=7)}
    short, long = (run(exported, "text", precision, each) for each in (inputs, padded))

    np.testing.assert_allclose(short, long, atol=1e-6 if precision == "fp32" else 2e-3)


def test_the_same_model_gives_the_same_bytes(exported, model: CG3D) -> None:
    content = to_onnx(build_graph(model, "image", "fp16"), "image", model)

    assert content == (exported[0] / "image.fp16.onnx").read_bytes()


def test_files_name_no_path_of_this_machine(exported) -> None:
    places = {
        str(Path(__file__).parents[3]),
        str(Path(torch.__file__).parents[1]),
        str(exported[0].parent),
        str(Path.home()),
    }
    for path in exported[0].iterdir():
        assert not [place for place in places if place != "/" and place.encode() in path.read_bytes()], path.name


def test_graphs_hold_no_notes_of_the_exporter(exported) -> None:
    for path in exported[0].glob("*.onnx"):
        graph = onnx.load(path).graph
        assert not any(node.metadata_props or node.doc_string for node in graph.node)


def test_weights_are_stored_as_the_products_read_them(exported) -> None:
    """No transpose or other arithmetic on weights is left to the robot in the towers."""
    for path in exported[0].glob("[ti]*.onnx"):
        graph = onnx.load(path).graph
        constants = {tensor.name for tensor in graph.initializer}
        assert not [n.name for n in graph.node if n.op_type == "Transpose" and set(n.input) <= constants]


def test_more_weights_than_a_file_holds_are_refused(model: CG3D) -> None:
    with torch.device("meta"):
        huge = torch.nn.Linear(MOST_BYTES // 4, 1)
    with pytest.raises(BundleError, match=r"image graph has 2\.1 GB of weights.*fp16 alone"):
        to_onnx(huge, "image", model)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoder", "precision"),
    [("pointmlp-elite", "fp32"), ("pointmlp", "fp16"), ("pointtransformer", "fp16")],
)
def test_parity_of_grouping_encoders(make_model, make_points_graph, encoder: str, precision: str) -> None:
    points, graph = random_inputs("points", 8)["points"], make_points_graph(encoder, precision)
    require_tensorrt_support(onnx.load_from_string(graph))
    require_plain_graph(graph)
    backend = OnnxBackend(graph, "cpu", precision, threads=1)
    features = backend.run({"points": points})["features"]
    singles = np.concatenate([backend.run({"points": cloud[None]})["features"] for cloud in points])

    np.testing.assert_allclose(features, singles, atol=2e-6 if precision == "fp32" else 1e-3)
    expected = model_features(make_model(encoder), "points", {"points": points})
    FeatureAgreement.between(features, expected).require("points", precision, "ONNX Runtime")


def test_tolerances_are_those_of_the_design() -> None:
    assert {name: (t.max_abs_error, t.cosine, t.top1_agreement) for name, t in TOLERANCES.items()} == {
        "fp32": (1e-4, 0.99999, None),
        "fp16": (None, 0.999, 0.995),
        "int8": (None, 0.99, 0.97),
    }
