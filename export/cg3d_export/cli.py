"""`cg3d export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d.data.fetch import fetch
from cg3d.runs import RUNS
from cg3d_runtime.commands.options import Debug
from cg3d_runtime.commands.program import examples
from cg3d_runtime.errors import BundleError

if TYPE_CHECKING:
    from cg3d_export.int8.export import Int8Options
    from cg3d_export.judging.reference import JudgementData

BUNDLES = Path("bundles")
HELD_OUT = 200  # objects to compare answers on
BUILT_IN = 6  # objects of each built-in kind where no data is named; a quarter is judged on
EXPORT_EXAMPLES = examples(
    "cg3d export --fp16",
    "cg3d export runs/robot --fp16 --int8 --data packed/ --out bundles/robot",
    "cg3d export runs/robot --int8 --calibration robot-calibration.json",
)


def export_command(
    run: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RUN]",
            help="Folder of a run, or of a classifier that `cg3d finetune` learned. (default: the newest run in runs/)",
        ),
    ] = None,
    fp16: Annotated[bool, typer.Option("--fp16", help="Write FP16 graphs beside the FP32 ones.")] = False,
    int8: Annotated[
        bool, typer.Option("--int8", help="Try INT8 too; kept where it is faster here and near enough to FP32.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|URL",
            help="Packed data to compare answers on, and to calibrate INT8 with. (default: built-in objects)",
        ),
    ] = None,
    held_out: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Objects of --data to compare answers on, or as many as there are; 0: none."
        ),
    ] = HELD_OUT,
    calibration: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Ranges that `cg3d int8-ranges` wrote. (default: measured now)"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the bundle. (default: bundles/<run>)")
    ] = None,
    towers: Annotated[
        str | None, typer.Option(metavar="FILE|TAG", help="Weights of the run's towers, where they are not built in.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Write the bundle that a robot needs.

    The run's prompts are baked into its graphs, which are converted to ONNX and verified against the model.
    """
    if calibration and not int8:
        raise typer.BadParameter("--calibration FILE holds ranges for INT8; add --int8, or leave it out.")
    if data and not held_out:
        raise typer.BadParameter("--held-out 0 compares no answers, so --data is not read; leave one of them out.")
    _export(run, out, fp16, _int8_options(calibration) if int8 else None, data, held_out, towers)


def _export(
    run: Path | None,
    out: Path | None,
    fp16: bool,
    int8: Int8Options | None,
    data: str | None,
    held_out: int,
    towers: str | None,
) -> None:
    from cg3d.runs.checkpoint import newest_run
    from cg3d_export.classifier_export import export_classifier, is_classifier
    from cg3d_export.exporting import export_run

    run = run or newest_run(RUNS)
    out = out or BUNDLES / run.resolve().name
    if fixed := is_classifier(run):
        if int8:
            raise BundleError(
                "--int8 is for runs; a classifier exports to fp32, and with --fp16 to fp16. Leave it out."
            )
        if towers:
            raise BundleError("--towers is for runs; a classifier keeps no words, so it needs none. Leave it out.")
        report = export_classifier(run, out, fp16, _judgement_data(data, held_out))
    else:
        report = export_run(run, out, fp16, int8=int8, data=_judgement_data(data, held_out), towers=towers)
    typer.echo(report.table())
    typer.echo(f"next: cg3d-infer scan.ply {'' if fixed else '--labels labels.txt '}--bundle {out}")


def _int8_options(calibration: Path | None) -> Int8Options:
    from cg3d_export.int8.export import Int8Options
    from cg3d_export.int8.ranges import read_ranges

    return Int8Options(read_ranges(calibration) if calibration else None)


def _judgement_data(data: str | None, held_out: int) -> JudgementData | None:
    if not held_out:
        return None
    from cg3d.data.built_in import synthesise
    from cg3d.data.samples import SampleSpec
    from cg3d.data.shards import Dataset, data_sha256
    from cg3d_export.judging.reference import JudgementData

    if data is None:
        small = SampleSpec(
            views=1, image_size=64, drawn_points=4096
        )  # drawing them would take longer than all the rest
        return JudgementData(synthesise(BUILT_IN, seed=1, spec=small), "built-in objects", None, held_out)
    folder = fetch(data)
    return JudgementData(Dataset.open(folder), data, data_sha256(folder), held_out)
