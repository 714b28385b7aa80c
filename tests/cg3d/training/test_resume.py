"""Stopped runs: resumed from any moment they end with the weights of one that was never stopped."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from cg3d.config import TrainConfig
from cg3d.runs.checkpoint import CHECKPOINT_FILE, RECORD_FILE, load_record, load_run
from cg3d.training.progress import METRICS_FILE
from cg3d.training.train import resume, train
from cg3d_runtime.errors import Cg3dError, CheckpointError, DataError

Configure = Callable[..., TrainConfig]

# Everything that a step leaves for the next: Adam's moments, the prompts' momentum, running statistics, random depth.
EVERYTHING = (
    "steps=12",
    "save_every=2",
    "evaluate_every=3",
    "log_every=1",
    "scale=learned",
    "hard_negatives=0.5",
    "schedule=alternate",
    "positives=caption",
    "model.prompts.image_additive=true",
)


def lines_of(run: Path) -> list[dict[str, float]]:
    """The metrics of a run, but for its speed."""
    lines = [json.loads(line) for line in (run / METRICS_FILE).read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "clouds_per_s"} for line in lines]


def assert_equal_runs(run: Path, other: Path) -> None:
    state, expected = load_run(run)[0].learned_state(), load_run(other)[0].learned_state()
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(state[name], value), name
    assert load_record(run).metrics == load_record(other).metrics


@pytest.fixture(scope="module")
def whole(packed: Path, configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never stopped."""
    return train(configure(*EVERYTHING), packed, tmp_path_factory.mktemp("whole") / "run")


@contextmanager
def disk_full_beyond(largest: int) -> Iterator[None]:
    """Files cannot grow beyond `largest` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_costs_nothing_that_was_saved(
    whole: Path, packed: Path, configure: Configure, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with disk_full_beyond(100_000), pytest.raises(Cg3dError, match=r"File too large.*goes on with --resume"):
        train(configure(*EVERYTHING), packed, run)
    assert sorted(path.name for path in run.iterdir() if path.is_file()) == [METRICS_FILE, RECORD_FILE]
    assert_equal_runs(resume(run), whole)
    assert lines_of(run) == lines_of(whole)


def test_run_without_a_checkpoint_begins_again(whole: Path, packed: Path, tmp_path: Path) -> None:
    """Killed before its first checkpoint, a run has its record alone."""
    run = tmp_path / "run"
    run.mkdir()
    (run / RECORD_FILE).write_bytes((whole / RECORD_FILE).read_bytes())
    assert_equal_runs(resume(run), whole)


def test_finished_run_has_nothing_left_to_do(whole: Path) -> None:
    before = (whole / CHECKPOINT_FILE).read_bytes()
    resume(whole)
    assert (whole / CHECKPOINT_FILE).read_bytes() == before


def test_finished_run_keeps_no_training_state(whole: Path) -> None:
    with safe_open(whole / CHECKPOINT_FILE, framework="pt") as file:
        assert not [name for name in file.keys() if name.startswith("training.")]  # noqa: SIM118


def test_other_data_are_refused(whole: Path, packed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in packed.iterdir():
        (other / file.name).write_bytes(file.read_bytes() + (b"\n" if file.suffix == ".json" else b""))
    with pytest.raises(DataError, match="is not what the run began with, 'three' of 24 objects"):
        resume(whole, other)
    with pytest.raises(DataError, match="Name their folder with --data"):
        resume(whole, tmp_path / "nowhere")


def test_no_run_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no run is there"):
        resume(tmp_path)
    (tmp_path / RECORD_FILE).write_text("{")
    with pytest.raises(CheckpointError, match="not the record of a run"):
        resume(tmp_path)


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cg3d", "train", *arguments]
    # A group of its own: signals must not depend on how the tests were started.
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=_default_sigint
    )


def _default_sigint() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def set_options(configure_changes: tuple[str, ...]) -> list[str]:
    return [word for change in configure_changes for word in ("--set", change)]


@pytest.mark.slow
def test_run_killed_at_random_moments_ends_with_the_same_bits(
    whole: Path, packed: Path, tiny_changes: tuple[str, ...], tmp_path: Path
) -> None:
    run, moments = tmp_path / "run", random.Random(0)
    begin = ["--data", str(packed), "--out", str(run), *set_options((*tiny_changes, *EVERYTHING))]
    for _ in range(4):
        process = start(*(["--resume", str(run)] if (run / RECORD_FILE).exists() else begin))
        wait_for(process, lambda: (run / METRICS_FILE).exists())
        time.sleep(moments.uniform(0, 0.6))
        process.kill()
        process.communicate()
        if (run / CHECKPOINT_FILE).exists() and load_record(run).step == 12:
            break
    process = start("--resume", str(run))
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert_equal_runs(run, whole)
    assert lines_of(run)[-1] == lines_of(whole)[-1]
    assert not [path for path in run.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_saves_and_says_how_to_go_on(
    packed: Path, tiny_changes: tuple[str, ...], tmp_path: Path, number: int
) -> None:
    run = tmp_path / "run"
    changes = (*tiny_changes, "steps=5000", "save_every=5000")
    process = start("--data", str(packed), "--out", str(run), *set_options(changes))
    wait_for(process, lambda: (run / METRICS_FILE).exists())
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert f"cg3d train --resume {run}" in said
    assert 0 < load_record(run).step < 5000


def wait_for(process: subprocess.Popen[str], ready: Callable[[], bool], seconds: float = 120) -> None:
    """Until something is ready, or the process has ended."""
    limit = time.monotonic() + seconds
    while not ready() and process.poll() is None:
        assert time.monotonic() < limit, "the run never began"
        time.sleep(0.01)
