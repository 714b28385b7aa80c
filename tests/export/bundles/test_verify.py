"""What lies on disk is verified as an export verifies it; whatever is wrong is named."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from cg3d_export.bundles.verify import verify_bundle
from cg3d_export.bundles.writer import npz_bytes
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import file_entry
from cg3d_runtime.errors import BackendError, BundleError


@pytest.fixture
def bundle(exported, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported[0], tmp_path / "bundle"))


def relist(bundle: Path) -> None:
    """Bring the manifest's hashes up to date, as somebody who alters a bundle would."""
    tree = json.loads((bundle / "manifest.json").read_text())
    for entry in (*tree["files"].values(), *(e for graph in tree["graphs"].values() for e in graph.values())):
        entry.update(vars(file_entry(bundle / entry["file"])))
    (bundle / "manifest.json").write_text(json.dumps(tree))


def change_vectors(bundle: Path, change: Callable[[dict[str, np.ndarray]], Any]) -> None:
    vectors = Bundle.open(bundle).test_vectors()
    change(vectors)
    (bundle / "test_vectors.npz").write_bytes(npz_bytes(vectors))
    relist(bundle)


def test_an_unaltered_bundle_gives_the_figures_of_its_export(exported) -> None:
    out, at_export = exported
    report = verify_bundle(out)

    assert report.name == "tiny"
    assert [(g.graph, g.precision, g.bytes) for g in report.graphs] == [
        (g.graph, g.precision, g.bytes) for g in at_export.graphs
    ]
    for now, then in zip(report.graphs, at_export.graphs, strict=True):
        assert now.structure == then.structure
        # The test vectors are the first samples of the export's.
        assert now.onnxruntime.cosine >= then.onnxruntime.cosine - 1e-6
        assert now.onnxruntime.max_abs_error <= then.onnxruntime.max_abs_error + 1e-6
        assert now.torch_half is None
        assert now.ms > 0
    assert len(report.table().splitlines()) == 7


@pytest.mark.parametrize("file", ["image.fp16.onnx", "tokenizer.json", "report.json"])
def test_a_corrupted_file_is_named(bundle: Path, file: str) -> None:
    content = bytearray((bundle / file).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / file).write_bytes(content)
    with pytest.raises(BundleError, match=rf"{file}: .*altered or cut short"):
        verify_bundle(bundle)


def test_graphs_swapped_with_their_hashes_are_named(bundle: Path) -> None:
    tree = json.loads((bundle / "manifest.json").read_text())
    graphs = tree["graphs"]
    graphs["text"]["fp32"], graphs["image"]["fp32"] = graphs["image"]["fp32"], graphs["text"]["fp32"]
    (bundle / "manifest.json").write_text(json.dumps(tree))
    with pytest.raises(BundleError, match="the text graph at fp32 fails its verification"):
        verify_bundle(bundle)


def test_a_precision_that_the_graph_does_not_have_is_named(bundle: Path) -> None:
    shutil.copy(bundle / "image.fp32.onnx", bundle / "image.fp16.onnx")
    relist(bundle)
    with pytest.raises(BundleError, match=r"the image graph at fp16 fails.*0.0% of the weight bytes are FP16"):
        verify_bundle(bundle)


def test_one_altered_weight_shows_in_the_test_vectors(bundle: Path) -> None:
    model = onnx.load(bundle / "points.fp32.onnx")
    largest = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weights = numpy_helper.to_array(largest).copy()
    weights.flat[:100] += 1
    largest.CopyFrom(numpy_helper.from_array(weights, largest.name))
    (bundle / "points.fp32.onnx").write_bytes(model.SerializeToString())
    relist(bundle)
    with pytest.raises(BundleError, match=r"the points graph at fp32 fails its verification: (cosine|max abs error)"):
        verify_bundle(bundle)


@pytest.mark.parametrize("content", [b"\x0a\x03abc\x12", b"\x3a\x02\x0a\x09"], ids=["cut short", "malformed graph"])
def test_bytes_that_are_no_model_are_named(bundle: Path, content: bytes) -> None:
    (bundle / "points.fp32.onnx").write_bytes(content)
    relist(bundle)
    with pytest.raises(BundleError, match=r"the points graph at fp32 fails its verification.*no ONNX model"):
        verify_bundle(bundle)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda vectors: vectors.pop("eot"), "the text graph at fp32 fails.* lack eot"),
        (lambda vectors: vectors.update(points_features=np.full((2, 64), np.nan, np.float32)), "cosine nan"),
        (lambda vectors: vectors.update(points_features=np.ones((2, 8), np.float32)), r"shape \(2, 8\), \(2, 64\) is"),
        (lambda vectors: vectors.update(image=vectors["image"][:, :, :8]), "the image graph at fp32 fails.*failed on"),
    ],
    ids=["missing", "NaN", "shape of features", "shape of inputs"],
)
def test_test_vectors_that_do_not_fit_are_named(
    bundle: Path, change: Callable[[dict[str, np.ndarray]], Any], problem: str
) -> None:
    change_vectors(bundle, change)
    with pytest.raises(BundleError, match=problem):
        verify_bundle(bundle)


def test_a_missing_onnx_runtime_is_not_blamed_on_the_bundle(bundle: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BackendError, match=r"pip install onnxruntime"):
        verify_bundle(bundle)
