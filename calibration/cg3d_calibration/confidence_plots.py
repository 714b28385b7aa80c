"""Pictures of a fitted confidence: reliability diagrams, and what each threshold does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cg3d_calibration.measured_fit import MeasuredFit
from cg3d_calibration.reliability import Reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def confidence_figure(fit: MeasuredFit, title: str) -> Figure:
    """Three panels: reliability at temperature 1 and at the fitted one, and errors by threshold."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.4), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    before, after, errors = figure.subplots(1, 3)
    _draw_reliability(before, fit.figures.before, "temperature 1")
    _draw_reliability(after, fit.figures.after, f"temperature {fit.temperature:.3f}")
    _draw_errors(errors, fit)
    return figure


def _draw_reliability(axes: Axes, each: Reliability, title: str) -> None:
    """Accuracy by mean score of a bin; the area of a dot is its share of the scans."""
    scores, shares = [100 * each.confidence for each in each.bins], [100 * each.accuracy for each in each.bins]
    total = sum(bin.scans for bin in each.bins)
    axes.plot([0, 100], [0, 100], linestyle="--", color="grey", label="scores that mean what they say")
    axes.plot(scores, shares, color="C0", linewidth=1)
    axes.scatter(scores, shares, [8 + 600 * bin.scans / total for bin in each.bins], color="C0", alpha=0.7)
    axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="score of the best label, %", ylabel="right answers, %")
    axes.set_title(f"{title}: ECE {each.ece:.1%}", fontsize=10)
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    axes.grid(alpha=0.3)


def _draw_errors(axes: Axes, fit: MeasuredFit) -> None:
    thresholds = [point.threshold for point in fit.curve]
    lines = {
        "false accepts: unknown scans answered": [point.false_accepts for point in fit.curve],
        "false rejects: right answers withheld": [point.false_rejects for point in fit.curve],
        "right among the answers given": [point.accepted_accuracy for point in fit.curve],
    }
    for (name, shares), style in zip(lines.items(), ("-", "-", ":"), strict=True):
        axes.plot(thresholds, [100 * share for share in shares], style, label=name)
    axes.axvline(fit.threshold, linestyle="--", color="grey", label=f"threshold {fit.threshold:.3f}")
    axes.set(xlim=(0, thresholds[-1]), ylim=(0, 102), xlabel="threshold on the best label's score", ylabel="%")
    axes.set_title(f"AUROC {fit.figures.auroc:.3f}, of right answers {_share(fit.figures.auroc_right)}", fontsize=10)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, frameon=False, fontsize=8)
    axes.grid(alpha=0.3)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
