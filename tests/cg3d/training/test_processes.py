"""Two processes that share every step learn what one with the batches of both does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing
from torch import nn

from cg3d.config import TrainConfig
from cg3d.data.batches.batches import ItemSpec, TrainBatches
from cg3d.data.shards import Dataset
from cg3d.runs.checkpoint import build_model, load_record, load_run
from cg3d.training.learner import Learner
from cg3d.training.processes import Processes, share_batch_norms
from cg3d.training.progress import METRICS_FILE
from cg3d.training.train import train

Configure = Callable[..., TrainConfig]

CPU = torch.device("cpu")
SHARED = ("scale=learned", "positives=caption", "model.prompts.text_context=2", "data.held_out=0", "warmup=0")


def join(rank: int, folder: Path) -> Processes:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    return Processes(rank, 2)


def one_step(config: TrainConfig, packed: Path, processes: Processes) -> dict[str, torch.Tensor]:
    """The loss and its terms, and what the optimisers remember: a fixed share of the gradients."""
    model = build_model(config)
    batches = TrainBatches(
        Dataset.open(packed),
        config.batch_size,
        ItemSpec(config.model.encoder.spec, model.towers.image_size),
        rank=processes.rank,
        world_size=processes.size,
    )
    learner = Learner(model, config, CPU, "fp32", processes)
    report = learner.learn(next(batches.steps()), 0)
    statistics = {name: value for name, value in model.points.state_dict().items() if "running" in name}
    return {**{name: torch.tensor(value) for name, value in report.items()}, **learner.state(), **statistics}


def take_first_steps(rank: int, configs: list[TrainConfig], packed: Path, folder: Path) -> None:
    torch.set_num_threads(1)
    processes = join(rank, folder)
    torch.save([one_step(config, packed, processes) for config in configs], folder / f"{rank}.pt")
    dist.destroy_process_group()


def normalise(rank: int, folder: Path) -> None:
    processes = join(rank, folder)
    norm = share_batch_norms(nn.Sequential(fresh_norm()), processes, CPU)
    torch.save(outcome(norm, rows().chunk(2)[rank]), folder / f"{rank}.pt")
    dist.destroy_process_group()


def fresh_norm() -> nn.BatchNorm1d:
    torch.manual_seed(1)
    norm = nn.BatchNorm1d(5)
    nn.init.uniform_(norm.weight)
    nn.init.uniform_(norm.bias)
    return norm


def rows() -> torch.Tensor:
    return torch.randn(14, 5, generator=torch.Generator().manual_seed(0)) * 3 + 2


def outcome(norm: nn.Sequential, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Output, gradients and running statistics, and the output in evaluation mode."""
    x = x.clone().requires_grad_()
    y = norm(x)
    (y * y * y).sum().backward()
    assert x.grad is not None
    found = {"y": y.detach(), "x": x.grad, "weight": norm[0].weight.grad, "bias": norm[0].bias.grad}
    return {**found, **norm.state_dict(), "evaluated": norm.eval()(x).detach()}


def spawn(work: Callable[..., None], *arguments: object) -> list[Any]:
    """What each of two processes found: they take seconds to begin, so give them all the work at once."""
    folder = arguments[-1]
    assert isinstance(folder, Path)
    torch.multiprocessing.spawn(work, arguments, nprocs=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.slow
def test_shared_batch_norm_is_that_of_all_rows(tmp_path: Path) -> None:
    first, second = spawn(normalise, tmp_path)
    whole = outcome(nn.Sequential(fresh_norm()), rows())
    for name in ("y", "x", "evaluated"):
        torch.testing.assert_close(torch.cat([first[name], second[name]]), whole[name], atol=1e-5, rtol=1e-5)
    for name in ("weight", "bias"):  # each process has its own rows' part
        torch.testing.assert_close(first[name] + second[name], whole[name], atol=1e-4, rtol=1e-5)
    for name in ("0.running_mean", "0.running_var", "0.num_batches_tracked"):
        torch.testing.assert_close(first[name], whole[name], atol=1e-6, rtol=1e-6)


@pytest.mark.slow
def test_step_of_two_processes_is_that_of_one(packed: Path, configure: Configure, tmp_path: Path) -> None:
    cases = (
        ("pointnet", "joint", ""),
        ("pointnet", "alternate", ""),
        # Its maxima over neighbours make PointMLP's gradients jump with the last bit of its input: merely reversing a
        # batch changes them by a hundredth. What comes before the gradients is as exact as anywhere.
        ("pointmlp-elite", "joint", "loss points_text points_image image_text running"),
    )
    changes = [(*SHARED, f"model.encoder.name={encoder}", f"schedule={schedule}") for encoder, schedule, _ in cases]
    found = spawn(take_first_steps, [configure(*each, "batch_size=4") for each in changes], packed, tmp_path)
    for (encoder, schedule, compared), each, *halves in zip(cases, changes, *found, strict=True):
        whole = one_step(configure(*each, "batch_size=8"), packed, Processes())
        for name in (name for name in whole if any(word in name for word in compared.split() or [""])):
            told = f"{name} differs with {encoder}, {schedule}"
            for half in halves:
                torch.testing.assert_close(half[name], whole[name], atol=1e-5, rtol=1e-4, msg=told)


@pytest.mark.slow
def test_torchrun_learns_what_one_process_does(
    packed: Path, configure: Configure, tiny_changes: tuple[str, ...], tmp_path: Path
) -> None:
    """Every loss on the way agrees, and so do the answers at the end.

    Single weights may not: AdamW divides a gradient by its own size, even where it is nothing but rounding.
    """
    changes = (*SHARED, "save_every=3", "log_every=1", "hard_negatives=0.5")
    run, options = tmp_path / "two", [w for c in (*tiny_changes, *changes, "batch_size=4") for w in ("--set", c)]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "cg3d"]
    command = [*torchrun, "train", "--data", str(packed), "--out", str(run), *options]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    whole = train(configure(*changes, "batch_size=8"), packed, tmp_path / "one")
    losses, expected = (torch.tensor([line["loss"] for line in reports(folder)]) for folder in (run, whole))
    torch.testing.assert_close(losses, expected, atol=1e-5, rtol=1e-5)
    with torch.no_grad():
        points = torch.rand(8, 192, 3) - 0.5
        answers = [load_run(folder)[0].encode_points(points) for folder in (run, whole)]
    torch.testing.assert_close(*answers, atol=1e-3, rtol=0)
    assert load_record(run).step == 6


def reports(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / METRICS_FILE).read_text().splitlines()]


def test_one_process_is_left_alone() -> None:
    norm = nn.Sequential(fresh_norm())
    assert share_batch_norms(norm, Processes(), CPU)[0] is norm[0]
    values = torch.ones(3)
    Processes().sum([values])
    assert Processes().gather(values).all is values
    assert Processes().any(True, CPU) and not Processes().any(False, CPU)
