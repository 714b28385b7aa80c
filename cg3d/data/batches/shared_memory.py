"""Loader processes hand their batches over in /dev/shm, of which a container has 64 MB unless it is told otherwise."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Iterable, Iterator
from typing import Any

from cg3d_runtime.errors import DataError

_SIGNS = re.compile(r"shared memory|/torch_\d+|/dev/shm|\(shm\)|Bus error|Too many open files", re.IGNORECASE)


def shared_memory_told(batches: Iterable[Any], workers: int) -> Iterator[Any]:
    """Pass batches of loader processes through, and say plainly where their shared memory fails.

    Raises:
        DataError: /dev/shm is missing, too small, or may not be written.
    """
    try:
        multiprocessing.get_context("spawn").Lock()  # first alone: a half-made loader complains again when it goes
    except OSError as error:
        raise DataError(_message(error, workers)) from error
    try:
        yield from batches
    except (RuntimeError, OSError) as error:
        if not is_of_shared_memory(error):
            raise
        raise DataError(_message(error, workers)) from error


def is_of_shared_memory(error: Exception) -> bool:
    """Whether an error of a loader comes of the memory that its processes share."""
    return _SIGNS.search(str(error)) is not None


def _message(error: Exception, workers: int) -> str:
    reason = str(error).strip().rpartition("\n")[2]
    return (
        f"the {workers} loader processes cannot share their batches ({reason:.200}). Loader processes need /dev/shm: "
        "docker run --shm-size=2g, fewer data.workers, or 0."
    )
