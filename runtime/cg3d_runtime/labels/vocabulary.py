"""The labels that a recogniser chooses from, with their embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cg3d_runtime.labels.cues import CueNotes, Cues, Usual
from cg3d_runtime.labels.lists import Label
from cg3d_runtime.labels.rivals import Rivals

NO_CUES = Cues()


class Verdict(NamedTuple):
    """How a vocabulary names one embedding."""

    scores: np.ndarray  # (L,) float64, of sum 1
    unknown: bool  # probably none of the labels
    nearer: str | None  # where it is unknown, the rival that is nearer than any label
    assurance: float  # in [0, 1]: see `assurance`
    features: np.ndarray | None = None  # (D,) float32, the embedding that it is of, where that is to be known

    @property
    def sureness(self) -> float:
        """In [0, 1]: the best score, or the assurance where that is less."""
        return min(self.assurance, float(self.scores.max()))


@dataclass(frozen=True)
class Vocabulary:
    """Labels and their embeddings. It never changes: whoever holds one sees a single list.

    Attributes:
        labels: L labels.
        matrix: (L, D) float32, their unit embeddings; rows of a classifier where they are fixed.
        rivals: names that compete with the labels where "unknown" is to be told; None: none do.
        bias: (L,) float32, added to the products with the matrix; a classifier's, else 0.
        notes: what is odd about labels, by their names.
        usual: how long, and of which colours, things of these names usually are.
    """

    labels: tuple[Label, ...]
    matrix: np.ndarray
    rivals: Rivals | None = None
    bias: np.ndarray | float = 0.0
    notes: Mapping[str, str] = field(default_factory=dict)
    usual: Usual = field(default_factory=Usual)

    def judge(
        self, features: np.ndarray, scale: float, threshold: float | None = None, cues: Cues = NO_CUES
    ) -> Verdict:
        """Name one embedding.

        Args:
            features: (D,) float32, a unit vector.
            scale: what cosines are multiplied by.
            threshold: an `assurance` under it means "unknown"; None: nothing is.
            cues: what the scan tells beside its shape.
        """
        logits, rivals = self._logits(features, scale, cues), self._rival_logits(features, scale, cues)
        sure = float(assurance(logits, rivals))
        unknown = threshold is not None and sure < threshold
        return Verdict(_softmax(logits), unknown, self._nearer(logits, rivals) if unknown else None, sure)

    def cue_notes(self, label: int, cues: Cues) -> CueNotes:
        """What the cues of a scan say of one of the labels."""
        return self.usual.notes(label, self.labels[label].name, cues)

    def _nearer(self, logits: np.ndarray, rivals: np.ndarray | None) -> str | None:
        """The rival that is nearest, if no label is as near."""
        if self.rivals is None or rivals is None or not len(rivals) or rivals.max() <= logits.max():
            return None
        return self.rivals.names[int(rivals.argmax())]

    def _logits(self, features: np.ndarray, scale: float, cues: Cues) -> np.ndarray:
        """(L,) float64: scaled cosines, or a classifier's logits, and what the cues say."""
        logits: np.ndarray = scale * (self.matrix @ features + self.bias).astype(np.float64)
        return logits + self.usual.of_labels(cues)

    def _rival_logits(self, features: np.ndarray, scale: float, cues: Cues) -> np.ndarray | None:
        if self.rivals is None:
            return None
        logits: np.ndarray = scale * (self.rivals.matrix @ features).astype(np.float64)
        return logits + self.usual.of_rivals(cues)


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
