"""Processes that read and prepare scans, and go on when one of them is killed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from cg3d_runtime.errors import BackendError, Cg3dError, ScanError, shortened
from cg3d_runtime.preparation.scan import Prepare, PreparedScan, Scan, name_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_ENDS = (signal.SIGINT, signal.SIGTERM)


class Workers:
    """A pool of processes; a killed one takes the pool with it, and the next scan gets another pool."""

    def __init__(self, count: int, prepare: Prepare) -> None:
        self._count = count
        self._prepare = prepare
        self._pool = Pool(count)
        self._single: Pool | None = None  # for scans that were in a pool when it broke
        self._ending = threading.Lock()
        self._ended = False

    def submit(self, scan: Scan) -> Future[PreparedScan]:
        """Have a scan prepared.

        Raises:
            RuntimeError: after `close`.
        """
        with self._ending:
            if self._ended:
                raise RuntimeError("closed")
            try:
                return self._pool.submit(self._prepare, scan)
            except BrokenExecutor:
                self._pool.close()
                self._pool = Pool(self._count)
                return self._pool.submit(self._prepare, scan)

    def result(self, scan: Scan, future: Future[PreparedScan]) -> PreparedScan | Cg3dError:
        """What became of a scan; where its pool broke, it is tried again, alone in a process.

        Raises:
            BackendError: no process can start.
        """
        try:
            return future.result()
        except Cg3dError as error:
            return error
        except BrokenExecutor:  # whichever scan it was
            return self._alone(scan)

    def close(self) -> None:
        """Let the scans at hand be finished, and end the processes."""
        with self._ending:
            self._ended = True
            self._pool.close()
        if self._single:
            self._single.close()

    def _alone(self, scan: Scan) -> PreparedScan | Cg3dError:
        self._single = self._single or _single_process()
        try:
            again: Future[PreparedScan] = self._single.submit(self._prepare, scan)
            return again.result()
        except Cg3dError as error:
            return error
        except BrokenExecutor:
            self._single.close()
            self._single = None
            name = shortened(name_of(scan) or "scan")
            return ScanError(f"{name}: made the process that reads it end: killed, most often for memory.")


def _single_process() -> Pool:
    """A pool of one, known to work; else a script without its guard would have every scan blamed."""
    pool = Pool(1)
    try:
        pool.submit(os.getpid).result()
    except BrokenExecutor as error:
        pool.close()
        raise BackendError(
            "processes that read scans cannot start. Leave them out (--workers 0, workers=0); a script that uses them "
            'keeps its own work under `if __name__ == "__main__":`.'
        ) from error
    return pool


class Pool:
    """A pool of the standard library, whose processes leave with this one, and when it is closed, whatever state it is in."""

    def __init__(self, count: int) -> None:
        import multiprocessing  # not needed for a few scans, and slow to import
        from concurrent.futures import ProcessPoolExecutor

        # Not forked: the inference library has threads, whose locks a fork would copy as they are.
        context = multiprocessing.get_context("spawn")
        reader, self._alive = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(count, context, initializer=_start, initargs=(reader,))
        self._futures: set[Future[Any]] = set()

    def submit(self, work: Callable[..., Any], *arguments: object) -> Future[Any]:
        with _signals_held():
            future = self._executor.submit(work, *arguments)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def close(self) -> None:
        wait([future for future in tuple(self._futures) if not future.cancel()])
        self._alive.close()  # those that wait for a lock which a killed one held know no other way out
        self._executor.shutdown()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Have processes that start here start with these signals blocked.

    A terminal sends them to its whole group, and before `_start` runs they would end a process with a traceback. So would this
    process if it ended while it tells another what to do: other threads do not block them, and have handlers called here.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    came: list[int] = []
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    handlers = _put_off(came)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in came:
            signal.raise_signal(number)


def _put_off(came: list[int]) -> dict[int, Any]:
    """Have signals noted in `came` instead of handled; the handlers that were there. Only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers: dict[int, Any] = {number: signal.getsignal(number) for number in _ENDS}
    ours = {number: handler for number, handler in handlers.items() if handler not in (None, signal.SIG_IGN)}
    for number in ours:
        signal.signal(number, lambda number, _: came.append(number))
    return ours


def _start(alive: Connection) -> None:
    """Leave signals to the parent, which also reach the children of a terminal or a service; never outlive it."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(alive,), name="cg3d-parent", daemon=True).start()


def _leave_with(alive: Connection) -> None:
    with suppress(EOFError, OSError):
        alive.recv_bytes()  # nothing is ever sent: the parent has closed it, or is gone
    os._exit(1)
