"""Runs on disk: what is saved comes back, and what does not fit is named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from cg3d.config import TrainConfig
from cg3d.runs.checkpoint import (
    CHECKPOINT_FILE,
    RECORD_FILE,
    RunRecord,
    build_model,
    load_record,
    load_run,
    newest_run,
    save_checkpoint,
    towers_sha256,
)
from cg3d_runtime.errors import CheckpointError

Configure = Callable[..., TrainConfig]


@pytest.fixture
def spoilt(run: Path, tmp_path: Path) -> Callable[..., Path]:
    """`spoilt(tensors=..., record=...)`: a copy of the run with its tensors or its record changed."""

    def spoil(tensors: Callable[[dict], object] = dict, record: Callable[[dict], object] = dict) -> Path:
        copy = Path(shutil.copytree(run, tmp_path / "spoilt"))
        with safe_open(copy / CHECKPOINT_FILE, framework="pt") as file:
            values = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            tree = json.loads(file.metadata()["cg3d"])
        tensors(values)
        record(tree)
        save_file(values, copy / CHECKPOINT_FILE, {"cg3d": json.dumps(tree)})
        return copy

    return spoil


def test_round_trip(tmp_path: Path, configure: Configure, all_prompts: tuple[str, ...]) -> None:
    config = configure(*all_prompts, "data.augmentation.stretch=[0.5, 2]")
    model = build_model(config)
    assert {"image.prompt", "image.bias", "text.context", "text.bias"} <= model.learned_state().keys()
    with torch.no_grad():
        for value in model.learned_state().values():
            value.copy_(torch.rand(value.shape) if value.is_floating_point() else value + 3)
    record = RunRecord(config, "random", towers_sha256(model), {"data": {"source": "péché"}}, 5, {"held_out_top1": 0.5})
    save_checkpoint(tmp_path, model, record)
    loaded, loaded_config = load_run(tmp_path)
    assert (loaded_config, load_record(tmp_path)) == (config, record)
    assert not loaded.training
    for name, value in model.learned_state().items():
        assert torch.equal(loaded.learned_state()[name], value), name
    for name, value in model.towers.visual.state_dict().items():
        assert torch.equal(loaded.towers.visual.state_dict()[name], value), name


def test_files_are_whole_and_small(run: Path) -> None:
    """The record can be read as JSON, the frozen towers are not saved, nothing temporary stays."""
    assert json.loads((run / RECORD_FILE).read_text())["step"] == 6
    with safe_open(run / CHECKPOINT_FILE, framework="pt") as file:
        assert {name.split(".")[0] for name in file.keys()} == {"points", "image"}  # noqa: SIM118
    assert [path.name for path in run.iterdir() if path.name.startswith(".")] == []


def test_missing_and_unexpected_keys_are_listed(spoilt: Callable[..., Path]) -> None:
    def change(tensors: dict) -> None:
        tensors["points.head.weight"] = tensors.pop("points.projection.weight")
        tensors["image.prompt"] = tensors["image.prompt"][:, :4].contiguous()

    message = (
        r"Missing: points.projection.weight. Unexpected: points.head.weight. Of another shape: image.prompt \(4, 4"
    )
    with pytest.raises(CheckpointError, match=message):
        load_run(spoilt(tensors=change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tree: tree.update(format=2), "the run has format 2, this version reads 1. Update cg3d"),
        (lambda tree: tree.pop("provenance"), "not a checkpoint of cg3d"),
        (lambda tree: tree["config"].update(momentum=0.9), "'momentum' is no field of the configuration"),
        (
            lambda tree: tree["config"]["model"]["encoder"].update(points="many"),
            "points must be an integer, got 'many'",
        ),
    ],
)
def test_record_of_another_kind_is_refused(spoilt: Callable[..., Path], change: Callable, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_record(spoilt(record=change))


def test_other_towers_are_refused(spoilt: Callable[..., Path]) -> None:
    """The same configuration on a machine whose random generator, or whose weight file, is another one."""
    with pytest.raises(
        CheckpointError, match="was trained on the towers 'random', whose weights are not those of 'random'"
    ):
        load_run(spoilt(record=lambda tree: tree["config"].update(seed=1)))


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\xff" * 64])
def test_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHECKPOINT_FILE).write_bytes(content)
    with pytest.raises(CheckpointError, match="not a checkpoint of cg3d"):
        load_run(tmp_path)


def test_safetensors_of_another_program_are_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / CHECKPOINT_FILE)
    with pytest.raises(CheckpointError, match="not a checkpoint of cg3d"):
        load_run(tmp_path)


def test_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no run is there"):
        load_run(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match=r"holds no finished run. Start one with `cg3d train`"):
        newest_run(tmp_path)


def test_newest_run_is_the_one_saved_last(run: Path, tmp_path: Path) -> None:
    for name, age in (("b", 10), ("a", 0), ("c", 20)):
        copy = Path(shutil.copytree(run, tmp_path / name)) / CHECKPOINT_FILE
        os.utime(copy, (copy.stat().st_mtime - age,) * 2)
    (tmp_path / "unfinished").mkdir()
    assert newest_run(tmp_path) == tmp_path / "a"


def test_saving_again_replaces_the_checkpoint(tmp_path: Path, configure: Configure) -> None:
    model = build_model(configure())
    record = RunRecord(configure(), "random", towers_sha256(model), {})
    for step in (1, 2):
        save_checkpoint(tmp_path, model, replace(record, step=step))
    assert load_record(tmp_path).step == 2
    assert len(list(tmp_path.iterdir())) == 2
