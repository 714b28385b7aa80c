"""Recognition in numbers: functions of scores (M objects, L labels) and of the indices of the true labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_RIGHT = 20  # right answers: of fewer, a threshold that keeps nine in ten is one answer's chance


@dataclass(frozen=True)
class Share:
    """A share of scans, 0 to 1, and its standard error."""

    share: float
    error: float

    @classmethod
    def of(cls, is_so: np.ndarray, objects: int) -> Share:
        """The share of (M,) bool scans of so many objects; the error is binomial, several scans of one object count as one."""
        share = float(is_so.mean())
        return cls(share, float(np.sqrt(share * (1 - share) / objects)))


@dataclass(frozen=True)
class LabelScore:
    """One label: its objects, and how many were recognised."""

    label: str
    objects: int
    correct: int


def answers(scores: np.ndarray) -> np.ndarray:
    """(M,) index of the best label of each object; of equal scores the first label counts as the higher."""
    best: np.ndarray = scores.argmax(axis=1)
    return best


def ranks(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Ranks of the true labels: how many labels come before each.

    Args:
        scores: (M, L), higher is better; of equal scores the first label counts as the higher.
        truth: (M,) indices of the true labels, 0 to L - 1.
    Returns:
        (M,) int64, 0 to L - 1; rank < k is "among the best k".
    """
    own = scores[np.arange(len(truth)), truth][:, None]
    earlier = np.arange(scores.shape[1]) < truth[:, None]  # (M, L)
    better: np.ndarray = ((scores > own) | ((scores == own) & earlier)).sum(axis=1)
    return better


def share_within(ranks: np.ndarray, k: int) -> float:
    """Share of objects whose rank is below k: top-k accuracy."""
    return float((ranks < k).mean())


def keeping(values: np.ndarray, share: float) -> float:
    """The highest threshold that at least a share (above 0, at most 1) of the values (M,), M at least 1, reaches."""
    rising = np.sort(values)
    kept = int(np.ceil(share * len(rising) - 1e-9))  # without 0.95 * 100 becoming 96
    return float(rising[len(rising) - max(kept, 1)])


def confusion_matrix(truth: np.ndarray, answers: np.ndarray, label_count: int) -> np.ndarray:
    """(L, L) int64: objects of each label (rows) that got each answer (columns)."""
    cells = np.bincount(truth * label_count + answers, minlength=label_count**2)
    return cells.reshape(label_count, label_count)


def label_scores(confusion: np.ndarray, labels: Sequence[str]) -> tuple[LabelScore, ...]:
    """Every label that has objects, in the order of labels."""
    objects, correct = confusion.sum(axis=1), confusion.diagonal()
    return tuple(LabelScore(labels[i], int(objects[i]), int(correct[i])) for i in np.flatnonzero(objects).tolist())


def class_mean(scores: Sequence[LabelScore]) -> float:
    """Top-1 averaged over the labels that have objects, so that frequent ones count no more ("mAcc")."""
    return sum(score.correct / score.objects for score in scores) / len(scores)


def confused(confusion: np.ndarray, labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """The matrix without its zeros, by names: label -> answer -> objects; answers with the most objects first."""
    found: dict[str, dict[str, int]] = {}
    for row in np.flatnonzero(confusion.sum(axis=1)).tolist():
        given = [column for column in np.argsort(-confusion[row], kind="stable").tolist() if confusion[row, column]]
        found[labels[row]] = {labels[column]: int(confusion[row, column]) for column in given}
    return found
