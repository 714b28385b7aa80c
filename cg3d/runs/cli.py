"""`cg3d average` and `cg3d import-checkpoint`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands.options import Debug
from cg3d_runtime.commands.program import examples

AVERAGE_EXAMPLES = examples(
    "cg3d average runs/second runs/first --out runs/mean",
    "cg3d average runs/robot cg3d-mini --out runs/mean",
)
IMPORT_EXAMPLES = examples(
    "cg3d import-checkpoint pointmlp.pth --kind cg3d-pointmlp --slip slip_base_100ep.pt --out runs/official",
    "cg3d import-checkpoint best.pth --kind pointmlp --out runs/tried",
)


def average_command(
    starts: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN RUN|BUNDLE...", help="At least two of one point encoder; the first has the settings."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new run.")],
    debug: Debug = False,
) -> None:
    """Make one run of several: the mean of their weights, where one began with another's."""
    from cg3d.runs.average import average_runs
    from cg3d_runtime.bundle import named_folder

    run = average_runs([named_folder(start) for start in starts], out)
    typer.echo(f"{run}: the mean of {', '.join(map(str, starts))}")
    typer.echo(f"next: cg3d export {run} --fp16")


def import_checkpoint_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Weights that CG3D's or PointMLP's authors published.")],
    kind: Annotated[
        str,
        typer.Option(
            metavar="cg3d-pointmlp|cg3d-pointtransformer|pointmlp|pointmlp-elite|pointtransformer",
            help="What it holds.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run.")],
    slip: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="slip_base_100ep.pt, SLIP's towers. (default: random ones, to try the command)"
        ),
    ] = None,
    points: Annotated[int, typer.Option(metavar="N", help="Points that it was trained with.")] = 1024,
    debug: Debug = False,
) -> None:
    """Make a run of official weights."""
    from cg3d.runs.import_checkpoint import import_checkpoint

    run = import_checkpoint(file, kind, out, slip, points)
    typer.echo(f"{run}: {kind} from {file}, {points} points, {'SLIP' if slip else 'RANDOM'} towers")
    typer.echo(f"next: cg3d export {run} --fp16{f' --towers {shlex.quote(str(slip))}' if slip else ''}")
