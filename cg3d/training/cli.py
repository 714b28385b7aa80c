"""`cg3d train`."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d.data.fetch import fetch
from cg3d.runs import RUNS
from cg3d_runtime.commands.options import Debug
from cg3d_runtime.commands.program import examples

if TYPE_CHECKING:
    from cg3d.models.towers.towers import TowerConfig

TRAIN_EXAMPLES = examples(
    "cg3d train",
    "cg3d train --data packed/ --out runs/robot --set steps=4000",
    "cg3d train --data packed/ --preset paper --dry-run",
    "cg3d train --resume runs/robot",
)


def train_command(
    data: Annotated[
        str | None,
        typer.Option(metavar="DIR|URL", help="Packed data to learn, see `cg3d data`. (default: built-in objects)"),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the run. (default: runs/<time>)")] = None,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="mini, mini-cg3d, vit-b-32, paper, or a .toml file. (default: mini)"),
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change one value, such as batch_size=64.")
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN|BUNDLE", help="Begin with the weights of another run, or of cg3d-mini."),
    ] = None,
    resume_run: Annotated[
        Path | None,
        typer.Option("--resume", metavar="RUN", help="Go on with a run that was stopped, as it was set up."),
    ] = None,
    towers: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|TAG", help="With --resume: weights of the run's towers, where they are not built in."
        ),
    ] = None,
    only_tell: Annotated[
        bool, typer.Option("--dry-run", help="Tell what the run would be and what it takes; learn and write nothing.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Learn the 3D encoder and the prompts."""
    from cg3d.config import load_config
    from cg3d.training.dry_run import dry_run
    from cg3d.training.train import resume, train
    from cg3d_runtime.bundle import named_folder

    if towers and resume_run is None:
        raise typer.BadParameter(
            "--towers goes with --resume; a new run has --set model.towers.pretrained=FILE or TAG."
        )
    folder = fetch(data) if data else None
    start = named_folder(start) if start else None
    if resume_run is None:
        config = load_config(preset or "mini", changes or ())
        if only_tell:
            typer.echo(dry_run(config, folder, start).table())
            return
        run = train(config, folder, out or RUNS / datetime.now().strftime("%Y%m%d-%H%M%S"), start)
    elif out or preset or changes or start or only_tell:
        raise typer.BadParameter(
            "a run goes on as it was set up: of the other options, only --data and --towers go with it."
        )
    else:
        run = resume(resume_run, folder, towers)
    _tell_run(run)


def _tell_run(run: Path) -> None:
    """Print the result of a run, where this process speaks for it; exit 130, as after Ctrl-C, where it was stopped."""
    from cg3d.runs.checkpoint import load_record
    from cg3d.training.processes import is_main_process

    if not is_main_process():
        return
    record = load_record(run)
    towers = _towers_option(record.config.model.towers)
    if record.step < record.config.steps:
        typer.echo(f"{run}: stopped and saved after step {record.step} of {record.config.steps}", err=True)
        typer.echo(f"go on with: cg3d train --resume {run}{towers}", err=True)
        raise typer.Exit(130)
    recognised = f", {record.metrics['held_out_top1']:.1%} of the held-out objects recognised" if record.metrics else ""
    typer.echo(f"{run}: {record.step} steps{recognised}")
    typer.echo(f"next: cg3d export {run} --fp16{towers}")


def _towers_option(towers: TowerConfig) -> str:
    """What a command on a run needs besides its folder, for a line that names the next one."""
    return "" if towers.comes_with_package else f" --towers {shlex.quote(towers.pretrained)}"
