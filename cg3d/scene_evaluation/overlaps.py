"""Points that true and found objects share, and what is wrong with an object that was not found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from cg3d.scene_evaluation.annotated import UNTOLD, AnnotatedScene

FOUND = 0.5  # intersection over union of points from which on an object counts as found
MERGED, SPLIT, LOST, LOOSE = "merged", "split", "lost", "loose"
MISSES = {
    MERGED: "half of it and half of another object are one",
    SPLIT: "it is in parts, none of which is half of it",
    LOST: "less than half of it is in any object",
    LOOSE: "what was found there has far more or fewer points",
}


@dataclass(frozen=True)
class Overlaps:
    """Points that T true and F found objects share; those of which nobody says whose they are count nowhere.

    Attributes:
        shared: (T, F).
        true: (T,) points of each.
        found: (F,) points of each.
    """

    shared: np.ndarray
    true: np.ndarray
    found: np.ndarray

    @classmethod
    def of(cls, scene: AnnotatedScene, found: Sequence[np.ndarray]) -> Overlaps:
        """Of objects, each the indices of its points; they may overlap."""
        numbers = [each.id for each in scene.objects]
        ids = np.where(scene.measured(), scene.ids, UNTOLD)
        told = [ids[points][ids[points] != UNTOLD] for points in found]
        shared = np.array([[np.count_nonzero(own == number) for own in told] for number in numbers])
        true = np.array([np.count_nonzero(ids == number) for number in numbers], dtype=np.int64)
        sizes = np.array([len(own) for own in told], dtype=np.int64)
        return cls(shared.reshape(len(true), len(sizes)), true, sizes)

    def iou(self) -> np.ndarray:
        """(T, F) intersection over union."""
        union = self.true[:, None] + self.found - self.shared
        return np.asarray(self.shared / np.maximum(union, 1))

    def f_score(self) -> float:
        """Harmonic mean of the shares of found and of true points that lie in matched pairs, one to one (Xie et al. 2020).

        1 where nothing is there and nothing was found.
        """
        total = int(self.true.sum() + self.found.sum())
        if total == 0:
            return 1.0
        pairs = 2 * self.shared / np.maximum(self.true[:, None] + self.found, 1)
        rows, columns = linear_sum_assignment(-pairs)
        return float(2 * self.shared[rows, columns].sum() / total)

    def misses(self) -> tuple[str, ...]:
        """Of each true object the reason why it was not found, see `MISSES`; empty where it was."""
        is_found = self.iou().max(axis=1, initial=0) >= FOUND
        return tuple("" if is_found[row] else self._reason(row) for row in range(len(self.true)))

    def _reason(self, row: int) -> str:
        own = self.shared[row] / max(self.true[row], 1)
        if not len(own) or own.sum() < FOUND:
            return LOST
        largest = int(own.argmax())
        if own[largest] < FOUND:
            return SPLIT
        others = np.delete(self.shared[:, largest] / np.maximum(self.true, 1), row)
        return MERGED if (others >= FOUND).any() else LOOSE
