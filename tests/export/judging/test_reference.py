"""What files are measured against: the model in float64, and its answers on labelled objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cg3d.data.built_in import synthesise
from cg3d.models.cg3d import CG3D
from cg3d_export import JudgementData, export_bundle
from cg3d_export.graphs.convert import build_graph
from cg3d_export.judging.agreement import float64_features, model_features, module_features
from cg3d_export.judging.reference import ModelReference, input_spec
from cg3d_runtime.bundle import Bundle

GRAPHS = ("points", "text", "image")


@pytest.fixture(scope="module")
def reference(model: CG3D) -> ModelReference:
    objects = synthesise(4, categories=["mug", "chair", "bottle", "bowl"])
    return ModelReference(model, input_spec(model), JudgementData(objects, "sixteen objects", held_out=3))


@pytest.mark.parametrize("graph", GRAPHS)
def test_float64_is_float64_to_the_end(model: CG3D, reference: ModelReference, graph: str) -> None:
    exact = float64_features(model, graph, reference.samples[graph])

    assert exact.dtype == np.float64
    np.testing.assert_allclose(np.linalg.norm(exact, axis=1), 1, atol=1e-14)  # float32 would be off by 1e-8
    np.testing.assert_allclose(exact, reference.expected[graph], atol=2e-6)


@pytest.mark.parametrize("graph", GRAPHS)
def test_the_ladder_ranks_precisions(model: CG3D, reference: ModelReference, graph: str) -> None:
    single, half = (
        module_features(build_graph(model, graph, precision), reference.samples[graph])
        for precision in ("fp32", "fp16")
    )
    rungs = reference.against_float64(graph, {"single": single, "half": half})

    assert 0 < rungs["single"].max_abs_error < 1e-5 < rungs["half"].max_abs_error < 1e-2
    assert rungs["half"].cosine < rungs["single"].cosine


def test_agreement_counts_the_objects_that_keep_their_label(model: CG3D, reference: ModelReference) -> None:
    expected = model_features(model, "points", reference.held_out("points"))
    assert len(expected) == 3

    def away_from_its_label(inputs: dict[str, np.ndarray]) -> np.ndarray:
        found = expected.copy()
        found[1] = -reference.labels[(expected[1] @ reference.labels.T).argmax()]
        return found

    assert reference.top1_agreement("points", lambda inputs: expected) == 1
    assert reference.top1_agreement("points", away_from_its_label) == pytest.approx(2 / 3)


def test_texts_are_judged_by_the_answers_they_give(model: CG3D, reference: ModelReference) -> None:
    texts = model_features(model, "text", reference.held_out("text"))
    assert reference.top1_agreement("text", lambda inputs: texts) == 1
    assert reference.top1_agreement("text", lambda inputs: -texts) == 0  # the farthest label is the nearest now


def test_an_export_on_data_reports_the_share(model: CG3D, tmp_path: Path) -> None:
    data = JudgementData(synthesise(4, categories=["mug", "chair"]), "eight objects")
    keep = {"points": ["fp32", "fp16"], "text": [], "image": []}
    report = export_bundle(model, tmp_path / "b", name="b", licences={}, provenance={}, keep=keep, data=data)
    single, half = report.graphs

    assert report.judged_on == "eight objects" and report.judged_objects == 2
    assert single.top1_agreement == 1 and half.top1_agreement in (0, 0.5, 1)
    assert Bundle.open(tmp_path / "b").manifest.verification["points"]["fp32"]["top1_agreement"] == 1
    assert "same answer: nearest label, 2 held-out objects of eight objects" in report.table()
