"""Pictures of an evaluation: who is taken for whom, and how recognition falls off."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cg3d.evaluation.result import Evaluation
from cg3d.evaluation.robustness import Curve
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LABELS = 50  # in the picture; beyond that, their names cannot be read
DPI = 150
CELL = 0.3  # inches: three digits


def require_matplotlib() -> None:
    """Raises: DataError: matplotlib is missing; the message names the line that installs it."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise DataError(
            f'pictures need matplotlib ({error}). Run: pip install matplotlib (the extra "plots")'
        ) from error


def confusion_figure(result: Evaluation) -> Figure:
    """Labels (rows) by answers (columns), in percent of the label's objects.

    All labels that occur; where these are more than `MOST_LABELS`, those of the most frequent mistakes.
    """
    names, shown = _occurring(result), result.confusion
    title = f"{result.bundle} on {result.data}: {result.objects} objects, top-1 {result.top1:.1%}"
    if len(names) > MOST_LABELS:
        chosen = _most_confused(shown, names)
        title += f"\nthe {len(chosen)} labels of the most frequent mistakes, of {len(names)} that occur"
        names = chosen
    objects = {score.label: score.objects for score in result.labels}
    rows = [name for name in names if name in objects]
    cells = [[shown[row].get(column, 0) / objects[row] for column in names] for row in rows]
    return _draw_matrix(np.array(cells), [f"{row} ({objects[row]})" for row in rows], names, title)


def robustness_figure(curves: Sequence[Curve], title: str) -> Figure:
    """One panel a perturbation: top-1 by severity, from mild to harsh, and that of the unchanged objects."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.6 * len(curves), 3.6), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    panels = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axes, curve in zip(panels, curves, strict=True):
        _draw_curve(axes, curve)
    panels[0].set_ylabel("top-1, %")
    panels[0].set_ylim(0, 1.1 * max(max(curve.clean, *curve.top1) for curve in curves) * 100 or 100)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DPI)
    write_atomically(path, content.getvalue())


def _occurring(result: Evaluation) -> list[str]:
    """Labels that have objects, then those that are only answered, each in label order."""
    rows = [score.label for score in result.labels]
    answered = {answer for found in result.confusion.values() for answer in found}
    return rows + [label for label in result.protocol["labels"] if label in answered - set(rows)]


def _most_confused(confusion: dict[str, dict[str, int]], names: Sequence[str]) -> list[str]:
    """The labels of the most frequent mistakes, filled up with the first others; in the order of `names`."""
    mistakes = [(count, label, answer) for label, found in confusion.items() for answer, count in found.items()]
    chosen: set[str] = set()
    for _, label, answer in sorted(mistakes, key=lambda mistake: -mistake[0]):
        if label != answer and len(chosen | {label, answer}) <= MOST_LABELS:
            chosen |= {label, answer}
    others = [name for name in names if name not in chosen]
    chosen.update(others[: MOST_LABELS - len(chosen)])
    return [name for name in names if name in chosen]


def _draw_matrix(cells: np.ndarray, rows: Sequence[str], columns: Sequence[str], title: str) -> Figure:
    from matplotlib.figure import Figure

    height, width = (3.0 + CELL * count for count in cells.shape)
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.imshow(cells, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(np.arange(0.5, len(columns)), minor=True)
    axes.set_yticks(np.arange(0.5, len(rows)), minor=True)
    axes.grid(which="minor", color="0.9", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    axes.set_xticks(range(len(columns)), columns, rotation=90, fontsize=8)
    axes.set_yticks(range(len(rows)), rows, fontsize=8)
    axes.set(xlabel="answer", ylabel="label (objects)")
    axes.set_title(title, fontsize=10)
    for row, column in np.argwhere(cells >= 0.005):
        ink = "white" if cells[row, column] > 0.6 else "black"
        axes.text(column, row, f"{100 * cells[row, column]:.0f}", ha="center", va="center", color=ink, fontsize=6)
    return figure


def _draw_curve(axes: Axes, curve: Curve) -> None:
    positions = range(len(curve.severities))  # evenly spaced: severities double rather than add
    axes.plot(positions, [100 * share for share in curve.top1], marker="o", label="perturbed")
    axes.axhline(100 * curve.clean, linestyle="--", color="grey", label="clean")
    axes.set_xticks(positions, [f"{severity:g}" for severity in curve.severities])
    axes.set_xlabel(f"{curve.name}, {curve.unit}")
    axes.grid(alpha=0.3)
