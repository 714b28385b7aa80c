"""`cg3d-search build` and `cg3d-search add`: scans into a library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import Printer, print_line
from cg3d_runtime.commands.process import interruptible
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import Cg3dError, printable, shortened

if TYPE_CHECKING:
    from cg3d_runtime.library import Entry, LibraryWriter
    from cg3d_runtime.library.scans import Intake, Tally
    from cg3d_runtime.library.tables import Table
    from cg3d_runtime.recognizer import Recognizer

PROGRAM = "cg3d-search"
BUILD_EXAMPLES = examples(
    "cg3d-search build library scans/",
    "cg3d-search build library scans/ --labels labels.txt --table what-is-known.csv",
    "cg3d-search build library inbox/ --watch",
)
ADD_EXAMPLES = examples("cg3d-search add library new-scans/", "find . -name '*.ply' | cg3d-search add library -")

Folder = Annotated[Path, typer.Argument(metavar="LIBRARY", help="Folder of the library.")]
Scans = Annotated[
    list[str],
    typer.Argument(metavar="SCAN...", help="Scan files, folders with all below them, or - for names on stdin."),
]
GivenLabels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="FILE|WORD,WORD",
        help="Fill the column label with the best of these, also of scans that are there: a file of one label a line, or "
        "words joined by commas. "
        "(default: no labels)",
    ),
]
GivenTable = Annotated[
    Path | None,
    typer.Option(
        "--table", metavar="CSV", help="Columns of your own: a first line of names, one of them path, file or id."
    ),
]
Retry = Annotated[
    bool, typer.Option("--retry", help="Try scans again that could not be read, though they are unchanged.")
]
Watched = Annotated[
    bool, typer.Option("--watch", help="Go on with what arrives in the folders, until Ctrl-C or SIGTERM.")
]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, help="Processes that read scans ahead. (default: one a core for 100 scans or more)"
    ),
]
_MANY = 100  # scans that are worth the start of processes
_WORDS = {
    "embedded": "embedded",
    "reused": "taken over",
    "relabelled": "labelled anew",
    "unchanged": "unchanged",
    "failed": "with errors",
    "changing": "left, as they changed meanwhile",
}


@dataclass(frozen=True)
class Wish:
    """What a command line of `build` or `add` asks for."""

    library: Path
    scans: list[str]
    create: bool
    labels: str | None
    table: Path | None
    up: str | None
    units: str | None
    retry: bool
    watch: bool
    prune: bool
    workers: int | None


@dataclass(frozen=True)
class Model:
    """What embeds, as `Recognizer.open` takes it."""

    bundle: Path | None
    backend: str
    precision: str
    threads: int | None
    public_key: Path | None
    size: bool
    colour: bool


def build_command(
    library: Folder,
    scans: Scans,
    labels: GivenLabels = None,
    table: GivenTable = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove the scans that are no more where they were.")] = False,
    retry: Retry = False,
    watch: Watched = False,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    up: options.UpDirection = None,
    units: options.Units = None,
    size: options.Size = True,
    colour: options.Colour = True,
    threads: options.Threads = None,
    workers: Workers = None,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Make a library of scans, or bring it up to date.

    Scans that it holds and that have not changed are left alone, so a build that was ended goes on where it stopped. A scan
    that cannot be read becomes a row with an error. Exit status 0: all scans are in; 1: some have errors; 2: nothing could
    start.
    """
    wish = Wish(library, scans, True, labels, table, up, units, retry, watch, prune, workers)
    _take_in(wish, Model(bundle, backend, precision, threads, public_key, size, colour), as_json, debug)


