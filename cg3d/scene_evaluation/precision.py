"""Average precision of named boxes, over all scenes together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

UNNAMED = -1  # index of the label of a true object that no label names


@dataclass(frozen=True)
class NamedBoxes:
    """The boxes of one scene.

    Attributes:
        true: (T,) index of each true object's label, or `UNNAMED`.
        found: (F,) index of the label that each found object was given.
        scores: (F,) how sure that was.
        iou: (T, F) of their boxes.
    """

    true: np.ndarray
    found: np.ndarray
    scores: np.ndarray
    iou: np.ndarray


def average_precision(scores: np.ndarray, right: np.ndarray, total: int) -> float:
    """Area under the curve of precision by recall, where precision is the best at that recall or any higher.

    Args:
        scores: (n,) higher is surer; of equal ones the earlier counts as the surer.
        right: (n,) bool.
        total: how many there are to find, at least 1.
    """
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(order) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best[right[order]].sum() / total)


def mean_average_precision(scenes: Sequence[NamedBoxes], least: float) -> float | None:
    """Mean of the average precision of every label that has a true object; None where none has.

    Args:
        least: intersection over union from which on a box is right, if its label is; each true box makes one box right.
    """
    labels = np.unique(np.concatenate([scene.true for scene in scenes] or [np.empty(0, np.int64)]))
    found = [_of_label(scenes, int(label), least) for label in labels if label != UNNAMED]
    return float(np.mean(found)) if found else None


def _of_label(scenes: Sequence[NamedBoxes], label: int, least: float) -> float:
    verdicts = [_verdicts(scene, label, least) for scene in scenes]
    scores, right = (np.concatenate(parts) for parts in zip(*verdicts, strict=True))
    return average_precision(scores, right, sum(int((scene.true == label).sum()) for scene in scenes))


def _verdicts(scene: NamedBoxes, label: int, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the boxes of a label, and whether each is right; what lies on an object without a label is left out."""
    columns = np.flatnonzero(scene.found == label)
    columns = columns[np.argsort(-scene.scores[columns], kind="stable")]
    wanted = np.where((scene.true == label)[:, None], scene.iou, 0.0)
    foreign = scene.iou[scene.true == UNNAMED].max(axis=0, initial=0.0)
    scores, right = [], []
    for column in columns:
        row = int(wanted[:, column].argmax()) if len(wanted) else 0
        is_right = len(wanted) > 0 and wanted[row, column] >= least
        if is_right:
            wanted[row] = 0.0  # a second box on it is wrong
        if is_right or foreign[column] < least:
            scores.append(scene.scores[column])
            right.append(is_right)
    return np.array(scores, dtype=np.float64), np.array(right, dtype=bool)
