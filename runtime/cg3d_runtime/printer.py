"""What `cg3d-infer` prints: answers on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import typer

from cg3d_runtime.errors import Cg3dError

if TYPE_CHECKING:
    from cg3d_runtime.stream import Outcome

CLEAR_LINE = "\r\x1b[K"


class Printer:
    """Prints outcomes as they come, each flushed, and counts failures; a context manager, for its progress bar.

    Attributes:
        failures: errors printed so far.
    """

    def __init__(self, as_json: bool, debug: bool) -> None:
        """Get ready to print.

        Args:
            as_json: answers as one JSON object a line, else as tables.
            debug: errors with their tracebacks.
        """
        self.failures = 0
        self._as_json = as_json
        self._debug = debug
        self._bar: Any | None = None
        self._open_bar = contextlib.ExitStack()
        if isinstance(sys.stdout, TextIOWrapper):
            # A file name need not be valid text, and a terminal need not know the letters of a label.
            sys.stdout.reconfigure(errors="backslashreplace")

    def expect(self, count: int | None) -> None:
        """Show progress towards that many scans where a person looks at stderr while the answers go elsewhere."""
        if count is not None and count > 1 and sys.stderr.isatty() and not sys.stdout.isatty():
            bar = typer.progressbar(length=count, label="cg3d-infer", show_pos=True, file=sys.stderr)
            self._bar = self._open_bar.enter_context(bar)

    def show(self, outcome: Outcome) -> None:
        """Print the answer to one scan, or what is wrong with it."""
        if outcome.answer:
            if outcome.answer.note:
                self._above_bar(f"cg3d-infer: {outcome.file or 'scan'} {outcome.answer.note}")
            typer.echo(outcome.answer.to_json() if self._as_json else outcome.answer.to_table())
        elif outcome.error:
            self.fail(outcome.error)
            if self._as_json:
                typer.echo(json.dumps({"file": outcome.file, "error": str(outcome.error)}))
        if self._bar:
            self._bar.update(1)

    def fail(self, error: Cg3dError) -> None:
        """Print an error as one line, after its traceback where that was asked for."""
        self.failures += 1
        if self._debug:
            traceback.print_exception(error)
        self._above_bar(f"cg3d-infer: {error}")

    def note(self, text: str, end: str = "\n") -> None:
        """Print something that is no answer."""
        typer.echo(text + end, nl=False, err=True)

    def _above_bar(self, text: str) -> None:
        """Write in the place of the bar, which is drawn again below."""
        self.note(f"{CLEAR_LINE if self._bar else ''}{text}")

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, *ended: object) -> None:
        self._open_bar.close()
