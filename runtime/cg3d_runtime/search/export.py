"""`cg3d-search export`: a library for engines of more machines than one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.process import interruptible
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import printable

EXPORT_EXAMPLES = examples(
    "cg3d-search export library --to parquet --out library.parquet",
    "cg3d-search export library --to qdrant --out http://localhost:6333#scans",
    "cg3d-search export library --to lance --out s3://bucket/scans.lance",
)
_FORMS = ("parquet", "lance", "qdrant")


def export_command(
    library: Annotated[Path, typer.Argument(metavar="LIBRARY", help="Folder of the library.")],
    form: Annotated[str, typer.Option("--to", metavar="|".join(_FORMS), help="What to write.")],
    out: Annotated[
        str,
        typer.Option(
            metavar="TARGET",
            help="A new file (parquet), a folder or URL (lance), a server's URL or a folder, and #COLLECTION (qdrant).",
        ),
    ],
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Write all rows of a library, vectors included, for another engine; rows with errors stay here."""
    from cg3d_runtime.library import Library
    from cg3d_runtime.library.export import export_to
    from cg3d_runtime.search.progress import Progress

    with interruptible(), Library.open(library) as opened:
        progress = Progress("cg3d-search", len(opened))
        rows = export_to(form, opened, out, lambda done: progress.update(done, done))
        progress.clear()
    facts = {"library": str(library), "to": form, "out": out, "rows": rows}
    typer.echo(json.dumps(facts) if as_json else printable(f"{out}: {rows:,} rows"))
