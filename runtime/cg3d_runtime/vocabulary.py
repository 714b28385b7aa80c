"""The labels that a recogniser chooses from, with their embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.label_cache import label_matrix
from cg3d_runtime.labels import Label

EmbedLabels = Callable[[Sequence[Label]], np.ndarray]  # (L, D) float32, unit rows


@dataclass(frozen=True)
class Vocabulary:
    """Labels and their embeddings. It never changes: whoever holds one sees a single list.

    Attributes:
        labels: L labels.
        matrix: (L, D) float32, their unit embeddings.
    """

    labels: tuple[Label, ...]
    matrix: np.ndarray

    @classmethod
    def of(cls, bundle: Bundle, labels: Sequence[Label], embed: EmbedLabels, known: Vocabulary | None) -> Vocabulary:
        """Look labels up in `known`, else in the user's label cache; `embed` gets only those that are new to both.

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
        return cls(tuple(labels), matrix(labels) if are_known else label_matrix(bundle, labels, matrix))

    def scores(self, features: np.ndarray, scale: float) -> np.ndarray:
        """How well the labels fit one embedding: the softmax of their scaled cosines.

        Args:
            features: (D,) float32, a unit vector.
        Returns:
            (L,) float64, of sum 1.
        """
        logits = scale * (self.matrix @ features).astype(np.float64)
        exponentials = np.exp(logits - logits.max())
        scores: np.ndarray = exponentials / exponentials.sum()
        return scores
