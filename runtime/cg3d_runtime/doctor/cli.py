"""`cg3d-doctor`: what this device is, and which backends really work on it.

Exit 0: at least one backend is proven and the bundle is whole; 2: neither, or no bundle to prove them on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import print_line, show_warnings
from cg3d_runtime.commands.process import begin, interruptible, run
from cg3d_runtime.commands.program import SETTINGS, Command, examples, note_new_spelling

_MOST_S = 86400.0
LIMIT_S = 1800.0  # TensorRT builds the engines of large towers in ten minutes on a small board
EXAMPLES = examples("cg3d-doctor", "cg3d-doctor --bundle bundles/robot", "cg3d-doctor --json > report.json")

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-doctor` on the arguments of this process."""
    begin()
    run(app, "cg3d-doctor")


def _check_timeout(seconds: float) -> float:
    if not 1 <= seconds <= _MOST_S:  # nor NaN
        raise typer.BadParameter(f"{seconds:g} is not in the range from 1 to {_MOST_S:g}.")
    return seconds


@app.command("cg3d-doctor", cls=Command, context_settings={**SETTINGS, "allow_extra_args": True}, epilog=EXAMPLES)
def doctor(
    ctx: typer.Context,
    bundle: options.Bundle = None,
    timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            callback=_check_timeout,
            help="The longest that a backend may take; TensorRT builds engines.",
        ),
    ] = LIMIT_S,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
    version: options.Version = False,
) -> None:
    """Show this device, its libraries, and every backend proven on the bundle's test vectors.

    Exit status 0: at least one backend is proven and the bundle is whole; 2: neither, or no bundle to prove them on.
    """
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.doctor.report import examine

    show_warnings("cg3d-doctor")
    opened = Bundle.open(_bundle(ctx, bundle))
    with interruptible():  # which ends the process of the backend that is being proven
        report = examine(opened, public_key, timeout, _announce)
    typer.echo(json.dumps(report.to_json(), indent=2) if as_json else report.to_table())
    raise typer.Exit(0 if report.healthy else 2)


def _bundle(ctx: typer.Context, bundle: Path | None) -> Path | None:
    """The bundle by its option, or as an argument: the old spelling."""
    if not ctx.args:
        return bundle
    if bundle is not None or len(ctx.args) > 1:
        raise typer.BadParameter(f"one bundle is examined, with --bundle DIR; got also {ctx.args[-1]!r}.")
    note_new_spelling("cg3d-doctor", "--bundle", ctx.args[0])
    return Path(ctx.args[0])


def _announce(backend: str) -> None:
    patience = ", which takes minutes where its engines must be built" if backend == "tensorrt" else ""
    print_line(f"cg3d-doctor: proving {backend}{patience}")
