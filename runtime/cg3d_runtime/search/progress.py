"""How far a long command is, on stderr: a line that is written over at a terminal, else one now and then."""

from __future__ import annotations

import sys
from time import monotonic

from cg3d_runtime.commands.printer import CLEAR_LINE, print_line

_AT_TERMINAL_S, _ELSEWHERE_S = 0.2, 15.0


class Progress:
    """Tells how many of how many are done, how many a second, and how long the rest will take."""

    def __init__(self, program: str, count: int | None) -> None:
        """Start the clock; `count` is None where nobody knows how many there are."""
        self._program, self._count = program, count
        self._started = self._told = monotonic()
        self._is_terminal = sys.stderr.isatty()

    def update(self, done: int, worked: int) -> None:
        """Tell that `done` are dealt with, of which `worked` took their time: by those the rest is judged."""
        now = monotonic()
        if now - self._told < (_AT_TERMINAL_S if self._is_terminal else _ELSEWHERE_S):
            return
        self._told = now
        line = f"{self._program}: {self._line(done, worked, now - self._started)}"
        if self._is_terminal:
            sys.stderr.write(f"{CLEAR_LINE}{line}")
            sys.stderr.flush()
        else:
            print_line(line)

    def clear(self) -> None:
        """Leave a terminal's line empty."""
        if self._is_terminal:
            sys.stderr.write(CLEAR_LINE)
            sys.stderr.flush()

    def _line(self, done: int, worked: int, seconds: float) -> str:
        rate = max(worked, 1) / max(seconds, 1e-3)
        if self._count is None:
            return f"{done:,} scans, {rate:.1f} a second"
        left = _spoken((self._count - done) / rate)
        return f"{done:,} of {self._count:,} scans, {rate:.1f} a second, {left} left"


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
