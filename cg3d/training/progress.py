"""Training log: progress bar, periodic lines, TensorBoard curves.

RUN/metrics.jsonl   every report, one JSON object a line
RUN/tensorboard     the same for TensorBoard, where it is installed
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cg3d.runs.writes import writing_run
from cg3d_runtime.files.atomic import write_atomically

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


log = logging.getLogger(__name__)


class Curves:
    """Scalars in an event file.

    Not torch's SummaryWriter: its thread meets a full disk with a traceback of its own, and it imports TensorFlow where that
    is installed. A file opened for each report has neither trouble, and nothing that must be closed.

    Args:
        folder: made here.
        first: earlier sessions' values of later steps are shown no more.
    Raises:
        ImportError: TensorBoard is not installed.
        OSError: the folder cannot be written; so does `add`.
    """

    def __init__(self, folder: Path, first: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        folder.mkdir(exist_ok=True)
        # TensorBoard reads the files of a folder in the order of their names.
        self._path = folder / f"events.out.tfevents.{time():.6f}.{socket.gethostname()}.{os.getpid()}"
        restart = SessionLog(status=SessionLog.START)
        self._append(
            Event(wall_time=time(), file_version="brain.Event:2"),
            Event(wall_time=time(), step=first + 1, session_log=restart),
        )

    def add(self, step: int, scalars: Mapping[str, float]) -> None:
        """Keep one value of each curve, by name; TensorBoard shows together what has one word before the slash."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        self._append(Event(wall_time=time(), step=step, summary=Summary(value=values)))

    def _append(self, *events: Any) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        with self._path.open("ab") as file:
            records = RecordWriter(file)
            for event in events:
                records.write(event.SerializeToString())


def open_curves(folder: Path, first: int) -> Curves | None:
    """Curves that go on after `first`, or None where TensorBoard is not at hand.

    Raises:
        OSError: the folder cannot be written.
    """
    try:
        return Curves(folder, first)
    except OSError:
        raise
    except Exception as error:  # not installed, or with a protobuf that does not fit: no reason not to learn
        log.debug("No curves for TensorBoard (%s); pip install tensorboard for them.", error)
        return None
