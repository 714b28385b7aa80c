"""The processes that answer. Each has one question at a time; one that takes too long, or is killed, is replaced.

A scan that ends the process which reads it is refused, and costs nobody else an answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import Any

from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.serve.answering import Model, answer, open_model, refusal
from cg3d_runtime.serve.question import Question, Reply
from cg3d_runtime.streams.workers import Pool

ENDED, LATE = "ended", "late"  # why a process was replaced
_PAUSE = 1.0  # seconds before another try to start a process

_log = logging.getLogger(__name__)


class NobodyWaitsError(Exception):
    """A client has gone before its turn came."""


class Answerers:
    """Processes that hold the model open, for the tasks of one event loop.

    Attributes:
        about: what they opened, for people.
        ready: how many can answer, those that do so now included.
    """

    def __init__(self, model: Model, count: int, replaced: Callable[[str], None]) -> None:
        """Get ready to start.

        Args:
            count: of processes.
            replaced: told ENDED or LATE of every process that is replaced.
        """
        self.about: dict[str, Any] = {}
        self.ready = 0
        self._model, self._count, self._replaced = model, count, replaced
        self._idle: asyncio.Queue[_Process] = asyncio.Queue()
        self._processes: set[_Process] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Start the first process, whose labels the others then find in the cache, and those.

        Raises:
            Cg3dError: the model cannot be opened.
            BackendError: no process can start.
        """
        await self._add()
        await asyncio.gather(*(self._add() for _ in range(self._count - 1)))

    async def ask(self, question: Question, is_given_up: Callable[[], Awaitable[bool]]) -> Reply:
        """Have a question answered, once a process is free; whoever is cancelled meanwhile has that process ended.

        A process that ends may have done so for another's sake, as where memory is short, so a second one is tried.

        Args:
            is_given_up: whether nobody waits for the answer any more.
        Raises:
            NobodyWaitsError: so it was, when its turn came.
        """
        for _ in range(2):
            process = await self._idle.get()
            if await self._is_vain(process, is_given_up):
                raise NobodyWaitsError
            try:
                reply: Reply = await asyncio.wrap_future(process.pool.submit(answer, question))
            except BrokenExecutor:
                self._replace(process, ENDED)
                continue
            except BaseException:  # cancelled: its time is over
                process.kill()
                self._replace(process, LATE)
                raise
            self._idle.put_nowait(process)
            return reply
        return refusal(422, "it ends the processes that read it: killed, most often for memory.", question.name)

    async def _is_vain(self, process: _Process, is_given_up: Callable[[], Awaitable[bool]]) -> bool:
        """Whether an answer is of no use; the process, with which nothing is done then, is free again."""
        vain = True
        try:
            vain = await is_given_up()
        finally:
            if vain:
                self._idle.put_nowait(process)
        return vain

    async def close(self) -> None:
        """End the processes; what they were at is cut off."""
        self._closing = True
        for task in self._starting:
            task.cancel()
        for process in self._processes:
            process.kill()
        await asyncio.gather(*(asyncio.to_thread(process.pool.close) for process in self._processes))

    async def _add(self) -> None:
        process = await asyncio.to_thread(_Process, self._model)
        self.about = process.about
        self._processes.add(process)
        self._idle.put_nowait(process)
        self.ready += 1

    def _replace(self, process: _Process, why: str) -> None:
        self.ready -= 1
        self._replaced(why)
        self._processes.discard(process)
        task = asyncio.get_running_loop().create_task(self._start_another(process))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start_another(self, process: _Process) -> None:
        await asyncio.to_thread(process.pool.close)
        while not self._closing and not await self._could_add():
            await asyncio.sleep(_PAUSE)

    async def _could_add(self) -> bool:
        try:
            await self._add()
        except (Cg3dError, OSError, BrokenExecutor) as error:
            _log.warning("a process that answers cannot be started again yet: %s", error)
            return False
        return True


class _Process:
    """One process with the model open."""

    def __init__(self, model: Model) -> None:
        self.pool = Pool(1)
        try:
            self._number: int = self.pool.submit(os.getpid).result()
            self.about: dict[str, Any] = self.pool.submit(open_model, model).result()
        except BaseException:
            self.pool.close()
            raise

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._number, signal.SIGKILL)
