"""The labels of a bundle that has its own: a classifier learned them from examples, so no other word can be asked of it.

Its scores are the softmax of W f + b for unit features f, where those of free labels are a softmax of scaled cosines.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.archives import naming_file
from cg3d_runtime.bundle.manifest import LABELS
from cg3d_runtime.errors import BundleError, LabelError
from cg3d_runtime.files.npz import read_arrays
from cg3d_runtime.labels.lists import Label, Labels, to_labels
from cg3d_runtime.labels.vocabulary import Vocabulary

_MOST_LISTED = 20  # names in a message


@dataclass(frozen=True)
class FixedLabels:
    """A linear classifier of unit embeddings.

    Attributes:
        names: L labels, each once.
        weight: (L, D) float32.
        bias: (L,) float32.
    """

    names: tuple[str, ...]
    weight: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, bundle: Bundle) -> FixedLabels | None:
        """Those of a bundle; None where its labels are free.

        Raises:
            BundleError: the file is damaged.
        """
        if LABELS not in bundle.manifest.files:
            return None
        with naming_file(bundle, LABELS, "no labels can be read from it", "Export the classifier again."):
            arrays = read_arrays(bundle.file(LABELS))
            names, weight, bias = arrays["names"], arrays["weight"], arrays["bias"]
            _require_classifier(names, weight, bias, bundle.manifest.embedding_dim)
        return cls(tuple(names.tolist()), weight, bias)

    def to_bytes(self) -> bytes:
        """The file: an .npz archive of `names` (L,), `weight` (L, D) and `bias` (L,)."""
        file = io.BytesIO()
        np.savez(file, names=np.array(self.names), weight=self.weight, bias=self.bias)
        return file.getvalue()

    def choose(self, labels: Labels | None = None) -> Vocabulary:
        """A vocabulary of some of the labels, in the order asked for; None: of all.

        Raises:
            LabelError: no readable label list, a label that is none of these, or one with synonyms, which it cannot read.
        """
        wanted = list(range(len(self.names))) if labels is None else [self._index(label) for label in to_labels(labels)]
        chosen = tuple(Label(self.names[index], (self.names[index],)) for index in wanted)
        return Vocabulary(chosen, self.weight[wanted], bias=self.bias[wanted])

    def _index(self, label: Label) -> int:
        if label.name not in self.names:
            raise LabelError(
                f"{label.name!r} is none of the labels that this bundle learned, and they are fixed: {_listed(self.names)}. "
                "Choose among them, or give no labels for all of them."
            )
        if len(label.phrases) > 1:
            raise LabelError(
                f"{label.name!r} has synonyms, and this bundle learned its labels from examples, not from words. "
                "Give its name alone."
            )
        return self.names.index(label.name)


def require_free_labels(bundle: Bundle) -> None:
    """Check that a bundle can be asked for any words.

    Raises:
        BundleError: it cannot.
    """
    if LABELS in bundle.manifest.files:
        raise BundleError(
            f"{bundle.directory}: its labels are fixed, so it embeds no words to compare with. Name a bundle of a run; what "
            "`cg3d finetune` learned was measured there, see its finetune.json."
        )


def _require_classifier(names: np.ndarray, weight: np.ndarray, bias: np.ndarray, dim: int) -> None:
    is_text = names.dtype.kind == "U" and names.ndim == 1 and names.size > 0
    if not is_text or weight.shape != (len(names), dim) or bias.shape != names.shape:
        raise ValueError(
            f"text (L,), weight (L, {dim}) and bias (L,) are expected, got {names.shape}, {weight.shape}, {bias.shape}"
        )
    if weight.dtype != np.float32 or bias.dtype != np.float32:
        raise ValueError(f"weight and bias must be float32, got {weight.dtype} and {bias.dtype}")
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise ValueError("a weight is not finite")
    if len(set(names.tolist())) < len(names) or not all(name and name.isprintable() for name in names.tolist()):
        raise ValueError("each name must be printable text and there once")


def _listed(names: Iterable[str]) -> str:
    first = list(names)
    more = f" and {len(first) - _MOST_LISTED} more" if len(first) > _MOST_LISTED else ""
    return ", ".join(first[:_MOST_LISTED]) + more
