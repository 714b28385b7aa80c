"""`cg3d-bench`: how fast this device answers.

Exit 0: measured; 2: a scan, the bundle or the backend does not work.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import show_warnings
from cg3d_runtime.commands.process import begin, interruptible, run
from cg3d_runtime.commands.program import SETTINGS, Command, examples, note_new_spelling

EXAMPLES = examples(
    "cg3d-bench",
    "cg3d-bench scans/ --bundle bundles/robot",
    "cg3d-bench mug.ply --backend tensorrt --precision fp16 --batch 8",
)

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-bench` on the arguments of this process."""
    begin()
    run(app, "cg3d-bench")


@app.command("cg3d-bench", cls=Command, context_settings=SETTINGS, epilog=EXAMPLES)
def bench(
    scans: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCAN]...", help="Scan files, or folders of them. (default: generated scans)", show_default=False
        ),
    ] = None,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    threads: options.Threads = None,
    batch: Annotated[int, typer.Option(metavar="N", min=1, max=4096, help="Scans in one run of the encoder.")] = 1,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Batches to measure, for each set of scans.")] = 100,
    warm_up: Annotated[int, typer.Option(metavar="N", min=0, help="Batches before them.")] = 10,
    cold_starts: Annotated[int, typer.Option(metavar="N", min=0, help="Fresh processes to measure; 0 for none.")] = 5,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
    version: options.Version = False,
) -> None:
    """Measure reading, preparing and encoding, cold starts and memory, under which power mode, clocks and load.

    Exit status 0: measured; 2: a scan, the bundle or the backend does not work.
    """
    from cg3d_runtime.bench import report
    from cg3d_runtime.bench.scans import scan_sets
    from cg3d_runtime.bundle import Bundle

    bundle, scans = _bundle_and_scans(bundle, scans or [])
    show_warnings("cg3d-bench")
    settings = report.Settings(
        backend, precision, threads, batch, repeats, warm_up, cold_starts, str(public_key) if public_key else None
    )
    with interruptible(), scan_sets(scans) as sets:
        measured = report.run(Bundle.open(bundle, public_key), sets, settings)
    typer.echo(json.dumps(measured.to_json(), indent=2) if as_json else measured.to_table())


def _bundle_and_scans(bundle: Path | None, scans: list[str]) -> tuple[Path | None, list[str]]:
    """The bundle by its option, or as the first argument: the old spelling."""
    from cg3d_runtime.bundle import Bundle

    if not scans or not Bundle.is_at(scans[0]):
        return bundle, scans
    if bundle is not None:
        raise typer.BadParameter(f"{scans[0]} is a bundle, not a scan, and --bundle names another one: {bundle}.")
    note_new_spelling("cg3d-bench", *scans[1:], "--bundle", scans[0])
    return Path(scans[0]), scans[1:]
