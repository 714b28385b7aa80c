"""`cg3d-search query`: what is nearest to words, a scan, a picture, or a mixture of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import print_line
from cg3d_runtime.commands.process import interruptible, without_collection
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import LibraryError, shortened

if TYPE_CHECKING:
    from cg3d_runtime.library import Hit, Library
    from cg3d_runtime.library.queries import Part, Query
    from cg3d_runtime.library.query_encoder import QueryEncoder

PROGRAM = "cg3d-search"
QUERY_EXAMPLES = examples(
    'cg3d-search query library "a red mug"',
    "cg3d-search query library chair.ply --where \"size < 0.3 and label == 'chair'\"",
    'cg3d-search query library chair.ply "an armchair" --weights 1,0.5',
    "cg3d-search query library photo.jpg --json",
    "cg3d-search query library --like /scans/mug.ply --view hits.html",
)
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")


def query_command(
    library: Annotated[Path, typer.Argument(metavar="LIBRARY", help="Folder of the library.")],
    queries: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY]...", help="Words, a scan file or a picture; several are mixed into one."),
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", metavar="WORDS", help="Words, also where they look like a file.")
    ] = None,
    scan: Annotated[list[str] | None, typer.Option("--scan", metavar="FILE", help="A scan, whatever its name.")] = None,
    image: Annotated[
        list[str] | None, typer.Option("--image", metavar="FILE", help="A picture, whatever its name.")
    ] = None,
    like: Annotated[
        list[str] | None,
        typer.Option("--like", metavar="ID", help="A row of the library, which is then no hit itself."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="Of the parts of a mixture: of the QUERYs, then of --text, --scan, --image and --like; below 0 leads away.",
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(metavar="FILTER", help="Only rows that meet it, such as \"size < 0.3 and label == 'mug'\"."),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many hits to report.")] = 10,
    least: Annotated[
        float | None, typer.Option("--min-score", metavar="S", min=0, max=1, help="Leave out hits with a lower score.")
    ] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Look at every row, though there is an index.")] = False,
    view: Annotated[
        Path | None, typer.Option(metavar="HTML", help="Write a page on which every hit can be turned.")
    ] = None,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    up: options.UpDirection = None,
    threads: options.Threads = None,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Find the scans that are nearest to words, to a scan, to a picture, or to a mixture of them.

    With --json, one object a hit. Scores lie between 0 and 1 and mean the same for all kinds of queries; cosines do not. Exit
    status 0: the library was searched, also where nothing was found; 2: it could not be.
    """
    with without_collection():
        parts = given_parts(queries or [], text or [], scan or [], image or [], like or [], weights)
        _check_page(view)
        embedding = _encoder(bool(view), parts, bundle, backend, precision, threads, public_key)
        with interruptible(), embedding as encoder:
            from cg3d_runtime.library import Library
            from cg3d_runtime.library.queries import embedded

            with Library.open(library, encoder.space if encoder else None) as found_in:
                query = embedded(parts, found_in, encoder, up)
                hits = _hits(found_in, query, top, where, exact, like or [], least)
                _print(hits, as_json, where)
                if hint := colour_hint(parts, where):
                    print_line(f"{PROGRAM}: {hint}")
                if view:
                    from cg3d_runtime.search.page import write_page

                    write_page(view, _title(parts), hits, up)


@contextmanager
def _encoder(
    has_page: bool,
    parts: Sequence[Part],
    bundle: Path | None,
    backend: str,
    precision: str,
    threads: int | None,
    public_key: Path | None,
) -> Iterator[QueryEncoder | None]:
    """What embeds the parts, with words begun; None where a library's own rows need no model."""
    if not has_page and all(part.kind == "row" for part in parts):
        yield None
        return
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.library.query_encoder import QueryEncoder

    encoder = QueryEncoder(Bundle.open(bundle, public_key), backend, precision, threads)
    with encoder.begun([part.what for part in parts if part.kind == "text"]):
        yield encoder


