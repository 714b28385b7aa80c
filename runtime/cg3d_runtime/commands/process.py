"""Start and end of a command as a process: signals, streams that are closed or full.

Nothing here is for a program that imports the library: it owns its signals and its streams.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import contextmanager, suppress

TYPE_CHECKING = False  # as in typing, which is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import TextIO

_ENDS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C, and how a service manager ends a process


def begin() -> None:
    """Until `interruptible`, let Ctrl-C and SIGTERM end the process at once, and give it three standard streams.

    An exception would arrive inside the import of some library, which takes it for a fault of its own, and there is
    nothing yet that an exception would tidy up.
    """
    for number in _ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell starts what is to run in the background
            signal.signal(number, signal.SIG_DFL)
    _fill_closed_streams()


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, Ctrl-C and SIGTERM raise KeyboardInterrupt, once; a second one ends the process at once."""
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in _ENDS}  # None: set outside Python
    hook, sys.unraisablehook = sys.unraisablehook, _end_if_interrupted
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, _interrupt)
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def without_collection() -> Iterator[None]:
    """Within, Python looks for no circles of garbage: for a process that asks once, where a tenth of the time went there."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run(app: Callable[[], object], name: str, at_once: bool = False) -> None:
    """Run a command on the arguments of this process, whose standard output may be full; exit 2: it was.

    Args:
        app: a typer application, which deals with a reader that has enough by itself.
        name: of the command, for that line.
        at_once: leave the memory to the system when it is done: Python would take a tenth of a short run to tidy it up.
    """
    try:
        try:
            app()
        except SystemExit as ended:
            if at_once and isinstance(ended.code, int):
                _end_at_once(ended.code)
            raise
    except OSError as error:
        if error.filename is not None:  # of a file, which has nothing to do with the streams
            raise
        let_go(sys.stdout)
        with suppress(OSError):
            print(f"{name}: the output cannot be written: {error.strerror}.", file=sys.stderr)
        sys.exit(2)


def _end_at_once(status: int) -> None:
    """Raises: OSError: standard output is full."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def let_go(stream: TextIO) -> None:
    """Send what a broken stream still holds nowhere; Python would try to write it once more at its end, with a traceback."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _ENDS:
        signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _end_if_interrupted(unraisable: sys.UnraisableHookArgs) -> None:
    """Where the interrupt met a finaliser, which lets no exception out, it ends the process."""
    if unraisable.exc_type is KeyboardInterrupt:
        signal.raise_signal(signal.SIGINT)
    sys.__unraisablehook__(unraisable)


def _fill_closed_streams() -> None:
    """The next file to be opened would get a closed stream's number, and what libraries print would go into it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            if number:  # names that are asked for on a closed stdin are an error, which is told
                setattr(sys, name, os.fdopen(number, "w", closefd=False))
