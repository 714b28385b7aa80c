"""Two processes that share every step: with nccl where two GPUs are, else with gloo on the CPU."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from cg3d.training.train import train
from gpu_check.findings import Findings
from gpu_check.training import config, losses

_MOST = 1e-3  # relative; the sums of both halves are rounded otherwise


def check(device: str, told: Findings) -> None:
    """The first loss of two processes, of half the batch each, against that of one."""
    where = "cuda" if device == "cuda" and torch.cuda.device_count() > 1 else "cpu"
    if device == "cuda" and where == "cpu":
        told.skipped("nccl", "needs two GPUs")
    with tempfile.TemporaryDirectory() as folder:
        fault = _torchrun(where, Path(folder) / "two")
        if fault:
            told.failed(f"two processes on {where}", note=fault)
            return
        one = losses(train(config(where, "fp32", "steps=2"), None, Path(folder) / "one"))
        two = losses(Path(folder) / "two")
        told.within(f"first loss of two processes on {where} against one", abs(two[0] - one[0]) / abs(one[0]), _MOST)


def main(where: str, run: str) -> None:
    """One of the processes that torchrun starts."""
    train(config(where, "fp32", "steps=2", "batch_size=8"), None, Path(run))


def _torchrun(where: str, run: Path) -> str:
    """Train with two processes; what went wrong, or nothing."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command += ["-m", "gpu_check.processes", where, str(run)]
    done = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    told = [line for line in done.stderr.splitlines() if "Error" in line]
    return "" if done.returncode == 0 else (told or ["torchrun failed"])[0][:300]


if __name__ == "__main__":
    main(*sys.argv[1:])
