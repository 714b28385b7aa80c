"""`cg3d eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.data.fetch import fetch
from cg3d.terminal import Debug, track

PROTOCOL_HELP = (
    "modelnet10, modelnet40, scanobjectnn-obj-bg, scanobjectnn-obj-only, scanobjectnn-pb-t50-rs, objaverse-lvis, or "
    "own: the labels of the data."
)


def eval_command(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle.")],
    data: Annotated[str, typer.Option(help="Folder or URL of packed data; see `cg3d data`.")],
    protocol: Annotated[str, typer.Option(help=PROTOCOL_HELP)] = "own",
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
    split: Annotated[
        str | None,
        typer.Option(
            metavar="all|learned|held-out|train|val|test",
            help="Which objects: as the run split its data, or as the source has it. (default: the protocol's)",
        ),
    ] = None,
    objects: Annotated[int | None, typer.Option(min=1, help="A random subset of so many objects.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the subset and of the perturbations.")] = 0,
    retrieval: Annotated[
        bool, typer.Option("--retrieval", help="Also find scans by label, caption, image and scan.")
    ] = False,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also recognise perturbed objects: 23 times the work.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for evaluation.json and pictures.")] = None,
    backend: Annotated[str, typer.Option(metavar="auto|cpu|cuda|tensorrt", help="Where to run.")] = "auto",
    precision: Annotated[str, typer.Option(metavar="auto|fp32|fp16|int8", help="Of the point encoder.")] = "auto",
    public_key: Annotated[
        Path | None,
        typer.Option(
            "--require-signature", metavar="KEY", help="Measure only what the owner of this public key signed."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    debug: Debug = False,
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
        backend=backend,
        precision=precision,
        public_key=public_key,
        track=track,
    )
    for warning in result.warnings:
        typer.echo(f"cg3d: {warning}", err=True)
    typer.echo(result.to_json() if as_json else result.table())
    for path in write_report(result, out) if out else ():
        typer.echo(f"wrote {path}", err=True)
