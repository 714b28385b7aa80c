"""`cg3d`: train, export, evaluate, pack data. Results go to stdout, everything else to stderr; exit 2: a `Cg3dError`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperGroup

from cg3d.data.cli import data_app
from cg3d_runtime.errors import Cg3dError

log = logging.getLogger("cg3d")

RUNS, BUNDLES = Path("runs"), Path("bundles")

Item = TypeVar("Item")


class _Commands(TyperGroup):
    """Turns the errors that a user can mend into one line, for every command."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Cg3dError as error:
            log.debug("Traceback of the error below", exc_info=error)
            typer.echo(f"cg3d: {error}", err=True)
            raise typer.Exit(2) from error


class _Stderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


def _set_debug(debug: bool) -> bool:
    if debug:
        log.setLevel(logging.DEBUG)
    return debug


Debug = Annotated[bool, typer.Option("--debug", callback=_set_debug, help="Show tracebacks of errors.")]

app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(data_app, name="data")


def main() -> None:
    """Run `cg3d` on the arguments of this process."""
    app()


@app.callback()
def setup(debug: Debug = False) -> None:
    """Learn to name 3D objects with any words, and take that to a robot."""
    root = logging.getLogger()
    # On the root, or open_clip would put a handler of its own there at its first warning.
    if not any(isinstance(handler, _Stderr) for handler in root.handlers):
        root.addHandler(_Stderr())
    for name in ("cg3d", "cg3d_export", "cg3d_runtime"):
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.INFO)


@app.command("train")
def train_command(
    data: Annotated[
        Path | None, typer.Option(help="Folder that `cg3d data pack` wrote. [default: built-in objects]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run. [default: runs/<time>]")] = None,
    preset: Annotated[str, typer.Option(help="mini, paper, or a .toml file.")] = "mini",
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change one value, such as batch_size=64.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Learn the 3D encoder and the prompts."""
    from cg3d.checkpoint import load_record
    from cg3d.config import load_config
    from cg3d.train import train

    config = load_config(preset, changes or ())
    run = train(config, data, out or RUNS / datetime.now().strftime("%Y%m%d-%H%M%S"))
    metrics = load_record(run).metrics
    recognised = f", {metrics['held_out_top1']:.1%} of the held-out objects recognised" if metrics else ""
    typer.echo(f"{run}: {config.steps} steps{recognised}")
    typer.echo(f"next: cg3d export {run} --fp16")


@app.command("export")
def export_command(
    run: Annotated[Path | None, typer.Argument(help="Folder of a run. [default: the newest in runs/]")] = None,
    fp16: Annotated[bool, typer.Option("--fp16", help="Write FP16 graphs beside the FP32 ones.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the bundle. [default: bundles/<run>]")] = None,
    debug: Debug = False,
) -> None:
    """Bake, convert, verify, and write the bundle that a robot needs."""
    from cg3d.checkpoint import newest_run
    from cg3d_export.exporting import export_run

    run = run or newest_run(RUNS)
    out = out or BUNDLES / run.resolve().name
    report = export_run(run, out, fp16)
    typer.echo(report.table())
    typer.echo(f"next: cg3d-infer scan.ply --labels labels.txt --bundle {out}")


@app.command("eval")
def eval_command(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle.")],
    data: Annotated[Path, typer.Option(help="Folder that `cg3d data pack` wrote.")],
    split: Annotated[
        str, typer.Option(metavar="all|learned|held-out", help="Which objects; the last two as the run split its data.")
    ] = "all",
    backend: Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where to run.")] = "auto",
    precision: Annotated[str, typer.Option(metavar="auto|fp32|fp16|int8", help="Of the point encoder.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    debug: Debug = False,
) -> None:
    """Measure how many packed objects a bundle recognises."""
    from cg3d.evaluation import evaluate

    result = evaluate(bundle, data, split=split, backend=backend, precision=precision, track=_track)
    typer.echo(result.to_json() if as_json else result.table())


def _track(items: Iterable[Item], count: int) -> Iterator[Item]:
    """Pass the items through, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(items, "recognising", count, console=console, disable=not console.is_terminal)
