"""`cg3d-detect`: find and name the objects of a scene from the command line.

Answers go to stdout, everything else to stderr. Exit 0: every scene was answered; 1: some were not; 2: nothing could start.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.process import begin, run
from cg3d_runtime.commands.program import SETTINGS, Command, examples

if TYPE_CHECKING:
    pass

PROGRAM = "cg3d-detect"
EXAMPLES = examples(
    "cg3d-detect table.ply --labels mug,bowl,bottle",
    "cg3d-detect --depth depth.png --intrinsics 615,615,320,240 --labels labels.txt --json",
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
        typer.Argument(metavar="[SCENE]...", help="Scene files, folders of them, or - for names on stdin."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|WORD,WORD|-",
            help="What to choose from: a file of one label a line, words joined by commas, or - for a list on stdin. "
            "(default: everyday things)",
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
    mask: options.Mask = None,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="How many labels of an object to report.")] = 5,
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

    Answers go to stdout, everything else to stderr; with --json, one JSON object a line. Exit status 0: every scene was
    answered; 1: some were not; 2: nothing could start.
    """
