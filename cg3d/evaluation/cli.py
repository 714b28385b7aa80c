"""`cg3d eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.data.fetch import DataOption, fetch
from cg3d.terminal import track
from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import print_line
from cg3d_runtime.commands.program import examples

PROTOCOL_HELP = (
    "modelnet10, modelnet40, scanobjectnn-obj-bg, scanobjectnn-obj-only, scanobjectnn-pb-t50-rs, objaverse-lvis, or "
    "own: the labels of the data."
)
EVAL_EXAMPLES = examples(
    "cg3d eval bundles/robot --data packed/",
    "cg3d eval bundles/robot --data modelnet40/ --protocol modelnet40 --json",
    "cg3d eval bundles/robot --data packed/ --retrieval --robustness --out report/",
    "cg3d eval bundles/robot --data packed/ --labels labels.txt --conditions --out report/",
)


def eval_command(
    bundle: options.BundleFolder,
    data: DataOption,
    protocol: Annotated[str, typer.Option(metavar="NAME", help=PROTOCOL_HELP)] = "own",
    templates: Annotated[
        str | None,
        typer.Option(
            metavar="bundle|cg3d-paper|ulip-64|openai-80", help="Texts around a label. (default: the protocol's)"
        ),
    ] = None,
    spelling: Annotated[
        str | None,
        typer.Option(metavar="packed|spaces|underscores", help="How labels are written. (default: the protocol's)"),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A robot's own list, whose phrases are names of the objects. (default: the protocol's)"
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="all|learned|held-out|train|val|test",
            help="Which objects: as the run split its data, or as the source has it. (default: the protocol's)",
        ),
    ] = None,
    objects: Annotated[int | None, typer.Option(metavar="N", min=1, help="A random subset of so many objects.")] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Another seed, another subset and other chance in all scans.")
    ] = 0,
    retrieval: Annotated[
        bool, typer.Option("--retrieval", help="Also find scans by label, caption, image and scan.")
    ] = False,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also recognise perturbed objects: 23 times the work.")
    ] = False,
    conditions: Annotated[
        bool,
        typer.Option(
            "--conditions", help="Also recognise objects as robots scan them, with wrong answers: 18 times the work."
        ),
    ] = False,
    seeds: Annotated[
        int, typer.Option(metavar="N", min=1, help="How often each object is scanned in a condition.")
    ] = 1,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for evaluation.json and pictures.")] = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Measure how many packed objects a bundle recognises."""
    from cg3d.evaluation.evaluate import evaluate
    from cg3d.evaluation.report import prepare_folder, write_report

    if out:
        prepare_folder(out)
    result = evaluate(
        bundle,
        fetch(data),
        protocol=protocol,
        templates=templates,
        spelling=spelling,
        split=split,
        objects=objects,
        seed=seed,
        retrieval=retrieval,
        robustness=robustness,
        labels=labels,
        conditions=conditions,
        seeds=seeds,
        backend=backend,
        precision=precision,
        public_key=public_key,
        track=track,
    )
    for warning in result.warnings:
        print_line(f"cg3d: {warning}")
    typer.echo(result.to_json() if as_json else result.table())
    for path in write_report(result, out) if out else ():
        typer.echo(f"wrote {path}", err=True)
