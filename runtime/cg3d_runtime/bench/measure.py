"""Times of every step in one warm process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

import numpy as np

from cg3d_runtime.backends import Backend, encode
from cg3d_runtime.bench.scans import ScanSet
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.preparation.prepare import prepare
from cg3d_runtime.scans import read_scan

STEPS = ("read", "prepare", "encode", "total")


@dataclass(frozen=True)
class Spread:
    """Milliseconds over the repeats."""

    p50: float
    p90: float
    p99: float

    @classmethod
    def of(cls, durations_ms: Sequence[float]) -> Spread:
        return cls(*(float(value) for value in np.percentile(durations_ms, (50, 90, 99))))


@dataclass(frozen=True)
class Timing:
    """One set of scans.

    Attributes:
        repeats: batches that were measured.
        ms: by read, prepare, encode (a whole batch each) and total, from the file to the features.
        scans_per_s: over all repeats.
    """

    name: str
    batch: int
    repeats: int
    ms: dict[str, Spread]
    scans_per_s: float


def measure(bundle: Bundle, backend: Backend, scans: ScanSet, batch: int, repeats: int, warm_up: int) -> Timing:
    """Read, prepare and encode batches of scans, one after the other.

    Args:
        batch: scans in one run of the point encoder, taken in turn.
        repeats: batches to measure.
        warm_up: batches before them.
    Raises:
        ScanError: a scan cannot be read, or holds too few points.
        BackendError: the device failed.
    """
    batches = _batches(scans, batch)
    for files in islice(batches, warm_up):
        _answer(bundle, backend, files)
    times = np.array([_answer(bundle, backend, files) for files in islice(batches, repeats)])  # (repeats, steps)
    durations = np.column_stack([times, times.sum(axis=1)]) * 1e3
    return Timing(
        name=scans.name,
        batch=batch,
        repeats=repeats,
        ms={step: Spread.of(column) for step, column in zip(STEPS, durations.T, strict=True)},
        scans_per_s=float(batch * repeats / times.sum()),
    )


def _batches(scans: ScanSet, batch: int) -> Iterator[list[str]]:
    files = cycle(scans.files)
    while True:
        yield list(islice(files, batch))


def _answer(bundle: Bundle, backend: Backend, files: Sequence[str]) -> tuple[float, float, float]:
    """Seconds spent to read, prepare and encode, the work of `Recognizer.embed`."""
    started = perf_counter()
    clouds = [read_scan(Path(file)) for file in files]
    was_read = perf_counter()
    points = np.stack([prepare(cloud, bundle.manifest.prepare) for cloud in clouds])
    prepared = perf_counter()
    encode(backend, {"points": points}, bundle.manifest.embedding_dim)
    return was_read - started, prepared - was_read, perf_counter() - prepared
