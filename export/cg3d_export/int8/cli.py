"""`cg3d int8-ranges`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.data.fetch import DataOption, fetch
from cg3d_runtime.commands.options import BundleFolder, Debug, PublicKey
from cg3d_runtime.commands.program import examples

RANGES_EXAMPLES = examples(
    "cg3d int8-ranges bundles/robot --data packed/",
    "cg3d int8-ranges bundles/robot --data packed/ --method entropy --samples 256 --out ranges.json",
)


def int8_ranges_command(
    bundle: BundleFolder,
    data: DataOption,
    method: Annotated[str, typer.Option(metavar="minmax|percentile|entropy", help="How ranges are taken.")] = "minmax",
    samples: Annotated[int, typer.Option(metavar="N", min=1, help="Objects to take ranges from.")] = 64,
    graphs: Annotated[
        str, typer.Option(metavar="NAME,NAME,...", help="Graphs to take ranges of: points, text, image.")
    ] = "points",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File of the ranges. (default: BUNDLE-calibration.json)")
    ] = None,
    public_key: PublicKey = None,
    debug: Debug = False,
) -> None:
    """Measure the ranges that INT8 needs.

    They are those of a bundle's activations on packed objects; `cg3d export --int8 --calibration FILE` takes them.
    """
    from cg3d.data.shards import Dataset, data_sha256
    from cg3d_export.int8.collect import collect_ranges
    from cg3d_export.int8.ranges import write_ranges
    from cg3d_runtime.bundle import Bundle

    folder = fetch(data)
    names = [name.strip() for name in graphs.split(",")]
    file = out or bundle.resolve().with_name(f"{bundle.resolve().name}-calibration.json")
    found = collect_ranges(
        Bundle.open(bundle, public_key), Dataset.open(folder), data_sha256(folder), method, samples, names
    )
    write_ranges(found, file)
    counts = ", ".join(f"{len(each.ranges)} ranges of {name}" for name, each in found.graphs.items())
    typer.echo(f"{file}: {counts}, by {method}")
    typer.echo(f"next: cg3d export RUN --int8 --calibration {file}")
