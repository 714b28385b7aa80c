"""`cg3d embed`: a collection of scans into a library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.terminal import progress
from cg3d_runtime.commands import options
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import DataError

EMBED_EXAMPLES = examples(
    "cg3d embed scans/ --out library",
    "cg3d embed s3://bucket/scans --out library --engine ray --actors 64",
)
ENGINES = ("local", "ray")


def embed_command(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A folder, a URL of one (s3://, gs://), or a file that names scans.")
    ],
    out: Annotated[Path, typer.Option(metavar="LIBRARY", help="The library; made where there is none.")],
    engine: Annotated[
        str,
        typer.Option(metavar="|".join(ENGINES), help="This process, or a Ray cluster: the one that RAY_ADDRESS names."),
    ] = "local",
    actors: Annotated[int, typer.Option(metavar="N", min=1, help="Actors of Ray, a core each.")] = 2,
    part: Annotated[int, typer.Option(metavar="N", min=1, help="Scans of a part, about.")] = 500,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    up: options.UpDirection = None,
    units: options.Units = None,
    debug: options.Debug = False,
) -> None:
    """Embed a collection of scans into a library, part by part, on one machine or on many.

    A run that was stopped goes on where it was; what changed since is embedded anew. What is wrong with a scan is its row.
    """
    from cg3d.embedding.library import embed_collection, segments_folder
    from cg3d.embedding.part import Work

    if engine not in ENGINES:
        raise DataError(f"{engine!r} is no engine; choose one of {', '.join(ENGINES)}.")
    segments = segments_folder(out.absolute())
    work = Work(str(segments), None if bundle is None else str(bundle.absolute()), backend, up=up, units=units)
    with progress("embedding parts") as report:
        found = embed_collection(source, out, work, engine, actors, part, report)
    typer.echo(
        f"{out}: {found.scans:,} scans, {found.errors:,} with errors, in {found.parts:,} parts, {found.were_there:,} of which "
        f"were there; {found.added:,} rows added"
    )
