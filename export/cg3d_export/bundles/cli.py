"""Commands on a bundle that is there: `cg3d verify`, `compare`, `triton`, `sign`, and `keygen`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime.commands.options import PRECISION_CHOICES, AsJson, BundleFolder, Debug
from cg3d_runtime.commands.program import examples

VERIFY_EXAMPLES = examples("cg3d verify bundles/robot", "cg3d verify bundles/robot --json > report.json")
COMPARE_EXAMPLES = examples("cg3d compare bundles/robot")
TRITON_EXAMPLES = examples(
    "cg3d triton bundles/robot --out models",
    "cg3d triton bundles/robot --out models --precision auto --tensorrt --max-batch 16",
)
KEYGEN_EXAMPLES = examples("cg3d keygen fleet.pem --password")
SIGN_EXAMPLES = examples("cg3d sign bundles/robot --key fleet.pem --password")

Password = Annotated[bool, typer.Option("--password", help="Ask for the key's password.")]


def verify_command(bundle: BundleFolder, as_json: AsJson = False, debug: Debug = False) -> None:
    """Verify a bundle: hashes, structure, test vectors."""
    from cg3d_export.bundles.verify import verify_bundle

    report = verify_bundle(bundle)
    typer.echo(json.dumps(report.to_json(), indent=2) if as_json else report.table())


def compare_command(bundle: BundleFolder, debug: Debug = False) -> None:
    """Compare ONNX Runtime and TensorRT on a bundle.

    Each runs every graph on the bundle's test vectors; exit status 2: one is outside the tolerance.
    """
    from cg3d_export.bundles.compare import compare_bundle

    comparison = compare_bundle(bundle)
    typer.echo(comparison.table())
    comparison.require()


def triton_command(
    bundle: BundleFolder,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the model repository.")],
    precision: Annotated[str, typer.Option(metavar=PRECISION_CHOICES, help="Precision of the served graphs.")] = "fp16",
    tensorrt: Annotated[
        bool, typer.Option("--tensorrt", help="Let ONNX Runtime hand the served graphs to TensorRT.")
    ] = False,
    max_batch: Annotated[int, typer.Option(metavar="N", min=1, help="Requests that may share a batch.")] = 64,
    instances: Annotated[
        int, typer.Option(metavar="N", min=1, help="Processes that answer whole scans, for the model cg3d.")
    ] = 2,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What that model chooses from without labels in a request: one a line."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write an NVIDIA Triton model repository of a bundle."""
    from cg3d_export.bundles.triton import write_triton
    from cg3d_runtime.bundle import Bundle

    names = write_triton(
        Bundle.open(bundle), out, precision, max_batch=max_batch, tensorrt=tensorrt, instances=instances
    )
    typer.echo(f"{out}: {', '.join(names)}")
    typer.echo(f"next: ORT_DISABLE_TELEMETRY=1 tritonserver --model-repository={out}")


def sign_command(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of a bundle that is whole.")],
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
    """Make a key pair for signing. PRIVATE.pub.pem goes to the robots."""
    from cg3d_export.bundles.signing import write_key_pair

    public, key_id = write_key_pair(private, _ask(password, confirm=True))
    typer.echo(f"{private}: private key {key_id}, keep it secret")
    typer.echo(f"next: cg3d sign BUNDLE --key {private}, and on the robot cg3d-infer --require-signature {public.name}")


def _ask(wanted: bool, confirm: bool) -> bytes | None:
    return typer.prompt("password", hide_input=True, confirmation_prompt=confirm).encode() if wanted else None
