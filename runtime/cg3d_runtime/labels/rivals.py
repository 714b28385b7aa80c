"""Names of everyday things that compete with a robot's list: a scan that is nearer to one of them is none of the list.

Among its own labels alone a list always has a winner, and scores of things never heard of are as high as others. Source of the
idea: negative labels, Jiang et al. 2024 (arXiv 2403.20078).
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.archives import naming_file
from cg3d_runtime.bundle.manifest import RIVALS
from cg3d_runtime.files.npz import read_arrays

# Cosine to a label, both less the rivals' mean, from which on a rival is another word for that label or a kind of it: in the
# text space of cg3d-mini cup and mug are at 0.64, chair and folding chair at 0.61, unrelated words around 0.
NEAR = 0.6
_MOST_CHARACTERS = 2000  # of a name, far beyond what a text graph reads
SAME = 0.99  # likewise, as they are: a handful of rivals has no mean that would tell anything


@dataclass(frozen=True)
class Rivals:
    """Names and their embeddings.

    Attributes:
        names: R names.
        matrix: (R, D) float32 unit rows.
    """

    names: tuple[str, ...]
    matrix: np.ndarray

    @classmethod
    def of(cls, bundle: Bundle) -> Rivals | None:
        """Those that a bundle holds; None where it holds none.

        Raises:
            BundleError: the file is damaged.
        """
        if RIVALS not in bundle.manifest.files:
            return None
        advice = "Calibrate the bundle again: cg3d calibrate BUNDLE --data DATA"
        with naming_file(bundle, RIVALS, "no rivals can be read from it", advice):
            arrays = read_arrays(bundle.file(RIVALS))
            names, matrix = arrays["names"], arrays["features"].astype(np.float32)
            _require_rows(names, matrix, bundle.manifest.embedding_dim)
        return cls(tuple(names.tolist()), matrix)

    def to_bytes(self) -> bytes:
        """The file: an .npz archive of `names` (R,) and `features` (R, D) float16."""
        file = io.BytesIO()
        np.savez(file, names=np.array(self.names), features=self.matrix.astype(np.float16))
        return file.getvalue()

    def near(self, labels: np.ndarray) -> np.ndarray:
        """Which rivals say about the same as which labels, or are kinds of them.

        The mean is subtracted first, since CLIP's text embeddings lie in a narrow cone, where unrelated words are near, too.

        Args:
            labels: (L, D) unit rows.
        Returns:
            (R, L) bool.
        """
        mean = self.matrix.mean(axis=0)
        near: np.ndarray = _unit(self.matrix - mean) @ _unit(labels - mean).T >= NEAR
        near |= self.matrix @ labels.T >= SAME
        return near

    def unit_rows(self) -> np.ndarray:
        """(R, D) float32: the embeddings at length 1, which rounding to float16 took from them."""
        return _unit(self.matrix)

    def apart_from(self, labels: np.ndarray) -> Rivals:
        """Those that are near none of the labels, (L, D) unit rows; they may be none."""
        kept = ~self.near(labels).any(axis=1)
        return Rivals(tuple(np.array(self.names)[kept].tolist()), self.matrix[kept])


def _require_rows(names: np.ndarray, matrix: np.ndarray, dim: int) -> None:
    if names.dtype.kind != "U" or not names.size or matrix.shape != (*names.shape, dim):
        raise ValueError(
            f"text (R,) and features (R, {dim}) are expected, got {names.dtype} {names.shape}, {matrix.shape}"
        )
    if not np.isfinite(matrix).all():
        raise ValueError("a feature is not finite")
    if odd := next((name for name in names.tolist() if not name.isprintable() or len(name) > _MOST_CHARACTERS), None):
        raise ValueError(f"names of {_MOST_CHARACTERS} printable characters at most are expected, got {odd!r:.80}")


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit
