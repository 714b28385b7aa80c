"""`cg3d-infer`: name scans from the command line.

Answers go to stdout, everything else to stderr. Exit 0: every scan was answered; 1: some were not; 2: nothing could start, or
stdout is full.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import Printer, show_warnings
from cg3d_runtime.commands.process import begin, interruptible, run
from cg3d_runtime.commands.program import SETTINGS, Command, examples
from cg3d_runtime.errors import Cg3dError, shortened
from cg3d_runtime.infer.bags import Given
from cg3d_runtime.infer.inputs import depth_images, given_scans
from cg3d_runtime.infer.labels import given_labels
from cg3d_runtime.infer.picture_files import PictureFiles

if TYPE_CHECKING:
    from cg3d_runtime.recognizer import Recognizer
    from cg3d_runtime.streams.stream import Outcome

MOST_NOTES = 10  # of labels, on stderr; JSON has all that matter to an answer
MANY = 100  # scans that are worth the start of processes, which takes a few tenths of a second
EXAMPLES = examples(
    "cg3d-infer scan.ply",
    "cg3d-infer scan.ply --labels mug,bowl,plate",
    "cg3d-infer scans/ --labels labels.txt --bundle bundles/robot --json",
    "cg3d-infer drive.mcap --topic /points --every 1.0 --json",
    "cg3d-infer --depth depth.png --intrinsics 615,615,320,240 --labels labels.txt",
)

# Plain help and errors: rich would cost a tenth of a second at every start.
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-infer` on the arguments of this process."""
    begin()
    run(app, "cg3d-infer")


@app.command("cg3d-infer", cls=Command, context_settings=SETTINGS, epilog=EXAMPLES)
def infer(
    scans: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCAN]...", help="Scan files, bags, folders of them, or - for names on stdin."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|WORD,WORD|-",
            help="What to choose from: a file of one label a line, words joined by commas, or - for a list on stdin. "
            "(default: everyday things, or the labels that the model learned)",
        ),
    ] = None,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    up: options.UpDirection = None,
    units: options.Units = None,
    depth: options.Depth = None,
    intrinsics: options.Intrinsics = None,
    depth_scale: options.DepthScale = None,
    mask: Annotated[
        Path | None, typer.Option(metavar="IMAGE", help="Non-zero where the object is in the depth image.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many labels to report.")] = 5,
    unknown: options.Unknown = None,
    size: options.Size = True,
    colour: options.Colour = True,
    recursive: options.Recursive = False,
    topic: options.Topic = None,
    every: options.Every = None,
    turns: options.Turns = 1,
    watch: options.Watch = False,
    view: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="Write a page on which every scan can be turned, with its answer."),
    ] = None,
    save_image: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write a picture of the scans with their answers, for a report.")
    ] = None,
    threads: options.Threads = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Processes that read scans ahead. (default: one a core for 100 scans or more)",
        ),
    ] = None,
    cuda_graph: Annotated[
        bool, typer.Option("--cuda-graph", help="With TensorRT: launch the model as one CUDA graph.")
    ] = False,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
    version: options.Version = False,
) -> None:
    """Name 3D scans with your own words.

    Answers go to stdout, everything else to stderr; with --json, one JSON object a line. Exit status 0: every scan was
    answered; 1: some were not; 2: nothing could start.
    """
    from cg3d_runtime.recognizer import Recognizer

    printer = Printer("cg3d-infer", as_json, debug)
    show_warnings("cg3d-infer")
    journal = _journal() if watch else None
    given, count = given_scans(
        Given(scans or [], recursive, topic, every),
        watch,
        depth_images(depth or [], intrinsics, depth_scale, mask),
        journal,
    )
    work = _plan(count, workers, threads)
    pictures = PictureFiles(view, save_image)
    recognizer = Recognizer.open(
        labels=given_labels(labels, scans or []),
        bundle=bundle,
        backend=backend,
        precision=precision,
        threads=work.threads,
        spin=work.spin,
        unknown=unknown,
        size=size,
        colour=colour,
        turns=turns,
        public_key=public_key,
        cuda_graph=cuda_graph,
        warm_up=count is None,  # what waits for scans can be warm when they come
    )
    answer_all = partial(
        recognizer.answer_all, up=up, units=units, top=top, keep_clouds=bool(pictures), journal=journal
    )
    status = 0
    with interruptible(), recognizer, printer:
        printer.note(_introduction(recognizer))
        for name, note in islice(recognizer.label_notes.items(), MOST_NOTES):
            printer.note(f"cg3d-infer: label {shortened(name)}: {note}")
        printer.expect(count)
        try:
            with closing(answer_all(given, workers=work.workers)) as outcomes:
                for outcome in outcomes:
                    _show(outcome, printer)
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


def _show(outcome: Outcome, printer: Printer) -> None:
    """The answer to one scan, or what is wrong with it."""
    steps = getattr(outcome.scan, "messages", 1)  # of a bag, of which some may be left out
    if outcome.answer:
        printer.answer(outcome.answer, steps)
    elif outcome.error:
        printer.failed(outcome.file, outcome.error, steps)


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
