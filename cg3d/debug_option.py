"""`--debug`, which every command takes."""

from __future__ import annotations

import logging
from typing import Annotated

import typer


def _set_debug(debug: bool) -> bool:
    if debug:
        logging.getLogger("cg3d").setLevel(logging.DEBUG)
    return debug


Debug = Annotated[bool, typer.Option("--debug", callback=_set_debug, help="Show tracebacks of errors.")]
