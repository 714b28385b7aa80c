"""`cg3d data`: pack training data and look at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

data_app = typer.Typer(no_args_is_help=True, help="Pack training data into shards, and look at it.")


@data_app.command("pack")
def pack_command(
    source: Annotated[
        str, typer.Argument(help="objects: a .csv table or a folder; parametric: the number of objects a category.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write; a started one is finished.")],
    format: Annotated[str, typer.Option(help="How to read SOURCE: objects or parametric.")] = "objects",
    points: Annotated[int, typer.Option(min=16, help="Points an object.")] = 4096,
    views: Annotated[int, typer.Option(min=1, help="Pictures an object.")] = 6,
    image_size: Annotated[int, typer.Option(min=16, help="Width and height of the pictures, pixels.")] = 224,
    shard_size: Annotated[int, typer.Option(min=1, help="Objects a shard.")] = 64,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. (default: one a processor)")] = None,
) -> None:
    """Turn objects into shards of points, pictures and captions."""
    from cg3d.data.pack import pack
    from cg3d.data.samples import SampleSpec

    spec = SampleSpec(points=points, views=views, image_size=image_size, drawn_points=4 * points)
    with _progress() as report:
        dataset = pack(source, format, out, spec, shard_size, workers, report)
    typer.echo(f"{out}: {len(dataset)} objects, {len(dataset.labels)} labels, {len(dataset.index['shards'])} shards")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr for people at a terminal, one line a shard for everyone else."""
    from rich.console import Console
    from rich.progress import Progress

    if not sys.stderr.isatty():
        yield lambda done, total: typer.echo(f"packed {done} of {total}", err=True)
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("packing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@data_app.command("join")
def join_command(
    sources: Annotated[list[Path], typer.Argument(help="Folders of packed data.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
) -> None:
    """Make one data set of several; nothing is packed again."""
    from cg3d.data.join import join

    dataset = join(sources, out)
    typer.echo(f"{out}: {len(dataset)} objects, {len(dataset.labels)} labels, {len(dataset.index['shards'])} shards")


@data_app.command("show")
def show_command(
    data: Annotated[Path, typer.Argument(help="Folder of packed data.")],
    sheet: Annotated[Path | None, typer.Option(help="Also write a contact sheet: a PNG.")] = None,
    objects: Annotated[int, typer.Option(min=1, help="Objects on the sheet.")] = 64,
) -> None:
    """Count what packed data holds, and draw a contact sheet of it."""
    from cg3d.data.shards import Dataset

    dataset = Dataset.open(data)
    for label, count in sorted(dataset.index["labels"].items(), key=lambda entry: -entry[1]):
        typer.echo(f"{count:6d}  {label}")
    typer.echo(f"{len(dataset):6d}  objects of {len(dataset.labels)} labels")
    if sheet is not None:
        from cg3d.data.contact_sheet import contact_sheet

        contact_sheet(dataset, objects).save(sheet)
        typer.echo(f"{sheet}: {min(objects, len(dataset))} objects")
