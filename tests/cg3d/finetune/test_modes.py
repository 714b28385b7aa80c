"""Fine-tuning, linear probe and few-shot recognition of a run's encoder, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open

from cg3d.data.augment.points import Augmentation
from cg3d.data.shards import Dataset
from cg3d.data.split import split_by_object
from cg3d.finetune.classifier import CLASSIFIER_FILE, Classifier, load_classifier
from cg3d.finetune.clouds import Clouds
from cg3d.finetune.config import FinetuneConfig, load_finetune_config
from cg3d.finetune.embeddings import embed
from cg3d.finetune.encoder import load_encoder
from cg3d.finetune.linear_probe import LogisticRegression
from cg3d.finetune.metrics import Accuracy, accuracy
from cg3d.finetune.run import RESULT_FILE, finetune
from cg3d.runs.checkpoint import CHECKPOINT_FILE
from cg3d.training.progress import METRICS_FILE
from cg3d_runtime.preparation.prepare import PrepareSpec

CPU = torch.device("cpu")
SMALL = ("device=cpu", "precision=fp32", "held_out=0.25", "batch_size=6", "copies=2", "epochs=2")
FEW = ("ways=2", "shots=2", "queries=4", "episodes=3")


def configure(mode: str, *changes: str) -> FinetuneConfig:
    return load_finetune_config(mode, [*SMALL, *FEW, *changes])


def encoder_weights(file: Path, prefix: str) -> dict[str, torch.Tensor]:
    with safe_open(file, framework="pt") as opened:
        return {n.removeprefix(prefix): opened.get_tensor(n) for n in opened.keys() if n.startswith(prefix)}  # noqa: SIM118


def held_out_clouds(packed: Path) -> Clouds:
    _, held_out = split_by_object(Dataset.open(packed), 0.25, 0)
    return Clouds(held_out, PrepareSpec(192), Augmentation(), 0)


@pytest.fixture(scope="module")
def probed(run: Path, packed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Accuracy]:
    """The result of a linear probe, to be read only."""
    out = tmp_path_factory.mktemp("results") / "linear"
    scores = finetune(configure("linear"), run, packed, out)
    assert isinstance(scores, Accuracy)
    return out, scores


def test_full_fine_tuning_learns_three_shapes(run: Path, packed: Path, tmp_path: Path) -> None:
    scores = finetune(
        configure("full", "epochs=12", "lr=2e-3", "augmentation.partial=0"), run, packed, tmp_path / "out"
    )
    assert isinstance(scores, Accuracy)
    assert scores.top[1] > 0.8
    assert scores.objects == 6
    epochs = [json.loads(line) for line in (tmp_path / "out" / METRICS_FILE).read_text().splitlines()]
    assert [epoch["step"] for epoch in epochs] == list(range(3, 37, 3))
    assert epochs[-1]["held_out_top1"] == pytest.approx(scores.top[1])
    assert epochs[-1]["loss"] < epochs[0]["loss"]


@pytest.mark.parametrize("mode", ["full", "linear"])
def test_saved_classifier_gives_the_reported_figures(mode: str, run: Path, packed: Path, tmp_path: Path) -> None:
    scores = finetune(configure(mode), run, packed, tmp_path)
    classifier, labels = load_classifier(tmp_path / CLASSIFIER_FILE)
    assert labels == ["airplane", "bowl", "ladder"]
    assert not classifier.training
    clouds = held_out_clouds(packed)
    with torch.no_grad():
        logits = classifier(torch.stack([clouds[0, index][0] for index in range(len(clouds))]))
    assert accuracy(logits, clouds.labels, labels) == scores


def test_linear_probe_leaves_the_encoder_as_it_was(probed: tuple[Path, Accuracy], run: Path) -> None:
    before = encoder_weights(run / CHECKPOINT_FILE, "points.")
    after = encoder_weights(probed[0] / CLASSIFIER_FILE, "encoder.")
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert torch.equal(value, after[name]), name


def test_full_fine_tuning_moves_the_encoder(run: Path, packed: Path, tmp_path: Path) -> None:
    finetune(configure("full", "epochs=1"), run, packed, tmp_path)
    before = encoder_weights(run / CHECKPOINT_FILE, "points.")
    after = encoder_weights(tmp_path / CLASSIFIER_FILE, "encoder.")
    assert not torch.equal(before["projection.weight"], after["projection.weight"])


def test_record_says_what_was_done(probed: tuple[Path, Accuracy], run: Path) -> None:
    folder, scores = probed
    record = json.loads((folder / RESULT_FILE).read_text())
    assert record["run"] == {**record["run"], "name": run.name, "step": 6, "towers": "random"}
    assert record["data"] == {**record["data"], "source": "three", "objects": 24}
    assert (record["weights"], record["learned"], record["held_out"]) == ("run", 18, 6)
    assert (record["encoder"]["name"], record["config"]["mode"], record["config"]["seed"]) == ("pointnet", "linear", 0)
    assert record["scores"]["top"] == {"1": scores.top[1]}
    assert (
        [label["label"] for label in record["scores"]["labels"]] == record["labels"] == ["airplane", "bowl", "ladder"]
    )
    assert 0 < record["strength"] <= 0.1
    assert record["versions"]["torch"] == torch.__version__


@pytest.mark.parametrize("mode", ["full", "linear", "few-shot"])
def test_same_seed_gives_the_same_figures(mode: str, run: Path, packed: Path, tmp_path: Path) -> None:
    first, again = (finetune(configure(mode), run, packed, tmp_path / name) for name in ("first", "again"))
    assert first == again
    if mode != "few-shot":
        one, other = (encoder_weights(tmp_path / name / CLASSIFIER_FILE, "") for name in ("first", "again"))
        assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_scratch_is_the_same_encoder_with_fresh_weights(run: Path) -> None:
    learned, fresh = (load_encoder(run, scratch, seed=0) for scratch in (False, True))
    assert (fresh.config, fresh.embed_dim) == (learned.config, learned.embed_dim) == (learned.config, 512)
    assert fresh.fresh
    state, again = fresh.module.state_dict(), load_encoder(run, True, seed=0).module.state_dict()
    assert state["projection.weight"].shape == learned.module.state_dict()["projection.weight"].shape
    assert not torch.equal(state["projection.weight"], learned.module.state_dict()["projection.weight"])
    assert all(torch.equal(value, again[name]) for name, value in state.items())


def test_embeddings_are_those_of_the_model(run: Path, packed: Path) -> None:
    clouds, encoder = held_out_clouds(packed), load_encoder(run, False, 0)
    rows = embed(encoder.module, clouds, CPU, "fp32", batch_size=4, workers=0, copies=3)
    assert rows.shape == (3, 6, 512)
    with torch.no_grad():
        expected = F.normalize(encoder.module(torch.stack([clouds[0, index][0] for index in range(6)])), dim=-1)
    torch.testing.assert_close(rows[0], expected)
    assert not torch.allclose(rows[1], rows[2])


def test_a_version_of_a_cloud_is_always_the_same(packed: Path) -> None:
    first, again = held_out_clouds(packed), held_out_clouds(packed)
    for version in (0, 1, 2):
        assert torch.equal(first[version, 3][0], again[version, 3][0])
    assert not torch.equal(first[1, 3][0], first[2, 3][0])


@pytest.mark.slow
def test_loader_processes_change_nothing(packed: Path) -> None:
    clouds = held_out_clouds(packed)
    keys = [[(0, 1), (1, 2)], [(2, 0), (1, 5)]]
    for alone, shared in zip(clouds.batches(keys, 0), clouds.batches(keys, 1), strict=True):
        assert torch.equal(alone[0], shared[0])
        assert torch.equal(alone[1], shared[1])


def test_head_takes_over_a_probe_of_unit_embeddings(run: Path) -> None:
    encoder = load_encoder(run, False, 0)
    probe = LogisticRegression(torch.randn(3, 512).double(), torch.randn(3).double())
    classifier, points = Classifier(encoder.module, 512, 3).eval(), torch.rand(4, 192, 3)
    classifier.set_head(probe)
    with torch.no_grad():
        expected = probe.logits(F.normalize(encoder.module(points), dim=-1))
        torch.testing.assert_close(classifier(points).double(), expected, atol=1e-4, rtol=1e-4)
