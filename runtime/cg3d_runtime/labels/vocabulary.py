"""The labels that a recogniser chooses from, with their embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels.cache import label_matrix
from cg3d_runtime.labels.lists import Label
from cg3d_runtime.labels.rivals import Rivals

EmbedLabels = Callable[[Sequence[Label]], np.ndarray]  # (L, D) float32, unit rows


@dataclass(frozen=True)
class Vocabulary:
    """Labels and their embeddings. It never changes: whoever holds one sees a single list.

    Attributes:
        labels: L labels.
        matrix: (L, D) float32, their unit embeddings; rows of a classifier where they are fixed.
        rivals: names that compete with the labels where "unknown" is to be told; None: none do.
        bias: (L,) float32, added to the products with the matrix; a classifier's, else 0.
    """

    labels: tuple[Label, ...]
    matrix: np.ndarray
    rivals: Rivals | None = None
    bias: np.ndarray | float = 0.0

    @classmethod
    def of(
        cls,
        bundle: Bundle,
        labels: Sequence[Label],
        embed: EmbedLabels,
        known: Vocabulary | None,
        rivals: Rivals | None = None,
    ) -> Vocabulary:
        """Look labels up in `known`, else in the user's label cache; `embed` gets only those that are new to both.

        Args:
            rivals: of which those near one of the labels are left out.
        Raises:
            LabelError: as `embed`.
        """
        rows = {label.phrases: row for label, row in zip(known.labels, known.matrix, strict=True)} if known else {}

        def matrix(wanted: Sequence[Label]) -> np.ndarray:
            new = [label for label in wanted if label.phrases not in rows]
            if new:
                rows.update({label.phrases: row for label, row in zip(new, embed(new), strict=True)})
            return np.stack([rows[label.phrases] for label in wanted])

        # A choice among known labels is not cached: a robot that changes its list all day would fill the disk.
        are_known = all(label.phrases in rows for label in labels)
        rows_of_labels = matrix(labels) if are_known else label_matrix(bundle, labels, matrix)
        return cls(tuple(labels), rows_of_labels, rivals.apart_from(rows_of_labels) if rivals else None)

    def scores(self, features: np.ndarray, scale: float) -> np.ndarray:
        """How well the labels fit one embedding: the softmax of their scaled cosines, or of a classifier's logits.

        Args:
            features: (D,) float32, a unit vector.
        Returns:
            (L,) float64, of sum 1.
        """
        return _softmax(scale * (self.matrix @ features + self.bias).astype(np.float64))

    def assurance(self, features: np.ndarray, scale: float) -> float:
        """How sure it is that some label names this embedding, in [0, 1]: what the threshold for "unknown" is compared with.

        The best label's score; where there are rivals, its score against the nearest of them alone, so that 0.5 means as near
        to a name outside the list. All rivals together would weigh by their number, not by how near one is.

        Args:
            features: (D,) float32, a unit vector.
        """
        if self.rivals is None:
            return float(self.scores(features, scale).max())
        if not self.rivals.names:  # the list names all of them, so that nothing is outside it
            return 1.0
        nearest = np.array([(self.matrix @ features).max(), (self.rivals.matrix @ features).max()], dtype=np.float64)
        return float(_softmax(scale * nearest)[0])

    def nearer(self, features: np.ndarray) -> str | None:
        """The rival that is nearest to (D,) float32 features, if no label is as near."""
        if self.rivals is None or not self.rivals.names:
            return None
        cosines = self.rivals.matrix @ features
        return self.rivals.names[int(cosines.argmax())] if cosines.max() > (self.matrix @ features).max() else None


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max())
    scores: np.ndarray = exponentials / exponentials.sum()
    return scores
