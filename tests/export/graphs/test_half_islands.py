"""Half precision that fails: the first wrong node is named, and as little as helps computes in float32."""

from __future__ import annotations

import copy
from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto

from cg3d.models.cg3d import CG3D
from cg3d_export import export_bundle
from cg3d_export.bundles.verify import verify_bundle
from cg3d_export.graphs.convert import build_graph, trace
from cg3d_export.graphs.half_islands import widen_islands
from cg3d_export.judging.structure import check_structure
from cg3d_export.report import GraphReport
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.errors import BundleError

IMAGE_ONLY = {"points": [], "text": [], "image": ["fp16"]}


def overflowing(model: CG3D) -> CG3D:
    """A last layer normalisation that gives hundreds of thousands: the direction is the answer, and half precision has none."""
    spoilt = copy.deepcopy(model)
    with torch.no_grad():
        spoilt.image.visual.ln_post.weight *= 1e6
        spoilt.image.visual.ln_post.bias *= 1e6
    return spoilt


def cancelling(model: CG3D) -> CG3D:
    """A bias of 500 that the next layer takes away again: nothing overflows, and the difference is lost in rounding."""
    spoilt = copy.deepcopy(model)
    with torch.no_grad():
        mlp = spoilt.image.visual.transformer.resblocks[1].mlp
        mlp.c_fc.bias += 500
        mlp.c_proj.bias -= 500 * mlp.c_proj.weight.sum(dim=1)
    return spoilt


@pytest.fixture(scope="module")
def healed(model: CG3D, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GraphReport]:
    """The bundle of a model that overflows, and the report on its one graph."""
    out = tmp_path_factory.mktemp("healed") / "b"
    (report,) = export_bundle(overflowing(model), out, name="b", licences={}, provenance={}, keep=IMAGE_ONLY).graphs
    return out, report


def test_an_overflow_is_named_and_healed(healed: tuple[Path, GraphReport]) -> None:
    out, report = healed
    assert report.islands is not None and report.islands.first.endswith("in norm")
    assert 2 <= len(report.islands.widened) < 10
    assert report.torch_half is not None and report.torch_half.cosine > 0.999
    assert 0.95 <= report.structure.fp16_share < 0.99
    assert "nodes left half precision, from" in next(report.warnings())
    assert verify_bundle(out).graphs[0].onnxruntime.cosine > 0.999  # which takes the float32 product only as announced


def test_a_widened_product_is_float32_in_the_file(model: CG3D, healed: tuple[Path, GraphReport]) -> None:
    file = healed[0] / "image.fp16.onnx"
    image = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        expected = build_graph(overflowing(model), "image", "fp32")(image).numpy()
    found = OnnxBackend(file.read_bytes(), "cpu", "fp16", threads=1).run({"image": image.numpy()})["features"]
    assert (found * expected).sum(axis=1).min() > 0.999

    content = onnx.load(file)
    with pytest.raises(BundleError, match=r"is float; float16 is expected"):
        check_structure(content, "fp16")
    structure = check_structure(content, "fp16", widened=True)
    assert 0 < structure.islands["MatMul"] + structure.islands.get("Gemm", 0) < 5
    assert {value.type.tensor_type.elem_type for value in content.graph.output} == {TensorProto.FLOAT}


def test_lost_differences_are_followed_back_to_where_they_were_lost(model: CG3D) -> None:
    spoilt = cancelling(model)
    half, single = (build_graph(spoilt, "image", precision) for precision in ("fp16", "fp32"))
    image = (torch.rand(2, 3, 64, 64),)
    with torch.no_grad():
        expected = single(*image)
        before = (half(*image) * expected).sum(dim=1).min()
        module, islands = widen_islands(trace(half, "image", spoilt), single.state_dict(), image, 0.9999)
        after = (module(*image) * expected).sum(dim=1).min()

    assert before < 0.9999 < after
    assert "blocks.1" in islands.first
    assert any("blocks_1_mlp_c_fc" in name or "blocks.1.mlp" in name for name in islands.widened)


def test_too_many_islands_are_no_half_precision(model: CG3D, tmp_path: Path) -> None:
    overflow = copy.deepcopy(model)
    with torch.no_grad():
        overflow.points.layers[1][1].weight *= 1e6
        overflow.points.projection.weight *= 1e-6
    with pytest.raises(BundleError, match=r"of the weight bytes are FP16; 95% or more is expected"):
        export_bundle(overflow, tmp_path / "new", name="new", licences={}, provenance={}, keep={"points": ["fp16"]})

    assert list(tmp_path.iterdir()) == []


def test_what_is_not_finite_in_float32_either_cannot_be_healed(model: CG3D) -> None:
    broken = copy.deepcopy(model)
    with torch.no_grad():
        broken.points.projection.weight[0, 0] = float("nan")
    weights = build_graph(broken, "points", "fp32").state_dict()
    traced = trace(build_graph(broken, "points", "fp16"), "points", broken)
    with (
        torch.no_grad(),
        pytest.raises(BundleError, match="half precision fails at encoder_projection_weight, and wider FP32"),
    ):
        widen_islands(traced, weights, (torch.rand(2, 256, 3),), 0.999)
