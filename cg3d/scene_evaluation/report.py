"""An evaluation of scenes as files."""

from __future__ import annotations

from pathlib import Path

from cg3d.evaluation.plots import save
from cg3d.scene_evaluation.plots import scenes_figure
from cg3d.scene_evaluation.result import SceneEvaluation
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically


def write_report(result: SceneEvaluation, out: Path) -> list[Path]:
    """Write scenes.json and scenes.png to a folder that is there; return their paths.

    Raises:
        DataError: a file cannot be written.
    """
    try:
        write_atomically(out / "scenes.json", (result.to_json(indent=1) + "\n").encode())
        save(scenes_figure(result), out / "scenes.png")
    except OSError as error:
        raise DataError(f"{out}: the report cannot be written there ({error.strerror}).") from error
    return [out / "scenes.json", out / "scenes.png"]
