"""`cg3d data`: pack training data and look at it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d.data.fetch import fetch
from cg3d.terminal import progress
from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.commands.options import Debug
from cg3d_runtime.commands.program import SETTINGS, Command, Group, examples

if TYPE_CHECKING:
    from cg3d.data.samples import SampleSpec, SourceObject

REASONS = 10  # of skipped objects that are printed
SHEET = Path("contact-sheet.png")

data_app = typer.Typer(
    cls=Group,
    context_settings=SETTINGS,
    help="Pack training data into shards, and look at it.",
    epilog=examples("cg3d data pack my_objects/ --out packed/", "cg3d data show packed/"),
    add_completion=False,
    rich_markup_mode=None,
)


DataOut = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write; a started one is finished.")]
Points = Annotated[int, typer.Option(metavar="N", min=16, help="Points an object.")]
Views = Annotated[int, typer.Option(metavar="N", min=1, help="Pictures an object.")]
ImageSize = Annotated[int, typer.Option(metavar="N", min=16, help="Width and height of the pictures, pixels.")]
Renderer = Annotated[str, typer.Option(metavar="torch|pytorch3d", help="What draws the pictures.")]
Device = Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where pictures are drawn.")]
ShardSize = Annotated[int, typer.Option(metavar="N", min=1, help="Objects a shard.")]
Workers = Annotated[int | None, typer.Option(metavar="N", min=1, help="Processes. (default: one a processor)")]


@data_app.command(
    "pack",
    cls=Command,
    epilog=examples(
        "cg3d data pack my_objects/ --out packed/",
        "cg3d data pack objects.csv --out packed/ --up y --skip-bad",
        "cg3d data pack modelnet40_normal_resampled/ --format modelnet40-txt --out modelnet40/",
    ),
)
def pack_command(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A folder or table in the layout that FORMAT names; see docs/data.md."),
    ],
    out: DataOut,
    format: Annotated[
        str, typer.Option(metavar="FORMAT", help="How to read SOURCE; `cg3d data formats` lists them.")
    ] = "objects",
    split: Annotated[
        str, typer.Option(metavar="train|val|test", help="Only this split of SOURCE. (default: all)")
    ] = "",
    up: Annotated[
        str,
        typer.Option(
            metavar="|".join(UP_AXES),
            help="Axis that points up in files that do not tell it, all but glTF; a table's column `up` wins. (default: z)",
        ),
    ] = "",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out objects that cannot be read; count and list them.")
    ] = False,
    points: Points = 4096,
    views: Views = 6,
    image_size: ImageSize = 224,
    renderer: Renderer = "torch",
    device: Device = "auto",
    shard_size: ShardSize = 64,
    workers: Workers = None,
    debug: Debug = False,
) -> None:
    """Turn objects into shards of points, pictures and captions."""
    from cg3d.data.pack import list_objects
    from cg3d.data.samples import SampleSpec
    from cg3d.data.up_axis import described_axes

    spec = SampleSpec(points, views, image_size, 4 * points, renderer)
    objects = list_objects(source, format, split, up)
    skipped = _pack(objects, out, spec, skip_bad, shard_size, workers, device)
    if axes := described_axes([each for each in objects if each.info.id not in skipped], up):
        typer.echo(axes, err=True)


@data_app.command(
    "synth",
    cls=Command,
    epilog=examples(
        "cg3d data synth 20 --out packed/", "cg3d data synth 5 --out mugs/ --categories mug,bowl --seed 1 --no-colour"
    ),
)
def synth_command(
    count: Annotated[int, typer.Argument(metavar="COUNT", min=1, help="Objects a category.")],
    out: DataOut,
    categories: Annotated[
        str, typer.Option(metavar="NAME,NAME,...", help="Only these. `cg3d data formats` lists them. (default: all)")
    ] = "",
    colour: Annotated[bool, typer.Option("--colour/--no-colour", help="Painted, or bare shapes.")] = True,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Another seed, other objects.")] = 0,
    points: Points = 4096,
    views: Views = 6,
    image_size: ImageSize = 224,
    renderer: Renderer = "torch",
    device: Device = "auto",
    shard_size: ShardSize = 64,
    workers: Workers = None,
    debug: Debug = False,
) -> None:
    """Make and pack built-in everyday objects. The same seed gives the same ones."""
    from cg3d.data.built_in import parametric_objects, split_names
    from cg3d.data.samples import SampleSpec

    objects = parametric_objects(count, seed, colour, split_names(categories))
    spec = SampleSpec(points, views, image_size, 4 * points, renderer)
    _pack(objects, out, spec, False, shard_size, workers, device)


@data_app.command(
    "unpickle",
    cls=Command,
    epilog=examples(
        "cg3d data unpickle downloaded/ --out plain/", "cg3d data unpickle modelnet40_test.dat --out plain/ --skip-bad"
    ),
)
def unpickle_command(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="A pickled file (.npy, .pkl, .dat), or a folder of them.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder for the .npz files; SOURCE itself puts each beside its original."),
    ],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Name and count files that cannot be converted, and go on.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Turn pickled arrays into plain ones. Nothing that a pickle names is run."""
    from cg3d.data.pickles.unpickle import ANNOUNCEMENT, unpickle

    typer.echo(ANNOUNCEMENT.format(source=source), err=True)
    with progress("converting", every=1000) as report:
        outcome = unpickle(source, out, skip_bad, report)
    typer.echo(f"{out}: {outcome}")


