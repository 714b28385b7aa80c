"""An evaluation as files."""

from __future__ import annotations

from pathlib import Path

from cg3d.evaluation.plots import conditions_figure, confusion_figure, require_matplotlib, robustness_figure, save
from cg3d.evaluation.result import Evaluation
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically


def prepare_folder(out: Path) -> None:
    """Make sure that a report can be written, before the long computation.

    Raises:
        DataError: `out` cannot be made or is a file, or matplotlib is missing.
    """
    require_matplotlib()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{out}: cannot be made a folder for the report ({error.strerror}). Name another --out."
        ) from error


def write_report(result: Evaluation, out: Path) -> list[Path]:
    """Write evaluation.json, confusion.png and, where measured, robustness.png and conditions.png; return their paths.

    Raises:
        DataError: a file cannot be written.
    """
    figures = {"confusion.png": confusion_figure(result)}
    title = f"{result.bundle} on {result.data}: {result.objects} objects"
    if result.robustness:
        figures["robustness.png"] = robustness_figure(result.robustness, title)
    if result.conditions:
        figures["conditions.png"] = conditions_figure(result.conditions, title)
    try:
        write_atomically(out / "evaluation.json", (result.to_json(indent=1) + "\n").encode())
        for name, figure in figures.items():
            save(figure, out / name)
    except OSError as error:
        raise DataError(f"{out}: the report cannot be written there ({error.strerror}).") from error
    return [out / name for name in ("evaluation.json", *figures)]
