"""Run cases in processes of their own, with limits, so that a crash or a hang is one finding and not the end."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from cg3d_runtime.errors import Cg3dError

MOST_SECONDS = 2.0  # of processor time for one case
MOST_BYTES = 1_000_000_000 - 100_000_000  # of address space above what the libraries take by themselves, about 100 MB
_HANG_SECONDS = 20.0  # by the clock, which a busy machine slows down
_WARM_UP_SECONDS = 600.0  # likewise, for libraries to load and the cases that are forgotten
_WARM = None  # what a process sends once it has them
_CASES_A_PROCESS = 1000
_ANSWERED = "answered"

Step = Callable[[], object]


@dataclass(frozen=True)
class Target:
    """What is fuzzed. All functions stand at the top level of a module, so that another process finds them.

    Attributes:
        name: for the table.
        write: makes a case from (random, seeds, folder), and returns the path that `use` takes.
        use: from that path to the steps that must answer or raise a Cg3dError; it must not fail itself.
        names: whether a message names (the file of) the path.
        warm_up: cases that are made and forgotten first, so that libraries are loaded.
    """

    name: str
    write: Callable[[Random, Path, Path], Path]
    use: Callable[[Path], list[Step]]
    names: Callable[[Cg3dError, Path], bool]
    warm_up: int = 20


@dataclass(frozen=True)
class Verdict:
    """How one case went: `kind` of input, `outcome` (answered, or the error's class), `fault` or None."""

    index: int
    kind: str
    outcome: str
    fault: str | None
    seconds: float


def run(target: Target, seeds: Path, seed: int, indices: range) -> Iterator[Verdict]:
    """Judge the cases `indices`; a case is made from `seed` and its index alone."""
    start = indices.start
    while start < indices.stop:
        stop = min(start + _CASES_A_PROCESS, indices.stop)
        for verdict in _run_process(target, seeds, seed, range(start, stop)):
            yield verdict
            start = verdict.index + 1


def write_case(target: Target, seeds: Path, seed: int, index: int, folder: Path) -> Path:
    """Make a case again."""
    return target.write(Random(f"{target.name}/{seed}/{index}"), seeds, folder)


def _run_process(target: Target, seeds: Path, seed: int, indices: range) -> Iterator[Verdict]:
    """Judge cases in one process until it ends, is killed, or dies; the last verdict says which."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, target, seeds, seed, indices), daemon=True)
    process.start()
    sender.close()
    index = indices.start
    try:
        limit = _WARM_UP_SECONDS
        while index < indices.stop:
            if not receiver.poll(limit):
                yield Verdict(index, "", "hang", f"no answer within {limit:.0f} s", limit)
                return
            limit = _HANG_SECONDS
            if (verdict := receiver.recv()) is _WARM:
                continue
            yield verdict
            index = verdict.index + 1
    except EOFError:
        process.join()
        yield Verdict(index, "", "crash", f"the process died with exit code {process.exitcode}", 0.0)
    finally:
        process.kill()
        process.join()


def _work(sender: Connection, target: Target, seeds: Path, seed: int, indices: range) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    logging.getLogger().addHandler(logging.NullHandler())  # a warning for each damaged label cache
    _warm_up(target, seeds)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MOST_BYTES, size + MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sender.send(_WARM)
    for index in indices:
        with tempfile.TemporaryDirectory() as folder:
            path = write_case(target, seeds, seed, index, Path(folder))
            sender.send(judge(target, path, index))


def _warm_up(target: Target, seeds: Path) -> None:
    """Load the libraries, whose size and time are no case's fault."""
    for index in range(target.warm_up):
        with tempfile.TemporaryDirectory() as folder:
            judge(target, write_case(target, seeds, -1, index, Path(folder)), index)


def judge(target: Target, path: Path, index: int = 0) -> Verdict:
    """Use one input and say what was wrong with that, if anything."""
    started = time.process_time()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        results = [_try(step, target, path) for step in target.use(path)]
    seconds = time.process_time() - started
    faults = [fault for _, fault in results if fault is not None]
    faults += [f"warning: {w.filename}:{w.lineno}: {w.category.__name__}: {w.message}" for w in warned if _is_shown(w)]
    if seconds > MOST_SECONDS:
        faults.append(f"slow: {seconds:.1f} s of processor time")
    outcome = next((outcome for outcome, _ in results if outcome != _ANSWERED), _ANSWERED)
    return Verdict(index, path.suffix or path.name, outcome, faults[0] if faults else None, seconds)


def _try(step: Step, target: Target, path: Path) -> tuple[str, str | None]:
    """The outcome of one step, and its fault."""
    try:
        step()
    except Cg3dError as error:
        return type(error).__name__, _fault_of(error, target, path)
    except BaseException as error:
        return type(error).__name__, f"traceback: {traceback.format_exc()}"
    return _ANSWERED, None


def _is_shown(warned: warnings.WarningMessage) -> bool:
    """Whether a warning would reach a user's stderr; those about the source of a damaged .npy header are Python's."""
    return not issubclass(warned.category, (DeprecationWarning, ResourceWarning, SyntaxWarning))


def _fault_of(error: Cg3dError, target: Target, path: Path) -> str | None:
    """What is wrong with a refusal: not one plain line, not naming its file, or memory ran out on the way to it."""
    message = str(error)
    if not message.isprintable() or len(message) > 1000:
        return f"message is no short printable line: {message[:1000]!r}"
    if not target.names(error, path):
        return f"message does not name the file: {message}"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or "bad_alloc" in str(cause) or "bad allocation" in str(cause):
            return f"memory: {message}"
        cause = cause.__cause__ or cause.__context__
    return None
