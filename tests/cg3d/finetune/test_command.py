"""`cg3d finetune` as a user runs it, and what it answers to input that does not fit."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from cg3d.cli import app
from cg3d.data.samples import SampleSpec
from cg3d.data.shards import Dataset, write_index, write_shard
from cg3d.finetune.classifier import CLASSIFIER_FILE, load_classifier
from cg3d.finetune.config import load_finetune_config
from cg3d.finetune.run import RESULT_FILE
from cg3d.runs.checkpoint import CHECKPOINT_FILE
from cg3d.training.progress import METRICS_FILE
from cg3d_runtime.errors import CheckpointError

SMALL = ("device=cpu", "precision=fp32", "held_out=0.25", "batch_size=6", "copies=1", "epochs=1")
FEW = ("ways=3", "shots=2", "queries=6", "episodes=2")


def cg3d_finetune(*arguments: str | Path, changes: tuple[str, ...] = ()) -> Result:
    options = [part for change in (*SMALL, *FEW, *changes) for part in ("--set", change)]
    return CliRunner().invoke(app, ["finetune", *map(str, arguments), *options])


def refusal(*arguments: str | Path, changes: tuple[str, ...] = ()) -> str:
    """The message of a command that must fail with exit code 2 and print no result."""
    result = cg3d_finetune(*arguments, changes=changes)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return result.stderr.splitlines()[-1].removeprefix("cg3d: ")


def part_of(packed: Path, folder: Path, labels: list[str]) -> Path:
    """A data set of the first object of each label named, again and again where it is named again."""
    dataset, used, chosen = Dataset.open(packed), set[int](), []
    for label in labels:
        chosen.append(next(i for i, info in enumerate(dataset.infos) if info.label == label and i not in used))
        used.add(chosen[-1])
    folder.mkdir()
    write_shard(folder / "shard-000000.tar", [dataset[index] for index in chosen])
    write_index(folder, [folder / "shard-000000.tar"], SampleSpec(512, 2, 32, 512))
    return folder


@pytest.mark.parametrize(
    ("mode", "files"),
    [
        ("full", {RESULT_FILE, CLASSIFIER_FILE, METRICS_FILE}),
        ("linear", {RESULT_FILE, CLASSIFIER_FILE}),
        ("few-shot", {RESULT_FILE}),
    ],
)
def test_result_of_every_mode(mode: str, files: set[str], run: Path, packed: Path, tmp_path: Path) -> None:
    result = cg3d_finetune(run, "--data", packed, "--mode", mode, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert f"written to {tmp_path / 'out'}" in result.stderr
    assert files <= {file.name for file in (tmp_path / "out").iterdir()}
    assert (CLASSIFIER_FILE in files) == (tmp_path / "out" / CLASSIFIER_FILE).exists()
    if mode == "few-shot":
        head, *methods = result.stdout.splitlines()
        assert head == "3-way 2-shot, 6 queries a label, 2 episodes over 3 labels"
        assert [line.rpartition("  ")[0].strip() for line in methods] == [
            "nearest class mean",
            "logistic regression",
            "chance",
        ]
    else:
        *_, sums, objects = result.stdout.splitlines()
        assert sums.startswith("top-1 ")
        assert objects == "6 held-out objects"


def test_newest_run_and_its_own_folder_are_the_defaults(
    run: Path, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, written in (("old", 1), ("new", 2)):
        shutil.copytree(run, tmp_path / "runs" / name)
        os.utime(tmp_path / "runs" / name / CHECKPOINT_FILE, (written, written))
    assert cg3d_finetune("--data", packed, "--mode", "linear").exit_code == 0
    assert cg3d_finetune("--data", packed, "--mode", "linear", "--scratch").exit_code == 0
    results = {folder.name: json.loads((folder / RESULT_FILE).read_text()) for folder in Path("runs/new").glob("fine*")}
    assert {name: result["weights"] for name, result in results.items()} == {
        "finetune-linear-three": "run",
        "finetune-linear-three-scratch": "fresh",
    }


def test_data_that_the_run_has_seen_are_announced(run: Path, packed: Path, tmp_path: Path) -> None:
    other = part_of(packed, tmp_path / "other", ["bowl"] * 8 + ["ladder"] * 8 + ["airplane"] * 8)
    warning = "The run learned from these very objects"
    for data, arguments, warned in ((packed, (), True), (packed, ("--scratch",), False), (other, (), False)):
        out = tmp_path / f"{data.name}{len(arguments)}"
        result = cg3d_finetune(run, "--data", data, "--mode", "few-shot", "--out", out, *arguments)
        assert (warning in result.stderr) is warned, result.output


def test_labels_with_too_few_objects_are_left_out(run: Path, packed: Path, tmp_path: Path) -> None:
    data = part_of(packed, tmp_path / "data", ["bowl"] * 8 + ["ladder"] * 8 + ["airplane"] * 3)
    result = cg3d_finetune(run, "--data", data, "--mode", "few-shot", "--out", tmp_path / "out", changes=("ways=2",))
    assert "episodes draw from 2 labels; left out for too few objects: 1" in result.stderr
    scores = json.loads((tmp_path / "out" / RESULT_FILE).read_text())["scores"]
    assert (scores["labels"], scores["left_out"]) == (["bowl", "ladder"], 1)


def test_existing_result_is_not_overwritten(run: Path, packed: Path, tmp_path: Path) -> None:
    (tmp_path / RESULT_FILE).write_text("mine")
    message = refusal(run, "--data", packed, "--mode", "linear", "--out", tmp_path)
    assert message == f"{tmp_path} holds a result already. Choose another --out, or delete it."
    assert (tmp_path / RESULT_FILE).read_text() == "mine"


@pytest.mark.parametrize(
    ("mode", "changes", "message"),
    [
        ("best", (), "mode must be one of full, linear, few-shot; got 'best'."),
        ("full", ("epoch=3",), "'epoch' is no field of the configuration; did you mean 'epochs'?"),
        ("full", ("batch_size=1",), "batch_size must be 2 or more; got 1."),
        ("full", ("batch_size=19",), "18 objects do not fill one batch of 19. Lower batch_size or add data."),
        ("full", ("held_out=0.01",), "no object can be held out: 0.01 of each label's objects, rounded, is none"),
        ("linear", ("held_out=1",), "the strength of the linear probe cannot be chosen: no label has 3 objects"),
        ("few-shot", ("queries=7",), "Use --set queries=6 or less, fewer ways, or add objects."),
        ("few-shot", ("ways=4",), "3 of 3 labels have the 8 objects that 2 shots and 6 queries need, 4 ways need 4"),
    ],
)
def test_what_does_not_fit_is_named_and_leaves_nothing(
    mode: str, changes: tuple[str, ...], message: str, run: Path, packed: Path, tmp_path: Path
) -> None:
    assert message in refusal(run, "--data", packed, "--mode", mode, "--out", tmp_path / "out", changes=changes)
    assert not (tmp_path / "out").exists()


def test_missing_run_and_missing_data_are_named(run: Path, packed: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    message = refusal(tmp_path / "empty", "--data", packed, "--mode", "linear")
    assert message.startswith(f"{tmp_path / 'empty'}: no run is there (checkpoint.safetensors is missing).")
    message = refusal(run, "--data", tmp_path / "empty", "--mode", "linear", "--out", tmp_path / "out")
    assert message.startswith(f"{tmp_path / 'empty'}: no packed data there")


def test_data_of_one_label_are_refused(run: Path, packed: Path, tmp_path: Path) -> None:
    data = part_of(packed, tmp_path / "data", ["bowl"] * 4)
    message = refusal(run, "--data", data, "--mode", "few-shot", "--out", tmp_path / "out")
    assert message == f"{data} has one label, 'bowl'; two or more are needed to tell things apart."


def test_checkpoint_that_does_not_fit_its_encoder_is_named(run: Path, packed: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    path = tmp_path / "run" / CHECKPOINT_FILE
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys() if "layers.0" not in name}  # noqa: SIM118
        save_file(tensors, path, file.metadata())
    message = refusal(tmp_path / "run", "--data", packed, "--mode", "linear")
    assert "does not fit its own configuration (Error(s) in loading state_dict for PointNet: Missing key(s)" in message


def test_diverging_run_stops_and_writes_no_classifier(run: Path, packed: Path, tmp_path: Path) -> None:
    changes = ("lr=1e30", "epochs=9", "warmup=0")
    message = refusal(run, "--data", packed, "--mode", "full", "--out", tmp_path / "out", changes=changes)
    assert "or its gradient is not finite; stopped, no classifier is written. Lower the rate, for example" in message
    assert not (tmp_path / "out" / RESULT_FILE).exists()
    assert not (tmp_path / "out" / CLASSIFIER_FILE).exists()


def test_file_that_is_no_classifier_is_named(run: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.safetensors", run / CHECKPOINT_FILE, run / "run.json"):
        with pytest.raises(CheckpointError, match=r"not a classifier .*Name a classifier.safetensors that"):
            load_classifier(path)


@pytest.mark.parametrize(("name", "value"), [("held_out", "1.5"), ("strength", "-1"), ("lr", "0"), ("copies", "0")])
def test_values_out_of_range_are_named(name: str, value: str) -> None:
    with pytest.raises(CheckpointError, match=f"^{name} must be "):
        load_finetune_config("full", [f"{name}={value}"])


@pytest.mark.gpu
def test_runs_on_a_gpu(run: Path, packed: Path, tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    for mode in ("full", "linear", "few-shot"):
        changes = ("device=cuda", "precision=auto")
        result = cg3d_finetune(run, "--data", packed, "--mode", mode, "--out", tmp_path / mode, changes=changes)
        assert result.exit_code == 0, result.output
