"""The labels that a recogniser chooses from, with their embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cg3d_runtime.labels.lists import Label
from cg3d_runtime.labels.rivals import Rivals


class Verdict(NamedTuple):
    """How a vocabulary names one embedding."""

    scores: np.ndarray  # (L,) float64, of sum 1
    unknown: bool  # probably none of the labels
    nearer: str | None  # where it is unknown, the rival that is nearer than any label
    sureness: float  # in [0, 1]: the best score, or the `assurance` where that is less


@dataclass(frozen=True)
class Vocabulary:
    """Labels and their embeddings. It never changes: whoever holds one sees a single list.

    Attributes:
        labels: L labels.
        matrix: (L, D) float32, their unit embeddings; rows of a classifier where they are fixed.
        rivals: names that compete with the labels where "unknown" is to be told; None: none do.
        bias: (L,) float32, added to the products with the matrix; a classifier's, else 0.
        notes: what is odd about labels, by their names.
    """

    labels: tuple[Label, ...]
    matrix: np.ndarray
    rivals: Rivals | None = None
    bias: np.ndarray | float = 0.0
    notes: Mapping[str, str] = field(default_factory=dict)

    def scores(self, features: np.ndarray, scale: float) -> np.ndarray:
        """How well the labels fit one embedding: the softmax of their scaled cosines, or of a classifier's logits.

        Args:
            features: (D,) float32, a unit vector.
        Returns:
            (L,) float64, of sum 1.
        """
        return _softmax(self._logits(features, scale))

    def judge(self, features: np.ndarray, scale: float, threshold: float | None) -> Verdict:
        """Name (D,) float32 features of length 1.

        Args:
            threshold: an `assurance` under it means "unknown"; None: nothing is.
        """
        scores, assurance = self.scores(features, scale), self.assurance(features, scale)
        unknown = threshold is not None and assurance < threshold
        sureness = min(assurance, float(scores.max()))
        return Verdict(scores, unknown, self.nearer(features) if unknown else None, sureness)

    def assurance(self, features: np.ndarray, scale: float) -> float:
        """How sure it is that some label names (D,) float32 features of length 1; see `assurance`."""
        rivals = None if self.rivals is None else scale * (self.rivals.matrix @ features).astype(np.float64)
        return float(assurance(self._logits(features, scale), rivals))

    def nearer(self, features: np.ndarray) -> str | None:
        """The rival that is nearest to (D,) float32 features, if no label is as near."""
        if self.rivals is None or not self.rivals.names:
            return None
        cosines = self.rivals.matrix @ features
        return self.rivals.names[int(cosines.argmax())] if cosines.max() > (self.matrix @ features).max() else None

    def _logits(self, features: np.ndarray, scale: float) -> np.ndarray:
        logits: np.ndarray = scale * (self.matrix @ features + self.bias).astype(np.float64)
        return logits


def assurance(logits: np.ndarray, rivals: np.ndarray | None) -> np.ndarray:
    """How sure it is that some label names a scan, in [0, 1]: what the threshold for "unknown" is compared with.

    The best label's score; where there are rivals, its score against the nearest of them alone, so that 0.5 means as near to a
    name outside the list. All rivals together would weigh by their number, not by how near one is.

    Args:
        logits: (..., L) float64, scaled cosines of the labels; -inf for one that is not in the list.
        rivals: (..., R) float64, likewise of the names that compete with the list; R may be 0 where the list names all of
            them, so that nothing is outside it. None: nothing competes.
    Returns:
        (...) float64.
    """
    if rivals is None:
        return np.asarray(_softmax(logits).max(axis=-1))
    nearest = np.stack([logits.max(axis=-1), rivals.max(axis=-1, initial=-np.inf)], axis=-1)
    return np.asarray(_softmax(nearest)[..., 0])


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return scores
