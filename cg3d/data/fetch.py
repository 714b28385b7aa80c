"""Packed data at a location that a command line names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.terminal import progress

DataOption = Annotated[
    str, typer.Option("--data", metavar="DIR|URL", help="Packed data, a folder or a URL; see `cg3d data`.")
]


def fetch(location: str) -> Path:
    """The folder of packed data at a location, a folder or a URL, with progress where it must be fetched."""
    from cg3d.data.remote import local_copy

    with progress("fetching shards") as report:
        return local_copy(location, report)
