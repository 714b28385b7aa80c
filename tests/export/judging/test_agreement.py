"""The gate: what is wrong does not pass, and the message says what was measured."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from cg3d.models.cg3d import CG3D
from cg3d.training.held_out import label_templates
from cg3d_export.judging.agreement import TOLERANCES, FeatureAgreement, model_features, onnx_features
from cg3d_export.judging.samples import make_samples
from cg3d_runtime.errors import BundleError
from cg3d_runtime.preparation.prepare import PrepareSpec


@pytest.fixture(scope="module")
def samples(model: CG3D) -> dict[str, dict[str, np.ndarray]]:
    return make_samples(model, PrepareSpec(points=256), label_templates(model))


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("graph", ["points", "text", "image"])
def test_a_perturbed_weight_fails(exported, model: CG3D, samples, graph: str, precision: str) -> None:
    broken = onnx.load(exported[0] / f"{graph}.{precision}.onnx")
    weights = max((t for t in broken.graph.initializer if len(t.dims) == 2), key=lambda t: t.dims[0] * t.dims[1])
    value = numpy_helper.to_array(weights).copy()
    value[:, ::2] *= 2
    weights.CopyFrom(numpy_helper.from_array(value, weights.name))
    expected = model_features(model, graph, samples[graph])

    with pytest.raises(
        BundleError, match=rf"{graph} graph at {precision} is wrong in ONNX Runtime: cosine 0\.\d+ .*0\.999"
    ):
        features = onnx_features(broken.SerializeToString(), precision, samples[graph])
        FeatureAgreement.between(features, expected).require(graph, precision, "ONNX Runtime")


@pytest.mark.parametrize(
    ("agreement", "precision", "message"),
    [
        (FeatureAgreement(2e-4, 1e-6, 1.0), "fp32", "max abs error 2.00e-04 to the model, at most 1e-04 is allowed"),
        (FeatureAgreement(1e-5, 1e-6, 0.99998), "fp32", "cosine 0.999980 to the model, at least 0.99999 is needed"),
        (
            FeatureAgreement(1e-3, 1e-6, 0.9989),
            "fp16",
            "cosine 0.998900 to the model, at least 0.999 is needed.*without --fp16",
        ),
        (FeatureAgreement(np.nan, np.nan, np.nan), "fp16", "cosine nan"),
    ],
)
def test_figures_outside_the_tolerance_are_named(agreement: FeatureAgreement, precision: str, message: str) -> None:
    with pytest.raises(BundleError, match=f"points graph at {precision} is wrong in PyTorch: {message}"):
        agreement.require("points", precision, "PyTorch")


@pytest.mark.parametrize(("error", "precision"), [(1e-4, "fp32"), (1.0, "fp16")])
def test_figures_at_the_limit_pass(error: float, precision: str) -> None:
    limit = TOLERANCES[precision].cosine

    assert FeatureAgreement(error, error, limit).shortfall(precision) is None
    assert FeatureAgreement(error, error, np.nextafter(limit, 0)).shortfall(precision) is not None


def test_agreement_is_that_of_the_worst_sample() -> None:
    expected = np.eye(3, dtype=np.float32)
    features = expected.copy()
    features[2] = (0, 0.6, 0.8)
    agreement = FeatureAgreement.between(features, expected)

    assert agreement.cosine == pytest.approx(0.8)
    assert agreement.max_abs_error == pytest.approx(0.6)
    assert agreement.mean_abs_error == pytest.approx(0.8 / 9)


def test_samples_differ_from_the_traced_shapes_and_repeat(model: CG3D, samples) -> None:
    again = make_samples(model, PrepareSpec(points=256), label_templates(model))

    assert samples["points"]["points"].shape == (3, 256, 3)
    assert samples["image"]["image"].shape == (3, 3, 64, 64)
    assert samples["text"]["token_ids"].shape[0] == 3
    assert samples["text"]["token_ids"].shape[1] > 8
    for graph, arrays in samples.items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, again[graph][name])
    assert 0 <= samples["image"]["image"].min() < 0.9 < samples["image"]["image"].max() <= 1
