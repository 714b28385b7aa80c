"""Commands inside this process, as people and programs run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import typer


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON objects, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]
Captured = pytest.CaptureFixture[str]


def run_in_process(captured: Captured, app: typer.Typer, program: str, *arguments: object) -> Ran:
    """Run a command to its end.

    Args:
        captured: `capsys`; `capfd`, where libraries in C write too.
    """
    with pytest.raises(SystemExit) as ended:
        app([str(argument) for argument in arguments], prog_name=program)
    return Ran(int(ended.value.code or 0), *captured.readouterr())
