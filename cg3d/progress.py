"""What a run says while it learns: a bar for people at a terminal, one line an interval for everyone else."""

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

log = logging.getLogger(__name__)

METRICS_FILE = "metrics.jsonl"


class TrainingLog:
    """Shows progress on stderr and appends every line of numbers to RUN/metrics.jsonl.

    Args:
        run: folder of the run.
        steps: steps in all.
        batch_size: clouds a step.
    """

    def __init__(self, run: Path, steps: int, batch_size: int) -> None:
        self._steps, self._batch_size = steps, batch_size
        self._file = (run / METRICS_FILE).open("a", encoding="utf-8")
        self._bar = Progress(
            TextColumn("learning"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[numbers]}"),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("learning", total=steps, numbers="")
        self._last = (0, monotonic())

    def __enter__(self) -> TrainingLog:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        self._file.close()

    def advance(self, done: int) -> None:
        """Move the bar to `done` steps."""
        self._bar.update(self._task, completed=done)

    def report(self, done: int, numbers: Mapping[str, float]) -> None:
        """Say and keep some numbers after `done` steps, with the speed since the last report."""
        before, then = self._last
        self._last = (done, monotonic())
        speed = (done - before) * self._batch_size / max(self._last[1] - then, 1e-9)
        numbers = {**numbers, "clouds_per_s": speed} if done > before else numbers
        self._file.write(json.dumps({"step": done, **numbers}) + "\n")
        self._file.flush()
        text = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        if self._bar.disable:
            log.info("step %d of %d  %s", done, self._steps, text)
        else:
            self._bar.update(self._task, numbers=text)
