"""The options that several programs share: one spelling, one help line, one check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime._version import __version__
from cg3d_runtime.choices import BACKENDS, PRECISIONS
from cg3d_runtime.commands.program import program_name, show_tracebacks

PRECISION_CHOICES = "|".join(("auto", *PRECISIONS))


def _print_version(ctx: typer.Context, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{program_name(ctx)} {__version__}")
        raise typer.Exit


def _debug(ctx: typer.Context, wanted: bool) -> bool:
    if wanted:
        show_tracebacks(ctx)
    return wanted


Bundle = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The model. (default: CG3D_BUNDLE, else the one that ships)")
]
BundleFolder = Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of a bundle.")]
Backend = Annotated[
    str, typer.Option(metavar="|".join(BACKENDS), help="Where to run; a named backend never falls back to another.")
]
Precision = Annotated[str, typer.Option(metavar=PRECISION_CHOICES, help="Precision of the point encoder.")]
Threads = Annotated[int | None, typer.Option(metavar="N", min=1, help="CPU threads of the model. (default: all cores)")]
PublicKey = Annotated[
    Path | None,
    typer.Option(
        "--require-signature", metavar="KEY", help="Take only a bundle that the owner of this public key signed."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Debug = Annotated[bool, typer.Option("--debug", callback=_debug, is_eager=True, help="Show tracebacks of errors.")]
Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
]
