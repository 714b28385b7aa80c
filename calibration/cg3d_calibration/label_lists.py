"""Lists of labels as a robot might have them, for each scan once with its own label and once without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_calibration.reliability import softmax_scores
from cg3d_calibration.unknown import Scores

ENOUGH = 4000  # lists; each scan gets several where there are fewer scans
MOST_LISTS = 4  # a scan


@dataclass(frozen=True)
class ListedScans:
    """Logits of the labels of one list a row.

    Attributes:
        known: (K, n) of lists that hold the scan's own label, in column 0.
        unknown: (U, n) of lists that do not; -inf in the last column where n - 1 labels were all that was left.
    """

    known: np.ndarray
    unknown: np.ndarray

    @property
    def truth(self) -> np.ndarray:
        """(K,) column of the true label in `known`."""
        return np.zeros(len(self.known), dtype=np.int64)

    def scores(self, temperature: float) -> Scores:
        """Best scores of both kinds of list."""
        return Scores(
            known=softmax_scores(self.known, temperature).max(axis=1),
            right=self.known.argmax(axis=1) == 0,
            unknown=softmax_scores(self.unknown, temperature).max(axis=1),
        )


def draw_lists(logits: np.ndarray, truth: np.ndarray, length: int, rng: np.random.Generator) -> ListedScans:
    """Random lists of `length` labels for every scan.

    Args:
        logits: (M, L) of all labels.
        truth: (M,) places of the true labels; -1 where none is true, and every list is one without it.
        length: 2 to L. Below L, few scans get up to four lists each, so that chance plays a smaller part.
    """
    if length < logits.shape[1]:
        lists = min(MOST_LISTS, max(1, ENOUGH // len(truth)))
        logits, truth = np.repeat(logits, lists, axis=0), np.repeat(truth, lists)
    listed = truth >= 0
    own = logits[listed, truth[listed]]
    keys = rng.random(logits.shape)
    logits = logits.copy()
    keys[listed, truth[listed]], logits[listed, truth[listed]] = 2.0, -np.inf  # chosen last
    order = np.argsort(keys, axis=1)[:, :length]
    unknown = np.take_along_axis(logits, order, axis=1)
    return ListedScans(np.column_stack([own, unknown[listed, : length - 1]]), unknown)
