"""`cg3d-infer`: name scans from the command line.

Answers go to stdout, everything else to stderr. Exit 0: every scan was answered; 1: some were not; 2: nothing could start.
Warnings of the library reach stderr through logging's handler of last resort.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d_runtime import __version__
from cg3d_runtime.errors import Cg3dError

if TYPE_CHECKING:
    from cg3d_runtime.recognizer import Recognizer

UP = "x|y|z|-x|-y|-z"  # as points.UP_AXES, which would bring numpy into --help

# Plain help and errors: rich would cost a tenth of a second at every start.
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-infer` on the arguments of this process."""
    app()


def _check_up(up: str | None) -> str | None:
    if up is not None and up not in UP.split("|"):
        raise typer.BadParameter(f"{up!r} is no axis; choose one of {UP}.")
    return up


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cg3d-infer {__version__}")
        raise typer.Exit


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def infer(
    scans: Annotated[
        list[str], typer.Argument(metavar="SCAN", help="Scan files, folders of them, or - for names on stdin.")
    ],
    labels: Annotated[Path, typer.Option(metavar="FILE", help="The words to choose from, one a line.")],
    bundle: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The model. (default: CG3D_BUNDLE, else the one that ships)")
    ] = None,
    backend: Annotated[
        str, typer.Option(metavar="auto|cpu|cuda|tensorrt", help="Where to run; by name: there or not at all.")
    ] = "auto",
    precision: Annotated[str, typer.Option(metavar="auto|fp32|fp16|int8", help="Of the point encoder.")] = "auto",
    up: Annotated[
        str | None,
        typer.Option(metavar=UP, callback=_check_up, help="The scans' upward axis. (default: y for GLB, else z)"),
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", min=1, help="How many labels to report.")] = 5,
    unknown: Annotated[
        bool | None,
        typer.Option("--unknown/--no-unknown", help="Tell when no label fits. (default: where the model can)"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep answering what arrives in the folders, until Ctrl-C or SIGTERM.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option(metavar="T", min=1, help="CPU threads of the model. (default: all cores)")
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option("--require-signature", metavar="KEY", help="Run only what the owner of this public key signed."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Name 3D scans with your own words."""
    from cg3d_runtime.recognizer import Recognizer
    from cg3d_runtime.scan_files import scan_files
    from cg3d_runtime.scan_files import watch as watch_folders

    _never_fail_to_print()
    _show_progress()
    if watch and not all(Path(scan).is_dir() for scan in scans):
        raise typer.BadParameter("--watch takes folders only.")
    try:
        recognizer = Recognizer.open(
            bundle,
            labels=labels,
            backend=backend,
            precision=precision,
            threads=threads,
            unknown=unknown,
            public_key=public_key,
        )
    except Cg3dError as error:
        _report(error, debug)
        raise typer.Exit(2) from error
    with recognizer:
        _introduce(recognizer)
        files = watch_folders([Path(scan) for scan in scans]) if watch else scan_files(scans)
        failures = 0
        if watch:
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # how a service manager ends it
        try:
            for file in files:
                failures += not _answer(recognizer, file, up, top, as_json, debug)
        except KeyboardInterrupt:  # how one ends --watch
            failures += not watch
    raise typer.Exit(1 if failures else 0)


def _answer(recognizer: Recognizer, file: str, up: str | None, top: int, as_json: bool, debug: bool) -> bool:
    """Print the answer to one scan, or what is wrong with it; return whether there was an answer."""
    try:
        answer = recognizer(file, up=up, top=top)
    except Cg3dError as error:
        _report(error, debug)
        if as_json:
            typer.echo(json.dumps({"file": file, "error": str(error)}))
        return False
    typer.echo(answer.to_json() if as_json else answer.to_table())
    return True


def _report(error: Cg3dError, debug: bool) -> None:
    """Print an error as one line on stderr, after its traceback where that was asked for."""
    if debug:
        traceback.print_exception(error)
    typer.echo(f"cg3d-infer: {error}", err=True)


def _introduce(recognizer: Recognizer) -> None:
    """Say what really runs."""
    backend, name = recognizer.backend, recognizer.bundle.manifest.name
    typer.echo(f"cg3d-infer: {name} on {backend.name}, {backend.precision}, {len(recognizer.labels)} labels", err=True)


def _show_progress() -> None:
    """Print what the library says about building an engine, which can take many minutes, on stderr."""
    logger = logging.getLogger("cg3d_runtime.tensorrt")
    logger.setLevel(logging.INFO)
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
        logger.handlers[0].setFormatter(logging.Formatter("cg3d-infer: %(message)s"))


def _never_fail_to_print() -> None:
    """A file name need not be valid text, and a terminal need not know the letters of a label."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
