"""`cg3d-bench`: how fast this device answers.

Exit 0: measured; 2: a scan, the bundle or the backend does not work.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands.printer import print_line, print_traceback, show_warnings
from cg3d_runtime.commands.process import interruptible, run
from cg3d_runtime.errors import Cg3dError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-bench` on the arguments of this process."""
    run(app, "cg3d-bench")


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def bench(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BUNDLE] [SCANS]...",
            help="The model, and scan files or folders. (default: the model as for cg3d-infer, generated scans)",
            show_default=False,
        ),
    ] = None,
    backend: Annotated[str, typer.Option(metavar="auto|cpu|cuda|tensorrt", help="Where to run.")] = "auto",
    precision: Annotated[str, typer.Option(metavar="auto|fp32|fp16|int8", help="Of the point encoder.")] = "auto",
    threads: Annotated[int | None, typer.Option(metavar="T", min=1, help="CPU threads. (default: all cores)")] = None,
    batch: Annotated[int, typer.Option(metavar="B", min=1, max=4096, help="Scans in one run of the encoder.")] = 1,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Batches to measure, for each set of scans.")] = 100,
    warm_up: Annotated[int, typer.Option(metavar="N", min=0, help="Batches before them.")] = 10,
    cold_starts: Annotated[int, typer.Option(metavar="N", min=0, help="Fresh processes to measure; 0 for none.")] = 5,
    public_key: Annotated[
        Path | None,
        typer.Option(
            "--require-signature", metavar="KEY", help="Measure only what the owner of this public key signed."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Measure reading, preparing and encoding, cold starts and memory, under which power mode, clocks and load."""
    from cg3d_runtime.bench.report import Settings, run
    from cg3d_runtime.bench.scans import scan_sets
    from cg3d_runtime.bundle import Bundle

    bundle, scans = _bundle_and_scans(arguments or [])
    show_warnings("cg3d-bench")
    settings = Settings(
        backend, precision, threads, batch, repeats, warm_up, cold_starts, str(public_key) if public_key else None
    )
    try:
        with interruptible(), scan_sets(scans) as sets:
            report = run(Bundle.open(bundle, public_key), sets, settings)
    except Cg3dError as error:
        if debug:
            print_traceback(error)
        print_line(f"cg3d-bench: {error}")
        raise typer.Exit(2) from error
    typer.echo(json.dumps(report.to_json(), indent=2) if as_json else report.to_table())


def _bundle_and_scans(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The first argument is the bundle, unless it is there and is none."""
    is_scan = bool(arguments) and _is_there(Path(arguments[0])) and not _is_there(Path(arguments[0], "manifest.json"))
    return (None, arguments) if is_scan or not arguments else (arguments[0], arguments[1:])


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # whoever opens it says why it cannot even be looked at
        return False