@data_app.command("formats", cls=Command, epilog=examples("cg3d data formats"))
def formats_command(debug: Debug = False) -> None:
    """List formats for `pack` and categories for `synth`."""
    from cg3d.data.formats import FORMATS
    from cg3d.objects import CATEGORIES

    typer.echo(f"formats: {', '.join(FORMATS)}")
    typer.echo(f"categories: {', '.join(CATEGORIES)}")


def _pack(
    objects: Sequence[SourceObject],
    out: Path,
    spec: SampleSpec,
    skip_bad: bool,
    shard_size: int,
    workers: int | None,
    device: str,
) -> Collection[str]:
    """Pack with progress, and tell what came of it; the ids of objects that were skipped."""
    from cg3d.data.pack import pack
    from cg3d.machine import choose_device

    place = str(choose_device(device))
    with progress("packing") as report:
        dataset = pack(
            objects,
            out,
            spec,
            skip_bad=skip_bad,
            shard_size=shard_size,
            workers=workers,
            device=place,
            progress=report,
        )
    index = dataset.index
    typer.echo(f"{out}: {len(dataset)} objects, {len(dataset.labels)} labels, {len(index['shards'])} shards")
    if index["skipped"]:
        for reason in list(index["skipped"].values())[:REASONS]:
            typer.echo(f"skipped: {reason}", err=True)
        typer.echo(f"{len(index['skipped'])} objects could not be read; dataset.json lists them all", err=True)
    if index["colourless"]:
        typer.echo(_lost_colour(index["colourless"]), err=True)
    skipped: Collection[str] = index["skipped"]
    return skipped


def _lost_colour(reasons: Mapping[str, str]) -> str:
    count = "1 object" if len(reasons) == 1 else f"{len(reasons)} objects"
    return f"{count} lost the colour: {next(iter(reasons.values()))} dataset.json lists all."


@data_app.command("join", cls=Command, epilog=examples("cg3d data join packed/ more/ --out both/"))
def join_command(
    sources: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of packed data.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")],
    debug: Debug = False,
) -> None:
    """Make one data set of several; nothing is packed again."""
    from cg3d.data.join import join

    dataset = join(sources, out)
    typer.echo(f"{out}: {len(dataset)} objects, {len(dataset.labels)} labels, {len(dataset.index['shards'])} shards")


@data_app.command(
    "show",
    cls=Command,
    epilog=examples("cg3d data show packed/", "cg3d data show https://example.com/packed --objects 0"),
)
def show_command(
    data: Annotated[str, typer.Argument(metavar="DIR|URL", help="Packed data.")],
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help=f"Picture to write: points and views of some objects. (default: {SHEET})"),
    ] = None,
    objects: Annotated[
        int, typer.Option(metavar="N", min=0, help="Objects on it, spread over the data; 0: no picture.")
    ] = 32,
    debug: Debug = False,
) -> None:
    """Count what packed data holds and draw a sheet of it."""
    from cg3d.data.shards import Dataset

    if sheet and not objects:
        raise typer.BadParameter("--objects 0 draws no picture; leave --sheet out, or name how many objects are on it.")
    sheet = sheet or SHEET
    dataset = Dataset.open(fetch(data))
    for label, count in sorted(dataset.index["labels"].items(), key=lambda entry: -entry[1]):
        typer.echo(f"{count:6d}  {label}")
    typer.echo(f"{len(dataset):6d}  objects of {len(dataset.labels)} labels")
    for name in ("splits", "sets", "licences", "units", "colour"):
        counts = sorted(dataset.index[name].items(), key=lambda entry: -entry[1])
        typer.echo(f"{name}: {', '.join(f'{value} {count}' for value, count in counts) or 'not told'}")
    if dataset.index["skipped"]:
        typer.echo(f"skipped: {len(dataset.index['skipped'])} objects that could not be read; dataset.json tells why")
    if dataset.index["colourless"]:
        typer.echo(_lost_colour(dataset.index["colourless"]))
    if objects:
        from cg3d.data.drawing.contact_sheet import contact_sheet, write_png

        write_png(contact_sheet(dataset, objects), sheet)
        typer.echo(f"{sheet}: {min(objects, len(dataset))} objects, points on the left, pictures on the right")
