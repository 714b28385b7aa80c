"""`cg3d finetune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.data.fetch import DataOption, fetch
from cg3d.runs import RUNS
from cg3d_runtime.commands.options import Debug
from cg3d_runtime.commands.program import examples

FINETUNE_EXAMPLES = examples(
    "cg3d finetune --data packed/ --mode full",
    "cg3d finetune cg3d-mini --data packed/ --mode linear --out runs/probe",
    "cg3d finetune runs/robot --data packed/ --mode few-shot --set episodes=20",
)


def finetune_command(
    data: DataOption,
    mode: Annotated[
        str, typer.Option(metavar="full|linear|few-shot", help="Learn everything, a classifier alone, or small tasks.")
    ],
    run: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RUN|BUNDLE]", help="Folder of a run or a bundle, or cg3d-mini. (default: the newest in runs/)"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the result. (default: RUN/finetune-<mode>-<data>, runs/<bundle>-...)"
        ),
    ] = None,
    scratch: Annotated[
        bool, typer.Option("--scratch", help="Fresh weights instead of the run's: the baseline.")
    ] = False,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change one value, such as epochs=100.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Fine-tune an encoder on labelled objects.

    Or measure what its embeddings are worth there, with --mode linear or few-shot.
    """
    from cg3d.finetune.config import load_finetune_config
    from cg3d.finetune.run import finetune
    from cg3d.runs.checkpoint import newest_run
    from cg3d.runs.start import is_bundle
    from cg3d_runtime.bundle import named_folder

    config = load_finetune_config(mode, changes or ())
    run = named_folder(run) if run else newest_run(RUNS)
    folder = fetch(data)
    name = f"finetune-{config.mode}-{folder.resolve().name}{'-scratch' if scratch else ''}"
    beside = RUNS / f"{run.resolve().name}-{name}" if is_bundle(run) else run / name
    out = out or beside
    typer.echo(finetune(config, run, folder, out, scratch).table())
