"""The picture of an evaluation of scenes: its figures, and why objects were missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cg3d.scene_evaluation.figures import Estimate
from cg3d.scene_evaluation.result import SceneEvaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def scenes_figure(result: SceneEvaluation) -> Figure:
    """Shares as bars with their standard errors; beside them how many objects were found and missed, by reason."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 4.2), layout="constrained")
    figure.suptitle(
        f"{result.bundle} on {result.source}: {result.scenes} scenes, {result.objects} objects", x=0.01, ha="left"
    )
    shares, misses = figure.subplots(1, 2, width_ratios=(2, 1))
    _draw_shares(shares, result)
    _draw_misses(misses, result)
    return figure


def _draw_shares(axes: Axes, result: SceneEvaluation) -> None:
    bars = {
        "among the proposals": result.proposal_recall,
        "found": result.recall,
        "F-score of segments": result.f_score,
        "found and named right": result.named_right,
        "oracle: true points named right": result.oracle,
        "AP at IoU 0.25": result.ap25,
        "AP at IoU 0.5": result.ap50,
        "chance: named right": Estimate(result.chance, None),
        "chance: AP at IoU 0.25": result.chance_ap25,
    }
    told = {name: each for name, each in bars.items() if each is not None}
    lengths, errors = [100 * each.value for each in told.values()], [100 * (each.error or 0) for each in told.values()]
    colours = ["0.6" if name.startswith("chance") else "C0" for name in told]
    axes.barh(range(len(told)), lengths, xerr=errors, color=colours, ecolor="0.3", height=0.7)
    axes.set_yticks(range(len(told)), list(told))
    axes.set(xlim=(0, 102), xlabel="%, with standard errors over scenes")
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)


def _draw_misses(axes: Axes, result: SceneEvaluation) -> None:
    found = result.objects - sum(result.missed.values())
    counts = {"found": found, **result.missed}
    axes.barh(range(len(counts)), list(counts.values()), color=["C0"] + ["C3"] * len(result.missed), height=0.7)
    axes.set_yticks(range(len(counts)), list(counts))
    axes.set_xlabel("objects")
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
