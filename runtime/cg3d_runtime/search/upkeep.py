"""`cg3d-search remove`, `info`, `verify` and `compact`: what a library needs over the years."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import print_line
from cg3d_runtime.commands.process import interruptible
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import Cg3dError, printable

if TYPE_CHECKING:
    from cg3d_runtime.library import Library

PROGRAM = "cg3d-search"
REMOVE_EXAMPLES = examples(
    "cg3d-search remove library scans/old.ply",
    "cg3d-search remove library --where \"label == 'box' and size > 2\"",
    "cg3d-search remove library --missing",
)
INFO_EXAMPLES = examples("cg3d-search info library", "cg3d-search info library --json")
VERIFY_EXAMPLES = examples("cg3d-search verify library")
COMPACT_EXAMPLES = examples("cg3d-search compact library")

CALIBRATE_EXAMPLES = examples("cg3d-search calibrate library --by name")

Folder = Annotated[Path, typer.Argument(metavar="LIBRARY", help="Folder of the library.")]


def remove_command(
    library: Folder,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ID|FILE|FOLDER]...", help="Ids, scan files, or folders of them.")
    ] = None,
    where: Annotated[str | None, typer.Option(metavar="FILTER", help="Rows that meet it, as in query.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Rows whose scan file is no more where it was.")] = False,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Remove rows from a library; the scans themselves stay.

    What is named, what meets the filter and what is missing all go. Room is given back by compact. Exit status 0: done, also
    where nothing was there to remove; 2: nothing could start.
    """
    from cg3d_runtime.library import Library, LibraryWriter

    if not names and where is None and not missing:
        raise typer.BadParameter("say what to remove: ids, files or folders, --where or --missing.")
    with interruptible(), Library.open(library) as read:
        space = read.space
        with LibraryWriter.open(library, space, create=False) as writer, Library.open(library) as held:
            removed = writer.remove(_meant(held, names or [], where, missing))
            left = len(writer)
    if as_json:
        typer.echo(json.dumps({"library": str(library), "removed": removed, "rows": left}))
    else:
        typer.echo(printable(f"{library}: {removed:,} removed, {left:,} left"))


def info_command(library: Folder, as_json: options.AsJson = False, debug: options.Debug = False) -> None:
    """Tell what a library holds, and what it takes on the disk."""
    from cg3d_runtime.library import Library

    with Library.open(library) as opened:
        size = sum(path.stat().st_size for path in library.rglob("*") if path.is_file())
        facts = {
            "library": str(library),
            "bundle": opened.space.bundle,
            "space": opened.space.sha256,
            "dim": opened.space.dim,
            "scans": len(opened),
            "errors": opened.failed,
            "deleted": opened.deleted,
            "segments": opened.segments,
            "indexed": opened.indexed,
            "bytes": size,
            "columns": opened.columns,
        }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    columns = ", ".join(f"{name} ({kind})" for name, kind in opened.columns.items())
    lines = {
        "bundle": f"{facts['bundle']} ({opened.space.sha256[:12]}), {facts['dim']} numbers a row",
        "scans": f"{facts['scans']:,}, and {facts['errors']:,} with errors",
        "segments": f"{facts['segments']:,}, {facts['deleted']:,} deleted rows in them",
        "index": f"{facts['indexed']:,} rows" if facts["indexed"] else "none: every row is looked at",
        "size": f"{size / 1e6:,.2f} MB",
        "columns": columns or "none",
    }
    typer.echo("\n".join([printable(f"{library}"), *(f"  {name:<9} {line}" for name, line in lines.items())]))


def verify_command(library: Folder, as_json: options.AsJson = False, debug: options.Debug = False) -> None:
    """Read every byte of a library and compare it with what was written.

    Exit status 0: it is whole; 1: it is damaged; 2: it cannot be opened.
    """
    from cg3d_runtime.library.checking import faults

    found = 0
    with interruptible():
        for fault in faults(library):
            found += 1
            typer.echo(json.dumps({"library": str(library), "fault": fault}) if as_json else printable(fault))
    if not found:
        typer.echo(json.dumps({"library": str(library), "whole": True}) if as_json else printable(f"{library}: whole"))
    raise typer.Exit(1 if found else 0)


def compact_command(library: Folder, as_json: options.AsJson = False, debug: options.Debug = False) -> None:
    """Give back the room of what was removed, put small segments together, and bring the index up to date."""
    from cg3d_runtime.library import Library, LibraryWriter

    with (
        interruptible(),
        Library.open(library) as read,
        LibraryWriter.open(library, read.space, create=False) as writer,
    ):
        writer.compact()
        try:
            writer.refresh_index()
        except Cg3dError as error:  # it is searched without one
            print_line(f"{PROGRAM}: {error}")
        facts = {"library": str(library), "rows": len(writer), "segments": len(writer.manifest.segments)}
    typer.echo(
        json.dumps(facts)
        if as_json
        else printable(f"{library}: {facts['rows']:,} rows in {facts['segments']} segments")
    )


def calibrate_command(
    library: Folder,
    by: Annotated[str, typer.Option(metavar="COLUMN", help="The column that holds the true name of each scan.")],
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    threads: options.Threads = None,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Fit scores on scans whose names are known, so that a score is the share of such hits that are right.

    The model that ships has scores already, fitted on everyday objects; a library of other things, or of another bundle, gets
    its own. At least 100 scans need a name.
    """
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.labels.encoder import LabelEncoder
    from cg3d_runtime.labels.lists import Label
    from cg3d_runtime.library import Library, LibraryWriter, Space
    from cg3d_runtime.library.calibration import calibrated

    opened = Bundle.open(bundle, public_key)
    encoder = LabelEncoder(opened, backend, threads)
    space = Space.of(opened)
    with interruptible(), LibraryWriter.open(library, space, create=False) as writer, Library.open(library) as read:
        texts = (
            None
            if "text" not in opened.manifest.graphs
            else lambda names: encoder.embed([Label(n, (n,)) for n in names])
        )
        scores = calibrated(read, by, texts)
        writer.set_scores(scores)
    for kind, (slope, offset) in scores.items():
        half = -offset / slope  # the cosine that has the score 0.5
        facts = {"library": str(library), "kind": kind, "slope": round(slope, 4), "offset": round(offset, 4)}
        line = f"{kind} queries: score 0.5 at a cosine of {half:.2f}, 0.9 at {half + 2.197 / slope:.2f}"
        typer.echo(json.dumps(facts) if as_json else line)


def _meant(library: Library, names: list[str], where: str | None, missing: bool) -> list[str]:
    """The ids of what is to go.

    Raises:
        BadParameter: a name that means nothing in the library.
    """
    ids: dict[str, None] = {}
    for name in names:
        found = _named(library, name)
        if not found:
            print_line(f"{PROGRAM}: {name}: no row with this id, and no scan of it.")
        ids.update(dict.fromkeys(found))
    if where is not None:
        ids.update(dict.fromkeys(library.ids(where)))
    if missing:
        rows = library.rows(("id", "path"))
        ids.update((str(row["id"]), None) for row in rows if row["path"] and not os.path.lexists(str(row["path"])))
    return list(ids)


def _named(library: Library, name: str) -> list[str]:
    """The ids of a row of this id, of the scan of this path, or of all scans below it."""
    path = os.path.abspath(name)  # noqa: PTH100 - links are not to be followed
    if known := library.get([name]) or library.get([path]):
        return list(known)
    below = os.path.join(path, "")  # noqa: PTH118
    return [str(row["id"]) for row in library.rows(("id", "path")) if str(row["path"]).startswith(below)]
