"""`cg3d export`, `cg3d sign` and `cg3d keygen`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cg3d.data.fetch import fetch
from cg3d.terminal import Debug
from cg3d_runtime.errors import BundleError

if TYPE_CHECKING:
    from cg3d_export.int8.export import Int8Options
    from cg3d_export.judging.reference import JudgementData

RUNS, BUNDLES = Path("runs"), Path("bundles")
BUILT_IN = 6  # objects of each built-in kind where no data is named; a quarter is judged on

Password = Annotated[bool, typer.Option("--password", help="Ask for the key's password.")]


def export_command(
    run: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of a run, or of a classifier that `cg3d finetune` learned. (default: the newest run in runs/)"
        ),
    ] = None,
    fp16: Annotated[bool, typer.Option("--fp16", help="Write FP16 graphs beside the FP32 ones.")] = False,
    int8: Annotated[
        bool, typer.Option("--int8", help="Try INT8 too; kept where it is faster here and near enough to FP32.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(help="Packed data to compare answers on, and to calibrate INT8 with. (default: built-in objects)"),
    ] = None,
    held_out: Annotated[
        int, typer.Option(min=0, help="Objects of --data to compare answers on, or as many as there are; 0: none.")
    ] = 200,
    calibration: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Ranges that `cg3d calibrate` wrote. (default: measured now)")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the bundle. (default: bundles/<run>)")] = None,
    towers: Annotated[
        str | None, typer.Option(metavar="FILE|TAG", help="Weights of the run's towers, where they are not built in.")
    ] = None,
    triton: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write an NVIDIA Triton model repository of the bundle.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --triton: of a bundle that exists, instead of a run.")
    ] = None,
    triton_precision: Annotated[
        str, typer.Option(metavar="auto|fp32|fp16|int8", help="Of the served graphs.")
    ] = "fp16",
    triton_tensorrt: Annotated[
        bool, typer.Option("--triton-tensorrt", help="Let ONNX Runtime hand the served graphs to TensorRT.")
    ] = False,
    triton_max_batch: Annotated[int, typer.Option(min=1, help="Requests that may share a batch.")] = 64,
    verify_only: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="Verify a bundle that lies on disk, and print its table; export nothing."),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="Run a bundle in ONNX Runtime and TensorRT side by side; export nothing."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Bake, convert, verify, and write the bundle that a robot needs."""
    if verify_only:
        from cg3d_export.bundles.verify import verify_bundle

        typer.echo(verify_bundle(verify_only).table())
        return
    if compare:
        from cg3d_export.bundles.compare import compare_bundle

        comparison = compare_bundle(compare)
        typer.echo(comparison.table())
        comparison.require()
        return
    if bundle and not triton:
        raise typer.BadParameter("--bundle says which bundle --triton serves; name its folder with --triton DIR.")
    written = bundle or _export(run, out, fp16, _int8_options(calibration) if int8 else None, data, held_out, towers)
    if triton:
        from cg3d_export.bundles.triton import write_triton
        from cg3d_runtime.bundle import Bundle

        names = write_triton(
            Bundle.open(written), triton, triton_precision, max_batch=triton_max_batch, tensorrt=triton_tensorrt
        )
        typer.echo(f"{triton}: {', '.join(names)}")
        typer.echo(f"next: ORT_DISABLE_TELEMETRY=1 tritonserver --model-repository={triton}")


def _export(
    run: Path | None,
    out: Path | None,
    fp16: bool,
    int8: Int8Options | None,
    data: str | None,
    held_out: int,
    towers: str | None,
) -> Path:
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
        report = export_classifier(run, out, fp16, _judgement_data(data, held_out))
    else:
        report = export_run(run, out, fp16, int8=int8, data=_judgement_data(data, held_out), towers=towers)
    typer.echo(report.table())
    typer.echo(f"next: cg3d-infer scan.ply {'' if fixed else '--labels labels.txt '}--bundle {out}")
    return out


def _int8_options(calibration: Path | None) -> Int8Options:
    from cg3d_export.int8.export import Int8Options
    from cg3d_export.int8.ranges import read_calibration

    return Int8Options(read_calibration(calibration) if calibration else None)


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


def sign_command(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle that is whole.")],
    key: Annotated[Path, typer.Option(metavar="PRIVATE.pem", help="The private key.")],
    password: Password = False,
    debug: Debug = False,
) -> None:
    """Sign a bundle, so that robots can require it."""
    from cg3d_export.bundles.signing import sign_bundle

    typer.echo(f"{bundle}: signed with key {sign_bundle(bundle, key, _ask(password, confirm=False))}")


def keygen_command(
    private: Annotated[Path, typer.Argument(metavar="PRIVATE.pem", help="File to write; never overwritten.")],
    password: Password = False,
    debug: Debug = False,
) -> None:
    """Make a key pair for signing; PRIVATE.pub.pem goes to the robots."""
    from cg3d_export.bundles.signing import write_key_pair

    public, key_id = write_key_pair(private, _ask(password, confirm=True))
    typer.echo(f"{private}: private key {key_id}, keep it secret")
    typer.echo(f"next: cg3d sign BUNDLE --key {private}, and on the robot cg3d-infer --require-signature {public.name}")


def _ask(wanted: bool, confirm: bool) -> bytes | None:
    return typer.prompt("password", hide_input=True, confirmation_prompt=confirm).encode() if wanted else None
