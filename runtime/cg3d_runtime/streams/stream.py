"""Many scans: read and prepared ahead of the encoder, in bounded memory, and handed on in batches and in order.

    scans -> feeder thread -> pool: read and prepare -> queue of futures, in the order of the scans -> batches

A batch is what waits when the encoder becomes free: one scan alone is answered at once, and a busy encoder gets full batches.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import numpy as np

from cg3d_runtime.answer import Answer
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.preparation.scan import Prepare, PreparedScan, Scan, file_of, name_of
from cg3d_runtime.scans.cloud import PointCloud

if TYPE_CHECKING:
    from cg3d_runtime.streams.workers import Workers

MOST_WORKERS = 8  # each holds about 40 MB, and this many keep a fast GPU busy

Batch = list[tuple[Scan, "PreparedScan | Cg3dError"]]


@dataclass(frozen=True, repr=False)
class Outcome:
    """What became of one scan of many: an answer, or the error that it met.

    Attributes:
        scan: as it was given.
        answer: None where there is an `error`.
        error: None where there is an `answer`.
        cloud: the scan as read, where it was to be kept.
        embedding: (D,) float32 of length 1, of the scan as it was named; None where there is an `error`.
        length: of its longest side, in metres; None where nobody says in which unit it is.
        colours: (11,), see `colours_of`; None where it has none.
    """

    scan: Scan
    answer: Answer | None = None
    error: Cg3dError | None = None
    cloud: PointCloud | None = None
    embedding: np.ndarray | None = field(default=None, compare=False)
    length: float | None = None
    colours: np.ndarray | None = field(default=None, compare=False)

    @property
    def file(self) -> str | None:
        """The file that the scan was named by; None for a cloud or an array."""
        return file_of(self.scan)

    @property
    def name(self) -> str | None:
        """The file, and of a message in a bag its topic and stamp."""
        return name_of(self.scan)

    def __repr__(self) -> str:
        return f"<Outcome {repr(self.answer) if self.answer else f'{type(self.error).__name__}: {self.error}'}>"


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepared_batches(scans: Iterable[Scan], prepare: Prepare, workers: int, most: int) -> Generator[Batch, None, None]:
    """Prepare scans ahead and yield what is ready, in the order of the scans.

    Args:
        scans: taken one by one, in a thread of their own, never more than a batch and two a worker ahead.
        prepare: must be picklable where there are workers.
        workers: processes that prepare. 0: one thread of this process, which starts at once and needs no memory, but shares
            its interpreter lock. More threads would gain nothing: most of the work is short numpy calls.
        most: scans in a batch.
    Raises:
        BackendError: worker processes cannot start. A killed one costs no more than the scan that it was killed for.
        Exception: whatever `scans` raises, and any error of `prepare` that is no Cg3dError.
    """
    pool = _workers(workers, prepare) if workers else _Thread(prepare)
    feeder = _Feeder(scans, pool, most + 2 * max(workers, 1))
    try:
        yield from _batches(feeder, pool, most)
    finally:
        feeder.stop()
        pool.close()


def _batches(feeder: _Feeder, pool: Workers | _Thread, most: int) -> Iterator[Batch]:
    batch: Batch = []
    while True:
        try:
            taken = feeder.take(wait=not batch)
        except Empty:
            yield batch
            batch = []
            continue
        if taken is None:
            break
        scan, future = taken
        if batch and not future.done():
            yield batch
            batch = []
        batch.append((scan, pool.result(scan, future)))
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


def _workers(count: int, prepare: Prepare) -> Workers:
    from cg3d_runtime.streams.workers import Workers  # not needed for a few scans

    return Workers(count, prepare)


class _Thread:
    """One thread of this process that prepares; as `Workers`."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._executor = ThreadPoolExecutor(1, "cg3d-prepare")

    def submit(self, scan: Scan) -> Future[PreparedScan]:
        return self._executor.submit(self._prepare, scan)

    def result(self, _: Scan, future: Future[PreparedScan]) -> PreparedScan | Cg3dError:
        try:
            return future.result()
        except Cg3dError as error:
            return error

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)


class _Feeder:
    """A thread that takes scans as they come and has them prepared, `ahead` at most that nobody has taken yet."""

    def __init__(self, scans: Iterable[Scan], pool: Workers | _Thread, ahead: int) -> None:
        self._room = threading.Semaphore(ahead)
        self._stopped = threading.Event()
        self._futures: SimpleQueue[tuple[Scan, Future[PreparedScan]] | BaseException | None] = SimpleQueue()
        # A daemon: it may be waiting for a scan that never comes.
        threading.Thread(target=self._feed, args=(scans, pool), name="cg3d-feeder", daemon=True).start()

    def take(self, wait: bool) -> tuple[Scan, Future[PreparedScan]] | None:
        """The next scan, or None after the last.

        Raises:
            Empty: none has come yet, and `wait` is False.
            BaseException: what ended the scans.
        """
        item = self._futures.get(wait)
        if isinstance(item, BaseException):
            raise item
        self._room.release()
        return item

    def stop(self) -> None:
        """Take no more scans."""
        self._stopped.set()
        self._room.release()

    def _feed(self, scans: Iterable[Scan], pool: Workers | _Thread) -> None:
        end: BaseException | None = None
        try:
            for scan in scans:
                self._room.acquire()
                if self._stopped.is_set():
                    return
                self._futures.put((scan, pool.submit(scan)))
        except BaseException as error:  # whoever reads the answers is to see it
            end = error
        self._futures.put(end)
