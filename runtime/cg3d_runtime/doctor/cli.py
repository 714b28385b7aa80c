"""`cg3d-doctor`: what this device is, and which backends really work on it.

Exit 0: at least one backend is proven and the bundle is whole; 2: neither, or no bundle to prove them on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands.printer import print_line, print_traceback, show_warnings
from cg3d_runtime.commands.process import interruptible, run
from cg3d_runtime.errors import Cg3dError

_MOST_S = 86400.0
LIMIT_S = 1800.0  # TensorRT builds the engines of large towers in ten minutes on a small board

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-doctor` on the arguments of this process."""
    run(app, "cg3d-doctor")


def _check_timeout(seconds: float) -> float:
    if not 1 <= seconds <= _MOST_S:  # nor NaN
        raise typer.BadParameter(f"{seconds:g} is not in the range from 1 to {_MOST_S:g}.")
    return seconds


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def doctor(
    bundle: Annotated[
        Path | None,
        typer.Argument(
            metavar="[BUNDLE]", help="The model. (default: CG3D_BUNDLE, else the one that ships)", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    public_key: Annotated[
        Path | None,
        typer.Option("--require-signature", metavar="KEY", help="The public key that must have signed the bundle."),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            callback=_check_timeout,
            help="The longest that a backend may take; TensorRT builds engines.",
        ),
    ] = LIMIT_S,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Show this device, its libraries, and every backend proven on the bundle's test vectors."""
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.doctor.report import examine

    show_warnings("cg3d-doctor")
    try:
        opened = Bundle.open(bundle)
    except Cg3dError as error:
        if debug:
            print_traceback(error)
        print_line(f"cg3d-doctor: {error}")
        raise typer.Exit(2) from error
    with interruptible():  # which ends the process of the backend that is being proven
        report = examine(opened, public_key, timeout, _announce)
    typer.echo(json.dumps(report.to_json(), indent=2) if as_json else report.to_table())
    raise typer.Exit(0 if report.healthy else 2)


def _announce(backend: str) -> None:
    patience = ", which takes minutes where its engines must be built" if backend == "tensorrt" else ""
    print_line(f"cg3d-doctor: proving {backend}{patience}")
