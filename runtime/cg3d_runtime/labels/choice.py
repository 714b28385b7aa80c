"""The labels that a bundle is asked to choose from: words of the caller, a classifier's own, or everyday names."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import NoReturn

import numpy as np

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.colours.evidence import Colours
from cg3d_runtime.colours.usual import usual_colours
from cg3d_runtime.errors import LabelError
from cg3d_runtime.labels.cues import Usual
from cg3d_runtime.labels.encoder import LabelEncoder
from cg3d_runtime.labels.fixed import FixedLabels, require_free_labels
from cg3d_runtime.labels.lists import Label, Labels, to_labels
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.labels.unfamiliar import Unfamiliar
from cg3d_runtime.labels.vocabulary import Vocabulary
from cg3d_runtime.sizes.evidence import Lengths
from cg3d_runtime.sizes.usual import UsualLengths

_RECENT = 8  # lists that a recogniser keeps at hand, for callers that change between a few


class LabelChoice:
    """Makes vocabularies of label lists; may be used from several threads at once."""

    def __init__(
        self, bundle: Bundle, encoder: LabelEncoder, competing: bool, sized: bool = True, coloured: bool = True
    ) -> None:
        """Read what the bundle says of labels.

        Args:
            competing: whether the bundle's everyday names compete with a list, for "unknown" to be told.
            sized: whether what the bundle knows of lengths counts.
            coloured: whether usual colours count.
        Raises:
            BundleError: fixed labels or everyday names that are damaged.
        """
        self._bundle = bundle
        self._encoder = encoder
        self._competing = competing
        self._fixed = FixedLabels.of(bundle)
        self._rivals = Rivals.of(bundle) if competing else None
        self._unfamiliar = Unfamiliar.of(bundle)
        self._usual_lengths = UsualLengths.of(bundle) if sized else None
        self._coloured = coloured
        self._recent: dict[tuple[Label, ...], Vocabulary] = {}
        self._making = threading.Lock()

    @property
    def is_fixed(self) -> bool:
        """Whether the bundle has labels of its own and takes no others."""
        return self._fixed is not None

    def vocabulary(self, labels: Labels | None = None) -> Vocabulary:
        """The vocabulary of a list.

        Args:
            labels: as in `to_labels`; None: all fixed labels of a bundle that has some, else its everyday names.
        Raises:
            LabelError: no readable list, a label too long, one that a bundle with fixed labels has not, or no list where the
                bundle holds no names.
        """
        if isinstance(labels, (tuple, list)) and not labels:
            labels = None if self._fixed else self._refuse_none()
        if self._fixed:
            return self._fixed.choose(labels)
        return self._everyday() if labels is None else self._of_words(tuple(to_labels(labels)))

    def embed(self, texts: Iterable[str]) -> np.ndarray:
        """Texts as their labels are embedded; nothing is kept.

        Returns:
            (n, D) float32, unit rows, in the order of `texts`.
        Raises:
            LabelError: one that is empty or too long.
            BundleError: the bundle's labels are fixed, so that it embeds no words.
        """
        require_free_labels(self._bundle)
        words = [Label(text, (_spoken(text),)) for text in texts]
        return self._encoder.embed(words) if words else np.empty((0, self._bundle.manifest.embedding_dim), np.float32)

    def _of_words(self, labels: tuple[Label, ...]) -> Vocabulary:
        if recent := self._recent.get(labels):
            return recent
        with self._making:  # two lists at once would open the text graph twice
            known = {
                label.phrases: row
                for vocabulary in self._recent.values()
                for label, row in zip(vocabulary.labels, vocabulary.matrix, strict=True)
            }
            matrix = self._encoder.matrix(labels, known)
            rivals = self._rivals.apart_from(matrix) if self._rivals else None
            notes = self._unfamiliar.notes(labels, matrix) if self._unfamiliar else {}
            made = self._recent[labels] = Vocabulary(
                labels, matrix, rivals, notes=notes, usual=self._usual(labels, matrix, rivals)
            )
            for oldest in list(self._recent)[:-_RECENT]:
                del self._recent[oldest]
        return made

    def _usual(self, labels: tuple[Label, ...], matrix: np.ndarray, rivals: Rivals | None) -> Usual:
        others = rivals or Rivals((), matrix[:0])
        phrases, of_others = [label.phrases for label in labels], [(name,) for name in others.names]
        lengths = colours = None
        if known := self._usual_lengths:
            of_labels = known.of_names(phrases, matrix, [label.length for label in labels])
            lengths = Lengths(known.weight, of_labels, known.of_names(of_others, others.matrix))
        if self._coloured:
            colours = Colours(usual_colours(phrases), usual_colours(of_others))
        return Usual(lengths, colours)

    def _everyday(self) -> Vocabulary:
        """All everyday names, with the embeddings that the bundle holds of them; none is outside the list.

        They are float16: of the names of cg3d-mini, cosines to what the text graph gives are 1 to 1.2e-7, at a hundredth of
        its time. Lists of words do not take rows from here, so that their bits do not depend on what was asked before.
        """
        names = self._rivals or Rivals.of(self._bundle)
        if names is None:
            self._refuse_none("none given, and {} holds no everyday names, which `cg3d calibrate` adds")
        labels = tuple(Label(name, (name,)) for name in names.names)
        matrix = names.unit_rows()
        return Vocabulary(
            labels, matrix, Rivals((), matrix[:0]) if self._competing else None, usual=self._usual(labels, matrix, None)
        )

    def _refuse_none(self, why: str = "no label in it, and {} names things with any words") -> NoReturn:
        raise LabelError(
            f"labels: {why.format(self._bundle.manifest.name)}: write a file of those to choose from, one a line, for example "
            '`mug`, and name it with --labels FILE or, in Python, give a list such as ["mug", "bowl"].'
        )


def _spoken(text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise LabelError(f"a text to embed is a word or a sentence, got {text!r:.80}.")
    return text
