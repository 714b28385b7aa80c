"""From the model that ships to a robot's own labels: fine-tune, export, infer, as a user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

from cg3d.cli import app
from cg3d.data.samples import sample_cloud
from cg3d.data.shards import Dataset
from cg3d.finetune.classifier import CLASSIFIER_FILE, load_classifier
from cg3d_runtime import Recognizer
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.infer.cli import app as infer
from cg3d_runtime.preparation.prepare import prepare

LABELS = ["airplane", "chair", "mug"]


def cg3d(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def checked(*arguments: str | Path) -> Result:
    result = cg3d(*arguments)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "kitchen"
    small = ("--views", "1", "--image-size", "32", "--points", "1024", "--workers", "1")
    checked("data", "synth", "6", "--categories", ",".join(LABELS), *small, "--out", folder)
    return folder


def tuned(data: Path, folder: Path, mode: str) -> Path:
    changes = ("device=cpu", "precision=fp32", "held_out=0.34", "copies=1", "epochs=2", "batch_size=6", "lr=1e-4")
    options = [part for change in changes for part in ("--set", change)]
    checked("finetune", "cg3d-mini", "--data", data, "--mode", mode, "--out", folder, *options)
    return folder


@pytest.fixture(scope="module")
def linear(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tuned(data, tmp_path_factory.mktemp("linear") / "own", "linear")


@pytest.fixture(scope="module")
def bundle(data: Path, linear: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "robot"
    told = checked("export", linear, "--fp16", "--data", data, "--out", out)
    assert told.stdout.splitlines()[-1] == f"next: cg3d-infer scan.ply --bundle {out}"
    assert "answers are the classifier's, scores to" in told.stderr
    return out


def scans_of(data: Path, folder: Path) -> dict[Path, str]:
    """Every object as a file, y up as in packed data, with its label."""
    objects, files = Dataset.open(data), {}
    for index in range(len(objects)):
        file = folder / f"{objects.infos[index].id}.npy"
        np.save(file, sample_cloud(objects[index]).xyz)
        files[file] = objects.infos[index].label
    return files


def same_answers(bundle: Path, tuning: Path, data: Path) -> None:
    """The robot's scores are those of the classifier in PyTorch, for every object."""
    classifier, labels = load_classifier(tuning / CLASSIFIER_FILE)
    objects, spec = Dataset.open(data), Bundle.open(bundle).manifest.prepare
    with Recognizer.open(bundle=bundle) as recognizer, torch.no_grad():
        for index in range(len(objects)):
            cloud = sample_cloud(objects[index])
            expected = classifier(torch.from_numpy(prepare(cloud, spec))[None])[0].softmax(0).tolist()
            found = {candidate.label: candidate.score for candidate in recognizer(cloud).top}
            assert found == pytest.approx(dict(zip(labels, expected, strict=True)), abs=1e-5)
            assert max(found, key=found.__getitem__) == labels[int(np.argmax(expected))]


def test_a_linear_classifier_answers_on_the_robot(bundle: Path, linear: Path, data: Path) -> None:
    same_answers(bundle, linear, data)


def test_what_learned_as_a_whole_does_so_too(data: Path, tmp_path: Path) -> None:
    folder = tuned(data, tmp_path / "full", "full")
    checked("export", folder, "--data", data, "--out", tmp_path / "robot")
    same_answers(tmp_path / "robot", folder, data)


def test_the_command_line_names_scans(bundle: Path, data: Path, tmp_path: Path) -> None:
    files = scans_of(data, tmp_path)
    result = CliRunner().invoke(infer, [*map(str, files), "--bundle", str(bundle), "--up", "y", "--json"])
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert np.mean([answer["label"] == files[Path(answer["file"])] for answer in answers]) > 0.9
    assert "3 fixed labels" in result.stderr


def test_the_bundle_says_what_it_is(bundle: Path, data: Path) -> None:
    manifest = Bundle.open(bundle).manifest
    assert (manifest.format, manifest.logit_scale, manifest.confidence) == (3, 1.0, None)
    assert list(manifest.graphs) == ["points"]
    assert set(manifest.files) == {"labels", "test_vectors", "report", "model_card"}
    assert manifest.provenance["started_from"]["bundle"]["name"] == "cg3d-mini"
    assert manifest.provenance["data"]["source"] == data.name
    assert manifest.licences["training data"] == {"Apache-2.0": 18}
    assert "CC-BY-4.0" in manifest.licences["pretraining data"]
    assert manifest.verification["labels"]["fp32"]["max_abs_error"] < 1e-5
    assert manifest.verification["points"]["fp32"]["top1_agreement"] == 1.0
    card = (bundle / "MODEL_CARD.md").read_text("utf-8")
    assert "**Answers with 3 fixed labels**" in card
    assert "Its labels: airplane, chair, mug." in card
    assert "words chosen at run time" not in card


def test_it_is_verified_and_served_like_any_other(bundle: Path, tmp_path: Path) -> None:
    assert "points" in checked("verify", bundle).stdout
    told = checked("triton", bundle, "--out", tmp_path / "models", "--precision", "fp32")
    assert "robot-points" in told.stdout


def test_damaged_labels_fail_the_verification(bundle: Path, tmp_path: Path) -> None:
    spoilt = Path(shutil.copytree(bundle, tmp_path / "spoilt"))
    vectors, manifest = Bundle.open(spoilt).test_vectors(), Bundle.open(spoilt).manifest
    assert vectors["label_scores"].shape == (2, 3)
    assert manifest.files["labels"].file == "labels.npz"
    (spoilt / "labels.npz").write_bytes(b"x")
    refused = cg3d("verify", spoilt)
    assert refused.exit_code == 2
    assert "labels.npz" in refused.stderr


def test_learning_goes_on_from_it(bundle: Path, data: Path, tmp_path: Path) -> None:
    again = checked("finetune", bundle, "--data", data, "--mode", "linear", "--out", tmp_path / "again")
    assert "from bundle robot" in again.stderr
    assert "The run learned from these very objects" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--int8",), "--int8 is for runs; a classifier exports to fp32, and with --fp16 to fp16."),
    ],
)
def test_what_it_has_no_form_for_is_refused(
    linear: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    refused = cg3d("export", linear, "--out", tmp_path / "robot", *arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert message in refused.stderr
    assert not (tmp_path / "robot").exists()


def test_commands_that_need_words_say_that_the_labels_are_fixed(bundle: Path, data: Path) -> None:
    for command in (("eval", bundle, "--data", data), ("calibrate", bundle, "--data", data)):
        refused = cg3d(*command)
        assert refused.exit_code == 2, refused.output
        assert "its labels are fixed" in refused.stderr


def test_few_shot_tasks_leave_nothing_to_export(data: Path, tmp_path: Path) -> None:
    changes = ("ways=3", "shots=2", "queries=2", "episodes=1", "device=cpu")
    options = [part for change in changes for part in ("--set", change)]
    checked("finetune", "cg3d-mini", "--data", data, "--mode", "few-shot", "--out", tmp_path / "few", *options)
    refused = cg3d("export", tmp_path / "few")
    assert refused.exit_code == 2
    assert "few-shot learns nothing that lasts; fine-tune with --mode linear or full" in refused.stderr
