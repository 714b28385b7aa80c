"""The result of an evaluation, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cg3d.evaluation.condition_figures import ConditionFigures, ConditionReport
from cg3d.evaluation.metrics import LabelScore, Share
from cg3d.evaluation.retrieval import Retrieval
from cg3d.evaluation.robustness import Curve

MOST_LINES = 40  # labels in the table, the worst ones


@dataclass(frozen=True)
class Evaluation:
    """Zero-shot recognition of labelled objects.

    Attributes:
        bundle, data, split: what was measured.
        backend, precision: what ran the point encoder.
        objects: how many.
        top1, top3, top5: share of objects whose label is among the best 1, 3, 5 of all candidates.
        class_mean: top-1 averaged over labels that have objects, so that frequent ones count no more.
        chance: top-1 of a guess, 1 / candidates.
        labels: every label that has objects, in label order.
        confusion: label -> answer -> objects, without zeros.
        retrieval, robustness: empty where not asked for.
        conditions: None where not asked for.
        warnings: where the data differ from what the protocol expects.
        protocol: name, split, spelling, templates with their texts, candidates as they were worded, expected counts.
        provenance: hashes of bundle and data, versions, preparation, seed: what it takes to repeat the figures.
    """

    bundle: str
    data: str
    split: str
    backend: str
    precision: str
    objects: int
    top1: float
    top3: float
    top5: float
    class_mean: float
    chance: float
    labels: tuple[LabelScore, ...]
    confusion: dict[str, dict[str, int]] = field(default_factory=dict)
    retrieval: tuple[Retrieval, ...] = ()
    robustness: tuple[Curve, ...] = ()
    conditions: ConditionReport | None = None
    warnings: tuple[str, ...] = ()
    protocol: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    def to_json(self, indent: int | None = None) -> str:
        """One JSON object; on one line without `indent`."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=indent)

    def table(self) -> str:
        """Labels with the worst first, what else was measured, then the sums."""
        blocks = [_label_lines(self.labels), _retrieval_lines(self.retrieval), _robustness_lines(self.robustness)]
        blocks.append(condition_lines(self.conditions) if self.conditions else [])
        sums = f"top-1 {self.top1:.1%}  top-3 {self.top3:.1%}  top-5 {self.top5:.1%}  class mean {self.class_mean:.1%}"
        what = f"{self.objects} objects ({self.split}) on {self.backend} in {self.precision}"
        blocks.append([f"{sums}  chance {self.chance:.1%}", what])
        return "\n\n".join("\n".join(block) for block in blocks if block)


def _label_lines(labels: Sequence[LabelScore]) -> list[str]:
    worst = sorted(labels, key=lambda score: (score.correct / score.objects, score.label))[:MOST_LINES]
    width = max(len(score.label) for score in worst)
    lines = [f"{s.label:{width}}  {s.correct:5d} of {s.objects:5d}  {s.correct / s.objects:6.1%}" for s in worst]
    return lines if len(worst) == len(labels) else [*lines, f"... and {len(labels) - len(worst)} labels that do better"]


def _retrieval_lines(found: Sequence[Retrieval]) -> list[str]:
    if not found:
        return []
    head = f"{'scans found by':15}  {'relevant':11}  {'queries':>7}  {'left out':>8}     R@1     R@5    R@10     mAP"
    return [head, *map(_retrieval_line, found)]


def _retrieval_line(found: Retrieval) -> str:
    start, ranking = f"{found.query:15}  {found.relevant:11}", found.ranking
    if ranking is None:
        return f"{start}  {0:7d}  {found.left_out:8d}"
    shares = (ranking.recall_at_1, ranking.recall_at_5, ranking.recall_at_10, ranking.mean_average_precision)
    return f"{start}  {ranking.queries:7d}  {found.left_out:8d}  " + "  ".join(f"{share:6.1%}" for share in shares)


def _robustness_lines(curves: Sequence[Curve]) -> list[str]:
    lines = []
    for curve in curves:
        pairs = zip(curve.severities, curve.top1, strict=True)
        values = "  ".join(f"{severity:g}: {top1:.1%}" for severity, top1 in pairs)
        lines.append(f"top-1 by {curve.name} ({curve.unit})  clean: {curve.clean:.1%}  {values}")
    return lines


def condition_lines(report: ConditionReport) -> list[str]:
    """Conditions below each other, what each threshold does there beside them, and a line that tells each threshold."""
    numbers = range(1, 1 + len(report.thresholds))
    head = f"{'condition':24}  {'scans':>5}  {'top-1':^15}  ratio  {'top-5':^15}"
    head += "".join(f"  wrong, not unknown ({number})  withheld ({number})" for number in numbers)
    values = [f"({n}) unknown below {t.value:.3f}: {t.name}" for n, t in zip(numbers, report.thresholds, strict=True)]
    return [head, *map(_condition_line, report.conditions), *values]


def _condition_line(each: ConditionFigures) -> str:
    ratio = "-" if each.ratio is None else f"{each.ratio:.2f}"
    line = f"{each.name:24}  {each.scans:5d}  {_share(each.top1)}  {ratio:>5}  {_share(each.top5)}"
    for told in each.told:
        withheld = "-" if told.withheld is None else f"{told.withheld:.1%}"
        line += f"  {_share(told.wrong):>22}  {withheld:>12}"
    return line + (f"  {each.refused} refused" if each.refused else "")


def _share(each: Share) -> str:
    return f"{each.share:6.1%} +- {each.error:5.1%}"
