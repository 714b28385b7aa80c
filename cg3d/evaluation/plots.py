"""Pictures of an evaluation: who is taken for whom, how recognition falls off, and what scans of robots do to it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cg3d.evaluation.condition_figures import ConditionReport
from cg3d.evaluation.metrics import Share
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


def conditions_figure(report: ConditionReport, title: str) -> Figure:
    """One row a condition: what is recognised there, and one panel more a threshold, how often a wrong answer passes it."""
    from matplotlib.figure import Figure

    names = [each.name for each in report.conditions]
    figure = Figure(figsize=(5.5 + 3.2 * len(report.thresholds), 1.6 + CELL * len(names)), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    recognised, *panels = figure.subplots(1, 1 + len(report.thresholds), sharey=True, squeeze=False)[0]
    _draw_shares(recognised, [each.top1 for each in report.conditions], "C0", "top-1")
    top5 = [100 * each.top5.share for each in report.conditions]
    recognised.plot(top5, range(len(names)), "|", color="black", markersize=9, zorder=3, label="top-5")
    recognised.axvline(100 * report.conditions[0].top1.share, linestyle="--", color="grey", label="top-1, clean")
    recognised.set_yticks(range(len(names)), names)
    recognised.invert_yaxis()
    recognised.set_xlabel("recognised, %")
    figure.legend(*recognised.get_legend_handles_labels(), loc="outside lower left", ncols=3, frameon=False, fontsize=8)
    for number, (axes, threshold) in enumerate(zip(panels, report.thresholds, strict=True)):
        _draw_shares(axes, [each.told[number].wrong for each in report.conditions], "C3", "wrong")
        told = textwrap.fill(f"(unknown below {threshold.value:.3f}: {threshold.name})", 40)
        axes.set_xlabel(f"wrong and not unknown, %\n{told}", fontsize=8)
    return figure


def _draw_shares(axes: Axes, shares: Sequence[Share], colour: str, label: str) -> None:
    """Horizontal bars with their standard errors."""
    lengths, errors = [100 * each.share for each in shares], [100 * each.error for each in shares]
    axes.barh(range(len(shares)), lengths, xerr=errors, color=colour, ecolor="0.5", height=0.7, label=label)
    axes.set_xlim(0, 102)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)


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
