"""Progress of the commands on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer

Item = TypeVar("Item")
Progress = Callable[[int, int], None]  # done, in all


@contextmanager
def progress(doing: str, every: int = 1) -> Iterator[Progress]:
    """A bar on stderr for people at a terminal; for everyone else a line, at most one in `every` steps."""
    from rich import progress as bars
    from rich.console import Console

    if not sys.stderr.isatty():
        yield lambda done, total: _say(doing, done, total) if done % every == 0 or done == total else None
        return
    with bars.Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def track(items: Iterable[Item], count: int, doing: str) -> Iterator[Item]:
    """Pass `count` items through, with a bar on stderr for people at a terminal."""
    from rich.console import Console
    from rich.progress import track as passed

    console = Console(stderr=True)
    yield from passed(items, doing, count, console=console, disable=not console.is_terminal)


def _say(doing: str, done: int, total: int) -> None:
    typer.echo(f"{doing}: {done} of {total}", err=True)
