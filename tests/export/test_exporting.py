"""A whole export, as its users see it."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from cg3d.models.cg3d import CG3D
from cg3d.models.prompts import PromptConfig
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d_export import export_bundle
from cg3d_runtime.backends import open_backend, prove
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import ImageSpec, TextSpec
from cg3d_runtime.errors import BackendError, BundleError
from cg3d_runtime.preparation.prepare import PrepareSpec
from cg3d_runtime.recognizer import Recognizer

POINTS_ONLY = {"points": ["fp32"], "text": [], "image": []}


def test_the_tokenizer_is_the_models_with_merges_as_strings(exported, model: CG3D) -> None:
    written = Bundle.open(exported[0]).file("tokenizer").decode()

    assert Tokenizer.from_str(written).to_str() == model.towers.tokenizer.to_str()
    assert all(isinstance(merge, str) for merge in json.loads(written)["model"]["merges"])


def test_the_bundle_opens_and_describes_the_model(exported, model: CG3D) -> None:
    manifest = Bundle.open(exported[0]).manifest

    assert manifest.name == "tiny"
    assert manifest.embedding_dim == 64
    assert manifest.logit_scale == pytest.approx(model.logit_scale)
    assert manifest.prepare == PrepareSpec(points=256, channels=3, up="y", mode="cg3d-2")
    assert manifest.text == TextSpec(77 - 4, ("a photo of a {}.",))
    assert manifest.image == ImageSpec(64, "shortest")
    assert manifest.confidence is None
    assert manifest.graphs.keys() == {"points", "text", "image"}
    assert all(entries.keys() == {"fp32", "fp16"} for entries in manifest.graphs.values())
    assert manifest.licences == {"weights": "none"}
    assert manifest.provenance["towers"] == {"seed": 0, "weights": "random"}
    assert manifest.provenance["model"]["prompts"]["text_context"] == 4


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("graph", ["points", "text", "image"])
def test_every_graph_proves_itself_on_the_test_vectors(exported, graph: str, precision: str) -> None:
    bundle = Bundle.open(exported[0])
    prove(open_backend(bundle, graph, "cpu", precision), graph, bundle.test_vectors())


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_the_recognizer_answers_with_the_models_embedding(
    exported, model: CG3D, tmp_path, monkeypatch, precision
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    points = Bundle.open(exported[0]).test_vectors()["points"]
    labels = ["mug", "chair", "airplane"]
    with Recognizer.open(labels, exported[0], backend="cpu", precision=precision) as recognizer:
        answer = recognizer(points[0], up="y")
        embedded = recognizer.embed(list(points), up="y")

    with torch.no_grad():
        expected = model.encode_points(torch.from_numpy(points)).numpy()
        texts = model.encode_captions([f"a photo of a {label}." for label in labels]).numpy()
    assert (embedded * expected).sum(axis=1).min() > 0.999
    assert answer.precision == precision
    if precision == "fp32":
        assert answer.top[0].label == labels[int((texts @ expected[0]).argmax())]


def test_the_report_holds_every_figure(exported) -> None:
    out, report = exported
    tree = json.loads((out / "report.json").read_text())

    assert [(entry["graph"], entry["precision"]) for entry in tree["graphs"]] == [
        (graph, precision) for graph in ("points", "text", "image") for precision in ("fp32", "fp16")
    ]
    assert tree["tolerances"]["fp16"] == {"max_abs_error": None, "cosine": 0.999, "top1_agreement": 0.995}
    for entry, written in zip(report.graphs, tree["graphs"], strict=True):
        assert written["bytes"] == (out / f"{entry.graph}.{entry.precision}.onnx").stat().st_size
        assert written["onnxruntime"]["cosine"] == entry.onnxruntime.cosine > 0.999
        assert (written["torch_half"] is None) == (entry.precision == "fp32")
        assert written["ms"] > 0
        assert 0 < written["onnxruntime"]["mean_abs_error"] < written["onnxruntime"]["max_abs_error"]
        assert written["ladder"].keys() >= {"torch-cpu", "onnxruntime-cpu"}
    figures = Bundle.open(out).manifest.verification["image"]["fp16"]
    assert figures["torch_half_cosine"] > 0.999


def test_the_table_has_a_line_a_file(exported) -> None:
    lines = exported[1].table().splitlines()

    assert " ".join(lines[0].split()) == (
        "graph precision MB max abs error mean cosine same answer FP16/INT8 weights ms, batch 1"
    )
    assert len(lines) == 7
    assert [line.split()[:2] for line in lines[1:3]] == [["points", "fp32"], ["points", "fp16"]]


def test_random_towers_are_stated_loudly(exported) -> None:
    card = (exported[0] / "MODEL_CARD.md").read_text()

    assert "THE TOWERS HAVE RANDOM WEIGHTS" in card
    assert "256 points without colour" in card
    assert "| image | fp16 |" in card


def test_test_vectors_are_small(exported) -> None:
    vectors = Bundle.open(exported[0]).test_vectors()

    assert {len(array) for array in vectors.values()} == {2}
    assert {array.dtype for array in vectors.values()} == {np.dtype(np.float32), np.dtype(np.int32)}
    assert (exported[0] / "test_vectors.npz").stat().st_size < 200_000


def test_kept_precisions_alone_are_written(model: CG3D, tmp_path: Path) -> None:
    report = export_bundle(
        model,
        tmp_path / "small",
        name="small",
        licences={},
        provenance={},
        keep=POINTS_ONLY,
        templates=["one {}", "the {}"],
    )

    assert [(entry.graph, entry.precision) for entry in report.graphs] == [("points", "fp32")]
    assert sorted(path.name for path in (tmp_path / "small").glob("*.onnx")) == ["points.fp32.onnx"]
    assert Bundle.open(tmp_path / "small").manifest.text.templates == ("one {}", "the {}")


@pytest.mark.parametrize("keep", [{"sound": ["fp32"]}, {"text": ["int8"]}])
def test_unknown_names_in_keep_are_refused(model: CG3D, tmp_path: Path, keep: dict[str, list[str]]) -> None:
    with pytest.raises(BundleError, match=r"keep names '(sound|int8)'; it takes graphs \(points, text, image\)"):
        export_bundle(model, tmp_path / "new", name="new", licences={}, provenance={}, keep=keep)


def test_a_missing_onnx_runtime_names_its_install_line(model: CG3D, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BackendError, match=r"pip install onnxruntime"):
        export_bundle(model, tmp_path / "new", name="new", licences={}, provenance={})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_vit_b_32(make_model, tmp_path: Path) -> None:
    """Towers of its widths, vocabulary and picture; two blocks stand for twelve, which are alike."""
    config = copy.deepcopy(import_open_clip().get_model_config("ViT-B-32"))
    config["vision_cfg"]["layers"] = config["text_cfg"]["layers"] = 2
    (tmp_path / "cg3d-short-b-32.json").write_text(json.dumps(config))
    import_open_clip().add_model_config(tmp_path)
    model = make_model(prompts=PromptConfig(text_context=4), towers="cg3d-short-b-32")
    keep = {"points": [], "text": ["fp32"], "image": ["fp16"]}
    report = export_bundle(model, tmp_path / "b32", name="b32", licences={}, provenance={}, keep=keep)

    assert min(entry.onnxruntime.cosine for entry in report.graphs) > 0.9999
    assert Bundle.open(tmp_path / "b32").manifest.image.size == 224
