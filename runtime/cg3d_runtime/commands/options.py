"""The options that several programs share: one spelling, one help line, one check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cg3d_runtime._version import __version__
from cg3d_runtime.choices import AUTO, BACKENDS, METRES, PRECISIONS, UP_AXES
from cg3d_runtime.commands.program import program_name, show_tracebacks
from cg3d_runtime.errors import Cg3dError

PRECISION_CHOICES = "|".join(("auto", *PRECISIONS))


def _print_version(ctx: typer.Context, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{program_name(ctx)} {__version__}")
        raise typer.Exit


def _check_up(up: str | None) -> str | None:
    if up is None or up == AUTO or up in UP_AXES:
        return up
    from cg3d_runtime.scans.upward import as_up

    try:
        as_up(up)
    except Cg3dError as error:
        raise typer.BadParameter(f"{error} Or say {AUTO}.") from error
    return up


def check_units(units: str | None) -> str | None:
    if units is not None and units not in METRES:
        raise typer.BadParameter(f"{units!r} is no unit; choose one of {'|'.join(METRES)}.")
    return units


def _check_every(every: float | None) -> float | None:
    if every is not None and not 0 < every < float("inf"):
        raise typer.BadParameter(f"{every:g} is no step of time; give seconds above 0.")
    return every


def _debug(ctx: typer.Context, wanted: bool) -> bool:
    if wanted:
        show_tracebacks(ctx)
    return wanted


Bundle = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The model. (default: CG3D_BUNDLE, else the one that ships)")
]
BundleFolder = Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of a bundle.")]
Backend = Annotated[
    str, typer.Option(metavar="|".join(BACKENDS), help="Where to run; a named backend never falls back to another.")
]
Precision = Annotated[str, typer.Option(metavar=PRECISION_CHOICES, help="Precision of the point encoder.")]
Threads = Annotated[int | None, typer.Option(metavar="N", min=1, help="CPU threads of the model. (default: all cores)")]
PublicKey = Annotated[
    Path | None,
    typer.Option(
        "--require-signature", metavar="KEY", help="Take only a bundle that the owner of this public key signed."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Debug = Annotated[bool, typer.Option("--debug", callback=_debug, is_eager=True, help="Show tracebacks of errors.")]
Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
]
UpDirection = Annotated[
    str | None,
    typer.Option(
        metavar="AXIS|X,Y,Z|auto",
        callback=_check_up,
        help="The direction that is up in the scans: x, y, z, -x, -y, -z or three numbers; auto: by what they stand "
        "on. (default: y for GLB, -y for depth images, else z)",
    ),
]
Units = Annotated[
    str | None,
    typer.Option(
        metavar="|".join(METRES),
        callback=check_units,
        help="The scans' unit: how long they are then counts, too. (default: m for GLB and depth images, else unknown)",
    ),
]
Depth = Annotated[
    list[Path] | None,
    typer.Option(metavar="IMAGE", help="A depth image as a scan, or a folder of them; needs --intrinsics."),
]
Intrinsics = Annotated[
    str | None,
    typer.Option(
        metavar="FX,FY,CX,CY|FILE",
        help="Focal lengths and centre of the depth camera, in pixels; or a file with them: .yaml or .json of CameraInfo, "
        ".txt of a 3 x 3 matrix.",
    ),
]
DepthScale = Annotated[
    float | None,
    typer.Option(metavar="N", help="Depth units in a metre. (default: 1000 for integers, 1 for floats)"),
]
Topic = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of bags: the topic of sensor_msgs/PointCloud2. (default: the only one)"),
]
Every = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        callback=_check_every,
        help="Of bags: one cloud in so many seconds, by the stamps of the messages. (default: every cloud)",
    ),
]
Recursive = Annotated[bool, typer.Option("--recursive", help="Take what is in folders below folders, too.")]
Size = Annotated[bool, typer.Option("--size/--no-size", help="Whether the length of scans whose unit is known counts.")]
Colour = Annotated[
    bool, typer.Option("--colour/--no-colour", help="Whether the colours of scans that have some count.")
]
Unknown = Annotated[
    bool | None,
    typer.Option("--unknown/--no-unknown", help="Tell when no label fits. (default: where the model can)"),
]
Turns = Annotated[
    int,
    typer.Option(
        metavar="N", min=1, help="Turn every scan so often, for the mean of what is seen; 8 take eight times as long."
    ),
]
Watch = Annotated[
    bool, typer.Option("--watch", help="Keep answering what arrives in the folders, until Ctrl-C or SIGTERM.")
]
