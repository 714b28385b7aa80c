"""`cg3d calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d.data.fetch import DataOption, fetch
from cg3d.terminal import track
from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import print_line
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import BundleError

CALIBRATE_EXAMPLES = examples(
    "cg3d calibrate bundles/robot --data packed/",
    "cg3d calibrate bundles/robot --data packed/ --labels labels.txt --keep 0.9",
    "cg3d calibrate bundles/robot --data scans/ --split all --scans clear --json",
)


def calibrate_command(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of a bundle; its manifest is updated.")],
    data: DataOption,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The robot's own label list; the threshold suits it best. (default: none)"),
    ] = None,
    list_length: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=3, help="How many labels the robot chooses from. (default: all of --labels, else 26)"
        ),
    ] = None,
    keep: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="Share of right answers that the unknown threshold lets pass, above 0 and at most 1."
        ),
    ] = 0.95,
    scans: Annotated[
        str,
        typer.Option(
            metavar="both|whole|partial|clear|robot",
            help="Objects as packed, one view of each among remnants of its surroundings, both, a view without them, or all "
            "conditions of `cg3d eval --conditions`, of which --keep then means the clean one.",
        ),
    ] = "both",
    split: Annotated[
        str | None,
        typer.Option(
            metavar="held-out|val|test|all|train", help="Which objects. (default: those that the run held out)"
        ),
    ] = None,
    objects: Annotated[int | None, typer.Option(metavar="N", min=1, help="A random subset of so many objects.")] = None,
    rivals: Annotated[
        str,
        typer.Option(
            metavar="everyday|none|FILE",
            help="Names that compete with the list where `unknown` is told: everyday things, none, or a label file.",
        ),
    ] = "everyday",
    sizes: Annotated[
        str,
        typer.Option(
            metavar="everyday|none|FILE",
            help="Names with their usual lengths, which count where a scan's unit is known: everyday things, none, or a label "
            "file with lines such as `mug @ 8-14 cm`.",
        ),
    ] = "everyday",
    seed: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Another seed, another subset, halves, label lists and partial scans."),
    ] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the report. (default: BUNDLE-confidence)")
    ] = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    public_key: options.PublicKey = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    """Fit temperature and threshold for "unknown".

    Both are measured on labelled scans and written into the bundle's manifest.
    """
    from cg3d.evaluation.report import prepare_folder
    from cg3d_calibration.bundle_update import store_confidence
    from cg3d_calibration.confidence import FitConfig, fit_confidence
    from cg3d_calibration.confidence_report import write_report
    from cg3d_calibration.rival_names import read_rival_names
    from cg3d_calibration.usual_lengths import read_usual_sizes
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.bundle.signature import SIGNATURE_FILE
    from cg3d_runtime.labels import read_labels

    words = tuple(read_labels(labels)) if labels else ()
    names = read_rival_names(rivals), read_usual_sizes(sizes)
    config = FitConfig(keep, words, list_length, scans, split, objects, *names, seed)
    opened = Bundle.open(bundle, public_key)
    if opened.directory != bundle:  # the name of the bundle inside the package, which all programs here share
        raise BundleError(
            f"{bundle} is the bundle inside the package. Copy {opened.directory}, and calibrate the copy."
        )
    folder = out or bundle.resolve().with_name(f"{bundle.resolve().name}-confidence")
    prepare_folder(folder)
    report = fit_confidence(opened, fetch(data), config, backend=backend, precision=precision, track=track)
    for warning in report.warnings:
        print_line(f"cg3d: {warning}")
    written = write_report(report, folder)
    store_confidence(opened, report.precision, report.confidence, report.rivals, report.lengths)
    typer.echo(report.to_json() if as_json else report.table())
    for path in (*written, bundle / "manifest.json"):
        typer.echo(f"wrote {path}", err=True)
    if (bundle / SIGNATURE_FILE).exists():
        print_line(f"cg3d: the signature of {bundle} no longer holds. Sign it again: cg3d sign {bundle}")
