"""`cg3d-detect`: find and name the objects of a scene from the command line.

Answers go to stdout, everything else to stderr. Exit 0: every scene was answered; 1: some were not; 2: nothing could start.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d_runtime.choices import METRES
from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import Printer, show_warnings
from cg3d_runtime.commands.process import begin, interruptible, run
from cg3d_runtime.commands.program import SETTINGS, Command, examples
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.infer.bags import Given
from cg3d_runtime.infer.inputs import depth_images, given_scans
from cg3d_runtime.infer.labels import given_labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from cg3d_runtime.detect.outputs import Outputs
    from cg3d_runtime.preparation.scan import Scan
    from cg3d_runtime.scenes.scene import Scene

PROGRAM = "cg3d-detect"
EXAMPLES = examples(
    "cg3d-detect table.ply --labels mug,bowl,bottle",
    "cg3d-detect --depth depth.png --intrinsics 615,615,320,240 --labels labels.txt --json",
    'cg3d-detect table.ply --find "the mug next to the laptop"',
    "cg3d-detect drive.mcap --topic /points --every 1.0 --json",
    "cg3d-detect room.ply --labels labels.txt --save-ply found.ply",
)
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run `cg3d-detect` on the arguments of this process."""
    begin()
    run(app, PROGRAM)


@app.command(PROGRAM, cls=Command, context_settings=SETTINGS, epilog=EXAMPLES)
def detect(
    scenes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENE]...", help="Scene files, bags, folders of them, or - for names on stdin."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|WORD,WORD|-",
            help="What to choose from: a file of one label a line, words joined by commas, or - for a list on stdin. "
            "(default: everyday things)",
        ),
    ] = None,
    find: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS", help='What to look for, such as "the mug next to the laptop" or "the largest box".'
        ),
    ] = None,
    bundle: options.Bundle = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    up: options.UpDirection = None,
    units: Annotated[
        str,
        typer.Option(
            metavar="|".join(METRES),
            callback=options.check_units,
            help="The scenes' unit. Depth images have their own.",
        ),
    ] = "m",
    depth: options.Depth = None,
    intrinsics: options.Intrinsics = None,
    depth_scale: options.DepthScale = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names the objects that it numbers, 1 to N, instead of finding them: an image for --depth, else .npy of one "
            "number a point.",
        ),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many labels of an object to report.")] = 5,
    unknown: options.Unknown = None,
    size: options.Size = True,
    colour: options.Colour = True,
    recursive: options.Recursive = False,
    topic: options.Topic = None,
    every: options.Every = None,
    watch: options.Watch = False,
    view: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="Write a page on which every scene can be turned, with boxes and names."),
    ] = None,
    save_image: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Write a picture of the scenes with boxes and names, for a report."),
    ] = None,
    save_ply: Annotated[
        Path | None, typer.Option(metavar="PLY", help="Write the points of the scene, coloured by object.")
    ] = None,
    save_segments: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write SCENE.segments.npy there: of every point its object.")
    ] = None,
    threads: options.Threads = None,
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
    version: options.Version = False,
) -> None:
    """Find and name the objects of 3D scenes with your own words.

    Every scene by itself: objects are not followed from one to the next. Answers go to stdout, everything else to stderr; with
    --json, one JSON object a line. Exit status 0: every scene was answered; 1: some were not; 2: nothing could start.
    """
    from cg3d_runtime.detect.outputs import Outputs
    from cg3d_runtime.recognizer import Recognizer

    printer = Printer(PROGRAM, as_json, debug)
    show_warnings(PROGRAM)
    given, count = given_scans(
        Given(scenes or [], recursive, topic, every), watch, depth_images(depth or [], intrinsics, depth_scale, None)
    )
    if mask and count != 1:
        raise typer.BadParameter(f"--mask goes with one scene, got {'a stream' if count is None else count}.")
    outputs = Outputs(save_ply, save_segments, view, save_image, count)
    if find is not None:
        from cg3d_runtime.scenes import parse

        parse(find)  # what cannot be understood is told before the model is opened
    recognizer = Recognizer.open(
        labels=given_labels(labels, scenes or []),
        bundle=bundle,
        backend=backend,
        precision=precision,
        threads=threads,
        unknown=unknown,
        size=size,
        colour=colour,
        public_key=public_key,
        warm_up=count is None,
    )
    ask = partial(
        recognizer.detect, find=find, up=up, units=units, top=top, instances=mask, keep_cloud=outputs.need_points
    )
    status = 0
    with interruptible(), recognizer, printer:
        printer.expect(count)
        try:
            for scan in given:
                _answer(scan, ask, printer, outputs)
        except Cg3dError as error:  # of no single scene: names that cannot be read
            status = 1 if printer.shown else 2
            printer.fail(error)
        except KeyboardInterrupt:
            status = 0 if watch else 1  # a watch ends in no other way
        try:
            outputs.write()
        except Cg3dError as error:
            printer.fail(error)
    raise typer.Exit(status or (1 if printer.failures else 0))


def _answer(scan: Scan, ask: Callable[[Scan], Scene], printer: Printer, outputs: Outputs) -> None:
    """Answer one scene, or tell what is wrong with it; then go on with the next."""
    from cg3d_runtime.preparation.scan import file_of, name_of

    name, steps = name_of(scan) or "scene", getattr(scan, "messages", 1)
    try:
        scene = ask(scan)
    except Cg3dError as error:
        outputs.fail(name, str(error))
        printer.failed(file_of(scan), error, steps)
        return
    printer.answer(scene, steps)
    try:
        outputs.add(name, scene)
    except Cg3dError as error:
        printer.fail(error)
