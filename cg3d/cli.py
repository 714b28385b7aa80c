"""`cg3d`: train, export, evaluate, pack data. Results go to stdout, everything else to stderr; exit 2: a `Cg3dError`."""

from __future__ import annotations

import logging

import typer

from cg3d.data.cli import data_app
from cg3d.embedding.cli import EMBED_EXAMPLES, embed_command
from cg3d.evaluation.cli import EVAL_EXAMPLES, eval_command
from cg3d.finetune.cli import FINETUNE_EXAMPLES, finetune_command
from cg3d.old_spellings import current
from cg3d.runs.cli import AVERAGE_EXAMPLES, IMPORT_EXAMPLES, average_command, import_checkpoint_command
from cg3d.scene_evaluation.cli import EVAL_SCENES_EXAMPLES, eval_scenes_command
from cg3d.training.cli import TRAIN_EXAMPLES, train_command
from cg3d_calibration.cli import CALIBRATE_EXAMPLES, calibrate_command
from cg3d_export.bundles import cli as bundles
from cg3d_export.cli import EXPORT_EXAMPLES, export_command
from cg3d_export.int8.cli import RANGES_EXAMPLES, int8_ranges_command
from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import print_line, print_traceback
from cg3d_runtime.commands.process import run
from cg3d_runtime.commands.program import SETTINGS, Command, Group, examples

PACKAGES = ("cg3d", "cg3d_calibration", "cg3d_export", "cg3d_runtime")
EXAMPLES = examples(
    "cg3d train                                  # learn 193 kinds of built-in objects, to try it",
    "cg3d export --fp16                          # the newest run as a bundle",
    "cg3d eval bundles/robot --data packed/      # how many objects it recognises",
)


class _Cg3d(Group):
    """Takes command lines of earlier versions, too."""

    def current(self, words: list[str]) -> list[list[str]]:
        return current(words)


class _Stderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print_line(record.getMessage())
        if record.exc_info and isinstance(record.exc_info[1], Exception):
            print_traceback(record.exc_info[1])


# Plain help and errors, as the programs of the runtime have them.
app = typer.Typer(
    name="cg3d",
    cls=_Cg3d,
    context_settings=SETTINGS,
    epilog=EXAMPLES,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run `cg3d` on the arguments of this process."""
    run(app, "cg3d")


@app.callback()
def setup(debug: options.Debug = False, version: options.Version = False) -> None:
    """Learn to name 3D objects with any words, and take that to a robot."""
    root = logging.getLogger()
    # On the root, or open_clip would put a handler of its own there at its first warning.
    if not any(isinstance(handler, _Stderr) for handler in root.handlers):
        root.addHandler(_Stderr())
    for name in PACKAGES:
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.INFO)


# In the order in which a model is made and used.
app.add_typer(data_app, name="data")
for name, command, shown in (
    ("train", train_command, TRAIN_EXAMPLES),
    ("average", average_command, AVERAGE_EXAMPLES),
    ("import-checkpoint", import_checkpoint_command, IMPORT_EXAMPLES),
    ("finetune", finetune_command, FINETUNE_EXAMPLES),
    ("export", export_command, EXPORT_EXAMPLES),
    ("int8-ranges", int8_ranges_command, RANGES_EXAMPLES),
    ("verify", bundles.verify_command, bundles.VERIFY_EXAMPLES),
    ("compare", bundles.compare_command, bundles.COMPARE_EXAMPLES),
    ("eval", eval_command, EVAL_EXAMPLES),
    ("eval-scenes", eval_scenes_command, EVAL_SCENES_EXAMPLES),
    ("calibrate", calibrate_command, CALIBRATE_EXAMPLES),
    ("embed", embed_command, EMBED_EXAMPLES),
    ("triton", bundles.triton_command, bundles.TRITON_EXAMPLES),
    ("keygen", bundles.keygen_command, bundles.KEYGEN_EXAMPLES),
    ("sign", bundles.sign_command, bundles.SIGN_EXAMPLES),
):
    app.command(name, cls=Command, epilog=shown)(command)
