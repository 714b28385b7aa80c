"""Output of `cg3d-detect`: scenes on stdout, everything else on stderr."""

from __future__ import annotations

import json

import typer

from cg3d_runtime.commands.printer import print_line, print_traceback
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.scenes.scene import Scene

PROGRAM = "cg3d-detect"


class ScenePrinter:
    """Prints scenes as they come, and counts what failed.

    Attributes:
        failures: errors printed so far.
        shown: scenes and errors printed so far.
    """

    def __init__(self, as_json: bool, debug: bool) -> None:
        """Get ready to print.

        Args:
            as_json: one JSON object a line, else tables.
            debug: errors with their tracebacks.
        """
        self.failures = self.shown = 0
        self._as_json, self._debug = as_json, debug

    def show(self, scene: Scene) -> None:
        """Print what was found."""
        self.shown += 1
        if scene.note and self._as_json:  # a table holds it
            print_line(f"{PROGRAM}: {scene.file or 'scene'} {scene.note}")
        typer.echo(scene.to_json() if self._as_json else scene.to_table())

    def fail(self, file: str | None, error: Cg3dError) -> None:
        """Print what is wrong with a scene, as one line."""
        self.shown += 1
        self.failures += 1
        if self._debug:
            print_traceback(error)
        print_line(f"{PROGRAM}: {error}")
        if self._as_json:
            typer.echo(json.dumps({"file": file, "error": str(error)}))
