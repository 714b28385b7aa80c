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


def note_new_spelling(*words: str) -> None:
    """Say in one line how what was asked for in an old spelling, which goes on working, is written now."""
    import shlex  # which few starts need

    print_line(f"{words[0]}: this is now written: {shlex.join(words)}")


class Command(TyperCommand):
    """A command, alone or of a `Group`."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **named: Any) -> NoReturn:  # type: ignore[override]
        """Run it on the arguments of this process, or on these, and end the process."""
        _complete(self, sys.argv[1:] if args is None else args)
        sys.exit(_status(self, lambda: super(Command, self).main(args, self.name, standalone_mode=False, **named)))

    def invoke(self, ctx: Any) -> Any:
        """Run it on parsed arguments."""
        return _mendable(ctx, super().invoke)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each on a line of its own however narrow the terminal is."""
        _write_examples(self, formatter)


class Group(TyperGroup):
    """A program that is several commands."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **named: Any) -> NoReturn:  # type: ignore[override]
        """Run it on the arguments of this process, or on these, and end the process."""
        words = sys.argv[1:] if args is None else list(args)
        _complete(self, words)
        sys.exit(_status(self, lambda: self._run_all(words, **named)))

    def _run_all(self, words: list[str], **named: Any) -> int:
        for line in self.current(words):
            if status := super().main(line, self.name, standalone_mode=False, **named):
                return int(status)
        return 0

    def current(self, words: list[str]) -> list[list[str]]:
        """The command lines that these words are short for, of which each is run where those before it succeeded.

        A program whose spelling has changed translates the old one here, and says so.
        """
        return [words]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of a command line; without any, show the help."""
        return super().parse_args(ctx, args or ([] if ctx.resilient_parsing else ["--help"]))

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand that was parsed."""
        return _mendable(ctx, super().invoke)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each on a line of its own however narrow the terminal is."""
        _write_examples(self, formatter)


def _complete(command: Command | Group, words: Sequence[str]) -> None:
    """Add typer's options of shell completion where they are asked for: every other start is 2 ms shorter without."""
    from typer.main import get_install_completion_arguments

    variable = f"_{command.name or ''}_COMPLETE".replace("-", "_").upper()
    if not words or variable in os.environ or any(word.startswith(_COMPLETION) for word in words):
        command.params.extend(get_install_completion_arguments())


def _status(command: Command | Group, run: Callable[[], Any]) -> int:
    """The exit status of a run, after one line where something is wrong with its command line."""
    try:
        status = run()
    except _UsageError as error:
        print_line(f"{command.name}: {_usage_message(command, error)}")
        return int(error.exit_code)
    except Cg3dError as error:  # before any command began; those of a command are told where it was invoked
        print_line(f"{command.name}: {error}")
        return 2
    except typer.Abort:
        print_line(f"{command.name}: aborted.")
        return 1
    return status if isinstance(status, int) else 0


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
            _show(ctx, error)
            raise
        _fail(ctx, error, f"{error.filename}: {error.strerror or error}.")


def _fail(ctx: Context, error: Exception, message: str) -> NoReturn:
    _show(ctx, error)
    print_line(f"{program_name(ctx)}: {message}")
    raise typer.Exit(2) from error


def _show(ctx: Context, error: Exception) -> None:
    if ctx.meta.get(_TRACEBACKS):
        print_traceback(error)


def _write_examples(command: Command | Group, formatter: Any) -> None:
    if command.epilog:
        formatter.write(f"\n{command.epilog}\n")
