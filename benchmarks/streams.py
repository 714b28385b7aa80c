"""The sides of `scripts/bench stream`: scans named in a stream and one after the other, and the memory of a long stream."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cg3d_runtime import PointCloud, Recognizer, read_scan
from cg3d_runtime.streams.stream import MOST_WORKERS, cores
from recipes.example_scans import write_ply

DISTINCT = 64  # scans that differ; the others are further names of them
FEWEST, MOST = 10_000, 100_000  # points, evenly spread over their logarithm
READY = 1 + 2 * MOST_WORKERS  # scans at most that a stream prepared while another way had its turn; they do not count
EVERY = 100  # scans between two looks at the memory


@contextmanager
def folder_of_scans(example: Path, count: int) -> Iterator[Path]:
    """A folder with `count` binary PLY files, made from an example scan."""
    rng, cloud = np.random.default_rng(0), read_scan(example)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for index in range(count):
            path = folder / f"{index:05}.ply"
            if index >= DISTINCT:
                os.link(folder / f"{index % DISTINCT:05}.ply", path)
                continue
            chosen = rng.integers(len(cloud), size=int(np.exp(rng.uniform(np.log(FEWEST), np.log(MOST)))))
            xyz = (cloud.xyz[chosen] + rng.normal(0, 5e-4, (len(chosen), 3))).astype(np.float32)
            write_ply(path, PointCloud(xyz, cloud.rgb[chosen]), "one of many scans")
        yield folder


def rates(scans: Sequence[Path], labels: Path, windows: int, size: int = DISTINCT) -> dict[str, float]:
    """Scans a second of each way, in one warm process: medians over windows of `size` scans that take turns."""
    found: dict[str, list[float]] = {}
    workers = min(cores(), MOST_WORKERS)
    open_here = partial(Recognizer.open, labels, backend="cpu", warm_up=True)
    with open_here() as alone, open_here(threads=1) as beside, open_here(spin=False) as shared:
        ways: dict[str, Iterator[object]] = {
            "one at a time": map(alone, cycle(scans)),
            "stream, encoder of one thread": beside.answer_all(cycle(scans)),
            f"stream, {workers} worker processes": shared.answer_all(cycle(scans), workers=workers),
        }
        for _ in range(windows):
            for name, answers in ways.items():
                _take(answers, READY)
                started = time.perf_counter()
                _take(answers, size)
                found.setdefault(name, []).append(size / (time.perf_counter() - started))
    return {name: statistics.median(each) for name, each in found.items()}


def _take(answers: Iterator[object], count: int) -> None:
    for _ in islice(answers, count):
        pass


def memory(command: Sequence[str]) -> tuple[list[float], float]:
    """Run `cg3d-infer --json` on many scans.

    Returns:
        Resident MB of the process and its workers after every hundred answers, and answers a second after the first hundred.
    """
    looks: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        for number, _ in enumerate(process.stdout, start=1):
            if number % EVERY == 0:
                looks.append(_resident_mb(process.pid))
            if number == EVERY:
                started = time.perf_counter()
        duration = time.perf_counter() - started
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed with status {process.returncode}.")
    return looks, (number - EVERY) / duration


def _resident_mb(process: int) -> float:
    """Resident memory of a process and its children; what they share counts once for each."""
    threads = Path(f"/proc/{process}/task").iterdir()
    children = {int(child) for thread in threads for child in (thread / "children").read_text().split()}
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in {process, *children})
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
