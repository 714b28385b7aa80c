"""`cg3d-infer`: name scans from the command line.

Answers go to stdout, everything else to stderr. Exit 0: every scan was answered; 1: some were not; 2: nothing could start, or
stdout is full.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cg3d_runtime._version import __version__
from cg3d_runtime.commands.printer import Printer, show_warnings
from cg3d_runtime.commands.process import interruptible, run
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.infer.inputs import depth_images, given_scans
from cg3d_runtime.infer.picture_files import PictureFiles

if TYPE_CHECKING:
    from cg3d_runtime.recognizer import Recognizer

MANY = 100  # scans that are worth the start of processes, which takes a few tenths of a second
UNITS = "mm|cm|m"
UP = "x|y|z|-x|-y|-z"  # as points.UP_AXES, which would bring numpy into --help

# Plain help and errors: rich would cost a tenth of a second at every start.
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-infer` on the arguments of this process."""
    run(app, "cg3d-infer")


def _check_up(up: str | None) -> str | None:
    if up is not None and up not in UP.split("|"):
        raise typer.BadParameter(f"{up!r} is no axis; choose one of {UP}.")
    return up


def _check_units(units: str) -> str:
    if units not in UNITS.split("|"):
        raise typer.BadParameter(f"{units!r} is no unit; choose one of {UNITS}.")
    return units


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cg3d-infer {__version__}")
        raise typer.Exit


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def infer(
    scans: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCAN...]", help="Scan files, folders of them, or - for names on stdin."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The words to choose from, one a line. Needed, but where the model has its own."
        ),
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The model. (default: CG3D_BUNDLE, else the one that ships)")
    ] = None,
    backend: Annotated[
        str, typer.Option(metavar="auto|cpu|cuda|tensorrt", help="Where to run; by name: there or not at all.")
    ] = "auto",
    precision: Annotated[str, typer.Option(metavar="auto|fp32|fp16|int8", help="Of the point encoder.")] = "auto",
    up: Annotated[
        str | None,
        typer.Option(metavar=UP, callback=_check_up, help="The scans' upward axis. (default: y for GLB, else z)"),
    ] = None,
    units: Annotated[
        str,
        typer.Option(metavar=UNITS, callback=_check_units, help="The scans' unit; an odd size in it gets a note."),
    ] = "m",
    depth: Annotated[
        list[Path] | None, typer.Option(metavar="IMAGE", help="A depth image as a scan; needs --intrinsics.")
    ] = None,
    intrinsics: Annotated[
        str | None, typer.Option(metavar="FX,FY,CX,CY", help="Of the depth image, in its pixels.")
    ] = None,
    depth_scale: Annotated[
        float | None, typer.Option(metavar="S", help="Depth units a metre. (default: 1000 for integers, 1 for floats)")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(metavar="IMAGE", help="Non-zero where the object is in the depth image.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", min=1, help="How many labels to report.")] = 5,
    unknown: Annotated[
        bool | None,
        typer.Option("--unknown/--no-unknown", help="Tell when no label fits. (default: where the model can)"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep answering what arrives in the folders, until Ctrl-C or SIGTERM.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option(metavar="T", min=1, help="CPU threads of the model. (default: all cores)")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="W",
            min=0,
            help="Processes that read scans ahead. (default: one a core for 100 scans or more)",
        ),
    ] = None,
    cuda_graph: Annotated[
        bool, typer.Option("--cuda-graph", help="With TensorRT: launch the model as one CUDA graph.")
    ] = False,
    public_key: Annotated[
        Path | None,
        typer.Option("--require-signature", metavar="KEY", help="Run only what the owner of this public key signed."),
    ] = None,
    view: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="Write a page on which every scan can be turned, with its answer."),
    ] = None,
    save_image: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write a picture of the scans with their answers, for a report.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Name 3D scans with your own words."""
    from cg3d_runtime.recognizer import Recognizer

    printer = Printer(as_json, debug)
    show_warnings("cg3d-infer")
    journal = _journal() if watch else None
    given, count = given_scans(scans or [], watch, depth_images(depth or [], intrinsics, depth_scale, mask), journal)
    work = _plan(count, workers, threads)
    try:
        pictures = PictureFiles(view, save_image)
        recognizer = Recognizer.open(
            labels,
            bundle,
            backend=backend,
            precision=precision,
            threads=work.threads,
            spin=work.spin,
            unknown=unknown,
            public_key=public_key,
            cuda_graph=cuda_graph,
            warm_up=count is None,  # what waits for scans can be warm when they come
        )
    except Cg3dError as error:
        printer.fail(error)
        raise typer.Exit(2) from error
    answer_all = partial(
        recognizer.answer_all, up=up, units=units, top=top, keep_clouds=bool(pictures), journal=journal
    )
    status = 0
    with interruptible(), recognizer, printer:
        printer.note(_introduction(recognizer))
        printer.expect(count)
        try:
            with closing(answer_all(given, workers=work.workers)) as outcomes:
                for outcome in outcomes:
                    printer.show(outcome)
                    pictures.add(outcome)
        except Cg3dError as error:  # of no single scan: names that cannot be read, processes that cannot start
            status = 1 if printer.shown else 2
            printer.fail(error)
        except KeyboardInterrupt:
            status = 0 if watch else 1  # a watch ends in no other way
        try:
            pictures.write()
        except Cg3dError as error:
            printer.fail(error)
    raise typer.Exit(status or (1 if printer.failures else 0))


def _journal() -> Path | None:
    from cg3d_runtime.streams.journal import journal_directory

    return journal_directory()


class _Plan(NamedTuple):
    """How the cores are shared between reading and preparing scans, and encoding them."""

    workers: int
    threads: int | None
    spin: bool


def _plan(count: int | None, workers: int | None, threads: int | None) -> _Plan:
    """A few scans are answered as fast as can be, one by one; many as many a second as can be.

    On two cores, with the model that ships, two processes that prepare gave 137 scans a second, a thread that prepares beside
    an encoder of one thread 84, and one scan at a time 78. With PointMLP-Elite, ten times as slow, it was 44, 48 and 32.
    """
    from cg3d_runtime.streams.stream import MOST_WORKERS, cores

    many = count is not None and count >= MANY
    if many and cores() == 1:
        return _Plan(workers or 0, threads or 1, spin=False)
    if workers is None:
        workers = min(cores(), MOST_WORKERS) if many else 0
    return _Plan(workers, threads, spin=not many)


def _introduction(recognizer: Recognizer) -> str:
    """What really runs."""
    from cg3d_runtime.bundle.manifest import LABELS

    backend, name = recognizer.backend, recognizer.bundle.manifest.name
    fixed = "fixed " if LABELS in recognizer.bundle.manifest.files else ""
    return f"cg3d-infer: {name} on {backend.name}, {backend.precision}, {len(recognizer.labels)} {fixed}labels"
