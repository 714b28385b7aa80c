"""Progress of a build: seconds on a workstation, many minutes on a Jetson, which without a word look like a crash."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from cg3d_runtime.backends.tensorrt.library import load_tensorrt

INTERVAL_S = 5.0

_log = logging.getLogger(__name__)


@dataclass
class _Phase:
    parent: str | None
    steps: int
    done: int = 0


class BuildProgress:
    """The share of a build that is done, from TensorRT's nested phases; may be told from several threads.

    A phase counts as the step of its parent that it takes up.
    """

    def __init__(self, report: Callable[[float], None]) -> None:
        """Call `report` with the share done, in [0, 1] and never falling, at most every INTERVAL_S seconds."""
        self._report = report
        self._phases: dict[str, _Phase] = {}
        self._lock = threading.Lock()
        self._share = 0.0
        self._reported = monotonic()

    def start(self, phase: str, parent: str | None, steps: int) -> None:
        with self._lock:
            self._phases[phase] = _Phase(parent, max(steps, 1))

    def step(self, phase: str, step: int) -> None:
        """Step number `step`, from 0, of a phase is complete."""
        with self._lock:
            if phase in self._phases:
                self._phases[phase].done = step + 1
            self._share = max(self._share, self._done())
            now = monotonic()
            due = now - self._reported >= INTERVAL_S
            self._reported = now if due else self._reported
            share = self._share
        if due:
            self._report(share)

    def finish(self, phase: str) -> None:
        with self._lock:
            self._phases.pop(phase, None)

    def _done(self) -> float:
        """The share done over all open phases: each adds its own within one step of its parent."""
        total = 0.0
        for phase in self._phases.values():
            weight, parent = 1.0, self._phases.get(phase.parent or "")
            while parent is not None:
                weight /= parent.steps
                parent = self._phases.get(parent.parent or "")
            total += weight * min(phase.done / phase.steps, 1.0)
        return min(total, 1.0)


def progress_monitor(name: str) -> Any:
    """A trt.IProgressMonitor that logs at INFO how far the build of `name` is.

    Its `interrupted` tells whether Ctrl-C was pressed: an exception must not cross TensorRT's own frames, so the build is
    asked to end instead.
    """
    trt = load_tensorrt()
    progress = BuildProgress(lambda share: _log.info("building the engine of %s: %.0f %%", name, 100 * share))

    class ProgressMonitor(trt.IProgressMonitor):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.interrupted = False

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            self._guarded(progress.start, phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            self._guarded(progress.step, phase_name, step)
            return not self.interrupted

        def phase_finish(self, phase_name: str) -> None:
            self._guarded(progress.finish, phase_name)

        def _guarded(self, tell: Callable[..., None], *arguments: Any) -> None:
            try:
                tell(*arguments)
            except KeyboardInterrupt:
                self.interrupted = True

    return ProgressMonitor()
