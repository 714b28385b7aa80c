"""`cg3d calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.data.fetch import fetch
from cg3d.terminal import Debug, track
from cg3d_runtime.bundle.signature import SIGNATURE_FILE


def calibrate_command(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle; --confidence updates its manifest.")],
    data: Annotated[str, typer.Option(help="Folder or URL of packed data; see `cg3d data`.")],
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence",
            help="Fit temperature and unknown threshold on labelled scans. (default: the ranges that INT8 needs)",
        ),
    ] = False,
    method: Annotated[
        str, typer.Option(metavar="minmax|percentile|entropy", help="How ranges are taken for INT8.")
    ] = "minmax",
    samples: Annotated[int, typer.Option(min=1, help="Objects to take ranges from.")] = 64,
    graphs: Annotated[str, typer.Option(help="Graphs to take ranges of, separated by commas.")] = "points",
    keep: Annotated[
        float, typer.Option(help="Share of right answers that the unknown threshold lets pass, above 0 and at most 1.")
    ] = 0.95,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The robot's own label list; the threshold suits it best. (default: none)"),
    ] = None,
    list_length: Annotated[
        int | None,
        typer.Option(min=3, help="How many labels the robot chooses from. (default: all of --labels, else 26)"),
    ] = None,
    scans: Annotated[
        str,
        typer.Option(
            metavar="both|whole|partial|clear",
            help="Objects as packed, one view of each among remnants of its surroundings, both, or a view without them.",
        ),
    ] = "both",
    split: Annotated[
        str | None,
        typer.Option(
            metavar="held-out|val|test|all|train", help="Which objects. (default: those that the run held back)"
        ),
    ] = None,
    objects: Annotated[int | None, typer.Option(min=1, help="A random subset of so many objects.")] = None,
    rivals: Annotated[
        str,
        typer.Option(
            metavar="everyday|none|FILE",
            help="Names that compete with the list where `unknown` is told: everyday things, none, or a label file.",
        ),
    ] = "everyday",
    seed: Annotated[int, typer.Option(min=0, help="Of the subset, halves, label lists and partial scans.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File of the ranges, or folder of the report. (default: BUNDLE-calibration.json, BUNDLE-confidence)"
        ),
    ] = None,
    backend: Annotated[str, typer.Option(metavar="auto|cpu|cuda|tensorrt", help="Where to run.")] = "auto",
    precision: Annotated[str, typer.Option(metavar="auto|fp32|fp16|int8", help="Of the point encoder.")] = "auto",
    public_key: Annotated[
        Path | None,
        typer.Option(
            "--require-signature", metavar="KEY", help="Calibrate only what the owner of this public key signed."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    debug: Debug = False,
) -> None:
    """Fit to a bundle what needs data."""
    if not confidence:
        _write_ranges(bundle, public_key, fetch(data), method, samples, graphs, out)
        return
    from cg3d.evaluation.report import prepare_folder
    from cg3d_calibration.bundle_update import store_confidence
    from cg3d_calibration.candidate_labels import read_rival_names
    from cg3d_calibration.confidence import FitConfig, fit_confidence
    from cg3d_calibration.confidence_report import write_report
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.labels import read_labels

    words = tuple(read_labels(labels)) if labels else ()
    config = FitConfig(keep, words, list_length, scans, split, objects, read_rival_names(rivals), seed)
    opened = Bundle.open(bundle, public_key)
    folder = out or bundle.resolve().with_name(f"{bundle.resolve().name}-confidence")
    prepare_folder(folder)
    report = fit_confidence(opened, fetch(data), config, backend=backend, precision=precision, track=track)
    for warning in report.warnings:
        typer.echo(f"cg3d: {warning}", err=True)
    written = write_report(report, folder)
    store_confidence(opened, report.precision, report.confidence, report.rivals)
    typer.echo(report.to_json() if as_json else report.table())
    for path in (*written, bundle / "manifest.json"):
        typer.echo(f"wrote {path}", err=True)
    if (bundle / SIGNATURE_FILE).exists():
        typer.echo(f"cg3d: the signature of {bundle} no longer holds. Sign it again: cg3d sign {bundle}", err=True)


def _write_ranges(
    bundle: Path, public_key: Path | None, data: Path, method: str, samples: int, graphs: str, out: Path | None
) -> None:
    from cg3d.data.shards import Dataset, data_sha256
    from cg3d_export.int8.collect import calibrate_ranges
    from cg3d_export.int8.ranges import write_calibration
    from cg3d_runtime.bundle import Bundle

    names = [name.strip() for name in graphs.split(",")]
    file = out or bundle.resolve().with_name(f"{bundle.resolve().name}-calibration.json")
    found = calibrate_ranges(
        Bundle.open(bundle, public_key), Dataset.open(data), data_sha256(data), method, samples, names
    )
    write_calibration(found, file)
    counts = ", ".join(f"{len(each.ranges)} ranges of {name}" for name, each in found.graphs.items())
    typer.echo(f"{file}: {counts}, by {method}")
    typer.echo(f"next: cg3d export RUN --int8 --calibration {file}")
