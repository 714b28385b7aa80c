"""Several runs as one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.config import TrainConfig
from cg3d.models.cg3d import CG3D
from cg3d.runs.average import average_runs
from cg3d.runs.checkpoint import load_record, load_run, save_checkpoint
from cg3d_runtime.bundle import BUNDLE_IN_WHEEL, named_folder
from cg3d_runtime.errors import CheckpointError

Configure = Callable[..., TrainConfig]


@pytest.fixture
def moved(run: Path, tmp_path: Path) -> Path:
    """The run, as if it had gone on: every weight of it has moved."""
    other = shutil.copytree(run, tmp_path / "moved")
    model, _ = load_run(run)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.25)
        for buffer in model.points.buffers():
            buffer.add_(2)
    save_checkpoint(other, model, load_record(run))
    return other


def learned(run: Path) -> dict[str, torch.Tensor]:
    model: CG3D = load_run(run)[0]
    return {name: value.detach().clone() for name, value in model.learned_state().items()}


def test_every_weight_is_the_mean(run: Path, moved: Path, tmp_path: Path) -> None:
    mean = learned(average_runs([run, moved, run, moved], tmp_path / "mean"))

    first, second = learned(run), learned(moved)
    assert mean.keys() == first.keys()
    for name, value in mean.items():
        expected = (first[name].double() + second[name].double()) / 2
        torch.testing.assert_close(value.double(), expected.to(value.dtype).double(), rtol=0, atol=1e-6, msg=name)


def test_a_run_is_its_own_mean(run: Path, tmp_path: Path) -> None:
    mean = learned(average_runs([run, run], tmp_path / "mean"))
    assert all(torch.equal(value, mean[name]) for name, value in learned(run).items())


def test_the_record_tells_of_what_it_is_the_mean(run: Path, moved: Path, tmp_path: Path) -> None:
    record, first = load_record(average_runs([run, moved], tmp_path / "mean")), load_record(run)

    assert record.config == first.config
    assert record.metrics == {}  # the first run's figures are not the mean's
    assert record.provenance["averaged"] == [{"run": name, "step": first.step} for name in (run.name, moved.name)]


def test_the_command(run: Path, moved: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["average", str(run), str(moved), "--out", str(tmp_path / "mean")])
    assert result.exit_code == 0
    assert f"next: cg3d export {tmp_path / 'mean'} --fp16" in result.output


def test_a_mean_is_of_two_at_least(run: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="of two runs at least, got 1"):
        average_runs([run], tmp_path / "mean")


def test_a_bundle_cannot_stand_for_a_run_with_prompts(run: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not tell its prompts"):
        average_runs([run, named_folder(BUNDLE_IN_WHEEL)], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_the_first_is_a_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no readable checkpoint|holds no|no run"):
        average_runs([tmp_path, tmp_path], tmp_path / "mean")


def test_a_run_that_is_there_stays(run: Path, moved: Path) -> None:
    before = (moved / "checkpoint.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match="holds a run already"):
        average_runs([run, run], moved)
    assert (moved / "checkpoint.safetensors").read_bytes() == before
