"""Words that a text encoder does not know, told by the direction in which it was taught to put them.

Every text has an embedding, also one in another language or of no language, and a softmax over labels never shows that one of
them means nothing. A text tower that has learned such words too puts them all in one direction; how near a text comes to it is
a score, and beyond a threshold the text is unfamiliar.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.archives import naming_file
from cg3d_runtime.files.npz import read_arrays
from cg3d_runtime.labels.lists import Label

UNFAMILIAR = "unfamiliar"  # among a manifest's files
NOTE = "no word that the model knows, so it is hardly ever the answer. Add English words after a colon, as in `Becher: mug`."


@dataclass(frozen=True)
class Unfamiliar:
    """Where words lie that mean nothing to a text encoder.

    Attributes:
        direction: (D,) float32, of length 1.
        threshold: the cosine to it from which on a text is unfamiliar.
    """

    direction: np.ndarray
    threshold: float

    @classmethod
    def of(cls, bundle: Bundle) -> Unfamiliar | None:
        """What a bundle holds of it; None where its text encoder was never taught.

        Raises:
            BundleError: the file is damaged.
        """
        if UNFAMILIAR not in bundle.manifest.files:
            return None
        with naming_file(bundle, UNFAMILIAR, "cannot be read", "Copy the bundle again."):
            return cls.from_bytes(bundle.file(UNFAMILIAR), bundle.manifest.embedding_dim)

    @classmethod
    def from_bytes(cls, content: bytes, dim: int) -> Unfamiliar:
        """Read an .npz archive of `direction` (D,) and `threshold` ().

        Raises:
            ValueError, KeyError: it is none.
        """
        arrays = read_arrays(content)
        direction, threshold = arrays["direction"].astype(np.float32), float(arrays["threshold"])
        if direction.shape != (dim,) or not abs(np.linalg.norm(direction) - 1) < 1e-3 or not -1 < threshold < 1:
            raise ValueError(f"a unit row ({dim},) and a cosine are expected, got {direction.shape} and {threshold:g}")
        return cls(direction, threshold)

    def to_bytes(self) -> bytes:
        """The file that `from_bytes` reads."""
        file = io.BytesIO()
        np.savez(file, direction=self.direction, threshold=self.threshold)
        return file.getvalue()

    def flags(self, rows: np.ndarray) -> np.ndarray:
        """Which embeddings (n, D), unit rows, are of unfamiliar texts: (n,) bool."""
        flags: np.ndarray = rows @ self.direction >= self.threshold
        return flags

    def notes(self, labels: Sequence[Label], matrix: np.ndarray) -> dict[str, str]:
        """What to say of labels that are unfamiliar, by their names.

        Args:
            matrix: (L, D) unit rows of the labels.
        """
        return {label.name: NOTE for label, flag in zip(labels, self.flags(matrix), strict=True) if flag}
