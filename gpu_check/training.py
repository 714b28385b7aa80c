"""Training on the device: the losses of the CPU, in float32 and in bfloat16, and a stopped run that is resumed."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cg3d.config import TrainConfig, load_config
from cg3d.runs.checkpoint import load_record
from cg3d.training.progress import METRICS_FILE
from cg3d.training.train import resume, train
from gpu_check.findings import Findings

STEPS = 8
_SETTINGS = (
    f"steps={STEPS}",
    "batch_size=16",
    "log_every=1",
    "evaluate_every=1000",
    "data.categories=mug,chair,lamp,car",
    "data.objects_per_category=8",
)
# Relative differences of the loss: at the first step, before anything is learned, and at the last.
_MOST = {"fp32": (5e-3, 5e-2), "bf16": (3e-2, 2e-1)}


def check_losses(device: str, told: Findings) -> None:
    """The same steps on the CPU in float32, and on the device in both precisions."""
    with tempfile.TemporaryDirectory() as folder:
        expected = losses(train(config("cpu", "fp32"), None, Path(folder) / "cpu"))
        told.measured("loss on the CPU, first step", expected[0], "")
        for precision, limits in _MOST.items():
            started = time.perf_counter()
            found = losses(train(config(device, precision), None, Path(folder) / precision))
            seconds = time.perf_counter() - started
            for step, most in zip((0, STEPS - 1), limits, strict=True):
                difference = abs(found[step] - expected[step]) / abs(expected[step])
                told.within(f"{precision} on {device}, loss of step {step + 1} against the CPU's", difference, most)
            told.measured(f"{precision} on {device}, {STEPS} steps with start and data", seconds, "s")


def check_resume(device: str, told: Findings) -> None:
    """A run that a signal stops, and that goes on, against one that was never stopped."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = config(device, "fp32", "save_every=2", "steps=24")
        whole = losses(train(wanted, None, Path(folder) / "whole"))
        run = Path(folder) / "stopped"
        with stopped_after(run, 4):
            train(wanted, None, run)
        step = load_record(run).step
        if not 4 <= step < 24:
            told.failed("stopped by SIGINT", step, "steps", "it should have ended between 4 and 24")
            return
        told.passed("stopped by SIGINT", step, "steps")
        found = losses(resume(run))
        difference = max(abs(a - b) / abs(b) for a, b in zip(found, whole, strict=True))
        told.within("losses of all steps, resumed against never stopped", difference, 0.0 if device == "cpu" else 5e-2)


def config(device: str, precision: str, *more: str) -> TrainConfig:
    """A small run of the built-in objects."""
    return load_config("mini", (*_SETTINGS, f"device={device}", f"precision={precision}", *more))


def losses(run: Path) -> list[float]:
    """The loss of every step."""
    lines = map(json.loads, (run / METRICS_FILE).read_text(encoding="utf-8").splitlines())
    return [float(line["loss"]) for line in lines if "loss" in line]


@contextmanager
def stopped_after(run: Path, steps: int) -> Iterator[None]:
    """Send this process SIGINT once a run has taken so many steps."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            file = run / METRICS_FILE
            if file.exists() and len(file.read_bytes().splitlines()) >= steps:
                os.kill(os.getpid(), signal.SIGINT)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
