"""Usual lengths by name, as a bundle holds them: those of a table, and of any other name by what it is like.

Words with neighbouring embeddings often name things of like size, though not always: a toy car lies beside a car. So names of
the table are looked up, and what a regression says of others comes with its larger deviation.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.archives import naming_file
from cg3d_runtime.files.npz import read_arrays
from cg3d_runtime.sizes.length import UsualLength

SIZES = "sizes"  # among a manifest's files


@dataclass(frozen=True)
class UsualLengths:
    """What a bundle knows of lengths.

    Attributes:
        weight: of the evidence beside logits of the shape, fitted with the temperature.
        names: R names, in lower case.
        table: (R, 2) float32, mean and deviation of the logarithm of their length in metres.
        anchors: (A, D) float32 unit rows.
        pull: (A,) float32: what each anchor adds to the mean of a text by its nearness.
        mean: of all names.
        sharpness: nearness is exp(-sharpness * (1 - cosine)).
        deviation: of what the regression says.
    """

    weight: float
    names: tuple[str, ...]
    table: np.ndarray
    anchors: np.ndarray
    pull: np.ndarray
    mean: float
    sharpness: float
    deviation: float

    @classmethod
    def of(cls, bundle: Bundle) -> UsualLengths | None:
        """Those that a bundle holds; None where it holds none.

        Raises:
            BundleError: the file is damaged.
        """
        if SIZES not in bundle.manifest.files:
            return None
        advice = "Calibrate the bundle again: cg3d calibrate BUNDLE --data DATA"
        with naming_file(bundle, SIZES, "no usual lengths can be read from it", advice):
            return cls.from_bytes(bundle.file(SIZES), bundle.manifest.embedding_dim)

    @classmethod
    def from_bytes(cls, content: bytes, dim: int) -> UsualLengths:
        """Read an .npz archive with the attributes as arrays.

        Raises:
            ValueError, KeyError: it is none.
        """
        arrays = read_arrays(content)
        names, table, anchors, pull = (arrays[name] for name in ("names", "table", "anchors", "pull"))
        weight, mean, sharpness, deviation = (
            float(arrays[name]) for name in ("weight", "mean", "sharpness", "deviation")
        )
        shapes = names.dtype.kind, table.shape, anchors.shape, pull.shape
        if shapes != ("U", (*names.shape, 2), (*pull.shape, dim), (len(pull),)):
            raise ValueError(f"names (R,), table (R, 2), anchors (A, {dim}) and pull (A,) are expected, got {shapes}")
        if not all(map(np.isfinite, (weight, mean, sharpness, deviation))) or not np.isfinite(table).all():
            raise ValueError("a number is not finite")
        rows = anchors.astype(np.float32), pull.astype(np.float32)
        return cls(weight, tuple(names.tolist()), table.astype(np.float32), *rows, mean, sharpness, deviation)

    def to_bytes(self) -> bytes:
        """The file that `from_bytes` reads."""
        file = io.BytesIO()
        np.savez(
            file,
            names=np.array(self.names),
            table=self.table.astype(np.float32),
            anchors=self.anchors.astype(np.float16),
            pull=self.pull.astype(np.float32),
            weight=np.float64(self.weight),
            mean=np.float64(self.mean),
            sharpness=np.float64(self.sharpness),
            deviation=np.float64(self.deviation),
        )
        return file.getvalue()

    def of_names(
        self, phrases: Sequence[Sequence[str]], matrix: np.ndarray, stated: Sequence[UsualLength | None] = ()
    ) -> np.ndarray:
        """Usual lengths of labels: as stated, else as the table has the first of its phrases that is in it, else by likeness.

        Args:
            phrases: of each label.
            matrix: (L, D) unit rows of the labels.
            stated: of each label; empty: none is.
        Returns:
            (L, 2) float64, mean and deviation of the logarithm of the length in metres.
        """
        usual = np.full((len(matrix), 2), np.nan)
        for label, words in enumerate(phrases):
            length = stated[label] if stated else None
            found = next((self._rows[word.casefold()] for word in words if word.casefold() in self._rows), None)
            if length is not None:
                usual[label] = length.log_mean, length.log_deviation
            elif found is not None:
                usual[label] = self.table[found]
        unheard = np.isnan(usual[:, 0])
        usual[unheard, 0], usual[unheard, 1] = self._by_likeness(matrix[unheard]), self.deviation
        return usual

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def _by_likeness(self, matrix: np.ndarray) -> np.ndarray:
        near = np.exp(-self.sharpness * (1 - matrix @ self.anchors.T))
        means: np.ndarray = self.mean + (near @ self.pull).astype(np.float64)
        return means
