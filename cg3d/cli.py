"""`cg3d`: train, export, evaluate, pack data. Results go to stdout, everything else to stderr; exit 2: a `Cg3dError`."""

from __future__ import annotations

import logging
import shlex
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from cg3d.data.cli import data_app
from cg3d.data.fetch import fetch
from cg3d.evaluation.cli import eval_command
from cg3d.terminal import Debug
from cg3d_calibration.cli import calibrate_command
from cg3d_export.cli import RUNS, export_command, keygen_command, sign_command
from cg3d_runtime.commands.printer import print_line, print_traceback
from cg3d_runtime.errors import Cg3dError

if TYPE_CHECKING:
    from cg3d.models.towers.towers import TowerConfig

log = logging.getLogger("cg3d")


class _Commands(TyperGroup):
    """Turns the errors that a user can mend into one line, for every command."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # whoever read our output has enough of it
            raise
        except Cg3dError as error:
            _tell(error, str(error))
        except OSError as error:  # a full disk, a folder that may not be written
            _tell(error, f"{error.filename or 'a file or the output'}: {error.strerror or error}.")


def _tell(error: Exception, message: str) -> NoReturn:
    log.debug("Traceback of the error below", exc_info=error)
    print_line(f"cg3d: {message}")
    raise typer.Exit(2) from error


class _Stderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print_line(record.getMessage())
        if record.exc_info and isinstance(record.exc_info[1], Exception):
            print_traceback(record.exc_info[1])


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(data_app, name="data")


def main() -> None:
    """Run `cg3d` on the arguments of this process."""
    app()


@app.callback()
def setup(debug: Debug = False) -> None:
    """Learn to name 3D objects with any words, and take that to a robot."""
    root = logging.getLogger()
    # On the root, or open_clip would put a handler of its own there at its first warning.
    if not any(isinstance(handler, _Stderr) for handler in root.handlers):
        root.addHandler(_Stderr())
    for name in ("cg3d", "cg3d_calibration", "cg3d_export", "cg3d_runtime"):
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.INFO)


@app.command("train")
def train_command(
    data: Annotated[
        str | None, typer.Option(help="Folder or URL of packed data; see `cg3d data`. (default: built-in objects)")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run. (default: runs/<time>)")] = None,
    preset: Annotated[
        str | None, typer.Option(help="mini, mini-cg3d, vit-b-32, paper, or a .toml file. (default: mini)")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change one value, such as batch_size=64.")
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN|BUNDLE", help="Begin with the weights of another run, or of cg3d-mini."),
    ] = None,
    resume_run: Annotated[
        Path | None,
        typer.Option("--resume", metavar="RUN", help="Go on with a run that was stopped, as it was set up."),
    ] = None,
    towers: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|TAG", help="With --resume: weights of the run's towers, where they are not built in."
        ),
    ] = None,
    only_tell: Annotated[
        bool, typer.Option("--dry-run", help="Tell what the run would be and what it takes; learn and write nothing.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Learn the 3D encoder and the prompts."""
    from cg3d.config import load_config
    from cg3d.runs.start import find_start
    from cg3d.training.dry_run import dry_run
    from cg3d.training.train import resume, train

    if towers and resume_run is None:
        raise typer.BadParameter(
            "--towers goes with --resume; a new run has --set model.towers.pretrained=FILE or TAG."
        )
    folder = fetch(data) if data else None
    start = find_start(start) if start else None
    if resume_run is None:
        config = load_config(preset or "mini", changes or ())
        if only_tell:
            typer.echo(dry_run(config, folder, start).table())
            return
        run = train(config, folder, out or RUNS / datetime.now().strftime("%Y%m%d-%H%M%S"), start)
    elif out or preset or changes or start or only_tell:
        raise typer.BadParameter(
            "a run goes on as it was set up: of the other options, only --data and --towers go with it."
        )
    else:
        run = resume(resume_run, folder, towers)
    _tell_run(run)


def _tell_run(run: Path) -> None:
    """What a run has come to, where this process speaks for it; exit 130, as after Ctrl-C, where it was stopped."""
    from cg3d.runs.checkpoint import load_record
    from cg3d.training.processes import is_main_process

    if not is_main_process():
        return
    record = load_record(run)
    towers = _towers_option(record.config.model.towers)
    if record.step < record.config.steps:
        typer.echo(f"{run}: stopped and saved after step {record.step} of {record.config.steps}", err=True)
        typer.echo(f"go on with: cg3d train --resume {run}{towers}", err=True)
        raise typer.Exit(130)
    recognised = f", {record.metrics['held_out_top1']:.1%} of the held-out objects recognised" if record.metrics else ""
    typer.echo(f"{run}: {record.step} steps{recognised}")
    typer.echo(f"next: cg3d export {run} --fp16{towers}")


def _towers_option(towers: TowerConfig) -> str:
    """What a command on a run needs besides its folder, for a line that names the next one."""
    return "" if towers.comes_with_package else f" --towers {shlex.quote(towers.pretrained)}"


app.command("export")(export_command)
app.command("sign")(sign_command)
app.command("keygen")(keygen_command)


@app.command("import-checkpoint")
def import_checkpoint_command(
    file: Annotated[Path, typer.Argument(help="Weights that CG3D's or PointMLP's authors published.")],
    kind: Annotated[
        str,
        typer.Option(
            metavar="cg3d-pointmlp|cg3d-pointtransformer|pointmlp|pointmlp-elite|pointtransformer",
            help="What it holds.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    slip: Annotated[
        Path | None, typer.Option(help="slip_base_100ep.pt, SLIP's towers. (default: random ones, to try the line)")
    ] = None,
    points: Annotated[int, typer.Option(help="Points that it was trained with.")] = 1024,
    debug: Debug = False,
) -> None:
    """Make a run of official weights."""
    from cg3d.runs.import_checkpoint import import_checkpoint

    run = import_checkpoint(file, kind, out, slip, points)
    typer.echo(f"{run}: {kind} from {file}, {points} points, {'SLIP' if slip else 'RANDOM'} towers")
    typer.echo(f"next: cg3d export {run} --fp16{f' --towers {shlex.quote(str(slip))}' if slip else ''}")


app.command("eval")(eval_command)
app.command("calibrate")(calibrate_command)


@app.command("finetune")
def finetune_command(
    data: Annotated[str, typer.Option(help="Folder or URL of packed data; see `cg3d data`.")],
    mode: Annotated[
        str, typer.Option(metavar="full|linear|few-shot", help="Learn everything, a classifier alone, or small tasks.")
    ],
    run: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RUN|BUNDLE]", help="Folder of a run or a bundle, or cg3d-mini. (default: the newest in runs/)"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the result. (default: RUN/finetune-<mode>-<data>, runs/<bundle>-...)")
    ] = None,
    scratch: Annotated[
        bool, typer.Option("--scratch", help="Fresh weights instead of the run's: the baseline.")
    ] = False,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change one value, such as epochs=100.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Fine-tune the encoder of a run on labelled objects, or measure what its embeddings are worth there."""
    from cg3d.finetune.config import load_finetune_config
    from cg3d.finetune.run import finetune
    from cg3d.runs.checkpoint import newest_run
    from cg3d.runs.start import find_start, is_bundle

    config = load_finetune_config(mode, changes or ())
    run = find_start(run) if run else newest_run(RUNS)
    folder = fetch(data)
    name = f"finetune-{config.mode}-{folder.resolve().name}{'-scratch' if scratch else ''}"
    beside = RUNS / f"{run.resolve().name}-{name}" if is_bundle(run) else run / name
    out = out or beside
    typer.echo(finetune(config, run, folder, out, scratch).table())
