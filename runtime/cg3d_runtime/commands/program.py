"""What the four programs have in common: errors in one line, examples in `--help`, shell completion.

An error that a user can mend is `PROGRAM: message` on stderr and exit 2, with its traceback above it after `--debug`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from cg3d_runtime.commands.printer import print_line, print_traceback
from cg3d_runtime.errors import Cg3dError

if TYPE_CHECKING:
    from typer import Context

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_TRACEBACKS = "cg3d.tracebacks"  # in the meta data that a context shares with those of its subcommands
_COMPLETION = ("--install-completion", "--show-completion", "-h", "--help")

# Newer versions of typer bring click's classes along under names of their own.
_UsageError: Any = typer.BadParameter.__base__


def examples(*lines: str) -> str:
    """The end of a command's help: command lines as a user types them."""
    return "\n".join(("Examples:", *(f"  {line}" for line in lines)))


def program_name(ctx: Context) -> str:
    """The name of the program that runs, whatever file it was started from."""
    return ctx.find_root().command.name or "cg3d"


def show_tracebacks(ctx: Context) -> None:
    """Have errors of this run come with their tracebacks."""
    ctx.meta[_TRACEBACKS] = True


def note_new_spelling(ctx: Context, new: str) -> None:
    """Say in one line how what was asked for in an old spelling, which goes on working, is written now."""
    print_line(f"{program_name(ctx)}: this is now written: {new}")


class Command(TyperCommand):
    """A command, alone or of a `Group`."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **named: Any) -> Any:  # type: ignore[override]
        """Run it on the arguments of this process, or on these, and end the process."""
        _complete(self, args)
        _end(self, lambda: super(Command, self).main(args, self.name, standalone_mode=False, **named))

    def invoke(self, ctx: Any) -> Any:
        """Run it on parsed arguments."""
        return _mendable(ctx, super().invoke)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each on a line of its own however narrow the terminal is."""
        _write_examples(self, formatter)


class Group(TyperGroup):
    """A program that is several commands."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **named: Any) -> Any:  # type: ignore[override]
        """Run it on the arguments of this process, or on these, and end the process."""
        _complete(self, args)
        _end(self, lambda: super(Group, self).main(args, self.name, standalone_mode=False, **named))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of a command line; without any, show the help."""
        return super().parse_args(ctx, args or ["--help"])

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand that was parsed."""
        return _mendable(ctx, super().invoke)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each on a line of its own however narrow the terminal is."""
        _write_examples(self, formatter)


def _complete(command: Command | Group, args: Sequence[str] | None) -> None:
    """Add typer's options of shell completion where they are asked for: every other start is 2 ms shorter without."""
    from typer.main import get_install_completion_arguments

    words = sys.argv[1:] if args is None else args
    variable = f"_{command.name or ''}_COMPLETE".replace("-", "_").upper()
    if not words or variable in os.environ or any(word.startswith(_COMPLETION) for word in words):
        command.params.extend(get_install_completion_arguments())


def _end(command: Command | Group, run: Callable[[], Any]) -> NoReturn:
    """End the process with the status of a run, or with what is wrong with its command line."""
    try:
        status = run()
    except _UsageError as error:
        print_line(f"{command.name}: {_usage_message(command, error)}")
        sys.exit(error.exit_code)
    except typer.Abort:
        print_line(f"{command.name}: aborted.")
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _usage_message(command: Command | Group, error: Any) -> str:
    """What is wrong with a command line, and where its help is unless the message says what to write."""
    if isinstance(error, typer.BadParameter) and error.param is None:  # of no single option: raised by a command
        return str(error.message)
    message = " ".join(error.format_message().split())
    return f"{message.rstrip('.')}. See `{error.ctx.command_path if error.ctx else command.name} --help`."


def _mendable(ctx: Context, invoke: Callable[[Context], Any]) -> Any:
    """Run a command; an error that a user can mend becomes one line."""
    try:
        return invoke(ctx)
    except BrokenPipeError:  # whoever reads the output has enough of it
        raise
    except Cg3dError as error:
        _fail(ctx, error, str(error))
    except OSError as error:  # a full disk, a folder that may not be written
        if error.filename is None:  # of the output, see `process.run`
            raise
        _fail(ctx, error, f"{error.filename}: {error.strerror or error}.")


def _fail(ctx: Context, error: Exception, message: str) -> NoReturn:
    if ctx.meta.get(_TRACEBACKS):
        print_traceback(error)
    print_line(f"{program_name(ctx)}: {message}")
    raise typer.Exit(2) from error


def _write_examples(command: Command | Group, formatter: Any) -> None:
    if command.epilog:
        formatter.write(f"\n{command.epilog}\n")
