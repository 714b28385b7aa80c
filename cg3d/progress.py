"""What a run says while it learns: a bar for people at a terminal, one line an interval for everyone else, and its curves.

RUN/metrics.jsonl   every report, one JSON object a line
RUN/tensorboard     the same for TensorBoard, where it is installed
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cg3d.curves import open_curves
from cg3d.run_writes import writing_run
from cg3d_runtime.atomic import write_atomically

log = logging.getLogger(__name__)

METRICS_FILE = "metrics.jsonl"
CURVES_FOLDER = "tensorboard"
SPEED = "clouds_per_s"

_CURVES = {
    "loss": "loss/total",
    "points_text": "loss/points_text",
    "points_image": "loss/points_image",
    "image_text": "loss/image_text",
    "lr": "rate/lr",
    SPEED: f"speed/{SPEED}",
    "logit_scale": "rate/logit_scale",
}


class TrainingLog:
    """Shows progress on stderr, and appends every report to RUN/metrics.jsonl and, where TensorBoard is, RUN/tensorboard.

    Reports that the run's folder holds of steps after `first` are dropped: those steps come again.

    Args:
        run: folder of the run.
        steps: steps in all.
        batch_size: clouds a step, of all processes.
        first: steps that an earlier session took and saved.
    Raises:
        Cg3dError: the folder cannot be written; so does `report`.
    """

    def __init__(self, run: Path, steps: int, batch_size: int, first: int = 0) -> None:
        self._run, self._steps, self._batch_size, self._first = run, steps, batch_size, first
        self._bar = Progress(
            TextColumn("learning"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[numbers]}"),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("learning", total=steps, completed=first, numbers="")
        with writing_run(run):
            _drop_reports_after(first, run / METRICS_FILE)
            self._curves = open_curves(run / CURVES_FOLDER, first)
        self._start = monotonic()
        self._last = (first, self._start)

    def __enter__(self) -> TrainingLog:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, done: int) -> None:
        """Move the bar to `done` steps."""
        self._bar.update(self._task, completed=done)

    def report(self, done: int, numbers: Mapping[str, float]) -> None:
        """Say and keep some numbers after `done` steps, with the speed since the last report."""
        before, then = self._last
        self._last = (done, monotonic())
        speed = (done - before) * self._batch_size / max(self._last[1] - then, 1e-9)
        self._keep(done, {**numbers, SPEED: speed} if done > before else numbers)
        words = [f"{name} {value:.4g}" for name, value in numbers.items()]
        if done > before:
            words += [f"{speed:.1f} clouds/s", *self._remaining(done)]
        self._say(done, "  ".join(words))

    def _keep(self, done: int, numbers: Mapping[str, float]) -> None:
        with writing_run(self._run):
            with (self._run / METRICS_FILE).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": done, **numbers}) + "\n")
            if self._curves is not None:
                self._curves.add(done, {_curve(name): value for name, value in numbers.items()})

    def _remaining(self, done: int) -> list[str]:
        """The time that the other steps take if they are like those of this session; the bar has its own."""
        if not self._bar.disable or done == self._steps:
            return []
        return [f"{_duration((monotonic() - self._start) / (done - self._first) * (self._steps - done))} left"]

    def _say(self, done: int, text: str) -> None:
        if self._bar.disable:
            log.info("step %d of %d  %s", done, self._steps, text)
        else:
            self._bar.update(self._task, numbers=text)


class SilentLog:
    """The log of a process beside the first, which speaks for all: it takes what TrainingLog takes, and does nothing."""

    def __enter__(self) -> SilentLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def advance(self, done: int) -> None: ...

    def report(self, done: int, numbers: Mapping[str, float]) -> None: ...


def _drop_reports_after(step: int, path: Path) -> None:
    """Drop the lines of later steps, and a line that a kill left half-written."""
    if not path.exists():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if _is_report_until(step, line)]
    if kept != lines:
        write_atomically(path, b"".join(kept))


def _is_report_until(step: int, line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and json.loads(line)["step"] <= step
    except (ValueError, TypeError, KeyError):
        return False


def _curve(name: str) -> str:
    return _CURVES.get(name, name.replace("held_out_", "held_out/"))


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"
