"""Evaluation of a bundle through the runtime, against the model it came from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cg3d.config import TrainConfig
from cg3d.data.shards import Dataset
from cg3d.evaluation.evaluate import evaluate
from cg3d.evaluation.metrics import LabelScore
from cg3d.evaluation.result import Evaluation
from cg3d.runs.checkpoint import load_record, load_run
from cg3d.training.held_out import HeldOut
from cg3d.training.train import train
from cg3d_export.exporting import export_bundle
from cg3d_runtime.errors import BundleError, DataError
from cg3d_runtime.preparation.prepare import PrepareSpec

Configure = Callable[..., TrainConfig]


@pytest.fixture(scope="module")
def trained(packed: Path, configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that is neither at chance nor perfect."""
    config = configure("steps=12", "model.towers.pretrained=builtin", "weights.points_image=0", "weights.image_text=0")
    return train(config, packed, tmp_path_factory.mktemp("runs") / "trained")


@pytest.fixture(scope="module")
def bundle(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "trained"
    model, _ = load_run(trained)
    provenance = load_record(trained).provenance
    export_bundle(model, out, name="trained", licences={}, provenance=provenance, fp16=False, keep={"image": ()})
    return out


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))


def test_bundle_recognises_what_its_model_recognises(bundle: Path, trained: Path, packed: Path) -> None:
    dataset, (model, _) = Dataset.open(packed), load_run(trained)
    result = evaluate(bundle, packed)
    assert result.top1 == pytest.approx(
        HeldOut(dataset, PrepareSpec(192)).scores(model, "fp32")["held_out_top1"], abs=1 / 8
    )  # a model of a few steps tells three labels apart by hardly anything
    assert (result.objects, result.chance, result.top3, result.top5) == (24, 1 / 3, 1.0, 1.0)
    assert [score.label for score in result.labels] == ["airplane", "bowl", "ladder"]
    assert sum(score.correct for score in result.labels) == round(result.top1 * 24)
    assert (result.bundle, result.data, result.precision) == ("trained", "three", "fp32")


def test_splits_are_those_of_the_run(bundle: Path, trained: Path, packed: Path) -> None:
    held_out, learned = (evaluate(bundle, packed, split=split) for split in ("held-out", "learned"))
    assert (held_out.objects, learned.objects) == (6, 18)
    assert held_out.top1 == pytest.approx(load_record(trained).metrics["held_out_top1"], abs=1 / 6)


def test_other_data_has_no_split(bundle: Path, packed: Path, tmp_path: Path) -> None:
    for file in packed.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    index = tmp_path / "dataset.json"
    index.write_text(index.read_text() + "\n")
    assert evaluate(bundle, tmp_path).objects == 24
    with pytest.raises(DataError, match=r"is not what trained was trained on \(three\), so it has no held-out objects"):
        evaluate(bundle, tmp_path, split="held-out")


def test_bad_arguments_are_named(bundle: Path, packed: Path, tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match="split 'new' is not known; choose one of all, learned, held-out, train, val, test"
    ):
        evaluate(bundle, packed, split="new")
    with pytest.raises(DataError, match="no packed data there"):
        evaluate(bundle, tmp_path)
    with pytest.raises(BundleError, match="no bundle can be read there"):
        evaluate(tmp_path, packed)


def test_figures_for_people_and_machines() -> None:
    labels = (LabelScore("bowl", 4, 4), LabelScore("mug", 1, 0))
    result = Evaluation("mini", "three", "all", "onnxruntime-cpu", "fp16", 5, 0.8, 1.0, 1.0, 0.5, 0.5, labels)
    assert json.loads(result.to_json())["labels"][1] == {"label": "mug", "objects": 1, "correct": 0}
    assert result.table().splitlines() == [
        "mug       0 of     1    0.0%",
        "bowl      4 of     4  100.0%",
        "",
        "top-1 80.0%  top-3 100.0%  top-5 100.0%  class mean 50.0%  chance 50.0%",
        "5 objects (all) on onnxruntime-cpu in fp16",
    ]
