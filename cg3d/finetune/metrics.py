"""Accuracy of a classifier in the ways that papers report it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from cg3d.evaluation.metrics import LabelScore

TOPS = (1, 3, 5)


@dataclass(frozen=True)
class Accuracy:
    """Shares of objects that were recognised.

    Attributes:
        objects: how many were measured.
        top: share of objects whose label is among the best k, by k; only k that leave a label out.
        class_mean: top-1 averaged over labels, so that frequent ones count no more ("mAcc").
        chance: top-1 of a guess, 1 / labels.
        labels: every label that has objects here, in the order of labels.
    """

    objects: int
    top: dict[int, float]
    class_mean: float
    chance: float
    labels: tuple[LabelScore, ...]

    def table(self) -> str:
        """Labels with the worst first, then the sums."""
        worst_first = sorted(self.labels, key=lambda score: (score.correct / score.objects, score.label))
        width = max(len(score.label) for score in worst_first)
        lines = [
            f"{s.label:{width}}  {s.correct:5d} of {s.objects:5d}  {s.correct / s.objects:6.1%}" for s in worst_first
        ]
        tops = "  ".join(f"top-{k} {share:.1%}" for k, share in self.top.items())
        sums = f"{tops}  class mean {self.class_mean:.1%}  chance {self.chance:.1%}"
        return "\n".join([*lines, "", sums, f"{self.objects} held-out objects"])


def accuracy(logits: Tensor, truth: Tensor, labels: Sequence[str]) -> Accuracy:
    """Compare scores with the truth; of equal scores the first label counts as the higher.

    Args:
        logits: (M, L), M at least 1.
        truth: (M,) indices in `labels`.
        labels: L names.
    """
    order = logits.argsort(dim=1, descending=True, stable=True)
    ranks = (order == truth[:, None]).int().argmax(dim=1)  # (M,) ranks of the true labels, from 0
    scores = tuple(
        LabelScore(labels[number], int((truth == number).sum()), int((ranks[truth == number] == 0).sum()))
        for number in truth.unique().tolist()
    )
    return Accuracy(
        objects=len(truth),
        top={k: (ranks < k).float().mean().item() for k in TOPS if k < len(labels)},
        class_mean=sum(score.correct / score.objects for score in scores) / len(scores),
        chance=1 / len(labels),
        labels=scores,
    )
