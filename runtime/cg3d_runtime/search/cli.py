"""`cg3d-search`: libraries of scans, to be searched by words, scans and pictures.

Results go to stdout, everything else to stderr. Exit 0: done; 1: some scans could not be embedded, or something is damaged; 2:
nothing could start.
"""

from __future__ import annotations

import sys

import typer

from cg3d_runtime.commands import options
from cg3d_runtime.commands.printer import show_warnings
from cg3d_runtime.commands.process import begin, run
from cg3d_runtime.commands.program import SETTINGS, Command, Group, examples
from cg3d_runtime.search.asking import QUERY_EXAMPLES, query_command
from cg3d_runtime.search.export import EXPORT_EXAMPLES, export_command
from cg3d_runtime.search.intake import ADD_EXAMPLES, BUILD_EXAMPLES, add_command, build_command
from cg3d_runtime.search.upkeep import (
    CALIBRATE_EXAMPLES,
    COMPACT_EXAMPLES,
    INFO_EXAMPLES,
    REMOVE_EXAMPLES,
    VERIFY_EXAMPLES,
    calibrate_command,
    compact_command,
    info_command,
    remove_command,
    verify_command,
)

PROGRAM = "cg3d-search"
EXAMPLES = examples(
    "cg3d-search build library scans/",
    'cg3d-search query library "a red mug"',
    "cg3d-search query library chair.ply --top 5 --view hits.html",
)
app = typer.Typer(
    name=PROGRAM,
    cls=Group,
    context_settings=SETTINGS,
    epilog=EXAMPLES,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run `cg3d-search` on the arguments of this process."""
    begin()
    run(app, PROGRAM, at_once=sys.argv[1:2] == ["query"])


@app.callback()
def setup(debug: options.Debug = False, version: options.Version = False) -> None:
    """Find scans by words, by pictures and by other scans."""
    show_warnings(PROGRAM)


for name, command, shown in (
    ("build", build_command, BUILD_EXAMPLES),
    ("add", add_command, ADD_EXAMPLES),
    ("query", query_command, QUERY_EXAMPLES),
    ("remove", remove_command, REMOVE_EXAMPLES),
    ("info", info_command, INFO_EXAMPLES),
    ("verify", verify_command, VERIFY_EXAMPLES),
    ("compact", compact_command, COMPACT_EXAMPLES),
    ("calibrate", calibrate_command, CALIBRATE_EXAMPLES),
    ("export", export_command, EXPORT_EXAMPLES),
):
    app.command(name, cls=Command, epilog=shown)(command)
