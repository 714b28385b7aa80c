"""`cg3d-serve`: answer over HTTP.

Everything it says goes to stderr. Exit 0: it was stopped, and had answered what was asked before; 2: it could not start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import print_line, show_warnings
from cg3d_runtime.commands.process import begin, run
from cg3d_runtime.commands.program import SETTINGS, Command, examples
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.infer.labels import given_labels

PROGRAM = "cg3d-serve"
EXAMPLES = examples(
    "cg3d-serve --labels labels.txt",
    "cg3d-serve --labels mug,bowl,bottle --port 9000 --processes 2",
    "curl -F scan=@scan.ply http://127.0.0.1:8080/recognise",
)
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-serve` on the arguments of this process."""
    begin()
    run(app, PROGRAM)


@app.command(PROGRAM, cls=Command, context_settings=SETTINGS, epilog=EXAMPLES)
def serve(
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|WORD,WORD|-",
            help="What to choose from where a request says nothing else: a file of one label a line, words joined by commas, "
            "or - for a list on stdin. (default: everyday things, or the labels that the model learned)",
        ),
    ] = None,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; any but this machine's own is open to others.")
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name that requests may be sent to, beside localhost, ADDRESS and any address in numbers; several times "
            "for several.",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port to listen on; 0: any free one.")
    ] = 8080,
    library: Annotated[
        Path | None, typer.Option(metavar="LIBRARY", help="Of this bundle, for POST /search; see cg3d-search.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes that answer. (default: one a core, 8 at most)")
    ] = None,
    max_body: Annotated[
        int, typer.Option(metavar="MB", min=1, max=2048, help="The largest request, in megabytes of 1,000,000 bytes.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option(metavar="S", min=0.1, max=3600, help="Seconds from the head of a request to its answer.")
    ] = 30,
    max_in_flight: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Requests at the same time; others are told to come back. (default: 8 a process)"
        ),
    ] = None,
    unknown: options.Unknown = None,
    size: options.Size = True,
    colour: options.Colour = True,
    turns: options.Turns = 1,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="CPU threads of the model in one process. (default: cores by processes)"),
    ] = None,
    public_key: options.PublicKey = None,
    debug: options.Debug = False,
    version: options.Version = False,
) -> None:
    """Name 3D scans over HTTP: POST /recognise, /detect and /search, GET /health, /metrics and /openapi.json.

    Answers are those of cg3d-infer --json and cg3d-detect --json. On SIGTERM or Ctrl-C what was asked is answered, then it
    ends. Exit status 0: it was stopped so; 2: it could not start.
    """
    try:
        from cg3d_runtime.serve.answering import Model
        from cg3d_runtime.serve.hosts import allowed_names
        from cg3d_runtime.serve.limits import Limits
        from cg3d_runtime.serve.server import bind, is_loopback
        from cg3d_runtime.serve.server import serve as answer
    except ModuleNotFoundError as error:
        raise Cg3dError(f'serving needs {error.name}: pip install "cg3d-runtime[serve]".') from error
    from cg3d_runtime.streams.stream import MOST_WORKERS, cores

    show_warnings(PROGRAM)
    count = processes or min(cores(), MOST_WORKERS)
    model = Model(
        labels=given_labels(labels, []),
        bundle=bundle,
        backend=backend,
        precision=precision,
        threads=threads or max(1, cores() // count),
        unknown=unknown,
        size=size,
        colour=colour,
        turns=turns,
        public_key=public_key,
        library=library,
    )
    limits = Limits(body_bytes=max_body * 1_000_000, seconds=timeout, in_flight=max_in_flight or 8 * count)
    hosts = [host.lower(), *allowed_names(allow_host or [])]
    listener = bind(host, port)
    if not is_loopback(host):
        print_line(
            f"{PROGRAM}: {host} can be reached by others, without a password or encryption; see docs/serving.md."
        )
    with listener:
        answer(listener, model, count, limits, hosts, lambda line: print_line(f"{PROGRAM}: {line}"))
