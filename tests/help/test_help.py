"""`--help` of every command, word for word as the files beside this one have it.

A change of any command line shows here. Renew the files with `CG3D_RENEW_HELP=1 python -m pytest tests/help`, and read the
difference before it is committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cg3d.cli import app as cg3d
from cg3d_runtime.bench.cli import app as bench
from cg3d_runtime.detect.cli import app as detect
from cg3d_runtime.doctor.cli import app as doctor
from cg3d_runtime.infer.cli import app as infer
from cg3d_runtime.search.cli import app as search
from cg3d_runtime.serve.cli import app as serve

HERE = Path(__file__).parent
PROGRAMS = {
    "cg3d": cg3d,
    "cg3d-infer": infer,
    "cg3d-detect": detect,
    "cg3d-serve": serve,
    "cg3d-search": search,
    "cg3d-doctor": doctor,
    "cg3d-bench": bench,
}
WIDTH = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "TERM": "dumb", "NO_COLOR": "1"}


def commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words that call a command, and those of all that it has below it."""
    yield words
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from commands(below, (*words, name))


COMMANDS = [words for name, app in PROGRAMS.items() for words in commands(typer.main.get_command(app), (name,))]


def help_of(words: tuple[str, ...]) -> str:
    program, *below = words
    told = CliRunner().invoke(PROGRAMS[program], [*below, "--help"], prog_name=program, env=WIDTH)
    assert told.exit_code == 0, told.output
    return "".join(f"{line.rstrip()}\n" for line in told.stdout.strip("\n").splitlines())


def file_of(words: tuple[str, ...]) -> Path:
    return HERE / f"{'_'.join(words)}.txt"


def words_of(text: str) -> list[str]:
    """What all versions of typer that are allowed print alike: they differ in spaces, braces and odd backslashes."""
    return re.sub(r"\\(?=\[)|[{}]", "", text).split()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_says_what_it_said(words: tuple[str, ...]) -> None:
    text = help_of(words)
    if os.environ.get("CG3D_RENEW_HELP"):
        file_of(words).write_text(text, encoding="utf-8")
    assert words_of(text) == words_of(file_of(words).read_text(encoding="utf-8"))


def test_every_file_is_of_a_command() -> None:
    assert {path.name for path in HERE.glob("*.txt")} == {file_of(words).name for words in COMMANDS}
