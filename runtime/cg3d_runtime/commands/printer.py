"""Output of the commands that answer: answers on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import traceback
from io import TextIOWrapper
from typing import Any, Protocol

import typer

from cg3d_runtime.commands.process import let_go
from cg3d_runtime.errors import Cg3dError, printable

CLEAR_LINE = "\r\x1b[K"


class Told(Protocol):
    """What is said of one input: an answer, or a scene."""

    @property
    def file(self) -> str | None: ...

    @property
    def note(self) -> str | None: ...

    def to_json(self) -> str: ...

    def to_table(self) -> str: ...


class Printer:
    """Prints answers as they come, each flushed, and counts failures; a context manager, for its progress bar.

    Attributes:
        failures: errors printed so far.
        shown: answers and errors of single inputs printed so far.
    """

    def __init__(self, program: str, as_json: bool, debug: bool) -> None:
        """Get ready to print.

        Args:
            program: the command, before every line on stderr.
            as_json: answers as one JSON object a line, else as tables.
            debug: errors with their tracebacks.
        """
        self.failures = self.shown = 0
        self.program, self._as_json, self._debug = program, as_json, debug
        self._bar: Any | None = None
        self._open_bar = contextlib.ExitStack()
        if isinstance(sys.stdout, TextIOWrapper):
            # A file name need not be valid text, and a terminal need not know the letters of a label.
            sys.stdout.reconfigure(errors="backslashreplace")

    def expect(self, count: int | None) -> None:
        """Show progress towards that many answers where a person looks at stderr while the answers go elsewhere."""
        if count is not None and count > 1 and sys.stderr.isatty() and not sys.stdout.isatty():
            bar = typer.progressbar(length=count, label=self.program, show_pos=True, file=sys.stderr)
            self._bar = self._open_bar.enter_context(bar)

    def answer(self, answer: Told, steps: int = 1) -> None:
        """Print what was found in one input, which is so many steps of the progress."""
        if answer.note and self._as_json:  # a table holds it
            self._above_bar(f"{self.program}: {answer.file or 'scan'} {answer.note}")
        typer.echo(answer.to_json() if self._as_json else answer.to_table())
        self._count(steps)

    def failed(self, file: str | None, error: Cg3dError, steps: int = 1) -> None:
        """Print what is wrong with one input."""
        self.fail(error)
        if self._as_json:
            typer.echo(json.dumps({"file": file, "error": str(error)}))
        self._count(steps)

    def fail(self, error: Cg3dError) -> None:
        """Print an error as one line, after its traceback where that was asked for."""
        self.failures += 1
        if self._debug:
            print_traceback(error)
        self._above_bar(f"{self.program}: {error}")

    def note(self, text: str) -> None:
        """Print a line that is no answer."""
        print_line(text)

    def _count(self, steps: int) -> None:
        self.shown += 1
        if self._bar:
            self._bar.update(steps)

    def _above_bar(self, text: str) -> None:
        """Write in the place of the bar, which is drawn again below."""
        print_line(text, CLEAR_LINE if self._bar else "")

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, *ended: object) -> None:
        self._open_bar.close()


def print_line(text: str, before: str = "") -> None:
    """Print one line on stderr, which nobody need be able to read for the answers to go on.

    Args:
        text: may quote names from anywhere.
        before: control characters of our own.
    """
    try:
        typer.echo(f"{before}{printable(text)}", err=True)
    except OSError:
        let_go(sys.stderr)


def print_traceback(error: Exception) -> None:
    """Print where an error came from, on stderr."""
    for part in traceback.format_exception(error):
        for line in part.splitlines():
            print_line(line)


def show_warnings(program: str) -> None:
    """Print what the library says by logging: warnings, and of TensorRT, whose engines take minutes, also how it goes on."""
    logging.getLogger("cg3d_runtime.backends.tensorrt").setLevel(logging.INFO)
    logger = logging.getLogger("cg3d_runtime")
    if not logger.handlers:
        logger.addHandler(_Lines(program))


class _Lines(logging.Handler):
    def __init__(self, program: str) -> None:
        super().__init__()
        self._program = program

    def emit(self, record: logging.LogRecord) -> None:
        print_line(f"{self._program}: {record.getMessage()}")
