"""`cg3d eval-scenes`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from cg3d.data.fetch import fetch
from cg3d.terminal import track
from cg3d_runtime.commands import options
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import DataError

USUAL_SCENES = 20  # simulated ones
EVAL_SCENES_EXAMPLES = examples(
    "cg3d eval-scenes bundles/robot --simulate table",
    "cg3d eval-scenes bundles/robot --simulate touching --data packed/ --labels labels.txt --out report/",
    "cg3d eval-scenes bundles/robot --simulate room --objects 3-6 --scenes 50 --seed 1 --json",
    "cg3d eval-scenes bundles/robot --annotated osd/ --layout osd --labels labels.txt",
)


def eval_scenes_command(
    bundle: options.BundleFolder,
    simulate: Annotated[
        str | None,
        typer.Option(
            metavar="table|room|touching",
            help="Make scenes up: objects on a table, in a room, on a table and touching.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="DIR|URL", help="Packed data to take the objects from. (default: the built-in objects)"),
    ] = None,
    annotated: Annotated[Path | None, typer.Option(metavar="DIR", help="Real scenes that somebody annotated.")] = None,
    layout: Annotated[
        str | None,
        typer.Option(metavar="osd|scannet|sunrgbd|instances", help="Of the annotated scenes; see docs/evaluation.md."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A robot's own list, whose phrases are names of the objects. (default: all their names)",
        ),
    ] = None,
    scenes: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many. (default: 20 simulated, all annotated ones)")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Another seed, other scenes.")] = 0,
    objects: Annotated[
        str | None,
        typer.Option(
            metavar="N|N-N", help="How many objects stand in a simulated scene, 1 to 12. (default: 5-10, room: 4-8)"
        ),
    ] = None,
    clutter: Annotated[
        int, typer.Option(metavar="N", min=0, max=12, help="Unnamed boxes in each simulated scene besides.")
    ] = 0,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for scenes.json and a picture.")] = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Measure how many objects of whole scenes a bundle finds and names."""
    _require_one(simulate, annotated, layout)
    _require_fitting(annotated, data, objects, clutter)
    from cg3d.evaluation.report import prepare_folder
    from cg3d.scene_evaluation.evaluate import evaluate_annotated, evaluate_simulated
    from cg3d.scene_evaluation.report import write_report
    from cg3d.scene_evaluation.simulation.scenes import Simulation

    if out:
        prepare_folder(out)
    if annotated:
        result = evaluate_annotated(
            bundle,
            annotated,
            layout or "",
            labels=labels,
            scenes=scenes,
            seed=seed,
            backend=backend,
            precision=precision,
            public_key=public_key,
            track=track,
        )
    else:
        result = evaluate_simulated(
            bundle,
            Simulation(simulate or "", scenes or USUAL_SCENES, seed, _range(objects), clutter),
            None if data is None else fetch(data),
            labels=labels,
            backend=backend,
            precision=precision,
            public_key=public_key,
            track=track,
        )
    typer.echo(result.to_json() if as_json else result.table())
    for path in write_report(result, out) if out else ():
        typer.echo(f"wrote {path}", err=True)


def _require_one(simulate: str | None, annotated: Path | None, layout: str | None) -> None:
    if (simulate is None) == (annotated is None):
        got = "neither" if simulate is None else "both"
        raise DataError(f"scenes are simulated or annotated, got {got}: name --simulate KIND or --annotated DIR.")
    if (annotated is None) != (layout is None):
        raise DataError(
            "--annotated DIR and --layout NAME belong together: one says where scenes are, one how they lie."
        )


def _require_fitting(annotated: Path | None, data: str | None, objects: str | None, clutter: int) -> None:
    given = [name for name, value in (("--data", data), ("--objects", objects), ("--clutter", clutter)) if value]
    if annotated is not None and given:
        raise DataError(f"{given[0]} goes with --simulate; annotated scenes hold what they hold. Leave it out.")


def _range(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", text)
    fewest, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= fewest <= most <= 12:
        raise DataError(f"--objects must be a number from 1 to 12, or two such as 5-10, got {text!r}.")
    return fewest, most