def add_command(
    library: Folder,
    scans: Scans,
    labels: GivenLabels = None,
    table: GivenTable = None,
    retry: Retry = False,
    watch: Watched = False,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    up: options.UpDirection = None,
    units: options.Units = None,
    size: options.Size = True,
    colour: options.Colour = True,
    threads: options.Threads = None,
    workers: Workers = None,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Add scans to a library that is there.

    As build, but no library is made. Exit status 0: all scans are in; 1: some have errors; 2: nothing could start.
    """
    wish = Wish(library, scans, False, labels, table, up, units, retry, watch, False, workers)
    _take_in(wish, Model(bundle, backend, precision, threads, public_key, size, colour), as_json, debug)


def _take_in(wish: Wish, model: Model, as_json: bool, debug: bool) -> None:
    from cg3d_runtime.library import LibraryWriter, Space
    from cg3d_runtime.library.tables import read_table

    printer = Printer(PROGRAM, as_json, debug)
    paths, table = _paths(wish), read_table(wish.table) if wish.table else None
    workers = _workers(wish, None if paths is None else len(paths))
    recognizer = _opened(wish, model, workers)
    ended, tally = False, None
    with (
        interruptible(),
        recognizer,
        LibraryWriter.open(wish.library, Space.of(recognizer.bundle), create=wish.create) as writer,
    ):
        try:
            tally = _run(wish, paths, workers, _intake(wish, writer, recognizer, table), printer)
        except KeyboardInterrupt:
            ended = not wish.watch  # which ends in no other way
        _finish(wish, writer, printer, tally, as_json, ended)
    raise typer.Exit(1 if ended or printer.failures else 0)


def _opened(wish: Wish, model: Model, workers: int) -> Recognizer:
    from cg3d_runtime.infer.labels import given_labels
    from cg3d_runtime.recognizer import Recognizer

    return Recognizer.open(
        given_labels(wish.labels, wish.scans) if wish.labels else _any_labels(model),
        model.bundle,
        backend=model.backend,
        precision=model.precision,
        threads=model.threads or (1 if workers else None),
        spin=not workers,
        size=model.size,
        colour=model.colour,
        public_key=model.public_key,
    )


def _any_labels(model: Model) -> list[str] | None:
    """Something to open a recogniser with that is to embed alone: a bundle need not hold everyday names."""
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.bundle.manifest import LABELS, RIVALS

    files = Bundle.open(model.bundle, model.public_key).manifest.files
    return None if RIVALS in files or LABELS in files else ["thing"]


def _paths(wish: Wish) -> list[str] | None:
    """The files, or None where they come as time goes on."""
    from cg3d_runtime.commands.scan_files import is_folder
    from cg3d_runtime.library.scans import scan_paths

    if wish.watch:
        if others := [scan for scan in wish.scans if not is_folder(scan)]:
            raise typer.BadParameter(f"--watch takes folders only; {others[0]!r} is none, or cannot be looked at.")
        return None
    if wish.scans == ["-"]:
        return None
    if "-" in wish.scans:
        raise typer.BadParameter("- takes the names on stdin and stands alone.")
    paths = list(scan_paths(wish.scans))
    if not paths:
        raise typer.BadParameter(f"no scans in {', '.join(map(shortened, wish.scans))}.")
    return paths


def _arriving(wish: Wish) -> Iterator[str]:
    import os

    if not wish.watch:
        from cg3d_runtime.commands.stdin_names import names_on_stdin

        for name in names_on_stdin():
            yield os.path.abspath(name)  # noqa: PTH100 - links are not to be followed
        return
    from cg3d_runtime.infer.watch import watch
    from cg3d_runtime.streams.journal import journal_directory, left_unread

    journal = journal_directory()
    folders = [Path(scan).absolute() for scan in wish.scans]
    yield from watch(folders, leave=left_unread(journal) if journal else {})


def _workers(wish: Wish, count: int | None) -> int:
    from cg3d_runtime.streams.stream import MOST_WORKERS, cores

    if wish.workers is not None:
        return wish.workers
    return min(cores(), MOST_WORKERS) if count is not None and count >= _MANY and cores() > 1 else 0


def _intake(wish: Wish, writer: LibraryWriter, recognizer: Recognizer, table: Table | None) -> Intake:
    from cg3d_runtime.library.scans import COMMIT_ROWS, Intake

    rows = 1 if wish.watch else COMMIT_ROWS
    return Intake(writer, recognizer, table, wish.labels is not None, wish.retry, rows)


def _run(wish: Wish, paths: list[str] | None, workers: int, intake: Intake, printer: Printer) -> Tally:
    from cg3d_runtime.search.progress import Progress
    from cg3d_runtime.streams.journal import journal_directory

    progress = Progress(PROGRAM, None if paths is None else len(paths))

    def tell(tally: Tally, entry: Entry | None) -> None:
        if entry and entry.error:
            progress.clear()
            printer.failed(entry.path, Cg3dError(entry.error))
        progress.update(tally.done, tally.done - tally.counts.get("unchanged", 0))

    journal = journal_directory() if wish.watch else None
    try:
        intake.take_in(
            _arriving(wish) if paths is None else paths,
            tell,
            up=wish.up,
            units=wish.units,
            workers=workers,
            journal=journal,
        )
    finally:
        progress.clear()
    return intake.tally


def _finish(
    wish: Wish, writer: LibraryWriter, printer: Printer, tally: Tally | None, as_json: bool, ended: bool
) -> None:
    """Bring the index up to date, and say what is in the library now."""
    removed = _pruned(wish, writer) if wish.prune and not ended else 0
    if not ended:
        writer.tidy()
        try:
            writer.refresh_index()
        except Cg3dError as error:  # it is searched without one
            printer.note(f"{PROGRAM}: {error}")
    counts = {**(tally.counts if tally else {}), **({"removed": removed} if removed else {})}
    if as_json:
        typer.echo(json.dumps({"library": str(wish.library), "rows": len(writer), **counts}))
        return
    told = [f"{count:,} {_WORDS.get(what, what)}" for what, count in counts.items()]
    typer.echo(printable(f"{wish.library}: {len(writer):,} scans{'; ' if told else ''}{', '.join(told)}"))
    if ended:
        print_line(f"{PROGRAM}: ended before all scans were in; the same command goes on from here.")


def _pruned(wish: Wish, writer: LibraryWriter) -> int:
    """Remove the rows of files that are gone from the folders that were named."""
    import os

    from cg3d_runtime.library import Library

    roots = [os.path.join(os.path.abspath(scan), "") for scan in wish.scans]  # noqa: PTH100, PTH118
    with Library.open(wish.library) as library:
        gone = []
        for row in library.rows(("id", "path")):
            path = str(row["path"])
            if any(path.startswith(root) for root in roots) and not os.path.lexists(path):
                gone.append(str(row["id"]))
    return writer.remove(gone)
