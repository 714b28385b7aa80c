"""Inference libraries and precisions side by side: what the table says is what they compute, and what is wrong is named."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from cg3d_export.bundles.compare import RUNNERS, Comparison, Row, _features, _feeds, compare_bundle
from cg3d_export.bundles.writer import listed_files
from cg3d_export.judging.agreement import FeatureAgreement
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.backends.protocol import GRAPH_INPUTS
from cg3d_runtime.backends.tensorrt.library import is_installed
from cg3d_runtime.backends.tensorrt.profile import graph_profile
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import file_entry, write_manifest
from cg3d_runtime.errors import BackendError, BundleError


@pytest.fixture
def polygraphy() -> None:
    pytest.importorskip("polygraphy", reason="comparisons need polygraphy: pip install polygraphy")


@pytest.fixture
def points_only(exported, tmp_path: Path) -> Bundle:
    """A bundle of the two point graphs, to be spoilt."""
    whole = Bundle.open(exported[0])
    manifest = replace(whole.manifest, graphs={"points": whole.manifest.graphs["points"]})
    for entry in listed_files(manifest):
        (tmp_path / entry.file).write_bytes(whole.read(entry))
    write_manifest(manifest, tmp_path)
    return Bundle.open(tmp_path)


def spoil(bundle: Bundle) -> None:
    """Make the weights of the FP16 point graph a little wrong, and the manifest fit."""
    path = bundle.directory / bundle.graph_entry("points", "fp16").file
    model = onnx.load(path)
    for weight in model.graph.initializer:
        array = numpy_helper.to_array(weight)
        if array.dtype == np.float16 and array.ndim > 1:
            noise = np.random.default_rng(0).standard_normal(array.shape) * array.std()
            weight.CopyFrom(numpy_helper.from_array((array + 0.5 * noise).astype(np.float16), weight.name))
    onnx.save(model, path)
    graphs = {"points": {**bundle.manifest.graphs["points"], "fp16": file_entry(path)}}
    write_manifest(replace(bundle.manifest, graphs=graphs), bundle.directory)


def test_without_polygraphy_the_line_to_install_it_is_named(exported, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polygraphy", None)
    monkeypatch.setitem(sys.modules, "polygraphy.comparator", None)
    with pytest.raises(BackendError, match=r"need the polygraphy package .*pip install polygraphy"):
        compare_bundle(exported[0])


@pytest.mark.usefixtures("polygraphy")
def test_the_figures_are_those_of_the_libraries(exported) -> None:
    bundle, compared = Bundle.open(exported[0]), compare_bundle(exported[0])
    found = {(row.graph, row.precision): row.agreement for row in compared.rows if row.library == "onnxruntime-cpu"}
    vectors = bundle.test_vectors()
    for graph in ("points", "text", "image"):
        assert found.pop((graph, "fp32")) is None
        agreement = found.pop((graph, "fp16"))
        inputs = {name: vectors[name] for name in GRAPH_INPUTS[graph]}
        single, half = (
            OnnxBackend(bundle.graph(graph, precision), "cpu", precision).run(inputs)["features"]
            for precision in ("fp32", "fp16")
        )
        assert agreement.max_abs_error == pytest.approx(
            np.abs(single - half).max(), rel=0.5
        )  # other batches round apart
        assert agreement.max_abs_error > 0
        assert agreement.cosine == pytest.approx((single * half).sum(axis=1).min(), abs=1e-5)
    assert found == {}
    compared.require()


@pytest.mark.usefixtures("polygraphy")
def test_every_library_took_part_or_is_named_with_its_reason(exported) -> None:
    compared = compare_bundle(exported[0])
    assert {row.library for row in compared.rows} | {*compared.missing} == {*RUNNERS}
    assert all(reason in compared.table() for reason in compared.missing.values())
    if not is_installed():
        assert "TensorRT cannot be imported" in compared.missing["tensorrt"]


@pytest.mark.usefixtures("polygraphy")
def test_a_graph_that_is_off_is_named(points_only: Bundle) -> None:
    compare_bundle(points_only.directory).require()
    spoil(points_only)
    compared = compare_bundle(points_only.directory)
    assert [row.fits() for row in compared.rows if row.library == "onnxruntime-cpu"] == [True, False]
    with pytest.raises(
        BundleError, match=r"tiny: outside the tolerance: points at fp16 in onnxruntime-cpu.*fp16 0\.999"
    ):
        compared.require()


@pytest.mark.usefixtures("polygraphy")
def test_an_altered_graph_does_not_get_that_far(points_only: Bundle) -> None:
    path = points_only.directory / points_only.graph_entry("points", "fp16").file
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match="altered or cut short"):
        compare_bundle(points_only.directory)


@pytest.mark.usefixtures("polygraphy")
@pytest.mark.skipif(is_installed(), reason="with TensorRT there is a second result")
def test_one_result_is_nothing_to_compare(points_only: Bundle) -> None:
    graphs = {"points": {"fp16": points_only.manifest.graphs["points"]["fp16"]}}
    write_manifest(replace(points_only.manifest, graphs=graphs), points_only.directory)
    with pytest.raises(BackendError, match=r"nothing to compare.*onnxruntime-cpu alone.*pip install \"tensorrt-cu13\""):
        compare_bundle(points_only.directory)


@pytest.mark.usefixtures("polygraphy")
@pytest.mark.skipif(is_installed(), reason="TensorRT is here")
def test_polygraphys_tensorrt_takes_our_arguments_and_its_failure_names_the_graph(points_only: Bundle) -> None:
    profile = graph_profile(points_only.manifest, "points")
    runner = RUNNERS["tensorrt"](points_only.graph("points", "fp32"), profile)
    feeds = _feeds({"points": points_only.test_vectors()["points"]})
    with pytest.raises(BackendError, match=r"^tensorrt: the points graph does not run: .*tensorrt"):
        _features(runner, feeds, "tensorrt: the points graph")


def test_the_table_reads_row_by_row() -> None:
    rows = [
        Row("points", "onnxruntime-cpu", "fp32", None),
        Row("points", "tensorrt", "fp32", FeatureAgreement(2e-4, 1e-5, 1.0)),
        Row("points", "tensorrt", "fp16", FeatureAgreement(2e-4, 1e-5, 0.9995)),
        Row("points", "tensorrt", "int8", FeatureAgreement(float("nan"), float("nan"), float("nan"))),
        Row("text", "onnxruntime-cpu", "fp16", None),
    ]
    compared = Comparison("tiny", tuple(rows), {"onnxruntime-cuda": "it is not here."})
    assert compared.table().splitlines() == [
        "graph   library          precision  max abs error  cosine    within tolerance",
        "points  onnxruntime-cpu  fp32                                reference",
        "points  tensorrt         fp32       2.0e-04        1.000000  NO",
        "points  tensorrt         fp16       2.0e-04        0.999500  yes",
        "points  tensorrt         int8       nan            nan       NO",
        "text    onnxruntime-cpu  fp16                                reference",
        "text: nothing to compare it with",
        "without onnxruntime-cuda: it is not here.",
    ]
    with pytest.raises(BundleError, match="points at fp32 in tensorrt; points at int8 in tensorrt"):
        compared.require()
