"""The point transformer as it is deployed, with two blocks in place of twelve."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from cg3d.models.cg3d import CG3D
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d.models.encoders.point_transformer import POINT_TRANSFORMER, PointTransformer
from cg3d_export.graph_export import export_graph
from cg3d_export.judging.agreement import FeatureAgreement, model_features
from cg3d_export.judging.reference import ModelReference, input_spec
from cg3d_export.report import GraphReport
from cg3d_runtime.backends.onnx import OnnxBackend

pytestmark = pytest.mark.slow

POINTS, BLOCKS = 256, 2


@pytest.fixture(params=[(3, "fp32"), (6, "fp16")], ids=["xyz in fp32", "colour in fp16"], scope="module")
def form(request: pytest.FixtureRequest) -> tuple[int, str]:
    """Channels and precision: each of both once, since neither changes what the other does."""
    return request.param


@pytest.fixture(scope="module")
def transformer(make_model, form: tuple[int, str]) -> CG3D:
    """The tiny model with a point transformer whose statistics come from a few batches."""
    model = copy.deepcopy(make_model())
    torch.manual_seed(0)
    shape = replace(POINT_TRANSFORMER, depth=BLOCKS)
    model.points = PointTransformer(shape, form[0], model.towers.embed_dim)
    model.config = replace(model.config, encoder=EncoderConfig("pointtransformer", POINTS, form[0]))
    with torch.no_grad():
        for seed in range(4):
            model.points(torch.from_numpy(clouds(model, 4, seed)))
    return model.eval()


@pytest.fixture(scope="module")
def exported_points(
    transformer: CG3D, form: tuple[int, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, GraphReport]:
    """The verified file, and its report."""
    folder, precision = tmp_path_factory.mktemp("points"), form[1]
    reference = ModelReference(transformer, input_spec(transformer), data=None)
    report = export_graph(folder, transformer, "points", precision, reference)
    return folder / f"points.{precision}.onnx", report


def clouds(model: CG3D, batch: int, seed: int = 0) -> np.ndarray:
    encoder = model.config.encoder
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (batch, encoder.points, encoder.channels)).astype(np.float32)


def test_islands_are_float32_and_the_rest_has_the_precision_asked_for(exported_points) -> None:
    _, report = exported_points
    operators, islands = report.structure.operators, report.structure.islands

    assert operators["LayerNormalization"] == islands["LayerNormalization"] == 2 * BLOCKS + 1
    assert operators["Softmax"] == islands["Softmax"] == BLOCKS
    assert operators["TopK"] == islands["TopK"] == 1
    assert islands["Mul"] >= 3  # the squared distances, axis by axis
    if report.precision == "fp16":
        assert report.structure.fp16_share > 0.99
        assert not {"MatMul", "Gemm", "Gelu"} & islands.keys()


def test_batches_never_traced_agree_with_the_model(exported_points, transformer: CG3D) -> None:
    path, report = exported_points
    points = clouds(transformer, 8, seed=5)
    backend = OnnxBackend(path.read_bytes(), "cpu", report.precision, threads=1)
    features = backend.run({"points": points})["features"]
    singles = np.concatenate([backend.run({"points": cloud[None]})["features"] for cloud in points])

    np.testing.assert_allclose(features, singles, atol=2e-6 if report.precision == "fp32" else 1e-3)
    expected = model_features(transformer, "points", {"points": points})
    FeatureAgreement.between(features, expected).require("points", report.precision, "ONNX Runtime")


def test_no_arithmetic_on_weights_is_left(exported_points) -> None:
    graph = onnx.load(exported_points[0]).graph
    constants = {tensor.name for tensor in graph.initializer}

    assert "BatchNormalization" not in exported_points[1].structure.operators
    assert not [node.name for node in graph.node if node.input and set(node.input) <= constants]