def given_parts(
    queries: Sequence[str],
    text: Sequence[str],
    scan: Sequence[str],
    image: Sequence[str],
    like: Sequence[str],
    weights: str | None,
) -> list[Part]:
    """The parts of a query as a command line names them.

    Raises:
        BadParameter: none, weights that are no numbers, or a file that is not there.
        LibraryError: not one weight for each part.
    """
    from cg3d_runtime.library.queries import ROW, weighted
    from cg3d_runtime.library.scores import IMAGE, SCAN, TEXT

    named = [(_kind_of(query), query) for query in queries]
    for kind, given in ((TEXT, text), (SCAN, scan), (IMAGE, image), (ROW, like)):
        named += [(kind, each) for each in given]
    if not named:
        raise typer.BadParameter("say what to look for: words, a scan, a picture, or --like with the id of a row.")
    return weighted(named, _weights(weights))


def colour_hint(parts: Sequence[Part], where: str | None) -> str | None:
    """How to ask for the colour that words begin with; None where there is none, or `where` has one."""
    from cg3d_runtime.colours.usual import stated_colours
    from cg3d_runtime.library.rows import COLOUR

    words = [part.what for part in parts if part.kind == "text"]
    colours = next(filter(None, map(stated_colours, words)), ())
    if not colours or (where and COLOUR in where):
        return None
    wanted = f"{COLOUR} == '{colours[0]}'" if len(colours) == 1 else f"{COLOUR} in {colours}"
    return f'words are compared with shapes; for what is {" or ".join(colours)}, add --where "{wanted}".'


def _kind_of(query: str) -> str:
    """Whether an argument is words, a scan or a picture; what is named like a file must be one."""
    from cg3d_runtime.scans import SCAN_SUFFIXES

    suffix = Path(query).suffix.lower()
    kind = "image" if suffix in PICTURE_SUFFIXES else "scan" if suffix in SCAN_SUFFIXES else "text"
    if kind != "text" and not Path(query).exists():
        raise typer.BadParameter(f"{shortened(query)}: no such file; of words that look like one, write --text.")
    if kind == "text" and "/" in query and Path(query).exists():
        raise typer.BadParameter(
            f"{shortened(query)}: neither a scan nor a picture by its name; say --scan or --image."
        )
    return kind


def _weights(given: str | None) -> list[float] | None:
    try:
        return None if given is None else [float(word) for word in given.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"--weights takes numbers joined by commas, got {given!r:.60}.") from error


def _hits(
    library: Library, query: Query, top: int, where: str | None, exact: bool, like: Sequence[str], least: float | None
) -> list[Hit]:
    found = library.search(query.vector, top + len(like), where, exact=exact, kind=query.kind)[0]
    others = [hit for hit in found if hit.id not in like][:top]
    if least is None:
        return others
    if any(hit.score is None for hit in others):
        raise LibraryError(
            "--min-score: no scores were fitted for this library's bundle; cg3d-search calibrate does it, by a column of true "
            "names. Look at the cosines, or leave it out."
        )
    return [hit for hit in others if hit.score is not None and hit.score >= least]


def _print(hits: Sequence[Hit], as_json: bool, where: str | None) -> None:
    from cg3d_runtime.search.hits import to_json, to_table

    if as_json:
        for rank, hit in enumerate(hits, 1):
            typer.echo(json.dumps(to_json(rank, hit)))
    elif hits:
        typer.echo(to_table(hits))
    else:
        print_line(f"{PROGRAM}: nothing found{_other_colours(where or '')}.")


def _other_colours(where: str) -> str:
    """What colours are called, where a filter asks for one that only a table can have given, such as gray or Red."""
    from cg3d_runtime.colours.basic import TERMS
    from cg3d_runtime.library.rows import COLOUR

    is_odd = COLOUR in where and "'" in where.replace('"', "'") and not any(term in where for term in TERMS)
    return f"; unless a table says otherwise, colours are {', '.join(TERMS)}" if is_odd else ""


def _check_page(view: Path | None) -> None:
    if view:
        from cg3d_runtime.pictures.gallery import PAGE_SUFFIXES, check_picture_path

        check_picture_path(view, PAGE_SUFFIXES)


def _title(parts: Sequence[Part]) -> str:
    """A query in a few words."""
    return " + ".join((f"{part.weight:g} x " if part.weight != 1 else "") + shortened(part.what, 60) for part in parts)
